/* The runner of platforms with threads: the loop's thread steps and calls back, the program only waits for it. */
#define _POSIX_C_SOURCE 200809L

#include "../runner.h"

#include <pthread.h>
#include <time.h>

#include "../facade.h"

ti_thread_marks_t *ti_runner_marks(void)
{
    static _Thread_local ti_thread_marks_t marks;
    return &marks;
}

/* In a child: the instance of the parent, which cannot be closed without its thread. Kept, or it would be reported as a
 * leak. */
static ti_instance_t *volatile left_behind;

static void begin_child(void)
{
    left_behind = ti_root.instance;
    ti_root.instance = NULL;
    ti_root.loop = NULL;
    ti_root.loop_users = 0;
    ti_facade_unlock();
}

static void watch_forks(void)
{
    (void)pthread_atfork(ti_facade_lock, ti_facade_unlock, begin_child);
}

void ti_runner_watch_forks(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, watch_forks);
}

void ti_runner_nap(void)
{
    struct timespec millisecond = {.tv_sec = 0, .tv_nsec = 1000000};
    (void)nanosleep(&millisecond, NULL);
}

int TiRtcPoll(int max_ms)
{
    ti_instance_t *instance = ti_enter();
    if (instance == NULL) {
        return TIRTC_E_NOT_INITIALIZED;
    }
    ti_leave(instance);
    if (max_ms < 0) {
        ti_say(TIRTC_LOG_ERROR, "TiRtcPoll: max_ms is %d; it must be 0 or more", max_ms);
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_say(TIRTC_LOG_WARN, "TiRtcPoll: this build has its own thread for callbacks; do not call it");
    return TIRTC_E_LACK_OF_RESOURCE;
}
