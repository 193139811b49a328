/* NO_SYS=1: one thread, and a clock that moves when nothing else happens. It wraps soon. */
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/sys.h>
#include <lwip/timeouts.h>

#include "world.h"

static uint32_t now_ms = 0xffffff00u;

u32_t sys_now(void)
{
    return now_ms;
}

static void run(void *context, uint32_t max_ms)
{
    (void)context;
    netif_poll_all();
    sys_check_timeouts();
    if (max_ms > 0 && !world.lwip.woken) {
        now_ms++;
    }
}

void (*const variant_run)(void *context, uint32_t max_ms) = run;

void variant_begin(void)
{
    lwip_init();
}

void world_lock(void)
{
}

void world_unlock(void)
{
}

void world_skip(uint32_t ms)
{
    now_ms += ms;
}
