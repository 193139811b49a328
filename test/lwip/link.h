/* A link of the port under test, used as the core would use it. */
#ifndef TEST_LWIP_LINK_H
#define TEST_LWIP_LINK_H

#include "peer.h"

enum { LINK_SOON_MS = 10000 };

typedef struct link {
    tirtc_pipe_t *link;
    size_t sent_bytes;     /* of the pattern */
    size_t received_bytes; /* which were the pattern */
    int error;             /* of send or receive, 0 so far */
    size_t most_per_call;
} link_t;

static inline const tirtc_port_t *the_port(void)
{
    return &world.lwip.port;
}

/** Dial; a failure is in `error`. */
static inline void link_dial(link_t *link, const char *host, uint16_t port)
{
    *link = (link_t){.most_per_call = 3000};
    link->error = the_port()->dial(the_port()->context, host, port, false, &link->link);
}

static inline void link_hang_up(link_t *link)
{
    the_port()->hang_up(the_port()->context, link->link);
}

/** Send the pattern up to `bytes` as far as the port takes it. Returns whether it took something. */
static inline bool link_send(link_t *link, size_t bytes)
{
    uint8_t block[4096];
    size_t left = bytes - link->sent_bytes;
    size_t size = left < link->most_per_call ? left : link->most_per_call;
    if (size == 0 || link->error != 0) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        block[i] = pattern_byte(link->sent_bytes + i);
    }
    int sent = the_port()->send(the_port()->context, link->link, block, size);
    CHECK(sent <= (int)size);
    link->error = sent < 0 ? sent : 0;
    link->sent_bytes += sent > 0 ? (size_t)sent : 0;
    return sent > 0;
}

/** Receive once, and check what came. Returns whether something did. */
static inline bool link_receive(link_t *link)
{
    uint8_t block[4096];
    int got = the_port()->receive(the_port()->context, link->link, block, link->most_per_call);
    CHECK(got <= (int)link->most_per_call);
    link->error = got < 0 ? got : link->error;
    for (int i = 0; i < got; i++) {
        if (block[i] != pattern_byte(link->received_bytes++)) {
            CHECK(block[i] == pattern_byte(link->received_bytes - 1));
            break;
        }
    }
    return got > 0;
}

#endif
