#include "every_call.h"

#include <stdio.h>
#include <string.h>

#include "recorder.h"

/* Functions that are not about a connection judge their answer here, and give 0 when it is legal. */

static int judge(int result, bool legal)
{
    return legal ? 0 : result;
}

static int get_texts(tirtc_conn_t handle)
{
    (void)handle;
    return judge(-1, strcmp(TiRtcGetVersion(), "v2.3.0") == 0 && TiRtcGetBuildInfo()[0] == '{' &&
                         strcmp(TiRtcGetErrorStr(0), "OK") == 0);
}

static int next_number(tirtc_conn_t handle)
{
    (void)handle;
    return judge(-1, atomic_get_cmd_sn() <= 0xffff);
}

static int init(tirtc_conn_t handle)
{
    (void)handle;
    return TiRtcInit();
}

static int set_option(tirtc_conn_t handle)
{
    (void)handle;
    return TiRtcSetOption(TIRTC_OPT_APP_ID, "app", 3);
}

/* -40003: TiRtcUninit() has taken the endpoint away. */
static int start(tirtc_conn_t handle)
{
    (void)handle;
    int code = TiRtcStart(EVERY_CALL_DEVICE, &recorder_callbacks);
    return judge(code, code == 0 || code == TIRTC_E_NOT_INITIALIZED || code == TIRTC_E_INVALID_PARAMETER);
}

static int judge_connect(int code)
{
    return judge(code, code == 0 || code == TIRTC_E_BUSY || code == TIRTC_E_NOT_INITIALIZED);
}

static int connect_to(tirtc_conn_t handle)
{
    (void)handle;
    return judge_connect(TiRtcConnect("device://" EVERY_CALL_REMOTE_ID, "token", recorder_connected, NULL));
}

static int whip_connect(tirtc_conn_t handle)
{
    (void)handle;
    return judge_connect(TiRtcWhipConnect("whip://" EVERY_CALL_REMOTE_ID, "token", recorder_connected, NULL));
}

static void no_description(const char *sdp, int len, void *user)
{
    (void)sdp;
    (void)len;
    (void)user;
}

static int whip_accept(tirtc_conn_t handle)
{
    (void)handle;
    int code = TiRtcWhipAccept("v=0", 3, NULL, no_description, recorder_connected, NULL);
    return judge(code, code == TIRTC_E_LACK_OF_RESOURCE || code == TIRTC_E_NOT_INITIALIZED);
}

static int poll_sdk(tirtc_conn_t handle)
{
    (void)handle;
    int code = TiRtcPoll(0);
    return judge(code, code == TIRTC_E_LACK_OF_RESOURCE || code == TIRTC_E_NOT_INITIALIZED);
}

/* On an SDK thread it is refused; elsewhere the test service does not know the path, or TiRtcUninit() cuts it short. */
static int request_service(tirtc_conn_t handle)
{
    (void)handle;
    int code = TiRtcServiceRequest("/nothing", "{}", NULL, NULL, NULL);
    return judge(code, code == 404 || (code < 0 && code != TIRTC_E_INTERNAL_ERROR));
}

static int set_log(tirtc_conn_t handle)
{
    (void)handle;
    TiRtcLogConfig(0, NULL, 0);
    TiRtcLogSetLevel(4);
    return 0;
}

/* About a connection. */

static int send_message(tirtc_conn_t handle)
{
    TIRTCFRAMEINFO info = {.stream_id = 1, .media = TIRTC_MEDIA_MESSAGE, .length = 4};
    return TiRtcSendMessageStream(handle, &info, "text");
}

static int send_audio(tirtc_conn_t handle)
{
    TIRTCFRAMEINFO info = {.stream_id = 1, .media = TIRTC_AUDIO_ALAW, .length = 4};
    return TiRtcSendAudioStream(handle, &info, "tone");
}

static int send_video(tirtc_conn_t handle)
{
    TIRTCFRAMEINFO info = {.media = TIRTC_VIDEO_H264, .flags = TIRTC_FRAME_FLAG_KEY_FRAME, .length = 4};
    return TiRtcSendVideoStream(handle, &info, "view");
}

static int send_command(tirtc_conn_t handle)
{
    return TiRtcSendReqWithSn(handle, atomic_get_cmd_sn(), 0x4001, "data", 4);
}

static int ask_key_frame(tirtc_conn_t handle)
{
    return TiRtcRequestKeyFrame(handle, 0);
}

static int subscribe_video(tirtc_conn_t handle)
{
    return TiRtcSubscribeVideo(handle, 0);
}

static int unsubscribe_video(tirtc_conn_t handle)
{
    return TiRtcUnsubscribeVideo(handle, 0);
}

static int subscribe_audio(tirtc_conn_t handle)
{
    return TiRtcSubscribeAudio(handle, 1);
}

static int unsubscribe_audio(tirtc_conn_t handle)
{
    return TiRtcUnsubscribeAudio(handle, 1);
}

static int get_stats(tirtc_conn_t handle)
{
    TiRtcConnStats stats;
    return TiRtcConnGetStats(handle, &stats);
}

static int set_user_data(tirtc_conn_t handle)
{
    static int something;
    return TiRtcConnSetUserData(handle, &something);
}

static int set_bitrate(tirtc_conn_t handle)
{
    return TiRtcConnSetVideoBitrateParams(handle, 0, 100000, 2000000, 800000);
}

static int set_bitrate_callback(tirtc_conn_t handle)
{
    return TiRtcConnSetVideoBitrateRequestCallback(handle, 0, NULL, NULL);
}

static int get_user_data(tirtc_conn_t handle)
{
    return TiRtcConnGetUserData(handle) != NULL;
}

static int get_used(tirtc_conn_t handle)
{
    return TiRtcGetSendBufferUsed(handle) != 0;
}

static int disconnect(tirtc_conn_t handle)
{
    return TiRtcDisconnect(handle);
}

const every_call_t every_call[] = {
    {"texts", get_texts, CALL_OF_SDK},
    {"atomic_get_cmd_sn", next_number, CALL_OF_SDK},
    {"TiRtcInit", init, CALL_OF_SDK},
    {"TiRtcSetOption", set_option, CALL_OF_SDK},
    {"TiRtcStart", start, CALL_OF_SDK},
    {"TiRtcConnect", connect_to, CALL_OF_SDK},
    {"TiRtcWhipConnect", whip_connect, CALL_OF_SDK},
    {"TiRtcWhipAccept", whip_accept, CALL_OF_SDK},
    {"TiRtcPoll", poll_sdk, CALL_OF_SDK},
    {"TiRtcServiceRequest", request_service, CALL_OF_SDK},
    {"TiRtcLog", set_log, CALL_OF_SDK},
    {"TiRtcSendMessageStream", send_message, CALL_THAT_SENDS},
    {"TiRtcSendAudioStream", send_audio, CALL_THAT_SENDS},
    {"TiRtcSendVideoStream", send_video, CALL_THAT_SENDS},
    {"TiRtcSendCommand", send_command, CALL_THAT_SENDS},
    {"TiRtcRequestKeyFrame", ask_key_frame, CALL_THAT_SENDS},
    {"TiRtcSubscribeVideo", subscribe_video, CALL_THAT_SENDS},
    {"TiRtcUnsubscribeVideo", unsubscribe_video, CALL_THAT_SENDS},
    {"TiRtcSubscribeAudio", subscribe_audio, CALL_THAT_SENDS},
    {"TiRtcUnsubscribeAudio", unsubscribe_audio, CALL_THAT_SENDS},
    {"TiRtcConnGetStats", get_stats, CALL_THAT_SETS},
    {"TiRtcConnSetUserData", set_user_data, CALL_THAT_SETS},
    {"TiRtcConnSetVideoBitrateParams", set_bitrate, CALL_THAT_SENDS},
    {"TiRtcConnSetVideoBitrateRequestCallback", set_bitrate_callback, CALL_THAT_SENDS},
    {"TiRtcConnGetUserData", get_user_data, CALL_THAT_REMEMBERS},
    {"TiRtcGetSendBufferUsed", get_used, CALL_THAT_READS},
    {"TiRtcDisconnect", disconnect, CALL_THAT_DISCONNECTS},
};
const size_t every_call_count = sizeof every_call / sizeof *every_call;

static bool is_closing_error(int result)
{
    return result == TIRTC_E_INVALID_HANDLE || result == TIRTC_E_CONN_REMOTECLOSE || result == TIRTC_E_CONN_OTHER_ERROR;
}

static bool sending_may_answer(int result, enum handle_state state, int error)
{
    switch (state) {
    case HANDLE_ALIVE:
        return result >= 0 || result == TIRTC_E_BUSY;
    case HANDLE_FAILED:
        return result == error;
    case HANDLE_RACING:
        return result >= 0 || result == TIRTC_E_BUSY || is_closing_error(result);
    default:
        return result == TIRTC_E_INVALID_HANDLE;
    }
}

static bool setting_may_answer(int result, enum handle_state state)
{
    switch (state) {
    case HANDLE_ALIVE:
    case HANDLE_FAILED:
        return result == 0;
    case HANDLE_DEAD:
        return result == TIRTC_E_INVALID_HANDLE;
    default: /* user data lives until the end of on_disconnected() */
        return result == 0 || result == TIRTC_E_INVALID_HANDLE;
    }
}

bool every_call_may_answer(const every_call_t *call, int result, enum handle_state state, int error)
{
    switch (call->kind) {
    case CALL_OF_SDK:
        return result == 0;
    case CALL_THAT_SENDS:
        return sending_may_answer(result, state, error);
    case CALL_THAT_SETS:
        return setting_may_answer(result, state);
    case CALL_THAT_READS:
        return state != HANDLE_DEAD || result == 0;
    case CALL_THAT_REMEMBERS:
        return true; /* a dead handle may have user data, or not */
    default:
        return (result == 0 && state != HANDLE_DEAD && state != HANDLE_GOING) ||
               (result == TIRTC_E_INVALID_HANDLE && state != HANDLE_ALIVE && state != HANDLE_FAILED);
    }
}

int every_call_make(tirtc_conn_t handle, enum handle_state state, int error, bool disconnect_too, bool uninit)
{
    int wrong = 0;
    for (size_t i = 0; i < every_call_count; i++) {
        const every_call_t *call = &every_call[i];
        if (call->kind == CALL_THAT_DISCONNECTS && !disconnect_too) {
            continue;
        }
        int result = call->make(handle);
        bool legal = every_call_may_answer(call, result, state, error) || (uninit && result == TIRTC_E_NOT_INITIALIZED);
        if (!legal) {
            fprintf(stderr, "%s answers %d (%s) to a handle in state %d\n", call->name, result,
                    TiRtcGetErrorStr(result), (int)state);
            wrong++;
        }
    }
    return wrong;
}
