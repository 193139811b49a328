/* The POSIX port from inside: sockets, names and timers that run on one thread, and the tirtc_port_t over them. A loop
 * brings the thread and the devices (posix_loop.c); so may a test. */
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
    TI_NEXT_ADDRESS_AFTER_MS = 250 /* an address silent for this long is joined by the next (RFC 8305 section 5) */
};

/** What one thread waits for. */
typedef struct ti_net {
    ti_poller_t *poller;
    ti_waker_t waker;
    ti_timers_t timers;
    ti_resolver_t *resolver;
    uint32_t resolve_timeout_ms; /* TI_RESOLVE_TIMEOUT_MS but in tests */
    tirtc_tls_t *tls;            /* of its secure pipes; NULL without TLS */
    char *ca_file;               /* from the environment, from malloc(); NULL: not given there */
    char *pinned_keys;
} ti_net_t;

/** `lookup` is ti_lookup_name but in tests. Returns 0 or TIRTC_E_LACK_OF_RESOURCE. Thread: the net's. */
int ti_net_open(ti_net_t *net, bool use_poll, ti_lookup_t lookup);

/** Every pipe has been hung up. Thread: the net's. */
void ti_net_close(ti_net_t *net);

/** Wait for news of pipes, for a timer or for a ring, and tell: each calls the wake of the port it concerns. `sleep`
 *  false looks but does not wait. May return early. Thread: the net's. */
void ti_net_wait(ti_net_t *net, bool sleep);

/** End the wait that goes on, or else the next one. Thread: any. */
void ti_net_ring(ti_net_t *net);

/** The port of one device, and the context of its functions. */
typedef struct ti_posix_port {
    tirtc_port_t functions;
    ti_net_t *net;
    tirtc_tls_port_t secure;
} ti_posix_port_t;

/** Fill in a port whose pipes live in `net`. `wake` gets the ti_posix_port_t as its context, and is called on any
 *  thread. The log is left NULL. */
void ti_posix_port_init(ti_posix_port_t *port, ti_net_t *net, void (*wake)(void *context));

/** The port with TLS around it, in builds that have TLS; in others the port. Once its log has been set. Thread: any. */
const tirtc_port_t *ti_secure_port(ti_posix_port_t *port);

/** Make what the secure pipes of a net share. Returns 0 or TIRTC_E_LACK_OF_RESOURCE. Thread: the net's. */
int ti_secure_open(ti_net_t *net);
void ti_secure_close(ti_net_t *net);

/** A dial that goes on: the name being looked up, then connects to one address after the other. Thread: the net's. */
typedef struct ti_dial ti_dial_t;

/** Begin. `port` is woken whenever ti_dial_advance() may have something new to say.
 *  Returns 0 or TIRTC_E_HTTP_NOMEM, TIRTC_E_HTTP_RESOLVE. */
int ti_dial_open(ti_posix_port_t *port, const char *host, uint16_t tcp_port, ti_dial_t **dial);

/** Go on as far as it goes now. Returns 0 while there is more to wait for; 1 when connected, with the descriptor,
 *  watched and from malloc(), passing to the caller; or why it failed: TIRTC_E_HTTP_RESOLVE, _SERVER_DOWN, _RESET,
 *  _SOCKET, _NOMEM. */
int ti_dial_advance(ti_dial_t *dial, ti_descriptor_t **descriptor);

/** Give up what goes on, and free. NULL is allowed. */
void ti_dial_close(ti_dial_t *dial);

/** Stop watching a socket, close it, free its descriptor. */
void ti_socket_close(ti_net_t *net, ti_descriptor_t *descriptor);

/** What an errno value of a socket means to the core: a negative TIRTC_E_HTTP_* code. */
int ti_socket_error(int error);

#endif
