/* Internals of the POSIX port: sockets, names and timers that run on one thread, and the tirtc_port_t over them. A loop
 * (posix_loop.c) or a test provides the thread and the devices. */
#ifndef TI_POSIX_POSIX_H
#define TI_POSIX_POSIX_H

#include "posix_poller.h"
#include "posix_resolve.h"
#include "posix_timers.h"
#include "posix_waker.h"
#include "tirtc_port.h"
#include "tirtc_tls.h"

enum {
    TI_RESOLVE_TIMEOUT_MS = 5000,
    TI_NEXT_ADDRESS_AFTER_MS =
        250 /* after this long without an answer, try the next address too (RFC 8305 section 5) */
};

/** Everything that one thread waits for. */
typedef struct ti_net {
    ti_poller_t *poller;
    ti_waker_t waker;
    ti_timers_t timers;
    ti_resolver_t *resolver;
    uint32_t resolve_timeout_ms; /* TI_RESOLVE_TIMEOUT_MS except in tests */
    tirtc_tls_t *tls;            /* for its secure pipes; NULL without TLS */
    char *ca_file;               /* from the environment, from malloc(); NULL: not given there */
    char *pinned_keys;
} ti_net_t;

/** Open a net. `lookup` is ti_lookup_name except in tests. Returns 0 or TIRTC_E_LACK_OF_RESOURCE. Thread: the net's. */
int ti_net_open(ti_net_t *net, bool use_poll, ti_lookup_t lookup);

/** Close a net. Hang up every pipe first. Thread: the net's. */
void ti_net_close(ti_net_t *net);

/** Wait for a pipe to become ready, for a timer or for a ring. Pipes and timers call the wake of their port. If `sleep`
 *  is false, look without waiting. May return early. Thread: the net's. */
void ti_net_wait(ti_net_t *net, bool sleep);

/** End the current wait, or else the next one. Thread: any. */
void ti_net_ring(ti_net_t *net);

/** The port of one device, and the context of its functions. */
typedef struct ti_posix_port {
    tirtc_port_t functions;
    ti_net_t *net;
    tirtc_tls_port_t secure;
} ti_posix_port_t;

/** Initialise a port whose pipes belong to `net`. `wake` receives the ti_posix_port_t as its context and is called on
 *  any thread. The log stays NULL. */
void ti_posix_port_init(ti_posix_port_t *port, ti_net_t *net, void (*wake)(void *context));

/** Returns the port with TLS around it, or the port itself in builds without TLS. Set its log first. Thread: any. */
const tirtc_port_t *ti_secure_port(ti_posix_port_t *port);

/** Open what the secure pipes of a net share. Returns 0 or TIRTC_E_LACK_OF_RESOURCE. Thread: the net's. */
int ti_secure_open(ti_net_t *net);
void ti_secure_close(ti_net_t *net);

/** A dial in progress: looks up the name, then connects to one address after the other. Thread: the net's. */
typedef struct ti_dial ti_dial_t;

/** Begin a dial. `port` is woken whenever ti_dial_advance() may have a new result.
 *  Returns 0 or TIRTC_E_HTTP_NOMEM, TIRTC_E_HTTP_RESOLVE. */
int ti_dial_open(ti_posix_port_t *port, const char *host, uint16_t tcp_port, ti_dial_t **dial);

/** Continue as far as possible now. Returns 0 while the dial is in progress; 1 when connected (then the caller owns the
 *  descriptor, which is watched and from malloc()); or the reason of the failure: TIRTC_E_HTTP_RESOLVE, _SERVER_DOWN,
 *  _RESET, _SOCKET, _NOMEM. */
int ti_dial_advance(ti_dial_t *dial, ti_descriptor_t **descriptor);

/** Cancel and free a dial. NULL is allowed. */
void ti_dial_close(ti_dial_t *dial);

/** Stop watching a socket, close it, free its descriptor. */
void ti_socket_close(ti_net_t *net, ti_descriptor_t *descriptor);

/** Returns the negative TIRTC_E_HTTP_* code for an errno value of a socket. */
int ti_socket_error(int error);

#endif
