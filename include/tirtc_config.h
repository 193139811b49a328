/* tirtc_config.h - every number of the core that can be changed at compile time.
 *
 * Change one with -DNAME=value, or put #defines in a file and name it: -DTIRTC_USER_CONFIG='"my_config.h"'. Define
 * CONFIG_SMALL_MEMORY, or TIRTC_SMALL_MEMORY, for the smaller default where there are two. Compile all code of one
 * program with the same values. Sizes are in bytes, times in ms. A value out of range stops the compilation. "RAM" is
 * the cost of one unit.
 */
#ifndef TIRTC_CONFIG_H
#define TIRTC_CONFIG_H

#ifdef TIRTC_USER_CONFIG
#include TIRTC_USER_CONFIG
#endif

#if defined(TIRTC_SMALL_MEMORY) && !defined(CONFIG_SMALL_MEMORY)
#define CONFIG_SMALL_MEMORY
#endif

/* A default with small memory, and the usual one. */
#ifdef CONFIG_SMALL_MEMORY
#define TIRTC_BY_MEMORY_(small, usual) small
#else
#define TIRTC_BY_MEMORY_(small, usual) usual
#endif

/* ---------------------------------------------------------------------------------------------------------------- */
/* Endpoint                                                                                                         */

/* TIRTC_DEFAULT_ENDPOINT, a string literal: the service if TIRTC_OPT_SERVICE_ENDPOINT is not set and the platform has
 * no environment. Not defined by default: then TiRtcStart() requires an endpoint. RAM: none. */

/* ---------------------------------------------------------------------------------------------------------------- */
/* Logs                                                                                                             */

/** The levels of log lines, most important first. */
typedef enum tirtc_log_level {
    TIRTC_LOG_ERROR = 1,
    TIRTC_LOG_WARN,
    TIRTC_LOG_OK,
    TIRTC_LOG_INFO,
    TIRTC_LOG_VERBOSE
} tirtc_log_level_t;

/** Log lines above this level are left out of the program, with their texts: 0 none, or a number of tirtc_log_level_t,
 *  1 to 5. At 0 TiRtcGetErrorStr() gives the name of an error without the advice. 0..5. RAM: none; 0 saves about
 *  7 KB of flash. */
#ifndef TIRTC_MAX_LOG_LEVEL
#define TIRTC_MAX_LOG_LEVEL 5
#endif
#if TIRTC_MAX_LOG_LEVEL < 0 || TIRTC_MAX_LOG_LEVEL > 5
#error "TIRTC_MAX_LOG_LEVEL must be 0..5"
#endif

/* ---------------------------------------------------------------------------------------------------------------- */
/* Threads                                                                                                          */

/** 0: one thread makes all calls, no port has locks, and the code that takes them is left out. 0..1. RAM: none; 0
 *  saves about 1 KB of flash. TIRTC_PORT=polled and lwip set it to 0. */
#ifndef TIRTC_THREADS
#define TIRTC_THREADS 1
#endif
#if TIRTC_THREADS < 0 || TIRTC_THREADS > 1
#error "TIRTC_THREADS must be 0 or 1"
#endif

/* ---------------------------------------------------------------------------------------------------------------- */
/* Connections                                                                                                      */

/** Connections of a device, incoming and outgoing, if no option is set. 1..4000. RAM: at most 16 bytes each; a
 *  connection takes its own memory while it exists. */
#ifndef TIRTC_DEFAULT_MAX_CONNECTIONS
#define TIRTC_DEFAULT_MAX_CONNECTIONS TIRTC_BY_MEMORY_(2, 16)
#endif
#if TIRTC_DEFAULT_MAX_CONNECTIONS < 1 || TIRTC_DEFAULT_MAX_CONNECTIONS > 4000
#error "TIRTC_DEFAULT_MAX_CONNECTIONS must be 1..4000"
#endif

/** Tickets that a client keeps, one for each remote id that it was connected to. 1..1024. RAM: 100 bytes each, all
 *  allocated with the first ticket of a device. */
#ifndef TIRTC_MAX_TICKETS
#define TIRTC_MAX_TICKETS 16
#endif
#if TIRTC_MAX_TICKETS < 1 || TIRTC_MAX_TICKETS > 1024
#error "TIRTC_MAX_TICKETS must be 1..1024"
#endif

/* ---------------------------------------------------------------------------------------------------------------- */
/* Buffers                                                                                                          */

/** The smallest send buffer an option may ask for. 1024..1048576. RAM: none. */
#ifndef TIRTC_MIN_SEND_BUFFER_BYTES
#define TIRTC_MIN_SEND_BUFFER_BYTES 16384
#endif
#if TIRTC_MIN_SEND_BUFFER_BYTES < 1024 || TIRTC_MIN_SEND_BUFFER_BYTES > 1048576
#error "TIRTC_MIN_SEND_BUFFER_BYTES must be 1024..1048576"
#endif

/** The send buffer of a connection if no option is set. TIRTC_MIN_SEND_BUFFER_BYTES..1073741824. RAM: all of it for
 *  every connection that is up; where memory is mapped on demand, the part that was ever filled. */
#ifndef TIRTC_DEFAULT_SEND_BUFFER_BYTES
#define TIRTC_DEFAULT_SEND_BUFFER_BYTES TIRTC_BY_MEMORY_(102400, 524288)
#endif
#if TIRTC_DEFAULT_SEND_BUFFER_BYTES < TIRTC_MIN_SEND_BUFFER_BYTES || TIRTC_DEFAULT_SEND_BUFFER_BYTES > 1073741824
#error "TIRTC_DEFAULT_SEND_BUFFER_BYTES must be TIRTC_MIN_SEND_BUFFER_BYTES..1073741824"
#endif

/** Room of every send buffer for pings, pongs and the closing handshake, beyond the part for applications, so that a
 *  full buffer never looks like a dead link. 256..4096. RAM: this much for every link. */
#ifndef TIRTC_CONTROL_RESERVE_BYTES
#define TIRTC_CONTROL_RESERVE_BYTES 512
#endif
#if TIRTC_CONTROL_RESERVE_BYTES < 256 || TIRTC_CONTROL_RESERVE_BYTES > 4096
#error "TIRTC_CONTROL_RESERVE_BYTES must be 256..4096"
#endif

/** The first size of a link's receive buffer, and its size when idle. 256..65536. RAM: this much for every link. */
#ifndef TIRTC_INITIAL_RECEIVE_BYTES
#define TIRTC_INITIAL_RECEIVE_BYTES TIRTC_BY_MEMORY_(512, 1024)
#endif
#if TIRTC_INITIAL_RECEIVE_BYTES < 256 || TIRTC_INITIAL_RECEIVE_BYTES > 65536
#error "TIRTC_INITIAL_RECEIVE_BYTES must be 256..65536"
#endif

/** The size to which a receive buffer grows when much arrives at once, so that one read takes many messages.
 *  TIRTC_INITIAL_RECEIVE_BYTES..1048576. RAM: this much for every busy link. */
#ifndef TIRTC_RECEIVE_BURST_BYTES
#define TIRTC_RECEIVE_BURST_BYTES TIRTC_BY_MEMORY_(4096, 65536)
#endif
#if TIRTC_RECEIVE_BURST_BYTES < TIRTC_INITIAL_RECEIVE_BYTES || TIRTC_RECEIVE_BURST_BYTES > 1048576
#error "TIRTC_RECEIVE_BURST_BYTES must be TIRTC_INITIAL_RECEIVE_BYTES..1048576"
#endif

/** The largest message, channel byte included, that is received; a larger one ends the connection. The service reports
 *  this limit to peers. TIRTC_RECEIVE_BURST_BYTES..67108864. RAM: this much for a link while it receives such a
 *  message. */
#ifndef TIRTC_MAX_RECEIVE_BYTES
#define TIRTC_MAX_RECEIVE_BYTES TIRTC_BY_MEMORY_(32768, 4194304)
#endif
#if TIRTC_MAX_RECEIVE_BYTES < TIRTC_RECEIVE_BURST_BYTES || TIRTC_MAX_RECEIVE_BYTES > 67108864
#error "TIRTC_MAX_RECEIVE_BYTES must be TIRTC_RECEIVE_BURST_BYTES..67108864"
#endif

/** The longest response to an upgrade request. 512..4096. RAM: this much while a link is being set up. */
#ifndef TIRTC_MAX_RESPONSE_HEAD_BYTES
#define TIRTC_MAX_RESPONSE_HEAD_BYTES 4096
#endif
#if TIRTC_MAX_RESPONSE_HEAD_BYTES < 512 || TIRTC_MAX_RESPONSE_HEAD_BYTES > 4096
#error "TIRTC_MAX_RESPONSE_HEAD_BYTES must be 512..4096"
#endif

/** Bytes that one tirtc_device_step() moves at most, so that devices on one thread share it fairly. 4096..16777216.
 *  RAM: none. */
#ifndef TIRTC_MAX_STEP_BYTES
#define TIRTC_MAX_STEP_BYTES 262144
#endif
#if TIRTC_MAX_STEP_BYTES < 4096 || TIRTC_MAX_STEP_BYTES > 16777216
#error "TIRTC_MAX_STEP_BYTES must be 4096..16777216"
#endif

/* ---------------------------------------------------------------------------------------------------------------- */
/* TLS, for builds with it                                                                                          */

/** Sessions that are kept for resumption, one for each host and port. 1..64. RAM: 200 bytes each, and 1 to 4 KB more
 *  when used. */
#ifndef TIRTC_TLS_SESSIONS
#define TIRTC_TLS_SESSIONS TIRTC_BY_MEMORY_(1, 8)
#endif
#if TIRTC_TLS_SESSIONS < 1 || TIRTC_TLS_SESSIONS > 64
#error "TIRTC_TLS_SESSIONS must be 1..64"
#endif

/** How long a session may be resumed after its certificate was verified, ms. 0 (never)..604800000. RAM: none. */
#ifndef TIRTC_TLS_SESSION_LIFETIME_MS
#define TIRTC_TLS_SESSION_LIFETIME_MS 3600000
#endif
#if TIRTC_TLS_SESSION_LIFETIME_MS < 0 || TIRTC_TLS_SESSION_LIFETIME_MS > 604800000
#error "TIRTC_TLS_SESSION_LIFETIME_MS must be 0..604800000"
#endif

/** Keys that can be pinned at once. 1..16. RAM: 32 bytes each. */
#ifndef TIRTC_TLS_MAX_PINNED_KEYS
#define TIRTC_TLS_MAX_PINNED_KEYS 4
#endif
#if TIRTC_TLS_MAX_PINNED_KEYS < 1 || TIRTC_TLS_MAX_PINNED_KEYS > 16
#error "TIRTC_TLS_MAX_PINNED_KEYS must be 1..16"
#endif

/** The largest record that the service may send (RFC 6066 section 4); 16384: no limit is requested. 512, 1024, 2048,
 *  4096 or 16384; not above the MBEDTLS_SSL_IN_CONTENT_LEN of the mbedTLS build. RAM: none here; mbedTLS holds one
 *  record in each direction for every link. */
#ifndef TIRTC_TLS_MAX_RECORD_BYTES
#define TIRTC_TLS_MAX_RECORD_BYTES 16384
#endif
#if TIRTC_TLS_MAX_RECORD_BYTES != 512 && TIRTC_TLS_MAX_RECORD_BYTES != 1024 && TIRTC_TLS_MAX_RECORD_BYTES != 2048 && \
    TIRTC_TLS_MAX_RECORD_BYTES != 4096 && TIRTC_TLS_MAX_RECORD_BYTES != 16384
#error "TIRTC_TLS_MAX_RECORD_BYTES must be 512, 1024, 2048, 4096 or 16384"
#endif

/* ---------------------------------------------------------------------------------------------------------------- */
/* Times. They cost no RAM.                                                                                         */

/** The limit for a connect if no option is set. 100..600000. */
#ifndef TIRTC_CONNECT_TIMEOUT_MS
#define TIRTC_CONNECT_TIMEOUT_MS 10000
#endif
#if TIRTC_CONNECT_TIMEOUT_MS < 100 || TIRTC_CONNECT_TIMEOUT_MS > 600000
#error "TIRTC_CONNECT_TIMEOUT_MS must be 100..600000"
#endif

/** The limit for the name lookup, TCP, upgrade and proof of a start or accept link. 100..600000. */
#ifndef TIRTC_HANDSHAKE_TIMEOUT_MS
#define TIRTC_HANDSHAKE_TIMEOUT_MS 10000
#endif
#if TIRTC_HANDSHAKE_TIMEOUT_MS < 100 || TIRTC_HANDSHAKE_TIMEOUT_MS > 600000
#error "TIRTC_HANDSHAKE_TIMEOUT_MS must be 100..600000"
#endif

/** How long queued bytes are still sent after a disconnect. 0..900: on_disconnected() follows within 1 s. */
#ifndef TIRTC_DISCONNECT_DRAIN_MS
#define TIRTC_DISCONNECT_DRAIN_MS 500
#endif
#if TIRTC_DISCONNECT_DRAIN_MS < 0 || TIRTC_DISCONNECT_DRAIN_MS > 900
#error "TIRTC_DISCONNECT_DRAIN_MS must be 0..900"
#endif

/** Ping interval of the start link, until the service sets another. 100..3600000. */
#ifndef TIRTC_START_KEEP_ALIVE_MS
#define TIRTC_START_KEEP_ALIVE_MS 25000
#endif
#if TIRTC_START_KEEP_ALIVE_MS < 100 || TIRTC_START_KEEP_ALIVE_MS > 3600000
#error "TIRTC_START_KEEP_ALIVE_MS must be 100..3600000"
#endif

/** A start link that is silent for this long is dead, until the service sets another limit. More than the ping
 *  interval, up to 86400000. */
#ifndef TIRTC_START_SILENCE_MS
#define TIRTC_START_SILENCE_MS 60000
#endif
#if TIRTC_START_SILENCE_MS <= TIRTC_START_KEEP_ALIVE_MS || TIRTC_START_SILENCE_MS > 86400000
#error "TIRTC_START_SILENCE_MS must be above TIRTC_START_KEEP_ALIVE_MS and at most 86400000"
#endif

/** Ping interval of a connection, until an option or the service sets another. 100..3600000. */
#ifndef TIRTC_PEER_KEEP_ALIVE_MS
#define TIRTC_PEER_KEEP_ALIVE_MS 4000
#endif
#if TIRTC_PEER_KEEP_ALIVE_MS < 100 || TIRTC_PEER_KEEP_ALIVE_MS > 3600000
#error "TIRTC_PEER_KEEP_ALIVE_MS must be 100..3600000"
#endif

/** A connection that is silent for this long is dead (TIRTC_E_CONN_TIMEOUTCLOSE), until an option or the service sets
 *  another limit. More than the ping interval, up to 86400000. */
#ifndef TIRTC_PEER_SILENCE_MS
#define TIRTC_PEER_SILENCE_MS 12000
#endif
#if TIRTC_PEER_SILENCE_MS <= TIRTC_PEER_KEEP_ALIVE_MS || TIRTC_PEER_SILENCE_MS > 86400000
#error "TIRTC_PEER_SILENCE_MS must be above TIRTC_PEER_KEEP_ALIVE_MS and at most 86400000"
#endif

/** The longest first pause before a start, or a lost start link, is tried again. The longest later pause is longer by
 *  the time that the device has been away; each is random between two thirds of it and all of it. So a device is back
 *  within twice the outage and this time. A smaller value costs the service more attempts in the first seconds of an
 *  outage. 1..3600000. */
#ifndef TIRTC_RETRY_FIRST_MS
#define TIRTC_RETRY_FIRST_MS 900
#endif
#if TIRTC_RETRY_FIRST_MS < 1 || TIRTC_RETRY_FIRST_MS > 3600000
#error "TIRTC_RETRY_FIRST_MS must be 1..3600000"
#endif

/** The longest pause between attempts, however long the device has been away. With a longer one, devices make fewer
 *  attempts in a long outage and are back later after it. TIRTC_RETRY_FIRST_MS..86400000. */
#ifndef TIRTC_RETRY_MAX_MS
#define TIRTC_RETRY_MAX_MS 30000
#endif
#if TIRTC_RETRY_MAX_MS < TIRTC_RETRY_FIRST_MS || TIRTC_RETRY_MAX_MS > 86400000
#error "TIRTC_RETRY_MAX_MS must be TIRTC_RETRY_FIRST_MS..86400000"
#endif

#endif
