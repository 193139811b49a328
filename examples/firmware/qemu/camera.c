/* camera.c - a camera as firmware: the program of the SDK's guides, with TiRtcPoll() in its main loop instead of an SDK
 * thread.
 *
 * Subscribers of video stream 10 receive the clip from flash, H.264, 15 frames a second, from its beginning and in a
 * loop. Command 0x4001 is sent back; command 0x4002 ends the program.
 */
#include "../../c/common/media.h"
#include "board.h"
#include "device_config.h"
#include "tiRTC.h"

enum { VIDEO_STREAM = 10, ECHO = 0x4001, END = 0x4002, MAX_VIEWERS = 2, POLL_MS = 5 };

extern const unsigned char clip_begin[], clip_end[];

typedef struct viewer {
    tirtc_conn_t hconn; /* NULL: the place is free */
    media_t clip;       /* the viewer's position */
    uint32_t begun_ms;
    uint32_t frames;
} viewer_t;

static viewer_t viewers[MAX_VIEWERS];
static int ending, stopped;

/* find(NULL) returns a free place. */
static viewer_t *find(tirtc_conn_t hconn)
{
    for (int i = 0; i < MAX_VIEWERS; i++) {
        if (viewers[i].hconn == hconn) {
            return &viewers[i];
        }
    }
    return NULL;
}

static void forget(tirtc_conn_t hconn)
{
    viewer_t *viewer = find(hconn);
    if (viewer != NULL) {
        viewer->hconn = NULL;
    }
}

/* ---- callbacks, called from inside TiRtcPoll() ---- */

static void on_event(int event, const void *data, int len)
{
    (void)data;
    (void)len;
    if (event == TiEVENT_SYS_STARTED) {
        board_print("device started");
    } else if (event == TIRTC_EVENT_SERVICE_LOST) {
        board_print("service lost");
    } else if (event == TIRTC_EVENT_SERVICE_BACK) {
        board_print("service back");
    } else if (event == TiEVENT_SYS_STOPPED) {
        board_print("device stopped");
        stopped = 1;
    }
}

static void on_conn_accepted(tirtc_conn_t hconn)
{
    (void)hconn;
    board_print("client connected");
}

static void on_conn_error(tirtc_conn_t hconn, int error)
{
    board_print(TiRtcGetErrorStr(error));
    forget(hconn);
    TiRtcDisconnect(hconn);
}

static void on_disconnected(tirtc_conn_t hconn)
{
    (void)hconn;
    board_print("client gone");
}

static void on_command(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len)
{
    if (cmdw & RESPONSE_BIT) {
        return;
    }
    TiRtcSendResp(hconn, cmdw, data, len);
    ending |= GET_CMD(cmdw) == END;
}

static int on_subscribe_video(tirtc_conn_t hconn, uint8_t stream_id)
{
    viewer_t *viewer = find(hconn) != NULL ? find(hconn) : find(NULL);
    if (stream_id != VIDEO_STREAM || viewer == NULL) {
        return -1;
    }
    viewer->hconn = hconn;
    viewer->clip = (media_t){clip_begin, (size_t)(clip_end - clip_begin), 0};
    viewer->begun_ms = board_now_ms();
    viewer->frames = 0;
    return 0;
}

static void on_unsubscribe_video(tirtc_conn_t hconn, uint8_t stream_id)
{
    if (stream_id == VIDEO_STREAM) {
        forget(hconn);
    }
}

static const TIRTCCALLBACKS cbs = {
    .on_event = on_event,
    .on_conn_accepted = on_conn_accepted,
    .on_conn_error = on_conn_error,
    .on_disconnected = on_disconnected,
    .on_command = on_command,
    .on_subscribe_video = on_subscribe_video,
    .on_unsubscribe_video = on_unsubscribe_video,
};

/* ---- the program ---- */

int start_device(void)
{
    int code = TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, DEVICE_ENDPOINT, sizeof(DEVICE_ENDPOINT));
    if (code != 0) {
        return code;
    }
    code = TiRtcInit();
    if (code != 0) {
        return code;
    }
    return TiRtcStart(DEVICE_ID "," DEVICE_SECRET_KEY, &cbs);
}

/* A failed send needs no handling: after BUSY the SDK drops frames up to a key frame that fits, and every other error
 * is followed by on_conn_error. */
static void send_due_frames(viewer_t *viewer, uint32_t now_ms)
{
    while (now_ms - viewer->begun_ms >= viewer->frames * MEDIA_VIDEO_INTERVAL_MS) {
        media_frame_t frame = media_next_h264(&viewer->clip);
        TIRTCFRAMEINFO info = {
            .stream_id = VIDEO_STREAM,
            .media = TIRTC_VIDEO_H264,
            .flags = frame.key_frame ? TIRTC_FRAME_FLAG_KEY_FRAME : 0,
            .ts = viewer->frames * MEDIA_VIDEO_INTERVAL_MS,
            .length = frame.size,
        };
        TiRtcSendVideoStream(viewer->hconn, &info, frame.data);
        viewer->frames++;
    }
}

int main(void)
{
    board_open();
    TiRtcLogSetLevel(2);
    TiRtcLogConfig(1, NULL, 0);
    int code = start_device();
    if (code != 0) {
        board_print(TiRtcGetErrorStr(code));
        return 1;
    }
    while (!stopped) {
        TiRtcPoll(POLL_MS);
        for (int i = 0; i < MAX_VIEWERS; i++) {
            if (viewers[i].hconn != NULL) {
                send_due_frames(&viewers[i], board_now_ms());
            }
        }
        if (ending == 1) {
            ending = 2;
            TiRtcStop();
        }
    }
    TiRtcUninit();
    return 0;
}
