/* tirtc_port.h - what a platform gives to the core: one struct of functions.
 *
 * A port knows bytes, time and names of hosts; it knows nothing of frames, tokens or states. Implement this struct,
 * hand it to tirtc_device_open(), and the core runs. docs/porting.md climbs it one function at a time.
 *
 * Unless a function says "any thread", only the thread that owns the device calls it. Nothing here may block.
 */
#ifndef TIRTC_PORT_H
#define TIRTC_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tirtc_errors.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One byte pipe, made by dial and ended by hang_up. The port defines the struct; the core only carries the pointer. */
typedef struct tirtc_pipe tirtc_pipe_t;

/** A mutual-exclusion lock, not recursive. The port defines the struct. */
typedef struct tirtc_lock tirtc_lock_t;

/** Locks, for platforms that have threads. Thread: any, for all of them. */
typedef struct tirtc_threads {
    /** One lock that exists before main() and is never closed. */
    tirtc_lock_t *global;
    /** Make a lock. Returns NULL when there is no memory for it. */
    tirtc_lock_t *(*lock_open)(void);
    /** Free a lock that nobody holds. */
    void (*lock_close)(tirtc_lock_t *lock);
    void (*lock)(tirtc_lock_t *lock);
    void (*unlock)(tirtc_lock_t *lock);
} tirtc_threads_t;

/** Everything the core asks of a platform. The struct and its context must outlive the device; one struct may serve
 *  many devices. */
typedef struct tirtc_port {
    /** Given back as the first argument of every function below. */
    void *context;

    /** A clock that never stands still and never jumps when the date is set. Milliseconds from any origin; wraps at
     *  2^32. Thread: any. */
    uint32_t (*mono_ms)(void *context);

    /** Fill `out` with `size` unpredictable bytes, as good as keys need. Returns 0, or negative when there is no
     *  entropy (nothing may be relied on then). Thread: any. */
    int (*entropy)(void *context, void *out, size_t size);

    /** Take `size` bytes of memory, aligned for any type, content undefined. Returns NULL when there are none.
     *  Thread: any, never under a lock of the core. */
    void *(*allocate)(void *context, size_t size);
    /** Give memory back; `size` is what allocate was asked for. Thread: as allocate. */
    void (*release)(void *context, void *block, size_t size);

    /** Begin a pipe to `host` (a name or a numeric address, NUL-terminated, no brackets) and TCP `port`. Never waits:
     *  until the pipe is up, send and receive return 0; when it cannot come up they return why. `secure` asks for TLS
     *  with the host's name verified; it is only set when `secure_pipes` is true. `host` is copied if needed.
     *  Returns 0 and *pipe, or a negative TIRTC_E_HTTP_* code (then there is no pipe). */
    int (*dial)(void *context, const char *host, uint16_t port, bool secure, tirtc_pipe_t **pipe);

    /** Offer `size` > 0 bytes. Returns how many were taken (1..size), 0 for "not now, I will wake you", or negative
     *  when the pipe is dead: TIRTC_E_HTTP_RESOLVE (name not resolved, or not within 5 s), _SERVER_DOWN (refused,
     *  unreachable), _SSL, _RESET, _PEER_CLOSED, _SOCKET. After 0 the core offers the same bytes again, maybe with
     *  more behind them. */
    int (*send)(void *context, tirtc_pipe_t *pipe, const void *data, size_t size);

    /** Take up to `size` > 0 received bytes. Returns how many (1..size), 0 for "none now, I will wake you", or negative
     *  when the pipe is dead and everything received has been taken; TIRTC_E_HTTP_PEER_CLOSED for an orderly end. */
    int (*receive)(void *context, tirtc_pipe_t *pipe, void *data, size_t size);

    /** True when received bytes are waiting in the port itself, which the operating system does not know of (TLS).
     *  May be NULL: never. */
    bool (*pending)(void *context, tirtc_pipe_t *pipe);

    /** End a pipe in any state and free it. What was taken by send may still arrive. */
    void (*hang_up)(void *context, tirtc_pipe_t *pipe);

    /** See that the owner thread calls tirtc_device_step() soon. Called often: calls before the next step must be
     *  cheap. Thread: any, never under a lock of the core. */
    void (*wake)(void *context);

    /** One log line, without level or time in it and without a newline; `level` is 1 error, 2 warn, 3 ok, 4 info,
     *  5 verbose. May be NULL. Thread: any, never under a lock of the core. */
    void (*log)(void *context, int level, const char *module, const char *text, size_t size);

    /** Locks, or NULL: then every call about a device comes from one thread. */
    const tirtc_threads_t *threads;

    /** True when dial can make secure pipes. */
    bool secure_pipes;

    /** The date: seconds since 1970 in UTC, or 0 while it is not known. May be NULL: never. Only the dates of
     *  certificates are compared with it (tirtc_tls.h); nothing is ever timed by it. */
    int64_t (*wall_s)(void *context);
} tirtc_port_t;

#ifdef __cplusplus
}
#endif

#endif
