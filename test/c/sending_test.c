/* What may be sent, what fits, what a peer may send us; over the sim port. */
#include "base/bytes.h"
#include "check.h"
#include "pair.h"
#include "tirtc_config.h"

enum { BUFFER_BYTES = 16384 };

static void with_small_buffer(tirtc_options_t *options)
{
    options->max_send_buffer_bytes = BUFFER_BYTES;
}

static int send_video(pair_t *pair, uint8_t stream, bool key_frame, uint32_t length)
{
    static const uint8_t bytes[BUFFER_BYTES + 1];
    TIRTCFRAMEINFO frame = {.stream_id = stream, .media = TIRTC_VIDEO_H264, .flags = key_frame, .length = length};
    return tirtc_connection_send_frame(pair->device, pair->callee, &frame, bytes, NULL);
}

static int send_audio(pair_t *pair, uint8_t stream, uint8_t media, uint32_t length)
{
    static const uint8_t bytes[BUFFER_BYTES + 1];
    TIRTCFRAMEINFO frame = {.stream_id = stream, .media = media, .length = length};
    return tirtc_connection_send_frame(pair->device, pair->callee, &frame, bytes, NULL);
}

static void stall(pair_t *pair, bool stalled)
{
    tirtc_sim_faults_t faults = {.up = {.blocked = stalled}};
    tirtc_sim_far_end_set_faults(world_far_end(service_last_connection(pair->world.service)->device_link), &faults);
    world_settle(&pair->world);
}

TEST(the_first_video_frame_of_each_stream_must_be_a_key_frame)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(send_video(&pair, 0, false, 10), TIRTC_E_BUSY);
    CHECK_EQUAL(send_video(&pair, 0, true, 10), 22);
    CHECK_EQUAL(send_video(&pair, 0, false, 10), 22);
    CHECK_EQUAL(send_video(&pair, 1, false, 10), TIRTC_E_BUSY);
    pair_end(&pair);
}

TEST(after_a_video_frame_that_did_not_fit_only_a_key_frame_goes_on)
{
    pair_t pair;
    pair_start(&pair, NULL, with_small_buffer, NULL);
    stall(&pair, true);
    CHECK_EQUAL(send_video(&pair, 2, true, 10000), 10012);
    CHECK_EQUAL(send_video(&pair, 2, false, 10000), TIRTC_E_BUSY);
    CHECK_EQUAL(send_video(&pair, 2, false, 10), TIRTC_E_BUSY);
    CHECK_EQUAL(send_audio(&pair, 3, TIRTC_AUDIO_ALAW, 160), 172);
    CHECK_EQUAL(send_video(&pair, 2, true, 10000), TIRTC_E_BUSY);
    stall(&pair, false);
    CHECK_EQUAL(tirtc_connection_send_buffer_used(pair.device, pair.callee), 0);
    CHECK_EQUAL(send_video(&pair, 2, false, 10), TIRTC_E_BUSY);
    CHECK_EQUAL(send_video(&pair, 2, true, 10), 22);
    CHECK_EQUAL(send_video(&pair, 2, false, 10), 22);
    pair_end(&pair);
}

TEST(a_subscribe_is_answered_also_while_the_buffer_is_full)
{
    pair_t pair;
    pair_start(&pair, NULL, with_small_buffer, NULL);
    stall(&pair, true);
    CHECK_EQUAL(send_video(&pair, 2, true, BUFFER_BYTES), BUFFER_BYTES + 12);
    CHECK_EQUAL(send_audio(&pair, 3, TIRTC_AUDIO_ALAW, 0), TIRTC_E_BUSY);
    CHECK_EQUAL(tirtc_connection_request(pair.device, pair.callee, TIRTC_REQUEST_KEY_FRAME, 0), TIRTC_E_BUSY);
    tirtc_request_t request = TIRTC_REQUEST_SUBSCRIBE_VIDEO;
    CHECK_EQUAL(tirtc_connection_answer_subscribe(pair.device, pair.callee, request, 5, 0), 0);
    int answers = 1;
    while (tirtc_connection_answer_subscribe(pair.device, pair.callee, request, 5, 0) == 0) {
        answers++;
    }
    CHECK(answers * 5 < TIRTC_CONTROL_RESERVE_BYTES / 2); /* the rest is for pings and the goodbye */
    CHECK_EQUAL(tirtc_connection_send_buffer_used(pair.device, pair.callee), BUFFER_BYTES);
    stall(&pair, false);
    CHECK_EQUAL(tirtc_connection_send_buffer_used(pair.device, pair.callee), 0);
    CHECK_EQUAL(world_count(&pair.world, pair.client, TIRTC_SUBSCRIBE_ANSWERED), answers);
    pair_end(&pair);
}

TEST(the_buffer_never_holds_more_than_its_size)
{
    pair_t pair;
    pair_start(&pair, NULL, with_small_buffer, NULL);
    stall(&pair, true);
    size_t last = 0;
    for (int i = 0; i < 200; i++) {
        int sent = send_audio(&pair, 0, TIRTC_AUDIO_ALAW, 160);
        size_t used = tirtc_connection_send_buffer_used(pair.device, pair.callee);
        CHECK(used <= BUFFER_BYTES);
        CHECK(sent == 172 ? used > last : sent == TIRTC_E_BUSY && used == last);
        last = used;
    }
    CHECK(last > BUFFER_BYTES - 200);
    /* Pings still have room: the connection is alive though nothing of the program's can be queued. */
    stall(&pair, false);
    CHECK_EQUAL(tirtc_connection_send_buffer_used(pair.device, pair.callee), 0);
    pair_end(&pair);
}

TEST(a_frame_of_the_whole_buffer_passes_and_one_byte_more_is_refused)
{
    pair_t pair;
    static const uint8_t bytes[BUFFER_BYTES + 1];
    pair_start(&pair, NULL, with_small_buffer, NULL);
    CHECK_EQUAL(send_video(&pair, 0, true, BUFFER_BYTES + 1), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(send_video(&pair, 0, true, BUFFER_BYTES), BUFFER_BYTES + 12);
    const tirtc_event_t *video = world_run_until(&pair.world, pair.client, TIRTC_VIDEO, 100);
    REQUIRE(video != NULL);
    CHECK_EQUAL(video->size, BUFFER_BYTES);
    uint32_t word = MAKE_CMDW(0x4000, 1);
    CHECK_EQUAL(tirtc_connection_send_command(pair.device, pair.callee, word, bytes, BUFFER_BYTES + 1, NULL),
                TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_send_command(pair.device, pair.callee, word, bytes, BUFFER_BYTES, NULL),
                BUFFER_BYTES + 4);
    const tirtc_event_t *command = world_run_until(&pair.world, pair.client, TIRTC_COMMAND, 100);
    REQUIRE(command != NULL);
    CHECK_EQUAL(command->size, BUFFER_BYTES);
    pair_end(&pair);
}

static tirtc_refusal_t frame_refusal(const pair_t *pair, TIRTCFRAMEINFO frame, const void *data)
{
    tirtc_refusal_t refusal = TIRTC_REFUSAL_NONE;
    int sent = tirtc_connection_send_frame(pair->device, pair->callee, &frame, data, &refusal);
    int code = refusal == TIRTC_REFUSAL_NONE   ? 12 + (int)frame.length
               : refusal >= TIRTC_REFUSAL_FULL ? TIRTC_E_BUSY
                                               : TIRTC_E_INVALID_PARAMETER;
    CHECK_EQUAL(sent, code);
    return refusal;
}

static tirtc_refusal_t command_refusal(const pair_t *pair, uint32_t word, const void *data, size_t size)
{
    tirtc_refusal_t refusal = TIRTC_REFUSAL_NONE;
    (void)tirtc_connection_send_command(pair->device, pair->callee, word, data, size, &refusal);
    return refusal;
}

TEST(a_refused_send_says_why)
{
    pair_t pair;
    static const uint8_t bytes[BUFFER_BYTES + 1];
    TIRTCFRAMEINFO video = {.media = TIRTC_VIDEO_H264, .flags = 1, .length = 1};
    TIRTCFRAMEINFO audio = {.media = TIRTC_AUDIO_PCM, .length = 1};
    pair_start(&pair, NULL, with_small_buffer, NULL);
    CHECK_EQUAL(command_refusal(&pair, 0x1fff, NULL, 0), TIRTC_REFUSAL_WORD);
    CHECK_EQUAL(command_refusal(&pair, 0x2000, NULL, 1), TIRTC_REFUSAL_NULL);
    CHECK_EQUAL(command_refusal(&pair, 0x2000, bytes, sizeof bytes), TIRTC_REFUSAL_SEND_BUFFER);
    CHECK_EQUAL(frame_refusal(&pair, video, NULL), TIRTC_REFUSAL_NULL);
    CHECK_EQUAL(frame_refusal(&pair, (TIRTCFRAMEINFO){.media = 128}, NULL), TIRTC_REFUSAL_MEDIA);
    CHECK_EQUAL(frame_refusal(&pair, (TIRTCFRAMEINFO){.stream_id = 16}, NULL), TIRTC_REFUSAL_STREAM);
    CHECK_EQUAL(frame_refusal(&pair, (TIRTCFRAMEINFO){.length = sizeof bytes}, bytes), TIRTC_REFUSAL_SEND_BUFFER);
    CHECK_EQUAL(frame_refusal(&pair, video, "x"), TIRTC_REFUSAL_NONE);
    CHECK_EQUAL(frame_refusal(&pair, audio, "x"), TIRTC_REFUSAL_OTHER_MEDIUM);
    video.flags = 0;
    video.length = BUFFER_BYTES;
    CHECK_EQUAL(frame_refusal(&pair, video, bytes), TIRTC_REFUSAL_FULL);
    video.length = 1;
    CHECK_EQUAL(frame_refusal(&pair, video, "x"), TIRTC_REFUSAL_KEY_FRAME_DUE);
    pair_end(&pair);
}

TEST(a_send_on_a_failed_connection_has_no_refusal)
{
    pair_t pair;
    TIRTCFRAMEINFO video = {.media = TIRTC_VIDEO_H264, .length = 1};
    tirtc_refusal_t refusal = TIRTC_REFUSAL_NONE;
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(tirtc_connection_send_frame(pair.device, pair.callee, &video, "x", &refusal), TIRTC_E_BUSY);
    CHECK_EQUAL(refusal, TIRTC_REFUSAL_KEY_FRAME_DUE);
    service_bye(service_last_connection(pair.world.service)->device_link, TI_BYE_FULL, "full");
    REQUIRE(world_run_until(&pair.world, pair.device, TIRTC_CONNECTION_FAILED, 100) != NULL);
    CHECK_EQUAL(tirtc_connection_send_frame(pair.device, pair.callee, &video, "x", &refusal), TIRTC_E_BUSY);
    CHECK_EQUAL(refusal, TIRTC_REFUSAL_NONE);
    refusal = TIRTC_REFUSAL_FULL;
    CHECK_EQUAL(tirtc_connection_send_command(pair.device, pair.callee, 0x2000, NULL, 0, &refusal), TIRTC_E_BUSY);
    CHECK_EQUAL(refusal, TIRTC_REFUSAL_NONE);
    pair_end(&pair);
}

static void with_large_buffer(tirtc_options_t *options)
{
    options->max_send_buffer_bytes = 2 * TIRTC_MAX_RECEIVE_BYTES;
}

TEST(a_message_above_the_peers_limit_is_refused_where_it_is_sent)
{
    pair_t pair;
    uint8_t *bytes = pattern(TIRTC_MAX_RECEIVE_BYTES, 3);
    TIRTCFRAMEINFO frame = {.media = TIRTC_VIDEO_H264, .flags = 1, .length = TIRTC_MAX_RECEIVE_BYTES - 13};
    pair_start(&pair, NULL, with_large_buffer, NULL);
    CHECK_EQUAL(tirtc_connection_send_frame(pair.device, pair.callee, &frame, bytes, NULL), (int)frame.length + 12);
    const tirtc_event_t *video = world_run_until(&pair.world, pair.client, TIRTC_VIDEO, 1000);
    REQUIRE(video != NULL);
    CHECK_EQUAL(video->size, frame.length);
    CHECK_BYTES(video->data, bytes, frame.length);
    frame.length++;
    CHECK_EQUAL(tirtc_connection_send_frame(pair.device, pair.callee, &frame, bytes, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(frame_refusal(&pair, frame, bytes), TIRTC_REFUSAL_PEER_LIMIT);
    free(bytes);
    pair_end(&pair);
}

TEST(audio_and_video_do_not_share_a_stream_but_messages_ride_on_any)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(send_video(&pair, 4, true, 1), 13);
    CHECK_EQUAL(send_audio(&pair, 4, TIRTC_AUDIO_OPUS, 1), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(send_audio(&pair, 5, TIRTC_AUDIO_OPUS, 1), 13);
    CHECK_EQUAL(send_video(&pair, 5, true, 1), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(send_audio(&pair, 4, TIRTC_MEDIA_MESSAGE, 1), 13);
    CHECK_EQUAL(send_audio(&pair, 5, TIRTC_MEDIA_MESSAGE, 0), 12);
    CHECK_EQUAL(send_audio(&pair, 5, 128, 0), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(send_audio(&pair, 16, TIRTC_AUDIO_OPUS, 0), TIRTC_E_INVALID_PARAMETER);
    pair_end(&pair);
}

TEST(arguments_of_a_send_are_checked)
{
    pair_t pair;
    TIRTCFRAMEINFO frame = {.media = TIRTC_AUDIO_PCM, .length = 1};
    pair_start(&pair, NULL, NULL, NULL);
    tirtc_connection_t handles[] = {
        0, 1, (tirtc_connection_t)-1, pair.caller, pair.callee + 1, pair.callee ^ 0x80000000u};
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++) {
        CHECK_EQUAL(tirtc_connection_send_frame(pair.device, handles[i], &frame, "x", NULL), TIRTC_E_INVALID_HANDLE);
        CHECK_EQUAL(tirtc_connection_send_command(pair.device, handles[i], 0x2000, NULL, 0, NULL),
                    TIRTC_E_INVALID_HANDLE);
        CHECK_EQUAL(tirtc_connection_disconnect(pair.device, handles[i]), TIRTC_E_INVALID_HANDLE);
    }
    CHECK_EQUAL(tirtc_connection_send_frame(pair.device, pair.callee, NULL, "x", NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_send_frame(pair.device, pair.callee, &frame, NULL, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_send_command(pair.device, pair.callee, 0x1fff, NULL, 0, NULL),
                TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_send_command(pair.device, pair.callee, 0x2000, NULL, 1, NULL),
                TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_send_command(pair.device, pair.callee, 0x2000, NULL, 0, NULL), 4);
    CHECK(world_run_until(&pair.world, pair.client, TIRTC_COMMAND, 100) != NULL);
    pair_end(&pair);
}

TEST(a_program_that_is_behind_stops_its_peer_and_loses_nothing)
{
    enum { FRAMES = 500, LENGTH = 10000 };
    pair_t pair;
    uint8_t *bytes = pattern(LENGTH, 9);
    int queued = 0;
    pair_start(&pair, NULL, NULL, NULL);
    world_hold(&pair.world, pair.client, true);
    for (int i = 0; i < FRAMES; i++) {
        TIRTCFRAMEINFO frame = {.media = TIRTC_AUDIO_PCM, .ts = (uint32_t)i, .length = LENGTH};
        queued += tirtc_connection_send_frame(pair.device, pair.callee, &frame, bytes, NULL) > 0;
        world_settle(&pair.world);
    }
    world_run(&pair.world, 60 * 1000); /* the count of silence stands still meanwhile */
    CHECK_EQUAL(world_count(&pair.world, pair.client, TIRTC_CONNECTION_FAILED), 0);
    world_hold(&pair.world, pair.client, false);
    world_run(&pair.world, 100);
    CHECK_EQUAL(world_count(&pair.world, pair.client, TIRTC_AUDIO), queued);
    free(bytes);
    pair_end(&pair);
}

TEST(round_trips_are_measured_end_to_end)
{
    pair_t pair;
    TiRtcConnStats stats;
    tirtc_sim_faults_t slow = {.up = {.delay_ms = 30}, .down = {.delay_ms = 30}};
    pair_start(&pair, NULL, NULL, NULL);
    tirtc_sim_far_end_set_faults(world_far_end(service_last_connection(pair.world.service)->device_link), &slow);
    world_run(&pair.world, 5000);
    CHECK_EQUAL(tirtc_connection_stats(pair.client, pair.caller, &stats), 0);
    CHECK_EQUAL(stats.command_rtt_ms, 60);
    CHECK_EQUAL(stats.video_rtt_ms, 0); /* no sample: nothing was shown or heard yet */
    CHECK_EQUAL(stats.audio_rtt_ms, 0);
    CHECK_EQUAL(send_video(&pair, 0, true, 10), 22);
    world_run(&pair.world, 5000);
    CHECK_EQUAL(tirtc_connection_stats(pair.client, pair.caller, &stats), 0);
    CHECK_EQUAL(stats.video_rtt_ms, 60);
    CHECK_EQUAL(stats.audio_rtt_ms, 0);
    CHECK_EQUAL(tirtc_connection_stats(pair.client, 5, &stats), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_stats(pair.client, pair.caller, NULL), TIRTC_E_INVALID_PARAMETER);
    pair_end(&pair);
}

/* A raw message from the peer, and what becomes of the connection. */
static int outcome_of(const void *message, size_t size, size_t *events)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    world_forget(&pair.world);
    service_send_message(service_last_connection(pair.world.service)->device_link, message, size);
    const tirtc_event_t *failed = world_run_until(&pair.world, pair.device, TIRTC_CONNECTION_FAILED, 100);
    int error = failed != NULL ? failed->error : 0;
    *events = 0;
    for (int kind = TIRTC_COMMAND; kind <= TIRTC_SUBSCRIBE_ANSWERED; kind++) {
        *events += world_count(&pair.world, pair.device, (tirtc_event_kind_t)kind);
    }
    /* After any input, the device serves the next caller. */
    service_call(pair.world.service, "device-1", "next");
    CHECK(world_run_until(&pair.world, pair.device, TIRTC_CONNECTION_ACCEPTED, 1000) != NULL);
    pair.world.complaints_expected = true;
    pair_end(&pair);
    return error;
}

#define OUTCOME(literal, expected_error, expected_events) \
    do { \
        size_t events_; \
        CHECK_EQUAL(outcome_of(literal, sizeof(literal) - 1, &events_), expected_error); \
        CHECK_EQUAL(events_, expected_events); \
    } while (0)

TEST(illegal_messages_of_a_peer_are_ignored_or_end_the_connection)
{
    OUTCOME("", TIRTC_E_CONN_OTHER_ERROR, 0);
    OUTCOME("\x07unknown channel", 0, 0);
    OUTCOME("\x00\x00\x20\x00", TIRTC_E_CONN_OTHER_ERROR, 0); /* a command word cut short */
    OUTCOME("\x00\x00\x20\x00\x00", 0, 1);                    /* the smallest command */
    OUTCOME("\x00\xff\x1f\x00\x00", 0, 0);                    /* an unknown SDK word */
    OUTCOME("\x00\x00\x04\x00\x00\x10", 0, 0);                /* a key frame of stream 16 */
    OUTCOME("\x00\x02\x04\x00\x00\xff", 0, 0);                /* a subscription to stream 255 */
    OUTCOME("\x00\x02\x04\x00\x00", 0, 0);                    /* to no stream */
    OUTCOME("\x00\x02\x04\x00\x00\x01\x01", 0, 0);            /* and to one too many */
    OUTCOME("\x00\x0b\x04\x00\x00"
            "12345678",
            0, 0);                                             /* an echo without a probe */
    OUTCOME("\x00\x03\x04\x00\x00\x01\x00\x00\x00\x00", 0, 1); /* an answer: the program decides */
    OUTCOME("\x01\x00\x02\x00\x00\x00\x00\x00\x01\x00\x00\x00", TIRTC_E_CONN_OTHER_ERROR, 0); /* header cut short */
    OUTCOME("\x01\x00\x02\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02X", TIRTC_E_CONN_OTHER_ERROR, 0); /* length lies */
    OUTCOME("\x01\x10\x02\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01X", TIRTC_E_CONN_OTHER_ERROR, 0); /* stream 16 */
    OUTCOME("\x01\x00\x42\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01X", TIRTC_E_CONN_OTHER_ERROR,
            0); /* video on channel 1 */
    OUTCOME("\x02\x00\x02\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01X", TIRTC_E_CONN_OTHER_ERROR,
            0); /* audio on channel 2 */
    OUTCOME("\x01\x00\x02\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01X", 0, 1);
    OUTCOME("\xff\x63unknown control", 0, 0);
    OUTCOME("\xff\x01too short a challenge", TIRTC_E_CONN_OTHER_ERROR, 0);
    OUTCOME("\xff\x02", TIRTC_E_CONN_OTHER_ERROR, 0); /* only devices prove */
}

static int outcome_of_bytes(const void *bytes, size_t size)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    service_send_raw(service_last_connection(pair.world.service)->device_link, bytes, size);
    const tirtc_event_t *failed = world_run_until(&pair.world, pair.device, TIRTC_CONNECTION_FAILED, 100);
    int error = failed != NULL ? failed->error : 0;
    pair.world.complaints_expected = true;
    pair_end(&pair);
    return error;
}

/* The head of a message of this many bytes, none of which follow. */
static int outcome_of_announcing(uint64_t size)
{
    uint8_t head[10] = {0x82, 127};
    int head_bytes = size > UINT16_MAX ? 10 : 4;
    if (head_bytes == 10) {
        ti_put_u64_be(head + 2, size);
    } else {
        head[1] = 126;
        ti_put_u16_be(head + 2, (uint16_t)size);
    }
    return outcome_of_bytes(head, (size_t)head_bytes);
}

TEST(broken_frames_end_the_connection)
{
    CHECK_EQUAL(outcome_of_announcing((uint64_t)1 << 31), TIRTC_E_CONN_OTHER_ERROR);
    CHECK_EQUAL(outcome_of_announcing(TIRTC_MAX_RECEIVE_BYTES + 1), TIRTC_E_CONN_OTHER_ERROR);
    CHECK_EQUAL(outcome_of_announcing(TIRTC_MAX_RECEIVE_BYTES), 0);                 /* more is awaited */
    CHECK_EQUAL(outcome_of_bytes("\x81\x01x", 3), TIRTC_E_CONN_OTHER_ERROR);        /* text */
    CHECK_EQUAL(outcome_of_bytes("\x82\x81mask\x00", 7), TIRTC_E_CONN_OTHER_ERROR); /* masked */
    CHECK_EQUAL(outcome_of_bytes("\xc2\x00", 2), TIRTC_E_CONN_OTHER_ERROR);         /* a reserved bit */
    CHECK_EQUAL(outcome_of_bytes("\x80\x00", 2), TIRTC_E_CONN_OTHER_ERROR);         /* continues nothing */
    CHECK_EQUAL(outcome_of_bytes("\x88\x02\x03\xe8", 4), TIRTC_E_CONN_OTHER_ERROR); /* closed without bye */
}

TEST(a_message_in_fragments_is_put_together_with_a_ping_between)
{
    pair_t pair;
    enum { PIECES = 3000 };
    pair_start(&pair, NULL, NULL, NULL);
    service_link_t *link = service_last_connection(pair.world.service)->device_link;
    uint8_t *bytes = pattern(PIECES, 5);
    uint8_t word[5] = {TI_CHANNEL_COMMAND};
    ti_put_u32_le(word + 1, MAKE_CMDW(0x4000, 1));
    service_send_frame(link, false, TI_WS_BINARY, word, sizeof word);
    for (int i = 0; i < PIECES; i++) {
        service_send_frame(link, false, TI_WS_CONTINUATION, bytes + i, 1);
        if (i % 100 == 0) {
            service_send_frame(link, true, TI_WS_PING, "hi", 2);
        }
    }
    service_send_frame(link, true, TI_WS_CONTINUATION, NULL, 0);
    const tirtc_event_t *command = world_run_until(&pair.world, pair.device, TIRTC_COMMAND, 100);
    REQUIRE(command != NULL);
    CHECK_EQUAL(command->size, PIECES);
    CHECK_BYTES(command->data, bytes, PIECES);
    free(bytes);
    pair_end(&pair);
}

TEST(everything_works_one_byte_at_a_time)
{
    pair_t pair;
    tirtc_sim_faults_t drip = {.up = {.most_per_call = 1}, .down = {.most_per_call = 1}};
    tirtc_options_t options = world_options("device-1", "secret-1");
    world_start(&pair.world, NULL);
    pair.device = world_open_device(&pair.world);
    pair.client = world_open_device(&pair.world);
    tirtc_sim_dial_t slow = {.faults = drip};
    tirtc_sim_other_dials(world_port(&pair.world, pair.device), &slow);
    tirtc_sim_other_dials(world_port(&pair.world, pair.client), &slow);
    service_add_device(pair.world.service, "device-1", "secret-1");
    tirtc_options_t client = world_options(NULL, NULL);
    CHECK_EQUAL(tirtc_device_start(pair.device, &options), 0);
    CHECK_EQUAL(tirtc_device_start(pair.client, &client), 0);
    REQUIRE(world_run_until(&pair.world, pair.device, TIRTC_DEVICE_STARTED, 1000) != NULL);
    CHECK_EQUAL(pair_connect(&pair, "device-1", "t", &pair.caller), 0);
    const tirtc_event_t *accepted = world_run_until(&pair.world, pair.device, TIRTC_CONNECTION_ACCEPTED, 1000);
    REQUIRE(accepted != NULL);
    pair.callee = accepted->connection;
    CHECK_EQUAL(send_video(&pair, 0, true, 5000), 5012);
    const tirtc_event_t *video = world_run_until(&pair.world, pair.client, TIRTC_VIDEO, 100);
    REQUIRE(video != NULL);
    CHECK_EQUAL(video->size, 5000);
    pair_end(&pair);
}

int main(void)
{
    RUN(the_first_video_frame_of_each_stream_must_be_a_key_frame);
    RUN(after_a_video_frame_that_did_not_fit_only_a_key_frame_goes_on);
    RUN(a_subscribe_is_answered_also_while_the_buffer_is_full);
    RUN(the_buffer_never_holds_more_than_its_size);
    RUN(a_frame_of_the_whole_buffer_passes_and_one_byte_more_is_refused);
    RUN(a_refused_send_says_why);
    RUN(a_send_on_a_failed_connection_has_no_refusal);
    RUN(a_message_above_the_peers_limit_is_refused_where_it_is_sent);
    RUN(audio_and_video_do_not_share_a_stream_but_messages_ride_on_any);
    RUN(arguments_of_a_send_are_checked);
    RUN(a_program_that_is_behind_stops_its_peer_and_loses_nothing);
    RUN(round_trips_are_measured_end_to_end);
    RUN(illegal_messages_of_a_peer_are_ignored_or_end_the_connection);
    RUN(broken_frames_end_the_connection);
    RUN(a_message_in_fragments_is_put_together_with_a_ping_between);
    RUN(everything_works_one_byte_at_a_time);
    return check_result();
}
