/* tirtc_loop.h - one thread for any number of devices, on platforms with threads and sockets (port `posix`).
 *
 * The loop owns a thread, waits for sockets and timers, and steps each device when there is something to do. After each
 * step it calls the device's `ready` function on that thread, which pulls the events.
 */
#ifndef TIRTC_LOOP_H
#define TIRTC_LOOP_H

#include "tirtc_device.h"
#include "tirtc_port.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tirtc_loop tirtc_loop_t;

/** A log sink for everything that runs on the loop. As tirtc_port_t.log; `user` is the loop option of that name. */
typedef void (*tirtc_loop_log_t)(void *user, int level, const char *module, const char *text, size_t size);

typedef struct tirtc_loop_options {
    tirtc_loop_log_t log; /**< may be NULL */
    void *user;           /**< for log, allocate and release */
    bool use_poll;        /**< poll() even where epoll exists; for tests and old kernels */
    /** Memory of the devices, as tirtc_port_t.allocate and release; NULL, both: the platform's. */
    void *(*allocate)(void *user, size_t size);
    void (*release)(void *user, void *block, size_t size);
} tirtc_loop_options_t;

/** Pull events with tirtc_device_next() until it returns false, or leave some for later (and then call
 *  tirtc_loop_wake() when ready for more).
 *  Thread  the loop's. Any call about the device is legal inside, tirtc_loop_device_close() too. */
typedef void (*tirtc_loop_ready_t)(void *user, tirtc_device_t *device);

/** Start a loop and its thread, with all signals blocked on it. `options` may be NULL.
 *  Returns 0, or TIRTC_E_LACK_OF_RESOURCE. Thread: any. */
int tirtc_loop_open(const tirtc_loop_options_t *options, tirtc_loop_t **loop);

/** Close every device still open (silently), stop the thread, free the loop. Thread: any but the loop's. Blocks until
 *  the thread has ended. */
void tirtc_loop_close(tirtc_loop_t *loop);

/** Open a device that this loop steps. `ready` is called after each step, with `user`.
 *  Returns 0 or what tirtc_device_open() returned. Thread: any; blocks no longer than a step of the loop. */
int tirtc_loop_device_open(tirtc_loop_t *loop, tirtc_loop_ready_t ready, void *user, tirtc_device_t **device);

/** Close a device: when this returns, `ready` is not running for it and will not be called again. On the loop's own
 *  thread (inside `ready`) the device is freed after `ready` returns, and must not be used any more by then.
 *  Thread: any. Elsewhere it blocks until the loop has closed the device. */
void tirtc_loop_device_close(tirtc_loop_t *loop, tirtc_device_t *device);

/** Have the device stepped, and `ready` called, soon. Thread: any. Never blocks. */
void tirtc_loop_wake(tirtc_loop_t *loop, tirtc_device_t *device);

/** True on the loop's own thread, so inside every `ready`. */
bool tirtc_loop_is_current(const tirtc_loop_t *loop);

/** A port for one thread that waits for its pipes itself, without a loop: for a short exchange that may block. */
typedef struct tirtc_waiter tirtc_waiter_t;

/** Make one. `options` as for tirtc_loop_open(). Returns 0, or TIRTC_E_LACK_OF_RESOURCE. Thread: any; then it belongs
 *  to one. */
int tirtc_waiter_open(const tirtc_loop_options_t *options, tirtc_waiter_t **waiter);

/** Its port, valid until closed. Thread: the waiter's. */
const tirtc_port_t *tirtc_waiter_port(const tirtc_waiter_t *waiter);

/** Wait until some pipe has news or the port's wake is called, at most `max_ms`. Returns true when that happened since
 *  the last time. Thread: the waiter's. */
bool tirtc_waiter_wait(tirtc_waiter_t *waiter, uint32_t max_ms);

/** Free it; every pipe has been hung up. Thread: the waiter's. */
void tirtc_waiter_close(tirtc_waiter_t *waiter);

/** The locks of this platform, for code above the core. Never NULL. Thread: any. */
const tirtc_threads_t *tirtc_loop_threads(void);

#ifdef __cplusplus
}
#endif

#endif
