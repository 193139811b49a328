/* What a frame costs once a connection is warm: no memory, one wake for a burst, one write for what waits. */
#include "base/bytes.h"
#include "check.h"
#include "pair.h"

enum { SOON_MS = 100, FRAMES = 1000, BURST = 20, LENGTH = 900 };

static world_t world;
static spy_t spy;
static tirtc_device_t *device;
static service_connection_t *call;
static tirtc_connection_t connection;

static void begin(void)
{
    tirtc_options_t options = world_options("device-1", "secret-1");
    world_start(&world, NULL);
    service_add_device(world.service, "device-1", "secret-1");
    device = world_open_spied_device(&world, &spy);
    CHECK_EQUAL(tirtc_device_start(device, &options), 0);
    REQUIRE(world_run_until(&world, device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    call = service_call(world.service, "device-1", "caller");
    const tirtc_event_t *accepted = world_run_until(&world, device, TIRTC_CONNECTION_ACCEPTED, SOON_MS);
    REQUIRE(accepted != NULL);
    connection = accepted->connection;
    world_run(&world, SOON_MS);
}

static int send_audio(void)
{
    static const uint8_t bytes[LENGTH];
    TIRTCFRAMEINFO frame = {.media = TIRTC_AUDIO_PCM, .length = LENGTH};
    return tirtc_connection_send_frame(device, connection, &frame, bytes, NULL);
}

static void send_burst(void)
{
    for (int i = 0; i < BURST; i++) {
        CHECK_EQUAL(send_audio(), LENGTH + 12);
    }
    world_settle(&world);
}

static void receive_burst(void)
{
    uint8_t message[1 + 12 + LENGTH] = {TI_CHANNEL_AUDIO, 0, TIRTC_AUDIO_PCM};
    ti_put_u32_be(message + 9, LENGTH);
    for (int i = 0; i < BURST; i++) {
        service_send_message(call->device_link, message, sizeof message);
    }
    world_settle(&world);
}

TEST(frames_sent_and_received_take_no_memory)
{
    begin();
    send_burst();
    receive_burst();
    size_t before = spy.allocations;
    for (int i = 0; i < FRAMES / BURST; i++) {
        send_burst();
        receive_burst();
        world_run(&world, 40); /* and time passes, with its pings and probes */
    }
    CHECK_EQUAL(spy.allocations, before);
    CHECK_EQUAL(world_count(&world, device, TIRTC_AUDIO), FRAMES + BURST);
    world_end(&world);
}

TEST(a_burst_is_one_wake_and_one_write)
{
    begin();
    for (int i = 0; i < 10; i++) {
        size_t wakes = spy.wakes, sends = spy.sends;
        send_burst();
        CHECK_EQUAL(spy.wakes, wakes + 1);
        CHECK_EQUAL(spy.sends, sends + 1);
    }
    world_end(&world);
}

TEST(a_refused_send_does_not_wake_the_owner)
{
    TIRTCFRAMEINFO delta = {.stream_id = 1, .media = TIRTC_VIDEO_H264};
    begin();
    size_t wakes = spy.wakes;
    CHECK_EQUAL(tirtc_connection_send_frame(device, connection, &delta, NULL, NULL), TIRTC_E_BUSY);
    CHECK_EQUAL(tirtc_connection_send_command(device, connection + 1, 0x2000, NULL, 0, NULL), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_request(device, connection + 1, TIRTC_REQUEST_KEY_FRAME, 0), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_disconnect(device, connection + 1), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(spy.wakes, wakes);
    world_end(&world);
}

int main(void)
{
    RUN(frames_sent_and_received_take_no_memory);
    RUN(a_burst_is_one_wake_and_one_write);
    RUN(a_refused_send_does_not_wake_the_owner);
    return check_result();
}
