/* Making, naming and freeing connections. A handle is a slot and a generation: slot in the low bits, and a generation
 * that no two connections of a device share, so that a handle of a dead connection never finds a living one. */
#include <string.h>

#include "device.h"

enum { SLOT_BITS = 12, MAX_SLOTS = 1 << SLOT_BITS, FIRST_SLOTS = 4 };

/* What of the generation a handle can carry: all 32 bits, or the 20 that a 32-bit handle leaves. */
#define GENERATION_MASK ((uint32_t)(UINTPTR_MAX >> SLOT_BITS))

ti_connection_t *ti_connection_find(tirtc_device_t *device, tirtc_connection_t handle)
{
    size_t slot = (size_t)handle & (MAX_SLOTS - 1);
    if (handle == 0 || slot >= device->table.capacity) {
        return NULL;
    }
    ti_connection_t *connection = device->table.slots[slot];
    return connection != NULL && connection->handle == handle ? connection : NULL;
}

ti_connection_t *ti_connection_find_up(tirtc_device_t *device, tirtc_connection_t handle, int *error)
{
    ti_connection_t *connection = ti_connection_find(device, handle);
    *error = TIRTC_E_INVALID_HANDLE;
    if (connection == NULL || connection->ending) {
        return NULL;
    }
    if (connection->state == TI_FAILED) {
        *error = connection->error;
    }
    return connection->state == TI_UP ? connection : NULL;
}

ti_connection_t *ti_connection_make(tirtc_device_t *device, bool outgoing)
{
    ti_connection_t *connection = ti_allocate(device, sizeof *connection);
    if (connection != NULL) {
        memset(connection, 0, sizeof *connection);
        connection->outgoing = outgoing;
    }
    return connection;
}

static bool take_slot(tirtc_device_t *device, ti_connection_t *connection)
{
    for (size_t slot = 0; slot < device->table.capacity; slot++) {
        if (device->table.slots[slot] == NULL) {
            do {
                device->generation = (device->generation + 1) & GENERATION_MASK;
            } while (device->generation == 0);
            connection->handle = (tirtc_connection_t)device->generation << SLOT_BITS | slot;
            device->table.slots[slot] = connection;
            return true;
        }
    }
    return false;
}

/* Put the larger block in place, unless somebody else was faster. Returns what is to be freed. The lock is held. */
static ti_connection_t **replace_slots(tirtc_device_t *device, ti_connection_t **block, size_t *capacity)
{
    ti_connection_t **old = device->table.slots;
    size_t old_capacity = device->table.capacity;
    if (old_capacity >= *capacity) {
        return block;
    }
    memset(block, 0, *capacity * sizeof *block);
    if (old_capacity > 0) {
        memcpy(block, old, old_capacity * sizeof *block);
    }
    device->table.slots = block;
    device->table.capacity = *capacity;
    *capacity = old_capacity;
    return old;
}

int ti_connection_enter(tirtc_device_t *device, ti_connection_t *connection)
{
    for (;;) {
        ti_lock(device);
        if (take_slot(device, connection)) {
            return 0;
        }
        size_t capacity = device->table.capacity == 0 ? FIRST_SLOTS : device->table.capacity * 2;
        ti_unlock(device);
        ti_connection_t **block = capacity <= MAX_SLOTS ? ti_allocate(device, capacity * sizeof *block) : NULL;
        if (block == NULL) {
            return TIRTC_E_LACK_OF_RESOURCE;
        }
        ti_lock(device);
        ti_connection_t **old = replace_slots(device, block, &capacity);
        ti_unlock(device);
        ti_release(device, old, capacity * sizeof *old);
    }
}

void ti_connection_forget_handle_locked(tirtc_device_t *device, ti_connection_t *connection)
{
    if (ti_connection_find(device, connection->handle) == connection) {
        device->table.slots[(size_t)connection->handle & (MAX_SLOTS - 1)] = NULL;
    }
}

void ti_connection_forget_handle(tirtc_device_t *device, ti_connection_t *connection)
{
    ti_lock(device);
    ti_connection_forget_handle_locked(device, connection);
    ti_unlock(device);
}

void ti_connection_adopt(tirtc_device_t *device, ti_connection_t *connection)
{
    connection->next = NULL;
    if (device->first == NULL) {
        device->first = connection;
    } else {
        device->last->next = connection;
    }
    device->last = connection;
}

void ti_connection_leave(tirtc_device_t *device, ti_connection_t *previous, ti_connection_t *connection)
{
    if (previous == NULL) {
        device->first = connection->next;
    } else {
        previous->next = connection->next;
    }
    if (device->last == connection) {
        device->last = previous;
    }
    connection->next = NULL;
}

void ti_connection_drop_credential(tirtc_device_t *device, ti_connection_t *connection)
{
    if (connection->credential != NULL) {
        ti_wipe(connection->credential, connection->credential_size);
        ti_release(device, connection->credential, connection->credential_size);
        connection->credential = NULL;
    }
}

void ti_connection_free(tirtc_device_t *device, ti_connection_t *connection)
{
    if (connection->handle != 0) {
        ti_connection_forget_handle(device, connection);
    }
    ti_connection_drop_credential(device, connection);
    ti_release(device, connection->subject, connection->subject_size);
    ti_release(device, connection->bitrate, sizeof *connection->bitrate);
    ti_wipe(connection, sizeof *connection);
    ti_release(device, connection, sizeof *connection);
}
