/* A handle is a slot and a generation: the slot in the low bits, and a generation that no two connections of a device
 * share, so that the handle of a dead connection never finds a live one. */
#include "connection_table.h"

#include <string.h>

enum { SLOT_BITS = 12, MAX_SLOTS = 1 << SLOT_BITS, FIRST_SLOTS = 4 };

/* The part of the generation that a handle holds: all 32 bits, or the 20 remaining in a handle of 32 bits. */
#define GENERATION_MASK ((uint32_t)(UINTPTR_MAX >> SLOT_BITS))

ti_connection_slot_t *ti_connection_find_slot(const ti_connection_table_t *table, tirtc_connection_t handle)
{
    size_t slot = (size_t)handle & (MAX_SLOTS - 1);
    if (handle == 0 || slot >= table->capacity) {
        return NULL;
    }
    return table->slots[slot].handle == handle ? &table->slots[slot] : NULL;
}

ti_connection_t *ti_connection_find(const ti_connection_table_t *table, tirtc_connection_t handle)
{
    const ti_connection_slot_t *slot = ti_connection_find_slot(table, handle);
    return slot != NULL ? slot->connection : NULL;
}

ti_connection_t *ti_connection_find_up(const ti_connection_table_t *table, tirtc_connection_t handle, int *error)
{
    ti_connection_t *connection = ti_connection_find(table, handle);
    *error = TIRTC_E_INVALID_HANDLE;
    if (connection == NULL || connection->ending) {
        return NULL;
    }
    if (connection->state == TI_FAILED) {
        *error = connection->error;
    }
    return connection->state == TI_UP ? connection : NULL;
}

ti_connection_t *ti_connection_make(ti_context_t *context, ti_connection_table_t *table, bool outgoing)
{
    ti_connection_t *connection = ti_allocate(context, sizeof *connection);
    if (connection != NULL) {
        memset(connection, 0, sizeof *connection);
        connection->table = table;
        connection->outgoing = outgoing;
    }
    return connection;
}

/* Slots are used in turn, so that the user data of the last connections stays. */
static bool take_slot(ti_connection_table_t *table, ti_connection_t *connection)
{
    for (size_t i = 0; i < table->capacity; i++) {
        size_t slot = (table->next_slot + i) & (table->capacity - 1);
        if (table->slots[slot].connection == NULL) {
            do {
                table->generation = (table->generation + 1) & GENERATION_MASK;
            } while (table->generation == 0);
            connection->handle = (tirtc_connection_t)table->generation << SLOT_BITS | slot;
            table->slots[slot] = (ti_connection_slot_t){connection, connection->handle, NULL};
            table->next_slot = slot + 1;
            return true;
        }
    }
    return false;
}

/* Use the larger block, unless another thread was faster. Returns the block to free. The lock is held. */
static ti_connection_slot_t *replace_slots(ti_connection_table_t *table, ti_connection_slot_t *block, size_t *capacity)
{
    ti_connection_slot_t *old = table->slots;
    size_t old_capacity = table->capacity;
    if (old_capacity >= *capacity) {
        return block;
    }
    memset(block, 0, *capacity * sizeof *block);
    if (old_capacity > 0) {
        memcpy(block, old, old_capacity * sizeof *block);
    }
    table->slots = block;
    table->capacity = *capacity;
    *capacity = old_capacity;
    return old;
}

int ti_connection_enter_locked(ti_context_t *context, ti_connection_t *connection)
{
    ti_connection_table_t *table = connection->table;
    ti_lock(context);
    while (!take_slot(table, connection)) {
        size_t capacity = table->capacity == 0 ? FIRST_SLOTS : table->capacity * 2;
        ti_unlock(context);
        ti_connection_slot_t *block = capacity <= MAX_SLOTS ? ti_allocate(context, capacity * sizeof *block) : NULL;
        ti_lock(context);
        if (block == NULL) {
            return TIRTC_E_LACK_OF_RESOURCE;
        }
        ti_connection_slot_t *old = replace_slots(table, block, &capacity);
        ti_unlock(context);
        ti_release(context, old, capacity * sizeof *old);
        ti_lock(context);
    }
    return 0;
}

void ti_connection_forget_handle_locked(ti_connection_t *connection)
{
    ti_connection_slot_t *slot = ti_connection_find_slot(connection->table, connection->handle);
    if (slot != NULL) {
        slot->connection = NULL;
    }
}

void ti_connection_forget_handle(ti_context_t *context, ti_connection_t *connection)
{
    ti_lock(context);
    ti_connection_forget_handle_locked(connection);
    ti_unlock(context);
}

void ti_connection_append(ti_connection_t *connection)
{
    ti_connection_table_t *table = connection->table;
    connection->next = NULL;
    if (table->first == NULL) {
        table->first = connection;
    } else {
        table->last->next = connection;
    }
    table->last = connection;
}

void ti_connection_remove(ti_connection_t *previous, ti_connection_t *connection)
{
    ti_connection_table_t *table = connection->table;
    if (previous == NULL) {
        table->first = connection->next;
    } else {
        previous->next = connection->next;
    }
    if (table->last == connection) {
        table->last = previous;
    }
    connection->next = NULL;
}

void ti_connection_rotate(ti_connection_t *served)
{
    ti_connection_table_t *table = served->table;
    if (table->last != served) {
        table->last->next = table->first;
        table->first = served->next;
        table->last = served;
        served->next = NULL;
    }
}

void ti_connection_drop_credential(ti_context_t *context, ti_connection_t *connection)
{
    if (connection->credential != NULL) {
        size_t size = connection->credential_size + connection->suffix_size;
        ti_wipe(connection->credential, size);
        ti_release(context, connection->credential, size);
        connection->credential = NULL;
    }
}

void ti_connection_free(ti_context_t *context, ti_connection_t *connection)
{
    if (connection->handle != 0) {
        ti_connection_forget_handle(context, connection);
    }
    ti_connection_drop_credential(context, connection);
    ti_release(context, connection->subject, connection->subject_size);
    ti_release(context, connection->bitrate, sizeof *connection->bitrate);
    ti_wipe(connection, sizeof *connection);
    ti_release(context, connection, sizeof *connection);
}
