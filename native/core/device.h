/* A device: its context, its lifecycle, its connections, and what other threads request of its owner. */
#ifndef TI_CORE_DEVICE_H
#define TI_CORE_DEVICE_H

#include "connection_table.h"
#include "context.h"
#include "lifecycle.h"

struct tirtc_device {
    ti_context_t context;
    ti_connection_table_t table;

    /* Shared, under the lock of the context. */
    bool wanted;  /* started, as callers see it */
    bool refused; /* the start failed for good: the next start() begins again */
    bool stop_asked;
    bool disconnect_asked;            /* disconnect was called for some connection */
    uint32_t epoch;                   /* counts starts */
    uint32_t stop_epoch;              /* starts up to this one were stopped */
    uint32_t unseen_stops;            /* starts that were stopped before the owner saw them */
    const ti_config_t *newest_config; /* of the latest start, seen by the owner or not; valid while wanted */
    ti_config_t *next_config;         /* of a start that the owner has not seen yet */
    ti_connection_t *new_connections; /* asked for, not yet seen by the owner; the latest is first */

    /* The owner's. */
    ti_lifecycle_t lifecycle;
    ti_connection_t *to_free; /* its last event was reported; freed by the next tirtc_device_next() */
    uint32_t ended_epoch;     /* stop_epoch, once the owner has carried it out */
    uint32_t pending_stops;   /* DEVICE_STOPPED events that have not been reported yet */
};

#endif
