/* The difference between builds with an SDK thread and builds without one. The device itself is opened, stepped and
 * woken through tirtc_loop.h, which both kinds of platform implement; a build without threads uses bare_runner.c
 * instead of hosted_runner.c. */
#ifndef TI_FACADE_RUNNER_H
#define TI_FACADE_RUNNER_H

#include <stdbool.h>

#include "tirtc_config.h"

/** The state of one thread. */
typedef struct ti_thread_marks {
    unsigned inside; /* depth of SDK callbacks and calls on this thread, which must not be waited for */
    bool logging;    /* in the log callback: its own lines are dropped, or it would recurse without end */
} ti_thread_marks_t;

/** Returns the marks of the calling thread. */
ti_thread_marks_t *ti_runner_marks(void);

/** Reset the SDK in every child of fork(), which lacks the SDK's thread, to the state before TiRtcInit(). */
#if TIRTC_THREADS
void ti_runner_watch_forks(void);
#else
static inline void ti_runner_watch_forks(void)
{
}
#endif

/** Let other threads run for about a millisecond. */
void ti_runner_nap(void);

#endif
