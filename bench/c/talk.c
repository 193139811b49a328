/* A client that measures exchanges with a device, all on the loop's thread.
 *
 *     talk ENDPOINT ID TOKEN commands COUNT       round trips of 16-byte commands
 *     talk ENDPOINT ID TOKEN connects COUNT       from the call of connect to the first command possible; the first
 *                                                 takes the token, the rest the ticket
 *
 * Prints {"ns": the median of one}.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "tirtc_loop.h"

enum { COMMAND_BYTES = 16 };

static tirtc_bytes_t remote, token;
static int commands; /* else connects */
static unsigned long wanted, done;
static uint64_t begun;
static uint64_t *times;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;

static void begin(tirtc_device_t *device, tirtc_connection_t connection)
{
    static const uint8_t data[COMMAND_BYTES];
    begun = bench_now_ns();
    int code = commands ? tirtc_connection_send_command(device, connection, MAKE_CMDW(0x1000, done & 0xffff), data,
                                                        sizeof data, NULL)
                        : tirtc_device_connect(device, remote, done == 0 ? token : (tirtc_bytes_t){0}, NULL, NULL);
    if (code < 0) {
        bench_fail("a call failed");
    }
}

/* Record a finished exchange. Returns true when there are more to do. */
static bool note(void)
{
    times[done] = bench_now_ns() - begun;
    pthread_mutex_lock(&lock);
    done++;
    pthread_cond_signal(&finished);
    pthread_mutex_unlock(&lock);
    return done < wanted;
}

static void on_ready(void *user, tirtc_device_t *device)
{
    (void)user;
    tirtc_event_t event;
    while (tirtc_device_next(device, &event)) {
        if (event.error != 0) {
            bench_fail("the device cannot be reached");
        }
        switch (event.kind) {
        case TIRTC_DEVICE_STARTED:
            if (tirtc_device_connect(device, remote, token, NULL, NULL) != 0) {
                bench_fail("connect");
            }
            begun = bench_now_ns();
            break;
        case TIRTC_CONNECTION_CONNECTED:
            if (commands) {
                begin(device, event.connection);
            } else if (note()) {
                tirtc_connection_disconnect(device, event.connection);
            }
            break;
        case TIRTC_CONNECTION_GONE:
            begin(device, 0);
            break;
        case TIRTC_COMMAND:
            if (note()) {
                begin(device, event.connection);
            }
            break;
        default:
            break;
        }
    }
}

static int by_size(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static tirtc_bytes_t text(const char *value)
{
    return (tirtc_bytes_t){value, strlen(value)};
}

int main(int argc, char **argv)
{
    tirtc_loop_t *loop;
    tirtc_device_t *device;
    if (argc != 6) {
        bench_fail("usage: talk ENDPOINT ID TOKEN commands|connects COUNT");
    }
    tirtc_options_t options = {.endpoint = text(argv[1])};
    remote = text(argv[2]);
    token = text(argv[3]);
    commands = strcmp(argv[4], "commands") == 0;
    wanted = bench_number(argv[5]);
    times = calloc(wanted, sizeof *times);
    if (times == NULL || tirtc_loop_open(NULL, &loop) != 0 ||
        tirtc_loop_device_open(loop, on_ready, NULL, &device) != 0 || tirtc_device_start(device, &options) != 0) {
        bench_fail("the client does not start");
    }
    pthread_mutex_lock(&lock);
    while (done < wanted) {
        pthread_cond_wait(&finished, &lock);
    }
    pthread_mutex_unlock(&lock);
    tirtc_loop_close(loop);
    qsort(times, wanted, sizeof *times, by_size);
    printf("{\"ns\": %llu}\n", (unsigned long long)times[wanted / 2]);
    free(times);
    return 0;
}
