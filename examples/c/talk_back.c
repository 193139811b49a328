/* talk_back.c - two sides that talk at the same time: the same program runs at both ends, sends its own file, and
 * compares what it hears with the other's.
 *
 *     export TIRTC_ENDPOINT=...
 *     export TIRTC_DEVICE_ID=... TIRTC_DEVICE_SECRET_KEY=...    talk_back answer OWN_FILE OTHER_FILE
 *     export TIRTC_DEVICE_ID=... TIRTC_TOKEN=...                talk_back call   OWN_FILE OTHER_FILE
 *
 * A-law at 8 kHz on stream 0 in both directions, each at its own pace. Ends with 0 when every byte was heard and the
 * other side reported the same.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/media.h"
#include "common/program.h"
#include "tiRTC.h"

enum { EVENT_STARTED = 2, EVENT_CONNECTED = 4, EVENT_HEARD = 8, EVENT_OTHER_HEARD = 16, EVENT_FAILED = 32 };
enum { EVENT_DISCONNECTED = 64, EVENT_STOPPED = 128 };
enum { STREAM = 0, HEARD_ALL = 0x4020, PATIENCE_MS = 20000, FASTER = 10 /* than real time */ };

static clip_t own = {.name = "said"};
static clip_t other = {.name = "heard"};
static tirtc_conn_t connection; /* written before EVENT_CONNECTED */

static void on_event(int event, const void *data, int len)
{
    (void)data;
    (void)len;
    if (event == TIRTC_EVENT_SYS_STARTED) {
        puts("started");
        events_post(EVENT_STARTED);
    } else if (event == TIRTC_EVENT_SYS_STOPPED) {
        events_post(EVENT_STOPPED);
    }
}

static void on_conn_accepted(tirtc_conn_t hconn)
{
    connection = hconn;
    events_post(EVENT_CONNECTED);
}

static void on_connected(int error, tirtc_conn_t hconn, void *user)
{
    (void)user;
    connection = hconn;
    events_post(program_did("the call", error) ? EVENT_CONNECTED : EVENT_FAILED);
}

/* Also the normal end of a call that the other side ends. */
static void on_conn_error(tirtc_conn_t hconn, int error)
{
    (void)hconn;
    printf("the other side hung up: %s\n", TiRtcGetErrorStr(error));
    events_post(EVENT_FAILED);
}

static void on_disconnected(tirtc_conn_t hconn)
{
    (void)hconn;
    events_post(EVENT_DISCONNECTED);
}

static void on_audio(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, void *data)
{
    if (info->stream_id != STREAM || info->media != TIRTC_AUDIO_ALAW) {
        return;
    }
    int result = clip_receive(&other, data, info->length);
    if (result > 0) {
        printf("heard %u frames, %zu bytes, every one as in %s\n", other.frames, other.received, other.path);
        TiRtcSendReqWithSn(hconn, atomic_get_cmd_sn(), HEARD_ALL, NULL, 0);
        events_post(EVENT_HEARD);
    } else if (result < 0) {
        events_post(EVENT_FAILED);
    }
}

static void on_command(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len)
{
    (void)hconn;
    (void)data;
    (void)len;
    if (GET_CMD(cmdw) == HEARD_ALL) {
        puts("the other side heard everything");
        events_post(EVENT_OTHER_HEARD);
    }
}

static TIRTCCALLBACKS callbacks = {
    .on_event = on_event,
    .on_conn_accepted = on_conn_accepted,
    .on_conn_error = on_conn_error,
    .on_disconnected = on_disconnected,
    .on_audio = on_audio,
    .on_command = on_command,
};

static int start(int answers)
{
    char device[128];
    const char *endpoint = program_setting("TIRTC_ENDPOINT", "the URL of the service");
    const char *id = program_setting("TIRTC_DEVICE_ID", "the id of the device");
    const char *secret = program_setting(answers ? "TIRTC_DEVICE_SECRET_KEY" : "TIRTC_TOKEN",
                                         answers ? "the secret key of the device" : "a token for the device");
    snprintf(device, sizeof(device), "%s,%s", id, answers ? secret : "");
    if (!program_did("endpoint", TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint))) ||
        !program_did("TiRtcInit", TiRtcInit()) ||
        !program_did("TiRtcStart", TiRtcStart(answers ? device : NULL, &callbacks)) ||
        events_wait(EVENT_STARTED | EVENT_INTERRUPTED, -1) != EVENT_STARTED) {
        return 0;
    }
    return answers || program_did("TiRtcConnect", TiRtcConnect(id, secret, on_connected, NULL));
}

/* Send the whole file. Returns 1 when everything was queued. */
static int speak(void)
{
    media_t media = media_of(&own);
    TIRTCFRAMEINFO info;
    memset(&info, 0, sizeof(info));
    info.stream_id = STREAM;
    info.media = TIRTC_AUDIO_ALAW;
    info.flags = TIRTC_AUDIOSAMPLE_8K16B1C;
    while (media.at < media.size) {
        media_frame_t frame = media_next_bytes(&media, MEDIA_AUDIO_BYTES);
        info.length = (uint32_t)frame.size;
        int sent = TiRtcSendAudioStream(connection, &info, frame.data);
        if (sent == TIRTC_E_BUSY) {
            media.at -= frame.size; /* send it again after the pause below */
        } else if (!program_did("TiRtcSendAudioStream", sent)) {
            return 0;
        }
        info.ts += MEDIA_AUDIO_INTERVAL_MS;
        program_sleep_ms(MEDIA_AUDIO_INTERVAL_MS / FASTER);
    }
    return 1;
}

/* Returns 1 when both sides have heard everything. */
static int talk(void)
{
    if (events_wait(EVENT_CONNECTED | EVENT_FAILED | EVENT_INTERRUPTED, -1) != EVENT_CONNECTED || !speak()) {
        return 0;
    }
    return (events_wait(EVENT_HEARD | EVENT_FAILED, PATIENCE_MS) & EVENT_HEARD) != 0 &&
           (events_wait(EVENT_OTHER_HEARD | EVENT_FAILED, PATIENCE_MS) & EVENT_OTHER_HEARD) != 0;
}

int main(int argc, char **argv)
{
    int answers = argc == 4 && strcmp(argv[1], "answer") == 0;
    if (argc != 4 || (!answers && strcmp(argv[1], "call") != 0)) {
        fprintf(stderr, "usage: %s answer|call OWN_FILE OTHER_FILE\n", argv[0]);
        return 2;
    }
    if (!clip_load(&own, argv[2]) || !clip_load(&other, argv[3])) {
        return 2;
    }
    program_begin();
    int well = start(answers) && talk();
    if (connection != NULL && TiRtcDisconnect(connection) == 0) {
        well &= events_wait(EVENT_DISCONNECTED, PATIENCE_MS) != 0; /* queued frames are sent before */
    }
    TiRtcStop();
    TiRtcUninit();
    clip_free(&own);
    clip_free(&other);
    puts(well ? "both sides heard everything" : "FAILED, see above");
    return well ? 0 : 1;
}
