/* What differs between builds with an SDK thread and builds without. The device itself is opened, stepped and woken
 * through tirtc_loop.h, which both kinds of platform implement; a build without threads replaces hosted_runner.c and
 * TiRtcPoll(). */
#ifndef TI_FACADE_RUNNER_H
#define TI_FACADE_RUNNER_H

#include <stdbool.h>

#include "tirtc_config.h"

/** What one thread is doing. */
typedef struct ti_thread_marks {
    unsigned inside; /* depth of SDK callbacks and calls on this thread: what may not be waited for */
    bool logging;    /* in the log callback: lines from here are dropped, or it would never end */
} ti_thread_marks_t;

/** The marks of the calling thread. */
ti_thread_marks_t *ti_runner_marks(void);

/** Have a child of fork(), in which the SDK's thread is not, begin as if TiRtcInit() had never been called. */
#if TIRTC_THREADS
void ti_runner_watch_forks(void);
#else
static inline void ti_runner_watch_forks(void)
{
}
#endif

/** Let others run for about a millisecond. */
void ti_runner_nap(void);

#endif
