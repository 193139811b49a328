/* porting.h - what you provide to the programs of this folder, and what they share.
 *
 * Write a file with porting_site() in it, link it and your port with one of the numbered programs, and compare what it
 * prints with docs/porting.md. site_posix.c is an example to start from.
 */
#ifndef PORTING_H
#define PORTING_H

#include "tirtc_polled.h"

/** Your platform, and the address of the peer: the program peer.c, on a computer that your board reaches. */
typedef struct porting_site {
    /** `port` as far as it is written (each program says what it uses), `print`, which is required, and `wait`, which
     *  may be NULL until it is written: the programs then poll the clock. */
    const tirtc_platform_t *platform;

    const char *peer_host; /* a name or an address */
    uint16_t peer_port;    /* and the next two, see peer.c */

    /** Only for the conformance program. Set the date forward by this many seconds, or back; returns false when it did
     *  not move. NULL if a program may not do that: the check is skipped. */
    bool (*move_wall_clock)(void *context, int32_t by_s);

    /** Only for the conformance program. Make another thread or an interrupt, one that may call tirtc_port_t.wake, call
     *  `call` after this many ms. NULL if there is none: the check is skipped. */
    bool (*call_later)(void *context, uint32_t after_ms, void (*call)(void *argument), void *argument);
} porting_site_t;

/** Written by you. Called once, before anything else. Brings the network up. */
const porting_site_t *porting_site(void);

/* ---- implemented in porting.c ---- */

/** Call porting_site() and keep its result. */
void porting_begin(void);

const porting_site_t *porting_here(void);
const tirtc_port_t *porting_port(void);

/** Print a line of two parts; the second may be NULL. */
void porting_say(const char *text, const char *more);

/** End a numbered program: print "ok", or what went wrong if `wrong` is not NULL. Returns the value for main(). */
int porting_end(const char *wrong);

uint32_t porting_now_ms(void);

/** Returns true when this much time has passed, and also when the clock went back, so that nothing waits for ever. */
bool porting_passed(uint32_t since_ms, uint32_t ms);

/** Wait for an event once, with the platform's wait. */
bool porting_wait(uint32_t max_ms);

/** Let time pass while the network runs. */
void porting_rest(uint32_t ms);

/** Dial the peer at peer_port + `offset`: PEER_SERVES and so on of peer_words.h. Returns NULL when dial() failed;
 *  `error` (may be NULL) receives its code. */
tirtc_pipe_t *porting_dial(uint16_t offset, int *error);

/** Send everything, waiting for room. Returns 0, the error of send(), or TIRTC_E_TIMEOUTED after 10 s without room. */
int porting_send(tirtc_pipe_t *pipe, const void *data, size_t size);

/** Dial the peer and send it a request, for instance "echo\n". Returns NULL when that fails. */
tirtc_pipe_t *porting_ask(const char *request);

/** Receive 1 to `size` bytes, waiting for them at most `ms`. Returns as receive(); 0: none arrived. */
int porting_receive(tirtc_pipe_t *pipe, void *data, size_t size, uint32_t ms);

/** Receive exactly `size` bytes. Returns 0, the error of receive(), or TIRTC_E_TIMEOUTED. */
int porting_receive_all(tirtc_pipe_t *pipe, void *data, size_t size, uint32_t ms);

/** Returns true when the peer sends exactly this text. */
bool porting_hears(tirtc_pipe_t *pipe, const char *text);

void porting_hang_up(tirtc_pipe_t *pipe);

#endif
