/* Commands and frames on their way out. The core checks and queues; here the class of a frame is held against the name
 * of the function, and refusals are explained in the log. */
#include "facade.h"

static int refuse(const char *function, const char *why, unsigned value)
{
    ti_say(TI_LEVEL_ERROR, why, function, value);
    return TIRTC_E_INVALID_PARAMETER;
}

static int explain_command(uint32_t cmdw, const void *data, uint32_t len)
{
    static const char function[] = "TiRtcSendCommand";
    if (IS_RESERVED_CMDW(cmdw)) {
        return refuse(function, "%s: command word %x belongs to the SDK; use 0x2000 or above", cmdw);
    }
    if (data == NULL && len != 0) {
        return refuse(function, "%s: data is NULL with a len of %u; give both or none", len);
    }
    return refuse(function, "%s: %u bytes are more than TIRTC_OPT_MAX_SEND_BUFFER holds or the peer takes", len);
}

int TiRtcSendCommand(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len)
{
    ti_instance_t *instance = ti_enter();
    if (instance == NULL) {
        return TIRTC_E_NOT_INITIALIZED;
    }
    int result = tirtc_connection_send_command(instance->device, ti_handle(hconn), cmdw, data, len);
    ti_leave(instance);
    return result == TIRTC_E_INVALID_PARAMETER ? explain_command(cmdw, data, len) : result;
}

static int explain_frame(const char *function, const TIRTCFRAMEINFO *info, const void *frame)
{
    if (info->stream_id > 15) {
        return refuse(function, "%s: stream_id is %u; it must be 0 to 15", info->stream_id);
    }
    if (frame == NULL && info->length != 0) {
        return refuse(function, "%s: frame is NULL with a length of %u; give both or none", info->length);
    }
    return refuse(function,
                  "%s: the stream carries the other of audio and video, or the %u bytes are more than "
                  "TIRTC_OPT_MAX_SEND_BUFFER holds or the peer takes",
                  info->length);
}

/* `class_rule` is said when the media class is wrong. */
static int send_frame(const char *function, tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, const void *frame,
                      bool (*is_of_class)(uint8_t), const char *class_rule)
{
    ti_instance_t *instance = ti_enter();
    if (instance == NULL) {
        return TIRTC_E_NOT_INITIALIZED;
    }
    bool legal = info != NULL && is_of_class(info->media);
    int result = legal ? tirtc_connection_send_frame(instance->device, ti_handle(hconn), info, frame) : 0;
    ti_leave(instance);
    if (info == NULL) {
        return refuse(function, "%s: info is NULL", 0);
    }
    if (!legal) {
        return refuse(function, class_rule, info->media);
    }
    return result == TIRTC_E_INVALID_PARAMETER ? explain_frame(function, info, frame) : result;
}

static bool is_message(uint8_t media)
{
    return media == TIRTC_MEDIA_MESSAGE;
}

static bool is_video(uint8_t media)
{
    return TIRTC_IS_VIDEO(media);
}

static bool is_audio(uint8_t media)
{
    return TIRTC_IS_AUDIO(media);
}

int TiRtcSendMessageStream(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, const void *frame)
{
    return send_frame("TiRtcSendMessageStream", hconn, info, frame, is_message, "%s: media is %u; it must be 0");
}

int TiRtcSendVideoStream(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, const void *frame)
{
    return send_frame("TiRtcSendVideoStream", hconn, info, frame, is_video, "%s: media is %u; video is 65 to 127");
}

int TiRtcSendAudioStream(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, const void *frame)
{
    return send_frame("TiRtcSendAudioStream", hconn, info, frame, is_audio, "%s: media is %u; audio is 1 to 64");
}
