/* Many connections, one budget: a step moves no more than that, and every connection has its turn; over the sim
 * port. */
#include "check.h"
#include "pair.h"
#include "tirtc_config.h"

enum {
    SOON_MS = 100,
    RING_BYTES = 4 << 20,
    CAPACITY_BYTES = 8 << 20,
    FRAME_BYTES = 30000,
    CHUNK_BYTES = 100000,
    ENOUGH_STEPS = 40
};

/* A device with two callers that the service plays. The test steps it by hand. */
struct crowd {
    world_t world;
    spy_t spy;
    tirtc_device_t *device;
    service_connection_t *calls[2];
    tirtc_connection_t connections[2];
    size_t moved_bytes; /* by the last step */
};

static void begin(struct crowd *crowd)
{
    tirtc_options_t options = world_options("device-1", "secret-1");
    options.max_send_buffer_bytes = RING_BYTES;
    world_start(&crowd->world, NULL);
    service_add_device(crowd->world.service, "device-1", "secret-1");
    crowd->device = world_open_spied_device(&crowd->world, &crowd->spy);
    CHECK_EQUAL(tirtc_device_start(crowd->device, &options), 0);
    REQUIRE(world_run_until(&crowd->world, crowd->device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    for (int i = 0; i < 2; i++) {
        tirtc_sim_faults_t wide = {.up = {.capacity_bytes = CAPACITY_BYTES},
                                   .down = {.capacity_bytes = CAPACITY_BYTES}};
        crowd->calls[i] = service_call(crowd->world.service, "device-1", "caller");
        const tirtc_event_t *accepted =
            world_run_until(&crowd->world, crowd->device, TIRTC_CONNECTION_ACCEPTED, SOON_MS);
        REQUIRE(accepted != NULL);
        crowd->connections[i] = accepted->connection;
        tirtc_sim_far_end_set_faults(world_far_end(crowd->calls[i]->device_link), &wide);
    }
    world_run(&crowd->world, SOON_MS);
}

static void end(struct crowd *crowd)
{
    crowd->world.complaints_expected = true; /* the test read and wrote behind the service's back */
    world_end(&crowd->world);
}

static int step(struct crowd *crowd)
{
    size_t before = crowd->spy.sent_bytes + crowd->spy.received_bytes;
    int wait_ms = tirtc_device_step(crowd->device);
    crowd->moved_bytes = crowd->spy.sent_bytes + crowd->spy.received_bytes - before;
    CHECK(crowd->moved_bytes <= TIRTC_MAX_STEP_BYTES);
    CHECK(crowd->moved_bytes < TIRTC_MAX_STEP_BYTES || wait_ms == 0);
    return wait_ms;
}

/* Queue frames on a connection until no more fit. */
static void fill_ring(struct crowd *crowd, int which)
{
    static const uint8_t bytes[FRAME_BYTES];
    TIRTCFRAMEINFO frame = {.media = TIRTC_AUDIO_PCM, .length = sizeof bytes};
    while (tirtc_connection_send_frame(crowd->device, crowd->connections[which], &frame, bytes, NULL) > 0) {
    }
}

/* The network takes everything at once. */
static void drain_far_end(struct crowd *crowd, int which)
{
    static uint8_t bytes[CHUNK_BYTES];
    while (tirtc_sim_far_end_read(world_far_end(crowd->calls[which]->device_link), bytes, sizeof bytes) > 0) {
    }
}

/* Bytes of a peer that never stops, from the frame boundary on. */
static void flood_far_end(struct crowd *crowd, int which)
{
    static const uint8_t command[] = {0x82, 5, 0, 0, 0, 1, 0};
    tirtc_sim_far_end_t *far_end = world_far_end(crowd->calls[which]->device_link);
    while (tirtc_sim_far_end_info(far_end).unread_down_bytes < CHUNK_BYTES) {
        REQUIRE(tirtc_sim_far_end_write(far_end, command, sizeof command) == (int)sizeof command);
    }
}

static void send_one_command(struct crowd *crowd, int which)
{
    static const uint8_t command[] = {0x82, 6, 0, 0, 0, 1, 0, '!'};
    tirtc_sim_far_end_t *far_end = world_far_end(crowd->calls[which]->device_link);
    REQUIRE(tirtc_sim_far_end_write(far_end, command, sizeof command) == (int)sizeof command);
}

TEST(a_step_moves_no_more_than_its_budget_in_both_directions_together)
{
    struct crowd crowd;
    size_t moved = 0;
    begin(&crowd);
    for (int i = 0; i < 2; i++) {
        fill_ring(&crowd, i);
        flood_far_end(&crowd, i);
    }
    int wait_ms = 0;
    while (wait_ms == 0) {
        tirtc_event_t event;
        wait_ms = step(&crowd);
        moved += crowd.moved_bytes;
        while (tirtc_device_next(crowd.device, &event)) {
        }
    }
    CHECK(moved > 2 * (RING_BYTES - FRAME_BYTES) + 2 * CHUNK_BYTES);
    end(&crowd);
}

TEST(a_connection_that_sends_all_it_can_does_not_keep_another_from_being_heard)
{
    for (int busy = 0; busy < 2; busy++) {
        struct crowd crowd;
        begin(&crowd);
        for (int round = 0; round < 5; round++) {
            bool heard = false;
            send_one_command(&crowd, 1 - busy);
            for (int i = 0; i < ENOUGH_STEPS && !heard; i++) {
                tirtc_event_t event;
                fill_ring(&crowd, busy);
                step(&crowd);
                drain_far_end(&crowd, busy);
                while (tirtc_device_next(crowd.device, &event)) {
                    heard = heard || event.kind == TIRTC_COMMAND;
                }
            }
            CHECK(heard);
        }
        end(&crowd);
    }
}

TEST(two_connections_that_send_all_they_can_share_what_a_step_moves)
{
    struct crowd crowd;
    uint64_t sent[2];
    begin(&crowd);
    for (int i = 0; i < ENOUGH_STEPS; i++) {
        for (int which = 0; which < 2; which++) {
            fill_ring(&crowd, which);
            drain_far_end(&crowd, which);
        }
        step(&crowd);
    }
    for (int which = 0; which < 2; which++) {
        sent[which] = tirtc_sim_far_end_info(world_far_end(crowd.calls[which]->device_link)).sent_bytes;
    }
    CHECK(sent[0] > sent[1] / 2 && sent[1] > sent[0] / 2);
    end(&crowd);
}

TEST(events_of_a_connection_that_is_flooded_take_turns_with_anothers)
{
    struct crowd crowd;
    begin(&crowd);
    flood_far_end(&crowd, 0);
    send_one_command(&crowd, 1);
    step(&crowd);
    int before = 0;
    tirtc_event_t event;
    while (tirtc_device_next(crowd.device, &event) && event.size == 0) {
        before++;
    }
    CHECK(before <= 1);
    end(&crowd);
}

TEST(a_flood_of_received_bytes_leaves_the_start_link_and_calls_alive)
{
    struct crowd crowd;
    begin(&crowd);
    service_call(crowd.world.service, "device-1", "late caller");
    for (int i = 0; i < ENOUGH_STEPS && world_count(&crowd.world, crowd.device, TIRTC_CONNECTION_ACCEPTED) < 3; i++) {
        flood_far_end(&crowd, 0);
        flood_far_end(&crowd, 1);
        world_settle(&crowd.world);
    }
    CHECK_EQUAL(world_count(&crowd.world, crowd.device, TIRTC_CONNECTION_ACCEPTED), 3);
    end(&crowd);
}

int main(void)
{
    RUN(a_step_moves_no_more_than_its_budget_in_both_directions_together);
    RUN(a_connection_that_sends_all_it_can_does_not_keep_another_from_being_heard);
    RUN(two_connections_that_send_all_they_can_share_what_a_step_moves);
    RUN(events_of_a_connection_that_is_flooded_take_turns_with_anothers);
    RUN(a_flood_of_received_bytes_leaves_the_start_link_and_calls_alive);
    return check_result();
}
