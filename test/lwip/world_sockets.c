/* With two threads: lwIP's own and the test's. */
#include <stdatomic.h>

#include <lwip/sys.h>
#include <lwip/tcpip.h>

#include "world.h"

static atomic_uint skipped_ms;

u32_t machine_now(void);

u32_t sys_now(void)
{
    return machine_now() + atomic_load(&skipped_ms);
}

void (*const variant_run)(void *context, uint32_t max_ms) = NULL;

static void begun(void *user)
{
    sys_sem_signal(user);
}

void variant_begin(void)
{
    sys_sem_t ready;
    REQUIRE(sys_sem_new(&ready, 0) == ERR_OK);
    tcpip_init(begun, &ready);
    sys_sem_wait(&ready);
    sys_sem_free(&ready);
}

void world_lock(void)
{
    LOCK_TCPIP_CORE();
}

void world_unlock(void)
{
    UNLOCK_TCPIP_CORE();
}

void world_skip(uint32_t ms)
{
    atomic_fetch_add(&skipped_ms, ms);
}
