#include "posix_features.h"

#include "posix_system.h"
#include "tirtc_loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct tirtc_lock {
    pthread_mutex_t mutex;
};

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
    /* A thread inherits the mask of its creator; there is no other portable way to start it with one. */
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
    const char *text = error == EMFILE || error == ENFILE
                           ? "no file descriptor is left for the SDK; close some, or raise the limit (ulimit -n)"
                           : "no memory or no thread is left for the SDK";
    if (options->log != NULL) {
        options->log(options->user, 1, "port", text, strlen(text));
    }
    return TIRTC_E_LACK_OF_RESOURCE;
}
