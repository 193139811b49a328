/* tirtc_lwip.h - the port for lwIP: over its raw API without an operating system, over its sockets with one. lwIP's own
 * NO_SYS decides, so the library must be compiled with the lwipopts.h of the program.
 *
 * The program initialises lwIP and its network interface, and provides the rest in the board struct. With tiRTC.h,
 * before any other call:
 *
 *     static tirtc_lwip_t lwip;
 *     tirtc_lwip_open(&lwip, &board);
 *     tirtc_use_platform(&lwip.platform);
 *
 * With tirtc_device.h: open devices on &lwip.port, and call tirtc_lwip_wait() in the loop that steps them.
 *
 * NO_SYS=1: call everything here from the one thread that runs lwIP. lwIP needs LWIP_TCP, LWIP_DNS if hosts have names,
 * a PCB for each pipe (MEMP_NUM_TCP_PCB: one for the start, and one for each connection), and, if lwIP's heap is the
 * memory, a MEM_SIZE that holds everything (docs/footprint.md).
 *
 * NO_SYS=0: call everything here, and everything in tiRTC.h, from one task, which is not lwIP's own. lwIP also needs
 * LWIP_SOCKET with LWIP_SOCKET_SELECT and LWIP_TCPIP_CORE_LOCKING, all three on by default, and a netconn for each pipe
 * (MEMP_NUM_NETCONN).
 */
#ifndef TIRTC_LWIP_H
#define TIRTC_LWIP_H

#include "tirtc_polled.h"
#include "tirtc_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a board provides. `context` is passed to each function. */
typedef struct tirtc_lwip_board {
    void *context;

    /** As tirtc_port_t.entropy: unpredictable bytes from the chip's generator. Required. */
    int (*entropy)(void *context, void *out, size_t size);

    /** Give lwIP the frames that the network interface has received, and call sys_check_timeouts(). May sleep until an
     *  interrupt, at most `max_ms`. Required with NO_SYS=1; not called with an operating system. */
    void (*run)(void *context, uint32_t max_ms);

    /** As tirtc_port_t.allocate and release. Both NULL: lwIP's heap, mem_malloc() and mem_free(). */
    void *(*allocate)(void *context, size_t size);
    void (*release)(void *context, void *block, size_t size);

    /** As tirtc_platform_t.print. May be NULL. */
    void (*print)(void *context, const char *line, size_t size);

    /** As tirtc_port_t.wall_s, for a port with TLS around this one. May be NULL. */
    int64_t (*wall_s)(void *context);
} tirtc_lwip_board_t;

/** The port. The program uses only its first two fields, to pass them on. */
typedef struct tirtc_lwip {
    tirtc_port_t port;         /**< for tirtc_device_open() */
    tirtc_platform_t platform; /**< for tirtc_use_platform() */
    const tirtc_lwip_board_t *board;
    tirtc_pipe_t *pipes; /* list of all pipes */
    bool woken;
} tirtc_lwip_t;

/** Fill `lwip`. The caller owns it and the board; both must stay in place while the port is used. Call it after
 *  lwip_init(). */
void tirtc_lwip_open(tirtc_lwip_t *lwip, const tirtc_lwip_board_t *board);

/** Let the board run at least once, and until something happens, at most `max_ms`. Returns true when a step is due:
 *  wake was called or a pipe became ready since the last call. */
bool tirtc_lwip_wait(tirtc_lwip_t *lwip, uint32_t max_ms);

#ifdef __cplusplus
}
#endif

#endif
