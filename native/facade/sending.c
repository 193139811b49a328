/* Sends. The core checks and queues, and says why it refuses; here the media class of a frame is compared with the name
 * of the function, and refusals are logged. */
#include "facade.h"

/* Where the core reports a refusal; nowhere if no log line states it. */
#define REPORTED(refusal) (TIRTC_MAX_LOG_LEVEL > 0 ? &(refusal) : NULL)

/* `id` is the command word, or the stream. */
static void log_refusal(const char *function, tirtc_refusal_t refusal, uint32_t id, uint32_t length)
{
    switch (refusal) {
    case TIRTC_REFUSAL_WORD:
        ti_say(TIRTC_LOG_ERROR, "%s: command word %x belongs to the SDK; use 0x2000 or above", function, (unsigned)id);
        break;
    case TIRTC_REFUSAL_NULL:
        ti_say(TIRTC_LOG_ERROR, "%s: data is NULL with a length of %u; pass both or neither", function,
               (unsigned)length);
        break;
    case TIRTC_REFUSAL_STREAM:
        ti_say(TIRTC_LOG_ERROR, "%s: stream_id is %u; it must be 0 to 15", function, (unsigned)id);
        break;
    case TIRTC_REFUSAL_OTHER_MEDIUM:
        ti_say(TIRTC_LOG_ERROR, "%s: stream %u carries the other of audio and video; use another stream", function,
               (unsigned)id);
        break;
    case TIRTC_REFUSAL_SEND_BUFFER:
        ti_say(TIRTC_LOG_ERROR, "%s: %u bytes are more than TIRTC_OPT_MAX_SEND_BUFFER holds; raise it, or send less",
               function, (unsigned)length);
        break;
    case TIRTC_REFUSAL_PEER_LIMIT:
        ti_say(TIRTC_LOG_ERROR, "%s: %u bytes are more than the peer accepts; send less", function, (unsigned)length);
        break;
    default:
        break; /* TIRTC_E_BUSY is not logged */
    }
}

int TiRtcSendCommand(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len)
{
    tirtc_refusal_t refusal = TIRTC_REFUSAL_NONE;
    ti_instance_t *instance = ti_enter();
    int result = instance == NULL ? TIRTC_E_NOT_INITIALIZED
                                  : tirtc_connection_send_command(instance->device, ti_handle(hconn), cmdw, data, len,
                                                                  REPORTED(refusal));
    ti_leave(instance);
    log_refusal("TiRtcSendCommand", refusal, cmdw, len);
    return result;
}

enum media_class { CLASS_MESSAGE, CLASS_VIDEO, CLASS_AUDIO, CLASS_UNKNOWN };

static enum media_class class_of(uint8_t media)
{
    if (media == TIRTC_MEDIA_MESSAGE) {
        return CLASS_MESSAGE;
    }
    return TIRTC_IS_VIDEO(media) ? CLASS_VIDEO : TIRTC_IS_AUDIO(media) ? CLASS_AUDIO : CLASS_UNKNOWN;
}

/* `class_rule` is logged if the media class is wrong. */
static int send_frame(const char *function, tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, const void *frame,
                      enum media_class media_class, const char *class_rule)
{
    tirtc_refusal_t refusal = TIRTC_REFUSAL_NONE;
    bool is_of_class = info != NULL && class_of(info->media) == media_class;
    ti_instance_t *instance = ti_enter();
    if (instance == NULL) {
        return TIRTC_E_NOT_INITIALIZED;
    }
    int result = is_of_class
                     ? tirtc_connection_send_frame(instance->device, ti_handle(hconn), info, frame, REPORTED(refusal))
                     : TIRTC_E_INVALID_PARAMETER;
    ti_leave(instance);
    if (info == NULL) {
        ti_say(TIRTC_LOG_ERROR, "%s: info is NULL", function);
    } else if (!is_of_class) {
        ti_say(TIRTC_LOG_ERROR, "%s: media is %u; %s", function, (unsigned)info->media, class_rule);
    } else {
        log_refusal(function, refusal, info->stream_id, info->length);
    }
    return result;
}

int TiRtcSendMessageStream(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, const void *frame)
{
    return send_frame("TiRtcSendMessageStream", hconn, info, frame, CLASS_MESSAGE, "it must be 0");
}

int TiRtcSendVideoStream(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, const void *frame)
{
    return send_frame("TiRtcSendVideoStream", hconn, info, frame, CLASS_VIDEO, "video is 65 to 127");
}

int TiRtcSendAudioStream(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, const void *frame)
{
    return send_frame("TiRtcSendAudioStream", hconn, info, frame, CLASS_AUDIO, "audio is 1 to 64");
}
