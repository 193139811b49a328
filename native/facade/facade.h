/* The state of the facade, and the functions that its files share.
 *
 * One lock, tirtc_loop_threads()->global, guards everything here. It is held for a few instructions at a time, never
 * across a callback, a log line, or a call of the core or the loop other than tirtc_loop_wake().
 *
 * An *instance* exists from TiRtcInit() to TiRtcUninit(). Calls are counted in it by ti_enter() and ti_leave(), and its
 * memory is freed only when the count is 0.
 */
#ifndef TI_FACADE_FACADE_H
#define TI_FACADE_FACADE_H

#include "options.h"
#include "tirtc_config.h"
#include "tirtc_device.h"
#include "tirtc_loop.h"

/** A pending TiRtcConnect(). */
typedef struct ti_connect ti_connect_t;

typedef struct ti_instance {
    tirtc_loop_t *loop;
    tirtc_device_t *device;
    const TIRTCCALLBACKS *callbacks; /* of the last start; the program's memory */
    ti_connect_t *connects;          /* list */
    unsigned calls;                  /* running calls about `device` */
    unsigned sessions;               /* starts that returned 0, and whose SYS_STOPPED has not been reported */
    bool stopping;                   /* the newest of them was asked to stop, or failed for good */
    bool ending;                     /* TiRtcUninit() waits until everything that is owed was reported */
    bool ending_silently;            /* ... and stopped the newest start itself: broken connections are not reported */
    bool idle;                       /* `ending`, and everything was */
    bool detached;                   /* no more callbacks */
    bool orphan;                     /* it could not wait, either: the loop's thread frees this when `calls` is 0 */
} ti_instance_t;

/** The functions of tirtc_set_memory(). */
typedef struct ti_static_memory {
    void *(*take)(void *user, size_t size);
    void (*give)(void *user, void *piece, size_t size);
    int (*fix_sizes)(void); /* at TiRtcInit(); returns 0, or TIRTC_E_LACK_OF_RESOURCE if the block is too small */
} ti_static_memory_t;

typedef struct ti_root {
    ti_instance_t *instance;                 /* NULL before TiRtcInit() */
    ti_options_t *options;                   /* NULL before the first TiRtcSetOption() */
    const ti_static_memory_t *static_memory; /* NULL without tirtc_set_memory() */
    tirtc_loop_t *loop;                      /* may outlive an instance that was closed on the loop's own thread */
    unsigned loop_users;                     /* instances whose device is still open on `loop` */
    uint16_t command_number;
} ti_root_t;

/** The only variable of the facade, except those of the log, static_memory.c and start_notice.c. */
extern ti_root_t ti_root;

#if TIRTC_THREADS
void ti_facade_lock(void);
void ti_facade_unlock(void);
#else
static inline void ti_facade_lock(void)
{
}

static inline void ti_facade_unlock(void)
{
}
#endif

/** Returns true between a start that returned 0 and its stop. The lock is held. */
static inline bool ti_is_started(const ti_instance_t *instance)
{
    return instance->sessions != 0 && !instance->stopping;
}

/** Returns true if nothing is initialised, or TiRtcUninit() has begun. The lock is held. */
static inline bool ti_is_uninitialised(void)
{
    return ti_root.instance == NULL || ti_root.instance->ending;
}

/** Allocate zeroed memory, from the block of tirtc_set_memory() or the platform. Returns NULL if there is none. */
void *ti_memory_take(size_t size);
/** Wipe memory, which may contain secrets, and release it. NULL is allowed. */
void ti_memory_give(void *piece, size_t size);

/** Begin and end a call about the device. ti_enter() returns NULL before TiRtcInit(); ti_leave(NULL) is legal. */
ti_instance_t *ti_enter(void);
void ti_leave(ti_instance_t *instance);

/** Close the device and free the instance, which must not be in use. */
void ti_instance_close(ti_instance_t *instance);

/** On the loop's thread: do the same if TiRtcUninit() could not and no call is running. */
void ti_instance_close_if_orphan(ti_instance_t *instance);

/** The `ready` function of the loop: make callbacks of events. `user` is the instance. */
void ti_dispatch(void *user, tirtc_device_t *device);

/** Keep the arguments of TiRtcConnect(), and drop them again. Returns NULL if there is no memory. */
ti_connect_t *ti_connect_keep(ti_instance_t *instance, TIRTCCONNECTCALLBACK callback, void *user);
void ti_connect_drop(ti_instance_t *instance, ti_connect_t *connect);
/** Drop it and call its callback. */
void ti_connect_end(ti_instance_t *instance, ti_connect_t *connect, int error, tirtc_conn_t connection);

static inline tirtc_connection_t ti_handle(tirtc_conn_t hconn)
{
    return (tirtc_connection_t)hconn;
}

static inline tirtc_conn_t ti_hconn(tirtc_connection_t handle)
{
    return (tirtc_conn_t)handle;
}

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
/** Log a line of the facade. Supports only %s, %d, %u and %x. Never under the lock. */
void ti_say_line(tirtc_log_level_t level, const char *format, ...);

/** The same, unless TIRTC_MAX_LOG_LEVEL excludes lines of that level. */
#define ti_say(level, ...) ((level) <= TIRTC_MAX_LOG_LEVEL ? ti_say_line(level, __VA_ARGS__) : (void)0)

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
/** Log a line that the user must see: if no log was configured, it goes to standard error. As ti_say_line(). */
void ti_notice_line(tirtc_log_level_t level, const char *format, ...);

#define ti_notice(level, ...) ((level) <= TIRTC_MAX_LOG_LEVEL ? ti_notice_line(level, __VA_ARGS__) : (void)0)

/** Log a line of any module. */
void ti_log_line(void *user, int level, const char *module, const char *text, size_t size);

/** The function for tirtc_loop_options_t.log; NULL where TIRTC_MAX_LOG_LEVEL leaves out all lines. */
#define TI_LOOP_LOG (TIRTC_MAX_LOG_LEVEL > 0 ? ti_log_line : NULL)

#endif
