#include "stage.h"

#include <string.h>

#include "check.h"
#include "tirtc_config.h"
#include "wire/message.h"

static const uint32_t keep_alive_ms[] = {4000, 50, 1000, 0xffffffff, 25000};
static const uint32_t silence_ms[] = {12000, 200, 60000, 0xffffffff, 3000};
static const uint32_t message_bytes[] = {65536, 64, 300, 4194304, 0xffffffff};

/* ---- the bytes on a pipe ---- */

static sent_t *sent_on(actor_t *actor, const tirtc_pipe_t *pipe)
{
    for (sent_t *sent = actor->pipes; sent != NULL; sent = sent->next) {
        if (sent->pipe == pipe) {
            return sent;
        }
    }
    sent_t *made = calloc(1, sizeof *made);
    REQUIRE(made != NULL);
    made->pipe = pipe;
    made->next = actor->pipes;
    actor->pipes = made;
    return made;
}

/* Returns the size of a frame's header, or 0 if more bytes are needed. */
static size_t header_size(const sent_t *sent)
{
    if (sent->header_size < 2) {
        return 0;
    }
    unsigned length = sent->header[1] & 0x7f;
    size_t size = 2 + 4 + (length == 126 ? 2 : length == 127 ? 8 : 0);
    return sent->header_size == size ? size : 0;
}

static void check_header(sent_t *sent)
{
    uint8_t opcode = sent->header[0] & 0x0f;
    uint64_t size = sent->header[1] & 0x7f;
    EXPECT((sent->header[0] & 0xf0) == 0x80 && (sent->header[1] & 0x80) != 0); /* final and masked */
    EXPECT(opcode == TI_WS_BINARY || (opcode >= TI_WS_CLOSE && opcode <= TI_WS_PONG));
    if (size == 126) {
        size = ti_get_u16_be(sent->header + 2);
        EXPECT(size > 125);
    } else if (size == 127) {
        size = (uint64_t)ti_get_u32_be(sent->header + 2) << 32 | ti_get_u32_be(sent->header + 6);
        EXPECT(size > UINT16_MAX && size <= TIRTC_MAX_RECEIVE_BYTES);
    }
    EXPECT(opcode == TI_WS_BINARY ? size > 0 : size <= TI_WS_MAX_CONTROL_BYTES);
    sent->closed = opcode == TI_WS_CLOSE;
    sent->payload_left = size;
    sent->header_size = 0;
}

static void check_byte(sent_t *sent, uint8_t byte)
{
    static const char end[] = "\r\n\r\n";
    if (sent->head_matched < 4) {
        EXPECT(byte == '\r' || byte == '\n' || (byte >= ' ' && byte < 0x7f));
        sent->head_matched = byte == (uint8_t)end[sent->head_matched] ? sent->head_matched + 1 : byte == '\r';
    } else if (sent->payload_left > 0) {
        sent->payload_left--;
    } else {
        EXPECT(!sent->closed);
        sent->header[sent->header_size++] = byte;
        if (header_size(sent) > 0) {
            check_header(sent);
        }
    }
}

static void on_send(void *user, const tirtc_pipe_t *pipe, const void *data, size_t size)
{
    sent_t *sent = sent_on(user, pipe);
    for (size_t i = 0; i < size; i++) {
        check_byte(sent, ((const uint8_t *)data)[i]);
    }
}

static void on_hang_up(void *user, const tirtc_pipe_t *pipe)
{
    for (sent_t **at = &((actor_t *)user)->pipes; *at != NULL; at = &(*at)->next) {
        if ((*at)->pipe == pipe) {
            sent_t *sent = *at;
            *at = sent->next;
            free(sent);
            return;
        }
    }
}

/* ---- the order of events ---- */

known_t *stage_find(actor_t *actor, tirtc_connection_t handle)
{
    for (size_t i = 0; i < STAGE_MAX_KNOWN; i++) {
        if (actor->known[i].state != 0 && actor->known[i].handle == handle) {
            return &actor->known[i];
        }
    }
    return NULL;
}

static void know(actor_t *actor, tirtc_connection_t handle, enum known_state state)
{
    EXPECT(handle != 0 && stage_find(actor, handle) == NULL);
    for (size_t i = 0; i < STAGE_MAX_KNOWN; i++) {
        if (actor->known[i].state == 0) {
            actor->known[i] = (known_t){handle, state, false};
            actor->last = handle;
            return;
        }
    }
    EXPECT(false); /* there is no room for another connection */
}

static void check_connection_event(actor_t *actor, known_t *known, const tirtc_event_t *event)
{
    switch (event->kind) {
    case TIRTC_CONNECTION_ACCEPTED:
        know(actor, event->connection, KNOWN_UP);
        break;
    case TIRTC_CONNECTION_CONNECTED:
        EXPECT(known != NULL && known->state == KNOWN_ATTEMPT && event->user == actor);
        EXPECT(event->error <= 0 && (event->error < 0 || !known->disconnected));
        known->state = event->error == 0 ? KNOWN_UP : 0;
        break;
    case TIRTC_CONNECTION_FAILED:
        EXPECT(known != NULL && known->state == KNOWN_UP && !known->disconnected && event->error < 0);
        known->state = KNOWN_FAILED;
        break;
    case TIRTC_CONNECTION_GONE:
        EXPECT(known != NULL && known->state != KNOWN_ATTEMPT && known->disconnected);
        known->state = 0;
        break;
    default:
        EXPECT(known != NULL && known->state == KNOWN_UP && !known->disconnected);
        break;
    }
}

static void check_device_event(actor_t *actor, const tirtc_event_t *event)
{
    switch (event->kind) {
    case TIRTC_DEVICE_STARTED:
        EXPECT(!actor->online);
        actor->online = true;
        break;
    case TIRTC_DEVICE_STOPPED:
        actor->stopped++;
        EXPECT(actor->stopped <= actor->starts);
        actor->online = actor->lost = false;
        break;
    case TIRTC_DEVICE_START_FAILED:
        EXPECT(event->error < 0);
        break;
    case TIRTC_DEVICE_SERVICE_LOST:
        EXPECT(actor->online && event->error < 0);
        actor->lost = true;
        break;
    case TIRTC_DEVICE_SERVICE_BACK:
        EXPECT(actor->online && actor->lost);
        actor->lost = false;
        break;
    default:
        break;
    }
}

static void check_content(const tirtc_event_t *event)
{
    static volatile uint8_t last; /* every byte of the borrowed memory is read */
    for (size_t i = 0; i < event->size; i++) {
        last = event->data[i];
    }
    (void)last;
    EXPECT(event->stream < TI_MAX_STREAMS);
    if (event->kind == TIRTC_COMMAND) {
        EXPECT(!IS_RESERVED_CMDW(event->command_word));
    } else if (event->kind >= TIRTC_AUDIO && event->kind <= TIRTC_MESSAGE) {
        EXPECT(event->frame.length == event->size && event->frame.stream_id < TI_MAX_STREAMS);
        EXPECT(TIRTC_IS_VIDEO(event->frame.media) == (event->kind == TIRTC_VIDEO));
        EXPECT((event->frame.media == TIRTC_MEDIA_MESSAGE) == (event->kind == TIRTC_MESSAGE));
    }
}

static void on_event(world_t *world, tirtc_device_t *device, const tirtc_event_t *event)
{
    stage_t *stage = world->user;
    actor_t *actor = stage->actors[0].device == device ? &stage->actors[0] : &stage->actors[1];
    check_content(event);
    if (event->kind < TIRTC_CONNECTION_ACCEPTED) {
        check_device_event(actor, event);
    } else {
        check_connection_event(actor, stage_find(actor, event->connection), event);
    }
    if (stage->on_event != NULL) {
        stage->on_event(stage, actor, event);
    }
    if (!stage->answers) {
        return;
    }
    if (event->kind == TIRTC_CONNECTION_FAILED) {
        stage_disconnect(actor, event->connection);
    } else if (event->kind == TIRTC_SUBSCRIBE_VIDEO || event->kind == TIRTC_SUBSCRIBE_AUDIO) {
        (void)tirtc_connection_answer_subscribe(device, event->connection, (tirtc_request_t)event->command_word,
                                                event->stream, 0);
    }
}

/* ---- acting ---- */

tirtc_options_t stage_options(const actor_t *actor)
{
    bool is_client = actor == &actor->stage->actors[1];
    tirtc_options_t options = world_options(is_client ? NULL : "device-1", is_client ? NULL : "secret-1");
    options.max_send_buffer_bytes = TIRTC_MIN_SEND_BUFFER_BYTES;
    options.max_connections = 3;
    return options;
}

int stage_start(actor_t *actor, const tirtc_options_t *options)
{
    int error = tirtc_device_start(actor->device, options);
    EXPECT(error <= 0);
    if (error == 0) {
        actor->starts++;
        actor->wanted = true;
    }
    return error;
}

void stage_stop(actor_t *actor)
{
    EXPECT(tirtc_device_stop(actor->device) == 0);
    actor->stops += actor->wanted;
    actor->wanted = false;
}

int stage_connect(actor_t *actor, tirtc_bytes_t id, tirtc_bytes_t token)
{
    tirtc_connection_t handle = 0;
    int error = tirtc_device_connect(actor->device, id, token, actor, &handle);
    EXPECT(error <= 0 && (error == 0) == (handle != 0));
    if (error == 0) {
        know(actor, handle, KNOWN_ATTEMPT);
    }
    return error;
}

void stage_disconnect(actor_t *actor, tirtc_connection_t handle)
{
    known_t *known = stage_find(actor, handle);
    int error = tirtc_connection_disconnect(actor->device, handle);
    EXPECT(error == 0 || error == TIRTC_E_INVALID_HANDLE);
    EXPECT(error != 0 || (known != NULL && !known->disconnected));
    if (error == 0) {
        known->disconnected = true;
    }
}

void stage_run(stage_t *stage, uint32_t ms)
{
    uint32_t left_ms = STAGE_MAX_RUN_MS - stage->ran_ms;
    uint32_t run_ms = ms < left_ms ? ms : left_ms;
    stage->ran_ms += run_ms;
    world_run(&stage->world, run_ms);
    world_forget(&stage->world);
}

void stage_hold(actor_t *actor, bool hold)
{
    actor->held = hold;
    world_hold(&actor->stage->world, actor->device, hold);
}

const char *stage_keep(stage_t *stage, ti_span_t text)
{
    stage->texts = realloc(stage->texts, (stage->text_count + 1) * sizeof *stage->texts);
    REQUIRE(stage->texts != NULL);
    buffer_t *kept = &stage->texts[stage->text_count++];
    *kept = (buffer_t){0};
    buffer_add(kept, text.data, text.size);
    buffer_add(kept, "", 1);
    return (const char *)kept->data;
}

void stage_read_flow(stage_t *stage, tirtc_sim_flow_t *flow, bool may_cut, bool may_corrupt)
{
    static const size_t calls[] = {0, 1, 7, 100};
    static const size_t capacities[] = {0, 1, 512, 20000};
    static const uint32_t delays[] = {0, 1, 40, 3000};
    script_t *script = &stage->script;
    uint8_t bits = script_u8(script);
    *flow = (tirtc_sim_flow_t){.most_per_call = calls[bits & 3], .delay_ms = delays[bits >> 2 & 3]};
    flow->capacity_bytes = SCRIPT_PICK(script, capacities);
    flow->blocked = (bits & 0x10) != 0;
    flow->blocked_after_bytes = flow->blocked ? script_u16(script) : 0;
    if (may_cut && (bits & 0x20) != 0) {
        flow->cut = true;
        flow->cut_after_bytes = script_u16(script);
        flow->cut_error = (bits & 0x40) != 0 ? TIRTC_E_HTTP_PEER_CLOSED : 0;
    }
    if (may_corrupt && (bits & 0x80) != 0) {
        flow->corrupt_mask = script_u8(script);
        flow->corrupt_at_byte = script_u16(script);
        stage->lied = true;
    }
}

/* ---- opening and closing ---- */

static void open_actor(stage_t *stage, actor_t *actor)
{
    actor->stage = stage;
    actor->device = world_open_spied_device(&stage->world, &actor->spy);
    actor->spy.on_send = on_send;
    actor->spy.on_hang_up = on_hang_up;
    actor->spy.user = actor;
}

void stage_open(stage_t *stage, const uint8_t *data, size_t size)
{
    *stage = (stage_t){.script = {data, size}};
    script_t *script = &stage->script;
    uint8_t bits = script_u8(script);
    world_options_t options = {.sim = {.seed = 1 + (uint64_t)(bits & 7)}};
    options.service.limits = (ti_limits_t){SCRIPT_PICK(script, keep_alive_ms), SCRIPT_PICK(script, silence_ms),
                                           SCRIPT_PICK(script, message_bytes)};
    options.service.start_limits =
        (ti_limits_t){SCRIPT_PICK(script, keep_alive_ms), SCRIPT_PICK(script, silence_ms), 65536};
    options.service.ticket_lifetime_s = 20;
    stage->answers = (bits & 8) != 0;
    world_start(&stage->world, &options);
    stage->world.on_event = on_event;
    stage->world.user = stage;
    stage->world.complaints_expected = true;
    service_add_device(stage->world.service, "device-1", "secret-1");
    service_add_played_device(stage->world.service, "played");
    open_actor(stage, &stage->actors[0]);
    open_actor(stage, &stage->actors[1]);
}

static void end_actor(actor_t *actor)
{
    stage_hold(actor, false);
    stage_stop(actor);
    world_run(&actor->stage->world, 0);
    EXPECT(actor->stopped >= actor->stops && actor->stopped <= actor->starts);
    for (size_t i = 0; i < STAGE_MAX_KNOWN; i++) {
        EXPECT(actor->known[i].state != KNOWN_ATTEMPT);
        if (actor->known[i].state != 0 && !actor->known[i].disconnected) {
            EXPECT(actor->known[i].state == KNOWN_FAILED);
            stage_disconnect(actor, actor->known[i].handle);
        }
    }
}

void stage_close(stage_t *stage)
{
    tirtc_sim_fail_allocation(stage->world.sim, 0, 0);
    tirtc_sim_fail_entropy(stage->world.sim, false);
    end_actor(&stage->actors[0]);
    end_actor(&stage->actors[1]);
    world_run(&stage->world, 1000); /* a disconnect is complete by then */
    for (size_t i = 0; i < STAGE_MAX_KNOWN; i++) {
        EXPECT(stage->actors[0].known[i].state == 0 && stage->actors[1].known[i].state == 0);
    }
    if (!stage->lied && service_complaints(stage->world.service)[0] != '\0') {
        fprintf(stderr, "the service complains: %s", service_complaints(stage->world.service));
        abort();
    }
    world_end(&stage->world);
    EXPECT(check_failures == 0);
    EXPECT(stage->actors[0].pipes == NULL && stage->actors[1].pipes == NULL);
    for (size_t i = 0; i < stage->text_count; i++) {
        buffer_free(&stage->texts[i]);
    }
    free(stage->texts);
}
