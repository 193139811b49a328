/* Commands: the program's own, and those below 0x2000 by which peers ask each other for streams and time. */
#include <string.h>

#include "../base/bytes.h"
#include "../base/wrap_time.h"
#include "device.h"
#include "tirtc_config.h"

enum { WORD_PROBE = 0x40a, WORD_ECHO = 0x40b, ANSWER_BYTES = 5 };

/* Every subscribe is answered, and time is told, also while media fill the buffer: there is room for that behind it. */
static size_t room_for(const ti_connection_t *connection, uint32_t word)
{
    bool owed = IS_RESERVED_CMDW(word) && ((word & RESPONSE_BIT) != 0 || word == WORD_PROBE);
    return ti_connection_room(connection) + (owed ? TIRTC_CONTROL_RESERVE_BYTES / 2 : 0);
}

bool ti_command_queue_locked(tirtc_device_t *device, ti_connection_t *connection, uint32_t word, ti_span_t body)
{
    uint8_t head[1 + TI_COMMAND_HEADER_BYTES];
    head[0] = TI_CHANNEL_COMMAND;
    ti_put_u32_le(head + 1, word);
    return ti_link_queue_locked(device, &connection->link, TI_WS_BINARY, ti_span(head, sizeof head), body,
                                room_for(connection, word));
}

/* Larger than what can ever be carried, as opposed to what fits now. */
static bool is_too_large(const ti_connection_t *connection, size_t size)
{
    return size > connection->max_send_buffer_bytes ||
           size + 1 + TI_COMMAND_HEADER_BYTES > connection->peer_max_message_bytes;
}

static int queue(tirtc_device_t *device, tirtc_connection_t handle, uint32_t word, const void *data, size_t size)
{
    int error;
    ti_lock(device);
    ti_connection_t *connection = ti_connection_find_up(device, handle, &error);
    if (connection != NULL && is_too_large(connection, size)) {
        error = TIRTC_E_INVALID_PARAMETER;
    } else if (connection != NULL) {
        error = ti_command_queue_locked(device, connection, word, ti_span(data, size)) ? 0 : TIRTC_E_BUSY;
    }
    if (error != 0) {
        ti_unlock(device);
        return error;
    }
    ti_unlock_and_wake(device);
    return 0;
}

int tirtc_connection_send_command(tirtc_device_t *device, tirtc_connection_t connection, uint32_t word,
                                  const void *data, size_t size)
{
    if (device == NULL || IS_RESERVED_CMDW(word) || (data == NULL && size > 0)) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    int error = queue(device, connection, word, data, size);
    return error != 0 ? error : (int)(TI_COMMAND_HEADER_BYTES + size);
}

static bool is_request(tirtc_request_t request)
{
    return request >= TIRTC_REQUEST_KEY_FRAME && request <= TIRTC_REQUEST_UNSUBSCRIBE_AUDIO &&
           (request & RESPONSE_BIT) == 0;
}

int tirtc_connection_request(tirtc_device_t *device, tirtc_connection_t connection, tirtc_request_t request,
                             uint8_t stream)
{
    if (device == NULL || !is_request(request) || stream >= TI_MAX_STREAMS) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    return queue(device, connection, request, &stream, sizeof stream);
}

int tirtc_connection_answer_subscribe(tirtc_device_t *device, tirtc_connection_t connection, tirtc_request_t request,
                                      uint8_t stream, int32_t status)
{
    uint8_t answer[ANSWER_BYTES];
    bool subscribe = request == TIRTC_REQUEST_SUBSCRIBE_VIDEO || request == TIRTC_REQUEST_SUBSCRIBE_AUDIO;
    if (device == NULL || !subscribe || stream >= TI_MAX_STREAMS) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    answer[0] = stream;
    ti_put_u32_be(answer + 1, (uint32_t)status);
    return queue(device, connection, request | RESPONSE_BIT, answer, sizeof answer);
}

static bool take_request(uint32_t word, ti_span_t body, tirtc_event_t *event)
{
    static const tirtc_event_kind_t kinds[] = {TIRTC_KEY_FRAME_REQUESTED, TIRTC_SUBSCRIBE_VIDEO,
                                               TIRTC_UNSUBSCRIBE_VIDEO, TIRTC_SUBSCRIBE_AUDIO, TIRTC_UNSUBSCRIBE_AUDIO};
    if (body.size != 1 || body.data[0] >= TI_MAX_STREAMS) {
        return false;
    }
    event->kind = kinds[(word - TIRTC_REQUEST_KEY_FRAME) / 2];
    event->command_word = word;
    event->stream = body.data[0];
    return true;
}

static bool take_answer(uint32_t word, ti_span_t body, tirtc_event_t *event)
{
    if (body.size != ANSWER_BYTES || body.data[0] >= TI_MAX_STREAMS) {
        return false;
    }
    event->kind = TIRTC_SUBSCRIBE_ANSWERED;
    event->command_word = word & ~(uint32_t)RESPONSE_BIT;
    event->stream = body.data[0];
    event->error = (int32_t)ti_get_u32_be(body.data + 1);
    return true;
}

static void echo_probe(tirtc_device_t *device, ti_connection_t *connection, ti_span_t body)
{
    if (body.size == TI_PROBE_BYTES) {
        ti_lock(device);
        (void)ti_command_queue_locked(device, connection, WORD_ECHO,
                                      body); /* without room the probe is lost, no more */
        ti_unlock_and_wake(device);
    }
}

static void take_echo(tirtc_device_t *device, ti_connection_t *connection, ti_span_t body)
{
    if (!connection->probe_out || body.size != TI_PROBE_BYTES ||
        memcmp(body.data, connection->probe, TI_PROBE_BYTES) != 0) {
        return;
    }
    connection->probe_out = false;
    uint32_t rtt_ms = (uint32_t)ti_time_between(ti_get_u32_be(connection->probe), ti_now(device));
    if (rtt_ms == 0) {
        rtt_ms = 1; /* 0 would say that there is no sample */
    }
    /* All channels share one ordered pipe, so what a probe sees is true of each that is in use. */
    ti_lock(device);
    connection->stats.command_rtt_ms = rtt_ms;
    if (connection->heard_audio || connection->audio_streams != 0) {
        connection->stats.audio_rtt_ms = rtt_ms;
    }
    if (connection->heard_video || connection->video_streams != 0) {
        connection->stats.video_rtt_ms = rtt_ms;
    }
    ti_unlock(device);
}

bool ti_command_from_peer(tirtc_device_t *device, ti_connection_t *connection, uint32_t word, ti_span_t body,
                          tirtc_event_t *event)
{
    switch (word) {
    case TIRTC_REQUEST_KEY_FRAME:
    case TIRTC_REQUEST_SUBSCRIBE_VIDEO:
    case TIRTC_REQUEST_UNSUBSCRIBE_VIDEO:
    case TIRTC_REQUEST_SUBSCRIBE_AUDIO:
    case TIRTC_REQUEST_UNSUBSCRIBE_AUDIO:
        return take_request(word, body, event);
    case TIRTC_REQUEST_SUBSCRIBE_VIDEO | RESPONSE_BIT:
    case TIRTC_REQUEST_SUBSCRIBE_AUDIO | RESPONSE_BIT:
        return take_answer(word, body, event);
    case WORD_PROBE:
        echo_probe(device, connection, body);
        return false;
    case WORD_ECHO:
        take_echo(device, connection, body);
        return false;
    default:
        return false;
    }
}

/* A probe carries the time it left, and a random half so that an old or invented echo is known for what it is. */
int ti_command_probe(tirtc_device_t *device, ti_connection_t *connection, uint32_t now)
{
    if (ti_time_reached(now, connection->probe_at)) {
        ti_put_u32_be(connection->probe, now);
        ti_put_u32_be(connection->probe + 4, ti_random_u32(device));
        ti_lock(device);
        connection->probe_out =
            ti_command_queue_locked(device, connection, WORD_PROBE, ti_span(connection->probe, TI_PROBE_BYTES));
        ti_unlock(device);
        connection->probe_at = now + connection->link.keep_alive_ms;
    }
    return (int)ti_time_until(now, connection->probe_at);
}
