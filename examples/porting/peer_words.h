/* The behaviour of the peer of a port under test, without sockets: bytes in, bytes out. peer.c carries them over TCP.
 *
 * The first line on a pipe is the request. Numbers are decimal. The byte at offset n of "bytes" is peer_byte(n).
 *
 *     echo              sends back what it receives
 *     give N            sends N bytes
 *     drip N            sends N bytes, one by one, some ms apart
 *     end MS N          sends N bytes after MS ms, and ends the pipe gracefully
 *     reset MS          breaks the pipe after MS ms
 *     take N MS         reads nothing for MS ms, then N bytes; answers "good\n", or "bad\n" for wrong bytes
 *     name N            is remembered as N
 *     seen N            answers "open\n", "gone\n" when that pipe has ended, or "none\n"
 *     count             answers the number of pipes, including this one, and a newline
 */
#ifndef PORTING_PEER_WORDS_H
#define PORTING_PEER_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The offsets of its ports, and what they do. */
enum { PEER_SERVES = 0, PEER_REFUSES = 1, PEER_NEVER_ANSWERS = 2, PEER_PORTS = 3 };

enum { PEER_PIPES = 32, PEER_NAMES = 64, PEER_BUFFER_BYTES = 65536, PEER_LINE_BYTES = 64 };

enum peer_verdict { PEER_ON, PEER_END, PEER_RESET };

typedef struct peer_pipe {
    bool used;
    char word; /* the first letter of the request, which is unique; 0: the line has not arrived yet */
    char line[PEER_LINE_BYTES];
    size_t line_size;
    uint32_t numbers[2];
    uint32_t begun_ms;
    uint32_t due_ms; /* when it continues; valid while `waiting` */
    bool waiting;
    uint32_t left;   /* bytes still to send or to receive */
    uint32_t offset; /* bytes sent or received */
    bool bad;        /* wrong bytes were received */
    size_t out_size;
    enum peer_verdict verdict; /* what happens to the pipe once everything has been sent */
    bool ended;                /* nothing more is sent; used by the code that carries the bytes */
    uint8_t out[PEER_BUFFER_BYTES];
} peer_pipe_t;

typedef struct peer {
    uint32_t now_ms;
    bool named[PEER_NAMES]; /* there was a pipe of that name */
    peer_pipe_t pipes[PEER_PIPES];
} peer_t;

uint8_t peer_byte(uint32_t offset);

/** Add a pipe. Returns NULL when there are too many. */
peer_pipe_t *peer_arrive(peer_t *peer);

/** Returns how many bytes the pipe reads now, at most. It also reads bytes that it does not need, to see the end. */
size_t peer_wants(const peer_pipe_t *pipe);

/** Pass received bytes, at most as many as peer_wants() returned. */
void peer_feed(peer_t *peer, peer_pipe_t *pipe, const uint8_t *data, size_t size);

/** Do what is due. */
void peer_tick(peer_t *peer, uint32_t now_ms);

/** Remove bytes of pipe->out that were sent. */
void peer_sent(peer_pipe_t *pipe, size_t size);

/** Remove a pipe that has ended. */
void peer_leave(peer_pipe_t *pipe);

#endif
