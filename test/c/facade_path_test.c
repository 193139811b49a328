/* The whole path through tiRTC.h: start, accept, commands and media both ways, and every way it ends. The device is
 * this process's one SDK instance, the client a device of tirtc_device.h, the service the scripted one behind real
 * sockets. */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "check.h"
#include "support/log_capture.h"
#include "support/peer.h"
#include "support/recorder.h"
#include "support/socket_service.h"

enum { SOON_MS = 5000 };

static socket_service_t *server;
static peer_t *peer;

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void start_device(const char *device)
{
    const char *endpoint = socket_service_endpoint(server);
    recorder_reset();
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint)), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
    CHECK_EQUAL(TiRtcStart(device, &recorder_callbacks), 0);
    REQUIRE(recorder_wait(ON_EVENT, TiEVENT_SYS_STARTED, NULL, SOON_MS));
}

static void open_service(void)
{
    server = socket_service_open(NULL);
    service_add_device(socket_service_lock(server), "device-1", "secret-1");
    socket_service_unlock(server);
}

static void close_service(void)
{
    CHECK(strcmp(service_complaints(socket_service_lock(server)), "") == 0);
    socket_service_unlock(server);
    socket_service_close(server);
}

/* Service, device and client, without a connection. */
static void set_up(void)
{
    open_service();
    start_device("device-1,secret-1");
    peer = peer_open(socket_service_endpoint(server));
}

/* The same with one. */
static tirtc_conn_t set_up_connection(tirtc_connection_t *far)
{
    recorded_t call = {0};
    set_up();
    *far = peer_connect(peer, "device-1");
    REQUIRE(*far != 0);
    REQUIRE(recorder_wait(ON_ACCEPTED, 0, &call, SOON_MS));
    return call.connection;
}

static void tear_down(void)
{
    TiRtcUninit();
    CHECK(!recorder_is_busy());
    size_t total = recorder_total();
    peer_close(peer);
    close_service();
    CHECK_EQUAL(recorder_total(), total);
}

TEST(a_device_starts_with_the_secret_inline_or_as_an_option)
{
    open_service();
    start_device("device-1,secret-1");
    TiRtcUninit();
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SECRET_KEY, "secret-1", 9), 0);
    start_device("device-1");
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK(recorder_wait(ON_EVENT, TiEVENT_SYS_STOPPED, NULL, SOON_MS));
    TiRtcUninit();
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SECRET_KEY, "another", 8), 0);
    start_device("device-1,secret-1"); /* inline goes before the option */
    TiRtcUninit();
    close_service();
}

TEST(a_wrong_secret_is_final)
{
    recorded_t call = {0};
    TIRTCRETRYINFO info = {0};
    open_service();
    recorder_reset();
    const char *endpoint = socket_service_endpoint(server);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint)), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
    log_capture_begin();
    CHECK_EQUAL(TiRtcStart("device-1,not-the-secret", &recorder_callbacks), 0);
    REQUIRE(recorder_wait(ON_EVENT, TIRTC_EVENT_START_FAILED, &call, SOON_MS));
    memcpy(&info, call.data, sizeof info);
    CHECK_EQUAL(info.error, TIRTC_E_INVALID_LICENSE);
    CHECK_EQUAL(info.retry_in_ms, 0);
    CHECK(!log_capture_has("not-the-secret"));
    TiRtcLogSetCallback(NULL);
    CHECK_EQUAL(TiRtcStart("device-1,secret-1", &recorder_callbacks), 0); /* begins a new session */
    CHECK(recorder_wait(ON_EVENT, TiEVENT_SYS_STARTED, NULL, SOON_MS));
    TiRtcUninit();
    socket_service_close(server);
}

TEST(commands_go_both_ways)
{
    recorded_t call;
    peer_event_t event;
    tirtc_connection_t far;
    tirtc_conn_t near = set_up_connection(&far);
    CHECK_EQUAL(TiRtcSendReqWithSn(near, 7, 0x4001, "hello", 5), 9);
    REQUIRE(peer_wait(peer, TIRTC_COMMAND, &event));
    CHECK_EQUAL(event.event.command_word, MAKE_CMDW(0x4001, 7));
    CHECK_EQUAL(event.event.size, 5);
    CHECK_BYTES(event.data, "hello", 5);
    uint32_t answer = event.event.command_word | RESPONSE_BIT;
    CHECK_EQUAL(tirtc_connection_send_command(peer_device(peer), far, answer, "you", 3, NULL), 7);
    REQUIRE(recorder_wait(ON_COMMAND, answer, &call, SOON_MS));
    CHECK(call.connection == near && call.size == 3);
    CHECK_BYTES(call.data, "you", 3);
    CHECK_EQUAL(TiRtcSendCommand(near, 0x2000, NULL, 0), 4);
    CHECK(peer_wait(peer, TIRTC_COMMAND, NULL));
    tear_down();
}

static void check_frame_out(tirtc_conn_t near, const TIRTCFRAMEINFO *info, tirtc_event_kind_t kind, const char *payload)
{
    peer_event_t event;
    int (*send)(tirtc_conn_t, const TIRTCFRAMEINFO *, const void *) = kind == TIRTC_VIDEO   ? TiRtcSendVideoStream
                                                                      : kind == TIRTC_AUDIO ? TiRtcSendAudioStream
                                                                                            : TiRtcSendMessageStream;
    CHECK_EQUAL(send(near, info, payload), 12 + (int)info->length);
    REQUIRE(peer_wait(peer, kind, &event));
    CHECK(memcmp(&event.event.frame, info, sizeof *info) == 0);
    CHECK_EQUAL(event.event.size, info->length);
    CHECK_BYTES(event.data, payload, info->length);
}

TEST(frames_go_both_ways)
{
    static const TIRTCFRAMEINFO video = {1, TIRTC_VIDEO_H264, TIRTC_FRAME_FLAG_KEY_FRAME, 0, 4000000000u, 5};
    static const TIRTCFRAMEINFO audio = {2, TIRTC_AUDIO_ALAW, TIRTC_AUDIOSAMPLE_16K16B1C, 0, 20, 3};
    static const TIRTCFRAMEINFO message = {1, TIRTC_MEDIA_MESSAGE, 0x55, 0, 0, 7};
    recorded_t call;
    tirtc_connection_t far;
    tirtc_conn_t near = set_up_connection(&far);
    check_frame_out(near, &video, TIRTC_VIDEO, "12345");
    check_frame_out(near, &audio, TIRTC_AUDIO, "abc");
    check_frame_out(near, &message, TIRTC_MESSAGE, "seven 7");
    static const TIRTCFRAMEINFO *const frames[] = {&video, &audio, &message};
    for (int i = 0; i < 3; i++) {
        TIRTCFRAMEINFO info = *frames[i];
        CHECK_EQUAL(tirtc_connection_send_frame(peer_device(peer), far, &info, "payload", NULL), 12 + (int)info.length);
        REQUIRE(recorder_wait(ON_FRAME, info.media, &call, SOON_MS));
        CHECK(call.connection == near && call.size == info.length);
        CHECK(memcmp(&call.frame, &info, sizeof info) == 0);
        CHECK_BYTES(call.data, "payload", info.length);
    }
    tear_down();
}

TEST(refused_sends_are_explained_in_the_log)
{
    TIRTCFRAMEINFO video = {1, TIRTC_VIDEO_H264, TIRTC_FRAME_FLAG_KEY_FRAME, 0, 0, 1};
    TIRTCFRAMEINFO audio = {1, TIRTC_AUDIO_ALAW, 0, 0, 0, 1};
    static char large[600000];
    tirtc_connection_t far;
    tirtc_conn_t near = set_up_connection(&far);
    log_capture_begin();
    CHECK_EQUAL(TiRtcSendCommand(near, 0x1fff, NULL, 0), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("command word 0x1fff belongs to the SDK"));
    CHECK_EQUAL(TiRtcSendCommand(near, 0x2000, NULL, 1), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("TiRtcSendCommand: data is NULL"));
    CHECK_EQUAL(TiRtcSendCommand(near, 0x2000, large, sizeof large), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("TiRtcSendCommand: 600000 bytes"));
    CHECK_EQUAL(TiRtcSendVideoStream(near, &video, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("TiRtcSendVideoStream: data is NULL"));
    CHECK_EQUAL(TiRtcSendVideoStream(near, &video, "x"), 13);
    CHECK_EQUAL(TiRtcSendAudioStream(near, &audio, "x"), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("TiRtcSendAudioStream: stream 1 carries the other of audio and video"));
    video.stream_id = 16;
    CHECK_EQUAL(TiRtcSendVideoStream(near, &video, "x"), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("stream_id is 16"));
    CHECK_EQUAL(TiRtcRequestKeyFrame(near, 16), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("TiRtcRequestKeyFrame: stream_id is 16"));
    CHECK_EQUAL(TiRtcConnGetStats(near, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcConnSetVideoBitrateParams(near, 1, 2, 1, 1), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcConnSetVideoBitrateParams(near, 16, 1, 1, 1), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcConnSetVideoBitrateParams(near, 1, 1, 3, 2), 0);
    TiRtcLogSetCallback(NULL);
    video.stream_id = 3;
    video.flags = 0;
    CHECK_EQUAL(TiRtcSendVideoStream(near, &video, "x"), TIRTC_E_BUSY); /* a key frame is due */
    tear_down();
}

static void ask_of_device(tirtc_connection_t far, tirtc_request_t request, enum recorded_kind kind)
{
    recorded_t call;
    CHECK_EQUAL(tirtc_connection_request(peer_device(peer), far, request, 3), 0);
    CHECK(recorder_wait(kind, 3, &call, SOON_MS));
}

static _Atomic uint32_t handled_bps;

static void on_bitrate_of_stream(tirtc_conn_t connection, uint8_t stream, uint32_t target_bps, void *user)
{
    CHECK(connection != NULL && stream == 2 && user == &handled_bps);
    handled_bps = target_bps;
}

TEST(bit_rates_are_reported_to_the_callback_table_or_the_streams_own_callback)
{
    tirtc_connection_t far;
    tirtc_conn_t connection = set_up_connection(&far);
    CHECK_EQUAL(TiRtcConnSetVideoBitrateParams(connection, 1, 100000, 2000000, 500000), 0);
    CHECK(recorder_wait(ON_BITRATE, 500000, NULL, SOON_MS));
    /* Without a range one is assumed, and the callback table is not read. */
    CHECK_EQUAL(TiRtcConnSetVideoBitrateRequestCallback(connection, 2, on_bitrate_of_stream, &handled_bps), 0);
    CHECK(recorder_wait(ON_BITRATE, 541000, NULL, SOON_MS)); /* stream 1 rises while nothing waits */
    CHECK_EQUAL(recorder_count(ON_BITRATE, 1000000), 0);
    CHECK(handled_bps >= 1000000);
    CHECK_EQUAL(TiRtcConnSetVideoBitrateParams(connection, 16, 1, 2, 1), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcConnSetVideoBitrateParams(connection, 1, 2, 1, 1), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcConnSetVideoBitrateParams(NULL, 1, 1, 2, 1), TIRTC_E_INVALID_HANDLE);
    tear_down();
}

TEST(requests_of_the_client_reach_the_program_and_its_answers_the_client)
{
    peer_event_t event;
    tirtc_connection_t far;
    set_up_connection(&far);
    ask_of_device(far, TIRTC_REQUEST_KEY_FRAME, ON_KEY_FRAME);
    ask_of_device(far, TIRTC_REQUEST_SUBSCRIBE_VIDEO, ON_SUBSCRIBE_VIDEO);
    REQUIRE(peer_wait(peer, TIRTC_SUBSCRIBE_ANSWERED, &event));
    CHECK_EQUAL(event.event.error, 0);
    recorder_set_answer(-5);
    ask_of_device(far, TIRTC_REQUEST_SUBSCRIBE_AUDIO, ON_SUBSCRIBE_AUDIO);
    REQUIRE(peer_wait(peer, TIRTC_SUBSCRIBE_ANSWERED, &event));
    CHECK_EQUAL(event.event.error, -5);
    CHECK_EQUAL(event.event.command_word, TIRTC_REQUEST_SUBSCRIBE_AUDIO);
    ask_of_device(far, TIRTC_REQUEST_UNSUBSCRIBE_VIDEO, ON_UNSUBSCRIBE_VIDEO);
    ask_of_device(far, TIRTC_REQUEST_UNSUBSCRIBE_AUDIO, ON_UNSUBSCRIBE_AUDIO);
    CHECK_EQUAL(recorder_total(), 7); /* started, accepted, these five, and nothing in on_command */
    tear_down();
}

TEST(requests_of_the_program_reach_the_client_and_refusals_the_log)
{
    peer_event_t event;
    tirtc_connection_t far;
    tirtc_conn_t near = set_up_connection(&far);
    CHECK_EQUAL(TiRtcRequestKeyFrame(near, 4), 0);
    CHECK(peer_wait(peer, TIRTC_KEY_FRAME_REQUESTED, &event) && event.event.stream == 4);
    CHECK_EQUAL(TiRtcUnsubscribeVideo(near, 15), 0);
    CHECK(peer_wait(peer, TIRTC_UNSUBSCRIBE_VIDEO, NULL));
    CHECK_EQUAL(TiRtcUnsubscribeAudio(near, 0), 0);
    CHECK(peer_wait(peer, TIRTC_UNSUBSCRIBE_AUDIO, NULL));
    CHECK_EQUAL(TiRtcSubscribeVideo(near, 0), 0);
    CHECK(peer_wait(peer, TIRTC_SUBSCRIBE_VIDEO, NULL));
    CHECK_EQUAL(TiRtcSubscribeAudio(near, 4), 0);
    CHECK(peer_wait(peer, TIRTC_SUBSCRIBE_AUDIO, NULL));
    log_capture_begin();
    TIRTCFRAMEINFO marker = {.media = TIRTC_MEDIA_MESSAGE};
    int sent = tirtc_connection_answer_subscribe(peer_device(peer), far, TIRTC_REQUEST_SUBSCRIBE_AUDIO, 4, -9);
    CHECK_EQUAL(sent, 0);
    CHECK_EQUAL(tirtc_connection_send_command(peer_device(peer), far, 0x10000, NULL, 0, NULL),
                4); /* arrives behind it */
    CHECK_EQUAL(tirtc_connection_send_frame(peer_device(peer), far, &marker, NULL, NULL), 12);
    CHECK(recorder_wait(ON_FRAME, TIRTC_MEDIA_MESSAGE, NULL, SOON_MS));
    CHECK(log_capture_has("refused the subscription of audio stream 4 with status -9"));
    TiRtcLogSetCallback(NULL);
    tear_down();
}

TEST(a_program_without_callbacks_accepts_subscriptions_and_survives_everything)
{
    TIRTCCALLBACKS bare = {.on_event = recorder_callbacks.on_event};
    peer_event_t event;
    set_up();
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK(recorder_wait(ON_EVENT, TiEVENT_SYS_STOPPED, NULL, SOON_MS));
    CHECK_EQUAL(TiRtcStart("device-1,secret-1", &bare), 0);
    REQUIRE(recorder_wait(ON_EVENT, TiEVENT_SYS_STARTED, NULL, SOON_MS));
    tirtc_connection_t far = peer_connect(peer, "device-1");
    REQUIRE(far != 0);
    CHECK_EQUAL(tirtc_connection_send_command(peer_device(peer), far, 0x10000, NULL, 0, NULL), 4);
    CHECK_EQUAL(tirtc_connection_request(peer_device(peer), far, TIRTC_REQUEST_KEY_FRAME, 0), 0);
    CHECK_EQUAL(tirtc_connection_request(peer_device(peer), far, TIRTC_REQUEST_SUBSCRIBE_VIDEO, 0), 0);
    REQUIRE(peer_wait(peer, TIRTC_SUBSCRIBE_ANSWERED, &event));
    CHECK_EQUAL(event.event.error, 0);
    TiRtcUninit();
    CHECK(peer_wait(peer, TIRTC_CONNECTION_FAILED, NULL));
    peer_close(peer);
    close_service();
}

TEST(disconnect_is_answered_once_and_kills_the_handle)
{
    int user_data;
    recorded_t call;
    peer_event_t event;
    tirtc_connection_t far;
    tirtc_conn_t near = set_up_connection(&far);
    CHECK(TiRtcConnGetUserData(near) == NULL);
    CHECK_EQUAL(TiRtcConnSetUserData(near, &user_data), 0);
    CHECK(TiRtcConnGetUserData(near) == &user_data);
    CHECK_EQUAL(TiRtcSendCommand(near, 0x10000, "last", 4), 8);
    CHECK_EQUAL(TiRtcDisconnect(near), 0);
    CHECK_EQUAL(TiRtcDisconnect(near), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(TiRtcSendCommand(near, 0x10000, NULL, 0), TIRTC_E_INVALID_HANDLE);
    REQUIRE(recorder_wait(ON_DISCONNECTED, 0, &call, 1000));
    CHECK(call.connection == near && call.user == &user_data);
    recorder_wait_until_idle();
    CHECK(TiRtcConnGetUserData(near) == &user_data); /* for programs that handle callbacks later */
    CHECK_EQUAL(TiRtcDisconnect(near), TIRTC_E_INVALID_HANDLE);
    CHECK(peer_wait(peer, TIRTC_COMMAND, NULL)); /* what was queued arrived */
    REQUIRE(peer_wait(peer, TIRTC_CONNECTION_FAILED, &event));
    CHECK_EQUAL(event.event.error, TIRTC_E_CONN_REMOTECLOSE);
    tear_down();
    CHECK_EQUAL(recorder_count(ON_DISCONNECTED, 0), 1);
    CHECK_EQUAL(recorder_count(ON_ERROR, TIRTC_E_CONN_REMOTECLOSE), 0);
    CHECK(TiRtcConnGetUserData(near) == NULL);
}

TEST(a_peer_that_closes_is_an_error_and_only_disconnect_is_answered)
{
    recorded_t call;
    tirtc_connection_t far;
    tirtc_conn_t near = set_up_connection(&far);
    CHECK_EQUAL(tirtc_connection_disconnect(peer_device(peer), far), 0);
    REQUIRE(recorder_wait(ON_ERROR, TIRTC_E_CONN_REMOTECLOSE, &call, SOON_MS));
    CHECK(call.connection == near);
    CHECK_EQUAL(TiRtcSendCommand(near, 0x10000, NULL, 0), TIRTC_E_CONN_REMOTECLOSE);
    CHECK_EQUAL(recorder_count(ON_DISCONNECTED, 0), 0);
    CHECK_EQUAL(TiRtcDisconnect(near), 0);
    CHECK(recorder_wait(ON_DISCONNECTED, 0, NULL, 1000));
    tear_down();
}

/* ---- A program that sends from a thread of its own and joins it where it learns that the connection is over ---- */

static pthread_t sender;
static tirtc_conn_t sender_connection;
static atomic_bool sender_runs;

static void *send_all_the_time(void *unused)
{
    TIRTCFRAMEINFO video = {0, TIRTC_VIDEO_H264, TIRTC_FRAME_FLAG_KEY_FRAME, 0, 0, 1000};
    static const char payload[1000];
    while (atomic_load(&sender_runs)) {
        (void)TiRtcSendVideoStream(sender_connection, &video, payload);
        (void)TiRtcGetSendBufferUsed(sender_connection);
    }
    return unused;
}

static void join_sender(const recorded_t *call)
{
    if (call->kind == ON_DISCONNECTED) {
        atomic_store(&sender_runs, false);
        pthread_join(sender, NULL);
    }
}

TEST(a_sending_thread_may_be_joined_inside_on_disconnected)
{
    tirtc_connection_t far;
    sender_connection = set_up_connection(&far);
    recorder_set_hook(join_sender);
    atomic_store(&sender_runs, true);
    REQUIRE(pthread_create(&sender, NULL, send_all_the_time, NULL) == 0);
    CHECK(peer_wait(peer, TIRTC_VIDEO, NULL));
    CHECK_EQUAL(TiRtcDisconnect(sender_connection), 0);
    CHECK(recorder_wait(ON_DISCONNECTED, 0, NULL, SOON_MS));
    recorder_wait_until_idle();
    CHECK(!atomic_load(&sender_runs));
    tear_down();
}

static void disconnect_inside(const recorded_t *call)
{
    if (call->kind == ON_ERROR) {
        CHECK_EQUAL(TiRtcDisconnect(call->connection), 0);
    }
}

TEST(stop_ends_connections_with_an_error_and_then_itself)
{
    tirtc_connection_t far;
    tirtc_conn_t near = set_up_connection(&far);
    recorder_set_hook(disconnect_inside);
    long stopped_at = now_ms();
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK(recorder_wait(ON_EVENT, TiEVENT_SYS_STOPPED, NULL, SOON_MS));
    CHECK(now_ms() - stopped_at < 1000);
    CHECK_EQUAL(recorder_count(ON_ERROR, TIRTC_E_CONN_OTHER_ERROR), 1);
    CHECK(recorder_position(ON_ERROR, TIRTC_E_CONN_OTHER_ERROR) < recorder_position(ON_EVENT, TiEVENT_SYS_STOPPED));
    CHECK(recorder_wait(ON_DISCONNECTED, 0, NULL, SOON_MS)); /* callbacks go on after SYS_STOPPED */
    CHECK_EQUAL(TiRtcDisconnect(near), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(TiRtcStart("device-1,secret-1", &recorder_callbacks), 0);
    CHECK(recorder_wait(ON_EVENT, TiEVENT_SYS_STARTED, NULL, SOON_MS));
    CHECK(peer_connect(peer, "device-1") != 0);
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), 1);
    tear_down();
}

TEST(uninit_right_after_stop_still_ends_the_connections_that_are_disconnected_in_their_errors)
{
    tirtc_connection_t far;
    (void)set_up_connection(&far);
    recorder_set_hook(disconnect_inside);
    CHECK_EQUAL(TiRtcStop(), 0);
    tear_down();
    CHECK_EQUAL(recorder_count(ON_ERROR, TIRTC_E_CONN_OTHER_ERROR), 1);
    CHECK_EQUAL(recorder_count(ON_DISCONNECTED, 0), 1);
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), 1);
}

TEST(uninit_right_after_disconnect_sends_what_was_queued_and_reports_the_end)
{
    int user_data;
    recorded_t call;
    tirtc_connection_t far;
    tirtc_conn_t near = set_up_connection(&far);
    CHECK_EQUAL(TiRtcConnSetUserData(near, &user_data), 0);
    CHECK_EQUAL(TiRtcSendCommand(near, 0x10000, "last", 4), 8);
    CHECK_EQUAL(TiRtcDisconnect(near), 0);
    TiRtcUninit();
    CHECK(recorder_wait(ON_DISCONNECTED, 0, &call, 0));
    CHECK(call.connection == near && call.user == &user_data);
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), 1);
    CHECK(peer_wait(peer, TIRTC_COMMAND, NULL));
    tear_down();
}

TEST(uninit_alone_frees_a_connection_without_a_callback_about_it)
{
    tirtc_connection_t far;
    (void)set_up_connection(&far);
    size_t total = recorder_total();
    TiRtcUninit();
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), 1);
    CHECK_EQUAL(recorder_total(), total + 1);
    CHECK(peer_wait(peer, TIRTC_CONNECTION_FAILED, NULL));
    tear_down();
}

TEST(a_start_after_a_final_failure_has_callbacks_of_its_own)
{
    static const TIRTCCALLBACKS none = {.on_event = NULL};
    open_service();
    const char *endpoint = socket_service_endpoint(server);
    recorder_reset();
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint)), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
    CHECK_EQUAL(TiRtcStart("device-1,wrong", &recorder_callbacks), 0);
    REQUIRE(recorder_wait(ON_EVENT, TIRTC_EVENT_START_FAILED, NULL, SOON_MS));
    recorder_wait_until_idle();
    CHECK_EQUAL(TiRtcStart("device-1,secret-1", &none), 0);
    TiRtcUninit();
    CHECK_EQUAL(recorder_total(), 1);
    close_service();
}

static void uninit_inside(const recorded_t *call)
{
    if (call->kind == ON_COMMAND) {
        TiRtcUninit();
    }
}

TEST(uninit_inside_a_callback_ends_the_connection)
{
    peer_event_t event;
    tirtc_connection_t far;
    set_up_connection(&far);
    recorder_set_hook(uninit_inside);
    CHECK_EQUAL(tirtc_connection_send_command(peer_device(peer), far, 0x10000, NULL, 0, NULL), 4);
    CHECK_EQUAL(tirtc_connection_send_command(peer_device(peer), far, 0x10002, NULL, 0, NULL), 4);
    REQUIRE(peer_wait(peer, TIRTC_CONNECTION_FAILED, &event));
    tear_down();
    CHECK_EQUAL(recorder_count(ON_COMMAND, 0x10000), 1);
    CHECK_EQUAL(recorder_count(ON_COMMAND, 0x10002), 0);
}

TEST(the_program_may_be_the_client_too)
{
    recorded_t call;
    int user;
    open_service();
    service_add_played_device(socket_service_lock(server), "played-1");
    socket_service_unlock(server);
    start_device(NULL);
    peer = peer_open(socket_service_endpoint(server));
    CHECK_EQUAL(TiRtcConnect("device://played-1", "token", recorder_connected, &user), 0);
    REQUIRE(recorder_wait(ON_CONNECT, 0, &call, SOON_MS));
    CHECK(call.connection != NULL && call.user == &user);
    CHECK_EQUAL(TiRtcDisconnect(call.connection), 0);
    CHECK(recorder_wait(ON_DISCONNECTED, 0, NULL, 1000));
    /* By the ticket it was given. */
    CHECK_EQUAL(TiRtcWhipConnect("whip://played-1/live?a=b", NULL, recorder_connected, &user), 0);
    REQUIRE(recorder_wait(ON_CONNECT, 0, &call, SOON_MS));
    CHECK_EQUAL(recorder_count(ON_ACCEPTED, 0), 0);
    CHECK_EQUAL(TiRtcConnect("unknown", "token", recorder_connected, NULL), 0);
    CHECK(recorder_wait(ON_CONNECT, TIRTC_E_CONN_REMOTECLOSE, &call, SOON_MS));
    CHECK(call.connection == NULL);
    tear_down();
}

TEST(a_service_that_goes_and_returns_is_reported)
{
    recorded_t call;
    TIRTCRETRYINFO info;
    set_up();
    socket_service_down(server, true);
    REQUIRE(recorder_wait(ON_EVENT, TIRTC_EVENT_SERVICE_LOST, &call, SOON_MS));
    memcpy(&info, call.data, sizeof info);
    CHECK(call.size == sizeof info && info.error < 0 && info.retry_in_ms > 0);
    REQUIRE(recorder_wait(ON_EVENT, TIRTC_EVENT_SERVICE_LOST, &call, 20000)); /* the attempt has failed */
    memcpy(&info, call.data, sizeof info);
    CHECK_EQUAL(info.error, TIRTC_E_HTTP_SERVER_DOWN);
    CHECK(call.size == sizeof info && info.retry_in_ms > 0);
    socket_service_down(server, false);
    CHECK(recorder_wait(ON_EVENT, TIRTC_EVENT_SERVICE_BACK, NULL, 20000));
    tear_down();
}

int main(void)
{
    RUN(a_device_starts_with_the_secret_inline_or_as_an_option);
    RUN(a_wrong_secret_is_final);
    RUN(commands_go_both_ways);
    RUN(frames_go_both_ways);
    RUN(refused_sends_are_explained_in_the_log);
    RUN(bit_rates_are_reported_to_the_callback_table_or_the_streams_own_callback);
    RUN(requests_of_the_client_reach_the_program_and_its_answers_the_client);
    RUN(requests_of_the_program_reach_the_client_and_refusals_the_log);
    RUN(a_program_without_callbacks_accepts_subscriptions_and_survives_everything);
    RUN(disconnect_is_answered_once_and_kills_the_handle);
    RUN(a_peer_that_closes_is_an_error_and_only_disconnect_is_answered);
    RUN(a_sending_thread_may_be_joined_inside_on_disconnected);
    RUN(stop_ends_connections_with_an_error_and_then_itself);
    RUN(uninit_right_after_stop_still_ends_the_connections_that_are_disconnected_in_their_errors);
    RUN(uninit_right_after_disconnect_sends_what_was_queued_and_reports_the_end);
    RUN(uninit_alone_frees_a_connection_without_a_callback_about_it);
    RUN(a_start_after_a_final_failure_has_callbacks_of_its_own);
    RUN(uninit_inside_a_callback_ends_the_connection);
    RUN(the_program_may_be_the_client_too);
    RUN(a_service_that_goes_and_returns_is_reported);
    return check_result();
}
