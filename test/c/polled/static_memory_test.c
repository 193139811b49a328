/* tiRTC.h in static memory: everything from one block, and the platform has no memory to give. */
#include "base/bytes.h"
#include "check.h"
#include "facade/facade.h"
#include "polled_world.h"
#include "tirtc_memory.h"

enum {
    SOON_MS = 1000,
    BUFFER_BYTES = TIRTC_MIN_SEND_BUFFER_BYTES,
    LEAST_BYTES = TIRTC_MEMORY_BYTES(1, BUFFER_BYTES),
    PEERS = 3,
    BLOCK_BYTES = TIRTC_MEMORY_BYTES(PEERS, BUFFER_BYTES),
    LARGEST_COMMAND_BYTES = TIRTC_MAX_RECEIVE_BYTES - 1 - 4
};

static TIRTC_MEMORY(memory, BLOCK_BYTES);
static int started, stopped, accepted, failed, gone, commands;
static size_t command_bytes;

static void on_event(int event, const void *data, int len)
{
    (void)data;
    (void)len;
    started += event == TiEVENT_SYS_STARTED || event == TIRTC_EVENT_SERVICE_BACK;
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
    failed++;
    CHECK_EQUAL(TiRtcDisconnect(connection), 0);
}

static void on_disconnected(tirtc_conn_t connection)
{
    (void)connection;
    gone++;
}

/* Answered with as much as fits, so that send buffers are used. */
static void on_command(tirtc_conn_t connection, uint32_t word, const void *data, uint32_t len)
{
    commands++;
    command_bytes += len;
    (void)TiRtcSendResp(connection, word, data, len < 8000 ? len : 8000);
}

static const TIRTCCALLBACKS callbacks = {
    .on_event = on_event,
    .on_conn_accepted = on_accepted,
    .on_conn_error = on_error,
    .on_disconnected = on_disconnected,
    .on_command = on_command,
};

static tirtc_memory_info_t info(void)
{
    tirtc_memory_info_t read = {0};
    CHECK_EQUAL(tirtc_memory_info(&read), 0);
    return read;
}

static int set_sizes(int connections, uint32_t send_buffer_bytes)
{
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_MAX_SEND_BUFFER, &send_buffer_bytes, sizeof send_buffer_bytes), 0);
    return TiRtcSetOption(TIRTC_OPT_MAX_CONNECTIONS, &connections, sizeof connections);
}

static void begin(size_t bytes)
{
    started = stopped = accepted = failed = gone = commands = 0;
    command_bytes = 0;
    polled_world_start(true);
    world.complaints_expected = true;
    CHECK_EQUAL(tirtc_set_memory(&memory, bytes), 0);
}

/* Nothing is in use, and it is one piece. */
static void end(void)
{
    TiRtcUninit();
    CHECK_EQUAL(info().free_bytes, info().bytes);
    CHECK_EQUAL(info().largest_free_bytes, info().bytes);
    CHECK_EQUAL(tirtc_set_memory(NULL, 0), 0);
    CHECK_EQUAL(tirtc_memory_info(&(tirtc_memory_info_t){0}), TIRTC_E_NOT_INITIALIZED);
    world_end(&world);
}

static int start(void)
{
    int error = TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, WORLD_ENDPOINT, sizeof WORLD_ENDPOINT);
    if (error == 0) {
        error = TiRtcInit();
    }
    return error != 0 ? error : TiRtcStart("device-1,secret-1", &callbacks);
}

/* Poll until `*count` is `wanted`, in virtual time. */
static void poll_until(const int *count, int wanted, int within_ms)
{
    for (int passed_ms = 0; *count < wanted && passed_ms < within_ms; passed_ms += 10) {
        CHECK_EQUAL(TiRtcPoll(10), 0);
    }
}

static void poll_for(int ms)
{
    static const int never = 0;
    poll_until(&never, 1, ms);
}

static void send_command(service_connection_t *peer, size_t bytes)
{
    static uint8_t message[1 + 4 + LARGEST_COMMAND_BYTES];
    message[0] = TI_CHANNEL_COMMAND;
    ti_put_u32_le(message + 1, MAKE_CMDW(0x4000, 1));
    service_send_message(peer->device_link, message, 1 + 4 + bytes);
}

TEST(blocks_that_cannot_serve_are_refused)
{
    begin(LEAST_BYTES);
    CHECK_EQUAL(tirtc_set_memory(memory.block, LEAST_BYTES - 1), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_set_memory(memory.block + 1, LEAST_BYTES), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_set_memory(memory.block + TIRTC_MEMORY_ALIGNMENT / 2, LEAST_BYTES), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_set_memory(NULL, LEAST_BYTES), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_memory_info(NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_set_memory(memory.block + TIRTC_MEMORY_ALIGNMENT, LEAST_BYTES), 0);
    end();
}

TEST(memory_is_set_before_init_and_options_move_along)
{
    begin(BLOCK_BYTES);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, WORLD_ENDPOINT, sizeof WORLD_ENDPOINT), 0);
    CHECK_EQUAL(set_sizes(1, BUFFER_BYTES), 0);
    CHECK_EQUAL(tirtc_set_memory(memory.block + sizeof memory.block / 2, sizeof memory.block / 2), 0);
    memset(&memory, 0xa5, sizeof memory.block / 2);
    CHECK_EQUAL(TiRtcInit(), 0);
    CHECK_EQUAL(tirtc_set_memory(&memory, BLOCK_BYTES), TIRTC_E_BUSY);
    CHECK_EQUAL(tirtc_set_memory(NULL, 0), TIRTC_E_BUSY);
    CHECK_EQUAL(TiRtcStart("device-1,secret-1", &callbacks), 0);
    poll_until(&started, 1, SOON_MS);
    CHECK_EQUAL(started, 1);
    for (size_t i = 0; i < sizeof memory.block / 2; i++) {
        REQUIRE(memory.block[i] == 0xa5);
    }
    end();
}

TEST(init_refuses_sizes_that_the_block_does_not_hold)
{
    begin(BLOCK_BYTES);
    CHECK_EQUAL(set_sizes(PEERS + 1, BUFFER_BYTES), 0);
    CHECK_EQUAL(TiRtcInit(), TIRTC_E_LACK_OF_RESOURCE);
    CHECK_EQUAL(set_sizes(PEERS, BUFFER_BYTES + 1), 0);
    CHECK_EQUAL(TiRtcInit(), TIRTC_E_LACK_OF_RESOURCE);
    CHECK_EQUAL(set_sizes(INT32_MAX, UINT32_MAX), 0);
    CHECK_EQUAL(TiRtcInit(), TIRTC_E_LACK_OF_RESOURCE);
    CHECK_EQUAL(set_sizes(PEERS, BUFFER_BYTES), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
    end();
    begin(BLOCK_BYTES);
    CHECK_EQUAL(TiRtcInit(), TIRTC_E_LACK_OF_RESOURCE); /* the defaults want more */
    end();
}

TEST(a_block_is_as_large_as_it_was_given_whatever_the_size)
{
    enum { ODD_BUFFER_BYTES = BUFFER_BYTES + 1 };
    begin(TIRTC_MEMORY_BYTES(1, ODD_BUFFER_BYTES));
    CHECK_EQUAL(set_sizes(1, ODD_BUFFER_BYTES + 1), 0);
    CHECK_EQUAL(TiRtcInit(), TIRTC_E_LACK_OF_RESOURCE);
    CHECK_EQUAL(set_sizes(1, ODD_BUFFER_BYTES), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
    end();
}

TEST(options_take_memory_once)
{
    begin(LEAST_BYTES);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_CLIENT_ID, "client", 6), 0);
    size_t left = info().least_free_bytes;
    CHECK_EQUAL(set_sizes(1, BUFFER_BYTES), 0);
    CHECK_EQUAL(info().least_free_bytes, left);
    CHECK_EQUAL(TiRtcInit(), 0);
    end();
}

static service_connection_t *call(void)
{
    service_connection_t *peer = service_call(world.service, "device-1", "caller");
    REQUIRE(peer != NULL);
    return peer;
}

TEST(sizes_set_after_init_are_without_effect)
{
    begin(BLOCK_BYTES);
    CHECK_EQUAL(set_sizes(1, BUFFER_BYTES), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
    CHECK_EQUAL(set_sizes(2, 1 << 20), 0);
    CHECK_EQUAL(start(), 0);
    poll_until(&started, 1, SOON_MS);
    (void)call();
    poll_until(&accepted, 1, SOON_MS);
    const service_connection_t *second = call();
    poll_for(SOON_MS);
    CHECK_EQUAL(accepted, 1);
    CHECK(second->busy);
    end();
}

TEST(a_block_as_large_as_said_holds_all_connections_with_their_largest_messages)
{
    service_connection_t *peers[PEERS];
    begin(BLOCK_BYTES);
    CHECK_EQUAL(set_sizes(PEERS, BUFFER_BYTES), 0);
    CHECK_EQUAL(start(), 0);
    poll_until(&started, 1, SOON_MS);
    for (int i = 0; i < PEERS; i++) {
        peers[i] = call();
        poll_until(&accepted, i + 1, SOON_MS);
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < PEERS; i++) {
            send_command(peers[i], LARGEST_COMMAND_BYTES);
        }
        poll_for(SOON_MS);
    }
    CHECK_EQUAL(commands, 3 * PEERS);
    CHECK_EQUAL(command_bytes, 3 * PEERS * LARGEST_COMMAND_BYTES);
    CHECK_EQUAL(failed, 0);
    CHECK_EQUAL(info().refusals, 0);
    printf("       %zu of %zu bytes were never used\n", info().least_free_bytes, info().bytes);
    end();
}

static uint32_t chance = 1;

static size_t random_below(size_t bound)
{
    chance = chance * 1664525u + 1013904223u;
    return (chance >> 8) % bound;
}

/* Callers connect and leave, send messages of any size, and lose their links; so does the device. */
TEST(ten_thousand_connections_do_not_wear_the_block_down)
{
    enum { CALLS = 10000 };
    service_connection_t *peers[PEERS] = {NULL};
    int begun_with = check_failures;
    begin(BLOCK_BYTES);
    CHECK_EQUAL(set_sizes(PEERS, BUFFER_BYTES), 0);
    CHECK_EQUAL(start(), 0);
    poll_until(&started, 1, SOON_MS);
    for (int i = 0, calls = 0; calls < CALLS && check_failures == begun_with; i++) {
        size_t which = random_below(PEERS);
        if (peers[which] != NULL && random_below(3) == 0) {
            int before = gone;
            service_reset_link(peers[which]->device_link);
            peers[which] = NULL;
            poll_until(&gone, before + 1, SOON_MS);
            service_forget_ended(world.service);
        } else if (peers[which] == NULL) {
            peers[which] = call();
            calls++;
            poll_until(&accepted, calls, SOON_MS);
            CHECK_EQUAL(accepted, calls);
        } else {
            send_command(peers[which], random_below(random_below(4) == 0 ? LARGEST_COMMAND_BYTES + 1 : 300));
            CHECK_EQUAL(TiRtcPoll((int)random_below(3)), 0);
        }
        if (i % 1000 == 0) {
            service_reset_link(service_start_link(world.service, "device-1"));
            poll_until(&started, started + 1, 60000);
        }
    }
    CHECK_EQUAL(info().refusals, 0);
    printf("       %zu of %zu bytes were never used\n", info().least_free_bytes, info().bytes);
    end();
}

/* Run a session while all of the block except this much is in use. Returns whether it succeeded. */
static bool session_with(size_t free_bytes)
{
    begin(BLOCK_BYTES);
    size_t held_bytes = info().bytes - free_bytes;
    void *held = ti_root.static_memory->take(NULL, held_bytes);
    REQUIRE(held != NULL);
    uint32_t send_buffer_bytes = BUFFER_BYTES;
    int error = TiRtcSetOption(TIRTC_OPT_MAX_SEND_BUFFER, &send_buffer_bytes, sizeof send_buffer_bytes);
    if (error == 0) {
        error = start();
    }
    CHECK(error == 0 || error == TIRTC_E_LACK_OF_RESOURCE);
    if (error == 0) {
        poll_until(&started, 1, SOON_MS);
    }
    if (started == 1) {
        service_connection_t *peer = call();
        poll_until(&accepted, 1, SOON_MS);
        if (peer->device_link != NULL) {
            send_command(peer, LARGEST_COMMAND_BYTES);
            poll_until(&commands, 1, SOON_MS);
        }
    }
    CHECK_EQUAL(TiRtcStop(), 0);
    if (error == 0) {
        poll_until(&stopped, 1, SOON_MS);
        CHECK_EQUAL(stopped, 1);
    }
    bool well = commands == 1;
    ti_root.static_memory->give(NULL, held, held_bytes);
    CHECK_EQUAL(set_sizes(1, BUFFER_BYTES), 0);
    CHECK_EQUAL(TiRtcInit(), 0); /* options live until what TiRtcInit() began has ended */
    end();
    return well;
}

TEST(with_any_amount_of_memory_too_little_it_ends_in_order)
{
    size_t free_bytes = 16;
    while (!session_with(free_bytes)) {
        REQUIRE(free_bytes < LEAST_BYTES);
        free_bytes += free_bytes < 8192 ? 16 : 256;
    }
    printf("       a session takes %zu bytes\n", free_bytes);
}

int main(void)
{
    RUN(blocks_that_cannot_serve_are_refused);
    RUN(memory_is_set_before_init_and_options_move_along);
    RUN(init_refuses_sizes_that_the_block_does_not_hold);
    RUN(a_block_is_as_large_as_it_was_given_whatever_the_size);
    RUN(options_take_memory_once);
    RUN(sizes_set_after_init_are_without_effect);
    RUN(a_block_as_large_as_said_holds_all_connections_with_their_largest_messages);
    RUN(ten_thousand_connections_do_not_wear_the_block_down);
    RUN(with_any_amount_of_memory_too_little_it_ends_in_order);
    return check_result();
}
