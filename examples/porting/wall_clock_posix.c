/* wall_clock_posix.c - a date of this process's own, which can be set without privileges: the program replaces
 * clock_gettime(), time() and gettimeofday() and adds the seconds by which the date was moved. Other clocks are not
 * changed. */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

bool wall_clock_move(void *context, int32_t by_s);

static atomic_int moved_by_s;

typedef int (*clock_gettime_t)(clockid_t clock, struct timespec *now);

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static _Atomic(clock_gettime_t) original;
    clock_gettime_t pass_on = atomic_load(&original);
    if (pass_on == NULL) {
        *(void **)&pass_on = dlsym(RTLD_NEXT, "clock_gettime");
        atomic_store(&original, pass_on);
    }
    int result = pass_on(clock, now);
#ifdef CLOCK_REALTIME_COARSE
    bool is_date = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
#else
    bool is_date = clock == CLOCK_REALTIME;
#endif
    if (result == 0 && is_date) {
        now->tv_sec += atomic_load(&moved_by_s);
    }
    return result;
}

time_t time(time_t *out)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now = {0};
    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return 0;
}

bool wall_clock_move(void *context, int32_t by_s)
{
    time_t before = time(NULL);
    (void)context;
    atomic_fetch_add(&moved_by_s, by_s);
    return llabs((long long)(time(NULL) - before) - by_s) <= 60;
}
