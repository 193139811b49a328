/* v22_sensor.c - a sensor in the style of 2.2: it identifies itself with TIRTC_OPT_CLIENT_ID and TIRTC_OPT_APP_ID, and
 * sends readings as stream messages.
 *
 *     export TIRTC_ENDPOINT=... TIRTC_DEVICE_ID=... TIRTC_DEVICE_SECRET_KEY=... TIRTC_CLIENT_ID=...
 *     v22_sensor                           until Ctrl-C
 *
 * Every connection receives a reading ten times a second on stream 3; command 0x4010 is answered with the newest one.
 * Ends with 0 when everything ended cleanly.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "common/program.h"
#include "tirtc/tiRTC.h"

#if TIRTC_VERSION_MAJOR < 2 || (TIRTC_VERSION_MAJOR == 2 && TIRTC_VERSION_MINOR < 2)
#error "this program needs TIRTC_OPT_CLIENT_ID, which is new in 2.2"
#endif

enum { EVENT_STOPPED = 2, INTERVAL_MS = 100, PATIENCE_MS = 5000 };
enum { READING_STREAM = 3, READ_COMMAND = 0x4010, MAX_READERS = 8 };

/* The wire format; the reader has the same layout. */
__BEGIN_PACKED__
typedef struct reading {
    uint8_t version;
    uint16_t number;
    uint32_t millidegrees;
} __PACKED__ reading_t;
__END_PACKED__

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static tirtc_conn_t readers[MAX_READERS]; /* under the lock, as is `newest` */
static reading_t newest = {1, 0, 20000};

/* Replace `from` by `to`; NULL is a free place. */
static void replace_reader(tirtc_conn_t from, tirtc_conn_t to)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAX_READERS; i++) {
        if (readers[i] == from) {
            readers[i] = to;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}

static void on_event(int event, const void *data, int len)
{
    (void)data;
    (void)len;
    if (event == TIRTC_EVENT_SYS_STARTED) {
        puts("started");
    } else if (event == TIRTC_EVENT_SYS_STOPPED) {
        puts("stopped");
        events_post(EVENT_STOPPED);
    }
}

static void on_conn_accepted(tirtc_conn_t hconn)
{
    replace_reader(NULL, hconn);
    puts("a reader connected");
}

static void on_conn_error(tirtc_conn_t hconn, int error)
{
    printf("a reader left: %s\n", TiRtcGetErrorStr(error));
    replace_reader(hconn, NULL);
    TiRtcDisconnect(hconn);
}

static void on_command(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len)
{
    (void)data;
    (void)len;
    if ((cmdw & RESPONSE_BIT) == 0 && GET_CMD(cmdw) == READ_COMMAND) {
        pthread_mutex_lock(&lock);
        reading_t reading = newest;
        pthread_mutex_unlock(&lock);
        TiRtcSendResp(hconn, cmdw, &reading, sizeof(reading));
    }
}

static TIRTCCALLBACKS callbacks = {
    .on_event = on_event,
    .on_conn_accepted = on_conn_accepted,
    .on_conn_error = on_conn_error,
    .on_command = on_command,
};

static void send_reading(uint32_t ts)
{
    TIRTCFRAMEINFO info;
    memset(&info, 0, sizeof(info));
    info.stream_id = READING_STREAM;
    info.media = TIRTC_MEDIA_MESSAGE;
    info.ts = ts;
    info.length = sizeof(newest);
    pthread_mutex_lock(&lock);
    newest.number++;
    newest.millidegrees += newest.number % 2 ? 15 : -10;
    for (int i = 0; i < MAX_READERS; i++) {
        if (readers[i] != NULL) {
            TiRtcSendMessageStream(readers[i], &info, &newest);
        }
    }
    pthread_mutex_unlock(&lock);
}

static int set_text(const char *name, TIRTCOPTION option, const char *text)
{
    return program_did(name, TiRtcSetOption(option, text, (uint32_t)strlen(text)));
}

int main(void)
{
    const char *endpoint = program_setting("TIRTC_ENDPOINT", "the URL of the service");
    const char *id = program_setting("TIRTC_DEVICE_ID", "the id of this device");
    const char *secret = program_setting("TIRTC_DEVICE_SECRET_KEY", "the secret key that belongs to the device id");
    const char *client_id = program_setting("TIRTC_CLIENT_ID", "a name for this unit, up to 64 characters");
    program_begin();
    printf("built with %d.%d.%d, linked with %s: %s\n", TIRTC_VERSION_MAJOR, TIRTC_VERSION_MINOR, TIRTC_VERSION_PATCH,
           TiRtcGetVersion(), TiRtcGetBuildInfo());
    if (!program_did("TiRtcInit", TiRtcInit()) || !set_text("endpoint", TIRTC_OPT_SERVICE_ENDPOINT, endpoint) ||
        !set_text("secret key", TIRTC_OPT_DEVICE_SECRET_KEY, secret) ||
        !set_text("client id", TIRTC_OPT_CLIENT_ID, client_id) || !set_text("app id", TIRTC_OPT_APP_ID, "sensors") ||
        !program_did("TiRtcStart", TiRtcStart(id, &callbacks))) {
        return 1;
    }
    for (uint32_t ms = 0; events_wait(EVENT_INTERRUPTED, INTERVAL_MS) == 0; ms += INTERVAL_MS) {
        send_reading(ms);
    }
    TiRtcStop(); /* the readers' connections end with an error */
    int ended = events_wait(EVENT_STOPPED, PATIENCE_MS) != 0;
    TiRtcUninit();
    puts(ended ? "ended cleanly" : "SYS_STOPPED did not arrive");
    return ended ? 0 : 1;
}
