#include "connection.h"

#include <string.h>

#include "../base/bytes.h"
#include "../base/wrap_time.h"
#include "bye.h"
#include "connection_table.h"
#include "headers.h"
#include "peer_command.h"

enum { EVENT_CONNECTED = 1, EVENT_ACCEPTED = 2, EVENT_FAILED = 4, EVENT_GONE = 8, EVENT_BITRATE = 16 };

#define TO(state) (1u << (state))

/* Which states may follow each. */
static const uint8_t moves[] = {
    [TI_ASKED] = TO(TI_REACHING) | TO(TI_GONE),
    [TI_REACHING] = TO(TI_WAITING) | TO(TI_GONE),
    [TI_WAITING] = TO(TI_UP) | TO(TI_GONE),
    [TI_UP] = TO(TI_FAILED) | TO(TI_DRAINING) | TO(TI_GONE),
    [TI_FAILED] = TO(TI_GONE),
    [TI_DRAINING] = TO(TI_GONE),
    [TI_GONE] = 0,
};

static const char *const state_names[] = {"asked", "reaching", "waiting", "up", "failed", "draining", "gone"};

static void log_move(ti_context_t *context, const ti_connection_t *connection, enum ti_connection_state from)
{
    tirtc_log_level_t level = connection->error != 0 ? TIRTC_LOG_WARN : TIRTC_LOG_INFO;
    if (!ti_log_wanted(context->port, level)) {
        return;
    }
    ti_log_line_t line;
    ti_text_t *text = ti_log_begin(&line, connection->outgoing ? "to " : "from ");
    ti_span_t peer = connection->outgoing ? ti_span(connection->remote_id, connection->remote_id_size)
                                          : ti_span(connection->subject, connection->subject_size);
    ti_text_add_printable(text, peer);
    ti_text_add(text, ": ");
    ti_text_add(text, state_names[from]);
    ti_text_add(text, " -> ");
    ti_text_add(text, state_names[connection->state]);
    if (connection->error != 0) {
        ti_text_add(text, ", error ");
        ti_text_add_i32(text, connection->error);
        ti_text_add(text, connection->reason_text_size > 0 ? ": " : "");
        ti_text_add_printable(text, ti_span(connection->reason_text, connection->reason_text_size));
        if (from == TI_REACHING) {
            ti_log_add_endpoint(text, &context->config->endpoint);
        }
    }
    ti_log_end(context->port, level, "connection", &line);
}

static void set_pending(ti_connection_t *connection, unsigned events)
{
    connection->table->pending_count += (events != 0) - (connection->pending_events != 0);
    connection->pending_events = events;
}

/* The only place where the state changes: write it, count it, set the pending events, log it. */
static void move(ti_context_t *context, ti_connection_t *connection, enum ti_connection_state to, unsigned events)
{
    enum ti_connection_state from = connection->state;
    if ((moves[from] & TO(to)) == 0) {
        ti_log_text(context->port, TIRTC_LOG_ERROR, "connection", "illegal state change; please report this");
        return;
    }
    ti_lock(context);
    connection->state = to;
    if (from <= TI_UP && to > TI_UP && !connection->ending) {
        connection->table->live_count--;
    }
    ti_unlock(context);
    set_pending(connection, events);
    log_move(context, connection, from);
}

static void keep_reason(ti_connection_t *connection, uint8_t reason, ti_span_t text)
{
    size_t size = text.size < sizeof connection->reason_text ? text.size : sizeof connection->reason_text;
    if (size > 0) {
        memcpy(connection->reason_text, text.data, size);
    }
    connection->reason_text_size = (uint8_t)size;
    connection->reason = reason;
}

static void set_error(ti_context_t *context, ti_connection_t *connection, int error)
{
    ti_lock(context);
    connection->error = error;
    ti_unlock(context);
}

/* True while the program does not know that this connection exists. */
static bool is_unknown(const ti_connection_t *connection)
{
    return connection->state < TI_UP || (connection->pending_events & EVENT_CONNECTED) != 0;
}

void ti_connection_fail(ti_context_t *context, ti_connection_t *connection, int error, uint8_t reason, ti_span_t text)
{
    keep_reason(connection, reason, text);
    set_error(context, connection, error);
    ti_link_hang_up(context, &connection->link);
    if (connection->state == TI_DRAINING) {
        move(context, connection, TI_GONE, EVENT_GONE);
    } else if (is_unknown(connection)) {
        ti_connection_forget_handle(context, connection);
        move(context, connection, TI_GONE, connection->outgoing ? EVENT_CONNECTED : 0);
    } else {
        move(context, connection, TI_FAILED, connection->pending_events | EVENT_FAILED);
    }
}

void ti_connection_end(ti_context_t *context, ti_connection_t *connection)
{
    if (connection->state == TI_FAILED) {
        move(context, connection, TI_GONE, EVENT_GONE);
    } else if (connection->state <= TI_UP && is_unknown(connection)) {
        ti_connection_fail(context, connection, TIRTC_E_CONN_OTHER_ERROR, 0, TI_WORDS("given up"));
    } else if (connection->state == TI_UP) {
        connection->deadline_at = ti_now(context) + TIRTC_DISCONNECT_DRAIN_MS;
        ti_link_close(context, &connection->link);
        move(context, connection, TI_DRAINING, 0);
    }
}

static void dial_accept(ti_context_t *context, ti_connection_t *connection, ti_dial_options_t *dial)
{
    ti_accept_headers_t headers = {context->config, connection->accept_key, connection->accept_mac};
    dial->path = "/v1/accept";
    dial->add_headers = ti_add_accept_headers;
    dial->argument = &headers;
    dial->headers_size = ti_accept_headers_size(context->config);
    ti_link_dial(context, &connection->link, dial);
}

static void dial_connect(ti_context_t *context, ti_connection_t *connection, ti_dial_options_t *dial)
{
    ti_span_t credential = ti_span(connection->credential, connection->credential_size);
    ti_connect_headers_t headers = {context->config, credential, NULL};
    if (connection->by_ticket) {
        headers.token = ti_span(NULL, 0);
        headers.ticket = credential.data;
    }
    dial->path = "/v1/connect?peer_id=";
    dial->query = ti_span(connection->remote_id, connection->remote_id_size);
    dial->suffix = ti_span(credential.data + credential.size, connection->suffix_size);
    dial->add_headers = ti_add_connect_headers;
    dial->argument = &headers;
    dial->headers_size = ti_connect_headers_size(&headers);
    ti_link_dial(context, &connection->link, dial);
}

static void dial(ti_context_t *context, ti_connection_t *connection)
{
    const ti_config_t *config = context->config;
    connection->max_send_buffer_bytes = config->max_send_buffer_bytes;
    ti_dial_options_t dial = {
        .ring_capacity = ti_connection_room(connection) + TIRTC_CONTROL_RESERVE_BYTES,
        .keep_alive_ms = config->keep_alive_ms != 0 ? config->keep_alive_ms : TIRTC_PEER_KEEP_ALIVE_MS,
        .silence_ms = config->silence_ms != 0 ? config->silence_ms : TIRTC_PEER_SILENCE_MS,
    };
    if (!connection->outgoing) {
        dial_accept(context, connection, &dial);
    } else if (config->link_mode == TIRTC_CONNECT_LINK_MODE_DIRECT_ONLY) {
        ti_connection_fail(context, connection, TIRTC_E_LACK_OF_RESOURCE, 0,
                           TI_WORDS("there are no direct links yet; use link mode AUTO or RELAY_ONLY"));
        return;
    } else {
        dial_connect(context, connection, &dial);
    }
    move(context, connection, TI_REACHING, 0);
}

static void keep_ticket(ti_context_t *context, ti_connection_t *connection, const ti_control_t *ready)
{
    if (!context->config->connect_cache || ready->ticket.size != TI_TICKET_BYTES) {
        return;
    }
    ti_tickets_t *fresh = context->tickets == NULL ? ti_allocate(context, sizeof *fresh) : NULL;
    if (fresh != NULL) {
        memset(fresh, 0, sizeof *fresh);
    }
    ti_lock(context);
    if (context->tickets == NULL) {
        context->tickets = fresh;
    }
    if (context->tickets != NULL) {
        ti_ticket_keep(context->tickets, ti_span(connection->remote_id, connection->remote_id_size), ready->ticket.data,
                       ready->ticket_lifetime_s, ti_now(context));
    }
    ti_unlock(context);
}

static void drop_ticket(ti_context_t *context, ti_connection_t *connection)
{
    ti_lock(context);
    if (connection->by_ticket && connection->credential != NULL && context->tickets != NULL) {
        ti_ticket_drop(context->tickets, ti_span(connection->remote_id, connection->remote_id_size),
                       (const uint8_t *)connection->credential);
    }
    ti_unlock(context);
}

static void on_ready(ti_context_t *context, ti_connection_t *connection, const ti_control_t *ready)
{
    const ti_config_t *config = context->config;
    ti_limits_t limits = ready->limits;
    if (config->keep_alive_ms != 0) {
        limits.keep_alive_ms = config->keep_alive_ms;
    }
    if (config->silence_ms != 0) {
        limits.silence_ms = config->silence_ms;
    }
    ti_link_set_limits(context, &connection->link, &limits);
    if (connection->outgoing) {
        keep_ticket(context, connection, ready);
        ti_link_wipe(&connection->link, ready->ticket);
    }
    ti_connection_drop_credential(context, connection);
    ti_lock(context);
    connection->peer_max_message_bytes = limits.max_message_bytes;
    ti_unlock(context);
    connection->probe_at = ti_now(context);
    move(context, connection, TI_UP, connection->outgoing ? EVENT_CONNECTED : EVENT_ACCEPTED);
}

static void on_bye(ti_context_t *context, ti_connection_t *connection, const ti_control_t *bye)
{
    if (bye->reason == TI_BYE_TICKET) {
        drop_ticket(context, connection);
    }
    ti_connection_fail(context, connection, ti_bye_connection_error(bye->reason), bye->reason, bye->text);
}

static void on_control(ti_context_t *context, ti_connection_t *connection, ti_span_t body)
{
    ti_control_t control;
    int known = ti_control_read(body, &control);
    if (known < 0) {
        ti_link_refuse(context, &connection->link, TI_FAULT_PROTOCOL);
    } else if (known > 0 && control.type == TI_CONTROL_BYE) {
        on_bye(context, connection, &control);
    } else if (known > 0 && control.type == TI_CONTROL_READY && connection->state == TI_WAITING) {
        on_ready(context, connection, &control);
    }
}

/* The link broke before the connection was up. */
static void fail_attempt(ti_context_t *context, ti_connection_t *connection)
{
    const ti_link_t *link = &connection->link;
    if (link->fault == TI_FAULT_STATUS && link->code >= 300 && link->code <= 399 && connection->outgoing) {
        ti_redirect_set(context, link->location);
    }
    if (link->fault == TI_FAULT_STATUS) {
        connection->http_status = (uint16_t)link->code;
    }
    ti_connection_fail(context, connection, ti_link_error(link), 0, ti_link_fault_text(link));
}

/* The link broke after the connection was up. */
static void fail_broken(ti_context_t *context, ti_connection_t *connection)
{
    const ti_link_t *link = &connection->link;
    int error = TIRTC_E_CONN_OTHER_ERROR;
    if (link->fault == TI_FAULT_SILENT) {
        error = TIRTC_E_CONN_TIMEOUTCLOSE;
    } else if (link->fault == TI_FAULT_MEMORY) {
        error = TIRTC_E_LACK_OF_RESOURCE;
    }
    ti_connection_fail(context, connection, error, 0, ti_link_fault_text(link));
}

static int step_attempt(ti_context_t *context, ti_connection_t *connection, uint32_t now, size_t *budget)
{
    ti_span_t message;
    int wait = ti_link_step(context, &connection->link, now, budget);
    if (connection->state == TI_REACHING && connection->link.state == TI_LINK_OPEN) {
        move(context, connection, TI_WAITING, 0);
    }
    while (connection->state == TI_WAITING && ti_link_next_message(context, &connection->link, &message)) {
        if (message.size > 0 && message.data[0] == TI_CHANNEL_CONTROL) {
            on_control(context, connection, ti_span(message.data + 1, message.size - 1));
        } else {
            ti_link_refuse(context, &connection->link, TI_FAULT_PROTOCOL); /* nothing but control before `ready` */
        }
        wait = 0;
    }
    if (connection->state >= TI_UP) {
        return 0;
    }
    if (connection->link.state == TI_LINK_BROKEN) {
        fail_attempt(context, connection);
        return 0;
    }
    if (ti_time_reached(now, connection->deadline_at)) {
        ti_connection_fail(context, connection, TIRTC_E_TIMEOUTED, 0, TI_WORDS("no answer from the service in time"));
        return 0;
    }
    return ti_sooner(wait, (int)ti_time_until(now, connection->deadline_at));
}

/* Returns ms until the next update, -1 if the program wants no recommendations. */
static int watch_bitrate(ti_context_t *context, ti_connection_t *connection, uint32_t now)
{
    ti_lock(context);
    ti_bitrate_t *bitrate = connection->bitrate;
    uint32_t waiting_bytes = (uint32_t)connection->link.out.used;
    bool changed = bitrate != NULL && ti_bitrate_update(bitrate, now, connection->link.sent_bytes, waiting_bytes);
    ti_unlock(context);
    if (changed) {
        set_pending(connection, connection->pending_events | EVENT_BITRATE);
    }
    return bitrate != NULL ? (int)TI_BITRATE_PERIOD_MS : -1;
}

static int step_up(ti_context_t *context, ti_connection_t *connection, uint32_t now, size_t *budget)
{
    int probe_wait = ti_command_probe(context, connection, now);
    int wait = ti_link_step(context, &connection->link, now, budget);
    if (connection->link.state == TI_LINK_BROKEN && connection->link.needs_input) {
        fail_broken(context, connection);
        return 0;
    }
    return ti_sooner(ti_sooner(wait, probe_wait), watch_bitrate(context, connection, now));
}

static int step_draining(ti_context_t *context, ti_connection_t *connection, uint32_t now, size_t *budget)
{
    int wait = ti_link_step(context, &connection->link, now, budget);
    if (connection->link.state != TI_LINK_CLOSING || ti_time_reached(now, connection->deadline_at)) {
        ti_link_hang_up(context, &connection->link);
        move(context, connection, TI_GONE, EVENT_GONE);
        return -1;
    }
    return ti_sooner(wait, (int)ti_time_until(now, connection->deadline_at));
}

int ti_connection_step(ti_context_t *context, ti_connection_t *connection, uint32_t now, size_t *budget)
{
    if (connection->state == TI_ASKED) {
        dial(context, connection);
    }
    switch (connection->state) {
    case TI_REACHING:
    case TI_WAITING:
        return step_attempt(context, connection, now, budget);
    case TI_UP:
        return step_up(context, connection, now, budget);
    case TI_DRAINING:
        return step_draining(context, connection, now, budget);
    default:
        return -1;
    }
}

static bool take_event(ti_connection_t *connection, unsigned which)
{
    bool pending = (connection->pending_events & which) != 0;
    if (pending) {
        set_pending(connection, connection->pending_events & ~which);
    }
    return pending;
}

static void set_reason(const ti_connection_t *connection, tirtc_event_t *event)
{
    event->error = connection->error;
    event->reason = connection->reason;
    event->http_status = connection->http_status;
    event->data = (const uint8_t *)connection->reason_text;
    event->size = connection->reason_text_size;
}

static bool take_bitrate(ti_context_t *context, ti_connection_t *connection, tirtc_event_t *event)
{
    if ((connection->pending_events & EVENT_BITRATE) == 0) {
        return false;
    }
    ti_lock(context);
    ti_bitrate_t *bitrate = connection->bitrate;
    int stream = connection->state == TI_UP && !connection->ending ? ti_bitrate_take(bitrate) : -1;
    if (stream >= 0) {
        event->kind = TIRTC_BITRATE_CHANGED;
        event->stream = (uint8_t)stream;
        event->bitrate_bps = ti_bitrate_bps(&bitrate->streams[stream]);
        event->handler = bitrate->streams[stream].handler;
        event->user = bitrate->streams[stream].user;
    }
    ti_unlock(context);
    if (stream < 0) {
        (void)take_event(connection, EVENT_BITRATE); /* all of them were reported */
    }
    return stream >= 0;
}

/* True between a disconnect and the step that carries it out. */
static bool is_given_up(ti_context_t *context, const ti_connection_t *connection)
{
    ti_lock(context);
    bool given_up = connection->ending && connection->state != TI_GONE;
    ti_unlock(context);
    return given_up;
}

bool ti_connection_next_event(ti_context_t *context, ti_connection_t *connection, tirtc_event_t *event)
{
    if (connection->pending_events == 0 || is_given_up(context, connection)) {
        return false;
    }
    event->connection = connection->handle;
    event->user = connection->user;
    if (take_event(connection, EVENT_CONNECTED)) {
        event->kind = TIRTC_CONNECTION_CONNECTED;
        if (connection->error != 0) {
            set_reason(connection, event);
        }
    } else if (take_event(connection, EVENT_ACCEPTED)) {
        event->kind = TIRTC_CONNECTION_ACCEPTED;
        event->data = (const uint8_t *)connection->subject;
        event->size = connection->subject_size;
    } else if (take_event(connection, EVENT_FAILED)) {
        event->kind = TIRTC_CONNECTION_FAILED;
        set_reason(connection, event);
    } else if (take_event(connection, EVENT_GONE)) {
        event->kind = TIRTC_CONNECTION_GONE;
    } else {
        return take_bitrate(context, connection, event);
    }
    return true;
}

static bool take_command(ti_context_t *context, ti_connection_t *connection, ti_span_t body, tirtc_event_t *event)
{
    if (body.size < TI_COMMAND_HEADER_BYTES) {
        ti_link_refuse(context, &connection->link, TI_FAULT_PROTOCOL);
        return false;
    }
    uint32_t word = ti_get_u32_le(body.data);
    ti_span_t data = ti_span(body.data + TI_COMMAND_HEADER_BYTES, body.size - TI_COMMAND_HEADER_BYTES);
    if (IS_RESERVED_CMDW(word)) {
        return ti_command_from_peer(context, connection, word, data, event);
    }
    event->kind = TIRTC_COMMAND;
    event->command_word = word;
    event->data = data.data;
    event->size = data.size;
    return true;
}

static bool take_frame(ti_context_t *context, ti_connection_t *connection, enum ti_channel channel, ti_span_t body,
                       tirtc_event_t *event)
{
    ti_frame_header_t header;
    ti_span_t payload;
    if (!ti_frame_read(channel, body, &header, &payload)) {
        ti_link_refuse(context, &connection->link, TI_FAULT_PROTOCOL);
        return false;
    }
    if (channel == TI_CHANNEL_VIDEO) {
        event->kind = TIRTC_VIDEO;
        connection->heard_video = true;
    } else {
        bool is_message = header.media == TIRTC_MEDIA_MESSAGE;
        connection->heard_audio |= !is_message;
        event->kind = is_message ? TIRTC_MESSAGE : TIRTC_AUDIO;
    }
    event->stream = header.stream;
    event->frame.stream_id = header.stream;
    event->frame.media = header.media;
    event->frame.flags = header.flags;
    event->frame.reserved = header.reserved;
    event->frame.ts = header.ts_ms;
    event->frame.length = header.length;
    event->data = payload.data;
    event->size = payload.size;
    return true;
}

static bool take_message(ti_context_t *context, ti_connection_t *connection, ti_span_t message, tirtc_event_t *event)
{
    if (message.size == 0) {
        ti_link_refuse(context, &connection->link, TI_FAULT_PROTOCOL);
        return false;
    }
    ti_span_t body = ti_span(message.data + 1, message.size - 1);
    switch (message.data[0]) {
    case TI_CHANNEL_COMMAND:
        return take_command(context, connection, body, event);
    case TI_CHANNEL_AUDIO:
        return take_frame(context, connection, TI_CHANNEL_AUDIO, body, event);
    case TI_CHANNEL_VIDEO:
        return take_frame(context, connection, TI_CHANNEL_VIDEO, body, event);
    case TI_CHANNEL_CONTROL:
        on_control(context, connection, body);
        return false;
    default:
        return false;
    }
}

static bool is_paused(ti_context_t *context, const ti_connection_t *connection)
{
    ti_lock(context);
    bool paused = connection->paused;
    ti_unlock(context);
    return paused;
}

bool ti_connection_next_message(ti_context_t *context, ti_connection_t *connection, tirtc_event_t *event)
{
    ti_span_t message;
    bool reading =
        connection->state == TI_UP && (!connection->link.needs_input || connection->link.state == TI_LINK_BROKEN);
    if (!reading || is_given_up(context, connection) || is_paused(context, connection)) {
        return false;
    }
    while (connection->state == TI_UP && ti_link_next_message(context, &connection->link, &message)) {
        if (take_message(context, connection, message, event)) {
            event->connection = connection->handle;
            return true;
        }
    }
    if (connection->state == TI_UP && connection->link.state == TI_LINK_BROKEN) {
        fail_broken(context, connection);
    }
    return false;
}
