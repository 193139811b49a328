/* A call from beginning to end (scene.h), with one fault at every place there is: memory, entropy, cuts, stalls,
 * changed bytes. */
#include "check.h"
#include "scene.h"

enum { SMALL_BYTES = 200, LARGE_BYTES = 15000 /* receive buffers grow for it */ };

/* Say where, when a check failed. */
static void name_place(int failures_before, const char *what, size_t place)
{
    if (check_failures != failures_before) {
        fprintf(stderr, "with %s %zu\n", what, place);
    }
}

TEST(without_a_fault_both_sides_hear_each_other)
{
    scene_t scene;
    scene_begin(&scene, NULL);
    CHECK_EQUAL(scene_talk(&scene), 0);
    CHECK_EQUAL(scene_count(&scene, scene.device, TIRTC_COMMAND), 1);
    CHECK_EQUAL(scene_count(&scene, scene.device, TIRTC_AUDIO), 1);
    scene_end(&scene);
}

/* Let `times` allocations fail, the n-th of the path first, for every n there is. */
static void fail_each_allocation(size_t times, size_t payload_bytes)
{
    bool all = false;
    for (size_t n = 1; !all; n++) {
        scene_t scene;
        int before = check_failures;
        scene_begin(&scene, NULL);
        scene.payload_bytes = payload_bytes;
        tirtc_sim_fail_allocation(scene.world.sim, n, times);
        size_t allocations = tirtc_sim_memory(scene.world.sim).allocations;
        int error = scene_talk(&scene);
        CHECK(error == 0 || tirtc_sim_memory(scene.world.sim).allocations - allocations >= n);
        all = tirtc_sim_memory(scene.world.sim).allocations - allocations < n;
        scene_end(&scene);
        name_place(before, "allocation", n);
    }
}

TEST(every_allocation_may_fail_once)
{
    fail_each_allocation(1, SMALL_BYTES);
    fail_each_allocation(1, LARGE_BYTES);
}

TEST(memory_may_be_gone_from_any_moment_on_until_it_is_back)
{
    fail_each_allocation(1000000, SMALL_BYTES);
    fail_each_allocation(1000000, LARGE_BYTES);
}

TEST(entropy_may_fail)
{
    scene_t scene;
    scene_begin(&scene, NULL);
    tirtc_sim_fail_entropy(scene.world.sim, true);
    CHECK_EQUAL(scene_talk(&scene), TIRTC_E_INTERNAL_ERROR);
    scene_end(&scene);
}

/* ---- links ---- */

enum side { CALLER, CALLEE };
enum way { UP, DOWN };

static const char *const place_names[2][2] = {{"the caller's link, up, byte", "the caller's link, down, byte"},
                                              {"the callee's link, up, byte", "the callee's link, down, byte"}};

/* How many bytes go this way when nothing is wrong. */
static size_t bytes_of_path(enum side side, enum way way)
{
    scene_t scene;
    tirtc_connection_t caller;
    scene_begin(&scene, NULL);
    scene.world.on_event = NULL;
    CHECK_EQUAL(scene_connect(&scene, &caller), 0);
    const tirtc_event_t *accepted =
        world_run_until(&scene.world, scene.device, TIRTC_CONNECTION_ACCEPTED, SCENE_SOON_MS);
    REQUIRE(accepted != NULL);
    scene_say(&scene, scene.client, caller);
    scene_say(&scene, scene.device, accepted->connection);
    world_run(&scene.world, SCENE_SOON_MS);
    const service_connection_t *connection = service_last_connection(scene.world.service);
    tirtc_sim_far_end_info_t info =
        tirtc_sim_far_end_info(world_far_end(side == CALLER ? connection->client_link : connection->device_link));
    size_t bytes = (size_t)(way == UP ? info.sent_bytes : info.received_bytes);
    world_end(&scene.world);
    return bytes + 8; /* and a close frame */
}

static void with_fault(enum side side, const tirtc_sim_faults_t *faults, const char *what, size_t place)
{
    scene_t scene;
    int before = check_failures;
    scene_begin(&scene, NULL);
    const tirtc_port_t *port = world_port(&scene.world, side == CALLER ? scene.client : scene.device);
    REQUIRE(tirtc_sim_next_dial(port, &(tirtc_sim_dial_t){.faults = *faults}));
    (void)scene_talk(&scene);
    scene_end(&scene);
    name_place(before, what, place);
}

/* The same fault at every byte of the path, on both sides and both ways. */
static void at_every_byte(void (*make)(tirtc_sim_flow_t *flow, size_t place))
{
    for (enum side side = CALLER; side <= CALLEE; side++) {
        for (enum way way = UP; way <= DOWN; way++) {
            size_t bytes = bytes_of_path(side, way);
            CHECK(bytes > SMALL_BYTES);
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

static void stall(tirtc_sim_flow_t *flow, size_t place)
{
    flow->blocked = true;
    flow->blocked_after_bytes = place;
}

TEST(links_may_be_cut_after_every_byte)
{
    at_every_byte(cut);
}

TEST(links_may_end_after_every_byte)
{
    at_every_byte(end_early);
}

TEST(links_may_say_not_now_for_ever_after_every_byte)
{
    at_every_byte(stall);
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
        scene_t scene;
        int before = check_failures;
        scene_begin(&scene, NULL);
        const tirtc_port_t *port = world_port(&scene.world, i % 2 == CALLER ? scene.client : scene.device);
        REQUIRE(tirtc_sim_next_dial(port, &dials[i / 2]));
        int error = scene_talk(&scene);
        CHECK(error != 0 || dials[i / 2].delay_ms == 9999);
        scene_end(&scene);
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
    RUN(links_may_say_not_now_for_ever_after_every_byte);
    RUN(every_byte_may_arrive_changed);
    RUN(links_may_carry_one_byte_at_a_time);
    RUN(links_may_never_come_up_or_fail_in_any_way);
    return check_result();
}
