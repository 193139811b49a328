/* The runner of platforms without threads: TiRtcPoll() steps and calls back, on the program's thread. */
#include "../runner.h"

#include "../facade.h"
#include "tirtc_polled.h"

ti_thread_marks_t *ti_runner_marks(void)
{
    static ti_thread_marks_t marks;
    return &marks;
}

/* There are no other threads, but TiRtcUninit() may wait for something that the next poll does. */
void ti_runner_nap(void)
{
    if (ti_root.loop != NULL) {
        tirtc_loop_poll(ti_root.loop, 1);
    }
}

int TiRtcPoll(int max_ms)
{
    if (ti_root.instance == NULL && ti_root.loop_users == 0) {
        return TIRTC_E_NOT_INITIALIZED;
    }
    if (max_ms < 0) {
        ti_say(TIRTC_LOG_ERROR, "TiRtcPoll: max_ms is %d; it must be 0 or more", max_ms);
        return TIRTC_E_INVALID_PARAMETER;
    }
    if (ti_runner_marks()->inside != 0) {
        ti_say(TIRTC_LOG_ERROR, "TiRtcPoll: called inside a callback; call it only from the main loop");
        return TIRTC_E_BUSY;
    }
    tirtc_loop_poll(ti_root.loop, (uint32_t)max_ms);
    return 0;
}
