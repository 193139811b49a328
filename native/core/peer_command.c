#include "peer_command.h"

#include <string.h>

#include "../base/bytes.h"
#include "../base/wrap_time.h"

enum { WORD_PROBE = 0x40a, WORD_ECHO = 0x40b };

/* Answers to subscribes, and probes, must pass even while media fill the buffer: the reserve behind it is theirs. */
static size_t room_for(const ti_connection_t *connection, uint32_t word)
{
    bool reserved = IS_RESERVED_CMDW(word) && ((word & RESPONSE_BIT) != 0 || word == WORD_PROBE);
    return ti_connection_room(connection) + (reserved ? TIRTC_CONTROL_RESERVE_BYTES / 2 : 0);
}

bool ti_command_queue_locked(ti_context_t *context, ti_connection_t *connection, uint32_t word, ti_span_t body)
{
    uint8_t head[1 + TI_COMMAND_HEADER_BYTES];
    head[0] = TI_CHANNEL_COMMAND;
    ti_put_u32_le(head + 1, word);
    return ti_link_queue_locked(context, &connection->link, TI_WS_BINARY, ti_span(head, sizeof head), body,
                                room_for(connection, word));
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
    if (body.size != TI_ANSWER_BYTES || body.data[0] >= TI_MAX_STREAMS) {
        return false;
    }
    event->kind = TIRTC_SUBSCRIBE_ANSWERED;
    event->command_word = word & ~(uint32_t)RESPONSE_BIT;
    event->stream = body.data[0];
    event->error = (int32_t)ti_get_u32_be(body.data + 1);
    return true;
}

static void echo_probe(ti_context_t *context, ti_connection_t *connection, ti_span_t body)
{
    if (body.size == TI_PROBE_BYTES) {
        ti_lock(context);
        (void)ti_command_queue_locked(context, connection, WORD_ECHO, body); /* if it does not fit, the probe is lost */
        ti_unlock_and_wake(context);
    }
}

static void take_echo(ti_context_t *context, ti_connection_t *connection, ti_span_t body)
{
    if (!connection->probe_out || body.size != TI_PROBE_BYTES ||
        memcmp(body.data, connection->probe, TI_PROBE_BYTES) != 0) {
        return;
    }
    connection->probe_out = false;
    uint32_t rtt_ms = (uint32_t)ti_time_between(ti_get_u32_be(connection->probe), ti_now(context));
    if (rtt_ms == 0) {
        rtt_ms = 1; /* 0 means that there is no sample */
    }
    /* All channels share one ordered pipe, so the time of a probe holds for each channel in use. */
    ti_lock(context);
    connection->stats.command_rtt_ms = rtt_ms;
    if (connection->heard_audio || connection->audio_streams != 0) {
        connection->stats.audio_rtt_ms = rtt_ms;
    }
    if (connection->heard_video || connection->video_streams != 0) {
        connection->stats.video_rtt_ms = rtt_ms;
    }
    ti_unlock(context);
}

bool ti_command_from_peer(ti_context_t *context, ti_connection_t *connection, uint32_t word, ti_span_t body,
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
        echo_probe(context, connection, body);
        return false;
    case WORD_ECHO:
        take_echo(context, connection, body);
        return false;
    default:
        return false;
    }
}

/* A probe holds its send time and 32 random bits, so that an old or invented echo is recognised. */
int ti_command_probe(ti_context_t *context, ti_connection_t *connection, uint32_t now)
{
    if (ti_time_reached(now, connection->probe_at)) {
        ti_put_u32_be(connection->probe, now);
        ti_put_u32_be(connection->probe + 4, ti_random_u32(context));
        ti_lock(context);
        connection->probe_out =
            ti_command_queue_locked(context, connection, WORD_PROBE, ti_span(connection->probe, TI_PROBE_BYTES));
        ti_unlock(context);
        connection->probe_at = now + connection->link.keep_alive_ms;
    }
    return (int)ti_time_until(now, connection->probe_at);
}
