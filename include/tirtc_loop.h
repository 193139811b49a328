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

/** A log sink for everything that runs on the loop, as tirtc_port_t.log; `user` is the option of that name. */
typedef void (*tirtc_loop_log_t)(void *user, int level, const char *module, const char *text, size_t size);

typedef struct tirtc_loop_options {
    tirtc_loop_log_t log; /**< may be NULL */
    void *user;           /**< for log, allocate and release */
    bool use_poll;        /**< poll() even where epoll exists; for tests and old kernels */
    /** Memory for the devices, as tirtc_port_t.allocate and release. Both NULL: the platform's memory. */
    void *(*allocate)(void *user, size_t size);
    void (*release)(void *user, void *block, size_t size);
} tirtc_loop_options_t;

/** Pull events with tirtc_device_next() until it returns false, or leave some for later and call tirtc_loop_wake() when
 *  ready for more. Thread the loop's. Any call about the device is allowed inside, including
 *  tirtc_loop_device_close(). */
typedef void (*tirtc_loop_ready_t)(void *user, tirtc_device_t *device);

/** Start a loop and its thread, with all signals blocked on it. `options` may be NULL.
 *  Returns 0, or TIRTC_E_LACK_OF_RESOURCE. Thread: any. */
int tirtc_loop_open(const tirtc_loop_options_t *options, tirtc_loop_t **loop);

/** Close every device still open (silently), stop the thread, free the loop. Thread: any but the loop's. Blocks until
 *  the thread has ended. */
void tirtc_loop_close(tirtc_loop_t *loop);

/** Open a device that this loop steps. `ready` is called after each step, with `user`. Returns 0 or the error of
 *  tirtc_device_open(). Thread: any; blocks no longer than a step of the loop. */
int tirtc_loop_device_open(tirtc_loop_t *loop, tirtc_loop_ready_t ready, void *user, tirtc_device_t **device);

/** Close a device: when this returns, `ready` is not running for it and will not be called again. On the loop's own
 *  thread (inside `ready`) the device is freed after `ready` returns, and must not be used after that.
 *  Thread: any. On other threads it blocks until the loop has closed the device. */
void tirtc_loop_device_close(tirtc_loop_t *loop, tirtc_device_t *device);

/** Make the loop step the device and call `ready` soon. Thread: any. Never blocks. */
void tirtc_loop_wake(tirtc_loop_t *loop, tirtc_device_t *device);

/** Returns true on the loop's own thread, and so inside every `ready`. */
bool tirtc_loop_is_current(const tirtc_loop_t *loop);

/** A port without a loop, for one thread that waits for its pipes itself: for a short exchange that may block. */
typedef struct tirtc_waiter tirtc_waiter_t;

/** Make a waiter. `options` as for tirtc_loop_open(). Returns 0, or TIRTC_E_LACK_OF_RESOURCE. Thread: any; after that,
 *  always the same one. */
int tirtc_waiter_open(const tirtc_loop_options_t *options, tirtc_waiter_t **waiter);

/** Returns the waiter's port, valid until the waiter is closed. Thread: the waiter's. */
const tirtc_port_t *tirtc_waiter_port(const tirtc_waiter_t *waiter);

/** Wait until a pipe is ready or the port's wake is called, at most `max_ms`. Returns true if that happened since the
 *  last call. Thread: the waiter's. */
bool tirtc_waiter_wait(tirtc_waiter_t *waiter, uint32_t max_ms);

/** Free the waiter. Hang up every pipe first. Thread: the waiter's. */
void tirtc_waiter_close(tirtc_waiter_t *waiter);

/** Returns the locks of this platform, for code above the core. Never NULL. Thread: any. */
const tirtc_threads_t *tirtc_loop_threads(void);

#ifdef __cplusplus
}
#endif

#endif
