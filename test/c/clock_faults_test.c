/* A call from beginning to end (scene.h) with a clock that stands still or jumps, at every moment that it is read. */
#include "check.h"
#include "scene.h"

enum side { DEVICE, CLIENT };

/* The clock of one side goes wrong when it is read for the n-th time. */
typedef struct wrong_clock {
    size_t reads;
    size_t at_read;    /* 0: never */
    uint32_t jump_ms;  /* then it is so much later; more than half of 2^32 is earlier */
    bool stands_still; /* or it says the same for ever */
    uint32_t stood_at_ms;
} wrong_clock_t;

static uint32_t read_wrongly(void *user, uint32_t now_ms)
{
    wrong_clock_t *clock = user;
    clock->reads++;
    if (clock->at_read == 0 || clock->reads < clock->at_read) {
        return now_ms;
    }
    if (clock->stands_still) {
        clock->stood_at_ms = clock->reads == clock->at_read ? now_ms : clock->stood_at_ms;
        return clock->stood_at_ms;
    }
    return now_ms + clock->jump_ms;
}

static void begin(scene_t *scene, spy_t spies[2], enum side side, wrong_clock_t *clock)
{
    scene_begin(scene, spies);
    spies[side].on_clock = read_wrongly;
    spies[side].user = clock;
}

/* How often a side reads its clock when nothing is wrong. */
static size_t reads_of_path(enum side side)
{
    scene_t scene;
    spy_t spies[2];
    wrong_clock_t clock = {0};
    begin(&scene, spies, side, &clock);
    CHECK_EQUAL(scene_talk(&scene), 0);
    size_t reads = clock.reads;
    CHECK(reads > 10);
    scene_end(&scene);
    return reads;
}

static void name_place(int failures_before, enum side side, size_t read, uint32_t jump_ms)
{
    if (check_failures != failures_before) {
        fprintf(stderr, "with the %s's clock, read %zu, jump %u\n", side == DEVICE ? "device" : "client", read,
                (unsigned)jump_ms);
    }
}

TEST(nothing_waits_for_a_clock_that_has_stopped)
{
    for (enum side side = DEVICE; side <= CLIENT; side++) {
        size_t reads = reads_of_path(side);
        for (size_t read = 1; read <= reads; read++) {
            scene_t scene;
            spy_t spies[2];
            wrong_clock_t clock = {.at_read = read, .stands_still = true};
            int before = check_failures;
            begin(&scene, spies, side, &clock);
            CHECK_EQUAL(scene_talk(&scene), 0);
            spies[side].on_clock = NULL;
            scene_end(&scene);
            name_place(before, side, read, 0);
        }
    }
}

TEST(everything_that_a_stopped_clock_keeps_waiting_ends_once_it_runs_again)
{
    scene_t scene;
    spy_t spies[2];
    tirtc_connection_t connection;
    wrong_clock_t clock = {.at_read = 1, .stands_still = true};
    begin(&scene, spies, CLIENT, &clock);
    REQUIRE(tirtc_sim_next_dial(world_port(&scene.world, scene.client), &(tirtc_sim_dial_t){.never_answers = true}));
    CHECK_EQUAL(scene_connect(&scene, &connection), 0);
    world_run(&scene.world, 10 * SCENE_CONNECT_MS);
    CHECK_EQUAL(scene_count(&scene, scene.client, TIRTC_CONNECTION_CONNECTED), 0);
    spies[CLIENT].on_clock = NULL;
    const tirtc_event_t *connected =
        world_run_until(&scene.world, scene.client, TIRTC_CONNECTION_CONNECTED, SCENE_CONNECT_MS);
    REQUIRE(connected != NULL);
    CHECK_EQUAL(connected->error, TIRTC_E_TIMEOUTED);
    scene_end(&scene);
}

/* Everything is answered, well or not, and the next caller is served by the clock as it is now. */
TEST(a_clock_may_jump_by_minutes_at_any_moment)
{
    static const uint32_t jumps_ms[] = {1, 999, 3999, 11999, 60001, (uint32_t)-1, (uint32_t)-999, (uint32_t)-60001};
    for (enum side side = DEVICE; side <= CLIENT; side++) {
        size_t reads = reads_of_path(side);
        for (size_t i = 0; i < sizeof jumps_ms / sizeof jumps_ms[0]; i++) {
            for (size_t read = 1; read <= reads; read++) {
                scene_t scene;
                spy_t spies[2];
                wrong_clock_t clock = {.at_read = read, .jump_ms = jumps_ms[i]};
                int before = check_failures;
                begin(&scene, spies, side, &clock);
                (void)scene_talk(&scene);
                scene_end(&scene);
                name_place(before, side, read, jumps_ms[i]);
            }
        }
    }
}

/* Beyond the span in which times can be compared, a device must only stop when asked, and free everything. */
TEST(a_clock_may_jump_by_days_at_any_moment)
{
    static const uint32_t jumps_ms[] = {1u << 30, (1u << 31) - 1, 1u << 31, (1u << 31) + 1, 3u << 30};
    for (enum side side = DEVICE; side <= CLIENT; side++) {
        size_t reads = reads_of_path(side);
        for (size_t i = 0; i < sizeof jumps_ms / sizeof jumps_ms[0]; i++) {
            for (size_t read = 1; read <= reads; read++) {
                scene_t scene;
                spy_t spies[2];
                tirtc_connection_t connection;
                wrong_clock_t clock = {.at_read = read, .jump_ms = jumps_ms[i]};
                int before = check_failures;
                begin(&scene, spies, side, &clock);
                CHECK_EQUAL(scene_connect(&scene, &connection), 0);
                world_run(&scene.world, SCENE_LATER_MS);
                CHECK_EQUAL(tirtc_device_stop(scene.client), 0);
                CHECK_EQUAL(tirtc_device_stop(scene.device), 0);
                world_run(&scene.world, SCENE_SOON_MS);
                CHECK_EQUAL(scene_count(&scene, scene.client, TIRTC_CONNECTION_CONNECTED), 1);
                CHECK_EQUAL(scene_count(&scene, scene.client, TIRTC_DEVICE_STOPPED), 1);
                CHECK_EQUAL(scene_count(&scene, scene.device, TIRTC_DEVICE_STOPPED), 1);
                world_end(&scene.world);
                name_place(before, side, read, jumps_ms[i]);
            }
        }
    }
}

static uint32_t chance = 1;

/* Some other time whenever it is asked, within an hour. */
static uint32_t read_anything(void *user, uint32_t now_ms)
{
    (void)user;
    chance = chance * 1664525u + 1013904223u;
    return now_ms + (chance >> 8) % 3600000;
}

TEST(a_clock_that_says_anything_does_no_harm_beyond_its_time)
{
    for (int round = 0; round < 200; round++) {
        scene_t scene;
        spy_t spies[2];
        tirtc_connection_t connection;
        scene_begin(&scene, spies);
        spies[round % 2].on_clock = read_anything;
        (void)scene_connect(&scene, &connection);
        world_run(&scene.world, SCENE_LATER_MS);
        spies[round % 2].on_clock = NULL;
        world_run(&scene.world, 2 * 3600000);
        world_forget(&scene.world);
        scene_end(&scene);
    }
}

int main(void)
{
    RUN(nothing_waits_for_a_clock_that_has_stopped);
    RUN(everything_that_a_stopped_clock_keeps_waiting_ends_once_it_runs_again);
    RUN(a_clock_may_jump_by_minutes_at_any_moment);
    RUN(a_clock_may_jump_by_days_at_any_moment);
    RUN(a_clock_that_says_anything_does_no_harm_beyond_its_time);
    return check_result();
}
