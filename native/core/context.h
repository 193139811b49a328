/* What every part of a device needs from outside: the port's services, the options in force, and a few values that are
 * kept once for the whole device. The rest of the core takes this instead of the device. */
#ifndef TI_CORE_CONTEXT_H
#define TI_CORE_CONTEXT_H

#include "config.h"
#include "log.h"
#include "random.h"
#include "ticket_cache.h"
#include "tirtc_config.h"

typedef struct ti_context {
    const tirtc_port_t *port;
    tirtc_lock_t *lock; /* NULL if the port has no threads */

    /* Shared: under the lock. The owner may read without it what only the owner writes. */
    ti_config_t *config;   /* of the latest start that the owner has seen; written by the owner */
    ti_tickets_t *tickets; /* NULL until the first ticket arrives */
    bool wake_pending;     /* the port was asked to wake the owner since its last step */

    /* The owner's. */
    bool redirect_pending; /* a redirect has not been reported yet */
    char *redirect;        /* its Location; NULL if there is none, or no memory */
    size_t redirect_size;

    ti_random_t random; /* shared */
} ti_context_t;

/** Take and release the device's lock, if the port has threads. */
#if TIRTC_THREADS
void ti_lock(ti_context_t *context);
void ti_unlock(ti_context_t *context);
#else
static inline void ti_lock(ti_context_t *context)
{
    (void)context;
}

static inline void ti_unlock(ti_context_t *context)
{
    (void)context;
}
#endif

/** Release the lock and make the owner step. The port is asked once per step, however often this is called. */
void ti_unlock_and_wake(ti_context_t *context);

/** Returns the port's time, in ms that wrap. */
uint32_t ti_now(ti_context_t *context);

/** Allocate through the port; the content is undefined. Returns NULL if there is no memory. */
void *ti_allocate(ti_context_t *context, size_t size);

/** Release `size` bytes of ti_allocate(). NULL is allowed. */
void ti_release(ti_context_t *context, void *block, size_t size);

/** Returns a copy of `bytes`; NULL if they are empty or there is no memory. */
char *ti_copy(ti_context_t *context, ti_span_t bytes);

/** Returns 32 random bits. Takes the lock. */
uint32_t ti_random_u32(ti_context_t *context);

/** Fill `bytes` from the port's entropy. Returns false if it has none. */
bool ti_entropy(ti_context_t *context, void *bytes, size_t size);

/** Note that a link was redirected to `location`, for the event TIRTC_DEVICE_HIJACKED. The redirect is not followed. */
void ti_redirect_set(ti_context_t *context, ti_span_t location);

/** Forget the redirect. */
void ti_redirect_clear(ti_context_t *context);

#endif
