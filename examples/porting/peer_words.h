/* What the peer of a port under test does, without sockets: bytes in, bytes out. peer.c carries them over TCP.
 *
 * The first line on a link says what it is for. Numbers are decimal. The byte at offset n of "bytes" is peer_byte(n).
 *
 *     echo              sends back what comes
 *     give N            sends N bytes
 *     drip N            sends N bytes, one by one, some ms apart
 *     end MS N          sends N bytes after MS ms, and ends the link in order
 *     reset MS          breaks the link after MS ms
 *     take N MS         reads nothing for MS ms, then N bytes; answers "good\n", or "bad\n" for other ones
 *     name N            is remembered as N
 *     seen N            answers "open\n", "gone\n" when that link has ended, or "none\n"
 *     count             answers how many links there are, this one included, and a newline
 */
#ifndef PORTING_PEER_WORDS_H
#define PORTING_PEER_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What its ports do, from the one it was given on. */
enum { PEER_SERVES = 0, PEER_REFUSES = 1, PEER_NEVER_ANSWERS = 2, PEER_PORTS = 3 };

enum { PEER_LINKS = 32, PEER_NAMES = 64, PEER_BUFFER_BYTES = 65536, PEER_LINE_BYTES = 64 };

enum peer_verdict { PEER_ON, PEER_END, PEER_RESET };

typedef struct peer_link {
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
    enum peer_verdict verdict; /* what is to become of the link once all is out */
    bool ended;                /* nothing more is sent; for whoever carries the bytes */
    uint8_t out[PEER_BUFFER_BYTES];
} peer_link_t;

typedef struct peer {
    uint32_t now_ms;
    bool named[PEER_NAMES]; /* a link of that name was there */
    peer_link_t links[PEER_LINKS];
} peer_t;

uint8_t peer_byte(uint32_t offset);

/** A link has come. NULL: there are too many. */
peer_link_t *peer_arrive(peer_t *peer);

/** How many bytes it reads now, at most. What it has no use for it reads too, or it would not see the end. */
size_t peer_wants(const peer_link_t *link);

/** So many bytes came, at most what it wants. */
void peer_feed(peer_t *peer, peer_link_t *link, const uint8_t *data, size_t size);

/** Do what is due. */
void peer_tick(peer_t *peer, uint32_t now_ms);

/** Bytes of link->out have left. */
void peer_sent(peer_link_t *link, size_t size);

/** The link has ended. */
void peer_leave(peer_link_t *link);

#endif
