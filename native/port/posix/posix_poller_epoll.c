/* The poller over epoll(7), edge-triggered: one system call per burst, for any number of pipes. */
#include "posix_system.h"

#include "posix_poller.h"

#ifdef __linux__

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_PER_WAIT = 256 }; /* 3 KB; further events wait for the next call */

typedef struct epoll_poller {
    ti_poller_t poller;
    int fd;
    struct epoll_event events[EVENTS_PER_WAIT];
} epoll_poller_t;

static int add(ti_poller_t *poller, ti_descriptor_t *descriptor)
{
    /* A descriptor that is writable from the start is watched for reading only: an eventfd becomes writable after each
     * read. */
    struct epoll_event event = {
        .events = EPOLLIN | (descriptor->writable ? 0 : EPOLLOUT) | EPOLLRDHUP | EPOLLET,
        .data.ptr = descriptor,
    };
    return epoll_ctl(((epoll_poller_t *)poller)->fd, EPOLL_CTL_ADD, descriptor->fd, &event) == 0 ? 0 : errno;
}

static void remove_descriptor(ti_poller_t *poller, ti_descriptor_t *descriptor)
{
    /* close() alone is not enough: a forked child may hold a copy of the fd, and its events would still arrive. */
    struct epoll_event unused = {0};
    epoll_ctl(((epoll_poller_t *)poller)->fd, EPOLL_CTL_DEL, descriptor->fd, &unused);
}

static void wait_for_events(ti_poller_t *poller, int timeout_ms)
{
    epoll_poller_t *self = (epoll_poller_t *)poller;
    int count = epoll_wait(self->fd, self->events, EVENTS_PER_WAIT, timeout_ms);
    for (int i = 0; i < count; i++) {
        ti_descriptor_t *descriptor = self->events[i].data.ptr;
        unsigned events = self->events[i].events;
        if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
            descriptor->ended = true;
            descriptor->readable = true;
        }
        if (events & EPOLLIN) {
            descriptor->readable = true;
        }
        if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) {
            descriptor->writable = true;
        }
        descriptor->changed(descriptor);
    }
}

static void close_poller(ti_poller_t *poller)
{
    close(((epoll_poller_t *)poller)->fd);
    free(poller);
}

ti_poller_t *ti_poller_open_epoll(void)
{
    static const ti_poller_functions_t functions = {
        .add = add,
        .remove = remove_descriptor,
        .wait = wait_for_events,
        .close = close_poller,
    };
    epoll_poller_t *self = malloc(sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->poller.functions = &functions;
    self->fd = epoll_create1(EPOLL_CLOEXEC);
    if (self->fd < 0) {
        free(self);
        return NULL;
    }
    return &self->poller;
}

#else

typedef int ti_no_epoll_on_this_system_t; /* ISO C wants a declaration in every file */

#endif
