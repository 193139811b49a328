/* tirtc_polled.h - tiRTC.h on a platform without threads: bring a tirtc_port_t, name it here, call TiRtcPoll().
 *
 * For builds with TIRTC_PORT=polled, where the port is yours, and TIRTC_PORT=lwip, where tirtc_lwip.h has one.
 * Everything here, and everything of tiRTC.h, is called from one thread, and not from an interrupt.
 */
#ifndef TIRTC_POLLED_H
#define TIRTC_POLLED_H

#include "tirtc_loop.h"
#include "tirtc_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What tiRTC.h asks of a platform without threads. */
typedef struct tirtc_platform {
    /** The bytes, the time, the memory. Its `threads` are not used, and its `log` only by a port around it. */
    const tirtc_port_t *port;

    /** Let the network run: take in what has come, send what is due. Sleeps until something happens, at most `max_ms`,
     *  or not at all where it cannot.
     *  Returns true when the port's wake was called, or a pipe has news, since the last time. `context` is the
     *  port's. */
    bool (*wait)(void *context, uint32_t max_ms);

    /** Write one line, without a newline, where TiRtcLogConfig() sends lines for the console. May be NULL: nowhere. */
    void (*print)(void *context, const char *line, size_t size);
} tirtc_platform_t;

/** Name the platform: before the first call of tiRTC.h, once. Until then TiRtcInit() and TiRtcSetOption() return
 *  TIRTC_E_LACK_OF_RESOURCE. The struct must stay valid and in place for ever. */
void tirtc_use_platform(const tirtc_platform_t *platform);

/** What was named, or NULL. */
const tirtc_platform_t *tirtc_platform(void);

/** A line for the log of whoever opened the loop: for the `log` of a port that something stands around, as TLS does,
 *  which has lines of its own. As tirtc_port_t.log; `context` is not used. */
void tirtc_platform_log(void *context, int level, const char *module, const char *text, size_t size);

/** Wait for news at most `max_ms`, then step each device that is due and call its `ready`. For programs that use
 *  tirtc_loop.h; TiRtcPoll() does this for those that use tiRTC.h. Not from inside `ready`. */
void tirtc_loop_poll(tirtc_loop_t *loop, uint32_t max_ms);

#ifdef __cplusplus
}
#endif

#endif
