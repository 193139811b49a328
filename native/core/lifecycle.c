#include "lifecycle.h"

#include <string.h>

#include "../base/wrap_time.h"
#include "bye.h"
#include "headers.h"

enum { EVENT_FAILED = 1, EVENT_LOST = 2 };

enum {
    /* Proof, pings, pongs, busy answers: nothing on a start link is large. */
    START_RING_BYTES = TIRTC_CONTROL_RESERVE_BYTES
};

static const char start_path[] = "/v1/start";

enum input { BEGIN, LINK_UP, CHALLENGED, PROVED, LOST, REFUSED, TIMER, STOP };

/* Sets of states. */
#define IN(state) (1u << (state))
enum { STARTING = IN(TI_DIALING) | IN(TI_PROVING) | IN(TI_AWAITING), ANY = 0xff };

struct move {
    uint8_t from;
    enum input input;
    enum ti_lifecycle_state to;
    void (*action)(ti_context_t *context, ti_lifecycle_t *life);
};

static void begin(ti_context_t *context, ti_lifecycle_t *life);
static void dial(ti_context_t *context, ti_lifecycle_t *life);
static void expect_proof(ti_context_t *context, ti_lifecycle_t *life);
static void report_online(ti_context_t *context, ti_lifecycle_t *life);
static void rest(ti_context_t *context, ti_lifecycle_t *life);
static void lose(ti_context_t *context, ti_lifecycle_t *life);
static void report_refused(ti_context_t *context, ti_lifecycle_t *life);
static void clear(ti_context_t *context, ti_lifecycle_t *life);

/* One row per input and action. It is legal in the states of `from`. */
static const struct move moves[] = {
    {IN(TI_IDLE), BEGIN, TI_DIALING, begin},
    {IN(TI_IDLE) | IN(TI_AWAITING), PROVED, TI_ONLINE, report_online}, /* idle: a client has nothing to prove */
    {IN(TI_DIALING), LINK_UP, TI_PROVING, expect_proof},
    {IN(TI_PROVING), CHALLENGED, TI_AWAITING, NULL},
    {STARTING, LOST, TI_RESTING, rest},
    {IN(TI_ONLINE), LOST, TI_RESTING, lose},
    {STARTING | IN(TI_ONLINE), REFUSED, TI_REFUSED, report_refused},
    {IN(TI_RESTING), TIMER, TI_DIALING, dial},
    {ANY & ~IN(TI_IDLE), STOP, TI_IDLE, clear},
};

static const char *const state_names[] = {"idle",   "dialing", "proving", "awaiting proof",
                                          "online", "resting", "refused"};

static tirtc_log_level_t level_of(enum ti_lifecycle_state state)
{
    switch (state) {
    case TI_REFUSED:
        return TIRTC_LOG_ERROR;
    case TI_RESTING:
        return TIRTC_LOG_WARN;
    case TI_ONLINE:
        return TIRTC_LOG_OK;
    default:
        return TIRTC_LOG_INFO;
    }
}

static void log_move(ti_context_t *context, ti_lifecycle_t *life, enum ti_lifecycle_state from)
{
    tirtc_log_level_t level = level_of(life->state);
    if (!ti_log_wanted(context->port, level)) {
        return;
    }
    ti_log_line_t line;
    ti_text_t *text = ti_log_begin(&line, state_names[from]);
    ti_text_add(text, " -> ");
    ti_text_add(text, state_names[life->state]);
    if (context->config->device_id.size > 0) {
        ti_text_add(text, ", device ");
        ti_text_add_printable(text, context->config->device_id);
    }
    if (life->state == TI_RESTING || life->state == TI_REFUSED) {
        ti_text_add(text, ", error ");
        ti_text_add_i32(text, life->error);
        ti_text_add(text, life->state == TI_REFUSED ? ", final" : ", next attempt in ms: ");
        if (life->state == TI_RESTING) {
            ti_text_add_u32(text, life->retry_in_ms);
        }
    }
    ti_log_end(context->port, level, "device", &line);
}

/* The only place where the state changes: write it, run the action, log it. */
static void feed(ti_context_t *context, ti_lifecycle_t *life, enum input input)
{
    enum ti_lifecycle_state from = life->state;
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        if ((moves[i].from & IN(from)) != 0 && moves[i].input == input) {
            life->state = moves[i].to;
            if (moves[i].action != NULL) {
                moves[i].action(context, life);
            }
            log_move(context, life, from);
            return;
        }
    }
    ti_log_text(context->port, TIRTC_LOG_ERROR, "device", "illegal state change; please report this");
}

static void end_link(ti_context_t *context, ti_lifecycle_t *life)
{
    ti_link_hang_up(context, &life->link);
    ti_wipe(&life->proofs, sizeof life->proofs);
}

static void begin(ti_context_t *context, ti_lifecycle_t *life)
{
    life->away_since = ti_now(context);
    dial(context, life);
}

static void dial(ti_context_t *context, ti_lifecycle_t *life)
{
    const ti_config_t *config = context->config;
    life->tried_at = ti_now(context);
    ti_dial_options_t dial = {
        .path = start_path,
        .add_headers = ti_add_start_headers,
        .argument = config,
        .headers_size = ti_start_headers_size(config),
        .ring_capacity = START_RING_BYTES,
        .keep_alive_ms = TIRTC_START_KEEP_ALIVE_MS,
        .silence_ms = TIRTC_START_SILENCE_MS,
    };
    ti_link_dial(context, &life->link, &dial);
}

static void expect_proof(ti_context_t *context, ti_lifecycle_t *life)
{
    life->timer_at = ti_now(context) + TIRTC_HANDSHAKE_TIMEOUT_MS;
}

static void report_online(ti_context_t *context, ti_lifecycle_t *life)
{
    (void)context;
    life->pending_events = 0;
}

/* Return the pause until the next attempt: at most the time away until this attempt began, less what the attempt took,
 * plus TIRTC_RETRY_FIRST_MS. So if this attempt began after the time t, the next one begins before
 * 2 t + TIRTC_RETRY_FIRST_MS, and a device is back within about twice the outage. It is at least two thirds of that, so
 * that attempts are few, and random: devices that lost their service together must not return at one moment. */
static uint32_t back_off_ms(ti_context_t *context, ti_lifecycle_t *life, uint32_t now)
{
    uint32_t away_ms = life->tried_at - life->away_since;
    uint32_t took_ms = now - life->tried_at;
    uint32_t most = TIRTC_RETRY_FIRST_MS;
    if (away_ms > TIRTC_RETRY_MAX_MS) {
        away_ms = TIRTC_RETRY_MAX_MS;
        life->away_since = life->tried_at - away_ms; /* so that the difference never wraps */
    }
    if (away_ms > took_ms) {
        most += away_ms - took_ms;
    }
    if (most > TIRTC_RETRY_MAX_MS) {
        most = TIRTC_RETRY_MAX_MS;
    }
    return most - ti_random_u32(context) % (most / 3 + 1);
}

static void rest(ti_context_t *context, ti_lifecycle_t *life)
{
    uint32_t now = ti_now(context);
    end_link(context, life);
    life->retry_in_ms = back_off_ms(context, life, now);
    life->timer_at = now + life->retry_in_ms;
    life->pending_events |= life->started_reported ? EVENT_LOST : EVENT_FAILED;
}

static void lose(ti_context_t *context, ti_lifecycle_t *life)
{
    life->away_since = life->tried_at = ti_now(context);
    rest(context, life);
}

static void report_refused(ti_context_t *context, ti_lifecycle_t *life)
{
    end_link(context, life);
    life->retry_in_ms = 0;
    life->pending_events = EVENT_FAILED;
}

static void clear(ti_context_t *context, ti_lifecycle_t *life)
{
    end_link(context, life);
    ti_redirect_clear(context);
    memset(life, 0, sizeof *life);
}

/* End the attempt: `input` is LOST or REFUSED. */
static void fail(ti_context_t *context, ti_lifecycle_t *life, enum input input, int error)
{
    life->error = error;
    life->reason = 0;
    feed(context, life, input);
}

static bool make_proof(ti_context_t *context, ti_lifecycle_t *life, const uint8_t *service_nonce)
{
    const ti_config_t *config = context->config;
    uint8_t nonce[TI_NONCE_BYTES];
    uint8_t message[TI_PROOF_MESSAGE_BYTES];
    if (!ti_entropy(context, nonce, sizeof nonce)) {
        return false;
    }
    ti_transcript_t transcript = {
        .service_nonce = service_nonce,
        .device_nonce = nonce,
        .prefix = config->endpoint.prefix,
        .path = ti_span(start_path, sizeof start_path - 1),
        .host = config->endpoint.authority,
        .device_id = config->device_id,
        .client_id = config->client_id,
        .app_id = config->app_id,
    };
    ti_proofs_make(config->device_secret_key, &transcript, &life->proofs);
    ti_proof_write(message, nonce, life->proofs.device_mac);
    return ti_link_queue(context, &life->link, TI_WS_BINARY, ti_span(message, sizeof message));
}

static void on_challenge(ti_context_t *context, ti_lifecycle_t *life, const ti_control_t *control)
{
    if (life->state != TI_PROVING) {
        fail(context, life, LOST, TIRTC_E_UNEXPECTED_RESPONSE);
    } else if (make_proof(context, life, control->nonce)) {
        feed(context, life, CHALLENGED);
    } else {
        ti_log_text(context->port, TIRTC_LOG_ERROR, "device",
                    "cannot make the proof: the port has no entropy or no memory");
        fail(context, life, LOST, TIRTC_E_INTERNAL_ERROR);
    }
}

static void on_started(ti_context_t *context, ti_lifecycle_t *life, const ti_control_t *control)
{
    if (life->state != TI_AWAITING) {
        fail(context, life, LOST, TIRTC_E_UNEXPECTED_RESPONSE);
    } else if (!ti_equal_constant_time(control->mac, life->proofs.service_mac, TI_MAC_BYTES)) {
        ti_log_text(
            context->port, TIRTC_LOG_ERROR, "device",
            "the service does not know this device's secret key; check the endpoint, and the key at the service");
        fail(context, life, REFUSED, TIRTC_E_UNEXPECTED_RESPONSE);
    } else {
        ti_link_set_limits(context, &life->link, &control->limits);
        feed(context, life, PROVED);
    }
}

static void log_bye(ti_context_t *context, const ti_control_t *control)
{
    if (!ti_log_wanted(context->port, TIRTC_LOG_WARN)) {
        return;
    }
    ti_log_line_t line;
    ti_text_t *text = ti_log_begin(&line, "the service ended the start link, reason ");
    ti_text_add_u32(text, control->reason);
    ti_text_add(text, ": ");
    ti_text_add_printable(text, control->text);
    ti_log_end(context->port, TIRTC_LOG_WARN, "device", &line);
}

static void on_bye(ti_context_t *context, ti_lifecycle_t *life, const ti_control_t *control)
{
    log_bye(context, control);
    bool final = control->reason == TI_BYE_REFUSED || control->reason == TI_BYE_REPLACED;
    life->error = ti_bye_start_error(control->reason);
    life->reason = control->reason;
    feed(context, life, final ? REFUSED : LOST);
}

bool ti_lifecycle_on_message(ti_context_t *context, ti_lifecycle_t *life, ti_span_t message, ti_control_t *control)
{
    if (message.size > 0 && message.data[0] != TI_CHANNEL_CONTROL) {
        return false;
    }
    int known = message.size > 0 ? ti_control_read(ti_span(message.data + 1, message.size - 1), control) : -1;
    if (known < 0) {
        fail(context, life, LOST, TIRTC_E_UNEXPECTED_RESPONSE);
    } else if (known > 0 && control->type == TI_CONTROL_CHALLENGE) {
        on_challenge(context, life, control);
    } else if (known > 0 && control->type == TI_CONTROL_STARTED) {
        on_started(context, life, control);
    } else if (known > 0 && control->type == TI_CONTROL_BYE) {
        on_bye(context, life, control);
    } else {
        return known > 0 && control->type == TI_CONTROL_INCOMING && life->state == TI_ONLINE;
    }
    return false;
}

static void log_fault(ti_context_t *context, const ti_link_t *link)
{
    if (!ti_log_wanted(context->port, TIRTC_LOG_WARN)) {
        return;
    }
    ti_log_line_t line;
    ti_text_t *text = ti_log_begin(&line, "the start link ended: ");
    ti_text_add_span(text, ti_link_fault_text(link));
    ti_log_add_endpoint(text, &context->config->endpoint);
    ti_log_end(context->port, TIRTC_LOG_WARN, "device", &line);
}

static void on_broken(ti_context_t *context, ti_lifecycle_t *life)
{
    ti_link_t *link = &life->link;
    log_fault(context, link);
    enum input input = LOST;
    int error = TIRTC_E_CONN_OTHER_ERROR;
    if (link->fault == TI_FAULT_STATUS && link->code >= 300 && link->code <= 399) {
        ti_redirect_set(context, link->location);
    }
    if (link->fault == TI_FAULT_STATUS && (link->code == 401 || link->code == 403)) {
        input = REFUSED;
        error = TIRTC_E_INVALID_LICENSE;
    } else if (link->fault == TI_FAULT_TIMEOUT) {
        error = TIRTC_E_HTTP_TIMEOUT;
    } else if (life->state != TI_ONLINE) {
        error = ti_link_error(link);
    } else if (link->fault == TI_FAULT_PORT) {
        error = link->code;
    }
    fail(context, life, input, error);
}

int ti_lifecycle_step(ti_context_t *context, ti_lifecycle_t *life, uint32_t now, size_t *budget)
{
    if (life->state == TI_RESTING) {
        if (!ti_time_reached(now, life->timer_at)) {
            return (int)ti_time_until(now, life->timer_at);
        }
        feed(context, life, TIMER);
    }
    int wait = ti_link_step(context, &life->link, now, budget);
    if (life->state == TI_DIALING && life->link.state == TI_LINK_OPEN) {
        feed(context, life, LINK_UP);
    }
    return wait;
}

int ti_lifecycle_check(ti_context_t *context, ti_lifecycle_t *life, uint32_t now)
{
    if (life->link.state == TI_LINK_BROKEN) {
        on_broken(context, life);
        return 0;
    }
    if (life->state != TI_PROVING && life->state != TI_AWAITING) {
        return -1;
    }
    int wait = (int)ti_time_until(now, life->timer_at);
    if (wait == 0) {
        fail(context, life, LOST, TIRTC_E_HTTP_TIMEOUT);
    }
    return wait;
}

void ti_lifecycle_begin(ti_context_t *context, ti_lifecycle_t *life)
{
    feed(context, life, context->config->device_id.size > 0 ? BEGIN : PROVED);
}

void ti_lifecycle_stop(ti_context_t *context, ti_lifecycle_t *life)
{
    if (life->state != TI_IDLE) {
        feed(context, life, STOP);
    }
}

static bool take_event(ti_lifecycle_t *life, unsigned which)
{
    bool pending = (life->pending_events & which) != 0;
    life->pending_events &= ~which;
    return pending;
}

bool ti_lifecycle_next(ti_context_t *context, ti_lifecycle_t *life, tirtc_event_t *event)
{
    if (context->redirect_pending) {
        context->redirect_pending = false;
        event->kind = TIRTC_DEVICE_HIJACKED;
        event->data = (const uint8_t *)context->redirect;
        event->size = context->redirect_size;
    } else if (take_event(life, EVENT_FAILED)) {
        event->kind = TIRTC_DEVICE_START_FAILED;
    } else if (take_event(life, EVENT_LOST)) {
        event->kind = TIRTC_DEVICE_SERVICE_LOST;
        life->online_reported = false;
    } else if (life->state == TI_ONLINE && !life->online_reported) {
        event->kind = life->started_reported ? TIRTC_DEVICE_SERVICE_BACK : TIRTC_DEVICE_STARTED;
        life->started_reported = life->online_reported = true;
        return true;
    } else {
        return false;
    }
    event->error = life->error;
    event->reason = life->reason;
    event->retry_in_ms = life->retry_in_ms;
    return true;
}
