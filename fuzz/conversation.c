/* Whole conversations: the input is a script of what the service, the network and the programs do. The first six bytes
 * choose options (stage.c); each operation is a number of OPERATIONS and its arguments. */
#include "stage.h"

#include <string.h>

#include "base/bytes.h"
#include "tirtc_config.h"

enum { MOST_CALLS = 24 };

/* fuzz/corpus.py reads this list. */
/* clang-format off */
#define OPERATIONS(X) \
    X(run) X(start) X(stop) X(start_with) X(connect) X(call) X(script) X(message) X(control) X(frame) X(raw) \
    X(bye) X(close) X(end) X(reset) X(mute) X(command) X(media) X(request) X(answer) X(disconnect) X(bitrate) \
    X(pause) X(hold) X(flow) X(dial) X(no_memory) X(no_entropy) X(crash) X(stop_service) X(revoke) X(refuse)
/* clang-format on */

typedef struct play {
    stage_t stage;
    unsigned connects;
    unsigned calls;
} play_t;

#define AS_FUNCTION(name) static void do_##name(play_t *play, script_t *script);
OPERATIONS(AS_FUNCTION)
#undef AS_FUNCTION

static actor_t *pick_actor(play_t *play, script_t *script)
{
    return &play->stage.actors[script_u8(script) & 1];
}

/* The newest link, or one before it; NULL if there are not that many. */
static service_link_t *pick_link(play_t *play, script_t *script)
{
    service_t *service = play->stage.world.service;
    size_t back = script_u8(script) % 4;
    size_t count = 0;
    for (service_link_t *link = service_link_at(service, 0); link != NULL; link = link->next) {
        count++;
    }
    return back < count ? service_link_at(service, count - 1 - back) : NULL;
}

static tirtc_connection_t pick_connection(const actor_t *actor, script_t *script)
{
    uint8_t which = script_u8(script);
    if ((which & 0xc0) == 0) {
        return actor->last;
    }
    return (which & 0x80) != 0 ? actor->known[which % STAGE_MAX_KNOWN].handle : (tirtc_connection_t)script_u32(script);
}

/* ---- programs ---- */

static void do_run(play_t *play, script_t *script)
{
    static const uint32_t times_ms[] = {0, 1, 10, 100, 500, 1000, 4000, 12000, 30000};
    stage_run(&play->stage, SCRIPT_PICK(script, times_ms));
}

static void do_start(play_t *play, script_t *script)
{
    actor_t *actor = pick_actor(play, script);
    uint8_t bits = script_u8(script);
    tirtc_options_t options = stage_options(actor);
    options.no_connect_cache = (bits & 1) != 0;
    options.link_mode = (bits & 2) != 0 ? TIRTC_CONNECT_LINK_MODE_DIRECT_ONLY : 0;
    options.keep_alive_ms = (bits & 4) != 0 ? 700 : 0;
    options.silence_ms = (bits & 8) != 0 ? 2000 : 0;
    if ((bits & 16) != 0 && options.device_id.size > 0) {
        options.device_secret_key = (tirtc_bytes_t){"wrong", 5};
    }
    if ((bits & 32) != 0) {
        options.client_id = (tirtc_bytes_t){"client \"1\"", 10};
        options.app_id = (tirtc_bytes_t){"\xc3\xa4pp", 4};
    }
    (void)stage_start(actor, &options);
}

static void do_stop(play_t *play, script_t *script)
{
    stage_stop(pick_actor(play, script));
}

static tirtc_bytes_t bytes_of(ti_span_t span)
{
    return (tirtc_bytes_t){span.data, span.size};
}

static void do_start_with(play_t *play, script_t *script)
{
    actor_t *actor = pick_actor(play, script);
    tirtc_options_t options = stage_options(actor);
    uint8_t bits = script_u8(script);
    tirtc_bytes_t *const texts[] = {&options.endpoint, &options.device_id, &options.device_secret_key,
                                    &options.app_id,   &options.client_id, &options.platform};
    uint32_t *const numbers[] = {&options.max_connections, &options.max_send_buffer_bytes, &options.connect_timeout_ms,
                                 &options.keep_alive_ms, &options.silence_ms};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if ((bits >> i & 1) != 0) {
            *texts[i] = bytes_of(script_text(script));
        }
    }
    if ((bits & 0x40) != 0) {
        *numbers[script_u8(script) % 5] = script_u32(script);
    }
    if (options.max_send_buffer_bytes > 65536) { /* memory is not what is tested here */
        options.max_send_buffer_bytes |= 0x80000000;
    }
    (void)stage_start(actor, &options);
}

static void do_connect(play_t *play, script_t *script)
{
    static const char *const ids[] = {"device-1",       "played", "device://played", "unknown",
                                      "a b/\xc3\xbc?%", "",       "device://"};
    actor_t *actor = pick_actor(play, script);
    const char *id = SCRIPT_PICK(script, ids);
    uint8_t bits = script_u8(script);
    tirtc_bytes_t token = {NULL, 0};
    if ((bits & 1) == 0) {
        token = (bits & 2) == 0 ? (tirtc_bytes_t){"v1.token.x", 10} : bytes_of(script_text(script));
    }
    if (play->connects++ < MOST_CALLS) {
        (void)stage_connect(actor, (tirtc_bytes_t){id, strlen(id)}, token);
    }
}

static void do_command(play_t *play, script_t *script)
{
    static uint8_t data[20000];
    static const size_t sizes[] = {0, 5, 100, 1500, sizeof data};
    actor_t *actor = pick_actor(play, script);
    tirtc_connection_t handle = pick_connection(actor, script);
    uint32_t word = MAKE_CMDW(script_u16(script), 1);
    size_t size = SCRIPT_PICK(script, sizes);
    tirtc_refusal_t refusal = TIRTC_REFUSAL_NULL;
    int sent = tirtc_connection_send_command(actor->device, handle, word, data, size, &refusal);
    EXPECT(sent == 4 + (int)size || sent < 0);
    EXPECT(sent < 0 || refusal == TIRTC_REFUSAL_NONE);
    EXPECT(tirtc_connection_send_buffer_used(actor->device, handle) <= TIRTC_DEFAULT_SEND_BUFFER_BYTES);
}

static void do_media(play_t *play, script_t *script)
{
    static uint8_t data[20000];
    static const uint32_t sizes[] = {0, 1, 200, 4000, sizeof data};
    actor_t *actor = pick_actor(play, script);
    tirtc_connection_t handle = pick_connection(actor, script);
    TIRTCFRAMEINFO frame = {.stream_id = script_u8(script), .media = script_u8(script), .flags = script_u8(script)};
    frame.length = SCRIPT_PICK(script, sizes);
    int sent = tirtc_connection_send_frame(actor->device, handle, &frame, data, NULL);
    EXPECT(sent == 12 + (int)frame.length || sent < 0);
}

static void do_request(play_t *play, script_t *script)
{
    actor_t *actor = pick_actor(play, script);
    tirtc_connection_t handle = pick_connection(actor, script);
    tirtc_request_t request = (tirtc_request_t)(0x400 + script_u8(script) % 16);
    EXPECT(tirtc_connection_request(actor->device, handle, request, script_u8(script)) <= 0);
}

static void do_answer(play_t *play, script_t *script)
{
    actor_t *actor = pick_actor(play, script);
    tirtc_connection_t handle = pick_connection(actor, script);
    tirtc_request_t request = (tirtc_request_t)(0x400 + script_u8(script) % 16);
    EXPECT(tirtc_connection_answer_subscribe(actor->device, handle, request, script_u8(script), -1) <= 0);
}

static void do_disconnect(play_t *play, script_t *script)
{
    actor_t *actor = pick_actor(play, script);
    stage_disconnect(actor, pick_connection(actor, script));
}

static void on_rate(void)
{
}

static void do_bitrate(play_t *play, script_t *script)
{
    TiRtcConnStats stats;
    actor_t *actor = pick_actor(play, script);
    tirtc_connection_t handle = pick_connection(actor, script);
    uint8_t bits = script_u8(script);
    uint32_t min_bps = script_u32(script);
    if ((bits & 1) == 0) {
        (void)tirtc_connection_set_bitrate_range(actor->device, handle, bits >> 3, min_bps, min_bps + 500000,
                                                 min_bps + 9);
    }
    if ((bits & 6) != 0) {
        (void)tirtc_connection_set_bitrate_handler(actor->device, handle, bits >> 3, (bits & 4) != 0 ? on_rate : NULL,
                                                   actor);
    }
    EXPECT(tirtc_connection_stats(actor->device, handle, &stats) <= 0);
}

static void do_pause(play_t *play, script_t *script)
{
    actor_t *actor = pick_actor(play, script);
    tirtc_connection_t handle = pick_connection(actor, script);
    bool pause = (script_u8(script) & 1) != 0;
    bool known = tirtc_connection_pause(actor->device, handle, pause) == 0;
    EXPECT(known == (tirtc_connection_set_user_data(actor->device, handle, actor) == 0) || !known);
    EXPECT(!known || tirtc_connection_get_user_data(actor->device, handle) == actor);
}

static void do_hold(play_t *play, script_t *script)
{
    actor_t *actor = pick_actor(play, script);
    stage_hold(actor, !actor->held);
}

/* ---- the service ---- */

static void do_call(play_t *play, script_t *script)
{
    const service_device_t *device = service_find_device(play->stage.world.service, "device-1");
    const char *subject = stage_keep(&play->stage, script_text(script));
    if (device->start != NULL && device->start->stage == SERVICE_ONLINE && play->calls++ < MOST_CALLS) {
        (void)service_call(play->stage.world.service, "device-1", subject);
    }
}

static void do_script(play_t *play, script_t *script)
{
    static const int statuses[] = {101, 200, 302, 401, 403, 404, 503, 999};
    service_fault_t fault = {.kind = (enum service_fault_kind)(1 + script_u8(script) % SERVICE_HANG_PROVEN)};
    fault.only = (enum service_kind)(script_u8(script) % (SERVICE_ACCEPT + 1));
    fault.times = script_u8(script) % 4;
    fault.status = SCRIPT_PICK(script, statuses);
    fault.reason = script_u8(script) % 32;
    ti_span_t text = script_text(script);
    fault.text = text.size > 0 || fault.kind == SERVICE_ANSWER_TEXT ? stage_keep(&play->stage, text) : NULL;
    if (fault.kind == SERVICE_ANSWER_STATUS || fault.kind == SERVICE_ANSWER_TEXT) {
        play->stage.lied = true;
    }
    service_script(play->stage.world.service, &fault);
}

static void do_message(play_t *play, script_t *script)
{
    service_link_t *link = pick_link(play, script);
    ti_span_t message = script_text(script);
    if (link != NULL && link->upgraded) {
        play->stage.lied = true;
        service_send_message(link, message.data, message.size);
    }
}

/* A control message with the right fields; what they hold may be wrong. */
static void do_control(play_t *play, script_t *script)
{
    static const size_t sizes[] = {0, 34, 66, 46, 40, 6, 18, 3};
    static const uint32_t limits[] = {4000, 50, 12000, 0xffffffff, 64, 63, 0};
    service_link_t *link = pick_link(play, script);
    uint8_t message[2 + 64 + UINT8_MAX] = {TI_CHANNEL_CONTROL, script_u8(script) % 8};
    size_t size = sizes[message[1]];
    memset(message + 2, script_u8(script), sizeof message - 2);
    if (message[1] == TI_CONTROL_STARTED || message[1] == TI_CONTROL_READY) {
        uint8_t *at = message + (message[1] == TI_CONTROL_STARTED ? 34 : 2);
        for (int i = 0; i < 3; i++) {
            ti_put_u32_be(at + 4 * i, SCRIPT_PICK(script, limits));
        }
    }
    ti_span_t rest = script_text(script);
    if (rest.size > 0) {
        memcpy(message + size, rest.data, rest.size);
    }
    if (link != NULL && link->upgraded) {
        play->stage.lied = true;
        service_send_message(link, message, size + rest.size);
    }
}

static void do_frame(play_t *play, script_t *script)
{
    service_link_t *link = pick_link(play, script);
    uint8_t first = script_u8(script);
    ti_span_t payload = script_text(script);
    if (link != NULL && link->upgraded) {
        play->stage.lied = true;
        service_send_frame(link, (first & 0x80) != 0, (enum ti_ws_opcode)(first & 0x0f), payload.data, payload.size);
    }
}

static void do_raw(play_t *play, script_t *script)
{
    service_link_t *link = pick_link(play, script);
    ti_span_t bytes = script_text(script);
    if (link != NULL) {
        play->stage.lied = true;
        service_send_raw(link, bytes.data, bytes.size);
    }
}

static void do_bye(play_t *play, script_t *script)
{
    service_link_t *link = pick_link(play, script);
    uint8_t reason = script_u8(script);
    const char *text = stage_keep(&play->stage, script_text(script));
    if (link != NULL) {
        service_bye(link, reason, text);
    }
}

static void do_close(play_t *play, script_t *script)
{
    service_link_t *link = pick_link(play, script);
    uint16_t code = script_u16(script);
    if (link != NULL) {
        service_close_link(link, code);
    }
}

static void do_end(play_t *play, script_t *script)
{
    service_link_t *link = pick_link(play, script);
    if (link != NULL) {
        service_end_link(link);
    }
}

static void do_reset(play_t *play, script_t *script)
{
    service_link_t *link = pick_link(play, script);
    if (link != NULL) {
        service_reset_link(link);
    }
}

static void do_mute(play_t *play, script_t *script)
{
    service_link_t *link = pick_link(play, script);
    if (link != NULL && link->stage != SERVICE_GONE) {
        service_mute(link, !link->mute);
    }
}

static void do_crash(play_t *play, script_t *script)
{
    world_service_down(&play->stage.world, (script_u8(script) & 1) == 0);
}

static void do_stop_service(play_t *play, script_t *script)
{
    (void)script;
    service_stop(play->stage.world.service);
}

static void do_revoke(play_t *play, script_t *script)
{
    (void)script;
    service_revoke_tickets(play->stage.world.service);
}

/* ---- the platform and the network ---- */

static void do_flow(play_t *play, script_t *script)
{
    service_link_t *link = pick_link(play, script);
    tirtc_sim_faults_t faults;
    stage_read_flow(&play->stage, &faults.up, true, true);
    stage_read_flow(&play->stage, &faults.down, true, true);
    if (link != NULL && link->carrier != NULL) {
        tirtc_sim_far_end_set_faults(link->carrier, &faults);
    }
}

static void do_dial(play_t *play, script_t *script)
{
    static const int errors[] = {TIRTC_E_HTTP_RESOLVE, TIRTC_E_HTTP_SERVER_DOWN, TIRTC_E_HTTP_SSL, TIRTC_E_HTTP_RESET};
    tirtc_sim_dial_t dial = {0};
    actor_t *actor = pick_actor(play, script);
    uint8_t bits = script_u8(script);
    dial.fails_at_once = (bits & 1) != 0 ? errors[bits >> 6] : 0;
    dial.fails_later = (bits & 2) != 0 ? errors[bits >> 6] : 0;
    dial.never_answers = (bits & 4) != 0;
    dial.delay_ms = (bits & 8) != 0 ? 300 : 0;
    if ((bits & 16) != 0) {
        stage_read_flow(&play->stage, &dial.faults.up, true, true);
        stage_read_flow(&play->stage, &dial.faults.down, true, true);
    }
    EXPECT(tirtc_sim_next_dial(actor->spy.under, &dial));
}

static void do_no_memory(play_t *play, script_t *script)
{
    uint8_t first = script_u8(script);
    tirtc_sim_fail_allocation(play->stage.world.sim, first % 16, 1 + first / 16);
}

static void do_no_entropy(play_t *play, script_t *script)
{
    tirtc_sim_fail_entropy(play->stage.world.sim, (script_u8(script) & 1) != 0);
}

static void do_refuse(play_t *play, script_t *script)
{
    tirtc_sim_listener_refuse(play->stage.world.listener, (script_u8(script) & 1) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
#define AS_ROW(name) do_##name,
    static void (*const operations[])(play_t *, script_t *) = {OPERATIONS(AS_ROW)};
#undef AS_ROW
    play_t play = {0};
    script_t *script = &play.stage.script;
    stage_open(&play.stage, data, size);
    while (script_more(script)) {
        SCRIPT_PICK(script, operations)(&play, script);
    }
    stage_close(&play.stage);
    return 0;
}
