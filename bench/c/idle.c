/* Many devices that go online and stay online.
 *
 *     idle ENDPOINT SECRET COUNT        ids idle-0, idle-1, ...; prints one line when all are online, ends when its
 *                                       input does: {"seconds": ..., "bytes_per_device": growth of resident memory}
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "tirtc_loop.h"

static unsigned long online;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;

static void on_ready(void *user, tirtc_device_t *device)
{
    (void)user;
    tirtc_event_t event;
    while (tirtc_device_next(device, &event)) {
        if (event.error != 0) {
            bench_fail("a device did not go online, or did not stay online");
        }
        if (event.kind == TIRTC_DEVICE_STARTED) {
            pthread_mutex_lock(&lock);
            online++;
            pthread_cond_signal(&more);
            pthread_mutex_unlock(&lock);
        }
    }
}

static double resident_bytes(void)
{
    long total, resident;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &total, &resident) != 2) {
        bench_fail("no /proc/self/statm");
    }
    fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static tirtc_bytes_t text(const char *value)
{
    return (tirtc_bytes_t){value, strlen(value)};
}

static void start(tirtc_loop_t *loop, const char *endpoint, const char *secret, unsigned long number)
{
    char id[32];
    tirtc_device_t *device;
    snprintf(id, sizeof id, "idle-%lu", number);
    tirtc_options_t options = {.endpoint = text(endpoint), .device_id = text(id), .device_secret_key = text(secret)};
    if (tirtc_loop_device_open(loop, on_ready, NULL, &device) != 0 || tirtc_device_start(device, &options) != 0) {
        bench_fail("a device does not start");
    }
}

int main(int argc, char **argv)
{
    tirtc_loop_t *loop;
    if (argc != 4) {
        bench_fail("usage: idle ENDPOINT SECRET COUNT");
    }
    unsigned long count = bench_number(argv[3]);
    if (tirtc_loop_open(NULL, &loop) != 0) {
        bench_fail("no loop");
    }
    double before = resident_bytes();
    uint64_t begun = bench_now_ns();
    for (unsigned long i = 0; i < count; i++) {
        start(loop, argv[1], argv[2], i);
    }
    pthread_mutex_lock(&lock);
    while (online < count) {
        pthread_cond_wait(&more, &lock);
    }
    pthread_mutex_unlock(&lock);
    printf("{\"seconds\": %.6f, \"bytes_per_device\": %.1f}\n", (double)(bench_now_ns() - begun) / 1e9,
           (resident_bytes() - before) / (double)count);
    fflush(stdout);
    while (getchar() != EOF) {
    }
    tirtc_loop_close(loop);
    return 0;
}
