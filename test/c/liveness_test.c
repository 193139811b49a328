/* What time does to links, memory and tickets; over the sim port. */
#include "base/wrap_time.h"
#include "check.h"
#include "pair.h"
#include "tirtc_config.h"

enum { DAY_MS = 24 * 3600 * 1000, DEFAULT_BUFFER_BYTES = TIRTC_DEFAULT_SEND_BUFFER_BYTES };

static void with_rare_pings(tirtc_options_t *options)
{
    options->keep_alive_ms = 3600 * 1000;
}

TEST(a_ping_is_answered_at_once_on_both_kinds_of_link)
{
    pair_t pair;
    pair_start(&pair, NULL, with_rare_pings, NULL);
    service_link_t *links[] = {service_start_link(pair.world.service, "device-1"),
                               service_last_connection(pair.world.service)->device_link};
    for (size_t i = 0; i < 2; i++) {
        size_t before = links[i]->pongs;
        service_send_frame(links[i], true, TI_WS_PING, "now", 3);
        world_settle(&pair.world);
        CHECK_EQUAL(links[i]->pongs, before + 1);
    }
    pair_end(&pair);
}

TEST(a_peer_that_vanishes_in_the_middle_of_a_message_is_found_silent)
{
    static const tirtc_sim_faults_t nothing_comes = {.down = {.blocked = true}};
    static const uint8_t half_a_header[] = {0x82, 0x7e, 0x01};
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    service_link_t *links[] = {service_start_link(pair.world.service, "device-1"),
                               service_last_connection(pair.world.service)->device_link};
    for (size_t i = 0; i < 2; i++) {
        service_send_raw(links[i], half_a_header, sizeof half_a_header);
    }
    world_settle(&pair.world);
    for (size_t i = 0; i < 2; i++) {
        tirtc_sim_far_end_set_faults(world_far_end(links[i]), &nothing_comes);
    }
    const tirtc_event_t *failed = world_run_until(&pair.world, pair.device, TIRTC_CONNECTION_FAILED, 13000);
    REQUIRE(failed != NULL);
    CHECK_EQUAL(failed->error, TIRTC_E_CONN_TIMEOUTCLOSE);
    CHECK(world_run_until(&pair.world, pair.device, TIRTC_DEVICE_SERVICE_LOST, 61000) != NULL);
    pair.world.complaints_expected = true;
    pair_end(&pair);
}

TEST(memory_taken_for_a_large_message_is_given_back_when_the_link_is_idle)
{
    enum { MOST = TIRTC_MAX_RECEIVE_BYTES / 2, LENGTH = MOST < DEFAULT_BUFFER_BYTES ? MOST : DEFAULT_BUFFER_BYTES };
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    world_run(&pair.world, 20000);
    size_t idle_bytes = tirtc_sim_memory(pair.world.sim).bytes;
    uint8_t *bytes = pattern(LENGTH, 1);
    TIRTCFRAMEINFO frame = {.media = TIRTC_VIDEO_H264, .flags = 1, .length = LENGTH};
    CHECK_EQUAL(tirtc_connection_send_frame(pair.device, pair.callee, &frame, bytes, NULL), LENGTH + 12);
    REQUIRE(world_run_until(&pair.world, pair.client, TIRTC_VIDEO, 1000) != NULL);
    CHECK(tirtc_sim_memory(pair.world.sim).bytes >= idle_bytes + LENGTH - TIRTC_INITIAL_RECEIVE_BYTES);
    /* Pings, pongs and round-trip probes never stop, and do not need it. */
    world_run(&pair.world, 3 * TIRTC_PEER_KEEP_ALIVE_MS);
    CHECK_EQUAL(tirtc_sim_memory(pair.world.sim).bytes, idle_bytes);
    CHECK_EQUAL(world_count(&pair.world, pair.client, TIRTC_CONNECTION_FAILED), 0);
    free(bytes);
    pair_end(&pair);
}

TEST(times_of_the_service_that_are_too_long_to_count_do_not_end_links)
{
    static const uint32_t longest_ms[] = {0x7fffffff, 0x80000000, 0xffffffff};
    for (size_t i = 0; i < sizeof longest_ms / sizeof longest_ms[0]; i++) {
        pair_t pair;
        ti_limits_t limits = {longest_ms[i], longest_ms[i], 0};
        world_options_t options = {.service = {.start_limits = limits, .limits = limits}};
        pair_start(&pair, &options, NULL, NULL);
        world_run(&pair.world, DAY_MS);
        CHECK_EQUAL(world_count(&pair.world, pair.device, TIRTC_DEVICE_SERVICE_LOST), 0);
        CHECK_EQUAL(world_count(&pair.world, pair.device, TIRTC_CONNECTION_FAILED), 0);
        CHECK_EQUAL(world_count(&pair.world, pair.client, TIRTC_CONNECTION_FAILED), 0);
        pair_end(&pair);
    }
}

static void with_longest_times(tirtc_options_t *options)
{
    options->keep_alive_ms = options->silence_ms = options->connect_timeout_ms = TI_MAX_SPAN_MS;
}

TEST(times_of_the_program_may_be_as_long_as_can_be_counted_and_not_longer)
{
    pair_t pair;
    world_options_t slow_clock = {.sim = {.start_ms = 1}};
    pair_start(&pair, &slow_clock, with_longest_times, with_longest_times);
    world_run(&pair.world, DAY_MS);
    CHECK_EQUAL(world_count(&pair.world, pair.device, TIRTC_CONNECTION_FAILED), 0);
    tirtc_options_t options = world_options(NULL, NULL);
    uint32_t *times[] = {&options.connect_timeout_ms, &options.keep_alive_ms, &options.silence_ms};
    for (size_t i = 0; i < 3; i++) {
        *times[i] = (uint32_t)TI_MAX_SPAN_MS + 1;
        tirtc_device_t *other = world_open_device(&pair.world);
        CHECK_EQUAL(tirtc_device_start(other, &options), TIRTC_E_INVALID_PARAMETER);
        *times[i] = 0;
    }
    pair_end(&pair);
}

TEST(an_expired_ticket_stays_expired_when_the_clock_wraps)
{
    pair_t pair;
    world_options_t options = {.service = {.ticket_lifetime_s = 60}};
    pair_start(&pair, &options, NULL, NULL);
    CHECK_EQUAL(tirtc_connection_disconnect(pair.client, pair.caller), 0);
    world_run(&pair.world, 1000);
    world_close_device(&pair.world, pair.device);
    /* Past half of the clock's range from the moment it expired, that moment seems to lie ahead again. */
    world_run(&pair.world, 26u * DAY_MS / 2);
    world_run(&pair.world, 26u * DAY_MS / 2);
    CHECK_EQUAL(pair_connect(&pair, "device-1", NULL, NULL), TIRTC_E_CACHE_EXPIRED);
    pair_end(&pair);
}

int main(void)
{
    RUN(a_ping_is_answered_at_once_on_both_kinds_of_link);
    RUN(a_peer_that_vanishes_in_the_middle_of_a_message_is_found_silent);
    RUN(memory_taken_for_a_large_message_is_given_back_when_the_link_is_idle);
    RUN(times_of_the_service_that_are_too_long_to_count_do_not_end_links);
    RUN(times_of_the_program_may_be_as_long_as_can_be_counted_and_not_longer);
    RUN(an_expired_ticket_stays_expired_when_the_clock_wraps);
    return check_result();
}
