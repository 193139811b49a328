#include "link.h"

#include <string.h>

#include "../base/bytes.h"
#include "../base/wrap_time.h"
#include "device.h"
#include "tirtc_config.h"
#include "ws_accept.h"

enum {
    /* Request line, Host, the upgrade headers and line ends, without target, host and the link's own headers. */
    FIXED_HEAD_BYTES = 320
};

void ti_link_break(ti_link_t *link, enum ti_link_fault fault, int code)
{
    if (link->state != TI_LINK_BROKEN) {
        link->state = TI_LINK_BROKEN;
        link->fault = fault;
        link->code = code;
    }
}

void ti_link_refuse(ti_link_t *link, enum ti_link_fault fault)
{
    link->state = TI_LINK_OPEN; /* whatever broke the pipe meanwhile, this is the reason to give */
    ti_link_break(link, fault, 0);
    ti_receive_buffer_clear(&link->in);
}

static void build_head(const ti_config_t *config, const ti_dial_options_t *dial, const char *key_text, ti_text_t *text)
{
    ti_text_add(text, "GET ");
    ti_text_add_span(text, config->endpoint.prefix);
    ti_text_add(text, dial->path);
    ti_text_add_percent_encoded(text, dial->query);
    ti_text_add(text, " HTTP/1.1\r\nHost: ");
    ti_text_add_span(text, config->endpoint.authority);
    ti_text_add(text, "\r\n");
    ti_ws_add_upgrade_headers(text, key_text);
    dial->add_headers(text, dial->argument);
    ti_text_add(text, "\r\n");
}

static bool make_head(tirtc_device_t *device, ti_link_t *link, const ti_dial_options_t *dial)
{
    const ti_config_t *config = device->config;
    uint8_t key[TI_WS_KEY_BYTES];
    char key_text[TI_WS_KEY_CHARS];
    ti_text_t text;
    if (device->port->entropy(device->port->context, key, sizeof key) != 0) {
        ti_link_break(link, TI_FAULT_ENTROPY, 0);
        return false;
    }
    ti_base64_encode(ti_span(key, sizeof key), key_text);
    ti_ws_accept_text(key_text, link->accept_text);
    link->head_capacity = FIXED_HEAD_BYTES + config->endpoint.prefix.size + strlen(dial->path) + 3 * dial->query.size +
                          config->endpoint.authority.size + dial->headers_size;
    link->head = ti_allocate(device, link->head_capacity);
    if (link->head == NULL) {
        ti_link_break(link, TI_FAULT_MEMORY, 0);
        return false;
    }
    ti_text_init(&text, link->head, link->head_capacity);
    build_head(config, dial, key_text, &text);
    link->head_size = text.size;
    link->head_sent = 0;
    return true;
}

void ti_link_dial(tirtc_device_t *device, ti_link_t *link, const ti_dial_options_t *dial)
{
    const tirtc_port_t *port = device->port;
    const ti_endpoint_t *endpoint = &device->config->endpoint;
    char host[256];
    uint32_t now = port->mono_ms(port->context);
    memset(link, 0, sizeof *link);
    link->state = TI_LINK_DIALING;
    link->ring_capacity = dial->ring_capacity;
    link->keep_alive_ms = dial->keep_alive_ms;
    link->silence_ms = dial->silence_ms;
    link->alive_at = now;
    link->ping_at = now + dial->keep_alive_ms;
    link->deadline_at = now + TIRTC_HANDSHAKE_TIMEOUT_MS;
    link->hungry = true;
    if (!make_head(device, link, dial)) {
        return;
    }
    memcpy(host, endpoint->host.data, endpoint->host.size);
    host[endpoint->host.size] = '\0';
    int error = port->dial(port->context, host, endpoint->port, endpoint->secure, &link->pipe);
    if (error != 0) {
        link->pipe = NULL;
        ti_link_break(link, TI_FAULT_PORT, error);
    }
}

bool ti_link_queue_locked(tirtc_device_t *device, ti_link_t *link, enum ti_ws_opcode opcode, ti_span_t head,
                          ti_span_t body, size_t room_bytes)
{
    uint8_t start[TI_WS_MAX_HEADER_BYTES + TI_MAX_MESSAGE_HEAD_BYTES];
    uint8_t mask[4];
    uint8_t *first;
    uint8_t *second;
    size_t first_size;
    size_t header_size = (size_t)ti_ws_header_size(head.size + body.size);
    size_t start_size = header_size + head.size;
    size_t size = start_size + body.size;
    if (link->out.data == NULL || size > room_bytes || link->out.used > room_bytes - size) {
        return false;
    }
    ti_put_u32_be(mask, ti_random_next(&device->random));
    ti_ws_write_header(start, opcode, head.size + body.size, mask);
    if (head.size > 0) {
        ti_ws_mask(start + header_size, head.data, head.size, mask, 0);
    }
    ti_ring_reserve(&link->out, size, &first, &first_size, &second);
    /* Two runs of ring, two runs of bytes: the start is copied, the body is masked on its way. */
    size_t start_first = start_size < first_size ? start_size : first_size;
    memcpy(first, start, start_first);
    if (start_first < start_size) {
        memcpy(second, start + start_first, start_size - start_first);
    }
    size_t body_first = first_size - start_first < body.size ? first_size - start_first : body.size;
    if (body_first > 0) {
        ti_ws_mask(first + start_first, body.data, body_first, mask, head.size);
    }
    if (body_first < body.size) {
        ti_ws_mask(second + (start_size - start_first), body.data + body_first, body.size - body_first, mask,
                   head.size + body_first);
    }
    ti_ring_commit(&link->out, size);
    return true;
}

bool ti_link_queue(tirtc_device_t *device, ti_link_t *link, enum ti_ws_opcode opcode, ti_span_t message)
{
    ti_lock(device);
    bool queued = ti_link_queue_locked(device, link, opcode, ti_span(NULL, 0), message, link->out.capacity);
    ti_unlock(device);
    return queued;
}

static void drop_head(tirtc_device_t *device, ti_link_t *link)
{
    if (link->head != NULL) {
        ti_wipe(link->head, link->head_capacity); /* it carries credentials */
        ti_release(device, link->head, link->head_capacity);
        link->head = NULL;
    }
}

/* Offer some bytes. Returns how many left, 0 when the pipe is full (and will wake us) or dead. */
static size_t offer(tirtc_device_t *device, ti_link_t *link, uint32_t now, const void *data, size_t size)
{
    const tirtc_port_t *port = device->port;
    int sent = port->send(port->context, link->pipe, data, size);
    if (sent < 0) {
        ti_link_break(link, TI_FAULT_PORT, sent);
        return 0;
    }
    /* That the system took bytes proves nothing; that it had no room and has some again shows that somebody reads. */
    if (sent > 0 && link->blocked) {
        link->alive_at = now;
    }
    link->blocked = sent == 0;
    link->sent_bytes += (uint32_t)sent;
    return (size_t)sent;
}

static void send_head(tirtc_device_t *device, ti_link_t *link, uint32_t now)
{
    while (link->head != NULL) {
        size_t sent = offer(device, link, now, link->head + link->head_sent, link->head_size - link->head_sent);
        if (sent == 0) {
            return;
        }
        link->head_sent += sent;
        if (link->head_sent == link->head_size) {
            drop_head(device, link);
        }
    }
}

/* Everything that waits, in as few writes as the ring's shape allows. */
static void send_ring(tirtc_device_t *device, ti_link_t *link, uint32_t now, size_t *budget)
{
    while (*budget > 0) {
        ti_lock(device);
        ti_span_t waiting = ti_ring_peek(&link->out);
        ti_unlock(device);
        size_t size = waiting.size < *budget ? waiting.size : *budget;
        size_t sent = size > 0 ? offer(device, link, now, waiting.data, size) : 0;
        if (sent == 0) {
            return;
        }
        ti_lock(device);
        ti_ring_take(&link->out, sent);
        ti_unlock(device);
        *budget -= sent;
    }
}

static bool grow(tirtc_device_t *device, ti_link_t *link, size_t capacity)
{
    uint8_t *block = ti_allocate(device, capacity);
    if (block == NULL) {
        return false;
    }
    size_t old_capacity = link->in.capacity;
    uint8_t *old = ti_receive_buffer_move(&link->in, block, capacity);
    if (old != NULL) {
        ti_release(device, old, old_capacity);
    }
    return true;
}

/* Give memory back that the last interval between pings had no use for. Doing without is no fault. */
static void shrink(tirtc_device_t *device, ti_link_t *link)
{
    bool empty = link->in.end == link->in.parsed && link->in.assembled == 0;
    if (link->oversized && empty) {
        link->oversized = !grow(device, link, TIRTC_INITIAL_RECEIVE_BYTES);
    }
}

/* Free space behind what is there. A larger block is only a must when the frame under way does not fit. */
static bool make_room(tirtc_device_t *device, ti_link_t *link)
{
    ti_receive_buffer_t *in = &link->in;
    size_t least = in->wanted > TIRTC_INITIAL_RECEIVE_BYTES ? in->wanted : TIRTC_INITIAL_RECEIVE_BYTES;
    if (in->capacity < least && !grow(device, link, least)) {
        ti_link_break(link, TI_FAULT_MEMORY, 0);
        return false;
    }
    if (!ti_receive_buffer_fits(in)) {
        ti_receive_buffer_compact(in);
    }
    return true;
}

/* Reading filled the whole buffer: more room means fewer reads. Doing without is no fault. */
static void widen(tirtc_device_t *device, ti_link_t *link)
{
    size_t doubled = link->in.capacity * 2;
    if (doubled <= TIRTC_RECEIVE_BURST_BYTES) {
        (void)grow(device, link, doubled);
    }
}

static void receive(tirtc_device_t *device, ti_link_t *link, uint32_t now, size_t *budget)
{
    const tirtc_port_t *port = device->port;
    ti_receive_buffer_t *in = &link->in;
    shrink(device, link);
    if (!make_room(device, link)) {
        return;
    }
    link->unread = true;
    while (*budget > 0 && ti_receive_buffer_room(in) > 0) {
        size_t room = ti_receive_buffer_room(in);
        int got = port->receive(port->context, link->pipe, in->data + in->end, room < *budget ? room : *budget);
        if (got <= 0) {
            link->unread = false;
            if (got < 0) {
                ti_link_break(link, TI_FAULT_PORT, got);
            }
            return;
        }
        link->alive_at = now;
        in->end += (size_t)got;
        link->most_received = in->end > link->most_received ? in->end : link->most_received;
        *budget -= (size_t)got;
        if (ti_receive_buffer_room(in) == 0) {
            widen(device, link);
        }
    }
}

/* What arrives after our close frame is of no interest, but must be read, or the end of the pipe would destroy what is
 * still on its way out. */
static void discard(tirtc_device_t *device, ti_link_t *link, uint32_t now, size_t *budget)
{
    ti_receive_buffer_clear(&link->in);
    receive(device, link, now, budget);
}

static void open_link(tirtc_device_t *device, ti_link_t *link, uint32_t now)
{
    uint8_t *memory = ti_allocate(device, link->ring_capacity);
    if (memory == NULL) {
        ti_link_break(link, TI_FAULT_MEMORY, 0);
        return;
    }
    ti_lock(device);
    ti_ring_init(&link->out, memory, link->ring_capacity);
    ti_unlock(device);
    link->state = TI_LINK_OPEN;
    link->ping_at = now + link->keep_alive_ms;
}

static void read_response(tirtc_device_t *device, ti_link_t *link, uint32_t now)
{
    ti_ws_response_t response;
    ti_receive_buffer_t *in = &link->in;
    if (in->end == in->start) {
        return;
    }
    ti_span_t received = ti_span(in->data + in->start, in->end - in->start);
    int head_size = ti_ws_read_response(received, link->accept_text, &response);
    if (head_size < 0 || head_size > TIRTC_MAX_RESPONSE_HEAD_BYTES ||
        (head_size == 0 && received.size >= TIRTC_MAX_RESPONSE_HEAD_BYTES)) {
        link->state = TI_LINK_DIALING; /* a verdict on the answer outweighs that the pipe closed behind it */
        ti_link_break(link, TI_FAULT_NOT_HTTP, 0);
    } else if (head_size == 0) {
        in->wanted = received.size < in->capacity ? received.size + 1 : 2 * in->capacity;
    } else if (response.upgraded) {
        in->wanted = 0;
        in->start += (size_t)head_size;
        in->parsed = in->start;
        link->hungry = in->parsed == in->end;
        if (link->state == TI_LINK_BROKEN) {
            link->unread = true; /* the end of the pipe was seen behind the answer: nobody will wake us for it again */
        }
        open_link(device, link, now);
    } else {
        link->state = TI_LINK_DIALING;
        link->location = response.location;
        ti_link_break(link, response.status == 101 ? TI_FAULT_NOT_HTTP : TI_FAULT_STATUS, response.status);
    }
}

static void step_dialing(tirtc_device_t *device, ti_link_t *link, uint32_t now, size_t *budget)
{
    send_head(device, link, now);
    receive(device, link, now, budget);
    read_response(device, link, now);
    if (link->state == TI_LINK_DIALING && ti_time_reached(now, link->deadline_at)) {
        ti_link_break(link, TI_FAULT_TIMEOUT, 0);
    }
    if (link->state == TI_LINK_BROKEN) {
        link->in.parsed = link->in.end; /* an HTTP answer, or a part of one, holds no messages */
    }
}

static void watch_time(tirtc_device_t *device, ti_link_t *link, uint32_t now)
{
    if (!link->hungry) {
        link->alive_at = now; /* we are the ones who do not read */
    }
    if (ti_time_reached(now, link->alive_at + link->silence_ms)) {
        ti_link_break(link, TI_FAULT_SILENT, 0);
        return;
    }
    if (ti_time_reached(now, link->ping_at)) {
        /* Pings and probes go on all the time: a link that needed no more room than they do is idle. */
        link->oversized =
            link->most_received <= TIRTC_INITIAL_RECEIVE_BYTES && link->in.capacity > TIRTC_INITIAL_RECEIVE_BYTES;
        link->most_received = 0;
        (void)ti_link_queue(device, link, TI_WS_PING,
                            ti_span(NULL, 0)); /* a full ring is on its way out: no ping needed */
        link->ping_at = now + link->keep_alive_ms;
    }
}

static void step_open(tirtc_device_t *device, ti_link_t *link, uint32_t now, size_t *budget)
{
    if (link->hungry) {
        size_t untaken = link->in.end - link->in.parsed; /* a part of a message */
        receive(device, link, now, budget);
        link->hungry = link->in.end - link->in.parsed == untaken;
    } else {
        link->stalled = true;
    }
    if (link->state == TI_LINK_OPEN) {
        watch_time(device, link, now);
    }
    if (link->state == TI_LINK_OPEN) {
        send_ring(device, link, now, budget);
    }
}

static int wait_of(const ti_link_t *link, uint32_t now, bool more_to_read)
{
    switch (link->state) {
    case TI_LINK_DIALING:
        return more_to_read ? 0 : (int)ti_time_until(now, link->deadline_at);
    case TI_LINK_OPEN:
        if (more_to_read) {
            return 0;
        }
        return ti_sooner((int)ti_time_until(now, link->ping_at),
                         (int)ti_time_until(now, link->alive_at + link->silence_ms));
    case TI_LINK_CLOSING:
        return more_to_read ? 0 : -1;
    default:
        return -1;
    }
}

int ti_link_step(tirtc_device_t *device, ti_link_t *link, uint32_t now, size_t *budget)
{
    bool reading = link->hungry;
    switch (link->state) {
    case TI_LINK_DIALING:
        step_dialing(device, link, now, budget);
        break;
    case TI_LINK_OPEN:
        step_open(device, link, now, budget);
        break;
    case TI_LINK_CLOSING:
        reading = true;
        send_ring(device, link, now, budget);
        discard(device, link, now, budget);
        break;
    default:
        return -1;
    }
    return wait_of(link, now, reading && link->unread);
}

static void answer_control(tirtc_device_t *device, ti_link_t *link, const ti_received_frame_t *frame)
{
    if (frame->opcode == TI_WS_PING) {
        (void)ti_link_queue(device, link, TI_WS_PONG, frame->payload);
        ti_lock(device);
        ti_unlock_and_wake(device); /* this may be outside a step, and the next one far away */
    } else if (frame->opcode == TI_WS_CLOSE) {
        ti_span_t code = ti_span(frame->payload.data, frame->payload.size >= 2 ? 2 : 0);
        (void)ti_link_queue(device, link, TI_WS_CLOSE, code);
        ti_link_break(link, TI_FAULT_CLOSED, code.size == 2 ? ti_get_u16_be(code.data) : 0);
        ti_receive_buffer_clear(&link->in); /* nothing may follow a close frame */
    }
}

/* Every whole message has been taken. If that kept us from reading, reading must begin again. */
static bool none_left(tirtc_device_t *device, ti_link_t *link)
{
    link->hungry = true;
    if (link->stalled) {
        link->stalled = false;
        device->port->wake(device->port->context);
    }
    return false;
}

bool ti_link_next_message(tirtc_device_t *device, ti_link_t *link, ti_span_t *message)
{
    ti_received_frame_t frame;
    if (link->state != TI_LINK_OPEN && link->state != TI_LINK_BROKEN) {
        return false;
    }
    while (link->in.end > link->in.parsed) {
        switch (ti_receive_buffer_next(&link->in, TIRTC_MAX_RECEIVE_BYTES, &frame)) {
        case TI_FRAME_MESSAGE:
            *message = frame.payload;
            return true;
        case TI_FRAME_CONTROL:
            answer_control(device, link, &frame);
            break;
        case TI_FRAME_FRAGMENT:
            break;
        case TI_FRAME_INCOMPLETE:
            return none_left(device, link);
        case TI_FRAME_TOO_LARGE:
            ti_link_refuse(link, TI_FAULT_TOO_LARGE);
            break;
        case TI_FRAME_MALFORMED:
            ti_link_refuse(link, TI_FAULT_PROTOCOL);
            break;
        }
    }
    return none_left(device, link);
}

void ti_link_wipe(ti_link_t *link, ti_span_t part)
{
    if (part.size > 0) {
        ti_wipe(link->in.data + (part.data - link->in.data), part.size);
    }
}

void ti_link_set_limits(tirtc_device_t *device, ti_link_t *link, const ti_limits_t *limits)
{
    link->keep_alive_ms = limits->keep_alive_ms < TI_MAX_SPAN_MS ? limits->keep_alive_ms : TI_MAX_SPAN_MS;
    link->silence_ms = limits->silence_ms < TI_MAX_SPAN_MS ? limits->silence_ms : TI_MAX_SPAN_MS;
    link->ping_at = ti_now(device) + link->keep_alive_ms;
}

static int status_error(int status)
{
    if (status == 401 || status == 403 || status >= 500) {
        return TIRTC_E_SERVER_ERROR;
    }
    return TIRTC_E_UNEXPECTED_RESPONSE;
}

int ti_link_error(const ti_link_t *link)
{
    switch (link->fault) {
    case TI_FAULT_PORT:
        /* Whoever ends a pipe during the handshake is a service in trouble. */
        return link->code == TIRTC_E_HTTP_RESET || link->code == TIRTC_E_HTTP_PEER_CLOSED ? TIRTC_E_SERVER_ERROR
                                                                                          : link->code;
    case TI_FAULT_TIMEOUT:
    case TI_FAULT_SILENT:
        return TIRTC_E_TIMEOUTED;
    case TI_FAULT_STATUS:
        return status_error(link->code);
    case TI_FAULT_CLOSED:
        return TIRTC_E_SERVER_ERROR;
    case TI_FAULT_MEMORY:
        return TIRTC_E_LACK_OF_RESOURCE;
    case TI_FAULT_ENTROPY:
        return TIRTC_E_INTERNAL_ERROR;
    default:
        return TIRTC_E_UNEXPECTED_RESPONSE;
    }
}

uint16_t ti_link_close_code(const ti_link_t *link)
{
    switch (link->fault) {
    case TI_FAULT_PROTOCOL:
        return 1002;
    case TI_FAULT_TOO_LARGE:
        return 1009;
    case TI_FAULT_MEMORY:
        return 1011;
    default:
        return 1000;
    }
}

static void queue_close(tirtc_device_t *device, ti_link_t *link, uint16_t close_code)
{
    uint8_t code[2];
    ti_put_u16_be(code, close_code);
    (void)ti_link_queue(device, link, TI_WS_CLOSE, ti_span(code, sizeof code));
}

void ti_link_close(tirtc_device_t *device, ti_link_t *link, uint16_t close_code)
{
    if (link->state == TI_LINK_OPEN) {
        queue_close(device, link, close_code);
        link->state = TI_LINK_CLOSING;
    } else if (link->state == TI_LINK_DIALING) {
        ti_link_break(link, TI_FAULT_CLOSED, close_code);
    }
}

static void free_memory(tirtc_device_t *device, ti_link_t *link)
{
    drop_head(device, link);
    ti_lock(device);
    uint8_t *ring = link->out.data;
    link->out.data = NULL;
    link->out.used = 0;
    ti_unlock(device);
    if (ring != NULL) {
        ti_release(device, ring, link->ring_capacity);
    }
    if (link->in.data != NULL) {
        ti_release(device, link->in.data, link->in.capacity);
        memset(&link->in, 0, sizeof link->in);
    }
}

void ti_link_hang_up(tirtc_device_t *device, ti_link_t *link)
{
    if (link->pipe != NULL) {
        size_t budget = TIRTC_MAX_STEP_BYTES;
        if (link->state == TI_LINK_OPEN) {
            queue_close(device, link, 1000);
        } else if (link->state == TI_LINK_BROKEN && link->fault >= TI_FAULT_SILENT) {
            queue_close(device, link, ti_link_close_code(link));
        }
        send_ring(device, link, link->alive_at, &budget);
        device->port->hang_up(device->port->context, link->pipe);
        link->pipe = NULL;
    }
    free_memory(device, link);
    link->state = TI_LINK_CLOSED;
}
