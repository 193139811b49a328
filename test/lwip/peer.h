/* The far end of one pipe: a server on lwIP's raw API that takes one connection at a time. */
#ifndef TEST_LWIP_PEER_H
#define TEST_LWIP_PEER_H

#include "world.h"

enum { PEER_MOST_BYTES = 1 << 20 };

typedef struct peer {
    uint16_t port;
    struct tcp_pcb *listener;
    struct tcp_pcb *pcb; /* NULL: not connected, or no longer */
    bool came;
    bool over_ipv6;
    bool ended; /* the device's side has ended gracefully */
    bool broken;
    bool reading;          /* false: the window closes */
    size_t unacknowledged; /* bytes received while it did not read */
    size_t received_bytes;
    size_t sending_bytes; /* of the pattern */
    size_t sent_bytes;
    uint8_t received[PEER_MOST_BYTES];
} peer_t;

/** Listen on every address. */
void peer_open(peer_t *peer);

/** Reset the connection, if there is one, and stop listening. */
void peer_close(peer_t *peer);

void peer_read(peer_t *peer, bool reading);

/** Send this many bytes of pattern_byte() from the beginning. */
void peer_send(peer_t *peer, size_t bytes);

/** End this side gracefully; break both sides. */
void peer_end(peer_t *peer);
void peer_reset(peer_t *peer);

/** Read a field under the lock. */
size_t peer_received(peer_t *peer);
bool peer_came(void *peer);
bool peer_saw_the_end(void *peer);

/** Returns the byte at a position of the data that both sides send. */
static inline uint8_t pattern_byte(size_t at)
{
    return (uint8_t)(at * 7 + at / 251);
}

#endif
