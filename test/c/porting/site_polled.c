/* The port that tiRTC.h has without threads: what tirtc_loop.h gives, over a platform. */
#include "sim_site.h"

#include "check.h"

static tirtc_waiter_t *waiter;

static bool wait_for_news(void *context, uint32_t max_ms)
{
    (void)context;
    return tirtc_waiter_wait(waiter, max_ms);
}

const porting_site_t *porting_site(void)
{
    static tirtc_platform_t platform;
    static porting_site_t site;
    site = *sim_site_open();
    tirtc_use_platform(site.platform);
    REQUIRE(tirtc_waiter_open(NULL, &waiter) == 0);
    platform =
        (tirtc_platform_t){.port = tirtc_waiter_port(waiter), .wait = wait_for_news, .print = site.platform->print};
    site.platform = &platform;
    return &site;
}
