/* site_posix.c - the port of computers with POSIX sockets, used by one thread that waits for its pipes itself. An
 * example to start from; it also shows that the numbered programs and the checks are correct.
 *
 * The environment says where the peer is: TIRTC_PEER="127.0.0.1 7000", the address and the port that it printed.
 */
#define _POSIX_C_SOURCE 200809L

#include "porting.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef PORTING_WALL_CLOCK
/* In wall_clock_posix.c. */
bool wall_clock_move(void *context, int32_t by_s);
#endif

static tirtc_waiter_t *waiter;

static bool wait_for_event(void *context, uint32_t max_ms)
{
    (void)context;
    return tirtc_waiter_wait(waiter, max_ms);
}

static void print(void *context, const char *line, size_t size)
{
    (void)context;
    printf("%.*s\n", (int)size, line);
    fflush(stdout);
}

/* What another thread shall call, and when. */
static struct {
    uint32_t after_ms;
    void (*call)(void *argument);
    void *argument;
} later;

static void *run_later(void *unused)
{
    struct timespec pause = {.tv_sec = later.after_ms / 1000, .tv_nsec = (long)(later.after_ms % 1000) * 1000000};
    (void)unused;
    nanosleep(&pause, NULL);
    later.call(later.argument);
    return NULL;
}

static bool call_later(void *context, uint32_t after_ms, void (*call)(void *argument), void *argument)
{
    pthread_t thread;
    (void)context;
    later.after_ms = after_ms;
    later.call = call;
    later.argument = argument;
    return pthread_create(&thread, NULL, run_later, NULL) == 0 && pthread_detach(thread) == 0;
}

const porting_site_t *porting_site(void)
{
    static tirtc_platform_t platform = {.wait = wait_for_event, .print = print};
    static char host[64];
    static porting_site_t site = {.platform = &platform, .peer_host = host, .call_later = call_later};
    unsigned port;
    const char *peer = getenv("TIRTC_PEER");
    if (peer == NULL || sscanf(peer, "%63s %u", host, &port) != 2 || port > UINT16_MAX) {
        fprintf(stderr, "TIRTC_PEER is '%s'; it must be what porting_peer printed, like \"127.0.0.1 7000\"\n",
                peer != NULL ? peer : "");
        exit(2);
    }
    if (tirtc_waiter_open(NULL, &waiter) != 0) {
        fprintf(stderr, "the system has no memory or no file descriptors\n");
        exit(1);
    }
    platform.port = tirtc_waiter_port(waiter);
    site.peer_port = (uint16_t)port;
#ifdef PORTING_WALL_CLOCK
    site.move_wall_clock = wall_clock_move;
#endif
    return &site;
}
