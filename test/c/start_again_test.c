/* A device comes back by itself: pauses between attempts, a service that goes and returns, links that break at every
 * byte, memory and entropy that fail. */
#include "check.h"
#include "sim_world.h"
#include "tirtc_config.h"

#define ID "device-1"
#define SECRET "secret-1"

enum { SOON_MS = 100, HOUR_MS = 3600000 };

static world_t world;
static tirtc_device_t *device;

static void begin(const world_options_t *options)
{
    world_start(&world, options);
    tirtc_options_t as = world_options(ID, SECRET);
    device = world_device(&world, &as);
}

static void begin_online(void)
{
    begin(NULL);
    REQUIRE(world_run_until(&world, device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
}

/** Returns the longest pause after an attempt that began this long after the outage and took no time. */
static uint32_t longest_pause_ms(uint32_t away_ms)
{
    uint32_t longest_ms = TIRTC_RETRY_FIRST_MS + away_ms;
    return longest_ms < TIRTC_RETRY_MAX_MS ? longest_ms : TIRTC_RETRY_MAX_MS;
}

static bool is_pause(uint32_t ms, uint32_t longest_ms)
{
    return ms >= longest_ms - longest_ms / 3 && ms <= longest_ms;
}

TEST(pauses_grow_with_the_time_away_at_random_within_a_third_and_are_kept_to_the_ms)
{
    enum { ATTEMPTS = 300 };
    uint32_t shorter_half = 0;
    begin(NULL);
    world_service_down(&world, true);
    for (unsigned i = 0; i < ATTEMPTS; i++) {
        const tirtc_event_t *failed = world_run_until(&world, device, TIRTC_DEVICE_START_FAILED, TIRTC_RETRY_MAX_MS);
        REQUIRE(failed != NULL);
        CHECK_EQUAL(tirtc_sim_dials(world_port(&world, device)), i + 1);
        uint32_t longest_ms = longest_pause_ms(world_elapsed_ms(&world));
        CHECK(is_pause(failed->retry_in_ms, longest_ms));
        shorter_half += failed->retry_in_ms <= longest_ms - longest_ms / 6 ? 1 : 0;
        world_run(&world, failed->retry_in_ms - 1);
        CHECK_EQUAL(tirtc_sim_dials(world_port(&world, device)), i + 1);
        world_forget(&world);
        world_run(&world, 1);
    }
    CHECK(shorter_half > ATTEMPTS / 3 && shorter_half < ATTEMPTS * 2 / 3);
    world_end(&world);
}

TEST(what_an_attempt_takes_counts_as_waiting)
{
    static const tirtc_sim_dial_t slow = {.fails_later = TIRTC_E_HTTP_TIMEOUT, .delay_ms = 7000};
    begin(NULL);
    tirtc_sim_other_dials(world_port(&world, device), &slow);
    uint32_t began_ms = 0;
    for (int i = 0; i < 20; i++) {
        const tirtc_event_t *failed = world_run_until(&world, device, TIRTC_DEVICE_START_FAILED, HOUR_MS);
        REQUIRE(failed != NULL);
        CHECK_EQUAL(world_elapsed_ms(&world) - began_ms, slow.delay_ms);
        uint32_t away_ms = began_ms < TIRTC_RETRY_MAX_MS ? began_ms : TIRTC_RETRY_MAX_MS;
        uint32_t longest_ms = longest_pause_ms(away_ms > slow.delay_ms ? away_ms - slow.delay_ms : 0);
        CHECK(is_pause(failed->retry_in_ms, longest_ms));
        world_run(&world, failed->retry_in_ms);
        began_ms = world_elapsed_ms(&world);
    }
    CHECK(began_ms > 10 * slow.delay_ms);
    world_end(&world);
}

/** Return how long the device needs to be back after an outage of this length, from its beginning. It begins while the
 *  device is online, or before it ever was; dials go as `down` says meanwhile, NULL: they are refused at once. */
static uint32_t back_after_ms(uint32_t seed, uint32_t outage_ms, bool online_before, const tirtc_sim_dial_t *down)
{
    world_options_t options = {.sim.seed = seed};
    world_start(&world, &options);
    tirtc_options_t as = world_options(ID, SECRET);
    if (online_before) {
        device = world_device(&world, &as);
        REQUIRE(world_run_until(&world, device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    } else {
        service_add_device(world.service, ID, SECRET);
        device = world_open_device(&world);
    }
    const tirtc_port_t *port = world_port(&world, device);
    uint32_t began_ms = world_elapsed_ms(&world);
    size_t dials = tirtc_sim_dials(port);
    if (down == NULL) {
        world_service_down(&world, true);
    } else {
        tirtc_sim_other_dials(port, down);
        service_crash(world.service);
    }
    if (!online_before) {
        CHECK_EQUAL(tirtc_device_start(device, &as), 0);
    }
    world_run(&world, outage_ms);
    world_service_down(&world, false);
    tirtc_sim_other_dials(port, NULL);
    tirtc_event_kind_t back = online_before ? TIRTC_DEVICE_SERVICE_BACK : TIRTC_DEVICE_STARTED;
    REQUIRE(world_run_until(&world, device, back, HOUR_MS) != NULL);
    CHECK(outage_ms > 10000 || tirtc_sim_dials(port) - dials <= 6);
    uint32_t ms = world_elapsed_ms(&world) - began_ms;
    world_end(&world);
    return ms;
}

/* Refused at once, refused after a while, never answered. */
TEST(a_device_is_back_after_its_attempt_or_twice_the_outage_and_a_second)
{
    enum { SEEDS = 100 };
    static const uint32_t outages_ms[] = {0, 1, 200, 600, 1000, 3700, 10000, 25000, 60000, 600000};
    static const tirtc_sim_dial_t slowly = {.fails_later = TIRTC_E_HTTP_SERVER_DOWN, .delay_ms = 300};
    static const tirtc_sim_dial_t never = {.never_answers = true};
    static const struct {
        const tirtc_sim_dial_t *dial;
        uint32_t takes_ms;
    } ways[] = {{NULL, 0}, {&slowly, 300}, {&never, TIRTC_HANDSHAKE_TIMEOUT_MS}};
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        for (size_t i = 0; i < sizeof outages_ms / sizeof outages_ms[0]; i++) {
            uint32_t outage_ms = outages_ms[i];
            uint32_t most_ms = outage_ms < TIRTC_RETRY_MAX_MS ? outage_ms : TIRTC_RETRY_MAX_MS;
            for (size_t j = 0; j < sizeof ways / sizeof ways[0]; j++) {
                uint32_t more_ms = most_ms > ways[j].takes_ms ? most_ms : ways[j].takes_ms;
                CHECK(back_after_ms(seed, outage_ms, true, ways[j].dial) <= outage_ms + more_ms + 1000);
                CHECK(back_after_ms(seed, outage_ms, false, ways[j].dial) <= outage_ms + more_ms + 1000);
            }
        }
    }
}

TEST(each_pause_of_a_lost_service_is_reported)
{
    begin_online();
    world_service_down(&world, true);
    for (int i = 0; i < 10; i++) {
        const tirtc_event_t *lost = world_run_until(&world, device, TIRTC_DEVICE_SERVICE_LOST, TIRTC_RETRY_MAX_MS);
        REQUIRE(lost != NULL);
        CHECK_EQUAL(lost->error, i == 0 ? TIRTC_E_HTTP_RESET : TIRTC_E_HTTP_SERVER_DOWN);
        CHECK(is_pause(lost->retry_in_ms, longest_pause_ms(world_elapsed_ms(&world))));
        world_run(&world, lost->retry_in_ms - 1);
        CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_SERVICE_LOST), i + 1);
        world_run(&world, 1);
    }
    CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_START_FAILED), 0);
    world_end(&world);
}

TEST(two_devices_do_not_reconnect_in_step)
{
    begin(NULL);
    tirtc_options_t options = world_options("device-2", SECRET);
    tirtc_device_t *other = world_device(&world, &options);
    world_service_down(&world, true);
    world_run(&world, HOUR_MS);
    size_t same = 0, looked_at = 0;
    const tirtc_event_t *first, *second;
    while ((first = world_event(&world, device, TIRTC_DEVICE_START_FAILED)) != NULL &&
           (second = world_event(&world, other, TIRTC_DEVICE_START_FAILED)) != NULL) {
        same += first->retry_in_ms == second->retry_in_ms ? 1 : 0;
        looked_at++;
    }
    CHECK(looked_at > 100 && same < 5);
    world_end(&world);
}

TEST(a_device_without_a_network_at_first_goes_online_by_itself)
{
    static const tirtc_sim_dial_t unplugged = {.fails_later = TIRTC_E_HTTP_RESOLVE, .delay_ms = 20};
    begin(NULL);
    tirtc_sim_other_dials(world_port(&world, device), &unplugged);
    world_run(&world, 24 * HOUR_MS);
    CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_STARTED), 0);
    tirtc_sim_other_dials(world_port(&world, device), NULL);
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_STARTED, TIRTC_RETRY_MAX_MS) != NULL);
    CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_SERVICE_BACK), 0);
    world_end(&world);
}

TEST(a_service_that_crashes_is_reported_lost_at_once_and_back_once)
{
    begin_online();
    for (int i = 0; i < 3; i++) {
        world_forget(&world);
        world_service_down(&world, true);
        const tirtc_event_t *lost = world_run_until(&world, device, TIRTC_DEVICE_SERVICE_LOST, SOON_MS);
        REQUIRE(lost != NULL);
        CHECK_EQUAL(lost->error, TIRTC_E_HTTP_RESET);
        CHECK(is_pause(lost->retry_in_ms, TIRTC_RETRY_FIRST_MS));
        world_run(&world, HOUR_MS);
        world_service_down(&world, false);
        CHECK(world_run_until(&world, device, TIRTC_DEVICE_SERVICE_BACK, TIRTC_RETRY_MAX_MS) != NULL);
        CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_SERVICE_BACK), 1);
        CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_STARTED), 0);
        CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_START_FAILED), 0);
    }
    world_end(&world);
}

TEST(a_service_that_stops_in_order_is_lost_and_returns)
{
    begin_online();
    service_stop(world.service);
    const tirtc_event_t *lost = world_run_until(&world, device, TIRTC_DEVICE_SERVICE_LOST, SOON_MS);
    REQUIRE(lost != NULL);
    CHECK_EQUAL(lost->error, TIRTC_E_SERVER_ERROR);
    CHECK_EQUAL(lost->reason, TI_BYE_STOPPING);
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_SERVICE_BACK, TIRTC_RETRY_FIRST_MS) != NULL);
    world_end(&world);
}

TEST(a_silent_start_link_is_lost_after_its_time_and_pauses_start_short_again)
{
    begin_online();
    service_link_t *link = service_start_link(world.service, ID);
    service_mute(link, true);
    const tirtc_sim_faults_t nothing_passes = {.up.blocked = true, .down.blocked = true};
    tirtc_sim_far_end_set_faults(world_far_end(link), &nothing_passes);
    const tirtc_event_t *lost = world_run_until(&world, device, TIRTC_DEVICE_SERVICE_LOST, 60000 + SOON_MS);
    REQUIRE(lost != NULL);
    CHECK_EQUAL(world_elapsed_ms(&world), 60000);
    CHECK(lost->retry_in_ms <= TIRTC_RETRY_FIRST_MS);
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_SERVICE_BACK, TIRTC_RETRY_FIRST_MS) != NULL);
    world_end(&world);
}

TEST(the_service_sets_how_often_a_start_link_pings_and_when_it_is_dead)
{
    world_options_t options = {.service.start_limits = {.keep_alive_ms = 1000, .silence_ms = 3000}};
    begin(&options);
    REQUIRE(world_run_until(&world, device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    service_link_t *link = service_start_link(world.service, ID);
    world_run(&world, 10500);
    CHECK_EQUAL(link->pings, 10);
    const tirtc_sim_faults_t nothing_passes = {.up.blocked = true, .down.blocked = true};
    service_mute(link, true);
    tirtc_sim_far_end_set_faults(world_far_end(link), &nothing_passes);
    uint32_t began_ms = world_elapsed_ms(&world);
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_SERVICE_LOST, 3000) != NULL);
    CHECK(world_elapsed_ms(&world) - began_ms >= 2000);
    world_end(&world);
}

TEST(a_reconnect_is_the_same_start_and_replaces_its_own_link_without_a_word)
{
    begin_online();
    service_link_t *old = service_start_link(world.service, ID);
    /* The device's side of the link dies; the service does not hear of it. */
    const tirtc_sim_faults_t cut = {.down.cut = true};
    service_mute(old, true);
    tirtc_sim_far_end_set_faults(world_far_end(old), &cut);
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_SERVICE_LOST, SOON_MS) != NULL);
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_SERVICE_BACK, TIRTC_RETRY_FIRST_MS) != NULL);
    const service_link_t *new = service_start_link(world.service, ID);
    CHECK(new != old);
    CHECK(strcmp(request_header(&old->request, "X-Tg-Start-Id"), request_header(&new->request, "X-Tg-Start-Id")) == 0);
    CHECK_EQUAL(old->carry, SERVICE_CARRY_RESET);
    world_end(&world);
}

/** Start with these faults on the first link; the device is online within a minute whatever they are, unless the secret
 *  is not recognised any more. Returns whether the first link did it. */
static bool start_through(const tirtc_sim_faults_t *faults)
{
    tirtc_sim_dial_t dial = {.faults = *faults};
    world_start(&world, NULL);
    world.complaints_expected = true; /* half a request is a complaint */
    service_add_device(world.service, ID, SECRET);
    device = world_open_device(&world);
    CHECK(tirtc_sim_next_dial(world_port(&world, device), &dial));
    tirtc_options_t options = world_options(ID, SECRET);
    CHECK_EQUAL(tirtc_device_start(device, &options), 0);
    bool started = world_run_until(&world, device, TIRTC_DEVICE_STARTED, 60000) != NULL;
    const tirtc_event_t *failed = world_event(&world, device, TIRTC_DEVICE_START_FAILED);
    CHECK(started || (failed != NULL && failed->retry_in_ms == 0));
    bool at_once = started && tirtc_sim_dials(world_port(&world, device)) == 1;
    world_end(&world);
    return at_once;
}

TEST(a_start_gets_through_a_link_that_moves_one_byte_at_a_time_slowly_and_with_little_room)
{
    static const tirtc_sim_faults_t narrow = {.up = {.most_per_call = 1, .capacity_bytes = 1, .delay_ms = 3},
                                              .down = {.most_per_call = 1, .capacity_bytes = 1, .delay_ms = 3}};
    CHECK(start_through(&narrow));
}

/* Until a start gets through. */
static void at_every_byte(void (*make)(tirtc_sim_flow_t *flow, uint64_t at))
{
    for (int down = 0; down <= 1; down++) {
        bool whole = false;
        for (uint64_t at = 0; !whole; at++) {
            tirtc_sim_faults_t faults = {.down.most_per_call = 7};
            REQUIRE(at < 2000);
            make(down != 0 ? &faults.down : &faults.up, at);
            whole = start_through(&faults);
        }
    }
}

static void cut(tirtc_sim_flow_t *flow, uint64_t at)
{
    flow->cut = true;
    flow->cut_after_bytes = at;
}

static void end_early(tirtc_sim_flow_t *flow, uint64_t at)
{
    cut(flow, at);
    flow->cut_error = TIRTC_E_HTTP_PEER_CLOSED;
}

static void say_not_now_for_ever(tirtc_sim_flow_t *flow, uint64_t at)
{
    flow->blocked = true;
    flow->blocked_after_bytes = at;
}

TEST(a_link_that_dies_or_stalls_at_any_byte_is_survived)
{
    at_every_byte(cut);
    at_every_byte(end_early);
    at_every_byte(say_not_now_for_ever);
}

TEST(a_byte_changed_in_a_proof_or_what_it_covers_never_makes_a_start)
{
    enum { HEADER = 2 + 2, CHALLENGE = HEADER + TI_NONCE_BYTES, STARTED = HEADER + TI_MAC_BYTES + 12 };
    begin_online();
    uint64_t size = tirtc_sim_far_end_info(world_far_end(service_start_link(world.service, ID))).received_bytes;
    world_end(&world);
    uint64_t nonce = size - STARTED - CHALLENGE + HEADER, mac = size - STARTED + HEADER;
    for (uint64_t at = 0; at < size; at++) {
        tirtc_sim_faults_t changed = {.down = {.corrupt_mask = 0x10, .corrupt_at_byte = at}};
        bool started = start_through(&changed);
        CHECK(!started || at < nonce || (at >= nonce + TI_NONCE_BYTES && at < mac) || at >= mac + TI_MAC_BYTES);
    }
}

TEST(every_allocation_of_a_start_may_fail_once_and_it_starts_later)
{
    size_t allocations = 0;
    for (size_t n = 1; n == 1 || n <= allocations; n++) {
        world_start(&world, NULL);
        service_add_device(world.service, ID, SECRET);
        device = world_open_device(&world);
        size_t before = tirtc_sim_memory(world.sim).allocations;
        tirtc_sim_fail_allocation(world.sim, n, 1);
        tirtc_options_t options = world_options(ID, SECRET);
        int result = tirtc_device_start(device, &options);
        CHECK(result == 0 || result == TIRTC_E_LACK_OF_RESOURCE);
        if (result != 0) {
            CHECK_EQUAL(tirtc_device_start(device, &options), 0);
        }
        CHECK(world_run_until(&world, device, TIRTC_DEVICE_STARTED, 60000) != NULL);
        allocations = tirtc_sim_memory(world.sim).allocations - before;
        const tirtc_event_t *failed = world_event(&world, device, TIRTC_DEVICE_START_FAILED);
        CHECK(failed == NULL || failed->error == TIRTC_E_LACK_OF_RESOURCE);
        world_end(&world);
    }
    CHECK(allocations >= 3);
}

TEST(a_device_cannot_be_opened_without_memory_or_entropy)
{
    tirtc_device_t *none = NULL;
    world_start(&world, NULL);
    const tirtc_port_t *port = tirtc_sim_port(world.sim);
    tirtc_sim_fail_entropy(world.sim, true);
    CHECK_EQUAL(tirtc_device_open(port, &none), TIRTC_E_INTERNAL_ERROR);
    tirtc_sim_fail_entropy(world.sim, false);
    tirtc_sim_fail_allocation(world.sim, 1, 1);
    CHECK_EQUAL(tirtc_device_open(port, &none), TIRTC_E_LACK_OF_RESOURCE);
    world_end(&world);
}

TEST(without_entropy_a_start_waits_for_it)
{
    begin_online();
    world_service_down(&world, true);
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_SERVICE_LOST, SOON_MS) != NULL);
    tirtc_sim_fail_entropy(world.sim, true);
    world_service_down(&world, false);
    world_run(&world, HOUR_MS);
    CHECK(service_start_link(world.service, ID) == NULL);
    CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_SERVICE_BACK), 0);
    tirtc_sim_fail_entropy(world.sim, false);
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_SERVICE_BACK, TIRTC_RETRY_MAX_MS) != NULL);
    world_end(&world);
}

TEST(a_thousand_reconnects_leave_memory_as_it_was)
{
    begin_online();
    size_t bytes = tirtc_sim_memory(world.sim).bytes;
    for (int i = 0; i < 1000; i++) {
        service_reset_link(service_start_link(world.service, ID));
        CHECK(world_run_until(&world, device, TIRTC_DEVICE_SERVICE_LOST, SOON_MS) != NULL);
        CHECK(world_run_until(&world, device, TIRTC_DEVICE_SERVICE_BACK, TIRTC_RETRY_FIRST_MS) != NULL);
        world_forget(&world);
    }
    CHECK_EQUAL(tirtc_sim_memory(world.sim).bytes, bytes);
    CHECK_EQUAL(tirtc_sim_pipes(world_port(&world, device)), 1);
    world_end(&world);
}

TEST(the_same_seed_gives_the_same_log)
{
    static char first[TIRTC_SIM_LOG_BYTES];
    for (int i = 0; i < 2; i++) {
        begin(NULL);
        world_service_down(&world, true);
        world_run(&world, HOUR_MS);
        world_service_down(&world, false);
        world_run(&world, HOUR_MS);
        if (i == 0) {
            strcpy(first, tirtc_sim_log(world.sim));
        }
        CHECK(strlen(first) > 1000);
        CHECK(strcmp(first, tirtc_sim_log(world.sim)) == 0);
        world_end(&world);
    }
}

int main(void)
{
    RUN(pauses_grow_with_the_time_away_at_random_within_a_third_and_are_kept_to_the_ms);
    RUN(what_an_attempt_takes_counts_as_waiting);
    RUN(a_device_is_back_after_its_attempt_or_twice_the_outage_and_a_second);
    RUN(each_pause_of_a_lost_service_is_reported);
    RUN(two_devices_do_not_reconnect_in_step);
    RUN(a_device_without_a_network_at_first_goes_online_by_itself);
    RUN(a_service_that_crashes_is_reported_lost_at_once_and_back_once);
    RUN(a_service_that_stops_in_order_is_lost_and_returns);
    RUN(a_silent_start_link_is_lost_after_its_time_and_pauses_start_short_again);
    RUN(the_service_sets_how_often_a_start_link_pings_and_when_it_is_dead);
    RUN(a_reconnect_is_the_same_start_and_replaces_its_own_link_without_a_word);
    RUN(a_start_gets_through_a_link_that_moves_one_byte_at_a_time_slowly_and_with_little_room);
    RUN(a_link_that_dies_or_stalls_at_any_byte_is_survived);
    RUN(a_byte_changed_in_a_proof_or_what_it_covers_never_makes_a_start);
    RUN(every_allocation_of_a_start_may_fail_once_and_it_starts_later);
    RUN(a_device_cannot_be_opened_without_memory_or_entropy);
    RUN(without_entropy_a_start_waits_for_it);
    RUN(a_thousand_reconnects_leave_memory_as_it_was);
    RUN(the_same_seed_gives_the_same_log);
    return check_result();
}
