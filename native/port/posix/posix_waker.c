#include "posix_system.h"

#include "posix_waker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/eventfd.h>
#endif

/** Read what was written, so that a level-triggered poller stops reporting it. Rings are few: one read takes them
 *  all. */
static void take_rings(ti_descriptor_t *descriptor)
{
    uint64_t rings[8];
    ssize_t got;
    do {
        got = read(descriptor->fd, rings, sizeof rings);
    } while (got == (ssize_t)sizeof rings || (got < 0 && errno == EINTR));
    descriptor->readable = false;
}

static int open_pipe(ti_waker_t *waker)
{
    int fds[2];
#ifdef __linux__
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) {
        return errno;
    }
#else
    if (pipe(fds) != 0) {
        return errno;
    }
    for (int i = 0; i < 2; i++) {
        fcntl(fds[i], F_SETFD, FD_CLOEXEC);
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
    }
#endif
    waker->descriptor.fd = fds[0];
    waker->write_fd = fds[1];
    return 0;
}

static int open_descriptors(ti_waker_t *waker, bool use_pipe)
{
#ifdef __linux__
    if (!use_pipe) {
        int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        waker->descriptor.fd = waker->write_fd = fd;
        return fd < 0 ? errno : 0;
    }
#else
    (void)use_pipe;
#endif
    return open_pipe(waker);
}

static void close_descriptors(ti_waker_t *waker)
{
    if (waker->write_fd != waker->descriptor.fd) {
        close(waker->write_fd);
    }
    close(waker->descriptor.fd);
}

int ti_waker_open(ti_waker_t *waker, ti_poller_t *poller, bool use_pipe)
{
    /* `writable` is set because no one waits to write, so the poller must not report it. */
    *waker = (ti_waker_t){.descriptor = {.changed = take_rings, .writable = true}};
    int error = open_descriptors(waker, use_pipe);
    if (error != 0) {
        return error;
    }
    error = poller->functions->add(poller, &waker->descriptor);
    if (error != 0) {
        close_descriptors(waker);
    }
    return error;
}

void ti_waker_ring(ti_waker_t *waker)
{
    const uint64_t one = 1;
    ssize_t written;
    do { /* EAGAIN means that a ring is pending already */
        written = write(waker->write_fd, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
}

void ti_waker_close(ti_waker_t *waker, ti_poller_t *poller)
{
    poller->functions->remove(poller, &waker->descriptor);
    close_descriptors(waker);
}
