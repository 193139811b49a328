/* The test service's links as bytes: requests cut off, WebSocket frames read and written, liveness. */
#include "service_inside.h"

#include "base/bytes.h"
#include "base/wrap_time.h"

#include <string.h>

enum { NO_CODE = 1005, NORMAL = 1000, PROTOCOL_ERROR = 1002, TOO_BIG = 1009 };

/* ---- out ---- */

static bool is_open(const service_link_t *link)
{
    return link->stage != SERVICE_CLOSING && link->stage != SERVICE_GONE;
}

void service_send_raw(service_link_t *link, const void *data, size_t size)
{
    if (link->carry == SERVICE_CARRY_ON) {
        buffer_add(&link->out, data, size);
    }
}

/** The header of an unmasked frame (RFC 6455 section 5.2). */
static void send_header(service_link_t *link, bool final, enum ti_ws_opcode opcode, size_t size)
{
    uint8_t header[10] = {(uint8_t)((final ? 0x80 : 0) | opcode), (uint8_t)size};
    size_t header_size = 2;
    if (size > UINT16_MAX) {
        header[1] = 127;
        ti_put_u64_be(header + 2, size);
        header_size = 10;
    } else if (size > TI_WS_MAX_CONTROL_BYTES) {
        header[1] = 126;
        ti_put_u16_be(header + 2, (uint16_t)size);
        header_size = 4;
    }
    service_send_raw(link, header, header_size);
}

void service_send_frame(service_link_t *link, bool final, enum ti_ws_opcode opcode, const void *data, size_t size)
{
    send_header(link, final, opcode, size);
    service_send_raw(link, data, size);
}

void service_send_message(service_link_t *link, const void *data, size_t size)
{
    service_send_frame(link, true, TI_WS_BINARY, data, size);
}

void service_end_link(service_link_t *link)
{
    if (is_open(link)) {
        link->stage = SERVICE_CLOSING;
        link->carry = SERVICE_CARRY_END;
    }
}

void service_close_link(service_link_t *link, uint16_t code)
{
    if (is_open(link)) {
        uint8_t body[2];
        ti_put_u16_be(body, code);
        if (link->upgraded) {
            service_send_frame(link, true, TI_WS_CLOSE, body, sizeof body);
        }
        service_end_link(link);
    }
}

void service_bye(service_link_t *link, uint8_t reason, const char *text)
{
    if (is_open(link) && link->upgraded) {
        const uint8_t head[] = {TI_CHANNEL_CONTROL, TI_CONTROL_BYE, reason};
        size_t size = text == NULL ? 0 : strlen(text);
        send_header(link, true, TI_WS_BINARY, sizeof head + size);
        service_send_raw(link, head, sizeof head);
        service_send_raw(link, text, size);
    }
    service_close_link(link, NORMAL);
}

void service_reset_link(service_link_t *link)
{
    if (link->stage != SERVICE_GONE) {
        link->stage = SERVICE_GONE;
        link->carry = SERVICE_CARRY_RESET;
        buffer_free(&link->out);
    }
}

ti_span_t service_output(const service_link_t *link)
{
    return link->mute ? ti_span(NULL, 0) : buffer_span(&link->out);
}

void service_sent(service_link_t *link, size_t size)
{
    buffer_drop(&link->out, size);
    link->heard_ms = link->service->now_ms;
}

/* ---- in ---- */

struct frame {
    bool final;
    uint8_t opcode;
    const uint8_t *mask;
    const uint8_t *payload;
    size_t size;
};

static int found_fault(service_link_t *link, uint16_t code, const char *what)
{
    service_complain(link, what);
    service_close_link(link, code);
    service_on_left(link, TI_BYE_OTHER);
    return -1;
}

/** Read the length behind the first two bytes. Returns the bytes of the header without the mask, 0 for more, -1. */
static int read_length(ti_span_t input, uint64_t *size)
{
    *size = input.data[1] & 0x7f;
    if (*size == 126) {
        *size = input.size < 4 ? 126 : ti_get_u16_be(input.data + 2);
        return input.size < 4 ? 0 : *size < 126 ? -1 : 4;
    }
    if (*size == 127) {
        *size = input.size < 10 ? 127 : ti_get_u64_be(input.data + 2);
        return input.size < 10 ? 0 : *size <= UINT16_MAX ? -1 : 10;
    }
    return 2;
}

/** Returns the bytes of a whole frame, 0 for more, -1 when the link was closed for its fault. */
static int read_frame(service_link_t *link, ti_span_t input, struct frame *frame)
{
    if (input.size < 2) {
        return 0;
    }
    uint64_t size;
    frame->final = (input.data[0] & 0x80) != 0;
    frame->opcode = input.data[0] & 0x0f;
    bool is_control = frame->opcode >= TI_WS_CLOSE;
    if ((input.data[0] & 0x70) != 0 || (frame->opcode > TI_WS_BINARY && !is_control) || frame->opcode > TI_WS_PONG) {
        return found_fault(link, PROTOCOL_ERROR, "a frame with reserved bits or an unknown opcode");
    }
    if ((input.data[1] & 0x80) == 0) {
        return found_fault(link, PROTOCOL_ERROR, "a frame without a mask");
    }
    int header_size = read_length(input, &size);
    if (header_size < 0) {
        return found_fault(link, PROTOCOL_ERROR, "a length not in its shortest form");
    }
    if (is_control && (!frame->final || size > TI_WS_MAX_CONTROL_BYTES)) {
        return found_fault(link, PROTOCOL_ERROR, "a control frame that is fragmented or too long");
    }
    if (!is_control && size + link->message.size > service_limits(link).max_message_bytes) {
        return found_fault(link, TOO_BIG, "a message above the limit");
    }
    if (header_size == 0 || input.size < (size_t)header_size + 4 + size) {
        return 0;
    }
    frame->mask = input.data + header_size;
    frame->payload = frame->mask + 4;
    frame->size = (size_t)size;
    return header_size + 4 + (int)size;
}

static void unmask(const struct frame *frame, uint8_t *out)
{
    for (size_t i = 0; i < frame->size; i++) {
        out[i] = frame->payload[i] ^ frame->mask[i % 4];
    }
}

/** Returns the reason that the peer gets for a close frame with this code (docs/wire.md section 4). */
static uint8_t reason_of_close(int code)
{
    switch (code) {
    case PROTOCOL_ERROR:
    case 1003:
    case 1007:
    case 1008:
    case TOO_BIG:
    case 1011:
        return TI_BYE_OTHER;
    default:
        return TI_BYE_PEER_CLOSED;
    }
}

static void on_control_frame(service_link_t *link, const struct frame *frame)
{
    uint8_t body[TI_WS_MAX_CONTROL_BYTES];
    unmask(frame, body);
    if (frame->opcode == TI_WS_PING) {
        link->pings++;
        service_send_frame(link, true, TI_WS_PONG, body, frame->size);
    } else if (frame->opcode == TI_WS_PONG) {
        link->pongs++;
    } else {
        link->close_code = frame->size >= 2 ? ti_get_u16_be(body) : NO_CODE;
        if (frame->size == 1) {
            service_complain(link, "a close frame with half a code");
        }
        service_close_link(link, link->close_code == NO_CODE ? NORMAL : (uint16_t)link->close_code);
        service_on_left(link, reason_of_close(link->close_code));
    }
}

static void on_data_frame(service_link_t *link, const struct frame *frame)
{
    if (frame->opcode == TI_WS_TEXT) {
        found_fault(link, PROTOCOL_ERROR, "a text message");
        return;
    }
    if ((frame->opcode == TI_WS_CONTINUATION) != link->in_message) {
        found_fault(link, PROTOCOL_ERROR, "fragments out of order");
        return;
    }
    unmask(frame, buffer_add(&link->message, NULL, frame->size));
    link->in_message = !frame->final;
    if (frame->final) {
        service_on_message(link, buffer_span(&link->message));
        link->message.size = 0;
    }
}

static int take_frame(service_link_t *link, ti_span_t input)
{
    struct frame frame = {0};
    int size = read_frame(link, input, &frame);
    if (size > 0 && frame.opcode >= TI_WS_CLOSE) {
        on_control_frame(link, &frame);
    } else if (size > 0) {
        on_data_frame(link, &frame);
    }
    return size;
}

static int take_request(service_link_t *link, ti_span_t input)
{
    int size = request_read(input, &link->request);
    if (size > 0) {
        service_on_request(link);
    } else if (size < 0) {
        service_complain(link, "not an HTTP request");
        service_end_link(link);
    }
    return size;
}

/** Do what the bytes so far allow. */
static void digest(service_link_t *link)
{
    size_t done = 0;
    int size = 1;
    while (size > 0 && done < link->in.size && is_open(link) && !link->mute && link->stage != SERVICE_STUCK) {
        ti_span_t rest = ti_span(link->in.data + done, link->in.size - done);
        size = link->stage == SERVICE_READING_REQUEST ? take_request(link, rest) : take_frame(link, rest);
        done += size > 0 ? (size_t)size : 0;
    }
    buffer_drop(&link->in, is_open(link) ? done : link->in.size);
}

void service_feed(service_link_t *link, const void *data, size_t size)
{
    link->heard_ms = link->service->now_ms;
    buffer_add(&link->in, data, size);
    digest(link);
}

void service_mute(service_link_t *link, bool mute)
{
    link->mute = mute;
    link->heard_ms = link->service->now_ms;
    digest(link);
}

void service_far_end(service_link_t *link)
{
    bool was_open = is_open(link);
    link->stage = SERVICE_GONE;
    buffer_free(&link->in);
    buffer_free(&link->out);
    buffer_free(&link->message);
    if (link->carry == SERVICE_CARRY_ON) {
        link->carry = SERVICE_CARRY_END;
    }
    if (was_open) {
        service_on_left(link, TI_BYE_PEER_CLOSED);
    }
}

/* ---- liveness ---- */

static bool pings(const service_link_t *link)
{
    return !link->mute && (link->stage == SERVICE_ONLINE || link->stage == SERVICE_TALKING);
}

static void tick_link(service_link_t *link, uint32_t now_ms)
{
    ti_limits_t limits = service_limits(link);
    if (!link->mute && link->stage == SERVICE_PROVING && ti_time_reached(now_ms, link->deadline_ms)) {
        service_bye(link, TI_BYE_TIMEOUT, "no proof in time");
    } else if (pings(link) && ti_time_reached(now_ms, link->heard_ms + limits.silence_ms)) {
        service_reset_link(link);
        service_on_left(link, TI_BYE_PEER_SILENT);
    } else if (pings(link) && ti_time_reached(now_ms, link->pinged_ms + limits.keep_alive_ms)) {
        link->pinged_ms = now_ms;
        service_send_frame(link, true, TI_WS_PING, NULL, 0);
    }
}

static void tick_connection(service_connection_t *connection, uint32_t now_ms)
{
    service_link_t *client = connection->client_link;
    if (client == NULL || client->stage != SERVICE_WAITING || !ti_time_reached(now_ms, connection->deadline_ms)) {
        return;
    }
    connection->over = true;
    service_bye(client, TI_BYE_TIMEOUT, "the device did not answer");
}

void service_tick(service_t *service, uint32_t now_ms)
{
    service->now_ms = now_ms;
    for (service_link_t *link = service->links; link != NULL; link = link->next) {
        tick_link(link, now_ms);
    }
    for (service_connection_t *connection = service->connections; connection != NULL; connection = connection->next) {
        tick_connection(connection, now_ms);
    }
}

static int sooner(const service_t *service, int soonest, uint32_t due_ms)
{
    int left = (int)ti_time_until(service->now_ms, due_ms);
    return soonest < 0 || left < soonest ? left : soonest;
}

int service_next_due_ms(const service_t *service)
{
    int soonest = -1;
    for (const service_link_t *link = service->links; link != NULL; link = link->next) {
        ti_limits_t limits = service_limits(link);
        if (!link->mute && link->stage == SERVICE_PROVING) {
            soonest = sooner(service, soonest, link->deadline_ms);
        } else if (pings(link)) {
            soonest = sooner(service, soonest, link->heard_ms + limits.silence_ms);
            soonest = sooner(service, soonest, link->pinged_ms + limits.keep_alive_ms);
        }
    }
    for (const service_connection_t *at = service->connections; at != NULL; at = at->next) {
        if (at->client_link != NULL && at->client_link->stage == SERVICE_WAITING) {
            soonest = sooner(service, soonest, at->deadline_ms);
        }
    }
    return soonest;
}
