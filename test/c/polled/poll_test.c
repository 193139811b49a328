/* tiRTC.h on a platform without threads: TiRtcPoll() does all of it. The platform is the sim port, time is virtual. */
#include "check.h"
#include "polled_world.h"

enum { SOON_MS = 1000 };

static int events[16];
static int event_count;
static int poll_inside; /* what TiRtcPoll() returned inside a callback */
static bool uninit_inside;

static void on_event(int event, const void *data, int len)
{
    (void)data;
    (void)len;
    REQUIRE(event_count < 16);
    events[event_count++] = event;
    poll_inside = TiRtcPoll(0);
    if (uninit_inside) {
        TiRtcUninit();
    }
}

static const TIRTCCALLBACKS callbacks = {.on_event = on_event};

static void begin(void)
{
    event_count = 0;
    uninit_inside = false;
    polled_world_start(false);
}

static void start(void)
{
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, WORLD_ENDPOINT, sizeof WORLD_ENDPOINT), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
    CHECK_EQUAL(TiRtcStart("device-1,secret-1", &callbacks), 0);
}

static void poll_until_events(int count)
{
    for (int passed_ms = 0; passed_ms < SOON_MS && event_count < count; passed_ms += 10) {
        CHECK_EQUAL(TiRtcPoll(10), 0);
    }
    CHECK_EQUAL(event_count, count);
}

TEST(without_a_platform_nothing_begins)
{
    CHECK_EQUAL(TiRtcInit(), TIRTC_E_LACK_OF_RESOURCE);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_CLIENT_ID, "client", 6), TIRTC_E_LACK_OF_RESOURCE);
    CHECK_EQUAL(TiRtcPoll(0), TIRTC_E_NOT_INITIALIZED);
}

TEST(a_device_starts_and_stops_by_polling_alone)
{
    begin();
    start();
    world_run(&world, SOON_MS);
    CHECK_EQUAL(event_count, 0);
    poll_until_events(1);
    CHECK_EQUAL(events[0], TiEVENT_SYS_STARTED);
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK_EQUAL(event_count, 1);
    poll_until_events(2);
    CHECK_EQUAL(events[1], TiEVENT_SYS_STOPPED);
    TiRtcUninit();
    CHECK_EQUAL(TiRtcPoll(0), TIRTC_E_NOT_INITIALIZED);
    world_end(&world);
}

TEST(uninit_polls_until_everything_owed_was_reported)
{
    for (int stop = 0; stop <= 1; stop++) {
        begin();
        start();
        poll_until_events(1);
        CHECK_EQUAL(stop ? TiRtcStop() : 0, 0);
        TiRtcUninit();
        CHECK_EQUAL(event_count, 2);
        CHECK_EQUAL(events[1], TiEVENT_SYS_STOPPED);
        world_end(&world);
    }
}

TEST(poll_refuses_to_be_called_inside_a_callback_and_a_negative_wait)
{
    begin();
    start();
    poll_inside = 0;
    poll_until_events(1);
    CHECK_EQUAL(poll_inside, TIRTC_E_BUSY);
    CHECK_EQUAL(TiRtcPoll(-1), TIRTC_E_INVALID_PARAMETER);
    TiRtcUninit();
    world_end(&world);
}

TEST(a_lost_service_is_found_again_by_polling)
{
    begin();
    start();
    poll_until_events(1);
    world_service_down(&world, true);
    poll_until_events(2);
    CHECK_EQUAL(events[1], TIRTC_EVENT_SERVICE_LOST);
    world_service_down(&world, false);
    for (int passed_ms = 0; passed_ms < 60000 && events[event_count - 1] != TIRTC_EVENT_SERVICE_BACK;
         passed_ms += 100) {
        CHECK_EQUAL(TiRtcPoll(100), 0);
    }
    CHECK_EQUAL(events[event_count - 1], TIRTC_EVENT_SERVICE_BACK);
    TiRtcUninit();
    world_end(&world);
}

TEST(uninit_inside_a_callback_takes_effect_when_it_returns)
{
    begin();
    start();
    uninit_inside = true;
    poll_until_events(1);
    CHECK_EQUAL(TiRtcPoll(0), TIRTC_E_NOT_INITIALIZED);
    CHECK_EQUAL(tirtc_sim_pipes(platform.port), 0);
    TiRtcUninit();
    world_end(&world);
}

TEST(a_poll_waits_no_longer_than_it_may)
{
    begin();
    start();
    poll_until_events(1);
    while (tirtc_sim_take_wake(platform.port)) {
    }
    CHECK_EQUAL(TiRtcPoll(0), 0);
    uint32_t before_ms = world_elapsed_ms(&world);
    CHECK_EQUAL(TiRtcPoll(0), 0);
    CHECK_EQUAL(world_elapsed_ms(&world) - before_ms, 0);
    CHECK_EQUAL(TiRtcPoll(7), 0);
    CHECK_EQUAL(world_elapsed_ms(&world) - before_ms, 7);
    TiRtcUninit();
    world_end(&world);
}

TEST(a_library_built_without_threads_refuses_a_port_that_has_them)
{
    static const tirtc_threads_t threads;
    tirtc_device_t *device = NULL;
    begin();
    tirtc_port_t port = *platform.port;
    port.threads = &threads;
    CHECK_EQUAL(tirtc_device_open(&port, &device), TIRTC_E_INVALID_PARAMETER);
    CHECK(device == NULL);
    world_end(&world);
}

int main(void)
{
    RUN(without_a_platform_nothing_begins);
    RUN(a_device_starts_and_stops_by_polling_alone);
    RUN(uninit_polls_until_everything_owed_was_reported);
    RUN(poll_refuses_to_be_called_inside_a_callback_and_a_negative_wait);
    RUN(a_lost_service_is_found_again_by_polling);
    RUN(uninit_inside_a_callback_takes_effect_when_it_returns);
    RUN(a_poll_waits_no_longer_than_it_may);
    RUN(a_library_built_without_threads_refuses_a_port_that_has_them);
    return check_result();
}
