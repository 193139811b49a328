/* What the port takes from the system without waiting: time, memory, randomness, threads. */
#include "posix_system.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/random.h>
#endif

#ifndef O_CLOEXEC
#define O_CLOEXEC 0
#endif

enum { NO_ENTROPY = -1 };

struct tirtc_lock {
    pthread_mutex_t mutex;
};

uint64_t ti_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* fails only if the clock does not exist */
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint32_t ti_port_mono_ms(void *context)
{
    (void)context;
    return (uint32_t)ti_clock_ms();
}

int64_t ti_port_wall_s(void *context)
{
    (void)context;
    return (int64_t)time(NULL);
}

void *ti_port_allocate(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

void ti_port_release(void *context, void *block, size_t size)
{
    (void)context;
    (void)size;
    free(block);
}

/** Read the same source through its file, for systems and kernels without getrandom(). */
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

static tirtc_lock_t *lock_open(void)
{
    tirtc_lock_t *lock = malloc(sizeof *lock);
    if (lock != NULL && pthread_mutex_init(&lock->mutex, NULL) != 0) {
        free(lock);
        lock = NULL;
    }
    return lock;
}

static void lock_close(tirtc_lock_t *lock)
{
    pthread_mutex_destroy(&lock->mutex);
    free(lock);
}

static void lock_lock(tirtc_lock_t *lock)
{
    pthread_mutex_lock(&lock->mutex);
}

static void lock_unlock(tirtc_lock_t *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}

const tirtc_threads_t *tirtc_loop_threads(void)
{
    static tirtc_lock_t global = {PTHREAD_MUTEX_INITIALIZER};
    static const tirtc_threads_t threads = {
        .global = &global,
        .lock_open = lock_open,
        .lock_close = lock_close,
        .lock = lock_lock,
        .unlock = lock_unlock,
    };
    return &threads;
}

int ti_thread_start(pthread_t *thread, void *(*run)(void *), void *argument)
{
    pthread_t unused;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    /* A thread inherits the mask of its creator; there is no other portable way to start one with a mask. */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(thread == NULL ? &unused : thread, NULL, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0 && thread == NULL) {
        pthread_detach(unused);
    }
    return error;
}

int ti_report_lack(const tirtc_loop_options_t *options, int error)
{
    const char *text =
        error == EMFILE || error == ENFILE
            ? "the process has no free file descriptor for the SDK; close some, or raise the limit (ulimit -n)"
            : "the system has no memory or no thread for the SDK";
    if (options->log != NULL) {
        options->log(options->user, 1, "port", text, strlen(text));
    }
    return TIRTC_E_LACK_OF_RESOURCE;
}
