/* What the core's files share about one device. Two kinds of fields: shared ones, read and written under the lock (the
 * owner may read without it what only the owner writes), and the owner's own. */
#ifndef TI_CORE_DEVICE_H
#define TI_CORE_DEVICE_H

#include "config.h"
#include "connection.h"
#include "lifecycle.h"
#include "link.h"
#include "log.h"
#include "random.h"
#include "ticket.h"
#include "tirtc_config.h"
#include "tirtc_device.h"

struct tirtc_device {
    const tirtc_port_t *port;
    tirtc_lock_t *lock; /* NULL where the port has no threads */

    /* Shared. */
    bool wake_pending; /* the port was asked to wake the owner since its last step */
    bool wanted;       /* started, as callers see it */
    bool refused;      /* the start failed for good: another one begins anew */
    bool stop_asked;
    bool ends_asked;           /* disconnect was called for some connection */
    uint32_t epoch;            /* counts starts */
    uint32_t stop_epoch;       /* starts up to this one were stopped */
    uint32_t stops_due;        /* starts that were stopped before the owner saw them */
    const ti_config_t *newest; /* of the latest start, seen by the owner or not; valid while wanted */
    ti_config_t *next_config;  /* of a start that the owner has not seen yet */
    ti_config_t *config;       /* of the latest start that it has seen */
    ti_random_t random;
    ti_table_t table;
    uint32_t generation;       /* of the newest handle */
    uint32_t live_connections; /* up or being made */
    ti_connection_t *arrivals; /* asked for, not yet seen by the owner */
    ti_tickets_t *tickets;     /* made with the first ticket */

    /* The owner's. */
    ti_lifecycle_t lifecycle;
    ti_connection_t *first; /* all connections, turned for fairness */
    ti_connection_t *last;
    ti_connection_t *leaving; /* its last news is told; freed by the following next */
    uint32_t ended_epoch;     /* stop_epoch, once the owner has seen to it */
    uint32_t stopped_untold;
    uint32_t untold; /* connections with news */
};

/** Take and give back the device's lock, where the port has threads. */
#if TIRTC_THREADS
void ti_lock(tirtc_device_t *device);
void ti_unlock(tirtc_device_t *device);
#else
static inline void ti_lock(tirtc_device_t *device)
{
    (void)device;
}

static inline void ti_unlock(tirtc_device_t *device)
{
    (void)device;
}
#endif

/** Leave the lock and have the owner step. The port is asked once per step, however many ask us. */
void ti_unlock_and_wake(tirtc_device_t *device);

/** The port's clock. */
uint32_t ti_now(tirtc_device_t *device);

/** Memory through the port, content undefined; NULL may be released. */
void *ti_allocate(tirtc_device_t *device, size_t size);
void ti_release(tirtc_device_t *device, void *block, size_t size);

/** A copy of some bytes; NULL when there are none, or no memory. */
char *ti_copy(tirtc_device_t *device, ti_span_t bytes);

/** The next 32 random bits, for the owner. */
uint32_t ti_random_u32(tirtc_device_t *device);

/** The smaller wait of two, -1 being for ever. */
static inline int ti_sooner(int a, int b)
{
    return a < 0 ? b : (b < 0 || a < b ? a : b);
}

#endif
