/* What any thread may ask about connections, sends apart: they take the lock for a moment and leave a wish or an
 * answer. */
#include <string.h>

#include "device.h"
#include "tirtc_config.h"

enum { MAX_TOKEN_BYTES = 4096 };

/* A token goes into a header line: visible ASCII, nothing else. */
static bool is_token(ti_span_t token)
{
    for (size_t i = 0; i < token.size; i++) {
        if (token.data[i] <= 0x20 || token.data[i] > 0x7e) {
            return false;
        }
    }
    return token.size <= MAX_TOKEN_BYTES;
}

/* A connection that carries all the attempt needs but a ticket, for which there is room. */
static ti_connection_t *make_attempt(tirtc_device_t *device, ti_span_t id, ti_span_t token, void *user)
{
    ti_connection_t *attempt = ti_connection_make(device, true);
    if (attempt == NULL) {
        return NULL;
    }
    attempt->by_ticket = token.size == 0;
    attempt->credential_size = attempt->by_ticket ? (size_t)TI_TICKET_BYTES : token.size;
    attempt->credential = ti_allocate(device, attempt->credential_size);
    if (attempt->credential == NULL) {
        ti_connection_free(device, attempt);
        return NULL;
    }
    if (!attempt->by_ticket) {
        memcpy(attempt->credential, token.data, token.size);
    }
    attempt->user = user;
    attempt->remote_id_size = (uint8_t)id.size;
    memcpy(attempt->remote_id, id.data, id.size);
    return attempt;
}

/* May this attempt begin? The lock is held. */
static int admit(tirtc_device_t *device, ti_connection_t *attempt, uint32_t now)
{
    ti_span_t id = ti_span(attempt->remote_id, attempt->remote_id_size);
    if (!device->wanted) {
        return TIRTC_E_NOT_INITIALIZED;
    }
    const ti_config_t *config = device->newest;
    if (attempt->by_ticket) {
        bool found = config->connect_cache && device->tickets != NULL &&
                     ti_ticket_find(device->tickets, id, now, (uint8_t *)attempt->credential);
        if (!found) {
            return TIRTC_E_CACHE_EXPIRED;
        }
    }
    if (device->live_connections >= config->max_connections) {
        return TIRTC_E_BUSY;
    }
    attempt->deadline_at = now + config->connect_timeout_ms;
    return 0;
}

int tirtc_device_connect(tirtc_device_t *device, tirtc_bytes_t remote_id, tirtc_bytes_t token, void *user,
                         tirtc_connection_t *connection)
{
    ti_span_t id = ti_remote_id(remote_id);
    ti_span_t credential = ti_span(token.data, token.data != NULL ? token.size : 0);
    if (device == NULL || id.size == 0 || !is_token(credential)) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_connection_t *attempt = make_attempt(device, id, credential, user);
    if (attempt == NULL) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    uint32_t now = ti_now(device);
    int error = ti_connection_enter(device, attempt);
    if (error == 0) {
        error = admit(device, attempt, now);
        if (error == 0) {
            attempt->epoch = device->epoch;
            attempt->next = device->arrivals;
            device->arrivals = attempt;
            device->live_connections++;
            if (connection != NULL) {
                *connection = attempt->handle;
            }
            ti_unlock_and_wake(device);
            return 0;
        }
        ti_connection_forget_handle_locked(device, attempt);
        ti_unlock(device);
    }
    ti_connection_free(device, attempt);
    return error;
}

int tirtc_connection_disconnect(tirtc_device_t *device, tirtc_connection_t handle)
{
    if (device == NULL) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_lock(device);
    ti_connection_t *connection = ti_connection_find(device, handle);
    if (connection == NULL || connection->ending) {
        ti_unlock(device);
        return TIRTC_E_INVALID_HANDLE;
    }
    if (connection->state <= TI_UP) {
        device->live_connections--;
    }
    connection->ending = true;
    device->ends_asked = true;
    ti_unlock_and_wake(device);
    return 0;
}

size_t tirtc_connection_send_buffer_used(tirtc_device_t *device, tirtc_connection_t handle)
{
    int error;
    if (device == NULL) {
        return 0;
    }
    ti_lock(device);
    ti_connection_t *connection = ti_connection_find_up(device, handle, &error);
    size_t used = connection != NULL ? connection->link.out.used : 0;
    /* The framing of one message may stand above what the program may fill. */
    if (connection != NULL && used > connection->max_send_buffer_bytes) {
        used = connection->max_send_buffer_bytes;
    }
    ti_unlock(device);
    return used;
}

int tirtc_connection_stats(tirtc_device_t *device, tirtc_connection_t handle, TiRtcConnStats *stats)
{
    if (device == NULL || stats == NULL) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_lock(device);
    ti_connection_t *connection = ti_connection_find(device, handle);
    bool alive = connection != NULL && !connection->ending;
    if (alive) {
        *stats = connection->stats;
    }
    ti_unlock(device);
    return alive ? 0 : TIRTC_E_INVALID_HANDLE;
}

int tirtc_connection_pause(tirtc_device_t *device, tirtc_connection_t handle, bool hold)
{
    if (device == NULL) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_lock(device);
    ti_connection_t *connection = ti_connection_find(device, handle);
    if (connection == NULL || connection->ending) {
        ti_unlock(device);
        return TIRTC_E_INVALID_HANDLE;
    }
    connection->held = hold;
    ti_unlock_and_wake(device); /* what waited is to be taken */
    return 0;
}

int tirtc_connection_set_user_data(tirtc_device_t *device, tirtc_connection_t handle, void *user_data)
{
    if (device == NULL) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_lock(device);
    ti_connection_t *connection = ti_connection_find(device, handle);
    if (connection != NULL) {
        connection->user_data = user_data;
    }
    ti_unlock(device);
    return connection != NULL ? 0 : TIRTC_E_INVALID_HANDLE;
}

void *tirtc_connection_get_user_data(tirtc_device_t *device, tirtc_connection_t handle)
{
    if (device == NULL) {
        return NULL;
    }
    ti_lock(device);
    ti_connection_t *connection = ti_connection_find(device, handle);
    void *user_data = connection != NULL ? connection->user_data : NULL;
    ti_unlock(device);
    return user_data;
}
