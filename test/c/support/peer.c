#define _POSIX_C_SOURCE 200809L

#include "peer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "tirtc_loop.h"

enum { MAX_EVENTS = 1024, DEADLINE_S = 5 };

struct peer {
    tirtc_loop_t *loop;
    tirtc_device_t *device;
    pthread_mutex_t mutex;
    pthread_cond_t more;
    size_t total;
    bool taken[MAX_EVENTS];
    peer_event_t events[MAX_EVENTS];
};

static void keep_event(peer_t *peer, const tirtc_event_t *event)
{
    pthread_mutex_lock(&peer->mutex);
    if (peer->total < MAX_EVENTS) {
        peer_event_t *kept = &peer->events[peer->total++];
        kept->event = *event;
        kept->event.data = NULL;
        if (event->size > 0) {
            memcpy(kept->data, event->data, event->size < PEER_BYTES ? event->size : PEER_BYTES);
        }
    }
    pthread_cond_broadcast(&peer->more);
    pthread_mutex_unlock(&peer->mutex);
}

static void ready(void *user, tirtc_device_t *device)
{
    tirtc_event_t event;
    while (tirtc_device_next(device, &event)) {
        keep_event(user, &event);
    }
}

peer_t *peer_open(const char *endpoint)
{
    peer_t *peer = calloc(1, sizeof *peer);
    REQUIRE(peer != NULL);
    pthread_mutex_init(&peer->mutex, NULL);
    pthread_cond_init(&peer->more, NULL);
    REQUIRE(tirtc_loop_open(NULL, &peer->loop) == 0);
    REQUIRE(tirtc_loop_device_open(peer->loop, ready, peer, &peer->device) == 0);
    tirtc_options_t options = {.endpoint = {endpoint, strlen(endpoint)}};
    REQUIRE(tirtc_device_start(peer->device, &options) == 0);
    return peer;
}

void peer_close(peer_t *peer)
{
    tirtc_loop_close(peer->loop);
    pthread_cond_destroy(&peer->more);
    pthread_mutex_destroy(&peer->mutex);
    free(peer);
}

tirtc_device_t *peer_device(peer_t *peer)
{
    return peer->device;
}

static bool take(peer_t *peer, tirtc_event_kind_t kind, peer_event_t *event)
{
    for (size_t i = 0; i < peer->total; i++) {
        if (!peer->taken[i] && peer->events[i].event.kind == kind) {
            peer->taken[i] = true;
            if (event != NULL) {
                *event = peer->events[i];
            }
            return true;
        }
    }
    return false;
}

bool peer_wait(peer_t *peer, tirtc_event_kind_t kind, peer_event_t *event)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += DEADLINE_S;
    pthread_mutex_lock(&peer->mutex);
    bool found;
    int error = 0;
    while (!(found = take(peer, kind, event)) && error == 0) {
        error = pthread_cond_timedwait(&peer->more, &peer->mutex, &until);
    }
    pthread_mutex_unlock(&peer->mutex);
    return found;
}

tirtc_connection_t peer_connect(peer_t *peer, const char *device_id)
{
    peer_event_t event;
    tirtc_bytes_t id = {device_id, strlen(device_id)};
    tirtc_bytes_t token = {"token", 5};
    REQUIRE(tirtc_device_connect(peer->device, id, token, NULL, NULL) == 0);
    REQUIRE(peer_wait(peer, TIRTC_CONNECTION_CONNECTED, &event));
    return event.event.error == 0 ? event.event.connection : 0;
}
