/* The cost of a call of TiRtcSendVideoStream for the calling thread, independent of the peer.
 *
 *     send ENDPOINT ID SECRET SIZE CALLS        waits for a client, then offers it CALLS key frames of SIZE bytes
 *
 * Frames are offered as fast as the calls return, so the buffer is full most of the time, even when the peer reads.
 * Prints {"p99_ns": ..., "lock_waits": ..., "allocations": ..., "calls": ..., "refused": ...}: the time within
 * which 99 of 100 calls returned; how often a thread of the process found a lock taken; the allocations.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "counters.h"
#include "tiRTC.h"

static tirtc_conn_t viewer;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;

static void on_conn_accepted(tirtc_conn_t connection)
{
    pthread_mutex_lock(&lock);
    viewer = connection;
    pthread_cond_signal(&arrived);
    pthread_mutex_unlock(&lock);
}

static void await_viewer(void)
{
    pthread_mutex_lock(&lock);
    while (viewer == NULL) {
        pthread_cond_wait(&arrived, &lock);
    }
    pthread_mutex_unlock(&lock);
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void offer(size_t size, unsigned long count)
{
    uint64_t *times = malloc(count * sizeof *times);
    uint8_t *payload = calloc(1, size);
    TIRTCFRAMEINFO frame = {.media = TIRTC_VIDEO_H264, .flags = TIRTC_FRAME_FLAG_KEY_FRAME, .length = (uint32_t)size};
    if (times == NULL || payload == NULL) {
        bench_fail("no memory");
    }
    unsigned long refused = 0;
    unsigned long waits = counted_lock_waits;
    unsigned long allocations = counted_allocations;
    for (unsigned long i = 0; i < count; i++) {
        uint64_t begun = bench_now_ns();
        int sent = TiRtcSendVideoStream(viewer, &frame, payload);
        times[i] = bench_now_ns() - begun;
        if (sent == TIRTC_E_BUSY) {
            refused++;
        } else if (sent < 0) {
            bench_fail("the connection ended");
        }
    }
    waits = counted_lock_waits - waits;
    allocations = counted_allocations - allocations;
    qsort(times, count, sizeof *times, by_size);
    printf("{\"p99_ns\": %llu, \"lock_waits\": %lu, \"allocations\": %lu, \"calls\": %lu, \"refused\": %lu}\n",
           (unsigned long long)times[count - count / 100 - 1], waits, allocations, count, refused);
    free(payload);
    free(times);
}

static void set_option(TIRTCOPTION option, const char *value)
{
    if (TiRtcSetOption(option, value, (uint32_t)strlen(value)) < 0) {
        bench_fail("an option is refused");
    }
}

int main(int argc, char **argv)
{
    static const TIRTCCALLBACKS callbacks = {.on_conn_accepted = on_conn_accepted};
    if (argc != 6) {
        bench_fail("usage: send ENDPOINT ID SECRET SIZE CALLS");
    }
    TiRtcLogSetLevel(0); /* refused frames are logged, and log lines must not be measured */
    set_option(TIRTC_OPT_SERVICE_ENDPOINT, argv[1]);
    set_option(TIRTC_OPT_DEVICE_SECRET_KEY, argv[3]);
    if (TiRtcInit() != 0 || TiRtcStart(argv[2], &callbacks) != 0) {
        bench_fail("the device does not start");
    }
    await_viewer();
    offer(bench_number(argv[4]), bench_number(argv[5]));
    TiRtcUninit();
    return 0;
}
