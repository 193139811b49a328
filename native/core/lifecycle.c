#include "lifecycle.h"

#include <string.h>

#include "../base/wrap_time.h"
#include "bye.h"
#include "device.h"
#include "headers.h"
#include "tirtc_config.h"

enum { NEWS_HIJACKED = 1, NEWS_FAILED = 2, NEWS_LOST = 4 };

enum {
    MAX_LOCATION_BYTES = 1024,
    MAX_TARGET_BYTES = 512 + 16,
    /* Proof, pings, pongs, busy answers: nothing on a start link is large. */
    START_RING_BYTES = TIRTC_CONTROL_RESERVE_BYTES
};

enum input { BEGIN, LINK_UP, CHALLENGED, PROVED, LOST, REFUSED, TIMER, STOP };

struct move {
    enum ti_lifecycle_state from;
    enum input input;
    enum ti_lifecycle_state to;
    void (*action)(tirtc_device_t *device);
};

static void dial(tirtc_device_t *device);
static void expect_proof(tirtc_device_t *device);
static void tell_online(tirtc_device_t *device);
static void rest(tirtc_device_t *device);
static void tell_refused(tirtc_device_t *device);
static void clear(tirtc_device_t *device);

/* One row per legal move. */
static const struct move moves[] = {
    {TI_IDLE, BEGIN, TI_DIALING, dial},
    {TI_IDLE, PROVED, TI_ONLINE, tell_online}, /* a client has nothing to prove */
    {TI_DIALING, LINK_UP, TI_PROVING, expect_proof},
    {TI_PROVING, CHALLENGED, TI_AWAITING, NULL},
    {TI_AWAITING, PROVED, TI_ONLINE, tell_online},
    {TI_DIALING, LOST, TI_RESTING, rest},
    {TI_PROVING, LOST, TI_RESTING, rest},
    {TI_AWAITING, LOST, TI_RESTING, rest},
    {TI_ONLINE, LOST, TI_RESTING, rest},
    {TI_DIALING, REFUSED, TI_REFUSED, tell_refused},
    {TI_PROVING, REFUSED, TI_REFUSED, tell_refused},
    {TI_AWAITING, REFUSED, TI_REFUSED, tell_refused},
    {TI_ONLINE, REFUSED, TI_REFUSED, tell_refused},
    {TI_RESTING, TIMER, TI_DIALING, dial},
    {TI_DIALING, STOP, TI_IDLE, clear},
    {TI_PROVING, STOP, TI_IDLE, clear},
    {TI_AWAITING, STOP, TI_IDLE, clear},
    {TI_ONLINE, STOP, TI_IDLE, clear},
    {TI_RESTING, STOP, TI_IDLE, clear},
    {TI_REFUSED, STOP, TI_IDLE, clear},
};

static const char *const state_names[] = {"idle",   "dialing", "proving", "awaiting proof",
                                          "online", "resting", "refused"};

static enum ti_log_level level_of(enum ti_lifecycle_state state)
{
    switch (state) {
    case TI_REFUSED:
        return TI_LOG_ERROR;
    case TI_RESTING:
        return TI_LOG_WARN;
    case TI_ONLINE:
        return TI_LOG_OK;
    default:
        return TI_LOG_INFO;
    }
}

static void log_move(tirtc_device_t *device, enum ti_lifecycle_state from)
{
    const ti_lifecycle_t *life = &device->lifecycle;
    enum ti_log_level level = level_of(life->state);
    if (!ti_log_wanted(device->port, level)) {
        return;
    }
    ti_log_line_t line;
    ti_text_t *text = ti_log_begin(&line, state_names[from]);
    ti_text_add(text, " -> ");
    ti_text_add(text, state_names[life->state]);
    if (device->config->device_id.size > 0) {
        ti_text_add(text, ", device ");
        ti_text_add_printable(text, device->config->device_id);
    }
    if (life->state == TI_RESTING || life->state == TI_REFUSED) {
        ti_text_add(text, ", error ");
        ti_text_add_i32(text, life->error);
        ti_text_add(text, life->state == TI_REFUSED ? ", final" : ", next attempt in ms: ");
        if (life->state == TI_RESTING) {
            ti_text_add_u32(text, life->retry_in_ms);
        }
    }
    ti_log_end(device->port, level, "device", &line);
}

/* The one place where the state changes: write it, do what belongs to it, log it. News are told by ti_lifecycle_next().
 */
static void feed(tirtc_device_t *device, enum input input)
{
    ti_lifecycle_t *life = &device->lifecycle;
    enum ti_lifecycle_state from = life->state;
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        if (moves[i].from == from && moves[i].input == input) {
            life->state = moves[i].to;
            if (moves[i].action != NULL) {
                moves[i].action(device);
            }
            log_move(device, from);
            return;
        }
    }
    ti_log_text(device->port, TI_LOG_ERROR, "device",
                "an input met a state that has no move for it; please report this");
}

static void end_link(tirtc_device_t *device)
{
    ti_link_hang_up(device, &device->lifecycle.link);
    ti_wipe(&device->lifecycle.proofs, sizeof device->lifecycle.proofs);
}

static void dial(tirtc_device_t *device)
{
    const ti_config_t *config = device->config;
    ti_dial_options_t dial = {
        .path = "/v1/start",
        .add_headers = ti_add_start_headers,
        .argument = config,
        .headers_size = ti_start_headers_size(config),
        .ring_capacity = START_RING_BYTES,
        .keep_alive_ms = TIRTC_START_KEEP_ALIVE_MS,
        .silence_ms = TIRTC_START_SILENCE_MS,
    };
    ti_link_dial(device, &device->lifecycle.link, &dial);
}

static void expect_proof(tirtc_device_t *device)
{
    device->lifecycle.timer_at = device->port->mono_ms(device->port->context) + TIRTC_HANDSHAKE_TIMEOUT_MS;
}

static void tell_online(tirtc_device_t *device)
{
    ti_lifecycle_t *life = &device->lifecycle;
    life->news &= ~(unsigned)(NEWS_FAILED | NEWS_LOST);
    life->failures = 0;
}

/* Full jitter: a thousand devices that lost one service do not come back in step. */
static uint32_t back_off_ms(tirtc_device_t *device)
{
    unsigned doublings = device->lifecycle.failures < 16 ? device->lifecycle.failures : 16;
    uint32_t most = (uint32_t)TIRTC_RETRY_FIRST_MS << doublings;
    if (most > TIRTC_RETRY_MAX_MS) {
        most = TIRTC_RETRY_MAX_MS;
    }
    return 1 + ti_random_u32(device) % most;
}

static void rest(tirtc_device_t *device)
{
    ti_lifecycle_t *life = &device->lifecycle;
    end_link(device);
    life->retry_in_ms = back_off_ms(device);
    life->failures++;
    life->timer_at = device->port->mono_ms(device->port->context) + life->retry_in_ms;
    if (!life->started_told) {
        life->news |= NEWS_FAILED;
    } else if (life->online_told) {
        life->news |= NEWS_LOST;
    }
}

static void tell_refused(tirtc_device_t *device)
{
    ti_lifecycle_t *life = &device->lifecycle;
    end_link(device);
    life->retry_in_ms = 0;
    life->news = (life->news & NEWS_HIJACKED) | NEWS_FAILED;
    ti_lock(device);
    device->refused = device->next_config == NULL; /* else this start has been stopped, and another one waits */
    ti_unlock(device);
}

static void forget_location(tirtc_device_t *device)
{
    ti_lifecycle_t *life = &device->lifecycle;
    if (life->location != NULL) {
        ti_release(device, life->location, life->location_size);
        life->location = NULL;
    }
}

static void clear(tirtc_device_t *device)
{
    end_link(device);
    forget_location(device);
    memset(&device->lifecycle, 0, sizeof device->lifecycle);
}

static void lose(tirtc_device_t *device, int error, uint8_t reason)
{
    device->lifecycle.error = error;
    device->lifecycle.reason = reason;
    feed(device, LOST);
}

static void refuse(tirtc_device_t *device, int error, uint8_t reason)
{
    device->lifecycle.error = error;
    device->lifecycle.reason = reason;
    feed(device, REFUSED);
}

static bool make_proof(tirtc_device_t *device, const uint8_t *service_nonce)
{
    const ti_config_t *config = device->config;
    uint8_t nonce[TI_NONCE_BYTES];
    uint8_t message[TI_PROOF_MESSAGE_BYTES];
    char target[MAX_TARGET_BYTES];
    ti_text_t text;
    if (device->port->entropy(device->port->context, nonce, sizeof nonce) != 0) {
        return false;
    }
    ti_text_init(&text, target, sizeof target);
    ti_text_add_span(&text, config->endpoint.prefix);
    ti_text_add(&text, "/v1/start");
    ti_transcript_t transcript = {
        .service_nonce = service_nonce,
        .device_nonce = nonce,
        .target = ti_text_span(&text),
        .host = config->endpoint.authority,
        .device_id = config->device_id,
        .client_id = config->client_id,
        .app_id = config->app_id,
    };
    ti_proofs_make(config->device_secret_key, &transcript, &device->lifecycle.proofs);
    ti_proof_write(message, nonce, device->lifecycle.proofs.device_mac);
    return ti_link_queue(device, &device->lifecycle.link, TI_WS_BINARY, ti_span(message, sizeof message));
}

static void on_challenge(tirtc_device_t *device, const ti_control_t *control)
{
    if (device->lifecycle.state != TI_PROVING) {
        lose(device, TIRTC_E_UNEXPECTED_RESPONSE, 0);
    } else if (make_proof(device, control->nonce)) {
        feed(device, CHALLENGED);
    } else {
        ti_log_text(device->port, TI_LOG_ERROR, "device",
                    "no proof could be made: the port has no entropy or no memory");
        lose(device, TIRTC_E_INTERNAL_ERROR, 0);
    }
}

static void on_started(tirtc_device_t *device, const ti_control_t *control)
{
    ti_lifecycle_t *life = &device->lifecycle;
    if (life->state != TI_AWAITING) {
        lose(device, TIRTC_E_UNEXPECTED_RESPONSE, 0);
    } else if (!ti_equal_constant_time(control->mac, life->proofs.service_mac, TI_MAC_BYTES)) {
        ti_log_text(
            device->port, TI_LOG_ERROR, "device",
            "what answered does not know this device's secret key; check the endpoint, and the key at the service");
        refuse(device, TIRTC_E_UNEXPECTED_RESPONSE, 0);
    } else {
        ti_link_set_limits(device, &life->link, &control->limits);
        feed(device, PROVED);
    }
}

static void log_bye(tirtc_device_t *device, const ti_control_t *control)
{
    if (!ti_log_wanted(device->port, TI_LOG_WARN)) {
        return;
    }
    ti_log_line_t line;
    ti_text_t *text = ti_log_begin(&line, "the service ended the start link, reason ");
    ti_text_add_u32(text, control->reason);
    ti_text_add(text, ": ");
    ti_text_add_printable(text, control->text);
    ti_log_end(device->port, TI_LOG_WARN, "device", &line);
}

static void on_bye(tirtc_device_t *device, const ti_control_t *control)
{
    log_bye(device, control);
    int error = ti_bye_start_error(control->reason);
    if (control->reason == TI_BYE_REFUSED || control->reason == TI_BYE_REPLACED) {
        refuse(device, error, control->reason);
    } else {
        lose(device, error, control->reason);
    }
}

static void on_message(tirtc_device_t *device, ti_span_t message)
{
    ti_control_t control;
    if (message.size == 0) {
        lose(device, TIRTC_E_UNEXPECTED_RESPONSE, 0);
        return;
    }
    if (message.data[0] != TI_CHANNEL_CONTROL) {
        return;
    }
    int known = ti_control_read(ti_span(message.data + 1, message.size - 1), &control);
    if (known < 0) {
        lose(device, TIRTC_E_UNEXPECTED_RESPONSE, 0);
    } else if (known > 0 && control.type == TI_CONTROL_CHALLENGE) {
        on_challenge(device, &control);
    } else if (known > 0 && control.type == TI_CONTROL_STARTED) {
        on_started(device, &control);
    } else if (known > 0 && control.type == TI_CONTROL_BYE) {
        on_bye(device, &control);
    } else if (known > 0 && control.type == TI_CONTROL_INCOMING && device->lifecycle.state == TI_ONLINE) {
        ti_connection_incoming(device, &control);
    }
}

void ti_lifecycle_redirected(tirtc_device_t *device, ti_span_t location)
{
    ti_lifecycle_t *life = &device->lifecycle;
    forget_location(device);
    life->location_size = location.size < MAX_LOCATION_BYTES ? location.size : MAX_LOCATION_BYTES;
    life->location = ti_copy(device, ti_span(location.data, life->location_size));
    life->news |= NEWS_HIJACKED;
}

static void log_fault(tirtc_device_t *device, const ti_link_t *link)
{
    if (!ti_log_wanted(device->port, TI_LOG_WARN)) {
        return;
    }
    ti_log_line_t line;
    ti_text_t *text = ti_log_begin(&line, "the start link ended: ");
    ti_text_add_span(text, ti_link_fault_text(link));
    ti_log_add_endpoint(text, &device->config->endpoint);
    ti_log_end(device->port, TI_LOG_WARN, "device", &line);
}

static void on_broken(tirtc_device_t *device)
{
    ti_link_t *link = &device->lifecycle.link;
    log_fault(device, link);
    bool established = device->lifecycle.state == TI_ONLINE;
    if (link->fault == TI_FAULT_STATUS && link->code >= 300 && link->code <= 399) {
        ti_lifecycle_redirected(device, link->location);
    }
    if (link->fault == TI_FAULT_STATUS && (link->code == 401 || link->code == 403)) {
        refuse(device, TIRTC_E_INVALID_LICENSE, 0);
    } else if (link->fault == TI_FAULT_TIMEOUT) {
        lose(device, TIRTC_E_HTTP_TIMEOUT, 0);
    } else if (established) {
        lose(device, link->fault == TI_FAULT_PORT ? link->code : TIRTC_E_CONN_OTHER_ERROR, 0);
    } else {
        lose(device, ti_link_error(link), 0);
    }
}

static int step_link(tirtc_device_t *device, uint32_t now, size_t *budget)
{
    ti_lifecycle_t *life = &device->lifecycle;
    ti_span_t message;
    int wait = ti_link_step(device, &life->link, now, budget);
    if (life->state == TI_DIALING && life->link.state == TI_LINK_OPEN) {
        feed(device, LINK_UP);
    }
    while (ti_link_next_message(device, &life->link, &message)) {
        on_message(device, message);
        wait = 0; /* what we answered wants to leave */
    }
    if (life->link.state == TI_LINK_BROKEN) {
        on_broken(device);
        return 0;
    }
    bool proving = life->state == TI_PROVING || life->state == TI_AWAITING;
    if (proving && ti_time_reached(now, life->timer_at)) {
        lose(device, TIRTC_E_HTTP_TIMEOUT, 0);
        return 0;
    }
    return proving ? ti_sooner(wait, (int)ti_time_until(now, life->timer_at)) : wait;
}

int ti_lifecycle_step(tirtc_device_t *device, uint32_t now, size_t *budget)
{
    ti_lifecycle_t *life = &device->lifecycle;
    if (life->state == TI_RESTING) {
        if (!ti_time_reached(now, life->timer_at)) {
            return (int)ti_time_until(now, life->timer_at);
        }
        feed(device, TIMER);
    }
    if (life->state == TI_IDLE || life->state == TI_REFUSED || life->link.state == TI_LINK_CLOSED) {
        return -1;
    }
    return step_link(device, now, budget);
}

void ti_lifecycle_begin(tirtc_device_t *device)
{
    feed(device, device->config->device_id.size > 0 ? BEGIN : PROVED);
}

void ti_lifecycle_stop(tirtc_device_t *device)
{
    if (device->lifecycle.state != TI_IDLE) {
        feed(device, STOP);
    }
}

static bool take_news(ti_lifecycle_t *life, unsigned which)
{
    bool there = (life->news & which) != 0;
    life->news &= ~which;
    return there;
}

bool ti_lifecycle_next(tirtc_device_t *device, tirtc_event_t *event)
{
    ti_lifecycle_t *life = &device->lifecycle;
    event->error = life->error;
    event->reason = life->reason;
    event->retry_in_ms = life->retry_in_ms;
    if (take_news(life, NEWS_HIJACKED)) {
        event->kind = TIRTC_DEVICE_HIJACKED;
        event->data = (const uint8_t *)life->location;
        event->size = life->location != NULL ? life->location_size : 0;
    } else if (take_news(life, NEWS_FAILED)) {
        event->kind = TIRTC_DEVICE_START_FAILED;
    } else if (take_news(life, NEWS_LOST)) {
        event->kind = TIRTC_DEVICE_SERVICE_LOST;
        life->online_told = false;
    } else if (life->state == TI_ONLINE && !life->online_told) {
        event->kind = life->started_told ? TIRTC_DEVICE_SERVICE_BACK : TIRTC_DEVICE_STARTED;
        event->error = 0;
        event->reason = 0;
        event->retry_in_ms = 0;
        life->started_told = life->online_told = true;
    } else {
        event->error = event->reason = 0;
        event->retry_in_ms = 0;
        return false;
    }
    return true;
}
