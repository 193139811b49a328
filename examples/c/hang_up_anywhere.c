/* hang_up_anywhere.c - TiRtcDisconnect() from inside every callback, where it is allowed.
 *
 *     export TIRTC_ENDPOINT=...
 *     export TIRTC_DEVICE_ID=... TIRTC_DEVICE_SECRET_KEY=...      a device, until SIGTERM
 *     export TIRTC_REMOTE_ID=... TIRTC_TOKEN=...      or its client; the token must be reusable
 *     hang_up_anywhere
 *
 * Both sides do everything that causes callbacks on the other side. In one connection after the other, first the device
 * and then the client hangs up in the next kind of callback; the other side does so in on_conn_error(), and both try
 * again in on_disconnected(), where it is too late. Ends with 0 when each kind of callback was called and each
 * connection ended.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/program.h"
#include "tiRTC.h"

#define PLACES(X) \
    X(CONNECTED, "the callback that brings a connection") \
    X(COMMAND, "on_command") \
    X(AUDIO, "on_audio") \
    X(VIDEO, "on_video") \
    X(MESSAGE, "on_message") \
    X(KEY_FRAME, "on_request_key_frame") \
    X(SUBSCRIBE_VIDEO, "on_subscribe_video") \
    X(UNSUBSCRIBE_VIDEO, "on_unsubscribe_video") \
    X(SUBSCRIBE_AUDIO, "on_subscribe_audio") \
    X(UNSUBSCRIBE_AUDIO, "on_unsubscribe_audio") \
    X(BITRATE, "on_video_bitrate_required") \
    X(LOG, "the log callback")
#define PLACE_VALUE(value, name) value,
#define PLACE_NAME(value, name) name,
typedef enum place { PLACES(PLACE_VALUE) PLACE_COUNT } place_t;
static const char *const place_names[] = {PLACES(PLACE_NAME)};

enum { EVENT_STARTED = 2, EVENT_FAILED = 4, EVENT_GONE = 8, EVENT_REFUSED = 16, PATIENCE_MS = 10000 };
enum { VIDEO_STREAM = 0, AUDIO_STREAM = 1, COMMAND_WORD = MAKE_CMDW(0x4001, 1), BITRATE_BPS = 1000000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards everything below */
static int is_device;
static tirtc_conn_t newest;
static int is_done[PLACE_COUNT];
static unsigned hang_ups, begun, ended, too_late;

/* Called in each callback: hang up if this is the place for this connection. */
static void pass(tirtc_conn_t hconn, place_t place)
{
    uintptr_t number = (uintptr_t)TiRtcConnGetUserData(hconn); /* from 1; 0 when the handle is not valid any more */
    unsigned mine = is_device ? 1 : 1 + PLACE_COUNT;
    pthread_mutex_lock(&lock);
    int here = number == mine + place && !is_done[place];
    if (here) {
        is_done[place] = 1;
        hang_ups++;
    }
    pthread_mutex_unlock(&lock);
    if (here) {
        int code = TiRtcDisconnect(hconn);
        printf("hung up in %s: %d\n", place_names[place], code);
    }
}

/* ---- everything that causes callbacks on the other side ---- */

static void send_frame(tirtc_conn_t hconn, uint8_t stream, uint8_t media, uint8_t flags)
{
    static const char text[] = "not really media";
    TIRTCFRAMEINFO info;
    memset(&info, 0, sizeof(info));
    info.stream_id = stream;
    info.media = media;
    info.flags = flags;
    info.length = sizeof(text);
    if (TIRTC_IS_VIDEO(media)) {
        TiRtcSendVideoStream(hconn, &info, text);
    } else if (TIRTC_IS_AUDIO(media)) {
        TiRtcSendAudioStream(hconn, &info, text);
    } else {
        TiRtcSendMessageStream(hconn, &info, text);
    }
}

static void do_everything(tirtc_conn_t hconn)
{
    TiRtcConnSetVideoBitrateParams(hconn, VIDEO_STREAM, BITRATE_BPS, BITRATE_BPS, BITRATE_BPS);
    TiRtcSendCommand(hconn, COMMAND_WORD, "hello", 5);
    send_frame(hconn, VIDEO_STREAM, TIRTC_VIDEO_H264, TIRTC_FRAME_FLAG_KEY_FRAME);
    send_frame(hconn, AUDIO_STREAM, TIRTC_AUDIO_ALAW, TIRTC_AUDIOSAMPLE_8K16B1C);
    send_frame(hconn, AUDIO_STREAM, TIRTC_MEDIA_MESSAGE, 0);
    TiRtcRequestKeyFrame(hconn, VIDEO_STREAM);
    TiRtcSubscribeVideo(hconn, VIDEO_STREAM);
    TiRtcUnsubscribeVideo(hconn, VIDEO_STREAM);
    TiRtcSubscribeAudio(hconn, AUDIO_STREAM);
    TiRtcUnsubscribeAudio(hconn, AUDIO_STREAM);
}

/* ---- callbacks ---- */

static void on_event(int event, const void *data, int len)
{
    (void)data;
    (void)len;
    if (event == TiEVENT_SYS_STARTED) {
        puts("started");
        events_post(EVENT_STARTED);
    } else if (event == TIRTC_EVENT_START_FAILED) {
        events_post(EVENT_FAILED);
    }
}

static void on_conn_accepted(tirtc_conn_t hconn)
{
    pthread_mutex_lock(&lock);
    uintptr_t number = ++begun;
    newest = hconn;
    pthread_mutex_unlock(&lock);
    TiRtcConnSetUserData(hconn, (void *)number);
    do_everything(hconn);
    pass(hconn, CONNECTED);
}

static void on_connect(int error, tirtc_conn_t hconn, void *user)
{
    (void)user;
    if (hconn == NULL) {
        printf("no connection, error %d: %s\n", error, TiRtcGetErrorStr(error));
        events_post(EVENT_REFUSED);
    } else {
        on_conn_accepted(hconn);
    }
}

static void on_conn_error(tirtc_conn_t hconn, int error)
{
    (void)error;
    TiRtcDisconnect(hconn);
}

static void on_disconnected(tirtc_conn_t hconn)
{
    int code = TiRtcDisconnect(hconn);
    pthread_mutex_lock(&lock);
    too_late += code == TIRTC_E_INVALID_HANDLE;
    ended++;
    pthread_mutex_unlock(&lock);
    events_post(EVENT_GONE);
}

static void on_command(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len)
{
    (void)cmdw;
    (void)data;
    (void)len;
    pass(hconn, COMMAND);
}

static void on_media(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, void *data)
{
    (void)data;
    pass(hconn, TIRTC_IS_VIDEO(info->media) ? VIDEO : TIRTC_IS_AUDIO(info->media) ? AUDIO : MESSAGE);
}

static void on_request_key_frame(tirtc_conn_t hconn, uint8_t stream_id)
{
    (void)stream_id;
    pass(hconn, KEY_FRAME);
}

static int on_subscribe_video(tirtc_conn_t hconn, uint8_t stream_id)
{
    (void)stream_id;
    pass(hconn, SUBSCRIBE_VIDEO);
    return 0;
}

static void on_unsubscribe_video(tirtc_conn_t hconn, uint8_t stream_id)
{
    (void)stream_id;
    pass(hconn, UNSUBSCRIBE_VIDEO);
}

static int on_subscribe_audio(tirtc_conn_t hconn, uint8_t stream_id)
{
    (void)stream_id;
    pass(hconn, SUBSCRIBE_AUDIO);
    return 0;
}

static void on_unsubscribe_audio(tirtc_conn_t hconn, uint8_t stream_id)
{
    (void)stream_id;
    pass(hconn, UNSUBSCRIBE_AUDIO);
}

static void on_bitrate(tirtc_conn_t hconn, uint8_t stream_id, uint32_t target_bps)
{
    (void)stream_id;
    (void)target_bps;
    pass(hconn, BITRATE);
}

static void on_log(const char *line, uint32_t len)
{
    (void)line;
    (void)len;
    pthread_mutex_lock(&lock);
    tirtc_conn_t hconn = newest;
    pthread_mutex_unlock(&lock);
    pass(hconn, LOG);
}

static const TIRTCCALLBACKS callbacks = {
    .on_event = on_event,
    .on_conn_accepted = on_conn_accepted,
    .on_conn_error = on_conn_error,
    .on_disconnected = on_disconnected,
    .on_audio = on_media,
    .on_video = on_media,
    .on_message = on_media,
    .on_command = on_command,
    .on_request_key_frame = on_request_key_frame,
    .on_subscribe_video = on_subscribe_video,
    .on_unsubscribe_video = on_unsubscribe_video,
    .on_subscribe_audio = on_subscribe_audio,
    .on_unsubscribe_audio = on_unsubscribe_audio,
    .on_video_bitrate_required = on_bitrate,
};

/* ---- the program ---- */

static int start(const char *device_id)
{
    const char *endpoint = program_setting("TIRTC_ENDPOINT", "the URL of the service");
    if (!program_did("TiRtcInit", TiRtcInit()) ||
        !program_did("endpoint", TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint)))) {
        return 0;
    }
    if (device_id != NULL) {
        const char *secret = program_setting("TIRTC_DEVICE_SECRET_KEY", "the secret key of the device");
        if (!program_did("secret", TiRtcSetOption(TIRTC_OPT_SECRET_KEY, secret, (uint32_t)strlen(secret)))) {
            return 0;
        }
    }
    return program_did("TiRtcStart", TiRtcStart(device_id, &callbacks)) &&
           events_wait(EVENT_STARTED | EVENT_FAILED, PATIENCE_MS) == EVENT_STARTED;
}

/* As client: make one connection after the other. Returns 0 when one could not be made or does not end. */
static int call_again_and_again(const char *remote_id, const char *token)
{
    for (unsigned number = 0; number < 2 * PLACE_COUNT; number++) {
        if (!program_did("TiRtcConnect", TiRtcConnect(remote_id, token, on_connect, NULL))) {
            return 0;
        }
        if (events_wait(EVENT_GONE | EVENT_REFUSED, PATIENCE_MS) != EVENT_GONE) {
            printf("connection %u, which the %s should end in %s, does not end\n", number + 1,
                   number < PLACE_COUNT ? "device" : "client", place_names[number % PLACE_COUNT]);
            return 0;
        }
    }
    return 1;
}

/* As device: the client may learn of an end before this side does. */
static void wait_for_the_last(void)
{
    pthread_mutex_lock(&lock);
    int is_over = ended == begun;
    pthread_mutex_unlock(&lock);
    while (!is_over && events_wait(EVENT_GONE, PATIENCE_MS) != 0) {
        pthread_mutex_lock(&lock);
        is_over = ended == begun;
        pthread_mutex_unlock(&lock);
    }
}

int main(void)
{
    const char *device_id = getenv("TIRTC_DEVICE_ID");
    is_device = device_id != NULL;
    program_begin();
    TiRtcLogSetLevel(4);
    TiRtcLogSetCallback(on_log);
    if (!start(device_id)) {
        return 1;
    }
    int well = 1;
    if (is_device) {
        events_wait(EVENT_INTERRUPTED, -1);
        wait_for_the_last();
    } else {
        well = call_again_and_again(program_setting("TIRTC_REMOTE_ID", "the id of the device"),
                                    program_setting("TIRTC_TOKEN", "a token for it"));
    }
    TiRtcUninit();
    pthread_mutex_lock(&lock);
    well = well && hang_ups == PLACE_COUNT && begun == 2 * PLACE_COUNT && ended == begun && too_late == ended;
    printf("%u connections, %u ended, hung up in %u callbacks of %d\n", begun, ended, hang_ups, PLACE_COUNT);
    pthread_mutex_unlock(&lock);
    return well ? 0 : 1;
}
