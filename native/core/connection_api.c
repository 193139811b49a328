/* The calls of tirtc_device.h about connections, except sends, from any thread: they hold the lock for a moment and
 * leave a request for the owner, or return an answer. */
#include <string.h>

#include "device.h"

enum {
    MAX_TOKEN_BYTES = 4096,
    /* For a program that asks for recommendations and names no range. */
    DEFAULT_MIN_BPS = 64000,
    DEFAULT_START_BPS = 1000000,
    DEFAULT_MAX_BPS = 8000000
};

/* A token becomes part of a header line: only visible ASCII. */
static bool is_token(ti_span_t token)
{
    for (size_t i = 0; i < token.size; i++) {
        if (token.data[i] <= 0x20 || token.data[i] > 0x7e) {
            return false;
        }
    }
    return token.size <= MAX_TOKEN_BYTES;
}

/* Returns a connection with all that the attempt needs except the ticket, for which there is room. */
static ti_connection_t *make_attempt(tirtc_device_t *device, ti_span_t id, ti_span_t suffix, ti_span_t token,
                                     void *user)
{
    ti_connection_t *attempt = ti_connection_make(&device->context, &device->table, true);
    if (attempt == NULL) {
        return NULL;
    }
    attempt->by_ticket = token.size == 0;
    attempt->credential_size = attempt->by_ticket ? (size_t)TI_TICKET_BYTES : token.size;
    attempt->suffix_size = (uint8_t)suffix.size;
    attempt->credential = ti_allocate(&device->context, attempt->credential_size + suffix.size);
    if (attempt->credential == NULL) {
        ti_connection_free(&device->context, attempt);
        return NULL;
    }
    if (!attempt->by_ticket) {
        memcpy(attempt->credential, token.data, token.size);
    }
    if (suffix.size > 0) {
        memcpy(attempt->credential + attempt->credential_size, suffix.data, suffix.size);
    }
    attempt->user = user;
    attempt->remote_id_size = (uint8_t)id.size;
    memcpy(attempt->remote_id, id.data, id.size);
    return attempt;
}

/* Returns 0 if this attempt may begin. The lock is held. */
static int admit(tirtc_device_t *device, ti_connection_t *attempt, uint32_t now)
{
    ti_span_t id = ti_span(attempt->remote_id, attempt->remote_id_size);
    if (!device->wanted) {
        return TIRTC_E_NOT_INITIALIZED;
    }
    const ti_config_t *config = device->newest_config;
    if (attempt->by_ticket) {
        bool found = config->connect_cache && device->context.tickets != NULL &&
                     ti_ticket_find(device->context.tickets, id, now, (uint8_t *)attempt->credential);
        if (!found) {
            return TIRTC_E_CACHE_EXPIRED;
        }
    }
    if (device->table.live_count >= config->max_connections) {
        return TIRTC_E_BUSY;
    }
    attempt->deadline_at = now + config->connect_timeout_ms;
    return 0;
}

int tirtc_device_connect(tirtc_device_t *device, tirtc_bytes_t remote_id, tirtc_bytes_t token, void *user,
                         tirtc_connection_t *connection)
{
    ti_span_t id;
    ti_span_t suffix;
    ti_span_t credential = ti_span(token.data, token.data != NULL ? token.size : 0);
    if (device == NULL || !ti_remote_id_read(remote_id, &id, &suffix) || !is_token(credential)) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_connection_t *attempt = make_attempt(device, id, suffix, credential, user);
    if (attempt == NULL) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    uint32_t now = ti_now(&device->context);
    int error = ti_connection_enter_locked(&device->context, attempt);
    if (error == 0) {
        error = admit(device, attempt, now);
    }
    if (error != 0) {
        ti_connection_forget_handle_locked(attempt);
        ti_unlock(&device->context);
        ti_connection_free(&device->context, attempt);
        return error;
    }
    attempt->epoch = device->epoch;
    attempt->next = device->new_connections;
    device->new_connections = attempt;
    device->table.live_count++;
    if (connection != NULL) {
        *connection = attempt->handle;
    }
    ti_unlock_and_wake(&device->context);
    return 0;
}

int tirtc_connection_disconnect(tirtc_device_t *device, tirtc_connection_t handle)
{
    if (device == NULL) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_lock(&device->context);
    ti_connection_t *connection = ti_connection_find(&device->table, handle);
    if (connection == NULL || connection->ending) {
        ti_unlock(&device->context);
        return TIRTC_E_INVALID_HANDLE;
    }
    if (connection->state <= TI_UP) {
        device->table.live_count--;
    }
    connection->ending = true;
    device->disconnect_asked = true;
    ti_unlock_and_wake(&device->context);
    return 0;
}

size_t tirtc_connection_send_buffer_used(tirtc_device_t *device, tirtc_connection_t handle)
{
    int error;
    if (device == NULL) {
        return 0;
    }
    ti_lock(&device->context);
    ti_connection_t *connection = ti_connection_find_up(&device->table, handle, &error);
    size_t used = connection != NULL ? connection->link.out.used : 0;
    /* The framing of one message may exceed what the program may fill. */
    if (connection != NULL && used > connection->max_send_buffer_bytes) {
        used = connection->max_send_buffer_bytes;
    }
    ti_unlock(&device->context);
    return used;
}

int tirtc_connection_stats(tirtc_device_t *device, tirtc_connection_t handle, TiRtcConnStats *stats)
{
    if (device == NULL || stats == NULL) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_lock(&device->context);
    ti_connection_t *connection = ti_connection_find(&device->table, handle);
    bool alive = connection != NULL && !connection->ending;
    if (alive) {
        *stats = connection->stats;
    }
    ti_unlock(&device->context);
    return alive ? 0 : TIRTC_E_INVALID_HANDLE;
}

int tirtc_connection_pause(tirtc_device_t *device, tirtc_connection_t handle, bool paused)
{
    if (device == NULL) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_lock(&device->context);
    ti_connection_t *connection = ti_connection_find(&device->table, handle);
    if (connection == NULL || connection->ending) {
        ti_unlock(&device->context);
        return TIRTC_E_INVALID_HANDLE;
    }
    connection->paused = paused;
    ti_unlock_and_wake(&device->context); /* waiting messages may be taken now */
    return 0;
}

int tirtc_connection_set_user_data(tirtc_device_t *device, tirtc_connection_t handle, void *user_data)
{
    if (device == NULL) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_lock(&device->context);
    ti_connection_slot_t *slot = ti_connection_find_slot(&device->table, handle);
    bool alive = slot != NULL && slot->connection != NULL;
    if (alive) {
        slot->user_data = user_data;
    }
    ti_unlock(&device->context);
    return alive ? 0 : TIRTC_E_INVALID_HANDLE;
}

void *tirtc_connection_get_user_data(tirtc_device_t *device, tirtc_connection_t handle)
{
    if (device == NULL) {
        return NULL;
    }
    ti_lock(&device->context);
    const ti_connection_slot_t *slot = ti_connection_find_slot(&device->table, handle);
    void *user_data = slot != NULL ? slot->user_data : NULL;
    ti_unlock(&device->context);
    return user_data;
}

/* Find a stream of a connection, and allocate its estimate if there is none. Returns it with the lock held, or NULL and
 * *error. */
static ti_bitrate_stream_t *lock_stream(tirtc_device_t *device, tirtc_connection_t handle, uint8_t stream, int *error)
{
    ti_bitrate_t *made = NULL;
    for (;;) {
        ti_lock(&device->context);
        ti_connection_t *connection = ti_connection_find_up(&device->table, handle, error);
        if (connection != NULL && connection->bitrate == NULL && made != NULL) {
            connection->bitrate = made;
            made = NULL;
        }
        ti_bitrate_t *bitrate = connection != NULL ? connection->bitrate : NULL;
        if (bitrate != NULL && made == NULL) {
            return &bitrate->streams[stream];
        }
        ti_unlock(&device->context);
        ti_release(&device->context, made, sizeof *made); /* another thread was faster, or the connection is gone */
        if (connection == NULL) {
            return NULL;
        }
        made = bitrate == NULL ? ti_allocate(&device->context, sizeof *made) : NULL;
        if (bitrate == NULL && made == NULL) {
            *error = TIRTC_E_LACK_OF_RESOURCE;
            return NULL;
        }
        if (made != NULL) {
            memset(made, 0, sizeof *made);
        }
    }
}

int tirtc_connection_set_bitrate_range(tirtc_device_t *device, tirtc_connection_t connection, uint8_t stream,
                                       uint32_t min_bps, uint32_t max_bps, uint32_t start_bps)
{
    int error;
    bool legal = min_bps > 0 && min_bps <= start_bps && start_bps <= max_bps;
    if (device == NULL || stream >= TI_MAX_STREAMS || !legal) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_bitrate_stream_t *locked = lock_stream(device, connection, stream, &error);
    if (locked == NULL) {
        return error;
    }
    ti_bitrate_set_range(locked, min_bps, max_bps, start_bps);
    locked->range_given = true;
    ti_unlock_and_wake(&device->context);
    return 0;
}

int tirtc_connection_set_bitrate_handler(tirtc_device_t *device, tirtc_connection_t connection, uint8_t stream,
                                         void (*handler)(void), void *user)
{
    int error;
    if (device == NULL || stream >= TI_MAX_STREAMS) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_bitrate_stream_t *locked = lock_stream(device, connection, stream, &error);
    if (locked == NULL) {
        return error;
    }
    locked->handler = handler;
    locked->user = user;
    if (!locked->range_given && handler != NULL) {
        ti_bitrate_set_range(locked, DEFAULT_MIN_BPS, DEFAULT_MAX_BPS, DEFAULT_START_BPS);
    } else if (!locked->range_given) {
        ti_bitrate_set_range(locked, 0, 0, 0); /* the assumed range ends with its handler */
    }
    ti_unlock_and_wake(&device->context);
    return 0;
}
