/* Connect, accept, talk, disconnect, with one fault at every place there is: memory, entropy, cuts, corrupt bytes.
 * Whatever happens, each connect and each disconnect is answered once, nothing leaks, and the next caller is served. */
#include "check.h"
#include "sim_world.h"
#include "tirtc_config.h"

enum { SOON_MS = 200, PAYLOAD_BYTES = 200, LATER_MS = 14000, CONNECT_MS = 10000, BACK_MS = 60000 };

struct scene {
    world_t world;
    tirtc_device_t *device;
    tirtc_device_t *client;
    size_t accepted;
};

static void say(tirtc_device_t *device, tirtc_connection_t connection)
{
    static const uint8_t bytes[PAYLOAD_BYTES];
    TIRTCFRAMEINFO frame = {.media = TIRTC_AUDIO_PCM, .length = sizeof bytes};
    int sent = tirtc_connection_send_frame(device, connection, &frame, bytes);
    CHECK_EQUAL(sent, (int)sizeof bytes + 12);
    sent = tirtc_connection_send_command(device, connection, MAKE_CMDW(0x4000, 1), "hello", 5);
    CHECK_EQUAL(sent, 4 + 5);
}

/* Both programs: say something when up, and let go when the other has spoken or it failed. */
static void on_event(world_t *world, tirtc_device_t *device, const tirtc_event_t *event)
{
    (void)world;
    bool up =
        event->kind == TIRTC_CONNECTION_ACCEPTED || (event->kind == TIRTC_CONNECTION_CONNECTED && event->error == 0);
    if (up) {
        say(device, event->connection);
    } else if (event->kind == TIRTC_CONNECTION_FAILED) {
        CHECK_EQUAL(tirtc_connection_disconnect(device, event->connection), 0);
    } else if (event->kind == TIRTC_COMMAND) {
        struct scene *scene = world->user;
        if (device == scene->client) {
            CHECK_EQUAL(tirtc_connection_disconnect(device, event->connection), 0);
        }
    }
}

static void prepare(struct scene *scene)
{
    tirtc_options_t device = world_options("device-1", "secret-1"), client = world_options(NULL, NULL);
    device.max_send_buffer_bytes = client.max_send_buffer_bytes = TIRTC_MIN_SEND_BUFFER_BYTES;
    world_start(&scene->world, NULL);
    scene->world.on_event = on_event;
    scene->world.user = scene;
    scene->world.complaints_expected = true;
    scene->device = world_device(&scene->world, &device);
    scene->client = world_device(&scene->world, &client);
    REQUIRE(world_run_until(&scene->world, scene->device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    REQUIRE(world_run_until(&scene->world, scene->client, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
}

static int connect_once(struct scene *scene, tirtc_connection_t *connection)
{
    return tirtc_device_connect(scene->client, (tirtc_bytes_t){"device-1", 8}, (tirtc_bytes_t){"v1.token.x", 10}, NULL,
                                connection);
}

static size_t count(const struct scene *scene, const tirtc_device_t *device, tirtc_event_kind_t kind)
{
    return world_count(&scene->world, device, kind);
}

/* Connect, and see it through. Returns the error of the connect, or of CONNECTED. */
static int connect_and_talk(struct scene *scene)
{
    tirtc_connection_t connection;
    world_forget(&scene->world);
    int error = connect_once(scene, &connection);
    if (error != 0) {
        CHECK_EQUAL(error, TIRTC_E_LACK_OF_RESOURCE);
        return error;
    }
    const tirtc_event_t *connected =
        world_run_until(&scene->world, scene->client, TIRTC_CONNECTION_CONNECTED, CONNECT_MS);
    REQUIRE(connected != NULL);
    CHECK_EQUAL(connected->connection, connection);
    error = connected->error;
    world_run(&scene->world, SOON_MS);
    if (error == 0 && count(scene, scene->client, TIRTC_CONNECTION_GONE) == 0) {
        (void)tirtc_connection_disconnect(scene->client, connection); /* its peer's words never came */
    }
    if (count(scene, scene->client, TIRTC_CONNECTION_GONE) != (error == 0) ||
        count(scene, scene->device, TIRTC_CONNECTION_GONE) != count(scene, scene->device, TIRTC_CONNECTION_ACCEPTED)) {
        world_run(&scene->world, LATER_MS);
    }
    world_run(&scene->world, SOON_MS);
    CHECK_EQUAL(count(scene, scene->client, TIRTC_CONNECTION_CONNECTED), 1);
    CHECK_EQUAL(count(scene, scene->client, TIRTC_CONNECTION_GONE), error == 0);
    CHECK(count(scene, scene->client, TIRTC_CONNECTION_FAILED) <= (error == 0));
    scene->accepted = count(scene, scene->device, TIRTC_CONNECTION_ACCEPTED);
    CHECK(scene->accepted <= 1);
    CHECK_EQUAL(count(scene, scene->device, TIRTC_CONNECTION_FAILED), scene->accepted);
    CHECK_EQUAL(count(scene, scene->device, TIRTC_CONNECTION_GONE), scene->accepted);
    CHECK_EQUAL(tirtc_connection_disconnect(scene->client, connection), TIRTC_E_INVALID_HANDLE);
    return error;
}

/* The fault is over: the next caller is served, and both stop in peace. */
static void finish(struct scene *scene)
{
    tirtc_sim_fail_allocation(scene->world.sim, 0, 0);
    tirtc_sim_fail_entropy(scene->world.sim, false);
    if (service_start_link(scene->world.service, "device-1") == NULL) {
        CHECK(world_run_until(&scene->world, scene->device, TIRTC_DEVICE_SERVICE_BACK, BACK_MS) != NULL);
    }
    CHECK_EQUAL(connect_and_talk(scene), 0);
    CHECK_EQUAL(scene->accepted, 1);
    CHECK_EQUAL(count(scene, scene->client, TIRTC_COMMAND), 1);
    CHECK_EQUAL(count(scene, scene->client, TIRTC_AUDIO), 1);
    CHECK_EQUAL(tirtc_device_stop(scene->device), 0);
    CHECK_EQUAL(tirtc_device_stop(scene->client), 0);
    world_run(&scene->world, SOON_MS);
    CHECK_EQUAL(count(scene, scene->device, TIRTC_DEVICE_STOPPED), 1);
    CHECK_EQUAL(count(scene, scene->client, TIRTC_DEVICE_STOPPED), 1);
    world_end(&scene->world);
}

/* Say where, when a check failed. */
static void name_place(int failures_before, const char *what, size_t place)
{
    if (check_failures != failures_before) {
        fprintf(stderr, "with %s %zu\n", what, place);
    }
}

TEST(without_a_fault_both_sides_hear_each_other)
{
    struct scene scene;
    prepare(&scene);
    CHECK_EQUAL(connect_and_talk(&scene), 0);
    CHECK_EQUAL(count(&scene, scene.device, TIRTC_COMMAND), 1);
    CHECK_EQUAL(count(&scene, scene.device, TIRTC_AUDIO), 1);
    finish(&scene);
}

/* Let `times` allocations fail, the n-th of the path first, for every n there is. */
static void fail_each_allocation(size_t times)
{
    bool all = false;
    for (size_t n = 1; !all; n++) {
        struct scene scene;
        int before = check_failures;
        prepare(&scene);
        tirtc_sim_fail_allocation(scene.world.sim, n, times);
        size_t allocations = tirtc_sim_memory(scene.world.sim).allocations;
        (void)connect_and_talk(&scene);
        all = tirtc_sim_memory(scene.world.sim).allocations - allocations < n;
        finish(&scene);
        name_place(before, "allocation", n);
    }
}

TEST(every_allocation_may_fail_once)
{
    fail_each_allocation(1);
}

TEST(memory_may_be_gone_from_any_moment_on_until_it_is_back)
{
    fail_each_allocation(1000000);
}

TEST(entropy_may_fail)
{
    struct scene scene;
    prepare(&scene);
    tirtc_sim_fail_entropy(scene.world.sim, true);
    CHECK_EQUAL(connect_and_talk(&scene), TIRTC_E_INTERNAL_ERROR);
    finish(&scene);
}

/* ---- links ---- */

enum side { CALLER, CALLEE };
enum way { UP, DOWN };

static const char *const place_names[2][2] = {{"the caller's link, up, byte", "the caller's link, down, byte"},
                                              {"the callee's link, up, byte", "the callee's link, down, byte"}};

/* How many bytes go this way when nothing is wrong. */
static size_t bytes_of_path(enum side side, enum way way)
{
    struct scene scene;
    tirtc_connection_t caller;
    prepare(&scene);
    scene.world.on_event = NULL;
    CHECK_EQUAL(connect_once(&scene, &caller), 0);
    const tirtc_event_t *accepted = world_run_until(&scene.world, scene.device, TIRTC_CONNECTION_ACCEPTED, SOON_MS);
    REQUIRE(accepted != NULL);
    say(scene.client, caller);
    say(scene.device, accepted->connection);
    world_run(&scene.world, SOON_MS);
    const service_connection_t *connection = service_last_connection(scene.world.service);
    tirtc_sim_pipe_info_t info =
        tirtc_sim_pipe_info(world_pipe(side == CALLER ? connection->client_link : connection->device_link));
    size_t bytes = (size_t)(way == UP ? info.sent_bytes : info.received_bytes);
    world_end(&scene.world);
    return bytes + 8; /* and a close frame */
}

static void with_fault(enum side side, const tirtc_sim_faults_t *faults, const char *what, size_t place)
{
    struct scene scene;
    int before = check_failures;
    prepare(&scene);
    const tirtc_port_t *port = world_port(&scene.world, side == CALLER ? scene.client : scene.device);
    REQUIRE(tirtc_sim_next_dial(port, &(tirtc_sim_dial_t){.faults = *faults}));
    (void)connect_and_talk(&scene);
    finish(&scene);
    name_place(before, what, place);
}

/* The same fault at every byte of the path, on both sides and both ways. */
static void at_every_byte(void (*make)(tirtc_sim_flow_t *flow, size_t place))
{
    for (enum side side = CALLER; side <= CALLEE; side++) {
        for (enum way way = UP; way <= DOWN; way++) {
            size_t bytes = bytes_of_path(side, way);
            CHECK(bytes > PAYLOAD_BYTES);
            for (size_t place = 0; place < bytes; place++) {
                tirtc_sim_faults_t faults = {0};
                make(way == UP ? &faults.up : &faults.down, place);
                with_fault(side, &faults, place_names[side][way], place);
            }
        }
    }
}

static void cut(tirtc_sim_flow_t *flow, size_t place)
{
    flow->cut = true;
    flow->cut_after_bytes = place;
}

static void end_early(tirtc_sim_flow_t *flow, size_t place)
{
    cut(flow, place);
    flow->cut_error = TIRTC_E_HTTP_PEER_CLOSED;
}

static void corrupt(tirtc_sim_flow_t *flow, size_t place)
{
    flow->corrupt_at_byte = place;
    flow->corrupt_mask = (uint8_t)(1u << (place * 5 % 8));
}

TEST(links_may_be_cut_after_every_byte)
{
    at_every_byte(cut);
}

TEST(links_may_end_after_every_byte)
{
    at_every_byte(end_early);
}

TEST(every_byte_may_arrive_changed)
{
    at_every_byte(corrupt);
}

TEST(links_may_carry_one_byte_at_a_time)
{
    static const tirtc_sim_faults_t drip = {.up = {.most_per_call = 1}, .down = {.most_per_call = 1}};
    for (enum side side = CALLER; side <= CALLEE; side++) {
        with_fault(side, &drip, "drips on side", side);
    }
}

TEST(links_may_never_come_up_or_fail_in_any_way)
{
    static const tirtc_sim_dial_t dials[] = {{.never_answers = true},
                                             {.fails_at_once = TIRTC_E_HTTP_SOCKET},
                                             {.fails_later = TIRTC_E_HTTP_SSL, .delay_ms = 50},
                                             {.delay_ms = 9999},
                                             {.delay_ms = 10001}};
    for (size_t i = 0; i < 2 * sizeof dials / sizeof dials[0]; i++) {
        struct scene scene;
        int before = check_failures;
        prepare(&scene);
        const tirtc_port_t *port = world_port(&scene.world, i % 2 == CALLER ? scene.client : scene.device);
        REQUIRE(tirtc_sim_next_dial(port, &dials[i / 2]));
        int error = connect_and_talk(&scene);
        CHECK(error != 0 || dials[i / 2].delay_ms == 9999);
        finish(&scene);
        name_place(before, "dial", i);
    }
}

int main(void)
{
    RUN(without_a_fault_both_sides_hear_each_other);
    RUN(every_allocation_may_fail_once);
    RUN(memory_may_be_gone_from_any_moment_on_until_it_is_back);
    RUN(entropy_may_fail);
    RUN(links_may_be_cut_after_every_byte);
    RUN(links_may_end_after_every_byte);
    RUN(every_byte_may_arrive_changed);
    RUN(links_may_carry_one_byte_at_a_time);
    RUN(links_may_never_come_up_or_fail_in_any_way);
    return check_result();
}
