/* The other side for tests of tiRTC.h, of which there is one per process: a client on a loop of its own. */
#ifndef TEST_SUPPORT_PEER_H
#define TEST_SUPPORT_PEER_H

#include "tirtc_device.h"

enum { PEER_BYTES = 64 };

typedef struct peer peer_t;

/** An event, and the first bytes of its data. */
typedef struct peer_event {
    tirtc_event_t event; /* its data pointer is NULL */
    unsigned char data[PEER_BYTES];
} peer_event_t;

/** Start a client. Ends the test when it cannot. */
peer_t *peer_open(const char *endpoint);
void peer_close(peer_t *peer);

tirtc_device_t *peer_device(peer_t *peer);

/** Connect to a device, with a token that the service takes. Returns the connection; 0 when it failed. */
tirtc_connection_t peer_connect(peer_t *peer, const char *device_id);

/** Wait for an event that was not taken yet, and take it. Returns false after 5 s. `event` may be NULL. Events after
 *  the first 1024 are not kept. */
bool peer_wait(peer_t *peer, tirtc_event_kind_t kind, peer_event_t *event);

#endif
