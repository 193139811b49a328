/* The threading contract of tiRTC.h: every function from every callback, there and from another thread that the
 * callback waits for; and disconnect, stop, uninit and what they are answered with, in every order. */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "check.h"
#include "support/every_call.h"
#include "support/peer.h"
#include "support/recorder.h"
#include "support/socket_service.h"

enum { SOON_MS = 5000 };

static socket_service_t *server;
static peer_t *peer;
static tirtc_connection_t far;
static tirtc_conn_t near;

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- Callbacks, and how to get one ---- */

typedef struct place {
    const char *name;
    enum recorded_kind kind;
    long long value;
    enum handle_state state; /* of the handle the callback is given */
    int error;               /* of the connection, where it failed */
    void (*provoke)(void);   /* NULL: happens by itself */
} place_t;

static void send_frame_to_device(uint8_t media)
{
    TIRTCFRAMEINFO info = {.stream_id = 2, .media = media, .flags = TIRTC_FRAME_FLAG_KEY_FRAME, .length = 3};
    info.stream_id = TIRTC_IS_VIDEO(media) ? 3 : 2;
    CHECK_EQUAL(tirtc_connection_send_frame(peer_device(peer), far, &info, "abc", NULL), 15);
}

static void send_audio(void)
{
    send_frame_to_device(TIRTC_AUDIO_ALAW);
}

static void send_video(void)
{
    send_frame_to_device(TIRTC_VIDEO_H264);
}

static void send_message(void)
{
    send_frame_to_device(TIRTC_MEDIA_MESSAGE);
}

static void send_command(void)
{
    CHECK_EQUAL(tirtc_connection_send_command(peer_device(peer), far, 0x10000, NULL, 0, NULL), 4);
}

static void ask(tirtc_request_t request)
{
    CHECK_EQUAL(tirtc_connection_request(peer_device(peer), far, request, 3), 0);
}

static void ask_key_frame(void)
{
    ask(TIRTC_REQUEST_KEY_FRAME);
}

static void subscribe_video(void)
{
    ask(TIRTC_REQUEST_SUBSCRIBE_VIDEO);
}

static void unsubscribe_video(void)
{
    ask(TIRTC_REQUEST_UNSUBSCRIBE_VIDEO);
}

static void subscribe_audio(void)
{
    ask(TIRTC_REQUEST_SUBSCRIBE_AUDIO);
}

static void unsubscribe_audio(void)
{
    ask(TIRTC_REQUEST_UNSUBSCRIBE_AUDIO);
}

static void close_far_end(void)
{
    CHECK_EQUAL(tirtc_connection_disconnect(peer_device(peer), far), 0);
}

static void disconnect_here(void)
{
    CHECK_EQUAL(TiRtcDisconnect(near), 0);
}

static void connect_out(void)
{
    CHECK_EQUAL(TiRtcConnect(EVERY_CALL_REMOTE_ID, "token", recorder_connected, NULL), 0);
}

static void stop_here(void)
{
    CHECK_EQUAL(TiRtcStop(), 0);
}

static const place_t places[] = {
    {"SYS_STARTED", ON_EVENT, TiEVENT_SYS_STARTED, HANDLE_DEAD, 0, NULL},
    {"on_conn_accepted", ON_ACCEPTED, 0, HANDLE_ALIVE, 0, NULL},
    {"on_conn_error", ON_ERROR, TIRTC_E_CONN_REMOTECLOSE, HANDLE_FAILED, TIRTC_E_CONN_REMOTECLOSE, close_far_end},
    {"on_conn_error of a stop", ON_ERROR, TIRTC_E_CONN_OTHER_ERROR, HANDLE_FAILED, TIRTC_E_CONN_OTHER_ERROR, stop_here},
    {"on_disconnected", ON_DISCONNECTED, 0, HANDLE_GOING, 0, disconnect_here},
    {"on_audio", ON_FRAME, TIRTC_AUDIO_ALAW, HANDLE_ALIVE, 0, send_audio},
    {"on_video", ON_FRAME, TIRTC_VIDEO_H264, HANDLE_ALIVE, 0, send_video},
    {"on_message", ON_FRAME, TIRTC_MEDIA_MESSAGE, HANDLE_ALIVE, 0, send_message},
    {"on_command", ON_COMMAND, 0x10000, HANDLE_ALIVE, 0, send_command},
    {"on_request_key_frame", ON_KEY_FRAME, 3, HANDLE_ALIVE, 0, ask_key_frame},
    {"on_subscribe_video", ON_SUBSCRIBE_VIDEO, 3, HANDLE_ALIVE, 0, subscribe_video},
    {"on_unsubscribe_video", ON_UNSUBSCRIBE_VIDEO, 3, HANDLE_ALIVE, 0, unsubscribe_video},
    {"on_subscribe_audio", ON_SUBSCRIBE_AUDIO, 3, HANDLE_ALIVE, 0, subscribe_audio},
    {"on_unsubscribe_audio", ON_UNSUBSCRIBE_AUDIO, 3, HANDLE_ALIVE, 0, unsubscribe_audio},
    {"the connect callback", ON_CONNECT, 0, HANDLE_ALIVE, 0, connect_out},
    {"SYS_STOPPED", ON_EVENT, TiEVENT_SYS_STOPPED, HANDLE_DEAD, 0, stop_here},
};
enum { PLACE_COUNT = sizeof places / sizeof *places };

/* ---- What to do there ---- */

typedef void (*action_t)(tirtc_conn_t handle);

static const place_t *place;
static action_t action;
static bool elsewhere; /* on another thread, which the callback waits for */
static tirtc_conn_t place_handle;
static atomic_bool acted;

static void *act_elsewhere(void *handle)
{
    action(handle);
    return NULL;
}

static void act_at_place(const recorded_t *call)
{
    if (call->kind != place->kind || call->value != place->value || atomic_exchange(&acted, true)) {
        return;
    }
    place_handle = call->connection;
    if (elsewhere) {
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, act_elsewhere, call->connection) == 0);
        REQUIRE(pthread_join(thread, NULL) == 0);
    } else {
        action(call->connection);
    }
}

static void make_every_call(tirtc_conn_t handle)
{
    CHECK_EQUAL(every_call_make(handle, place->state, place->error, false, false), 0);
}

static bool is_usable(enum handle_state state)
{
    return state == HANDLE_ALIVE || state == HANDLE_FAILED;
}

static void disconnect(tirtc_conn_t handle)
{
    CHECK_EQUAL(TiRtcDisconnect(handle), is_usable(place->state) ? 0 : TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(TiRtcDisconnect(handle), TIRTC_E_INVALID_HANDLE);
}

static void stop(tirtc_conn_t handle)
{
    (void)handle;
    CHECK_EQUAL(TiRtcStop(), 0);
}

static void disconnect_and_stop(tirtc_conn_t handle)
{
    disconnect(handle);
    stop(handle);
}

static void uninit(tirtc_conn_t handle)
{
    TiRtcUninit();
    CHECK_EQUAL(every_call_make(handle, HANDLE_DEAD, 0, true, true), 0);
}

/* ---- Sessions ---- */

static void start_device(void)
{
    const char *endpoint = socket_service_endpoint(server);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint)), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
    CHECK_EQUAL(TiRtcStart(EVERY_CALL_DEVICE, &recorder_callbacks), 0);
}

/* Start, be called, and be at the place. */
static void reach(void)
{
    recorded_t call = {0};
    recorder_reset();
    recorder_set_hook(act_at_place);
    atomic_store(&acted, false);
    start_device();
    REQUIRE(recorder_wait(ON_EVENT, TiEVENT_SYS_STARTED, NULL, SOON_MS));
    recorder_wait_until_idle();
    if (!atomic_load(&acted)) {
        far = peer_connect(peer, "device-1");
        REQUIRE(recorder_wait(ON_ACCEPTED, 0, &call, SOON_MS));
        near = call.connection;
    }
    if (place->provoke != NULL) {
        place->provoke();
        REQUIRE(recorder_wait(place->kind, place->value, NULL, SOON_MS));
    }
    recorder_wait_until_idle();
    REQUIRE(atomic_load(&acted));
}

static void be_at_every_place(action_t what, void (*check_after)(void))
{
    action = what;
    for (int i = 0; i < PLACE_COUNT; i++) {
        place = &places[i];
        int failures = check_failures;
        peer = peer_open(socket_service_endpoint(server));
        reach();
        if (check_after != NULL) {
            check_after();
        }
        TiRtcUninit();
        CHECK(!recorder_is_busy());
        size_t total = recorder_total();
        peer_close(peer);
        CHECK_EQUAL(recorder_total(), total);
        if (check_failures != failures) {
            fprintf(stderr, "    in %s\n", place->name);
        }
    }
}

TEST(every_function_works_inside_every_callback)
{
    elsewhere = false;
    be_at_every_place(make_every_call, NULL);
}

TEST(every_function_works_on_another_thread_while_any_callback_waits_for_it)
{
    elsewhere = true;
    be_at_every_place(make_every_call, NULL);
}

static void check_disconnected(void)
{
    if (is_usable(place->state)) {
        recorded_t call = {0};
        CHECK(recorder_wait(ON_DISCONNECTED, 0, &call, SOON_MS));
        CHECK(call.connection == place_handle);
    }
    CHECK_EQUAL(recorder_count(ON_DISCONNECTED, 0), is_usable(place->state) || place->state == HANDLE_GOING);
}

TEST(disconnect_works_inside_every_callback_and_beside_it)
{
    for (int i = 0; i < 2; i++) {
        elsewhere = i == 1;
        be_at_every_place(disconnect, check_disconnected);
    }
}

/* `value` of the place SYS_STOPPED was taken when it was reached. */
static void check_stopped(void)
{
    bool waited = place->kind == ON_EVENT && place->value == TiEVENT_SYS_STOPPED;
    CHECK(waited || recorder_wait(ON_EVENT, TiEVENT_SYS_STOPPED, NULL, SOON_MS));
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), 1);
}

TEST(stop_works_inside_every_callback_and_beside_it)
{
    for (int i = 0; i < 2; i++) {
        elsewhere = i == 1;
        be_at_every_place(stop, check_stopped);
    }
}

static void check_both(void)
{
    check_stopped();
    check_disconnected();
}

TEST(disconnect_and_stop_work_inside_every_callback_and_beside_it)
{
    for (int i = 0; i < 2; i++) {
        elsewhere = i == 1;
        be_at_every_place(disconnect_and_stop, check_both);
    }
}

static size_t total_at_uninit;

static void count_and_uninit(tirtc_conn_t handle)
{
    total_at_uninit = recorder_total();
    uninit(handle);
    TiRtcUninit();
}

static void check_silence(void)
{
    CHECK_EQUAL(recorder_total(), total_at_uninit);
}

/* Inside, every_call_make() initialises a new instance, which the TiRtcUninit() of count_and_uninit() closes again. */
TEST(uninit_inside_every_callback_makes_it_the_last_one)
{
    elsewhere = false;
    be_at_every_place(count_and_uninit, check_silence);
}

/* ---- Orders ---- */

enum step { DISCONNECT, STOP, SEE_DISCONNECTED, SEE_STOPPED, UNINIT, STEP_COUNT };

typedef struct order {
    enum step steps[STEP_COUNT];
    int at[STEP_COUNT]; /* of each step */
} order_t;

static void do_step(enum step step, bool down)
{
    switch (step) {
    case DISCONNECT:
        CHECK_EQUAL(TiRtcDisconnect(near), down ? TIRTC_E_NOT_INITIALIZED : 0);
        break;
    case STOP:
        CHECK_EQUAL(TiRtcStop(), 0);
        break;
    case SEE_DISCONNECTED:
        CHECK(down || recorder_wait(ON_DISCONNECTED, 0, NULL, 1000 + SOON_MS));
        break;
    case SEE_STOPPED:
        CHECK(down || recorder_wait(ON_EVENT, TiEVENT_SYS_STOPPED, NULL, SOON_MS));
        break;
    default:
        TiRtcUninit();
        CHECK(!recorder_is_busy());
        break;
    }
}

static void run_order(const order_t *order)
{
    size_t total = 0;
    recorded_t call = {0};
    recorder_reset();
    start_device();
    REQUIRE(recorder_wait(ON_EVENT, TiEVENT_SYS_STARTED, NULL, SOON_MS));
    far = peer_connect(peer, "device-1");
    REQUIRE(far != 0 && recorder_wait(ON_ACCEPTED, 0, &call, SOON_MS));
    near = call.connection;
    for (int i = 0; i < STEP_COUNT; i++) {
        do_step(order->steps[i], i > order->at[UNINIT]);
        total = i == order->at[UNINIT] ? recorder_total() : total;
    }
    CHECK_EQUAL(recorder_total(), total); /* none were made after TiRtcUninit() returned */
    size_t disconnected = recorder_count(ON_DISCONNECTED, 0);
    size_t stopped = recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED);
    size_t broken = recorder_count(ON_ERROR, TIRTC_E_CONN_OTHER_ERROR);
    CHECK_EQUAL(disconnected, order->at[DISCONNECT] < order->at[UNINIT]);
    CHECK_EQUAL(stopped, 1);
    CHECK(order->at[DISCONNECT] > order->at[STOP] ? broken <= 1 : broken == 0);
    CHECK(broken == 1 || order->at[DISCONNECT] < order->at[SEE_STOPPED] || order->at[UNINIT] < order->at[STOP]);
}

static bool makes_sense(const order_t *order)
{
    return order->at[DISCONNECT] < order->at[SEE_DISCONNECTED] && order->at[STOP] < order->at[SEE_STOPPED];
}

/* The `number`th permutation of the steps. */
static order_t make_order(int number)
{
    order_t order;
    enum step left[STEP_COUNT] = {DISCONNECT, STOP, SEE_DISCONNECTED, SEE_STOPPED, UNINIT};
    for (int i = 0; i < STEP_COUNT; i++) {
        int pick = number % (STEP_COUNT - i);
        number /= STEP_COUNT - i;
        order.steps[i] = left[pick];
        order.at[left[pick]] = i;
        for (int next = pick; next + 1 < STEP_COUNT - i; next++) {
            left[next] = left[next + 1];
        }
    }
    return order;
}

TEST(disconnect_stop_their_answers_and_uninit_work_in_any_order)
{
    int run = 0;
    peer = peer_open(socket_service_endpoint(server));
    for (int i = 0; i < 120; i++) {
        order_t order = make_order(i);
        if (makes_sense(&order)) {
            int failures = check_failures;
            run_order(&order);
            run++;
            if (check_failures != failures) {
                fprintf(stderr, "    in order %d\n", i);
            }
        }
    }
    CHECK_EQUAL(run, 30);
    peer_close(peer);
}

TEST(disconnect_and_stop_are_answered_within_a_second_when_the_peer_reads_nothing)
{
    recorded_t call = {0};
    static const char payload[30000];
    TIRTCFRAMEINFO info = {.media = TIRTC_MEDIA_MESSAGE, .length = sizeof payload};
    recorder_reset();
    peer = peer_open(socket_service_endpoint(server));
    start_device();
    REQUIRE(recorder_wait(ON_EVENT, TiEVENT_SYS_STARTED, NULL, SOON_MS));
    far = peer_connect(peer, "device-1");
    REQUIRE(recorder_wait(ON_ACCEPTED, 0, &call, SOON_MS));
    service_t *service = socket_service_lock(server);
    service_mute(service_last_connection(service)->device_link, true);
    service_mute(service_start_link(service, "device-1"), true);
    socket_service_unlock(server);
    while (TiRtcSendMessageStream(call.connection, &info, payload) != TIRTC_E_BUSY) {
    }
    long began_ms = now_ms();
    CHECK_EQUAL(TiRtcDisconnect(call.connection), 0);
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK(recorder_wait(ON_DISCONNECTED, 0, NULL, SOON_MS));
    CHECK(recorder_wait(ON_EVENT, TiEVENT_SYS_STOPPED, NULL, SOON_MS));
    CHECK(now_ms() - began_ms < 1000);
    TiRtcUninit();
    peer_close(peer);
}

/* ---- The log callback, which runs on the thread that logs ---- */

static atomic_int log_lines;
static atomic_int log_wrong;
static int line_to_stop_at;

/* main() may call TiRtcUninit() while a line is being logged. */
static void call_while_logging(const char *log, uint32_t len)
{
    (void)log;
    (void)len;
    atomic_fetch_add(&log_lines, 1);
    atomic_fetch_add(&log_wrong, every_call_make(NULL, HANDLE_DEAD, 0, true, true));
}

TEST(every_function_works_inside_the_log_callback)
{
    recorder_reset();
    atomic_store(&log_lines, 0);
    TiRtcLogSetCallback(call_while_logging);
    start_device();
    REQUIRE(recorder_wait(ON_EVENT, TiEVENT_SYS_STARTED, NULL, SOON_MS));
    int lines = atomic_load(&log_lines);
    CHECK(lines > 0);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_WAKEUP, NULL, 0), TIRTC_E_INVALID_PARAMETER);
    CHECK(atomic_load(&log_lines) > lines);
    TiRtcLogSetCallback(NULL);
    TiRtcUninit();
    TiRtcUninit(); /* of an instance that a last line may have created */
    CHECK_EQUAL(atomic_load(&log_wrong), 0);
}

static void stop_while_logging(const char *log, uint32_t len)
{
    (void)log;
    (void)len;
    if (atomic_fetch_add(&log_lines, 1) == line_to_stop_at) {
        CHECK_EQUAL(TiRtcStop(), 0);
    }
}

static void wait_for_connect_callback(void)
{
    recorded_t call = {0};
    while (call.kind != ON_CONNECT) {
        REQUIRE(recorder_wait(ANY_CALLBACK, 0, &call, SOON_MS));
    }
}

/* Returns how many lines were logged. */
static int stop_at_line(int line)
{
    recorder_reset();
    line_to_stop_at = line;
    atomic_store(&log_lines, 0);
    TiRtcLogSetCallback(stop_while_logging);
    start_device();
    int connecting = TiRtcConnect(EVERY_CALL_REMOTE_ID, "token", recorder_connected, NULL);
    CHECK(connecting == 0 || (connecting == TIRTC_E_NOT_INITIALIZED && atomic_load(&log_lines) > line));
    if (connecting == 0) {
        wait_for_connect_callback();
    }
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED) == 1 ||
          recorder_wait(ON_EVENT, TiEVENT_SYS_STOPPED, NULL, SOON_MS));
    TiRtcLogSetCallback(NULL);
    TiRtcUninit();
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), 1);
    return atomic_load(&log_lines);
}

TEST(stop_works_at_every_line_of_the_log)
{
    int lines = 0, line = 0;
    TiRtcLogSetLevel(5);
    for (; line == 0 || line < lines; line++) {
        lines = stop_at_line(line);
    }
    CHECK(line > 3);
    TiRtcLogSetLevel(4);
}

int main(void)
{
    server = socket_service_open(NULL);
    service_t *service = socket_service_lock(server);
    service_add_device(service, "device-1", "secret-1");
    service_add_played_device(service, EVERY_CALL_REMOTE_ID);
    socket_service_unlock(server);
    RUN(every_function_works_inside_every_callback);
    RUN(every_function_works_on_another_thread_while_any_callback_waits_for_it);
    RUN(disconnect_works_inside_every_callback_and_beside_it);
    RUN(stop_works_inside_every_callback_and_beside_it);
    RUN(disconnect_and_stop_work_inside_every_callback_and_beside_it);
    RUN(uninit_inside_every_callback_makes_it_the_last_one);
    RUN(disconnect_stop_their_answers_and_uninit_work_in_any_order);
    RUN(disconnect_and_stop_are_answered_within_a_second_when_the_peer_reads_nothing);
    RUN(every_function_works_inside_the_log_callback);
    RUN(stop_works_at_every_line_of_the_log);
    socket_service_close(server);
    return check_result();
}
