/* tirtc_polled.h - tiRTC.h on a platform without threads: provide a tirtc_port_t, register it here, and call
 * TiRtcPoll().
 *
 * For builds with TIRTC_PORT=polled, where you provide the port, and TIRTC_PORT=lwip, where tirtc_lwip.h provides it.
 * Call everything here, and everything in tiRTC.h, from one thread and never from an interrupt.
 */
#ifndef TIRTC_POLLED_H
#define TIRTC_POLLED_H

#include "tirtc_loop.h"
#include "tirtc_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What tiRTC.h needs from a platform without threads. */
typedef struct tirtc_platform {
    /** The port. Its `threads` are not used, and its `log` is used only by a port around it. */
    const tirtc_port_t *port;

    /** Let the network run: take in received data and send what is due. Sleep until something happens, at most
     *  `max_ms`; return at once if the platform cannot sleep. Returns true if the port's wake was called or a pipe
     *  became ready since the last call. `context` is the port's. */
    bool (*wait)(void *context, uint32_t max_ms);

    /** Write one line, which contains no newline, for the console output of TiRtcLogConfig(). May be NULL: it is not
     *  written. */
    void (*print)(void *context, const char *line, size_t size);
} tirtc_platform_t;

/** Register the platform, once, before the first call of tiRTC.h. Until then TiRtcInit() and TiRtcSetOption() return
 *  TIRTC_E_LACK_OF_RESOURCE. The struct must stay valid and in place until the program ends. */
void tirtc_use_platform(const tirtc_platform_t *platform);

/** Returns the registered platform, or NULL. */
const tirtc_platform_t *tirtc_platform(void);

/** Write a line to the log of the open loop. Use it as the `log` of a port that another port wraps: TLS logs its own
 *  lines through it. As tirtc_port_t.log; `context` is not used. */
void tirtc_platform_log(void *context, int level, const char *module, const char *text, size_t size);

/** Wait for events, at most `max_ms`, then step each device that is due and call its `ready`. For programs that use
 *  tirtc_loop.h; TiRtcPoll() does this for programs that use tiRTC.h. Do not call it from inside `ready`. */
void tirtc_loop_poll(tirtc_loop_t *loop, uint32_t max_ms);

#ifdef __cplusplus
}
#endif

#endif
