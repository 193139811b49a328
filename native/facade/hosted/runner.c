/* The runner of platforms with threads: the loop's thread steps and calls back, the program only waits for it. */
#define _POSIX_C_SOURCE 200809L

#include "../runner.h"

#include <time.h>

#include "../facade.h"

ti_thread_marks_t *ti_runner_marks(void)
{
    static _Thread_local ti_thread_marks_t marks;
    return &marks;
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
        ti_say(TI_LEVEL_ERROR, "TiRtcPoll: max_ms is %d; it must be 0 or more", max_ms);
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_say(TI_LEVEL_WARN, "TiRtcPoll: this build has a thread of its own that makes the callbacks; do not call it");
    return TIRTC_E_LACK_OF_RESOURCE;
}
