/* A pipe of the port under test, used as the core uses it. */
#ifndef TEST_LWIP_PIPE_H
#define TEST_LWIP_PIPE_H

#include "peer.h"

enum { SOON_MS = 10000 };

typedef struct pipe {
    tirtc_pipe_t *pipe;
    size_t sent_bytes;     /* of the pattern */
    size_t received_bytes; /* all of them equal to the pattern */
    int error;             /* of send or receive; 0: none so far */
    size_t most_per_call;
} pipe_t;

static inline const tirtc_port_t *the_port(void)
{
    return &world.lwip.port;
}

/** Dial. A failure is stored in `error`. */
static inline void pipe_dial(pipe_t *pipe, const char *host, uint16_t port)
{
    *pipe = (pipe_t){.most_per_call = 3000};
    pipe->error = the_port()->dial(the_port()->context, host, port, false, &pipe->pipe);
}

static inline void pipe_hang_up(pipe_t *pipe)
{
    the_port()->hang_up(the_port()->context, pipe->pipe);
}

/** Send the pattern up to `bytes`, as far as the port accepts it. Returns whether it accepted any bytes. */
static inline bool pipe_send(pipe_t *pipe, size_t bytes)
{
    uint8_t block[4096];
    size_t left = bytes - pipe->sent_bytes;
    size_t size = left < pipe->most_per_call ? left : pipe->most_per_call;
    if (size == 0 || pipe->error != 0) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        block[i] = pattern_byte(pipe->sent_bytes + i);
    }
    int sent = the_port()->send(the_port()->context, pipe->pipe, block, size);
    CHECK(sent <= (int)size);
    pipe->error = sent < 0 ? sent : 0;
    pipe->sent_bytes += sent > 0 ? (size_t)sent : 0;
    return sent > 0;
}

/** Receive once and check the bytes. Returns whether there were any. */
static inline bool pipe_receive(pipe_t *pipe)
{
    uint8_t block[4096];
    int got = the_port()->receive(the_port()->context, pipe->pipe, block, pipe->most_per_call);
    CHECK(got <= (int)pipe->most_per_call);
    pipe->error = got < 0 ? got : pipe->error;
    for (int i = 0; i < got; i++) {
        if (block[i] != pattern_byte(pipe->received_bytes++)) {
            CHECK(block[i] == pattern_byte(pipe->received_bytes - 1));
            break;
        }
    }
    return got > 0;
}

#endif
