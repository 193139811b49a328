/* The poller over poll(2), for systems without epoll. It asks only for events whose flag is not set yet, so that the
 * level-triggered call also reports an event once. Its cost grows with the number of pipes. */
#include "posix_system.h"

#include "posix_poller.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

typedef struct poll_poller {
    ti_poller_t poller;
    ti_descriptor_t **watched; /* `count` of `capacity` entries are used; descriptor->slot is the index */
    ti_descriptor_t **asked;   /* scratch: the descriptor of each element of `polled` */
    struct pollfd *polled;     /* scratch */
    size_t count;
    size_t capacity;
} poll_poller_t;

static bool grow(poll_poller_t *self)
{
    size_t capacity = self->capacity == 0 ? 16 : self->capacity * 2;
    ti_descriptor_t **watched = realloc(self->watched, capacity * sizeof *watched);
    self->watched = watched == NULL ? self->watched : watched;
    ti_descriptor_t **asked = realloc(self->asked, capacity * sizeof *asked);
    self->asked = asked == NULL ? self->asked : asked;
    struct pollfd *polled = realloc(self->polled, capacity * sizeof *polled);
    self->polled = polled == NULL ? self->polled : polled;
    if (watched == NULL || asked == NULL || polled == NULL) {
        return false;
    }
    self->capacity = capacity;
    return true;
}

static int add(ti_poller_t *poller, ti_descriptor_t *descriptor)
{
    poll_poller_t *self = (poll_poller_t *)poller;
    if (self->count == self->capacity && !grow(self)) {
        return ENOMEM;
    }
    descriptor->slot = self->count;
    self->watched[self->count++] = descriptor;
    return 0;
}

static void remove_descriptor(ti_poller_t *poller, ti_descriptor_t *descriptor)
{
    poll_poller_t *self = (poll_poller_t *)poller;
    ti_descriptor_t *last = self->watched[--self->count];
    self->watched[descriptor->slot] = last;
    last->slot = descriptor->slot;
}

/** Fill `polled` with the descriptors that have an event to wait for. The others are omitted, because poll() would
 *  report their errors again and again. */
static size_t gather(poll_poller_t *self)
{
    size_t asked = 0;
    for (size_t i = 0; i < self->count; i++) {
        ti_descriptor_t *descriptor = self->watched[i];
        int events = (descriptor->readable ? 0 : POLLIN) | (descriptor->writable ? 0 : POLLOUT);
        if (events != 0) {
            self->asked[asked] = descriptor;
            self->polled[asked++] = (struct pollfd){.fd = descriptor->fd, .events = (short)events};
        }
    }
    return asked;
}

static void wait_for_events(ti_poller_t *poller, int timeout_ms)
{
    poll_poller_t *self = (poll_poller_t *)poller;
    size_t asked = gather(self);
    int ready = poll(self->polled, (nfds_t)asked, timeout_ms);
    for (size_t i = 0; i < asked && ready > 0; i++) {
        ti_descriptor_t *descriptor = self->asked[i];
        int events = self->polled[i].revents;
        if (events == 0) {
            continue;
        }
        ready--;
        if (events & (POLLHUP | POLLERR | POLLNVAL)) {
            descriptor->ended = descriptor->readable = descriptor->writable = true;
        }
        if (events & POLLIN) {
            descriptor->readable = true;
        }
        if (events & POLLOUT) {
            descriptor->writable = true;
        }
        descriptor->changed(descriptor);
    }
}

static void close_poller(ti_poller_t *poller)
{
    poll_poller_t *self = (poll_poller_t *)poller;
    free(self->watched);
    free(self->asked);
    free(self->polled);
    free(self);
}

ti_poller_t *ti_poller_open_poll(void)
{
    static const ti_poller_functions_t functions = {
        .add = add,
        .remove = remove_descriptor,
        .wait = wait_for_events,
        .close = close_poller,
    };
    poll_poller_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->poller.functions = &functions;
    return &self->poller;
}
