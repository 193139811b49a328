/* broken_device.c - a device with a defect of your choice, for scenarios that must find it.
 *
 *     broken_device DEFECT VIDEO_FILE
 *
 * Without a defect ("none") it plays H.264 on stream 0 for up to two viewers, starts with a key frame and sends one on
 * request, echoes commands, reconnects by itself, and ends gracefully on SIGTERM.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/media.h"
#include "common/program.h"
#include "tiRTC.h"

#define DEFECTS(X) \
    X(NONE, "none") \
    X(NEVER_STARTS, "never-starts") \
    X(WRONG_SECRET, "wrong-secret") \
    X(NEVER_ANSWERS, "never-answers") \
    X(WRONG_ANSWER, "wrong-answer") \
    X(WRONG_SEQUENCE_NUMBER, "wrong-sequence-number") \
    X(CRASHES, "crashes") \
    X(HANGS, "hangs") \
    X(EXITS_EARLY, "exits-early") \
    X(REFUSES_VIEWERS, "refuses-viewers") \
    X(NO_KEY_FRAMES, "no-key-frames") \
    X(STALLS, "stalls") \
    X(WRONG_TIMESTAMPS, "wrong-timestamps") \
    X(TRUNCATED_FRAMES, "truncated-frames") \
    X(IGNORES_KEY_FRAME_REQUEST, "ignores-key-frame-request") \
    X(HANGS_UP, "hangs-up") \
    X(FORGETS_TO_FREE, "forgets-to-free") \
    X(GIVES_UP, "gives-up") \
    X(IGNORES_SIGTERM, "ignores-sigterm") \
    X(FLOODS, "floods")

#define DEFECT_VALUE(value, name) value,
#define DEFECT_NAME(value, name) name,
typedef enum defect { DEFECTS(DEFECT_VALUE) DEFECT_COUNT } defect_t;
static const char *const defect_names[] = {DEFECTS(DEFECT_NAME)};

enum { EVENT_STOPPED = 2, EVENT_GIVE_UP = 4, PATIENCE_MS = 5000, INTERVAL_MS = 20 };
enum { VIDEO_STREAM = 0, MAX_VIEWERS = 2, FRAMES_UNTIL_STALL = 10, FLOOD_LINES = 2000 };

typedef struct viewer {
    tirtc_conn_t hconn; /* NULL: this entry is free */
    media_t video;
    int watches;
    int wants_key;
    unsigned frames;
} viewer_t;

static defect_t chosen;
static clip_t file = {.name = "video"};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* protects the viewers */
static viewer_t viewers[MAX_VIEWERS];

/* Called with the lock held. NULL finds a free entry. Returns NULL if there is none. */
static viewer_t *find(tirtc_conn_t hconn)
{
    for (int i = 0; i < MAX_VIEWERS; i++) {
        if (viewers[i].hconn == hconn) {
            return &viewers[i];
        }
    }
    return NULL;
}

/* Returns 0 if there is no `from`. */
static int replace(tirtc_conn_t from, tirtc_conn_t to)
{
    pthread_mutex_lock(&lock);
    viewer_t *viewer = find(from);
    if (viewer != NULL) {
        memset(viewer, 0, sizeof(*viewer));
        viewer->hconn = to;
    }
    pthread_mutex_unlock(&lock);
    return viewer != NULL;
}

/* ---- callbacks ---- */

static void on_event(int event, const void *data, int len)
{
    (void)data;
    (void)len;
    if (event == TiEVENT_SYS_STARTED) {
        puts("started");
    } else if (event == TiEVENT_SYS_STOPPED) {
        events_post(EVENT_STOPPED);
    } else if (event == TIRTC_EVENT_SERVICE_LOST && chosen == GIVES_UP) {
        events_post(EVENT_GIVE_UP);
    }
}

static void on_conn_accepted(tirtc_conn_t hconn)
{
    if (chosen == EXITS_EARLY) {
        _exit(0);
    }
    if (!replace(NULL, hconn)) {
        puts("there are too many viewers");
        TiRtcDisconnect(hconn);
    }
}

static void on_conn_error(tirtc_conn_t hconn, int error)
{
    printf("a viewer went: %s\n", TiRtcGetErrorStr(error));
    if (chosen != FORGETS_TO_FREE) {
        replace(hconn, NULL);
    }
    TiRtcDisconnect(hconn);
}

static void on_command(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len)
{
    switch (chosen) {
    case NEVER_ANSWERS:
        break;
    case CRASHES:
        fputs("about to crash\n", stderr);
        abort();
    case HANGS:
        for (;;) {
            pause();
        }
    case WRONG_ANSWER:
        TiRtcSendResp(hconn, cmdw, data, len / 2);
        break;
    case WRONG_SEQUENCE_NUMBER:
        TiRtcSendResp(hconn, MAKE_CMDW(GET_CMD(cmdw), GET_SN(cmdw) + 1), data, len);
        break;
    default:
        TiRtcSendResp(hconn, cmdw, data, len);
    }
}

static int on_subscribe_video(tirtc_conn_t hconn, uint8_t stream_id)
{
    if (stream_id != VIDEO_STREAM || chosen == REFUSES_VIEWERS) {
        return 1;
    }
    pthread_mutex_lock(&lock);
    viewer_t *viewer = find(hconn);
    if (viewer != NULL) {
        viewer->video = media_of(&file);
        viewer->watches = 1;
        viewer->frames = 0;
    }
    pthread_mutex_unlock(&lock);
    return 0;
}

static void on_unsubscribe_video(tirtc_conn_t hconn, uint8_t stream_id)
{
    pthread_mutex_lock(&lock);
    viewer_t *viewer = find(hconn);
    if (viewer != NULL && stream_id == VIDEO_STREAM) {
        viewer->watches = 0;
    }
    pthread_mutex_unlock(&lock);
}

static void on_request_key_frame(tirtc_conn_t hconn, uint8_t stream_id)
{
    pthread_mutex_lock(&lock);
    viewer_t *viewer = find(hconn);
    if (viewer != NULL && stream_id == VIDEO_STREAM) {
        viewer->wants_key = 1;
    }
    pthread_mutex_unlock(&lock);
}

static TIRTCCALLBACKS callbacks = {
    .on_event = on_event,
    .on_conn_accepted = on_conn_accepted,
    .on_conn_error = on_conn_error,
    .on_command = on_command,
    .on_subscribe_video = on_subscribe_video,
    .on_unsubscribe_video = on_unsubscribe_video,
    .on_request_key_frame = on_request_key_frame,
};

/* ---- the program ---- */

/* Called with the lock held. */
static void send_frame(viewer_t *viewer, uint32_t ts)
{
    if (viewer->wants_key && chosen != IGNORES_KEY_FRAME_REQUEST) {
        viewer->video.at = 0; /* the file begins with a key frame */
    }
    viewer->wants_key = 0;
    media_frame_t frame = media_next_h264(&viewer->video);
    if (chosen == IGNORES_KEY_FRAME_REQUEST && viewer->frames > 0) {
        while (frame.key_frame) { /* skip any key frame of the file */
            frame = media_next_h264(&viewer->video);
        }
    }
    TIRTCFRAMEINFO info;
    memset(&info, 0, sizeof(info));
    info.stream_id = VIDEO_STREAM;
    info.media = TIRTC_VIDEO_H264;
    info.flags = frame.key_frame && chosen != NO_KEY_FRAMES ? TIRTC_FRAME_FLAG_KEY_FRAME : 0;
    info.ts = chosen == WRONG_TIMESTAMPS ? UINT32_MAX - ts : ts;
    info.length = (uint32_t)(chosen == TRUNCATED_FRAMES ? frame.size / 2 : frame.size);
    TiRtcSendVideoStream(viewer->hconn, &info, frame.data);
    viewer->frames++;
}

static void send_all(uint32_t ts)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAX_VIEWERS; i++) {
        viewer_t *viewer = &viewers[i];
        if (!viewer->watches || (chosen == STALLS && viewer->frames >= FRAMES_UNTIL_STALL)) {
            continue;
        }
        send_frame(viewer, ts);
        if (chosen == HANGS_UP && viewer->frames == FRAMES_UNTIL_STALL) {
            TiRtcDisconnect(viewer->hconn);
            viewer->watches = 0;
        }
    }
    pthread_mutex_unlock(&lock);
}

static void flood(void)
{
    for (int i = 0; i < FLOOD_LINES; i++) {
        printf("all is well, as it was %d lines before\n", i);
    }
}

static int start(void)
{
    const char *endpoint = program_setting("TIRTC_ENDPOINT", "the URL of the service");
    const char *id = program_setting("TIRTC_DEVICE_ID", "the id of this device");
    const char *secret = program_setting("TIRTC_DEVICE_SECRET_KEY", "the secret key that belongs to the device id");
    uint32_t secret_bytes = (uint32_t)strlen(secret) - (chosen == WRONG_SECRET ? 1 : 0);
    return program_did("endpoint", TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint))) &&
           program_did("secret key", TiRtcSetOption(TIRTC_OPT_SECRET_KEY, secret, secret_bytes)) &&
           program_did("TiRtcInit", TiRtcInit()) &&
           (chosen == NEVER_STARTS || program_did("TiRtcStart", TiRtcStart(id, &callbacks)));
}

/* Runs until SIGTERM. Returns the exit code. */
static int run(void)
{
    for (uint32_t ms = 0;; ms += INTERVAL_MS) {
        unsigned events = events_wait(EVENT_INTERRUPTED | EVENT_GIVE_UP, INTERVAL_MS);
        if ((events & EVENT_INTERRUPTED) != 0 && chosen != IGNORES_SIGTERM) {
            break;
        }
        if ((events & EVENT_GIVE_UP) != 0) {
            TiRtcStop();
        }
        if (chosen == FLOODS) {
            flood();
        }
        send_all(ms);
    }
    TiRtcStop();
    int ended = chosen == NEVER_STARTS || events_wait(EVENT_STOPPED, PATIENCE_MS) != 0;
    TiRtcUninit();
    return ended ? 0 : 1;
}

static int choose(const char *name)
{
    for (chosen = NONE; chosen < DEFECT_COUNT; chosen++) {
        if (strcmp(defect_names[chosen], name) == 0) {
            return 1;
        }
    }
    fprintf(stderr, "there is no defect \"%s\"; there are:", name);
    for (int i = 0; i < DEFECT_COUNT; i++) {
        fprintf(stderr, " %s", defect_names[i]);
    }
    fputc('\n', stderr);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s DEFECT VIDEO_FILE\n", argv[0]);
        return 2;
    }
    if (!choose(argv[1]) || !clip_load(&file, argv[2])) {
        return 2;
    }
    program_begin();
    int code = start() ? run() : 1;
    clip_free(&file);
    return code;
}
