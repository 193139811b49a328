#include "message.h"

#include <string.h>

#include "../base/bytes.h"

enum { MAX_AUDIO_MEDIA = 64, MAX_VIDEO_MEDIA = 127, MIN_MESSAGE_LIMIT_BYTES = 64, LIMITS_BYTES = 12 };

int ti_media_channel(uint8_t media)
{
    return media <= MAX_AUDIO_MEDIA ? TI_CHANNEL_AUDIO : media <= MAX_VIDEO_MEDIA ? TI_CHANNEL_VIDEO : -1;
}

static bool read_limits(const uint8_t *at, ti_limits_t *limits)
{
    limits->keep_alive_ms = ti_get_u32_be(at);
    limits->silence_ms = ti_get_u32_be(at + 4);
    limits->max_message_bytes = ti_get_u32_be(at + 8);
    return limits->keep_alive_ms > 0 && limits->silence_ms > 0 && limits->max_message_bytes >= MIN_MESSAGE_LIMIT_BYTES;
}

static bool read_challenge(ti_span_t fields, ti_control_t *control)
{
    control->nonce = fields.data;
    return fields.size == TI_NONCE_BYTES;
}

static bool read_started(ti_span_t fields, ti_control_t *control)
{
    control->mac = fields.data;
    return fields.size == TI_MAC_BYTES + LIMITS_BYTES && read_limits(fields.data + TI_MAC_BYTES, &control->limits);
}

static bool read_incoming(ti_span_t fields, ti_control_t *control)
{
    const size_t head = 4 + TI_ACCEPT_KEY_BYTES;
    if (fields.size < head || fields.size - head > TI_MAX_SUBJECT_BYTES) {
        return false;
    }
    control->connection = ti_get_u32_be(fields.data);
    control->key = fields.data + 4;
    control->subject = ti_span(fields.data + head, fields.size - head);
    return true;
}

static bool read_ready(ti_span_t fields, ti_control_t *control)
{
    const size_t head = LIMITS_BYTES + 4;
    if (fields.size != head && fields.size != head + TI_TICKET_BYTES) {
        return false;
    }
    control->ticket_lifetime_s = ti_get_u32_be(fields.data + LIMITS_BYTES);
    control->ticket = ti_span(fields.data + head, fields.size - head);
    return read_limits(fields.data, &control->limits);
}

static bool is_bye_reason(uint8_t reason)
{
    return (reason >= TI_BYE_REFUSED && reason <= TI_BYE_TIMEOUT) ||
           (reason >= TI_BYE_TOKEN_FORM && reason <= TI_BYE_TOKEN_USED);
}

static bool read_bye(ti_span_t fields, ti_control_t *control)
{
    if (fields.size < 1 || fields.size - 1 > TI_MAX_BYE_TEXT_BYTES) {
        return false;
    }
    control->reason = is_bye_reason(fields.data[0]) ? fields.data[0] : (uint8_t)TI_BYE_OTHER;
    control->text = ti_span(fields.data + 1, fields.size - 1);
    return true;
}

int ti_control_read(ti_span_t body, ti_control_t *control)
{
    if (body.size < 1) {
        return -1;
    }
    uint8_t type = body.data[0];
    ti_span_t fields = ti_span(body.data + 1, body.size - 1);
    *control = (ti_control_t){.type = (enum ti_control_type)type};
    switch (type) {
    case TI_CONTROL_CHALLENGE:
        return read_challenge(fields, control) ? 1 : -1;
    case TI_CONTROL_STARTED:
        return read_started(fields, control) ? 1 : -1;
    case TI_CONTROL_INCOMING:
        return read_incoming(fields, control) ? 1 : -1;
    case TI_CONTROL_READY:
        return read_ready(fields, control) ? 1 : -1;
    case TI_CONTROL_BYE:
        return read_bye(fields, control) ? 1 : -1;
    case TI_CONTROL_PROOF:
    case TI_CONTROL_BUSY:
        return -1;
    default:
        return 0;
    }
}

void ti_proof_write(uint8_t out[TI_PROOF_MESSAGE_BYTES], const uint8_t nonce[TI_NONCE_BYTES],
                    const uint8_t mac[TI_MAC_BYTES])
{
    out[0] = TI_CHANNEL_CONTROL;
    out[1] = TI_CONTROL_PROOF;
    memcpy(out + 2, nonce, TI_NONCE_BYTES);
    memcpy(out + 2 + TI_NONCE_BYTES, mac, TI_MAC_BYTES);
}

void ti_busy_write(uint8_t out[TI_BUSY_MESSAGE_BYTES], uint32_t connection)
{
    out[0] = TI_CHANNEL_CONTROL;
    out[1] = TI_CONTROL_BUSY;
    ti_put_u32_be(out + 2, connection);
}
