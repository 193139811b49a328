#include "sim_world.h"

#include "base/wrap_time.h"
#include "check.h"

enum { MAX_ROUNDS_AT_ONE_TIME = 1000000, BLOCK_BYTES = 16384 };

struct world_device {
    world_device_t *next;
    tirtc_device_t *device;
    const tirtc_port_t *port;
    bool has_due;
    uint32_t due_ms;
    bool held;
};

struct world_event {
    tirtc_event_t event; /* first: what the test is given */
    world_event_t *next;
    const tirtc_device_t *device;
    bool taken;
    uint8_t data[];
};

static void world_random(void *user, void *out, size_t size)
{
    tirtc_sim_random(((world_t *)user)->sim, out, size);
}

void world_start(world_t *world, const world_options_t *options)
{
    world_options_t chosen = {0};
    if (options != NULL) {
        chosen = *options;
    }
    chosen.sim.seed = chosen.sim.seed != 0 ? chosen.sim.seed : 1;
    chosen.sim.start_ms = chosen.sim.start_ms != 0 ? chosen.sim.start_ms : 0xfffffc00u;
    chosen.service.random = world_random;
    chosen.service.random_user = world;
    *world = (world_t){.started_ms = chosen.sim.start_ms};
    world->last_event = &world->events;
    world->sim = tirtc_sim_open(&chosen.sim);
    REQUIRE(world->sim != NULL);
    world->listener = tirtc_sim_listen(world->sim, WORLD_HOST, 80);
    REQUIRE(world->listener != NULL);
    world->service = service_open(&chosen.service);
    service_tick(world->service, chosen.sim.start_ms);
}

void world_forget(world_t *world)
{
    while (world->events != NULL) {
        world_event_t *event = world->events;
        world->events = event->next;
        free(event);
    }
    world->last_event = &world->events;
}

void world_end(world_t *world)
{
    while (world->devices != NULL) {
        world_close_device(world, world->devices->device);
    }
    tirtc_sim_memory_t memory = tirtc_sim_memory(world->sim);
    CHECK_EQUAL(memory.blocks, 0);
    CHECK_EQUAL(memory.bytes, 0);
    CHECK_EQUAL(memory.bad_releases, 0);
    bool rules_kept = service_complaints(world->service)[0] == '\0';
    CHECK(rules_kept || world->complaints_expected);
    if (!rules_kept && !world->complaints_expected) {
        fprintf(stderr, "the service complains: %s", service_complaints(world->service));
    }
    world_forget(world);
    service_close(world->service);
    tirtc_sim_close(world->sim);
}

/* ---- devices ---- */

static tirtc_bytes_t bytes_of(const char *text)
{
    return (tirtc_bytes_t){text, text == NULL ? 0 : strlen(text)};
}

tirtc_options_t world_options(const char *id, const char *secret)
{
    return (tirtc_options_t){
        .endpoint = bytes_of(WORLD_ENDPOINT),
        .device_id = bytes_of(id),
        .device_secret_key = bytes_of(secret),
        .max_connections = 16, /* whatever the build's default */
    };
}

static world_device_t *find(const world_t *world, const tirtc_device_t *device)
{
    world_device_t *at = world->devices;
    while (at != NULL && at->device != device) {
        at = at->next;
    }
    REQUIRE(at != NULL);
    return at;
}

tirtc_device_t *world_open_device(world_t *world)
{
    return world_open_spied_device(world, NULL);
}

tirtc_device_t *world_open_spied_device(world_t *world, spy_t *spy)
{
    world_device_t *added = calloc(1, sizeof *added);
    REQUIRE(added != NULL);
    added->port = tirtc_sim_port(world->sim);
    REQUIRE(added->port != NULL);
    if (spy != NULL) {
        spy_init(spy, added->port);
    }
    REQUIRE(tirtc_device_open(spy != NULL ? &spy->port : added->port, &added->device) == 0);
    world_device_t **last = &world->devices;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = added;
    return added->device;
}

static void make_known(world_t *world, const tirtc_options_t *options)
{
    char id[SERVICE_MAX_TEXT] = "", secret[SERVICE_MAX_TEXT] = "";
    REQUIRE(options->device_id.size < sizeof id && options->device_secret_key.size < sizeof secret);
    if (options->device_id.size == 0) {
        return;
    }
    memcpy(id, options->device_id.data, options->device_id.size);
    memcpy(secret, options->device_secret_key.data, options->device_secret_key.size);
    if (service_find_device(world->service, id) == NULL) {
        service_add_device(world->service, id, secret);
    }
}

tirtc_device_t *world_device(world_t *world, const tirtc_options_t *options)
{
    tirtc_device_t *device = world_open_device(world);
    make_known(world, options);
    CHECK_EQUAL(tirtc_device_start(device, options), 0);
    return device;
}

void world_close_device(world_t *world, tirtc_device_t *device)
{
    world_device_t *closed = find(world, device);
    world_device_t **at = &world->devices;
    while (*at != closed) {
        at = &(*at)->next;
    }
    *at = closed->next;
    tirtc_device_close(device);
    CHECK_EQUAL(tirtc_sim_pipes(closed->port), 0);
    free(closed);
}

const tirtc_port_t *world_port(const world_t *world, const tirtc_device_t *device)
{
    return find(world, device)->port;
}

/* ---- one round ---- */

static void keep_event(world_t *world, const tirtc_device_t *device, const tirtc_event_t *event)
{
    world_event_t *kept = malloc(sizeof *kept + event->size);
    REQUIRE(kept != NULL);
    *kept = (world_event_t){.event = *event, .device = device};
    if (event->size > 0) {
        memcpy(kept->data, event->data, event->size);
    }
    kept->event.data = kept->data;
    *world->last_event = kept;
    world->last_event = &kept->next;
}

static void pull_events(world_t *world, world_device_t *device)
{
    tirtc_event_t event;
    while (!device->held && tirtc_device_next(device->device, &event)) {
        keep_event(world, device->device, &event);
        if (world->on_event != NULL) {
            world->on_event(world, device->device, &event);
        }
    }
}

void world_hold(world_t *world, tirtc_device_t *device, bool hold)
{
    world_device_t *held = find(world, device);
    held->held = hold;
    pull_events(world, held);
    held->has_due = true; /* a program that caught up goes round its loop */
    held->due_ms = tirtc_sim_now_ms(world->sim);
}

static bool step_device(world_t *world, world_device_t *device)
{
    uint32_t now_ms = tirtc_sim_now_ms(world->sim);
    bool woken = tirtc_sim_take_wake(device->port);
    bool due = device->has_due && ti_time_reached(now_ms, device->due_ms);
    if (!woken && !due) {
        return false;
    }
    int again_ms = tirtc_device_step(device->device);
    CHECK(again_ms >= -1);
    device->has_due = again_ms >= 0;
    device->due_ms = now_ms + (uint32_t)again_ms;
    pull_events(world, device);
    return true;
}

/** The link's end of the pipe is over. */
static void drop_pipe(service_link_t *link)
{
    tirtc_sim_far_end_t *far_end = link->carrier;
    link->carrier = NULL;
    service_far_end(link);
    tirtc_sim_far_end_close(far_end);
}

/** Move bytes between a link of the service and its pipe. Returns whether any moved. */
static bool carry(service_link_t *link)
{
    static uint8_t block[BLOCK_BYTES];
    tirtc_sim_far_end_t *far_end = link->carrier;
    if (far_end == NULL) {
        return false;
    }
    if (link->carry == SERVICE_CARRY_RESET) {
        tirtc_sim_far_end_reset(far_end);
        drop_pipe(link);
        return true;
    }
    int received = link->mute ? 0 : tirtc_sim_far_end_read(far_end, block, sizeof block);
    if (received < 0) {
        drop_pipe(link);
        return true;
    }
    if (received > 0) {
        service_feed(link, block, (size_t)received);
    }
    ti_span_t output = service_output(link);
    int sent = output.size == 0 ? 0 : tirtc_sim_far_end_write(far_end, output.data, output.size);
    if (sent > 0) {
        service_sent(link, (size_t)sent);
    }
    if (link->carry == SERVICE_CARRY_END && service_output(link).size == 0) {
        tirtc_sim_far_end_shutdown(far_end);
    }
    return received > 0 || sent > 0;
}

static bool run_service(world_t *world)
{
    bool moved = false;
    service_tick(world->service, tirtc_sim_now_ms(world->sim));
    for (tirtc_sim_far_end_t *far_end = tirtc_sim_accept(world->listener); far_end != NULL;
         far_end = tirtc_sim_accept(world->listener)) {
        service_arrive(world->service)->carrier = far_end;
        moved = true;
    }
    for (service_link_t *link = service_link_at(world->service, 0); link != NULL; link = link->next) {
        moved |= carry(link);
    }
    return moved;
}

void world_settle(world_t *world)
{
    bool moved = true;
    while (moved) {
        moved = run_service(world);
        for (world_device_t *device = world->devices; device != NULL; device = device->next) {
            moved |= step_device(world, device);
        }
        REQUIRE(world->unquiet++ < MAX_ROUNDS_AT_ONE_TIME); /* otherwise a device spins */
    }
}

/* ---- time ---- */

static int sooner(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

static uint32_t next_due_ms(const world_t *world, uint32_t at_most_ms)
{
    int soonest = sooner(tirtc_sim_next_due_ms(world->sim), service_next_due_ms(world->service));
    for (const world_device_t *device = world->devices; device != NULL; device = device->next) {
        if (device->has_due) {
            soonest = sooner(soonest, (int)ti_time_until(tirtc_sim_now_ms(world->sim), device->due_ms));
        }
    }
    return soonest < 0 || (uint32_t)soonest > at_most_ms ? at_most_ms : (uint32_t)soonest;
}

/** Move the clock to what is due next, or by `at_most_ms`. Returns by how much. */
static uint32_t jump(world_t *world, uint32_t at_most_ms)
{
    uint32_t ms = next_due_ms(world, at_most_ms);
    tirtc_sim_advance(world->sim, ms);
    world->unquiet = ms > 0 ? 0 : world->unquiet;
    return ms;
}

void world_run(world_t *world, uint32_t ms)
{
    world_settle(world);
    while (ms > 0) {
        ms -= jump(world, ms);
        world_settle(world);
    }
}

const tirtc_event_t *world_event(world_t *world, const tirtc_device_t *device, tirtc_event_kind_t kind)
{
    for (world_event_t *event = world->events; event != NULL; event = event->next) {
        if (!event->taken && event->device == device && event->event.kind == kind) {
            event->taken = true;
            return &event->event;
        }
    }
    return NULL;
}

const tirtc_event_t *world_run_until(world_t *world, const tirtc_device_t *device, tirtc_event_kind_t kind,
                                     uint32_t within_ms)
{
    world_settle(world);
    const tirtc_event_t *event = world_event(world, device, kind);
    while (event == NULL && within_ms > 0) {
        within_ms -= jump(world, within_ms);
        world_settle(world);
        event = world_event(world, device, kind);
    }
    return event;
}

size_t world_count(const world_t *world, const tirtc_device_t *device, tirtc_event_kind_t kind)
{
    size_t count = 0;
    for (const world_event_t *event = world->events; event != NULL; event = event->next) {
        count += event->device == device && event->event.kind == kind ? 1 : 0;
    }
    return count;
}

int world_place(const world_t *world, const tirtc_device_t *device, tirtc_event_kind_t kind)
{
    int place = 0;
    for (const world_event_t *event = world->events; event != NULL; event = event->next) {
        if (event->device == device && event->event.kind == kind) {
            return place;
        }
        place += event->device == device ? 1 : 0;
    }
    return -1;
}

uint32_t world_elapsed_ms(const world_t *world)
{
    return tirtc_sim_now_ms(world->sim) - world->started_ms;
}

void world_service_down(world_t *world, bool down)
{
    tirtc_sim_listener_refuse(world->listener, down);
    if (down) {
        service_crash(world->service);
    }
}

tirtc_sim_far_end_t *world_far_end(const service_link_t *link)
{
    return link->carrier;
}
