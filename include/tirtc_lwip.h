/* tirtc_lwip.h - the port for lwIP: without an operating system by its raw API, with one by its sockets. lwIP's own
 * NO_SYS decides, so that the library must be compiled with the lwipopts.h of the program.
 *
 * lwIP is yours: initialised, with a network interface. The board struct says the rest. With tiRTC.h, before anything
 * else of it:
 *
 *     static tirtc_lwip_t lwip;
 *     tirtc_lwip_open(&lwip, &board);
 *     tirtc_use_platform(&lwip.platform);
 *
 * With tirtc_device.h: open devices on &lwip.port, and call tirtc_lwip_wait() in the loop that steps them.
 *
 * NO_SYS=1: everything here is called from the one thread that runs lwIP. lwIP needs LWIP_TCP, LWIP_DNS where hosts
 * have names, a PCB for each pipe (MEMP_NUM_TCP_PCB: one for the start, and one for each connection), and with lwIP's
 * heap as memory a MEM_SIZE that holds everything (docs/footprint.md).
 *
 * NO_SYS=0: everything here, and everything of tiRTC.h, is called from one task, any but lwIP's own. lwIP needs
 * LWIP_SOCKET with LWIP_SOCKET_SELECT and LWIP_TCPIP_CORE_LOCKING besides, all three of which are its defaults, and a
 * netconn for each pipe (MEMP_NUM_NETCONN).
 */
#ifndef TIRTC_LWIP_H
#define TIRTC_LWIP_H

#include "tirtc_polled.h"
#include "tirtc_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a board brings. `context` is given back to each function. */
typedef struct tirtc_lwip_board {
    void *context;

    /** As tirtc_port_t.entropy: unpredictable bytes, from the chip's generator. Needed. */
    int (*entropy)(void *context, void *out, size_t size);

    /** Give lwIP the frames that the network interface has received, and call sys_check_timeouts(). May sleep until an
     *  interrupt, at most `max_ms`. Needed with NO_SYS=1, where nobody else does it; not called with an operating
     *  system. */
    void (*run)(void *context, uint32_t max_ms);

    /** As tirtc_port_t.allocate and release; NULL, both: lwIP's heap, mem_malloc() and mem_free(). */
    void *(*allocate)(void *context, size_t size);
    void (*release)(void *context, void *block, size_t size);

    /** As tirtc_platform_t.print. May be NULL. */
    void (*print)(void *context, const char *line, size_t size);

    /** As tirtc_port_t.wall_s, for a port with TLS around this one. May be NULL. */
    int64_t (*wall_s)(void *context);
} tirtc_lwip_board_t;

/** The port. Its fields are not for the program, but for the two it hands on. */
typedef struct tirtc_lwip {
    tirtc_port_t port;         /**< for tirtc_device_open() */
    tirtc_platform_t platform; /**< for tirtc_use_platform() */
    const tirtc_lwip_board_t *board;
    tirtc_pipe_t *pipes; /* list of all there are */
    bool woken;
} tirtc_lwip_t;

/** Fill `lwip`, memory of the caller's that stays in place while the port is used, as the board does. After
 *  lwip_init(). */
void tirtc_lwip_open(tirtc_lwip_t *lwip, const tirtc_lwip_board_t *board);

/** Let the board run until something happens, at most `max_ms`; at least once. Returns true when a step is due: wake
 *  was called, or a pipe has news, since the last time. */
bool tirtc_lwip_wait(tirtc_lwip_t *lwip, uint32_t max_ms);

#ifdef __cplusplus
}
#endif

#endif
