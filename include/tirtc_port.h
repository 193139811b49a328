/* tirtc_port.h - what the core needs from a platform: one struct of functions.
 *
 * A port handles bytes, time and host names; it knows nothing of frames, tokens or states. Implement this struct, pass
 * it to tirtc_device_open(), and the core runs. docs/porting.md implements it one function at a time.
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
    /** Free a lock that is not held. */
    void (*lock_close)(tirtc_lock_t *lock);
    void (*lock)(tirtc_lock_t *lock);
    void (*unlock)(tirtc_lock_t *lock);
} tirtc_threads_t;

/** Everything that the core needs from a platform. The struct and its context must outlive the device; one struct may
 *  serve many devices. */
typedef struct tirtc_port {
    /** Passed as the first argument to every function below. */
    void *context;

    /** Returns a clock that never stops and never jumps when the date is set: milliseconds from any origin, wrapping at
     *  2^32. Thread: any. */
    uint32_t (*mono_ms)(void *context);

    /** Fill `out` with `size` unpredictable bytes, good enough for keys. Returns 0, or negative when there is no
     *  entropy (then the content of `out` must not be used). Thread: any. */
    int (*entropy)(void *context, void *out, size_t size);

    /** Allocate `size` bytes, aligned for any type, with undefined content. Returns NULL when there is no memory.
     *  Thread: any, never under a lock of the core. */
    void *(*allocate)(void *context, size_t size);
    /** Free memory; `size` is the size passed to allocate. Thread: as allocate. */
    void (*release)(void *context, void *block, size_t size);

    /** Begin a pipe to `host` (a name or a numeric address, NUL-terminated, no brackets) and TCP `port`. Never waits:
     *  until the pipe is up, send and receive return 0; if it cannot come up, they return the reason. `secure` asks for
     *  TLS with the host's name verified; it is only set when `secure_pipes` is true. `host` is valid only during the
     *  call. Returns 0 and *pipe, or a negative TIRTC_E_HTTP_* code (then there is no pipe). */
    int (*dial)(void *context, const char *host, uint16_t port, bool secure, tirtc_pipe_t **pipe);

    /** Offer `size` > 0 bytes. Returns how many were accepted (1..size), 0 for "not now, I will call wake", or negative
     *  when the pipe is dead: TIRTC_E_HTTP_RESOLVE (name not resolved, or not within 5 s), _SERVER_DOWN (refused,
     *  unreachable), _SSL, _RESET, _PEER_CLOSED, _SOCKET. After 0 the core offers the same bytes again, possibly
     *  followed by more. */
    int (*send)(void *context, tirtc_pipe_t *pipe, const void *data, size_t size);

    /** Take up to `size` > 0 received bytes. Returns how many (1..size), 0 for "none now, I will call wake", or
     *  negative when the pipe is dead and everything received has been taken; TIRTC_E_HTTP_PEER_CLOSED for an orderly
     *  end. */
    int (*receive)(void *context, tirtc_pipe_t *pipe, void *data, size_t size);

    /** Returns true when received bytes are waiting in the port itself, invisible to the operating system (TLS). May be
     *  NULL: never. */
    bool (*pending)(void *context, tirtc_pipe_t *pipe);

    /** Close a pipe in any state and free it. Bytes that send accepted may still arrive. */
    void (*hang_up)(void *context, tirtc_pipe_t *pipe);

    /** Make the owner thread call tirtc_device_step() soon. Called often: further calls before the next step must be
     *  cheap. Thread: any, never under a lock of the core. */
    void (*wake)(void *context);

    /** Write one log line, which contains no level, no time and no newline; `level` is a tirtc_log_level_t
     *  (tirtc_config.h). May be NULL. Thread: any, never under a lock of the core. */
    void (*log)(void *context, int level, const char *module, const char *text, size_t size);

    /** Locks, or NULL if all calls about a device are made from one thread. */
    const tirtc_threads_t *threads;

    /** True when dial can make secure pipes. */
    bool secure_pipes;

    /** Returns the date: seconds since 1970 in UTC, or 0 while it is unknown. May be NULL: always unknown. It is only
     *  compared with the dates of certificates (tirtc_tls.h); nothing is timed with it. */
    int64_t (*wall_s)(void *context);
} tirtc_port_t;

#ifdef __cplusplus
}
#endif

#endif
