/* An open connection whose other end the script plays. What either end sent must arrive at the other one, whole and in
 * order, until something ends the connection: the expected messages are kept in two queues. */
#include "stage.h"

#include <string.h>

#include "base/bytes.h"
#include "tirtc_config.h"

/* fuzz/corpus.py reads this list. */
/* clang-format off */
#define OPERATIONS(X) \
    X(run) X(command) X(media) X(request) X(fragments) X(ping) X(bad_message) X(bad_frame) X(raw) X(oversize) \
    X(send_command) X(send_media) X(ask) X(answer) X(pause) X(hold) X(flow) X(mute) X(cut) X(bye) X(close) \
    X(disconnect) X(probe) X(bitrate)
/* clang-format on */

enum { MOST_BYTES = 6000, MOST_QUEUED = 4000000 };

/* Messages as they travel: u32 size, bytes. */
typedef struct queue {
    buffer_t waiting;
    bool spoiled; /* later messages may be missing, and others may arrive */
} queue_t;

typedef struct play {
    stage_t stage;
    actor_t *actor;
    service_link_t *link;
    tirtc_connection_t handle;
    queue_t to_program;
    queue_t to_peer;
    bool paused, failed;
} play_t;

#define AS_FUNCTION(name) static void do_##name(play_t *play, script_t *script);
OPERATIONS(AS_FUNCTION)
#undef AS_FUNCTION

static void push(queue_t *queue, ti_span_t message)
{
    if (!queue->spoiled) {
        ti_put_u32_be(buffer_add(&queue->waiting, NULL, 4), (uint32_t)message.size);
        buffer_add(&queue->waiting, message.data, message.size);
    }
}

static void expect_next(queue_t *queue, ti_span_t message)
{
    if (queue->waiting.size == 0) {
        EXPECT(queue->spoiled);
        return;
    }
    size_t size = ti_get_u32_be(queue->waiting.data);
    EXPECT(size == message.size && memcmp(queue->waiting.data + 4, message.data, size) == 0);
    buffer_drop(&queue->waiting, 4 + size);
}

static void spoil(play_t *play)
{
    play->to_program.spoiled = play->to_peer.spoiled = true;
}

/* ---- what arrives ---- */

static size_t write_word(uint8_t *out, uint32_t word)
{
    out[0] = TI_CHANNEL_COMMAND;
    ti_put_u32_le(out + 1, word);
    return 5;
}

/* Returns the size of the message that this event reports, without the event's data. */
static size_t write_event(uint8_t *out, const tirtc_event_t *event)
{
    const TIRTCFRAMEINFO *frame = &event->frame;
    ti_frame_header_t header = {frame->stream_id, frame->media, frame->flags,
                                frame->reserved,  frame->ts,    frame->length};
    size_t size;
    switch (event->kind) {
    case TIRTC_COMMAND:
        return write_word(out, event->command_word);
    case TIRTC_AUDIO:
    case TIRTC_MESSAGE:
    case TIRTC_VIDEO:
        out[0] = event->kind == TIRTC_VIDEO ? TI_CHANNEL_VIDEO : TI_CHANNEL_AUDIO;
        ti_frame_header_write(out + 1, &header);
        return 1 + TI_FRAME_HEADER_BYTES;
    case TIRTC_SUBSCRIBE_ANSWERED:
        size = write_word(out, event->command_word | RESPONSE_BIT);
        out[size] = event->stream;
        ti_put_u32_be(out + size + 1, (uint32_t)event->error);
        return size + 5;
    case TIRTC_KEY_FRAME_REQUESTED:
    case TIRTC_SUBSCRIBE_VIDEO:
    case TIRTC_UNSUBSCRIBE_VIDEO:
    case TIRTC_SUBSCRIBE_AUDIO:
    case TIRTC_UNSUBSCRIBE_AUDIO:
        size = write_word(out, event->command_word);
        out[size] = event->stream;
        return size + 1;
    default:
        return 0;
    }
}

static void on_event(stage_t *stage, actor_t *actor, const tirtc_event_t *event)
{
    play_t *play = stage->user;
    buffer_t message = {0};
    uint8_t head[32];
    if (actor != play->actor || event->connection != play->handle || play->handle == 0) {
        return;
    }
    play->failed |= event->kind == TIRTC_CONNECTION_FAILED;
    size_t size = write_event(head, event);
    if (size > 0) {
        EXPECT(!play->failed);
        buffer_add(&message, head, size);
        buffer_add(&message, event->data, event->size);
        expect_next(&play->to_program, buffer_span(&message));
        buffer_free(&message);
    }
}

static bool is_probe(ti_span_t message)
{
    uint32_t word = message.size >= 5 && message.data[0] == TI_CHANNEL_COMMAND ? ti_get_u32_le(message.data + 1) : 0;
    return word == 0x40a || word == 0x40b;
}

static void take_messages(play_t *play)
{
    buffer_t message = {0};
    while (service_take_message(play->link, &message)) {
        if (!is_probe(buffer_span(&message))) {
            expect_next(&play->to_peer, buffer_span(&message));
        }
    }
    buffer_free(&message);
}

/* ---- what the peer does ---- */

static bool may_send(const play_t *play)
{
    return play->link->stage == SERVICE_TALKING && play->link->out.size < MOST_QUEUED;
}

/* Read a message body that may be larger than the script: a pattern of a size, then bytes of the script. */
static size_t read_body(script_t *script, uint8_t *out)
{
    size_t size = script_u16(script) % MOST_BYTES;
    uint8_t seed = script_u8(script);
    for (size_t i = 0; i < size; i++) {
        out[i] = (uint8_t)(seed + i * 7);
    }
    return size;
}

static size_t read_command(script_t *script, uint8_t *out)
{
    size_t size = write_word(out, MAKE_CMDW(0x2000 | script_u16(script), script_u8(script)));
    return size + read_body(script, out + size);
}

static size_t read_media(script_t *script, uint8_t *out)
{
    ti_frame_header_t header = {.stream = script_u8(script) % TI_MAX_STREAMS, .media = script_u8(script) % 128};
    header.flags = script_u8(script);
    header.reserved = header.flags ^ 0x55;
    header.ts_ms = script_u32(script);
    header.length = (uint32_t)read_body(script, out + 1 + TI_FRAME_HEADER_BYTES);
    out[0] = (uint8_t)ti_media_channel(header.media);
    ti_frame_header_write(out + 1, &header);
    return 1 + TI_FRAME_HEADER_BYTES + header.length;
}

static void say(play_t *play, const uint8_t *message, size_t size)
{
    if (may_send(play)) {
        push(&play->to_program, ti_span(message, size));
        service_send_message(play->link, message, size);
    }
}

static void do_command(play_t *play, script_t *script)
{
    uint8_t message[MOST_BYTES + 32];
    size_t size = read_command(script, message);
    say(play, message, size);
}

static void do_media(play_t *play, script_t *script)
{
    uint8_t message[MOST_BYTES + 32];
    size_t size = read_media(script, message);
    say(play, message, size);
}

static void do_request(play_t *play, script_t *script)
{
    static const uint16_t words[] = {0x400, 0x402, 0x404, 0x406, 0x408, 0x403, 0x407};
    uint8_t message[16];
    uint32_t word = SCRIPT_PICK(script, words);
    size_t size = write_word(message, word);
    message[size++] = script_u8(script) % TI_MAX_STREAMS;
    if ((word & RESPONSE_BIT) != 0) {
        ti_put_u32_be(message + size, script_u32(script));
        size += 4;
    }
    say(play, message, size);
}

static void do_fragments(play_t *play, script_t *script)
{
    uint8_t message[MOST_BYTES + 32];
    uint8_t bits = script_u8(script);
    size_t size = (bits & 1) != 0 ? read_media(script, message) : read_command(script, message);
    size_t step = 1 + script_u16(script) % (size + 1);
    if (!may_send(play)) {
        return;
    }
    step = step < size / 40 ? size / 40 : step;
    push(&play->to_program, ti_span(message, size));
    for (size_t at = 0; at < size; at += step) {
        size_t part = size - at < step ? size - at : step;
        enum ti_ws_opcode opcode = at == 0 ? TI_WS_BINARY : TI_WS_CONTINUATION;
        service_send_frame(play->link, at + part == size && (bits & 2) == 0, opcode, message + at, part);
        if ((bits & 4) != 0) {
            service_send_frame(play->link, true, TI_WS_PING, message, part % 126);
        }
        if ((bits & 8) != 0) {
            service_send_frame(play->link, false, TI_WS_CONTINUATION, NULL, 0);
        }
        if ((bits & 8) != 0 && at + part == size && (bits & 2) == 0) {
            spoil(play); /* a fragment of nothing */
        }
    }
    if ((bits & 2) != 0) {
        service_send_frame(play->link, true, TI_WS_CONTINUATION, NULL, 0);
    }
}

static void do_ping(play_t *play, script_t *script)
{
    uint8_t bits = script_u8(script);
    if (may_send(play)) {
        uint8_t payload[125] = {bits};
        service_send_frame(play->link, true, (bits & 1) != 0 ? TI_WS_PING : TI_WS_PONG, payload, bits % 126);
    }
}

static void do_probe(play_t *play, script_t *script)
{
    uint8_t message[16];
    size_t size = write_word(message, 0x40a | (script_u8(script) & 1));
    ti_put_u64_be(message + size, script_u32(script));
    if (may_send(play)) {
        service_send_message(play->link, message, size + 8);
    }
}

static void do_bad_message(play_t *play, script_t *script)
{
    ti_span_t message = script_text(script);
    if (may_send(play)) {
        service_send_message(play->link, message.data, message.size);
        spoil(play);
    }
}

static void do_bad_frame(play_t *play, script_t *script)
{
    uint8_t first = script_u8(script);
    ti_span_t payload = script_text(script);
    if (may_send(play)) {
        service_send_frame(play->link, (first & 0x80) != 0, (enum ti_ws_opcode)(first & 0x7f), payload.data,
                           payload.size);
        spoil(play);
    }
}

static void do_raw(play_t *play, script_t *script)
{
    ti_span_t bytes = script_text(script);
    if (may_send(play)) {
        service_send_raw(play->link, bytes.data, bytes.size);
        spoil(play);
    }
}

/* A message that says that it is larger than any message may be, or just as large. */
static void do_oversize(play_t *play, script_t *script)
{
    uint8_t header[10] = {0x82, 127};
    uint8_t bits = script_u8(script);
    ti_put_u64_be(header + 2, TIRTC_MAX_RECEIVE_BYTES + (uint64_t)(bits & 1));
    ti_span_t bytes = script_text(script);
    if (may_send(play)) {
        service_send_raw(play->link, header, sizeof header);
        service_send_raw(play->link, bytes.data, bytes.size);
        spoil(play);
    }
}

static void do_bye(play_t *play, script_t *script)
{
    service_bye(play->link, script_u8(script), "bye");
    spoil(play);
}

static void do_close(play_t *play, script_t *script)
{
    service_close_link(play->link, script_u16(script));
    spoil(play);
}

static void do_cut(play_t *play, script_t *script)
{
    if ((script_u8(script) & 1) != 0) {
        service_reset_link(play->link);
    } else {
        service_end_link(play->link);
    }
    spoil(play);
}

static void do_mute(play_t *play, script_t *script)
{
    (void)script;
    if (play->link->stage == SERVICE_TALKING) {
        service_mute(play->link, !play->link->mute);
    }
}

/* ---- what the program does ---- */

/* Returns whether it was sent. An empty buffer has room for what is small. */
static bool check_sent(play_t *play, int sent, size_t size, size_t used, tirtc_refusal_t refusal)
{
    EXPECT(sent < 0 || ((size_t)sent == size && refusal == TIRTC_REFUSAL_NONE));
    EXPECT(refusal != TIRTC_REFUSAL_FULL || used > 0 || size > 8000 || play->to_peer.spoiled);
    return sent >= 0;
}

static void do_send_command(play_t *play, script_t *script)
{
    uint8_t message[MOST_BYTES + 32];
    tirtc_refusal_t refusal;
    size_t size = read_command(script, message);
    size_t used = tirtc_connection_send_buffer_used(play->actor->device, play->handle);
    int sent = tirtc_connection_send_command(play->actor->device, play->handle, ti_get_u32_le(message + 1), message + 5,
                                             size - 5, &refusal);
    if (check_sent(play, sent, size - 1, used, refusal)) {
        push(&play->to_peer, ti_span(message, size));
    }
}

static void do_send_media(play_t *play, script_t *script)
{
    uint8_t message[MOST_BYTES + 32];
    tirtc_refusal_t refusal;
    ti_frame_header_t header;
    ti_span_t payload;
    size_t size = read_media(script, message);
    EXPECT(ti_frame_read((enum ti_channel)message[0], ti_span(message + 1, size - 1), &header, &payload));
    TIRTCFRAMEINFO frame = {.stream_id = header.stream, .media = header.media, .flags = header.flags};
    frame.reserved = header.reserved;
    frame.ts = header.ts_ms;
    frame.length = header.length;
    size_t used = tirtc_connection_send_buffer_used(play->actor->device, play->handle);
    int sent = tirtc_connection_send_frame(play->actor->device, play->handle, &frame, payload.data, &refusal);
    if (check_sent(play, sent, size - 1, used, refusal)) {
        push(&play->to_peer, ti_span(message, size));
    }
}

static void do_ask(play_t *play, script_t *script)
{
    static const tirtc_request_t requests[] = {TIRTC_REQUEST_KEY_FRAME, TIRTC_REQUEST_SUBSCRIBE_VIDEO,
                                               TIRTC_REQUEST_UNSUBSCRIBE_VIDEO, TIRTC_REQUEST_SUBSCRIBE_AUDIO,
                                               TIRTC_REQUEST_UNSUBSCRIBE_AUDIO};
    uint8_t message[16];
    tirtc_request_t request = SCRIPT_PICK(script, requests);
    size_t size = write_word(message, request);
    message[size++] = script_u8(script);
    if (tirtc_connection_request(play->actor->device, play->handle, request, message[size - 1]) == 0) {
        push(&play->to_peer, ti_span(message, size));
    }
}

static void do_answer(play_t *play, script_t *script)
{
    uint8_t message[16];
    bool video = (script_u8(script) & 1) != 0;
    tirtc_request_t request = video ? TIRTC_REQUEST_SUBSCRIBE_VIDEO : TIRTC_REQUEST_SUBSCRIBE_AUDIO;
    int32_t status = (int32_t)script_u32(script);
    size_t size = write_word(message, request | RESPONSE_BIT);
    message[size++] = script_u8(script);
    ti_put_u32_be(message + size, (uint32_t)status);
    if (tirtc_connection_answer_subscribe(play->actor->device, play->handle, request, message[size - 1], status) == 0) {
        push(&play->to_peer, ti_span(message, size + 4));
    }
}

static void set_paused(play_t *play, bool paused)
{
    play->paused = paused;
    (void)tirtc_connection_pause(play->actor->device, play->handle, paused);
}

static void do_pause(play_t *play, script_t *script)
{
    (void)script;
    set_paused(play, !play->paused);
}

static void do_hold(play_t *play, script_t *script)
{
    (void)script;
    stage_hold(play->actor, !play->actor->held);
}

static void do_disconnect(play_t *play, script_t *script)
{
    (void)script;
    stage_disconnect(play->actor, play->handle);
    spoil(play);
}

static void do_bitrate(play_t *play, script_t *script)
{
    uint8_t stream = script_u8(script) % TI_MAX_STREAMS;
    uint32_t start_bps = 1000 + script_u32(script) % 10000000;
    (void)tirtc_connection_set_bitrate_range(play->actor->device, play->handle, stream, 1000, 10001000, start_bps);
}

static void do_flow(play_t *play, script_t *script)
{
    tirtc_sim_faults_t faults;
    uint8_t bits = script_u8(script);
    stage_read_flow(&play->stage, &faults.up, (bits & 1) != 0, false);
    stage_read_flow(&play->stage, &faults.down, (bits & 1) != 0, false);
    if (play->link->carrier != NULL) {
        tirtc_sim_far_end_set_faults(play->link->carrier, &faults);
    }
}

static void do_run(play_t *play, script_t *script)
{
    static const uint32_t times_ms[] = {0, 0, 1, 20, 200, 1000, 4000, 13000};
    stage_run(&play->stage, SCRIPT_PICK(script, times_ms));
}

/* ---- the beginning and the end ---- */

/* The client connects to a device that the service plays, or the service calls the device. */
static void begin(play_t *play, bool called)
{
    service_t *service = play->stage.world.service;
    play->actor = &play->stage.actors[called ? 0 : 1];
    tirtc_options_t options = stage_options(play->actor);
    EXPECT(stage_start(play->actor, &options) == 0);
    stage_run(&play->stage, 1);
    EXPECT(play->actor->online);
    if (called) {
        service_connection_t *connection = service_call(service, "device-1", "caller");
        stage_run(&play->stage, 1);
        play->link = connection->device_link;
    } else {
        EXPECT(stage_connect(play->actor, (tirtc_bytes_t){"played", 6}, (tirtc_bytes_t){"token", 5}) == 0);
        stage_run(&play->stage, 1);
        play->link = service_last_connection(service)->client_link;
    }
    play->handle = play->actor->last;
    known_t *known = stage_find(play->actor, play->handle);
    EXPECT(play->link != NULL && play->link->stage == SERVICE_TALKING && known != NULL && known->state == KNOWN_UP);
}

/* End the obstacles. All that was sent must arrive, unless the connection has ended. */
static void finish(play_t *play)
{
    static const tirtc_sim_faults_t none;
    if (play->link->carrier != NULL) {
        tirtc_sim_far_end_set_faults(play->link->carrier, &none);
    }
    if (play->link->mute) {
        service_mute(play->link, false);
    }
    stage_hold(play->actor, false);
    set_paused(play, false);
    world_run(&play->stage.world, 4000); /* what is on its way travels at most 3 s */
    take_messages(play);
    bool ended = play->failed || play->to_peer.spoiled || play->link->stage != SERVICE_TALKING;
    EXPECT(ended || (play->to_program.waiting.size == 0 && play->to_peer.waiting.size == 0));
    buffer_free(&play->to_program.waiting);
    buffer_free(&play->to_peer.waiting);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
#define AS_ROW(name) do_##name,
    static void (*const operations[])(play_t *, script_t *) = {OPERATIONS(AS_ROW)};
#undef AS_ROW
    play_t play = {0};
    script_t *script = &play.stage.script;
    stage_open(&play.stage, data, size);
    play.stage.on_event = on_event;
    play.stage.user = &play;
    play.stage.answers = false;
    begin(&play, (script_u8(script) & 1) != 0);
    while (script_more(script)) {
        SCRIPT_PICK(script, operations)(&play, script);
        take_messages(&play);
    }
    finish(&play);
    stage_close(&play.stage);
    return 0;
}
