/* The sends of tirtc_device.h, from any thread: what a stream may carry, which frame may come next, and why a send was
 * refused. */
#include "../base/bytes.h"
#include "device.h"
#include "peer_command.h"

/* Report why a send was refused. Returns its code. */
static int refuse(tirtc_refusal_t refusal, tirtc_refusal_t *reported)
{
    if (reported != NULL) {
        *reported = refusal;
    }
    return refusal >= TIRTC_REFUSAL_FULL ? TIRTC_E_BUSY : TIRTC_E_INVALID_PARAMETER;
}

/* Find the connection, and clear the reported refusal. Returns it with the lock held, or NULL and *error. */
static ti_connection_t *lock_connection(tirtc_device_t *device, tirtc_connection_t handle, tirtc_refusal_t *reported,
                                        int *error)
{
    if (reported != NULL) {
        *reported = TIRTC_REFUSAL_NONE; /* the error of a failed connection may be TIRTC_E_BUSY, too */
    }
    ti_lock(&device->context);
    ti_connection_t *connection = ti_connection_find_up(&device->table, handle, error);
    if (connection == NULL) {
        ti_unlock(&device->context);
    }
    return connection;
}

/* Release the lock. Returns `sent_bytes`, or the code of the refusal. */
static int finish(tirtc_device_t *device, tirtc_refusal_t refusal, tirtc_refusal_t *reported, size_t sent_bytes)
{
    if (refusal != TIRTC_REFUSAL_NONE) {
        ti_unlock(&device->context);
        return refuse(refusal, reported);
    }
    ti_unlock_and_wake(&device->context);
    return (int)sent_bytes;
}

/* Checks for more bytes than can ever be sent, as opposed to now. A peer accepts at least 64 bytes. */
static tirtc_refusal_t check_size(const ti_connection_t *connection, size_t size, size_t head_bytes)
{
    if (size > connection->max_send_buffer_bytes) {
        return TIRTC_REFUSAL_SEND_BUFFER;
    }
    return size > connection->peer_max_message_bytes - head_bytes ? TIRTC_REFUSAL_PEER_LIMIT : TIRTC_REFUSAL_NONE;
}

static int send_command(tirtc_device_t *device, tirtc_connection_t handle, uint32_t word, const void *data, size_t size,
                        tirtc_refusal_t *reported)
{
    int error;
    ti_connection_t *connection = lock_connection(device, handle, reported, &error);
    if (connection == NULL) {
        return error;
    }
    tirtc_refusal_t refusal = check_size(connection, size, 1 + TI_COMMAND_HEADER_BYTES);
    if (refusal == TIRTC_REFUSAL_NONE &&
        !ti_command_queue_locked(&device->context, connection, word, ti_span(data, size))) {
        refusal = TIRTC_REFUSAL_FULL;
    }
    return finish(device, refusal, reported, TI_COMMAND_HEADER_BYTES + size);
}

int tirtc_connection_send_command(tirtc_device_t *device, tirtc_connection_t connection, uint32_t word,
                                  const void *data, size_t size, tirtc_refusal_t *refusal)
{
    if (IS_RESERVED_CMDW(word)) {
        return refuse(TIRTC_REFUSAL_WORD, refusal);
    }
    if (device == NULL || (data == NULL && size > 0)) {
        return refuse(TIRTC_REFUSAL_NULL, refusal);
    }
    return send_command(device, connection, word, data, size, refusal);
}

static int send_request(tirtc_device_t *device, tirtc_connection_t connection, uint32_t word, const uint8_t *body,
                        size_t size)
{
    if (device == NULL || body[0] >= TI_MAX_STREAMS) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    int sent = send_command(device, connection, word, body, size, NULL);
    return sent < 0 ? sent : 0;
}

int tirtc_connection_request(tirtc_device_t *device, tirtc_connection_t connection, tirtc_request_t request,
                             uint8_t stream)
{
    bool legal = request >= TIRTC_REQUEST_KEY_FRAME && request <= TIRTC_REQUEST_UNSUBSCRIBE_AUDIO &&
                 (request & RESPONSE_BIT) == 0;
    return legal ? send_request(device, connection, request, &stream, sizeof stream) : TIRTC_E_INVALID_PARAMETER;
}

int tirtc_connection_answer_subscribe(tirtc_device_t *device, tirtc_connection_t connection, tirtc_request_t request,
                                      uint8_t stream, int32_t status)
{
    uint8_t answer[TI_ANSWER_BYTES];
    bool legal = request == TIRTC_REQUEST_SUBSCRIBE_VIDEO || request == TIRTC_REQUEST_SUBSCRIBE_AUDIO;
    answer[0] = stream;
    ti_put_u32_be(answer + 1, (uint32_t)status);
    return legal ? send_request(device, connection, request | RESPONSE_BIT, answer, sizeof answer)
                 : TIRTC_E_INVALID_PARAMETER;
}

static bool queue_frame(ti_context_t *context, ti_connection_t *connection, int channel, const TIRTCFRAMEINFO *frame,
                        const void *data)
{
    uint8_t head[TI_MAX_MESSAGE_HEAD_BYTES];
    ti_frame_header_t header = {frame->stream_id, frame->media, frame->flags,
                                frame->reserved,  frame->ts,    frame->length};
    head[0] = (uint8_t)channel;
    ti_frame_header_write(head + 1, &header);
    return ti_link_queue_locked(context, &connection->link, TI_WS_BINARY, ti_span(head, sizeof head),
                                ti_span(data, frame->length), ti_connection_room(connection));
}

/* After a frame that did not fit, a decoder cannot use the following ones until the next key frame. */
static tirtc_refusal_t queue_video(ti_context_t *context, ti_connection_t *connection, const TIRTCFRAMEINFO *frame,
                                   const void *data)
{
    uint16_t stream = (uint16_t)(1u << frame->stream_id);
    if ((connection->audio_streams & stream) != 0) {
        return TIRTC_REFUSAL_OTHER_MEDIUM;
    }
    if (!TIRTC_IS_KEY_FRAME(frame->flags) && (connection->flowing_streams & stream) == 0) {
        return TIRTC_REFUSAL_KEY_FRAME_DUE;
    }
    if (!queue_frame(context, connection, TI_CHANNEL_VIDEO, frame, data)) {
        connection->flowing_streams &= (uint16_t)~stream;
        return TIRTC_REFUSAL_FULL;
    }
    connection->flowing_streams |= stream;
    connection->video_streams |= stream;
    return TIRTC_REFUSAL_NONE;
}

static tirtc_refusal_t queue_audio(ti_context_t *context, ti_connection_t *connection, const TIRTCFRAMEINFO *frame,
                                   const void *data)
{
    uint16_t stream = 0; /* any stream carries messages */
    if (frame->media != TIRTC_MEDIA_MESSAGE) {
        stream = (uint16_t)(1u << frame->stream_id);
    }
    if ((connection->video_streams & stream) != 0) {
        return TIRTC_REFUSAL_OTHER_MEDIUM;
    }
    if (!queue_frame(context, connection, TI_CHANNEL_AUDIO, frame, data)) {
        return TIRTC_REFUSAL_FULL;
    }
    connection->audio_streams |= stream;
    return TIRTC_REFUSAL_NONE;
}

static tirtc_refusal_t check_frame(const TIRTCFRAMEINFO *frame, const void *data)
{
    if (frame == NULL) {
        return TIRTC_REFUSAL_NULL;
    }
    if (ti_media_channel(frame->media) < 0) {
        return TIRTC_REFUSAL_MEDIA;
    }
    if (frame->stream_id >= TI_MAX_STREAMS) {
        return TIRTC_REFUSAL_STREAM;
    }
    return data == NULL && frame->length > 0 ? TIRTC_REFUSAL_NULL : TIRTC_REFUSAL_NONE;
}

int tirtc_connection_send_frame(tirtc_device_t *device, tirtc_connection_t handle, const TIRTCFRAMEINFO *frame,
                                const void *data, tirtc_refusal_t *reported)
{
    int error;
    tirtc_refusal_t refusal = device == NULL ? TIRTC_REFUSAL_NULL : check_frame(frame, data);
    if (refusal != TIRTC_REFUSAL_NONE) {
        return refuse(refusal, reported);
    }
    ti_connection_t *connection = lock_connection(device, handle, reported, &error);
    if (connection == NULL) {
        return error;
    }
    refusal = check_size(connection, frame->length, TI_MAX_MESSAGE_HEAD_BYTES);
    if (refusal == TIRTC_REFUSAL_NONE) {
        refusal = TIRTC_IS_VIDEO(frame->media) ? queue_video(&device->context, connection, frame, data)
                                               : queue_audio(&device->context, connection, frame, data);
    }
    return finish(device, refusal, reported, TI_FRAME_HEADER_BYTES + frame->length);
}
