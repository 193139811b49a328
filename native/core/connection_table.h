/* Making, finding, listing and freeing the connections of a device. */
#ifndef TI_CORE_CONNECTION_TABLE_H
#define TI_CORE_CONNECTION_TABLE_H

#include "connection.h"

/** What a handle leads to. */
typedef struct ti_connection_slot {
    ti_connection_t *connection; /* NULL: the slot is free */
    tirtc_connection_t handle;   /* of the connection, or of the last one; 0: there was none */
    void *user_data;             /* of the same */
} ti_connection_slot_t;

typedef struct ti_connection_table {
    /* Shared, under the device's lock. */
    ti_connection_slot_t *slots; /* by the slot of the handle */
    size_t capacity;             /* a power of two, or 0 */
    size_t next_slot;            /* where the search for a free one begins */
    uint32_t generation;         /* of the newest handle */
    uint32_t live_count;         /* connections that are up or being made */

    /* The owner's. */
    uint32_t pending_count; /* connections with pending events */
    ti_connection_t *first; /* all that the owner has seen, in the order in which they are served */
    ti_connection_t *last;
} ti_connection_table_t;

/** Returns the connection with this handle, or NULL. The lock is held; the result is valid only while it is. */
ti_connection_t *ti_connection_find(const ti_connection_table_t *table, tirtc_connection_t handle);

/** Returns the slot of this handle, also after its connection was freed, until another takes the slot; or NULL. The
 *  lock is held; the result is valid only while it is. */
ti_connection_slot_t *ti_connection_find_slot(const ti_connection_table_t *table, tirtc_connection_t handle);

/** Returns the connection if it can send now; otherwise NULL and *error. The lock is held. */
ti_connection_t *ti_connection_find_up(const ti_connection_table_t *table, tirtc_connection_t handle, int *error);

/** Returns a zeroed connection without a handle, in no list; NULL if there is no memory. Thread: any. */
ti_connection_t *ti_connection_make(ti_context_t *context, ti_connection_table_t *table, bool outgoing);

/** Give it a handle; the table grows if needed. Takes the lock and always returns with it held, so that the caller can
 *  admit or refuse the connection before any other thread finds it. Returns 0 or TIRTC_E_LACK_OF_RESOURCE.
 *  Thread: any. */
int ti_connection_enter_locked(ti_context_t *context, ti_connection_t *connection);

/** Invalidate its handle, which serves no more than the user data. The lock is held. */
void ti_connection_forget_handle_locked(ti_connection_t *connection);

/** Invalidate its handle. Takes the lock. */
void ti_connection_forget_handle(ti_context_t *context, ti_connection_t *connection);

/** Append it to the owner's list. */
void ti_connection_append(ti_connection_t *connection);

/** Remove it from the owner's list; `previous` is the one before it, NULL if it is the first. */
void ti_connection_remove(ti_connection_t *previous, ti_connection_t *connection);

/** Move all up to and including this one to the end of the owner's list. */
void ti_connection_rotate(ti_connection_t *served);

/** Wipe and free its token or ticket. */
void ti_connection_drop_credential(ti_context_t *context, ti_connection_t *connection);

/** Free it and invalidate its handle. It is in no list, and its link is closed. */
void ti_connection_free(ti_context_t *context, ti_connection_t *connection);

#endif
