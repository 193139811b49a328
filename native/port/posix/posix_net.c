#include "posix_system.h"

#include "posix.h"

#include <limits.h>

int ti_net_open(ti_net_t *net, bool use_poll, ti_lookup_t lookup)
{
    *net = (ti_net_t){.resolve_timeout_ms = TI_RESOLVE_TIMEOUT_MS};
#ifdef __linux__
    net->poller = use_poll ? ti_poller_open_poll() : ti_poller_open_epoll();
#else
    net->poller = ti_poller_open_poll();
#endif
    if (net->poller == NULL) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    net->resolver = ti_resolver_open(lookup);
    if (net->resolver != NULL && ti_secure_open(net) == 0) {
        if (ti_waker_open(&net->waker, net->poller, use_poll) == 0) {
            return 0;
        }
        ti_secure_close(net);
    }
    if (net->resolver != NULL) {
        ti_resolver_close(net->resolver);
    }
    net->poller->functions->close(net->poller);
    return TIRTC_E_LACK_OF_RESOURCE;
}

void ti_net_close(ti_net_t *net)
{
    ti_waker_close(&net->waker, net->poller);
    ti_secure_close(net);
    ti_resolver_close(net->resolver);
    net->poller->functions->close(net->poller);
}

void ti_net_wait(ti_net_t *net, bool sleep)
{
    int64_t timeout_ms = sleep ? ti_timers_wait_ms(&net->timers, ti_clock_ms()) : 0;
    net->poller->functions->wait(net->poller, timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms);
    ti_timers_fire(&net->timers, ti_clock_ms());
}

void ti_net_ring(ti_net_t *net)
{
    ti_waker_ring(&net->waker);
}
