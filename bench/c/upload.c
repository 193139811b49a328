/* Bytes from a device to a sink, as fast as possible: by the core, and by a loop that only masks and writes.
 *
 *     upload core ENDPOINT ID SECRET SIZE FRAMES        waits for a client, then sends it FRAMES frames of SIZE bytes
 *     upload mask PORT SIZE FRAMES                      the same messages in batches of 128 KB to a sink at 127.0.0.1
 *
 * Prints {"bytes_per_second": ..., "calls": ..., "allocations": ...}; the last two are for all frames, after the first
 * tenth.
 */
#define _GNU_SOURCE

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "counters.h"
#include "tirtc_loop.h"

enum { BATCH_BYTES = 128 * 1024, MESSAGE_HEAD_BYTES = 13, HEADER_BYTES = 14 };

static size_t frame_bytes;
static unsigned long wanted, sent, warm;
static uint8_t *payload;
static uint64_t begun;
static unsigned long calls, allocations;
static bool all_gone;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;

/* The first tenth is the warm-up. */
static void note_sent(void)
{
    if (++sent == warm) {
        begun = bench_now_ns();
        calls = counted_calls;
        allocations = counted_allocations;
    }
}

static void print_result(void)
{
    double seconds = (double)(bench_now_ns() - begun) / 1e9;
    unsigned long frames = wanted - warm;
    printf("{\"bytes_per_second\": %.0f, \"calls\": %lu, \"allocations\": %lu, \"frames\": %lu}\n",
           (double)frames * (double)frame_bytes / seconds, counted_calls - calls, counted_allocations - allocations,
           frames);
}

/* ---- the core ---- */

static tirtc_connection_t connection;

static void fill(tirtc_device_t *device)
{
    TIRTCFRAMEINFO frame = {
        .media = TIRTC_VIDEO_H264, .flags = TIRTC_FRAME_FLAG_KEY_FRAME, .length = (uint32_t)frame_bytes};
    while (sent < wanted && tirtc_connection_send_frame(device, connection, &frame, payload, NULL) > 0) {
        note_sent();
    }
}

static void on_ready(void *user, tirtc_device_t *device)
{
    (void)user;
    tirtc_event_t event;
    while (tirtc_device_next(device, &event)) {
        if (event.error != 0) {
            bench_fail("the device or its connection failed");
        }
        if (event.kind == TIRTC_DEVICE_STARTED) {
            fputs("started\n", stderr);
        } else if (event.kind == TIRTC_CONNECTION_ACCEPTED) {
            connection = event.connection;
        }
    }
    if (connection != 0) {
        fill(device);
        if (sent == wanted && tirtc_connection_send_buffer_used(device, connection) == 0) {
            pthread_mutex_lock(&lock);
            all_gone = true;
            pthread_cond_signal(&finished);
            pthread_mutex_unlock(&lock);
        }
    }
}

static tirtc_bytes_t text(const char *value)
{
    return (tirtc_bytes_t){value, strlen(value)};
}

static void upload_by_core(char **argv)
{
    tirtc_loop_t *loop;
    tirtc_device_t *device;
    tirtc_options_t options = {
        .endpoint = text(argv[0]), .device_id = text(argv[1]), .device_secret_key = text(argv[2])};
    if (tirtc_loop_open(NULL, &loop) != 0 || tirtc_loop_device_open(loop, on_ready, NULL, &device) != 0 ||
        tirtc_device_start(device, &options) != 0) {
        bench_fail("the device does not start");
    }
    pthread_mutex_lock(&lock);
    while (!all_gone) {
        pthread_cond_wait(&finished, &lock);
    }
    pthread_mutex_unlock(&lock);
    print_result();
    tirtc_loop_close(loop);
}

/* ---- only masking and writing ---- */

static size_t write_header(uint8_t *out, size_t size, const uint8_t mask[4])
{
    size_t length_bytes = size < 65536 ? 2 : 8;
    out[0] = 0x82;
    out[1] = length_bytes == 2 ? 0x80 | 126 : 0x80 | 127;
    for (size_t i = 0; i < length_bytes; i++) {
        out[2 + i] = (uint8_t)((uint64_t)size >> (8 * (length_bytes - 1 - i)));
    }
    memcpy(out + 2 + length_bytes, mask, 4);
    return 2 + length_bytes + 4;
}

static void mask_words(uint8_t *out, const uint8_t *in, size_t size, const uint8_t mask[4])
{
    uint64_t wide;
    memcpy(&wide, mask, 4);
    memcpy((uint8_t *)&wide + 4, mask, 4);
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, in + i, 8);
        word ^= wide;
        memcpy(out + i, &word, 8);
    }
    for (; i < size; i++) {
        out[i] = in[i] ^ mask[i % 4];
    }
}

static void write_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t some = send(fd, data, size, MSG_NOSIGNAL);
        if (some <= 0) {
            bench_fail("send");
        }
        data += some;
        size -= (size_t)some;
    }
}

static int dial(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)bench_number(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        bench_fail("connect");
    }
    return fd;
}

static void upload_by_masking(const char *port)
{
    static const uint8_t mask[4] = {0x1a, 0x2b, 0x3c, 0x4d};
    size_t size = MESSAGE_HEAD_BYTES + frame_bytes;
    uint8_t *batch = malloc(BATCH_BYTES + HEADER_BYTES + size);
    uint8_t *message = calloc(1, size);
    size_t used = 0;
    int fd = dial(port);
    if (batch == NULL || message == NULL) {
        bench_fail("no memory");
    }
    while (sent < wanted) {
        used += write_header(batch + used, size, mask);
        mask_words(batch + used, message, size, mask);
        used += size;
        note_sent();
        if (used >= BATCH_BYTES || sent == wanted) {
            write_all(fd, batch, used);
            used = 0;
        }
    }
    print_result();
    close(fd);
    free(batch);
    free(message);
}

int main(int argc, char **argv)
{
    bool core = argc == 7 && strcmp(argv[1], "core") == 0;
    if (!core && !(argc == 5 && strcmp(argv[1], "mask") == 0)) {
        bench_fail("usage: upload core ENDPOINT ID SECRET SIZE FRAMES, or upload mask PORT SIZE FRAMES");
    }
    frame_bytes = bench_number(argv[argc - 2]);
    wanted = bench_number(argv[argc - 1]);
    warm = wanted / 10 + 1;
    payload = calloc(1, frame_bytes);
    if (payload == NULL) {
        bench_fail("no memory");
    }
    if (core) {
        upload_by_core(argv + 2);
    } else {
        upload_by_masking(argv[2]);
    }
    free(payload);
    return 0;
}
