/* v01_doorbell.c - a doorbell in the style of 0.1.x: TIRTC_EVENT_*, "id,secret", nine options, and one loop in main()
 * that sends to everyone.
 *
 *     export TIRTC_ENDPOINT=... TIRTC_DEVICE_ID=... TIRTC_DEVICE_SECRET_KEY=...
 *     v01_doorbell VIDEO_FILE AUDIO_FILE    until Ctrl-C
 *
 * Subscribers receive H.264 on stream 10 and A-law on stream 11; other streams are refused. Command 0x4001 is sent
 * back, command 0x4002 rings the bell at everyone who is connected. Ends with 0 when everything ended cleanly.
 */
#define _POSIX_C_SOURCE 200809L

#include <basedef.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <tiRTC.h>

#include "common/media.h"
#include "common/program.h"

enum { EVENT_STOPPED = 2, EVENT_GONE = 4, PATIENCE_MS = 5000 };
enum { VIDEO_STREAM = 10, AUDIO_STREAM = 11, ECHO = 0x4001, RING = 0x4002, MAX_VISITORS = 4 };

typedef struct visitor {
    tirtc_conn_t hconn; /* NULL: the place is free */
    int wants_video;
    int wants_audio;
    media_t video; /* the visitor's position in each file */
    media_t audio;
} visitor_t;

static clip_t video_file = {.name = "video"};
static clip_t audio_file = {.name = "audio"};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static visitor_t visitors[MAX_VISITORS]; /* under the lock */

/* Under the lock. find(NULL) returns a free place. */
static visitor_t *find(tirtc_conn_t hconn)
{
    for (int i = 0; i < MAX_VISITORS; i++) {
        if (visitors[i].hconn == hconn) {
            return &visitors[i];
        }
    }
    return NULL;
}

/* ---- callbacks ---- */

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
    pthread_mutex_lock(&lock);
    visitor_t *visitor = find(NULL);
    if (visitor != NULL) {
        memset(visitor, 0, sizeof(*visitor));
        visitor->hconn = hconn;
    }
    pthread_mutex_unlock(&lock);
    puts("a visitor connected");
}

static void on_conn_error(tirtc_conn_t hconn, int error)
{
    printf("a visitor was lost: %s\n", TiRtcGetErrorStr(error));
    TiRtcDisconnect(hconn);
}

static void on_disconnected(tirtc_conn_t hconn)
{
    pthread_mutex_lock(&lock);
    visitor_t *visitor = find(hconn);
    if (visitor != NULL) {
        visitor->hconn = NULL;
    }
    pthread_mutex_unlock(&lock);
    puts("a visitor disconnected");
    events_post(EVENT_GONE);
}

static void ring(void)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAX_VISITORS; i++) {
        if (visitors[i].hconn != NULL) {
            TiRtcSendReqWithSn(visitors[i].hconn, atomic_get_cmd_sn(), RING, "ding", 4);
        }
    }
    pthread_mutex_unlock(&lock);
}

static void on_command(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len)
{
    if (cmdw & RESPONSE_BIT) {
        printf("answer to %u\n", (unsigned)GET_SN(cmdw));
    } else if (GET_CMD(cmdw) == ECHO) {
        TiRtcSendResp(hconn, cmdw, data, len);
    } else if (GET_CMD(cmdw) == RING) {
        ring();
    }
}

/* Returns the answer to a subscription. */
static int set_wish(tirtc_conn_t hconn, uint8_t stream_id, int wish)
{
    int result = -1;
    pthread_mutex_lock(&lock);
    visitor_t *visitor = find(hconn);
    if (visitor != NULL && stream_id == VIDEO_STREAM) {
        visitor->wants_video = wish;
        visitor->video = media_of(&video_file); /* begins with a key frame */
        result = 0;
    } else if (visitor != NULL && stream_id == AUDIO_STREAM) {
        visitor->wants_audio = wish;
        visitor->audio = media_of(&audio_file);
        result = 0;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static int on_subscribe(tirtc_conn_t hconn, uint8_t stream_id)
{
    int result = set_wish(hconn, stream_id, 1);
    printf("stream %d is %s\n", stream_id, result == 0 ? "wanted" : "refused");
    return result;
}

static void on_unsubscribe(tirtc_conn_t hconn, uint8_t stream_id)
{
    set_wish(hconn, stream_id, 0);
    printf("stream %d is not wanted any more\n", stream_id);
}

static void on_request_key_frame(tirtc_conn_t hconn, uint8_t stream_id)
{
    if (stream_id == VIDEO_STREAM) {
        set_wish(hconn, stream_id, 1);
    }
}

static TIRTCCALLBACKS callbacks = {
    .on_event = on_event,
    .on_conn_accepted = on_conn_accepted,
    .on_conn_error = on_conn_error,
    .on_disconnected = on_disconnected,
    .on_audio = NULL,
    .on_video = NULL,
    .on_message = NULL,
    .on_command = on_command,
    .on_request_key_frame = on_request_key_frame,
    .on_subscribe_video = on_subscribe,
    .on_unsubscribe_video = on_unsubscribe,
    .on_subscribe_audio = on_subscribe,
    .on_unsubscribe_audio = on_unsubscribe,
};

/* ---- sending ---- */

static TIRTCFRAMEINFO describe(uint8_t stream, uint8_t media, uint8_t flags, uint32_t ts, size_t length)
{
    TIRTCFRAMEINFO info;
    memset(&info, 0, sizeof(info));
    info.stream_id = stream;
    info.media = media;
    info.flags = flags;
    info.ts = ts;
    info.length = (uint32_t)length;
    return info;
}

/* A failed send needs no handling: after BUSY the SDK drops frames up to a key frame that fits, and every other error
 * is followed by on_conn_error. */
static void send_to(visitor_t *visitor, uint32_t ms, int with_video)
{
    if (visitor->wants_video && with_video) {
        media_frame_t frame = media_next_h264(&visitor->video);
        TIRTCFRAMEINFO info = describe(VIDEO_STREAM, TIRTC_VIDEO_H264, (uint8_t)frame.key_frame, ms, frame.size);
        TiRtcSendVideoStream(visitor->hconn, &info, frame.data);
    }
    if (visitor->wants_audio) {
        media_frame_t frame = media_next_bytes(&visitor->audio, MEDIA_AUDIO_BYTES);
        TIRTCFRAMEINFO info = describe(AUDIO_STREAM, TIRTC_AUDIO_ALAW, TIRTC_AUDIOSAMPLE_8K16B1C, ms, frame.size);
        TiRtcSendAudioStream(visitor->hconn, &info, frame.data);
    }
}

static void send_until_interrupted(void)
{
    unsigned begin_ms = program_now_ms(), video_ms = 0;
    unsigned ms = 0;
    int rest_ms = 0;
    while (events_wait(EVENT_INTERRUPTED, rest_ms) == 0) {
        int with_video = ms >= video_ms;
        pthread_mutex_lock(&lock);
        for (int i = 0; i < MAX_VISITORS; i++) {
            if (visitors[i].hconn != NULL) {
                send_to(&visitors[i], ms, with_video);
            }
        }
        pthread_mutex_unlock(&lock);
        video_ms += with_video ? MEDIA_VIDEO_INTERVAL_MS : 0;
        ms += MEDIA_AUDIO_INTERVAL_MS;
        unsigned passed_ms = program_now_ms() - begin_ms;
        rest_ms = passed_ms < ms ? (int)(ms - passed_ms) : 0;
    }
}

/* ---- the program ---- */

static int set_options(const char *endpoint)
{
    int none = 0, network = TIRTC_NETCONN_WIFI, most = MAX_VISITORS;
    uint32_t buffer = 256 * 1024;
    return program_did("endpoint", TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint))) &&
           program_did("connections", TiRtcSetOption(TIRTC_OPT_MAX_CONNECTIONS, &most, sizeof(most))) &&
           program_did("network", TiRtcSetOption(TIRTC_OPT_NETWORK_TYPE, &network, sizeof(network))) &&
           program_did("iccid", TiRtcSetOption(TIRTC_OPT_ICCID, "89000000000000000000", 20)) &&
           program_did("wakeup", TiRtcSetOption(TIRTC_OPT_WAKEUP, &none, sizeof(none))) &&
           program_did("restricted", TiRtcSetOption(TIRTC_OPT_RESTRICTED_NETWORK, &none, sizeof(none))) &&
           program_did("send buffer", TiRtcSetOption(TIRTC_OPT_MAX_SEND_BUFFER, &buffer, sizeof(buffer))) &&
           program_did("cache", TiRtcSetOption(TIRTC_OPT_CONNECT_CACHE, &none, sizeof(none)));
}

static int hang_up_all(void)
{
    int left = 1;
    for (int i = 0; i < MAX_VISITORS; i++) {
        pthread_mutex_lock(&lock);
        tirtc_conn_t hconn = visitors[i].hconn;
        pthread_mutex_unlock(&lock);
        TiRtcDisconnect(hconn); /* a free place, or a visitor who has just left: -40002 */
    }
    while (left) {
        pthread_mutex_lock(&lock);
        left = 0;
        for (int i = 0; i < MAX_VISITORS; i++) {
            left += visitors[i].hconn != NULL;
        }
        pthread_mutex_unlock(&lock);
        if (left && events_wait(EVENT_GONE, PATIENCE_MS) == 0) {
            return 0;
        }
    }
    return 1;
}

int main(int argc, char **argv)
{
    char device[128];
    if (argc != 3) {
        fprintf(stderr, "usage: %s VIDEO_FILE AUDIO_FILE\n", argv[0]);
        return 2;
    }
    const char *endpoint = program_setting("TIRTC_ENDPOINT", "the URL of the service");
    const char *id = program_setting("TIRTC_DEVICE_ID", "the id of this device");
    const char *secret = program_setting("TIRTC_DEVICE_SECRET_KEY", "the secret key that belongs to the device id");
    if (!clip_load(&video_file, argv[1]) || !clip_load(&audio_file, argv[2])) {
        return 2;
    }
    program_begin();
    snprintf(device, sizeof(device), "%s,%s", id, secret);
    if (!set_options(endpoint) || !program_did("TiRtcInit", TiRtcInit()) ||
        !program_did("TiRtcStart", TiRtcStart(device, &callbacks))) {
        return 1;
    }
    send_until_interrupted();
    int ended = hang_up_all();
    TiRtcStop();
    ended &= events_wait(EVENT_STOPPED, PATIENCE_MS) != 0;
    TiRtcUninit();
    clip_free(&video_file);
    clip_free(&audio_file);
    puts(ended ? "ended cleanly" : "on_disconnected or SYS_STOPPED did not arrive");
    return ended ? 0 : 1;
}
