/* A port without a loop: the thread that uses its pipes also waits for them. */
#include "posix_system.h"

#include "posix.h"
#include "tirtc_loop.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

struct tirtc_waiter {
    ti_posix_port_t port; /* first: the context of its functions is this struct too */
    ti_net_t net;
    ti_timer_t limit;
    atomic_bool woken;
    tirtc_loop_options_t options;
    const tirtc_port_t *secure; /* the port for the user */
};

/* Called on any thread, and on the waiter's own when a pipe becomes ready. */
static void wake(void *context)
{
    tirtc_waiter_t *waiter = context;
    if (!atomic_exchange(&waiter->woken, true)) {
        ti_net_ring(&waiter->net);
    }
}

static void limit_reached(ti_timer_t *timer)
{
    (void)timer; /* set only to end the wait */
}

static void write_log(void *context, int level, const char *module, const char *text, size_t size)
{
    const tirtc_loop_options_t *options = &((tirtc_waiter_t *)context)->options;
    options->log(options->user, level, module, text, size);
}

int tirtc_waiter_open(const tirtc_loop_options_t *options, tirtc_waiter_t **waiter)
{
    const tirtc_loop_options_t none = {0};
    const tirtc_loop_options_t *given = options == NULL ? &none : options;
    errno = 0; /* not every failure below sets it */
    tirtc_waiter_t *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return ti_report_lack(given, errno);
    }
    made->options = *given;
    if (ti_net_open(&made->net, given->use_poll, ti_lookup_name) != 0) {
        free(made);
        return ti_report_lack(given, errno);
    }
    made->limit.fired = limit_reached;
    ti_posix_port_init(&made->port, &made->net, wake);
    made->port.functions.log = made->options.log == NULL ? NULL : write_log;
    made->secure = ti_secure_port(&made->port);
    *waiter = made;
    return 0;
}

const tirtc_port_t *tirtc_waiter_port(const tirtc_waiter_t *waiter)
{
    return waiter->secure;
}

/* Looks for events of the system even when `max_ms` is 0. */
bool tirtc_waiter_wait(tirtc_waiter_t *waiter, uint32_t max_ms)
{
    uint64_t until_ms = ti_clock_ms() + max_ms;
    ti_timer_set(&waiter->net.timers, &waiter->limit, until_ms);
    do {
        ti_net_wait(&waiter->net, max_ms > 0 && !atomic_load(&waiter->woken));
    } while (!atomic_load(&waiter->woken) && ti_clock_ms() < until_ms);
    ti_timer_clear(&waiter->net.timers, &waiter->limit);
    return atomic_exchange(&waiter->woken, false);
}

void tirtc_waiter_close(tirtc_waiter_t *waiter)
{
    ti_net_close(&waiter->net);
    free(waiter);
}
