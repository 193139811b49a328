/* Opening, starting, stepping and closing a device. It alone sees both the lifecycle and the connections. */
#include "device.h"

#include <string.h>

#include "../base/wrap_time.h"

int tirtc_device_open(const tirtc_port_t *port, tirtc_device_t **device)
{
    uint8_t seed[TI_SHA256_BYTES];
    if (port == NULL || device == NULL) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    if (!TIRTC_THREADS && port->threads != NULL) {
        ti_log_text(port, TIRTC_LOG_ERROR, "device",
                    "the port has threads, but this library was built with TIRTC_THREADS=0");
        return TIRTC_E_INVALID_PARAMETER;
    }
    if (port->entropy(port->context, seed, sizeof seed) != 0) {
        ti_log_text(port, TIRTC_LOG_ERROR, "device", "the port has no entropy, which a device needs");
        return TIRTC_E_INTERNAL_ERROR;
    }
    tirtc_device_t *opened = port->allocate(port->context, sizeof *opened);
    if (opened == NULL) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    memset(opened, 0, sizeof *opened);
    opened->context.port = port;
    ti_random_init(&opened->context.random, seed);
    ti_wipe(seed, sizeof seed);
    /* The handles of two devices, or of two runs, should differ. */
    opened->table.generation = ti_random_next(&opened->context.random);
    if (port->threads != NULL) {
        opened->context.lock = port->threads->lock_open();
        if (opened->context.lock == NULL) {
            port->release(port->context, opened, sizeof *opened);
            return TIRTC_E_LACK_OF_RESOURCE;
        }
    }
    *device = opened;
    return 0;
}

static void free_connections(ti_context_t *context, ti_connection_t *first)
{
    while (first != NULL) {
        ti_connection_t *next = first->next;
        ti_link_hang_up(context, &first->link);
        ti_connection_free(context, first);
        first = next;
    }
}

static void free_reported(tirtc_device_t *device)
{
    if (device->to_free != NULL) {
        ti_connection_free(&device->context, device->to_free);
        device->to_free = NULL;
    }
}

void tirtc_device_close(tirtc_device_t *device)
{
    if (device == NULL) {
        return;
    }
    ti_context_t *context = &device->context;
    const tirtc_port_t *port = context->port;
    free_reported(device);
    free_connections(context, device->new_connections);
    free_connections(context, device->table.first);
    ti_lifecycle_stop(context, &device->lifecycle);
    ti_redirect_clear(context);
    ti_config_free(port, context->config);
    ti_config_free(port, device->next_config);
    ti_release(context, device->table.slots, device->table.capacity * sizeof *device->table.slots);
    if (context->tickets != NULL) {
        ti_wipe(context->tickets, sizeof *context->tickets);
        ti_release(context, context->tickets, sizeof *context->tickets);
    }
    if (context->lock != NULL) {
        port->threads->lock_close(context->lock);
    }
    ti_wipe(device, sizeof *device);
    port->release(port->context, device, sizeof *device);
}

int tirtc_device_start(tirtc_device_t *device, const tirtc_options_t *options)
{
    ti_config_t *config;
    if (device == NULL || options == NULL) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_context_t *context = &device->context;
    int error = ti_config_make(context->port, options, &config);
    if (error != 0) {
        return error;
    }
    ti_lock(context);
    if (device->wanted && !device->refused) {
        bool same = ti_span_equal(config->device_id, device->newest_config->device_id);
        ti_unlock(context);
        ti_config_free(context->port, config);
        if (!same) {
            ti_log_text(context->port, TIRTC_LOG_ERROR, "device", "already started with another id: stop it first");
        }
        return same ? 0 : TIRTC_E_INVALID_PARAMETER;
    }
    if (device->wanted) { /* it was refused for good: it ends as if it had been stopped */
        device->stop_asked = true;
        device->stop_epoch = device->epoch;
    }
    device->wanted = true;
    device->refused = false;
    device->epoch++;
    device->next_config = config;
    device->newest_config = config;
    ti_unlock_and_wake(context);
    return 0;
}

int tirtc_device_stop(tirtc_device_t *device)
{
    ti_config_t *unseen = NULL;
    if (device == NULL) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_lock(&device->context);
    if (!device->wanted) {
        ti_unlock(&device->context);
        return 0;
    }
    device->wanted = false;
    device->refused = false;
    device->stop_epoch = device->epoch;
    if (device->next_config != NULL) {
        unseen = device->next_config;
        device->next_config = NULL;
        device->unseen_stops++;
    } else {
        device->stop_asked = true;
    }
    ti_unlock_and_wake(&device->context);
    ti_config_free(device->context.port, unseen);
    return 0;
}

/* What other threads asked for since the last step. */
struct requests {
    bool stop;
    bool disconnect;
    uint32_t stop_epoch;
    uint32_t unseen_stops;
    ti_config_t *config;
    ti_connection_t *new_connections;
};

static struct requests take_requests(tirtc_device_t *device)
{
    ti_lock(&device->context);
    struct requests requests = {device->stop_asked,   device->disconnect_asked, device->stop_epoch,
                                device->unseen_stops, device->next_config,      device->new_connections};
    device->context.wake_pending = false;
    device->stop_asked = false;
    device->disconnect_asked = false;
    device->unseen_stops = 0;
    device->next_config = NULL;
    device->new_connections = NULL;
    ti_unlock(&device->context);
    return requests;
}

/* True if it belongs to a start that has been stopped. Epochs wrap as time does. */
static bool is_stopped(const tirtc_device_t *device, const ti_connection_t *connection)
{
    return ti_time_reached(device->ended_epoch, connection->epoch);
}

static void fail_stopped(tirtc_device_t *device)
{
    for (ti_connection_t *connection = device->table.first; connection != NULL; connection = connection->next) {
        if (is_stopped(device, connection) && connection->state <= TI_UP) {
            ti_connection_fail(&device->context, connection, TIRTC_E_CONN_OTHER_ERROR, 0, TI_WORDS("stopped"));
        }
    }
}

static void end_disconnected(tirtc_device_t *device)
{
    for (ti_connection_t *connection = device->table.first; connection != NULL; connection = connection->next) {
        ti_lock(&device->context);
        bool ending = connection->ending;
        ti_unlock(&device->context);
        if (ending) {
            ti_connection_end(&device->context, connection);
        }
    }
}

/* Append the new connections, the earliest first. */
static void take_new_connections(ti_connection_t *latest)
{
    ti_connection_t *earliest = NULL;
    while (latest != NULL) {
        ti_connection_t *earlier = latest->next;
        latest->next = earliest;
        earliest = latest;
        latest = earlier;
    }
    while (earliest != NULL) {
        ti_connection_t *next = earliest->next;
        ti_connection_append(earliest);
        earliest = next;
    }
}

static void begin_start(tirtc_device_t *device, ti_config_t *config)
{
    ti_context_t *context = &device->context;
    ti_lock(context);
    ti_config_t *old = context->config;
    context->config = config;
    ti_unlock(context);
    ti_config_free(context->port, old);
    ti_lifecycle_begin(context, &device->lifecycle);
}

static void apply_requests(tirtc_device_t *device, const struct requests *requests)
{
    take_new_connections(requests->new_connections);
    if (requests->stop || requests->unseen_stops > 0) {
        device->ended_epoch = requests->stop_epoch;
        fail_stopped(device);
    }
    if (requests->stop) {
        ti_lifecycle_stop(&device->context, &device->lifecycle);
        device->pending_stops++;
    }
    device->pending_stops += requests->unseen_stops;
    if (requests->config != NULL) {
        begin_start(device, requests->config);
    }
    if (requests->disconnect) {
        end_disconnected(device);
    }
}

/* Returns a caller's connection that holds all the accept link needs; NULL if there is no memory. */
static ti_connection_t *make_called(tirtc_device_t *device, const ti_control_t *incoming)
{
    ti_context_t *context = &device->context;
    ti_connection_t *connection = ti_connection_make(context, &device->table, false);
    if (connection == NULL) {
        return NULL;
    }
    connection->subject = ti_copy(context, incoming->subject);
    if (connection->subject == NULL &&
        incoming->subject.size > 0) { /* a caller must not be accepted without its name */
        ti_connection_free(context, connection);
        return NULL;
    }
    connection->subject_size = incoming->subject.size;
    memcpy(connection->accept_key, incoming->key, sizeof connection->accept_key);
    ti_hmac_sha256(ti_span(device->lifecycle.proofs.accept_key, TI_MAC_BYTES),
                   ti_span(incoming->key, TI_ACCEPT_KEY_BYTES), ti_span(NULL, 0), connection->accept_mac);
    connection->deadline_at = ti_now(context) + TIRTC_HANDSHAKE_TIMEOUT_MS;
    return connection;
}

/* Admit the caller unless the device is full or its start has been stopped. */
static bool admit_called(tirtc_device_t *device, ti_connection_t *connection)
{
    ti_context_t *context = &device->context;
    bool admitted = ti_connection_enter_locked(context, connection) == 0 && device->wanted &&
                    device->newest_config == context->config &&
                    device->table.live_count < context->config->max_connections;
    if (admitted) {
        device->table.live_count++;
        connection->epoch = device->epoch;
    } else {
        ti_connection_forget_handle_locked(connection);
    }
    ti_unlock(context);
    return admitted;
}

static void on_incoming(tirtc_device_t *device, const ti_control_t *incoming)
{
    uint8_t busy[TI_BUSY_MESSAGE_BYTES];
    ti_context_t *context = &device->context;
    ti_connection_t *connection = make_called(device, incoming);
    if (connection != NULL && admit_called(device, connection)) {
        ti_connection_append(connection);
        return;
    }
    if (connection != NULL) {
        ti_connection_free(context, connection);
    }
    ti_log_text(context->port, TIRTC_LOG_WARN, "device", "refused a caller: no room for another connection");
    ti_busy_write(busy, incoming->connection);
    (void)ti_link_queue(context, &device->lifecycle.link, TI_WS_BINARY, ti_span(busy, sizeof busy));
}

static int step_lifecycle(tirtc_device_t *device, uint32_t now, size_t *budget)
{
    ti_context_t *context = &device->context;
    ti_lifecycle_t *life = &device->lifecycle;
    ti_span_t message;
    ti_control_t incoming;
    bool was_refused = life->state == TI_REFUSED;
    int wait = ti_lifecycle_step(context, life, now, budget);
    while (ti_link_next_message(context, &life->link, &message)) {
        if (ti_lifecycle_on_message(context, life, message, &incoming)) {
            on_incoming(device, &incoming);
        }
        wait = 0; /* answers to the message are waiting to be sent */
    }
    wait = ti_sooner(wait, ti_lifecycle_check(context, life, now));
    if (life->state == TI_REFUSED && !was_refused) {
        ti_lock(context);
        device->refused = device->next_config == NULL; /* otherwise this start was stopped, and another one waits */
        ti_unlock(context);
    }
    return wait;
}

/* The connection that exhausts the budget moves to the back of the queue, so that the others are not starved. */
static int step_connections(tirtc_device_t *device, uint32_t now, size_t *budget)
{
    int wait = -1;
    ti_connection_t *exhausting = NULL;
    ti_connection_t *previous = NULL;
    ti_connection_t *connection = device->table.first;
    while (connection != NULL) {
        ti_connection_t *next = connection->next;
        bool had_budget = *budget > 0;
        wait = ti_sooner(wait, ti_connection_step(&device->context, connection, now, budget));
        if (ti_connection_is_over(connection)) {
            ti_connection_remove(previous, connection);
            ti_connection_free(&device->context, connection);
        } else {
            exhausting = had_budget && *budget == 0 ? connection : exhausting;
            previous = connection;
        }
        connection = next;
    }
    if (exhausting != NULL) {
        ti_connection_rotate(exhausting);
    }
    return wait;
}

static int expire_tickets(ti_context_t *context, uint32_t now)
{
    if (context->tickets == NULL) {
        return -1;
    }
    ti_lock(context);
    int wait = ti_ticket_expire(context->tickets, now);
    ti_unlock(context);
    return wait;
}

int tirtc_device_step(tirtc_device_t *device)
{
    size_t budget = TIRTC_MAX_STEP_BYTES;
    uint32_t now = ti_now(&device->context);
    struct requests requests = take_requests(device);
    apply_requests(device, &requests);
    int wait = step_lifecycle(device, now, &budget);
    wait = ti_sooner(wait, step_connections(device, now, &budget));
    wait = ti_sooner(wait, expire_tickets(&device->context, now));
    return budget == 0 ? 0 : wait;
}

static bool next_connection_event(tirtc_device_t *device, tirtc_event_t *event, bool only_stopped)
{
    ti_connection_t *previous = NULL;
    for (ti_connection_t *connection = device->table.first; connection != NULL && device->table.pending_count > 0;
         connection = connection->next) {
        bool due = !only_stopped || is_stopped(device, connection);
        if (due && ti_connection_next_event(&device->context, connection, event)) {
            if (ti_connection_is_over(connection)) {
                ti_connection_remove(previous, connection);
                device->to_free = connection;
            }
            return true;
        }
        previous = connection;
    }
    return false;
}

static bool next_message(tirtc_device_t *device, tirtc_event_t *event)
{
    for (ti_connection_t *connection = device->table.first; connection != NULL; connection = connection->next) {
        if (ti_connection_next_message(&device->context, connection, event)) {
            ti_connection_rotate(connection);
            return true;
        }
    }
    return false;
}

/* A stop is reported after the end of its connections, and before the events of a start that followed it. */
static bool next_of_stopped(tirtc_device_t *device, tirtc_event_t *event)
{
    if (device->pending_stops == 0) {
        return false;
    }
    if (!next_connection_event(device, event, true)) {
        device->pending_stops--;
        event->kind = TIRTC_DEVICE_STOPPED;
    }
    return true;
}

/* True if other threads asked for nothing that the next step has to do. */
static bool is_stopped_and_obeyed(tirtc_device_t *device)
{
    ti_lock(&device->context);
    bool obeyed = !device->wanted && !device->stop_asked && device->unseen_stops == 0 && !device->disconnect_asked &&
                  device->new_connections == NULL;
    ti_unlock(&device->context);
    return obeyed;
}

bool tirtc_device_is_idle(tirtc_device_t *device)
{
    if (!is_stopped_and_obeyed(device) || device->pending_stops > 0) {
        return false;
    }
    /* A failed connection that was reported waits for its disconnect, all others have something to report. */
    for (ti_connection_t *connection = device->table.first; connection != NULL; connection = connection->next) {
        if (connection->state != TI_FAILED || connection->pending_events != 0) {
            return false;
        }
    }
    return true;
}

bool tirtc_device_next(tirtc_device_t *device, tirtc_event_t *event)
{
    free_reported(device);
    memset(event, 0, sizeof *event);
    /* Taking messages finds the end of a broken link, so connections are asked twice. */
    return next_of_stopped(device, event) || ti_lifecycle_next(&device->context, &device->lifecycle, event) ||
           next_connection_event(device, event, false) || next_message(device, event) ||
           next_connection_event(device, event, false);
}
