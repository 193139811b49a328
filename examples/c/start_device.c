/* start_device.c - a device that goes online and waits for clients.
 *
 *     export TIRTC_ENDPOINT=http://127.0.0.1:8080    where the service is
 *     export TIRTC_DEVICE_ID=camera-1                the id of this device; the service has it with its secret key
 *     export TIRTC_DEVICE_SECRET_KEY=...
 *     start_device              run until Ctrl-C
 *     start_device --once       end as soon as the device is online, or with an error after 30 s
 *
 * Every command of a client is answered with its own data. Ends with 0 when all went well, 1 when the device could not
 * start, 2 when something above is missing.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tiRTC.h"

enum { FOREVER_MS = -1, ONCE_MS = 30000, STOP_MS = 5000, MAX_NAME_BYTES = 63 };

/* ---- events: callbacks and signal handlers write to a pipe, on their threads; main() reads it ---- */

enum { NOTHING = '-', STARTED = 'a', FAILED = 'f', STOPPED = 's', INTERRUPTED = 'i' };

static int event_pipe[2];

static void post(char what)
{
    if (write(event_pipe[1], &what, 1) != 1) {
        abort(); /* without this pipe main() would wait for ever */
    }
}

static char wait_for_event(int max_ms)
{
    struct pollfd readable = {.fd = event_pipe[0], .events = POLLIN};
    char what = NOTHING;
    int ready;
    do {
        ready = poll(&readable, 1, max_ms);
    } while (ready < 0 && errno == EINTR);
    return ready == 1 && read(event_pipe[0], &what, 1) == 1 ? what : NOTHING;
}

static void on_signal(int number)
{
    int kept = errno;
    (void)number;
    post(INTERRUPTED);
    errno = kept;
}

/* ---- callbacks ---- */

static void print_failure(const char *what, const TIRTCRETRYINFO *info)
{
    printf("%s, error %d: %s\n", what, (int)info->error, TiRtcGetErrorStr(info->error));
    if (info->retry_in_ms == 0) {
        puts("another attempt would fail the same way, so there is none");
        post(FAILED);
    } else {
        printf("the next attempt begins in %u ms\n", (unsigned)info->retry_in_ms);
    }
}

static void on_event(int event, const void *data, int len)
{
    switch (event) {
    case TiEVENT_SYS_STARTED:
        puts("device started: clients can connect now");
        post(STARTED);
        break;
    case TiEVENT_SYS_STOPPED:
        puts("device stopped");
        post(STOPPED);
        break;
    case TiEVENT_ACCESS_HIJACKING:
        printf("redirected to %.*s: something between here and the service requires a login\n", len,
               (const char *)data);
        break;
    case TIRTC_EVENT_START_FAILED:
        print_failure("could not start", data);
        break;
    case TIRTC_EVENT_SERVICE_LOST:
        print_failure("no service", data);
        break;
    case TIRTC_EVENT_SERVICE_BACK:
        puts("the service is back");
        break;
    default: /* an event of a newer SDK */
        break;
    }
}

static void on_conn_accepted(tirtc_conn_t hconn)
{
    printf("client %p connected\n", (void *)hconn);
}

static void on_conn_error(tirtc_conn_t hconn, int error)
{
    printf("client %p is gone: %s\n", (void *)hconn, TiRtcGetErrorStr(error));
    TiRtcDisconnect(hconn);
}

static void on_command(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len)
{
    printf("client %p sent command 0x%x with %u bytes\n", (void *)hconn, GET_CMD(cmdw), (unsigned)len);
    TiRtcSendResp(hconn, cmdw, data, len);
}

/* The SDK keeps a pointer to this struct, so it must not be on the stack. */
static const TIRTCCALLBACKS callbacks = {
    .on_event = on_event,
    .on_conn_accepted = on_conn_accepted,
    .on_conn_error = on_conn_error,
    .on_command = on_command,
};

static void on_log(const char *line, uint32_t len)
{
    fprintf(stderr, "%.*s\n", (int)len, line);
}

/* ---- the program ---- */

/* `device` is "id,secret". Alternatively: TiRtcSetOption(TIRTC_OPT_SECRET_KEY, ...), and only the id here. */
static int start_device(const char *device)
{
    int code = TiRtcInit();
    if (code != 0) {
        return code;
    }
    return TiRtcStart(device, &callbacks);
}

static const char *from_environment(const char *name, const char *what)
{
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') {
        fprintf(stderr, "%s is not set; set it to %s\n", name, what);
        return NULL;
    }
    if (strlen(value) > MAX_NAME_BYTES) {
        fprintf(stderr, "%s has %zu bytes; it must have 1 to %d\n", name, strlen(value), MAX_NAME_BYTES);
        return NULL;
    }
    return value;
}

/* Run until the device is interrupted or fails permanently; with `once`, until it is online. Returns the exit code. */
static int run(int once)
{
    for (;;) {
        switch (wait_for_event(once ? ONCE_MS : FOREVER_MS)) {
        case STARTED:
            if (once) {
                return 0;
            }
            break;
        case INTERRUPTED:
            return once ? 1 : 0;
        case FAILED:
            return 1;
        default:
            fprintf(stderr, "the device is not online after %d s\n", ONCE_MS / 1000);
            return 1;
        }
    }
}

int main(int argc, char **argv)
{
    int once = argc == 2 && strcmp(argv[1], "--once") == 0;
    if (argc > 1 && !once) {
        fprintf(stderr, "usage: %s [--once]\n", argv[0]);
        return 2;
    }
    const char *id = from_environment("TIRTC_DEVICE_ID", "the id of this device");
    const char *secret = from_environment("TIRTC_DEVICE_SECRET_KEY", "the secret key that belongs to the device id");
    if (id == NULL || secret == NULL) {
        return 2;
    }
    char device[2 * MAX_NAME_BYTES + sizeof ","];
    snprintf(device, sizeof device, "%s,%s", id, secret);

    struct sigaction action = {.sa_handler = on_signal};
    if (pipe(event_pipe) != 0 || sigaction(SIGINT, &action, NULL) != 0 || sigaction(SIGTERM, &action, NULL) != 0) {
        perror(argv[0]);
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    TiRtcLogSetLevel(1); /* the SDK's log of errors says more than a code */
    TiRtcLogSetCallback(on_log);

    int code = start_device(device);
    if (code != 0) {
        fprintf(stderr, "the device cannot start, error %d: %s\n", code, TiRtcGetErrorStr(code));
        TiRtcUninit();
        return 1;
    }
    printf("device %s is starting\n", id);
    int exit_code = run(once);

    TiRtcStop();
    char what;
    do {
        what = wait_for_event(STOP_MS);
    } while (what != STOPPED && what != NOTHING);
    TiRtcUninit();
    return exit_code;
}
