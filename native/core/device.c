/* Opening and closing a device, and the one step that moves everything. */
#include "device.h"

#include <string.h>

#include "../base/wrap_time.h"
#include "tirtc_config.h"

#if TIRTC_THREADS

void ti_lock(tirtc_device_t *device)
{
    if (device->lock != NULL) {
        device->port->threads->lock(device->lock);
    }
}

void ti_unlock(tirtc_device_t *device)
{
    if (device->lock != NULL) {
        device->port->threads->unlock(device->lock);
    }
}

#endif

uint32_t ti_now(tirtc_device_t *device)
{
    return device->port->mono_ms(device->port->context);
}

void *ti_allocate(tirtc_device_t *device, size_t size)
{
    return device->port->allocate(device->port->context, size);
}

void ti_release(tirtc_device_t *device, void *block, size_t size)
{
    if (block != NULL) {
        device->port->release(device->port->context, block, size);
    }
}

void ti_unlock_and_wake(tirtc_device_t *device)
{
    bool first = !device->wake_pending;
    device->wake_pending = true;
    ti_unlock(device);
    if (first) {
        device->port->wake(device->port->context);
    }
}

char *ti_copy(tirtc_device_t *device, ti_span_t bytes)
{
    char *copy = bytes.size > 0 ? ti_allocate(device, bytes.size) : NULL;
    if (copy != NULL) {
        memcpy(copy, bytes.data, bytes.size);
    }
    return copy;
}

uint32_t ti_random_u32(tirtc_device_t *device)
{
    ti_lock(device);
    uint32_t value = ti_random_next(&device->random);
    ti_unlock(device);
    return value;
}

int tirtc_device_open(const tirtc_port_t *port, tirtc_device_t **device)
{
    uint8_t seed[TI_SHA256_BYTES];
    if (port == NULL || device == NULL) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    if (!TIRTC_THREADS && port->threads != NULL) {
        ti_log_text(port, TI_LOG_ERROR, "device",
                    "the port has threads, and this library was built with TIRTC_THREADS=0");
        return TIRTC_E_INVALID_PARAMETER;
    }
    if (port->entropy(port->context, seed, sizeof seed) != 0) {
        ti_log_text(port, TI_LOG_ERROR, "device", "the port has no entropy: a device cannot be opened without");
        return TIRTC_E_INTERNAL_ERROR;
    }
    tirtc_device_t *opened = port->allocate(port->context, sizeof *opened);
    if (opened == NULL) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    memset(opened, 0, sizeof *opened);
    opened->port = port;
    ti_random_init(&opened->random, seed);
    ti_wipe(seed, sizeof seed);
    /* The handles of two devices, or of two runs, should differ. */
    opened->generation = ti_random_next(&opened->random);
    if (port->threads != NULL) {
        opened->lock = port->threads->lock_open();
        if (opened->lock == NULL) {
            port->release(port->context, opened, sizeof *opened);
            return TIRTC_E_LACK_OF_RESOURCE;
        }
    }
    *device = opened;
    return 0;
}

static void free_connections(tirtc_device_t *device, ti_connection_t *first)
{
    while (first != NULL) {
        ti_connection_t *next = first->next;
        ti_link_hang_up(device, &first->link);
        ti_connection_free(device, first);
        first = next;
    }
}

static void free_leaving(tirtc_device_t *device)
{
    if (device->leaving != NULL) {
        ti_connection_free(device, device->leaving);
        device->leaving = NULL;
    }
}

void tirtc_device_close(tirtc_device_t *device)
{
    if (device == NULL) {
        return;
    }
    const tirtc_port_t *port = device->port;
    free_leaving(device);
    free_connections(device, device->arrivals);
    free_connections(device, device->first);
    if (device->config != NULL) {
        ti_lifecycle_stop(device);
    }
    ti_config_free(port, device->config);
    ti_config_free(port, device->next_config);
    ti_release(device, device->table.slots, device->table.capacity * sizeof *device->table.slots);
    if (device->tickets != NULL) {
        ti_wipe(device->tickets, sizeof *device->tickets);
        ti_release(device, device->tickets, sizeof *device->tickets);
    }
    if (device->lock != NULL) {
        port->threads->lock_close(device->lock);
    }
    ti_wipe(device, sizeof *device);
    port->release(port->context, device, sizeof *device);
}

static bool same_device(const ti_config_t *a, const ti_config_t *b)
{
    return ti_span_equal(a->device_id, b->device_id);
}

int tirtc_device_start(tirtc_device_t *device, const tirtc_options_t *options)
{
    ti_config_t *config;
    if (device == NULL || options == NULL) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    int error = ti_config_make(device->port, options, &config);
    if (error != 0) {
        return error;
    }
    ti_lock(device);
    if (device->wanted && !device->refused) {
        bool same = same_device(config, device->newest);
        ti_unlock(device);
        ti_config_free(device->port, config);
        if (!same) {
            ti_log_text(device->port, TI_LOG_ERROR, "device", "already started with another id: stop it first");
        }
        return same ? 0 : TIRTC_E_INVALID_PARAMETER;
    }
    if (device->wanted) { /* it was refused for good: what is left of it ends as if stopped */
        device->stop_asked = true;
        device->stop_epoch = device->epoch;
    }
    device->wanted = true;
    device->refused = false;
    device->epoch++;
    device->next_config = config;
    device->newest = config;
    ti_unlock_and_wake(device);
    return 0;
}

int tirtc_device_stop(tirtc_device_t *device)
{
    ti_config_t *unseen = NULL;
    if (device == NULL) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_lock(device);
    if (!device->wanted) {
        ti_unlock(device);
        return 0;
    }
    device->wanted = false;
    device->refused = false;
    device->stop_epoch = device->epoch;
    if (device->next_config != NULL) {
        unseen = device->next_config;
        device->next_config = NULL;
        device->stops_due++;
    } else {
        device->stop_asked = true;
    }
    ti_unlock_and_wake(device);
    ti_config_free(device->port, unseen);
    return 0;
}

/* What other threads asked for since the last step, in one look. */
struct wishes {
    bool stop;
    bool ends;
    uint32_t stop_epoch;
    uint32_t stops_due;
    ti_config_t *config;
    ti_connection_t *arrivals;
};

static struct wishes take_wishes(tirtc_device_t *device)
{
    ti_lock(device);
    struct wishes wishes = {device->stop_asked, device->ends_asked,  device->stop_epoch,
                            device->stops_due,  device->next_config, device->arrivals};
    device->wake_pending = false;
    device->stop_asked = false;
    device->ends_asked = false;
    device->stops_due = 0;
    device->next_config = NULL;
    device->arrivals = NULL;
    ti_unlock(device);
    return wishes;
}

/* True when it belongs to a start that has been stopped. Epochs wrap as time does. */
static bool is_stopped(const tirtc_device_t *device, const ti_connection_t *connection)
{
    return ti_time_reached(device->ended_epoch, connection->epoch);
}

static void fail_stopped(tirtc_device_t *device)
{
    for (ti_connection_t *connection = device->first; connection != NULL; connection = connection->next) {
        if (is_stopped(device, connection) && connection->state <= TI_UP) {
            ti_connection_fail(device, connection, TIRTC_E_CONN_OTHER_ERROR, 0, TI_WORDS("stopped"));
        }
    }
}

static void end_disconnected(tirtc_device_t *device)
{
    for (ti_connection_t *connection = device->first; connection != NULL; connection = connection->next) {
        ti_lock(device);
        bool ending = connection->ending;
        ti_unlock(device);
        if (ending) {
            ti_connection_end(device, connection);
        }
    }
}

/* The latest arrival stands first: turn them round. */
static void adopt_arrivals(tirtc_device_t *device, ti_connection_t *latest)
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
        ti_connection_adopt(device, earliest);
        earliest = next;
    }
}

static void begin_start(tirtc_device_t *device, ti_config_t *config)
{
    ti_lock(device);
    ti_config_t *old = device->config;
    device->config = config;
    ti_unlock(device);
    ti_config_free(device->port, old);
    ti_lifecycle_begin(device);
}

static void fulfil(tirtc_device_t *device, const struct wishes *wishes)
{
    adopt_arrivals(device, wishes->arrivals);
    if (wishes->stop || wishes->stops_due > 0) {
        device->ended_epoch = wishes->stop_epoch;
        fail_stopped(device);
    }
    if (wishes->stop) {
        ti_lifecycle_stop(device);
        device->stopped_untold++;
    }
    device->stopped_untold += wishes->stops_due;
    if (wishes->config != NULL) {
        begin_start(device, wishes->config);
    }
    if (wishes->ends) {
        end_disconnected(device);
    }
}

/* Those up to and including this one go to the end of the line. */
static void turn(tirtc_device_t *device, ti_connection_t *served)
{
    if (device->last != served) {
        device->last->next = device->first;
        device->first = served->next;
        device->last = served;
        served->next = NULL;
    }
}

/* Who moves the last bytes of the budget stands last in the next step, or the others might never get their turn. */
static int step_connections(tirtc_device_t *device, uint32_t now, size_t *budget)
{
    int wait = -1;
    ti_connection_t *spender = NULL;
    ti_connection_t *previous = NULL;
    ti_connection_t *connection = device->first;
    while (connection != NULL) {
        ti_connection_t *next = connection->next;
        bool budget_left = *budget > 0;
        wait = ti_sooner(wait, ti_connection_step(device, connection, now, budget));
        if (ti_connection_is_over(connection)) {
            ti_connection_leave(device, previous, connection);
            ti_connection_free(device, connection);
        } else {
            spender = budget_left && *budget == 0 ? connection : spender;
            previous = connection;
        }
        connection = next;
    }
    if (spender != NULL) {
        turn(device, spender);
    }
    return wait;
}

static int expire_tickets(tirtc_device_t *device, uint32_t now)
{
    if (device->tickets == NULL) {
        return -1;
    }
    ti_lock(device);
    int wait = ti_ticket_expire(device->tickets, now);
    ti_unlock(device);
    return wait;
}

int tirtc_device_step(tirtc_device_t *device)
{
    size_t budget = TIRTC_MAX_STEP_BYTES;
    uint32_t now = ti_now(device);
    struct wishes wishes = take_wishes(device);
    fulfil(device, &wishes);
    int wait = ti_lifecycle_step(device, now, &budget);
    wait = ti_sooner(wait, step_connections(device, now, &budget));
    wait = ti_sooner(wait, expire_tickets(device, now));
    return budget == 0 ? 0 : wait;
}

static bool next_news(tirtc_device_t *device, tirtc_event_t *event, bool only_stopped)
{
    ti_connection_t *previous = NULL;
    for (ti_connection_t *connection = device->first; connection != NULL && device->untold > 0;
         connection = connection->next) {
        bool due = !only_stopped || is_stopped(device, connection);
        if (due && ti_connection_next_news(device, connection, event)) {
            if (ti_connection_is_over(connection)) {
                ti_connection_leave(device, previous, connection);
                device->leaving = connection;
            }
            return true;
        }
        previous = connection;
    }
    return false;
}

static bool next_message(tirtc_device_t *device, tirtc_event_t *event)
{
    for (ti_connection_t *connection = device->first; connection != NULL; connection = connection->next) {
        if (ti_connection_next_message(device, connection, event)) {
            turn(device, connection);
            return true;
        }
    }
    return false;
}

static bool next_stopped(tirtc_device_t *device, tirtc_event_t *event)
{
    if (device->stopped_untold == 0) {
        return false;
    }
    device->stopped_untold--;
    event->kind = TIRTC_DEVICE_STOPPED;
    return true;
}

bool tirtc_device_next(tirtc_device_t *device, tirtc_event_t *event)
{
    free_leaving(device);
    memset(event, 0, sizeof *event);
    /* What a stop ended is told before the stop itself, and that before the news of a start that followed it. */
    if (device->stopped_untold > 0 && (next_news(device, event, true) || next_stopped(device, event))) {
        return true;
    }
    if (ti_lifecycle_next(device, event) || next_news(device, event, false) || next_message(device, event)) {
        return true;
    }
    /* Looking for messages is how the end of a broken link is found. */
    return next_news(device, event, false);
}
