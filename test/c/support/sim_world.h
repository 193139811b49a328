/* Devices and a service in one simulated world, run until quiet, in virtual time.
 *
 *   world_t world;
 *   world_start(&world, NULL);
 *   tirtc_options_t options = world_options("device-1", "secret-1");
 *   tirtc_device_t *device = world_device(&world, &options);
 *   CHECK(world_run_until(&world, device, TIRTC_DEVICE_STARTED, 1000) != NULL);
 *   world_end(&world);
 *
 * Devices are stepped as a simple program would: when they were woken or asked for it, and events are pulled after each
 * step, until there are none. Nothing else is done for them, so one that forgets to wake or to ask hangs here too.
 */
#ifndef TEST_SUPPORT_SIM_WORLD_H
#define TEST_SUPPORT_SIM_WORLD_H

#include "service.h"
#include "spy_port.h"
#include "tirtc_device.h"
#include "tirtc_sim.h"

#define WORLD_HOST "service.test"
#define WORLD_ENDPOINT "http://service.test"

typedef struct world world_t;
typedef struct world_device world_device_t;
typedef struct world_event world_event_t;

typedef struct world_options {
    tirtc_sim_options_t sim;   /* seed 0: 1; start_ms 0: a little before the clock wraps */
    service_options_t service; /* `random` is the world's, whatever is given */
} world_options_t;

struct world {
    tirtc_sim_t *sim;
    tirtc_sim_listener_t *listener; /* of WORLD_HOST, port 80 */
    service_t *service;
    world_device_t *devices; /* in the order they were opened */
    world_event_t *events;   /* in the order of arrival */
    world_event_t **last_event;
    uint32_t started_ms;
    size_t unquiet;           /* rounds since the clock last moved */
    bool complaints_expected; /* world_end() does not mind what the service complains of */
    /** Called for each event at once, while its data is still borrowed from the device; for answers. May be NULL. */
    void (*on_event)(world_t *world, tirtc_device_t *device, const tirtc_event_t *event);
    void *user; /* for on_event */
};

/** Begin. `options` may be NULL. */
void world_start(world_t *world, const world_options_t *options);

/** Close what is open, and check: all memory given back with its size, every link hung up, no complaint of the
 *  service. */
void world_end(world_t *world);

/** Options of a device with this id and secret; NULL for both: a client. Borrows both. */
tirtc_options_t world_options(const char *id, const char *secret);

/** A device that is opened and nothing more. */
tirtc_device_t *world_open_device(world_t *world);

/** The same with a spy between the device and its port; the spy must outlive the device. */
tirtc_device_t *world_open_spied_device(world_t *world, spy_t *spy);

/** Open a device, make it known to the service if it is not, and start it. */
tirtc_device_t *world_device(world_t *world, const tirtc_options_t *options);
void world_close_device(world_t *world, tirtc_device_t *device);

/** The port of a device, for scripting its dials. */
const tirtc_port_t *world_port(const world_t *world, const tirtc_device_t *device);

/** Do not pull a device's events (the program is behind), or go on. */
void world_hold(world_t *world, tirtc_device_t *device, bool hold);

/** Run everything that is due now, until quiet; the clock stands still. */
void world_settle(world_t *world);

/** Run for this long. */
void world_run(world_t *world, uint32_t ms);

/** Run until the device has such an event that was not taken yet, and take it. NULL: it was not reported in time. The
 *  clock then says when it was. The event and its data live until world_forget() or world_end(). */
const tirtc_event_t *world_run_until(world_t *world, const tirtc_device_t *device, tirtc_event_kind_t kind,
                                     uint32_t within_ms);

/** The same without running: only events that were reported already. */
const tirtc_event_t *world_event(world_t *world, const tirtc_device_t *device, tirtc_event_kind_t kind);

/** Returns how many such events were reported, taken or not. */
size_t world_count(const world_t *world, const tirtc_device_t *device, tirtc_event_kind_t kind);

/** Returns the position of the first event of this kind among all of the device, from 0; -1: there is none. */
int world_place(const world_t *world, const tirtc_device_t *device, tirtc_event_kind_t kind);

/** Forget the events so far. */
void world_forget(world_t *world);

/** Virtual ms since world_start(). */
uint32_t world_elapsed_ms(const world_t *world);

/** The service's machine loses power: links are reset, dials refused. Or it is back. */
void world_service_down(world_t *world, bool down);

/** The pipe below a link of the service, for faults; NULL when it is gone. */
tirtc_sim_far_end_t *world_far_end(const service_link_t *link);

#endif
