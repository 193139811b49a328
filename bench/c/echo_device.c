/* A device that answers every command with its own data.
 *
 *     echo_device ENDPOINT ID SECRET        prints a line when it is online; ends when its input does
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "tirtc_loop.h"

static void on_ready(void *user, tirtc_device_t *device)
{
    (void)user;
    tirtc_event_t event;
    while (tirtc_device_next(device, &event)) {
        if (event.kind == TIRTC_DEVICE_STARTED) {
            puts("{\"started\": true}");
            fflush(stdout);
        } else if (event.kind == TIRTC_COMMAND) {
            tirtc_connection_send_command(device, event.connection, event.command_word | RESPONSE_BIT, event.data,
                                          event.size, NULL);
        } else if (event.kind == TIRTC_CONNECTION_FAILED) {
            tirtc_connection_disconnect(device, event.connection);
        }
    }
}

static tirtc_bytes_t text(const char *value)
{
    return (tirtc_bytes_t){value, strlen(value)};
}

int main(int argc, char **argv)
{
    tirtc_loop_t *loop;
    tirtc_device_t *device;
    if (argc != 4) {
        bench_fail("usage: echo_device ENDPOINT ID SECRET");
    }
    tirtc_options_t options = {
        .endpoint = text(argv[1]), .device_id = text(argv[2]), .device_secret_key = text(argv[3])};
    if (tirtc_loop_open(NULL, &loop) != 0 || tirtc_loop_device_open(loop, on_ready, NULL, &device) != 0 ||
        tirtc_device_start(device, &options) != 0) {
        bench_fail("the device does not start");
    }
    while (getchar() != EOF) {
    }
    tirtc_loop_close(loop);
    return 0;
}
