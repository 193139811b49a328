/* tirtc_device.h - the core: any number of devices, stepped by their owner, events pulled.
 *
 * tiRTC.h wraps one of these with callbacks. Use this header to host many devices, or to run the core in a loop of your
 * own. A *device* is one SDK instance: a device, or a client when it has no id.
 *
 * Threads. One owner thread calls open, close, step and next. All other functions may be called from any thread when
 * the port has locks (tirtc_port_t.threads); they never block, copy their arguments, and wake the owner.
 */
#ifndef TIRTC_DEVICE_H
#define TIRTC_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tiRTC.h"
#include "tirtc_events.h"
#include "tirtc_port.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tirtc_device tirtc_device_t;

/** The handle of a connection: a slot and a generation, never an address. 0 is never a valid handle. The handle of a
 *  connection that is gone, or that belongs to another device, is recognised: calls return TIRTC_E_INVALID_HANDLE. */
typedef uintptr_t tirtc_connection_t;

/** Text or a blob: `size` bytes at `data`, not NUL-terminated. {NULL, 0} means "not given". */
typedef struct tirtc_bytes {
    const void *data;
    size_t size;
} tirtc_bytes_t;

/** The settings of a device. Zero is the default of every field; times are at most 2^30 ms (12 days).
 *  Copied by tirtc_device_start(). */
typedef struct tirtc_options {
    tirtc_bytes_t endpoint;          /**< http, https, ws or wss URL of the service; required */
    tirtc_bytes_t device_id;         /**< 1..63 bytes without control characters; not given: a client */
    tirtc_bytes_t device_secret_key; /**< 1..63 bytes; required with a device_id */
    tirtc_bytes_t app_id;            /**< up to 64 bytes, sent to the service */
    tirtc_bytes_t client_id;         /**< 1..64 printable ASCII, sent to the service */
    tirtc_bytes_t platform;          /**< up to 32 bytes, sent to the service; default "c" */
    uint32_t max_connections;        /**< links up or being made, in and out; default TIRTC_DEFAULT_MAX_CONNECTIONS */
    uint32_t max_send_buffer_bytes;  /**< per connection, >= 16384; default TIRTC_DEFAULT_SEND_BUFFER_BYTES */
    uint32_t connect_timeout_ms;     /**< a connect has ended by then; default TIRTC_CONNECT_TIMEOUT_MS */
    uint32_t keep_alive_ms;          /**< ping interval of connections; default what the service says */
    uint32_t silence_ms;             /**< a connection this silent is dead; default what the service says */
    bool no_connect_cache;           /**< do not keep tickets */
    int link_mode;                   /**< TIRTC_CONNECT_LINK_MODE_*; DIRECT_ONLY makes connects fail */
} tirtc_options_t;

/** An event. tirtc_events.h lists the kinds and says which fields each of them sets. */
typedef struct tirtc_event {
    tirtc_event_kind_t kind;
    tirtc_connection_t connection;
    void *user;            /**< what tirtc_device_connect() was given, or ..._set_bitrate_handler() */
    int error;             /**< TIRTC_E_*, or 0 */
    int reason;            /**< the number of the service's `bye` (docs/wire.md), 0 when there was none */
    int http_status;       /**< of CONNECTED: what answered the upgrade instead of a link, 0 when nothing did */
    uint32_t retry_in_ms;  /**< when the next attempt begins */
    uint32_t command_word; /**< as it travelled; host order */
    TIRTCFRAMEINFO frame;  /**< as the sender gave it; `length` equals `size` */
    uint8_t stream;
    uint32_t bitrate_bps;
    void (*handler)(void); /**< what tirtc_connection_set_bitrate_handler() was given */
    const uint8_t *data; /**< borrowed until the next tirtc_device_next(), step or close; may be NULL when size is 0 */
    size_t size;
} tirtc_event_t;

/** What one peer may ask of another; the values are the command words that carry it. */
typedef enum tirtc_request {
    TIRTC_REQUEST_KEY_FRAME = 0x400,
    TIRTC_REQUEST_SUBSCRIBE_VIDEO = 0x402,
    TIRTC_REQUEST_UNSUBSCRIBE_VIDEO = 0x404,
    TIRTC_REQUEST_SUBSCRIBE_AUDIO = 0x406,
    TIRTC_REQUEST_UNSUBSCRIBE_AUDIO = 0x408
} tirtc_request_t;

/** Why a send was refused: the last two with TIRTC_E_BUSY, the others with TIRTC_E_INVALID_PARAMETER. */
typedef enum tirtc_refusal {
    TIRTC_REFUSAL_NONE,
    TIRTC_REFUSAL_NULL,         /**< a pointer is NULL that must not be, or data is NULL with a size */
    TIRTC_REFUSAL_WORD,         /**< the command word is below 0x2000, which belongs to the SDK */
    TIRTC_REFUSAL_MEDIA,        /**< frame->media is above 127 */
    TIRTC_REFUSAL_STREAM,       /**< frame->stream_id is above 15 */
    TIRTC_REFUSAL_OTHER_MEDIUM, /**< the stream carries the other of audio and video */
    TIRTC_REFUSAL_SEND_BUFFER,  /**< larger than the send buffer */
    TIRTC_REFUSAL_PEER_LIMIT,   /**< larger than the peer accepts */
    TIRTC_REFUSAL_FULL,         /**< does not fit now: wait until the send buffer drains */
    TIRTC_REFUSAL_KEY_FRAME_DUE /**< this stream must continue with a key frame */
} tirtc_refusal_t;

/** The parts of an endpoint URL; texts point into it. */
typedef struct tirtc_endpoint {
    bool secure;
    uint16_t port;
    tirtc_bytes_t authority; /**< the value of Host: "[::1]:8080" */
    tirtc_bytes_t host;      /**< without brackets: "::1" */
    tirtc_bytes_t prefix;    /**< path without trailing slashes: "" or "/a/b" */
} tirtc_endpoint_t;

/** Parse an endpoint URL, as a start does. `secure_pipes` as in the port.
 *  Returns 0 and *parts, or TIRTC_E_INVALID_PARAMETER (not a URL, unknown scheme, no host, a query, https without TLS).
 *  Thread: any. */
int tirtc_read_endpoint(tirtc_bytes_t endpoint, bool secure_pipes, tirtc_endpoint_t *parts);

/** Make a device. `port` must outlive it.
 *  Returns 0, TIRTC_E_INVALID_PARAMETER, TIRTC_E_LACK_OF_RESOURCE (memory) or TIRTC_E_INTERNAL_ERROR (no entropy).
 *  Thread: any; it becomes the owner, or hands the device over before any other call. */
int tirtc_device_open(const tirtc_port_t *port, tirtc_device_t **device);

/** Hang up every link and free everything, tickets included, without events. NULL is allowed. Thread: owner, while no
 *  other thread is in a call about this device. */
void tirtc_device_close(tirtc_device_t *device);

/** Start the device with these options. Never waits: DEVICE_STARTED or DEVICE_START_FAILED follows.
 *  Returns 0 (also when already started with the same id); TIRTC_E_INVALID_PARAMETER (started with another id, bad
 *  endpoint, a number out of range), TIRTC_E_INVALID_LICENSE (malformed device id), TIRTC_E_NO_SECRET_KEY,
 *  TIRTC_E_LACK_OF_RESOURCE, TIRTC_E_INTERNAL_ERROR (no entropy). Thread: any. */
int tirtc_device_start(tirtc_device_t *device, const tirtc_options_t *options);

/** Stop the device: every connection reports CONNECTION_FAILED (-40009), every attempt a failed CONNECTION_CONNECTED,
 *  then one DEVICE_STOPPED follows. Tickets are kept. Returns 0, also if it is not started (then no event follows).
 *  Thread: any. */
int tirtc_device_stop(tirtc_device_t *device);

/** Do what can be done now: check timers, and move at most TIRTC_MAX_STEP_BYTES. Never blocks.
 *  Returns ms until the next call is due (0: now, -1: only when woken). Thread: owner. */
int tirtc_device_step(tirtc_device_t *device);

/** Take the next event. Returns false if there is none. Events of the device and of the state of connections are first,
 *  then commands and frames, round robin over connections. Thread: owner. */
bool tirtc_device_next(tirtc_device_t *device, tirtc_event_t *event);

/** Returns true if the device is stopped and owes no event: every DEVICE_STOPPED, CONNECTION_CONNECTED and
 *  CONNECTION_GONE was taken, and so was every CONNECTION_FAILED. None will follow before another call asks for one.
 *  Thread: owner. */
bool tirtc_device_is_idle(tirtc_device_t *device);

/** Connect to `remote_id`: "id", "device://id", "whip://id" or "whips://id". After whip(s)://, the id ends at the first
 *  ? or /; the rest is sent to the service for its log. Without a `token` the ticket kept for this id is used.
 *  `connection` (may be NULL) receives the handle, with which the attempt can be given up: CONNECTED then reports
 *  -40009. Returns 0; TIRTC_E_INVALID_PARAMETER; TIRTC_E_CACHE_EXPIRED (no token and no ticket); TIRTC_E_BUSY
 *  (max_connections); TIRTC_E_LACK_OF_RESOURCE; TIRTC_E_NOT_INITIALIZED (not started). Thread: any. */
int tirtc_device_connect(tirtc_device_t *device, tirtc_bytes_t remote_id, tirtc_bytes_t token, void *user,
                         tirtc_connection_t *connection);

/** Disconnect. Queued bytes are still sent for at most 500 ms; CONNECTION_GONE follows within 1 s. From now on the
 *  handle serves only user data. Returns 0 or TIRTC_E_INVALID_HANDLE. Thread: any. */
int tirtc_connection_disconnect(tirtc_device_t *device, tirtc_connection_t connection);

/** Queue a command; `word` as MAKE_CMDW makes it, not below 0x2000.
 *  Returns 4 + size; TIRTC_E_INVALID_PARAMETER or TIRTC_E_BUSY, and then *refusal says why (`refusal` may be NULL);
 *  TIRTC_E_INVALID_HANDLE; after CONNECTION_FAILED its error. In the other cases *refusal is TIRTC_REFUSAL_NONE.
 *  Thread: any. */
int tirtc_connection_send_command(tirtc_device_t *device, tirtc_connection_t connection, uint32_t word,
                                  const void *data, size_t size, tirtc_refusal_t *refusal);

/** Queue a media frame or a message, `frame->length` bytes at `data`; `frame->media` decides its channel. The first
 *  video frame of a stream must be a key frame, and so must the first after one that did not fit.
 *  Returns 12 + length, or as send_command. Thread: any. */
int tirtc_connection_send_frame(tirtc_device_t *device, tirtc_connection_t connection, const TIRTCFRAMEINFO *frame,
                                const void *data, tirtc_refusal_t *refusal);

/** Send a request about one of the peer's streams (0..15). The answer to a subscribe is reported by SUBSCRIBE_ANSWERED.
 *  Returns 0, or as send_command. Thread: any. */
int tirtc_connection_request(tirtc_device_t *device, tirtc_connection_t connection, tirtc_request_t request,
                             uint8_t stream);

/** Answer SUBSCRIBE_VIDEO or SUBSCRIBE_AUDIO (`request` says which); status 0 accepts. Returns as request.
 *  Thread: any. */
int tirtc_connection_answer_subscribe(tirtc_device_t *device, tirtc_connection_t connection, tirtc_request_t request,
                                      uint8_t stream, int32_t status);

/** Returns the bytes that are queued and not yet taken by the network; 0 if the handle is invalid. Thread: any. */
size_t tirtc_connection_send_buffer_used(tirtc_device_t *device, tirtc_connection_t connection);

/** Read the round-trip times, end to end, that probes on the connection have measured; a channel has one once it has
 *  carried something. Returns 0 or TIRTC_E_INVALID_HANDLE, TIRTC_E_INVALID_PARAMETER. Thread: any. */
int tirtc_connection_stats(tirtc_device_t *device, tirtc_connection_t connection, TiRtcConnStats *stats);

/** Enable recommended bit rates for a video stream: BITRATE_CHANGED reports `start_bps` soon, and another rate within
 *  the range when the send buffer drains faster or slower. 0 < min <= start <= max, bit/s.
 *  Returns 0; TIRTC_E_INVALID_PARAMETER; TIRTC_E_INVALID_HANDLE; after CONNECTION_FAILED its error;
 *  TIRTC_E_LACK_OF_RESOURCE. Thread: any. */
int tirtc_connection_set_bitrate_range(tirtc_device_t *device, tirtc_connection_t connection, uint8_t stream,
                                       uint32_t min_bps, uint32_t max_bps, uint32_t start_bps);

/** Set the `handler` and `user` that BITRATE_CHANGED of this stream carries; the core does not call the handler. If no
 *  range was set, 64 kbit/s to 8 Mbit/s, starting at 1 Mbit/s, is assumed. NULL removes the handler and an assumed
 *  range. Returns as set_bitrate_range. Thread: any. */
int tirtc_connection_set_bitrate_handler(tirtc_device_t *device, tirtc_connection_t connection, uint8_t stream,
                                         void (*handler)(void), void *user);

/** Pause or resume the commands and frames of this connection. While it is paused, received ones wait and the link is
 *  not read, which slows the peer down (back-pressure). Other connections, and other events of this one, continue; if
 *  the link breaks meanwhile, the failure is reported after everything that arrived on it. Returns 0 or
 *  TIRTC_E_INVALID_HANDLE. Thread: any. */
int tirtc_connection_pause(tirtc_device_t *device, tirtc_connection_t connection, bool paused);

/** Keep a pointer with the connection. Returns 0 or, also after CONNECTION_GONE, TIRTC_E_INVALID_HANDLE. Thread:
 *  any. */
int tirtc_connection_set_user_data(tirtc_device_t *device, tirtc_connection_t connection, void *user_data);

/** Returns the pointer kept with the connection, or NULL. Works after CONNECTION_GONE too, until another connection
 *  uses the slot of this one; at least until the next tirtc_device_next(). Thread: any. */
void *tirtc_connection_get_user_data(tirtc_device_t *device, tirtc_connection_t connection);

#ifdef __cplusplus
}
#endif

#endif
