/* A waiter is the platform itself: while it waits, the devices are not stepped, and their news are kept. */
#include "polled.h"

#include "tirtc_polled.h"

struct tirtc_waiter {
    char unused;
};

/* The platform has a log of its own. */
int tirtc_waiter_open(const tirtc_loop_options_t *options, tirtc_waiter_t **waiter)
{
    (void)options;
    static tirtc_waiter_t the_waiter;
    if (tirtc_platform() == NULL) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    *waiter = &the_waiter;
    return 0;
}

const tirtc_port_t *tirtc_waiter_port(const tirtc_waiter_t *waiter)
{
    (void)waiter;
    return tirtc_platform()->port;
}

bool tirtc_waiter_wait(tirtc_waiter_t *waiter, uint32_t max_ms)
{
    (void)waiter;
    return ti_polled_wait(max_ms);
}

void tirtc_waiter_close(tirtc_waiter_t *waiter)
{
    (void)waiter;
}
