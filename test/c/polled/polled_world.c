#include "polled_world.h"

#include "check.h"

world_t world;
tirtc_platform_t platform;

static const tirtc_port_t *sim_port;
static tirtc_port_t port;

/* Sleep in virtual time until the port is woken. */
static bool wait_for_wake(void *context, uint32_t max_ms)
{
    (void)context;
    world_settle(&world);
    bool woken = tirtc_sim_take_wake(sim_port);
    for (uint32_t passed_ms = 0; !woken && passed_ms < max_ms; passed_ms++) {
        world_run(&world, 1);
        woken = tirtc_sim_take_wake(sim_port);
    }
    return woken;
}

void polled_world_start(bool static_memory)
{
    world_start(&world, NULL);
    service_add_device(world.service, "device-1", "secret-1");
    sim_port = tirtc_sim_port(world.sim);
    REQUIRE(sim_port != NULL);
    port = *sim_port;
    if (static_memory) {
        port.allocate = NULL;
        port.release = NULL;
    }
    platform = (tirtc_platform_t){.port = &port, .wait = wait_for_wake};
    tirtc_use_platform(&platform);
}
