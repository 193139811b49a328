#include "link.h"

#include <string.h>

#include "../base/bytes.h"
#include "../base/wrap_time.h"
#include "ws_accept_key.h"

enum {
    /* Request line, Host, the upgrade headers and line ends, without target, host and the link's own headers. */
    FIXED_HEAD_BYTES = 320
};

#define TO(state) (1u << (state))

/* Which states may follow each. Any of them may be hung up. */
static const uint8_t moves[] = {
    [TI_LINK_CLOSED] = TO(TI_LINK_DIALING) | TO(TI_LINK_CLOSED),
    [TI_LINK_DIALING] = TO(TI_LINK_OPEN) | TO(TI_LINK_BROKEN) | TO(TI_LINK_CLOSED),
    [TI_LINK_OPEN] = TO(TI_LINK_CLOSING) | TO(TI_LINK_BROKEN) | TO(TI_LINK_CLOSED),
    [TI_LINK_CLOSING] = TO(TI_LINK_BROKEN) | TO(TI_LINK_CLOSED),
    [TI_LINK_BROKEN] = TO(TI_LINK_CLOSED),
};

/* The only place where the state changes. */
static void move(ti_context_t *context, ti_link_t *link, enum ti_link_state to)
{
    if ((moves[link->state] & TO(to)) == 0) {
        ti_log_text(context->port, TIRTC_LOG_ERROR, "link", "illegal state change; please report this");
        return;
    }
    link->state = to;
}

/* Record a fault. The first one counts: later ones are its consequences. The state follows in break_if_faulty(), so
 * that bytes received before the fault can be judged first. */
static void set_fault(ti_link_t *link, enum ti_link_fault fault, int code)
{
    if (link->fault == TI_FAULT_NONE) {
        link->fault = fault;
        link->code = code;
    }
}

/* What the other side sent is a better reason than how the pipe ended: replace an earlier fault. */
static void set_verdict(ti_link_t *link, enum ti_link_fault fault, int code)
{
    link->fault = fault;
    link->code = code;
}

static void break_if_faulty(ti_context_t *context, ti_link_t *link)
{
    if (link->fault != TI_FAULT_NONE && link->state != TI_LINK_BROKEN) {
        move(context, link, TI_LINK_BROKEN);
    }
}

void ti_link_refuse(ti_context_t *context, ti_link_t *link, enum ti_link_fault fault)
{
    set_verdict(link, fault, 0);
    break_if_faulty(context, link);
    ti_receive_buffer_clear(&link->in);
}

static void build_head(const ti_endpoint_t *endpoint, const ti_dial_options_t *options, const char *key_text,
                       ti_text_t *text)
{
    ti_text_add(text, "GET ");
    ti_text_add_span(text, endpoint->prefix);
    ti_text_add(text, options->path);
    ti_text_add_percent_encoded(text, options->query);
    if (options->suffix.size > 0) {
        ti_text_add(text, "&peer_suffix=");
        ti_text_add_percent_encoded(text, options->suffix);
    }
    ti_text_add(text, " HTTP/1.1\r\nHost: ");
    ti_text_add_span(text, endpoint->authority);
    ti_text_add(text, "\r\n");
    ti_ws_add_upgrade_headers(text, key_text);
    options->add_headers(text, options->argument);
    ti_text_add(text, "\r\n");
}

static bool make_head(ti_context_t *context, ti_link_t *link, const ti_dial_options_t *options)
{
    const ti_endpoint_t *endpoint = &context->config->endpoint;
    uint8_t key[TI_WS_KEY_BYTES];
    char key_text[TI_WS_KEY_CHARS];
    ti_text_t text;
    if (!ti_entropy(context, key, sizeof key)) {
        set_fault(link, TI_FAULT_ENTROPY, 0);
        return false;
    }
    ti_base64_encode(ti_span(key, sizeof key), key_text);
    ti_ws_accept_text(key_text, link->accept_text);
    link->head_capacity = FIXED_HEAD_BYTES + endpoint->prefix.size + strlen(options->path) +
                          3 * (options->query.size + options->suffix.size) + endpoint->authority.size +
                          options->headers_size;
    link->head = ti_allocate(context, link->head_capacity);
    if (link->head == NULL) {
        set_fault(link, TI_FAULT_MEMORY, 0);
        return false;
    }
    ti_text_init(&text, link->head, link->head_capacity);
    build_head(endpoint, options, key_text, &text);
    link->head_size = text.size;
    return true;
}

static void dial(ti_context_t *context, ti_link_t *link)
{
    const tirtc_port_t *port = context->port;
    const ti_endpoint_t *endpoint = &context->config->endpoint;
    char host[256];
    memcpy(host, endpoint->host.data, endpoint->host.size);
    host[endpoint->host.size] = '\0';
    int error = port->dial(port->context, host, endpoint->port, endpoint->secure, &link->pipe);
    if (error != 0) {
        link->pipe = NULL;
        set_fault(link, TI_FAULT_PORT, error);
    }
}

void ti_link_dial(ti_context_t *context, ti_link_t *link, const ti_dial_options_t *options)
{
    uint32_t now = ti_now(context);
    memset(link, 0, sizeof *link);
    move(context, link, TI_LINK_DIALING);
    link->ring_capacity = options->ring_capacity;
    link->keep_alive_ms = options->keep_alive_ms;
    link->silence_ms = options->silence_ms;
    link->alive_at = now;
    link->ping_at = now + options->keep_alive_ms;
    link->deadline_at = now + TIRTC_HANDSHAKE_TIMEOUT_MS;
    link->needs_input = true;
    if (make_head(context, link, options)) {
        dial(context, link);
    }
    break_if_faulty(context, link);
}

bool ti_link_queue_locked(ti_context_t *context, ti_link_t *link, enum ti_ws_opcode opcode, ti_span_t head,
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
    ti_put_u32_be(mask, ti_random_next(&context->random));
    ti_ws_write_header(start, opcode, head.size + body.size, mask);
    if (head.size > 0) {
        ti_ws_mask(start + header_size, head.data, head.size, mask, 0);
    }
    ti_ring_reserve(&link->out, size, &first, &first_size, &second);
    /* The ring may wrap within the start or the body: copy the start, and mask the body while copying it. */
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

bool ti_link_queue(ti_context_t *context, ti_link_t *link, enum ti_ws_opcode opcode, ti_span_t message)
{
    ti_lock(context);
    bool queued = ti_link_queue_locked(context, link, opcode, ti_span(NULL, 0), message, link->out.capacity);
    ti_unlock(context);
    return queued;
}

static void drop_head(ti_context_t *context, ti_link_t *link)
{
    if (link->head != NULL) {
        ti_wipe(link->head, link->head_capacity); /* it carries credentials */
        ti_release(context, link->head, link->head_capacity);
        link->head = NULL;
    }
}

/* Offer some bytes. Returns how many the pipe took; 0 if it is full (and will wake us) or failed. */
static size_t offer(ti_context_t *context, ti_link_t *link, uint32_t now, const void *data, size_t size)
{
    const tirtc_port_t *port = context->port;
    int sent = port->send(port->context, link->pipe, data, size);
    if (sent < 0) {
        set_fault(link, TI_FAULT_PORT, sent);
        return 0;
    }
    /* That the system takes bytes proves nothing. That it had no room and has some again shows that the peer reads. */
    if (sent > 0 && link->send_blocked) {
        link->alive_at = now;
    }
    link->send_blocked = sent == 0;
    link->sent_bytes += (uint32_t)sent;
    return (size_t)sent;
}

static void send_head(ti_context_t *context, ti_link_t *link, uint32_t now)
{
    while (link->head != NULL) {
        size_t sent = offer(context, link, now, link->head + link->head_sent, link->head_size - link->head_sent);
        if (sent == 0) {
            return;
        }
        link->head_sent += sent;
        if (link->head_sent == link->head_size) {
            drop_head(context, link);
        }
    }
}

/* Send everything in the ring, in as few writes as its shape allows. */
static void send_ring(ti_context_t *context, ti_link_t *link, uint32_t now, size_t *budget)
{
    while (*budget > 0) {
        ti_lock(context);
        ti_span_t waiting = ti_ring_peek(&link->out);
        ti_unlock(context);
        size_t size = waiting.size < *budget ? waiting.size : *budget;
        size_t sent = size > 0 ? offer(context, link, now, waiting.data, size) : 0;
        if (sent == 0) {
            return;
        }
        ti_lock(context);
        ti_ring_take(&link->out, sent);
        ti_unlock(context);
        *budget -= sent;
    }
}

static bool grow(ti_context_t *context, ti_link_t *link, size_t capacity)
{
    uint8_t *block = ti_allocate(context, capacity);
    if (block == NULL) {
        return false;
    }
    size_t old_capacity = link->in.capacity;
    ti_release(context, ti_receive_buffer_move(&link->in, block, capacity), old_capacity);
    return true;
}

/* Give back memory that was not used between the last two pings. Failing to do so is not a fault. */
static void shrink(ti_context_t *context, ti_link_t *link)
{
    bool empty = link->in.end == link->in.parsed && link->in.assembled == 0;
    if (link->oversized && empty) {
        link->oversized = !grow(context, link, TIRTC_INITIAL_RECEIVE_BYTES);
    }
}

/* Make space behind the buffered bytes. A larger block is only required if the frame being received does not fit. */
static bool make_room(ti_context_t *context, ti_link_t *link)
{
    ti_receive_buffer_t *in = &link->in;
    size_t least = in->wanted > TIRTC_INITIAL_RECEIVE_BYTES ? in->wanted : TIRTC_INITIAL_RECEIVE_BYTES;
    if (in->capacity < least && !grow(context, link, least)) {
        set_fault(link, TI_FAULT_MEMORY, 0);
        return false;
    }
    if (!ti_receive_buffer_fits(in)) {
        ti_receive_buffer_compact(in);
    }
    return true;
}

/* The buffer is full: more room means fewer reads. Failing to grow is not a fault. */
static void widen(ti_context_t *context, ti_link_t *link)
{
    size_t doubled = link->in.capacity * 2;
    if (doubled <= TIRTC_RECEIVE_BURST_BYTES) {
        (void)grow(context, link, doubled);
    }
}

static void receive(ti_context_t *context, ti_link_t *link, uint32_t now, size_t *budget)
{
    const tirtc_port_t *port = context->port;
    ti_receive_buffer_t *in = &link->in;
    shrink(context, link);
    if (!make_room(context, link)) {
        return;
    }
    link->input_pending = true;
    while (*budget > 0 && ti_receive_buffer_room(in) > 0) {
        size_t room = ti_receive_buffer_room(in);
        int got = port->receive(port->context, link->pipe, in->data + in->end, room < *budget ? room : *budget);
        if (got <= 0) {
            link->input_pending = false;
            if (got < 0) {
                set_fault(link, TI_FAULT_PORT, got);
            }
            return;
        }
        link->alive_at = now;
        in->end += (size_t)got;
        link->most_received = in->end > link->most_received ? in->end : link->most_received;
        *budget -= (size_t)got;
        if (ti_receive_buffer_room(in) == 0) {
            widen(context, link);
        }
    }
}

/* Bytes that arrive after our close frame are useless, but must be read: closing a pipe with unread bytes would destroy
 * what is still being sent. */
static void discard(ti_context_t *context, ti_link_t *link, uint32_t now, size_t *budget)
{
    ti_receive_buffer_clear(&link->in);
    receive(context, link, now, budget);
}

static void open_link(ti_context_t *context, ti_link_t *link, uint32_t now)
{
    uint8_t *memory = ti_allocate(context, link->ring_capacity);
    if (memory == NULL) {
        set_fault(link, TI_FAULT_MEMORY, 0);
        return;
    }
    ti_lock(context);
    ti_ring_init(&link->out, memory, link->ring_capacity);
    ti_unlock(context);
    move(context, link, TI_LINK_OPEN);
    link->ping_at = now + link->keep_alive_ms;
}

static void on_upgraded(ti_context_t *context, ti_link_t *link, size_t head_size, uint32_t now)
{
    ti_receive_buffer_t *in = &link->in;
    in->wanted = 0;
    in->start += head_size;
    in->parsed = in->start;
    link->needs_input = in->parsed == in->end;
    if (link->fault != TI_FAULT_NONE) {
        link->input_pending = true; /* the port will not report the end of the pipe a second time: read again */
        link->fault = TI_FAULT_NONE;
    }
    open_link(context, link, now);
}

static void read_response(ti_context_t *context, ti_link_t *link, uint32_t now)
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
        set_verdict(link, TI_FAULT_NOT_HTTP, 0);
    } else if (head_size == 0) {
        in->wanted = received.size < in->capacity ? received.size + 1 : 2 * in->capacity;
    } else if (response.upgraded) {
        on_upgraded(context, link, (size_t)head_size, now);
    } else {
        link->location = response.location;
        set_verdict(link, response.status == 101 ? TI_FAULT_NOT_HTTP : TI_FAULT_STATUS, response.status);
    }
}

static void step_dialing(ti_context_t *context, ti_link_t *link, uint32_t now, size_t *budget)
{
    send_head(context, link, now);
    receive(context, link, now, budget);
    read_response(context, link, now);
    if (link->state == TI_LINK_DIALING && ti_time_reached(now, link->deadline_at)) {
        set_fault(link, TI_FAULT_TIMEOUT, 0);
    }
    if (link->fault != TI_FAULT_NONE) {
        link->in.parsed = link->in.end; /* an HTTP response, complete or not, holds no messages */
    }
}

static void watch_time(ti_context_t *context, ti_link_t *link, uint32_t now)
{
    if (!link->needs_input) {
        link->alive_at = now; /* it is our side that does not read */
    }
    if (ti_time_reached(now, link->alive_at + link->silence_ms)) {
        set_fault(link, TI_FAULT_SILENT, 0);
        return;
    }
    if (ti_time_reached(now, link->ping_at)) {
        /* Pings and probes never stop: a link that needed no more room than they do is idle. */
        link->oversized =
            link->most_received <= TIRTC_INITIAL_RECEIVE_BYTES && link->in.capacity > TIRTC_INITIAL_RECEIVE_BYTES;
        link->most_received = 0;
        (void)ti_link_queue(context, link, TI_WS_PING, ti_span(NULL, 0)); /* a full ring needs no ping */
        link->ping_at = now + link->keep_alive_ms;
    }
}

static void step_open(ti_context_t *context, ti_link_t *link, uint32_t now, size_t *budget)
{
    if (link->needs_input) {
        size_t incomplete = link->in.end - link->in.parsed; /* bytes of an incomplete message */
        receive(context, link, now, budget);
        link->needs_input = link->in.end - link->in.parsed == incomplete;
    } else {
        link->reading_paused = true;
    }
    if (link->fault == TI_FAULT_NONE) {
        watch_time(context, link, now);
    }
    if (link->fault == TI_FAULT_NONE) {
        send_ring(context, link, now, budget);
    }
}

/* Returns ms until the next step. */
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

int ti_link_step(ti_context_t *context, ti_link_t *link, uint32_t now, size_t *budget)
{
    bool reading = link->needs_input;
    switch (link->state) {
    case TI_LINK_DIALING:
        step_dialing(context, link, now, budget);
        break;
    case TI_LINK_OPEN:
        step_open(context, link, now, budget);
        break;
    case TI_LINK_CLOSING:
        reading = true;
        send_ring(context, link, now, budget);
        discard(context, link, now, budget);
        break;
    default:
        return -1;
    }
    break_if_faulty(context, link);
    return wait_of(link, now, reading && link->input_pending);
}

static void answer_control(ti_context_t *context, ti_link_t *link, const ti_received_frame_t *frame)
{
    if (frame->opcode == TI_WS_PING) {
        ti_lock(context);
        (void)ti_link_queue_locked(context, link, TI_WS_PONG, ti_span(NULL, 0), frame->payload, link->out.capacity);
        ti_unlock_and_wake(context); /* messages are taken outside of steps, and the next step may be far away */
    } else if (frame->opcode == TI_WS_CLOSE) {
        ti_span_t code = ti_span(frame->payload.data, frame->payload.size >= 2 ? 2 : 0);
        (void)ti_link_queue(context, link, TI_WS_CLOSE, code);
        set_fault(link, TI_FAULT_CLOSED, code.size == 2 ? ti_get_u16_be(code.data) : 0);
        break_if_faulty(context, link);
        ti_receive_buffer_clear(&link->in); /* nothing may follow a close frame */
    }
}

/* All complete messages have been taken: read on, and if a step has skipped reading, ask for another one. */
static bool no_message(ti_context_t *context, ti_link_t *link)
{
    link->needs_input = true;
    if (link->reading_paused) {
        link->reading_paused = false;
        context->port->wake(context->port->context);
    }
    return false;
}

bool ti_link_next_message(ti_context_t *context, ti_link_t *link, ti_span_t *message)
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
            answer_control(context, link, &frame);
            break;
        case TI_FRAME_FRAGMENT:
            break;
        case TI_FRAME_INCOMPLETE:
            return no_message(context, link);
        case TI_FRAME_TOO_LARGE:
            ti_link_refuse(context, link, TI_FAULT_TOO_LARGE);
            break;
        case TI_FRAME_MALFORMED:
            ti_link_refuse(context, link, TI_FAULT_PROTOCOL);
            break;
        }
    }
    return no_message(context, link);
}

void ti_link_wipe(ti_link_t *link, ti_span_t part)
{
    if (part.size > 0) {
        ti_wipe(link->in.data + (part.data - link->in.data), part.size);
    }
}

void ti_link_set_limits(ti_context_t *context, ti_link_t *link, const ti_limits_t *limits)
{
    link->keep_alive_ms = limits->keep_alive_ms < TI_MAX_SPAN_MS ? limits->keep_alive_ms : TI_MAX_SPAN_MS;
    link->silence_ms = limits->silence_ms < TI_MAX_SPAN_MS ? limits->silence_ms : TI_MAX_SPAN_MS;
    link->ping_at = ti_now(context) + link->keep_alive_ms;
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
        /* A service that ends the pipe during the handshake is in trouble. */
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

/* Returns the close code for this link's fault. */
static uint16_t close_code_of(const ti_link_t *link)
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

static void queue_close(ti_context_t *context, ti_link_t *link, uint16_t close_code)
{
    uint8_t code[2];
    ti_put_u16_be(code, close_code);
    (void)ti_link_queue(context, link, TI_WS_CLOSE, ti_span(code, sizeof code));
}

void ti_link_close(ti_context_t *context, ti_link_t *link)
{
    if (link->state == TI_LINK_OPEN) {
        queue_close(context, link, 1000);
        move(context, link, TI_LINK_CLOSING);
    }
}

static void free_memory(ti_context_t *context, ti_link_t *link)
{
    drop_head(context, link);
    ti_lock(context);
    uint8_t *ring = link->out.data;
    link->out.data = NULL;
    link->out.used = 0;
    ti_unlock(context);
    ti_release(context, ring, link->ring_capacity);
    ti_release(context, link->in.data, link->in.capacity);
    memset(&link->in, 0, sizeof link->in);
}

void ti_link_hang_up(ti_context_t *context, ti_link_t *link)
{
    if (link->pipe != NULL) {
        size_t budget = TIRTC_MAX_STEP_BYTES;
        if (link->state == TI_LINK_OPEN) {
            queue_close(context, link, 1000);
        } else if (link->state == TI_LINK_BROKEN && link->fault >= TI_FAULT_SILENT) {
            queue_close(context, link, close_code_of(link));
        }
        send_ring(context, link, link->alive_at, &budget);
        context->port->hang_up(context->port->context, link->pipe);
        link->pipe = NULL;
    }
    free_memory(context, link);
    move(context, link, TI_LINK_CLOSED);
}

#if TIRTC_MAX_LOG_LEVEL > 0

static const char *port_text(int error)
{
    switch (error) {
    case TIRTC_E_HTTP_RESOLVE:
        return "the host name of the endpoint could not be resolved";
    case TIRTC_E_HTTP_SERVER_DOWN:
        return "nothing listens at the endpoint, or it cannot be reached";
    case TIRTC_E_HTTP_SSL:
        return "no secure link to the endpoint; see the port's log line for the reason";
    case TIRTC_E_HTTP_SOCKET:
        return "the system refused a socket; check the limit on open files (ulimit -n)";
    case TIRTC_E_HTTP_NOMEM:
        return "out of memory";
    default:
        return "the network ended the link";
    }
}

static const char *status_text(int status)
{
    if (status >= 300 && status <= 399) {
        return "the endpoint redirects elsewhere, which is not followed";
    }
    if (status == 401 || status == 403) {
        return "the endpoint did not accept the credential";
    }
    if (status == 404) {
        return "the endpoint has no such path; check its path";
    }
    return status >= 500 ? "the service failed or is full" : "the endpoint refused the upgrade";
}

ti_span_t ti_link_fault_text(const ti_link_t *link)
{
    static const char *const texts[] = {
        [TI_FAULT_NONE] = "",
        [TI_FAULT_TIMEOUT] = "no response to the upgrade in time",
        [TI_FAULT_NOT_HTTP] = "the endpoint is not a tirtc.v1 service",
        [TI_FAULT_CLOSED] = "the service closed the link without a reason",
        [TI_FAULT_SILENT] = "nothing was received or sent for too long",
        [TI_FAULT_PROTOCOL] = "the other side violated the protocol",
        [TI_FAULT_TOO_LARGE] = "a message was too large",
        [TI_FAULT_MEMORY] = "out of memory",
        [TI_FAULT_ENTROPY] = "the port has no entropy",
    };
    const char *text = link->fault == TI_FAULT_PORT     ? port_text(link->code)
                       : link->fault == TI_FAULT_STATUS ? status_text(link->code)
                                                        : texts[link->fault];
    return ti_span(text, strlen(text));
}

#else

ti_span_t ti_link_fault_text(const ti_link_t *link)
{
    (void)link;
    return ti_span(NULL, 0);
}

#endif
