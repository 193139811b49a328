/* Recommended bit rates follow what the network takes, over the sim port. */
#include "check.h"
#include "pair.h"

enum { STREAM = 3, FRAME_MS = 40 };

/* The program of these tests: an encoder that obeys. */
typedef struct encoder {
    uint32_t bps;
    uint32_t least_bps;
    uint32_t most_bps;
    size_t told;
    void (*handler)(void);
    void *user;
} encoder_t;

static void on_event(world_t *world, tirtc_device_t *device, const tirtc_event_t *event)
{
    encoder_t *encoder = world->user;
    (void)device;
    if (event->kind == TIRTC_BITRATE_CHANGED) {
        CHECK_EQUAL(event->stream, STREAM);
        encoder->bps = event->bitrate_bps;
        encoder->least_bps = event->bitrate_bps < encoder->least_bps ? event->bitrate_bps : encoder->least_bps;
        encoder->most_bps = event->bitrate_bps > encoder->most_bps ? event->bitrate_bps : encoder->most_bps;
        encoder->told++;
        encoder->handler = event->handler;
        encoder->user = event->user;
    }
}

static void begin(pair_t *pair, encoder_t *encoder)
{
    pair_start(pair, NULL, NULL, NULL);
    *encoder = (encoder_t){.least_bps = UINT32_MAX};
    pair->world.user = encoder;
    pair->world.on_event = on_event;
}

/* A network of this rate: this many bytes may be in transit, each for the time of one frame. */
static void limit(pair_t *pair, uint32_t network_bps)
{
    tirtc_sim_faults_t faults = {.up = {.capacity_bytes = network_bps / 8 * FRAME_MS / 1000, .delay_ms = FRAME_MS}};
    tirtc_sim_far_end_set_faults(world_far_end(service_last_connection(pair->world.service)->device_link), &faults);
}

/* Encode for this long at the rates recommended. Returns the longest time, in ms, that a byte would have had to wait
 * during the second half. */
static uint32_t encode(pair_t *pair, encoder_t *encoder, uint32_t seconds, uint32_t network_bps)
{
    static const uint8_t bytes[200000];
    uint32_t longest_ms = 0;
    limit(pair, network_bps);
    for (uint32_t ms = 0; ms < seconds * 1000; ms += FRAME_MS) {
        TIRTCFRAMEINFO frame = {.stream_id = STREAM, .media = TIRTC_VIDEO_H264, .flags = 1, .ts = ms};
        frame.length = encoder->bps / 8 * FRAME_MS / 1000;
        (void)tirtc_connection_send_frame(pair->device, pair->callee, &frame, bytes, NULL);
        world_run(&pair->world, FRAME_MS);
        uint32_t used = (uint32_t)tirtc_connection_send_buffer_used(pair->device, pair->callee);
        uint32_t waits_ms = used * 8 / (network_bps / 1000);
        if (ms >= seconds * 500 && waits_ms > longest_ms) {
            longest_ms = waits_ms;
        }
    }
    return longest_ms;
}

TEST(a_recommendation_is_in_its_range_to_the_bit)
{
    static const uint32_t ranges[][2] = {{500001, 500999}, {7, 7}, {1999, 2000}, {UINT32_MAX, UINT32_MAX}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        pair_t pair;
        encoder_t encoder;
        begin(&pair, &encoder);
        uint32_t least = ranges[i][0];
        uint32_t most = ranges[i][1];
        CHECK_EQUAL(tirtc_connection_set_bitrate_range(pair.device, pair.callee, STREAM, least, most, least), 0);
        world_run(&pair.world, 5000);
        CHECK(encoder.told >= 1 && encoder.least_bps >= least && encoder.most_bps <= most);
        pair_end(&pair);
    }
}

TEST(the_first_recommendation_is_the_start)
{
    pair_t pair;
    encoder_t encoder;
    begin(&pair, &encoder);
    CHECK_EQUAL(tirtc_connection_set_bitrate_range(pair.device, pair.callee, STREAM, 100000, 4000000, 1000000), 0);
    world_settle(&pair.world);
    CHECK_EQUAL(encoder.told, 1);
    CHECK_EQUAL(encoder.bps, 1000000);
    CHECK(encoder.handler == NULL);
    pair_end(&pair);
}

TEST(a_free_network_raises_the_rate_to_the_maximum_and_no_further)
{
    pair_t pair;
    encoder_t encoder;
    begin(&pair, &encoder);
    CHECK_EQUAL(tirtc_connection_set_bitrate_range(pair.device, pair.callee, STREAM, 100000, 2000000, 500000), 0);
    encode(&pair, &encoder, 40, 20000000);
    CHECK_EQUAL(encoder.bps, 2000000);
    CHECK_EQUAL(encoder.most_bps, 2000000);
    pair_end(&pair);
}

TEST(a_narrow_network_lowers_the_rate_until_hardly_anything_waits)
{
    pair_t pair;
    encoder_t encoder;
    begin(&pair, &encoder);
    CHECK_EQUAL(tirtc_connection_set_bitrate_range(pair.device, pair.callee, STREAM, 100000, 4000000, 2000000), 0);
    uint32_t waits_ms = encode(&pair, &encoder, 40, 500000);
    CHECK(waits_ms < 500);
    CHECK(encoder.bps >= 250000 && encoder.bps <= 600000);
    /* The network widens again, and the rate follows. */
    encode(&pair, &encoder, 60, 3000000);
    CHECK(encoder.bps >= 1500000 && encoder.bps <= 3500000);
    pair_end(&pair);
}

TEST(the_rate_never_leaves_its_range)
{
    pair_t pair;
    encoder_t encoder;
    begin(&pair, &encoder);
    CHECK_EQUAL(tirtc_connection_set_bitrate_range(pair.device, pair.callee, STREAM, 800000, 1200000, 1000000), 0);
    encode(&pair, &encoder, 20, 100000);
    CHECK_EQUAL(encoder.least_bps, 800000);
    CHECK(encoder.most_bps <= 1200000);
    pair_end(&pair);
}

static void handler(void)
{
}

TEST(a_handler_without_a_range_gets_a_sensible_one_and_its_pointer_back)
{
    pair_t pair;
    encoder_t encoder;
    int mark;
    begin(&pair, &encoder);
    CHECK_EQUAL(tirtc_connection_set_bitrate_handler(pair.device, pair.callee, STREAM, handler, &mark), 0);
    world_settle(&pair.world);
    CHECK_EQUAL(encoder.bps, 1000000);
    CHECK(encoder.handler == handler);
    CHECK(encoder.user == &mark);
    pair_end(&pair);
}

TEST(arguments_are_checked)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    tirtc_device_t *device = pair.device;
    CHECK_EQUAL(tirtc_connection_set_bitrate_range(device, pair.callee, 16, 1, 2, 1), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_set_bitrate_range(device, pair.callee, 0, 0, 2, 1), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_set_bitrate_range(device, pair.callee, 0, 3, 4, 2), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_set_bitrate_range(device, pair.callee, 0, 1, 2, 3), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_set_bitrate_range(device, pair.callee + 1, 0, 1, 2, 1), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_set_bitrate_handler(device, 0, 0, handler, NULL), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_set_bitrate_range(device, pair.callee, 0, 1, 1, 1), 0);
    pair_end(&pair);
}

int main(void)
{
    RUN(a_recommendation_is_in_its_range_to_the_bit);
    RUN(the_first_recommendation_is_the_start);
    RUN(a_free_network_raises_the_rate_to_the_maximum_and_no_further);
    RUN(a_narrow_network_lowers_the_rate_until_hardly_anything_waits);
    RUN(the_rate_never_leaves_its_range);
    RUN(a_handler_without_a_range_gets_a_sensible_one_and_its_pointer_back);
    RUN(arguments_are_checked);
    return check_result();
}
