/* porting.h - what a porter gives to the programs of this folder, and what those share.
 *
 * Write a file with porting_site() in it, pipe it and your port with one of the numbered programs, and compare what it
 * prints with docs/porting.md. site_posix.c is one to start from.
 */
#ifndef PORTING_H
#define PORTING_H

#include "tirtc_polled.h"

/** Your platform, and where the peer is: the program peer.c, on a computer that your board reaches. */
typedef struct porting_site {
    /** `port` as far as it is written (each program says what it uses), `wait`, and `print`, which is needed. Until
     *  there is a `wait`, NULL: the programs then look at the clock all the time. */
    const tirtc_platform_t *platform;

    const char *peer_host; /* a name or an address */
    uint16_t peer_port;    /* and the two behind it, see peer.c */

    /** For the conformance program alone. Set the date forward by so many seconds, or back; returns false when it did
     *  not move. NULL where a program may not: that check is skipped. */
    bool (*move_wall_clock)(void *context, int32_t by_s);

    /** For the conformance program alone. Have `call` called after so many ms by somebody else, a thread or an
     *  interrupt that may call tirtc_port_t.wake. NULL where there is nobody: that check is skipped. */
    bool (*call_later)(void *context, uint32_t after_ms, void (*call)(void *argument), void *argument);
} porting_site_t;

/** You write this. Called once, first of all. Brings the network up. */
const porting_site_t *porting_site(void);

/* ---- what follows is in porting.c ---- */

/** Get the site. */
void porting_begin(void);

const porting_site_t *porting_here(void);
const tirtc_port_t *porting_port(void);

/** Print a line; the second piece may be NULL. */
void porting_say(const char *text, const char *more);

/** End of a numbered program: "ok", or what went wrong when `wrong` is not NULL. Returns what main() returns. */
int porting_end(const char *wrong);

uint32_t porting_now_ms(void);

/** True when that much time has passed. Also when the clock went back: nothing here waits for ever. */
bool porting_passed(uint32_t since_ms, uint32_t ms);

/** Wait for news once, as the platform does. */
bool porting_wait(uint32_t max_ms);

/** Let time pass, and the network run. */
void porting_rest(uint32_t ms);

/** Dial the peer at peer_port + `offset`: PEER_SERVES and so on of peer_words.h. NULL: dial() failed; `error` (may be
 *  NULL) says how. */
tirtc_pipe_t *porting_dial(uint16_t offset, int *error);

/** Send all of it, waiting for room. Returns 0, what send() said, or TIRTC_E_TIMEOUTED after 10 s without room. */
int porting_send(tirtc_pipe_t *pipe, const void *data, size_t size);

/** Dial the peer and tell it what to do, for instance "echo\n". NULL when that fails. */
tirtc_pipe_t *porting_ask(const char *request);

/** Receive 1 to `size` bytes, waiting for them at most `ms`. Returns as receive(); 0: none came. */
int porting_receive(tirtc_pipe_t *pipe, void *data, size_t size, uint32_t ms);

/** The same until `size` bytes are there. Returns 0, what receive() said, or TIRTC_E_TIMEOUTED. */
int porting_receive_all(tirtc_pipe_t *pipe, void *data, size_t size, uint32_t ms);

/** True when the peer sends exactly this text. */
bool porting_hears(tirtc_pipe_t *pipe, const char *text);

void porting_hang_up(tirtc_pipe_t *pipe);

#endif
