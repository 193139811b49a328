/* g1_camera.c - a camera in the style of spring 2026: the first spellings, a sending thread for each viewer, and a
 * worker that hangs up.
 *
 *     export TIRTC_ENDPOINT=... TIRTC_DEVICE_ID=... TIRTC_DEVICE_SECRET_KEY=...
 *     g1_camera VIDEO_FILE AUDIO_FILE      H.264 on stream 0 and A-law on stream 1, in a loop, until Ctrl-C
 *
 * One viewer at a time: a newer one replaces the older. At Ctrl-C the program hangs up, stops at once, waits for
 * TiEVENT_SYS_STOPPED and then for on_disconnected. Ends with 0 when all of them arrived.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/media.h"
#include "common/program.h"
#include "tiRTC.h"

enum { EVENT_STARTED = 2, EVENT_STOPPED = 4, EVENT_GONE = 8, PATIENCE_MS = 5000, MAX_DEVICE_BYTES = 128 };
enum { VIDEO_STREAM = 0, AUDIO_STREAM = 1 };

typedef struct viewer {
    struct viewer *next; /* to hang up */
    tirtc_conn_t hconn;
    pthread_t sender;
    int number;
    int leaving;    /* its disconnect is scheduled */
    int over;       /* its sender must end */
    int wants_key;  /* its next video frame must be a key frame */
    unsigned video; /* frames sent */
} viewer_t;

static clip_t video_file = {.name = "video"};
static clip_t audio_file = {.name = "audio"};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards everything below and the fields of viewers */
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static viewer_t *current;
static viewer_t *to_hang_up;
static int viewers;
static int numbers;
static int closing; /* no viewer is accepted any more */
static int worker_over;

/* ---- hanging up ---- */

/* Under the lock. */
static void schedule_disconnect(viewer_t *viewer)
{
    if (!viewer->leaving) {
        viewer->leaving = 1;
        viewer->next = to_hang_up;
        to_hang_up = viewer;
        pthread_cond_signal(&work);
    }
    if (current == viewer) {
        current = NULL;
    }
}

static void *hang_up(void *unused)
{
    pthread_mutex_lock(&lock);
    while (!worker_over) {
        viewer_t *viewer = to_hang_up;
        if (viewer == NULL) {
            pthread_cond_wait(&work, &lock);
            continue;
        }
        to_hang_up = viewer->next;
        tirtc_conn_t hconn = viewer->hconn;
        pthread_mutex_unlock(&lock);
        program_did("TiRtcDisconnect", TiRtcDisconnect(hconn)); /* on_disconnected may free the viewer */
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
    return unused;
}

/* ---- sending ---- */

static int send_frame(viewer_t *viewer, uint8_t stream, uint8_t media, const media_frame_t *frame, uint32_t ts)
{
    TIRTCFRAMEINFO info;
    memset(&info, 0, sizeof(info));
    info.stream_id = stream;
    info.media = media;
    info.flags = frame->key_frame ? TIRTC_FRAME_FLAG_KEY_FRAME : TIRTC_AUDIOSAMPLE_8K16B1C;
    info.ts = ts;
    info.length = (uint32_t)frame->size;
    return TIRTC_IS_VIDEO(media) ? TiRtcSendVideoStream(viewer->hconn, &info, frame->data)
                                 : TiRtcSendAudioStream(viewer->hconn, &info, frame->data);
}

/* Returns 0 when the connection accepts no more frames. */
static int send_video(viewer_t *viewer, media_t *media, uint32_t ts)
{
    pthread_mutex_lock(&lock);
    int wants_key = viewer->wants_key;
    viewer->wants_key = 0;
    pthread_mutex_unlock(&lock);
    if (wants_key) {
        media->at = 0; /* a file cannot produce one on request, but it begins with one */
    }
    media_frame_t frame = media_next_h264(media);
    int sent = send_frame(viewer, VIDEO_STREAM, TIRTC_VIDEO_H264, &frame, ts);
    pthread_mutex_lock(&lock);
    viewer->video += sent > 0;
    pthread_mutex_unlock(&lock);
    return sent > 0 || sent == TIRTC_E_BUSY; /* after BUSY the SDK waits for a key frame */
}

static int is_over(viewer_t *viewer)
{
    pthread_mutex_lock(&lock);
    int over = viewer->over;
    pthread_mutex_unlock(&lock);
    return over;
}

static void *send_all(void *argument)
{
    viewer_t *viewer = argument;
    media_t video = media_of(&video_file), audio = media_of(&audio_file);
    unsigned begin_ms = program_now_ms(), video_ms = 0;
    for (unsigned ms = 0; !is_over(viewer); ms += MEDIA_AUDIO_INTERVAL_MS) {
        media_frame_t sound = media_next_bytes(&audio, MEDIA_AUDIO_BYTES);
        int sent = send_frame(viewer, AUDIO_STREAM, TIRTC_AUDIO_ALAW, &sound, ms);
        if (sent < 0 && sent != TIRTC_E_BUSY) {
            break;
        }
        if (ms >= video_ms) {
            if (!send_video(viewer, &video, video_ms)) {
                break;
            }
            video_ms += MEDIA_VIDEO_INTERVAL_MS;
        }
        unsigned passed_ms = program_now_ms() - begin_ms;
        if (passed_ms < ms + MEDIA_AUDIO_INTERVAL_MS) {
            program_sleep_ms(ms + MEDIA_AUDIO_INTERVAL_MS - passed_ms);
        }
    }
    return NULL;
}

/* ---- callbacks ---- */

static void on_event(int event, const void *data, int len)
{
    if (event == TiEVENT_SYS_STARTED) {
        puts("started");
        events_post(EVENT_STARTED);
    } else if (event == TiEVENT_SYS_STOPPED) {
        puts("stopped");
        events_post(EVENT_STOPPED);
    } else if (event == TiEVENT_ACCESS_HIJACKING) {
        printf("redirected to %.*s\n", len, (const char *)data);
    }
}

static void on_conn_accepted(tirtc_conn_t hconn)
{
    viewer_t *viewer = calloc(1, sizeof(*viewer));
    if (viewer == NULL) {
        TiRtcDisconnect(hconn);
        return;
    }
    viewer->hconn = hconn;
    TiRtcConnSetUserData(hconn, viewer);
    pthread_mutex_lock(&lock);
    viewer->number = ++numbers;
    viewers++;
    if (current != NULL) {
        printf("viewer %d takes over from viewer %d\n", viewer->number, current->number);
        schedule_disconnect(current);
    }
    viewer->over = closing || pthread_create(&viewer->sender, NULL, send_all, viewer) != 0;
    if (viewer->over) {
        schedule_disconnect(viewer);
    } else {
        printf("viewer %d is watching\n", viewer->number);
        current = viewer;
    }
    pthread_mutex_unlock(&lock);
}

static void on_conn_error(tirtc_conn_t hconn, int error)
{
    viewer_t *viewer = TiRtcConnGetUserData(hconn);
    if (viewer != NULL) {
        printf("viewer %d is lost: %s\n", viewer->number, TiRtcGetErrorStr(error));
        pthread_mutex_lock(&lock);
        schedule_disconnect(viewer);
        pthread_mutex_unlock(&lock);
    }
}

static void on_disconnected(tirtc_conn_t hconn)
{
    viewer_t *viewer = TiRtcConnGetUserData(hconn);
    if (viewer == NULL) {
        return;
    }
    pthread_mutex_lock(&lock);
    int has_sender = !viewer->over;
    viewer->over = 1;
    pthread_mutex_unlock(&lock);
    if (has_sender) {
        pthread_join(viewer->sender, NULL);
    }
    printf("viewer %d is gone after %u video frames\n", viewer->number, viewer->video);
    free(viewer);
    pthread_mutex_lock(&lock);
    viewers--;
    pthread_mutex_unlock(&lock);
    events_post(EVENT_GONE);
}

static void on_request_key_frame(tirtc_conn_t hconn, uint8_t stream_id)
{
    viewer_t *viewer = TiRtcConnGetUserData(hconn);
    if (viewer != NULL && stream_id == VIDEO_STREAM) {
        pthread_mutex_lock(&lock);
        viewer->wants_key = 1;
        pthread_mutex_unlock(&lock);
    }
}

static TIRTCCALLBACKS callbacks = {
    .on_event = on_event,
    .on_conn_accepted = on_conn_accepted,
    .on_conn_error = on_conn_error,
    .on_disconnected = on_disconnected,
    .on_request_key_frame = on_request_key_frame,
};

/* ---- the program ---- */

static int start(void)
{
    const char *endpoint = program_setting("TIRTC_ENDPOINT", "the URL of the service");
    const char *id = program_setting("TIRTC_DEVICE_ID", "the id of this device");
    const char *secret = program_setting("TIRTC_DEVICE_SECRET_KEY", "the secret key that belongs to the device id");
    return program_did("endpoint", TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint))) &&
           program_did("secret key", TiRtcSetOption(TIRTC_OPT_SECRET_KEY, secret, (uint32_t)strlen(secret))) &&
           program_did("TiRtcInit", TiRtcInit()) && program_did("TiRtcStart", TiRtcStart(id, &callbacks));
}

static int all_gone(void)
{
    pthread_mutex_lock(&lock);
    int gone = viewers == 0;
    pthread_mutex_unlock(&lock);
    return gone;
}

/* Returns 1 when all expected events arrived. */
static int stop(void)
{
    pthread_mutex_lock(&lock);
    closing = 1;
    if (current != NULL) {
        schedule_disconnect(current);
    }
    pthread_mutex_unlock(&lock);
    TiRtcStop();
    int ended = events_wait(EVENT_STOPPED, PATIENCE_MS) != 0;
    while (!all_gone() && ended) {
        ended = events_wait(EVENT_GONE, PATIENCE_MS) != 0;
    }
    return ended;
}

int main(int argc, char **argv)
{
    pthread_t worker;
    if (argc != 3) {
        fprintf(stderr, "usage: %s VIDEO_FILE AUDIO_FILE\n", argv[0]);
        return 2;
    }
    if (!clip_load(&video_file, argv[1]) || !clip_load(&audio_file, argv[2])) {
        return 2;
    }
    program_begin();
    if (pthread_create(&worker, NULL, hang_up, NULL) != 0 || !start()) {
        return 1;
    }
    events_wait(EVENT_INTERRUPTED, -1);
    int ended = stop();
    TiRtcUninit();
    pthread_mutex_lock(&lock);
    worker_over = 1;
    pthread_cond_signal(&work);
    pthread_mutex_unlock(&lock);
    pthread_join(worker, NULL);
    clip_free(&video_file);
    clip_free(&audio_file);
    puts(ended ? "ended cleanly" : "SYS_STOPPED or on_disconnected did not arrive");
    return ended ? 0 : 1;
}
