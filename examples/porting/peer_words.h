/* What the peer of a port under test does, without sockets: bytes in, bytes out. peer.c carries them over TCP.
 *
 * The first line on a pipe says what it is for. Numbers are decimal. The byte at offset n of "bytes" is peer_byte(n).
 *
 *     echo              sends back what comes
 *     give N            sends N bytes
 *     drip N            sends N bytes, one by one, some ms apart
 *     end MS N          sends N bytes after MS ms, and ends the pipe in order
 *     reset MS          breaks the pipe after MS ms
 *     take N MS         reads nothing for MS ms, then N bytes; answers "good\n", or "bad\n" for other ones
 *     name N            is remembered as N
 *     seen N            answers "open\n", "gone\n" when that pipe has ended, or "none\n"
 *     count             answers how many pipes there are, this one included, and a newline
 */
#ifndef PORTING_PEER_WORDS_H
#define PORTING_PEER_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What its ports do, from the one it was given on. */
enum { PEER_SERVES = 0, PEER_REFUSES = 1, PEER_NEVER_ANSWERS = 2, PEER_PORTS = 3 };

enum { PEER_PIPES = 32, PEER_NAMES = 64, PEER_BUFFER_BYTES = 65536, PEER_LINE_BYTES = 64 };

enum peer_verdict { PEER_ON, PEER_END, PEER_RESET };

typedef struct peer_pipe {
    bool used;
    char word; /* the first letters of the line tell them apart; 0: the line has not come yet */
    char line[PEER_LINE_BYTES];
    size_t line_size;
    uint32_t numbers[2];
    uint32_t begun_ms;
    uint32_t due_ms; /* when it goes on; counts while `waiting` */
    bool waiting;
    uint32_t left;   /* bytes still to give or to take */
    uint32_t offset; /* bytes given or taken */
    bool bad;        /* other bytes came than should */
    size_t out_size;
    enum peer_verdict verdict; /* what is to become of the pipe once all is out */
    bool ended;                /* nothing more is sent; for whoever carries the bytes */
    uint8_t out[PEER_BUFFER_BYTES];
} peer_pipe_t;

typedef struct peer {
    uint32_t now_ms;
    bool named[PEER_NAMES]; /* a pipe of that name was there */
    peer_pipe_t pipes[PEER_PIPES];
} peer_t;

uint8_t peer_byte(uint32_t offset);

/** A pipe has come. NULL: there are too many. */
peer_pipe_t *peer_arrive(peer_t *peer);

/** How many bytes it reads now, at most. What it has no use for it reads too, or it would not see the end. */
size_t peer_wants(const peer_pipe_t *pipe);

/** So many bytes came, at most what it wants. */
void peer_feed(peer_t *peer, peer_pipe_t *pipe, const uint8_t *data, size_t size);

/** Do what is due. */
void peer_tick(peer_t *peer, uint32_t now_ms);

/** Bytes of pipe->out have left. */
void peer_sent(peer_pipe_t *pipe, size_t size);

/** The pipe has ended. */
void peer_leave(peer_pipe_t *pipe);

#endif
