#include "facade.h"
#include "../base/wipe.h"

#include <string.h>

#include "runner.h"
#include "system.h"

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
    if (instance == NULL) {
        return;
    }
    ti_runner_marks()->inside--;
    ti_facade_lock();
    instance->calls--;
    if (instance->orphan && instance->calls == 0) {
        tirtc_loop_wake(instance->loop, instance->device);
    }
    ti_facade_unlock();
}

void *ti_memory_take(size_t size)
{
    if (ti_root.static_memory == NULL) {
        return ti_system_allocate(size);
    }
    void *piece = ti_root.static_memory->take(NULL, size);
    if (piece != NULL) {
        memset(piece, 0, size);
    }
    return piece;
}

void ti_memory_give(void *piece, size_t size)
{
    if (piece == NULL) {
        return;
    }
    ti_wipe(piece, size);
    if (ti_root.static_memory == NULL) {
        ti_system_release(piece, size);
    } else {
        ti_root.static_memory->give(NULL, piece, size);
    }
}

uint32_t atomic_get_cmd_sn(void)
{
    ti_facade_lock();
    uint16_t number = ti_root.command_number++;
    ti_facade_unlock();
    return number;
}
