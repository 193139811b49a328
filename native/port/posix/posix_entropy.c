#include "posix_features.h"

#include "posix_system.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/random.h>
#endif

#ifndef O_CLOEXEC
#define O_CLOEXEC 0
#endif

enum { NO_ENTROPY = -1 };

/** The same source by its file, for systems and kernels without the call. */
static int read_urandom(unsigned char *out, size_t size)
{
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return NO_ENTROPY;
    }
    while (size > 0) {
        ssize_t got = read(fd, out, size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        out += got;
        size -= (size_t)got;
    }
    close(fd);
    return size == 0 ? 0 : NO_ENTROPY;
}

int ti_port_entropy(void *context, void *out, size_t size)
{
    (void)context;
    unsigned char *at = out;
#ifdef __linux__
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            break;
        }
        at += got;
        size -= (size_t)got;
    }
#endif
    return size == 0 ? 0 : read_urandom(at, size);
}
