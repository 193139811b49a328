/* Media and messages on their way out: what a stream may carry, and which frame may come next. */
#include "../base/bytes.h"
#include "device.h"

static bool is_too_large(const ti_connection_t *connection, uint32_t length)
{
    return length > connection->max_send_buffer_bytes ||
           (uint64_t)length + TI_MAX_MESSAGE_HEAD_BYTES > connection->peer_max_message_bytes;
}

static bool queue_frame(tirtc_device_t *device, ti_connection_t *connection, int channel, const TIRTCFRAMEINFO *frame,
                        const void *data)
{
    uint8_t head[TI_MAX_MESSAGE_HEAD_BYTES];
    ti_frame_header_t header = {frame->stream_id, frame->media, frame->flags,
                                frame->reserved,  frame->ts,    frame->length};
    head[0] = (uint8_t)channel;
    ti_frame_header_write(head + 1, &header);
    return ti_link_queue_locked(device, &connection->link, TI_WS_BINARY, ti_span(head, sizeof head),
                                ti_span(data, frame->length), ti_connection_room(connection));
}

/* After a frame that did not fit, the following ones would show rubbish until a key frame gives a new beginning. */
static int queue_video(tirtc_device_t *device, ti_connection_t *connection, const TIRTCFRAMEINFO *frame,
                       const void *data)
{
    uint16_t stream = (uint16_t)(1u << frame->stream_id);
    bool key_frame = TIRTC_IS_KEY_FRAME(frame->flags);
    if ((connection->audio_streams & stream) != 0) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    if (!key_frame && (connection->flowing_streams & stream) == 0) {
        return TIRTC_E_BUSY;
    }
    if (!queue_frame(device, connection, TI_CHANNEL_VIDEO, frame, data)) {
        connection->flowing_streams &= (uint16_t)~stream;
        return TIRTC_E_BUSY;
    }
    connection->flowing_streams |= stream;
    connection->video_streams |= stream;
    return 0;
}

static int queue_audio(tirtc_device_t *device, ti_connection_t *connection, const TIRTCFRAMEINFO *frame,
                       const void *data)
{
    uint16_t stream = 0; /* a message rides on any stream */
    if (frame->media != TIRTC_MEDIA_MESSAGE) {
        stream = (uint16_t)(1u << frame->stream_id);
    }
    if ((connection->video_streams & stream) != 0) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    if (!queue_frame(device, connection, TI_CHANNEL_AUDIO, frame, data)) {
        return TIRTC_E_BUSY;
    }
    connection->audio_streams |= stream;
    return 0;
}

int tirtc_connection_send_frame(tirtc_device_t *device, tirtc_connection_t handle, const TIRTCFRAMEINFO *frame,
                                const void *data)
{
    int error;
    int channel = frame != NULL ? ti_media_channel(frame->media) : -1;
    if (device == NULL || channel < 0 || frame->stream_id >= TI_MAX_STREAMS || (data == NULL && frame->length > 0)) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_lock(device);
    ti_connection_t *connection = ti_connection_find_up(device, handle, &error);
    if (connection == NULL) {
        ti_unlock(device);
        return error;
    }
    if (is_too_large(connection, frame->length)) {
        error = TIRTC_E_INVALID_PARAMETER;
    } else if (channel == TI_CHANNEL_VIDEO) {
        error = queue_video(device, connection, frame, data);
    } else {
        error = queue_audio(device, connection, frame, data);
    }
    if (error != 0) {
        ti_unlock(device);
        return error;
    }
    ti_unlock_and_wake(device);
    return (int)(TI_FRAME_HEADER_BYTES + frame->length);
}
