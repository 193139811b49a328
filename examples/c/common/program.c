#define _POSIX_C_SOURCE 200809L

#include "program.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tiRTC.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t posted = PTHREAD_COND_INITIALIZER;
static unsigned events;
static sigset_t ending_signals;

static void on_log(const char *line, uint32_t len)
{
    fprintf(stderr, "%.*s\n", (int)len, line);
}

/* A thread of its own may call any function, unlike a signal handler. */
static void *wait_for_signals(void *unused)
{
    int number;
    while (sigwait(&ending_signals, &number) == 0) {
        events_post(EVENT_INTERRUPTED);
    }
    return unused;
}

void program_begin(void)
{
    pthread_t thread;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    sigemptyset(&ending_signals);
    sigaddset(&ending_signals, SIGINT);
    sigaddset(&ending_signals, SIGTERM);
    if (pthread_sigmask(SIG_BLOCK, &ending_signals, NULL) != 0 ||
        pthread_create(&thread, NULL, wait_for_signals, NULL) != 0) {
        fputs("cannot start a thread for signals\n", stderr);
        exit(1);
    }
    pthread_detach(thread);
    TiRtcLogSetLevel(2);
    TiRtcLogSetCallback(on_log);
}

const char *program_setting(const char *name, const char *what)
{
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') {
        fprintf(stderr, "%s is not set; set it to %s\n", name, what);
        exit(2);
    }
    return value;
}

int program_did(const char *call, int code)
{
    if (code < 0) {
        fprintf(stderr, "%s, error %d: %s\n", call, code, TiRtcGetErrorStr(code));
    }
    return code >= 0;
}

unsigned program_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned)now.tv_sec * 1000u + (unsigned)(now.tv_nsec / 1000000);
}

void program_sleep_ms(unsigned ms)
{
    struct timespec rest = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&rest, NULL);
}

void events_post(unsigned bits)
{
    pthread_mutex_lock(&lock);
    events |= bits;
    pthread_cond_broadcast(&posted);
    pthread_mutex_unlock(&lock);
}

unsigned events_wait(unsigned bits, int max_ms)
{
    struct timespec until;
    int error = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += max_ms / 1000;
    until.tv_nsec += (long)(max_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&lock);
    while ((events & bits) == 0 && error == 0) {
        error = max_ms < 0 ? pthread_cond_wait(&posted, &lock) : pthread_cond_timedwait(&posted, &lock, &until);
    }
    unsigned found = events & bits;
    events &= ~found;
    pthread_mutex_unlock(&lock);
    return found;
}
