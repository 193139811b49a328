#include "facade.h"

#include "runner.h"

ti_root_t ti_root = {.command_number = 1};

#if TIRTC_THREADS

void ti_facade_lock(void)
{
    const tirtc_threads_t *threads = tirtc_loop_threads();
    threads->lock(threads->global);
}

void ti_facade_unlock(void)
{
    const tirtc_threads_t *threads = tirtc_loop_threads();
    threads->unlock(threads->global);
}

#endif

ti_instance_t *ti_enter(void)
{
    ti_facade_lock();
    ti_instance_t *instance = ti_root.instance;
    if (instance != NULL) {
        instance->calls++;
    }
    ti_facade_unlock();
    if (instance != NULL) {
        ti_runner_marks()->inside++;
    }
    return instance;
}

void ti_leave(ti_instance_t *instance)
{
    ti_runner_marks()->inside--;
    ti_facade_lock();
    instance->calls--;
    if (instance->orphan && instance->calls == 0) {
        tirtc_loop_wake(instance->loop, instance->device);
    }
    ti_facade_unlock();
}

uint32_t atomic_get_cmd_sn(void)
{
    ti_facade_lock();
    uint16_t number = ti_root.command_number++;
    ti_facade_unlock();
    return number;
}
