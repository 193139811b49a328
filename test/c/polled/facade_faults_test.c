/* tiRTC.h on a bad platform: memory that fails at every allocation there is, and no entropy. Each call returns an error
 * or takes effect, each callback comes once, and nothing is left over. */
#include "base/bytes.h"
#include "check.h"
#include "polled_world.h"

enum { SOON_MS = 500, LATER_MS = 60000, LARGE_BYTES = 12000 };

static int started, stopped, accepted, gone, commands, connects, connect_error;
static tirtc_conn_t connected;

static void on_event(int event, const void *data, int len)
{
    (void)data;
    (void)len;
    started += event == TiEVENT_SYS_STARTED;
    stopped += event == TiEVENT_SYS_STOPPED;
}

static void on_accepted(tirtc_conn_t connection)
{
    (void)connection;
    accepted++;
}

static void on_error(tirtc_conn_t connection, int error)
{
    (void)error;
    CHECK_EQUAL(TiRtcDisconnect(connection), 0);
}

static void on_disconnected(tirtc_conn_t connection)
{
    (void)connection;
    gone++;
}

static void on_command(tirtc_conn_t connection, uint32_t word, const void *data, uint32_t len)
{
    (void)connection;
    (void)word;
    (void)data;
    commands += len == LARGE_BYTES;
}

static void on_connect(int error, tirtc_conn_t connection, void *user)
{
    CHECK(user == &connects);
    CHECK_EQUAL(error == 0, connection != NULL);
    connects++;
    connect_error = error;
    connected = connection;
}

static const TIRTCCALLBACKS callbacks = {
    .on_event = on_event,
    .on_conn_accepted = on_accepted,
    .on_conn_error = on_error,
    .on_disconnected = on_disconnected,
    .on_command = on_command,
};

static void poll_until(const int *count, int wanted, int within_ms)
{
    for (int passed_ms = 0; *count < wanted && passed_ms < within_ms; passed_ms += 10) {
        CHECK_EQUAL(TiRtcPoll(10), 0);
    }
}

static void be_called_with_a_large_command(void)
{
    static uint8_t message[1 + 4 + LARGE_BYTES] = {TI_CHANNEL_COMMAND};
    ti_put_u32_le(message + 1, MAKE_CMDW(0x4000, 1));
    service_connection_t *peer = service_call(world.service, "device-1", "caller");
    REQUIRE(peer != NULL);
    poll_until(&accepted, 1, SOON_MS);
    if (accepted == 1 && peer->device_link != NULL) {
        service_send_message(peer->device_link, message, sizeof message);
        poll_until(&commands, 1, SOON_MS);
    }
}

/* Returns whether the connection was made. */
static bool call_another(void)
{
    int error = TiRtcConnect("device-2", "v1.token.x", on_connect, &connects);
    if (error != 0) {
        CHECK_EQUAL(error, TIRTC_E_LACK_OF_RESOURCE);
        return false;
    }
    poll_until(&connects, 1, LATER_MS);
    CHECK_EQUAL(connects, 1);
    if (connect_error != 0) {
        return false;
    }
    int before = gone;
    CHECK_EQUAL(TiRtcDisconnect(connected), 0);
    poll_until(&gone, before + 1, SOON_MS * 4);
    CHECK_EQUAL(gone, before + 1);
    return true;
}

static int begin_session(void)
{
    uint32_t bytes = 16384;
    int error = TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, WORLD_ENDPOINT, sizeof WORLD_ENDPOINT);
    if (error == 0) {
        error = TiRtcSetOption(TIRTC_OPT_MAX_SEND_BUFFER, &bytes, sizeof bytes);
    }
    if (error == 0) {
        error = TiRtcInit();
    }
    return error != 0 ? error : TiRtcStart("device-1,secret-1", &callbacks);
}

static void begin(void)
{
    started = stopped = accepted = gone = commands = connects = 0;
    polled_world_start(false);
    world.complaints_expected = true;
    service_add_played_device(world.service, "device-2");
}

/* After a fault everything works: also what TiRtcUninit() leaves when TiRtcInit() failed is taken up again. */
static void end(void)
{
    tirtc_sim_fail_allocation(world.sim, 0, 0);
    tirtc_sim_fail_entropy(world.sim, false);
    TiRtcUninit();
    started = stopped = 0;
    CHECK_EQUAL(begin_session(), 0);
    poll_until(&started, 1, SOON_MS);
    CHECK_EQUAL(started, 1);
    TiRtcUninit();
    CHECK_EQUAL(tirtc_sim_memory(world.sim).blocks, 0);
    world_end(&world);
}

/* Returns whether all of it went well. */
static bool session(void)
{
    int error = begin_session();
    CHECK(error == 0 || error == TIRTC_E_LACK_OF_RESOURCE);
    if (error != 0) {
        return false;
    }
    poll_until(&started, 1, LATER_MS);
    if (started == 1) {
        be_called_with_a_large_command();
    }
    bool called = call_another();
    CHECK_EQUAL(TiRtcStop(), 0);
    poll_until(&stopped, 1, SOON_MS * 2);
    CHECK_EQUAL(stopped, 1);
    return called && commands == 1;
}

static void fail_each_allocation(size_t times)
{
    for (size_t n = 1;; n++) {
        int before = check_failures;
        begin();
        tirtc_sim_fail_allocation(world.sim, n, times);
        bool well = session();
        bool failed = tirtc_sim_memory(world.sim).allocations >= n;
        CHECK(well || failed);
        end();
        if (check_failures != before) {
            fprintf(stderr, "with allocation %zu\n", n);
        }
        if (!failed) {
            CHECK(n > 20);
            return;
        }
    }
}

TEST(every_allocation_may_fail_once)
{
    fail_each_allocation(1);
}

TEST(memory_may_be_gone_from_any_moment_on)
{
    fail_each_allocation(1000000);
}

TEST(without_entropy_init_says_so)
{
    begin();
    tirtc_sim_fail_entropy(world.sim, true);
    CHECK_EQUAL(begin_session(), TIRTC_E_INTERNAL_ERROR);
    end();
}

TEST(entropy_that_fails_later_is_an_error_or_waited_for)
{
    begin();
    CHECK_EQUAL(begin_session(), 0);
    tirtc_sim_fail_entropy(world.sim, true); /* before the first link is dialled */
    poll_until(&started, 1, SOON_MS);
    CHECK_EQUAL(started, 0);
    CHECK(!call_another() && connect_error == TIRTC_E_INTERNAL_ERROR);
    tirtc_sim_fail_entropy(world.sim, false);
    poll_until(&started, 1, LATER_MS);
    CHECK_EQUAL(started, 1);
    end();
}

int main(void)
{
    RUN(every_allocation_may_fail_once);
    RUN(memory_may_be_gone_from_any_moment_on);
    RUN(without_entropy_init_says_so);
    RUN(entropy_that_fails_later_is_an_error_or_waited_for);
    return check_result();
}
