/* Sessions without a service: no listener, a listener that never answers, a server that redirects. */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "support/log_capture.h"
#include "support/recorder.h"
#include "tirtc_config.h"

static int listener = -1; /* listens, and answers nothing unless a test does */
static char silent_endpoint[64];
static char refusing_endpoint[64];

static int listen_on_loopback(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0);
    REQUIRE(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void set_up(const char *endpoint)
{
    recorder_reset();
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint)), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
}

static bool wait_for_event(int event, recorded_t *call)
{
    return recorder_wait(ON_EVENT, event, call, 5000);
}

TEST(a_start_that_fails_is_reported_with_its_error_and_tried_again)
{
    recorded_t call;
    TIRTCRETRYINFO info;
    set_up(refusing_endpoint);
    CHECK_EQUAL(TiRtcStart("device-1,secret", &recorder_callbacks), 0);
    for (uint32_t i = 0; i < 2; i++) {
        REQUIRE(wait_for_event(TIRTC_EVENT_START_FAILED, &call));
        REQUIRE(call.size == sizeof info);
        memcpy(&info, call.data, sizeof info);
        CHECK_EQUAL(info.error, TIRTC_E_HTTP_SERVER_DOWN);
        /* The second pause is longer by about the first one. */
        uint32_t about_ms = (i + 1) * TIRTC_RETRY_FIRST_MS;
        CHECK(info.retry_in_ms > about_ms / 2 && info.retry_in_ms < about_ms + 500);
    }
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK(wait_for_event(TiEVENT_SYS_STOPPED, NULL));
    TiRtcUninit();
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STARTED), 0);
}

TEST(a_client_is_started_at_once_without_a_network)
{
    set_up(refusing_endpoint);
    CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
    CHECK(wait_for_event(TiEVENT_SYS_STARTED, NULL));
    TiRtcUninit();
}

TEST(stop_is_answered_once_for_each_start_and_within_a_second)
{
    set_up(silent_endpoint);
    for (size_t i = 1; i <= 3; i++) {
        CHECK_EQUAL(TiRtcStart("device-1,secret", &recorder_callbacks), 0);
        long stopped_at = now_ms();
        CHECK_EQUAL(TiRtcStop(), 0);
        CHECK(wait_for_event(TiEVENT_SYS_STOPPED, NULL));
        CHECK(now_ms() - stopped_at < 1000);
        CHECK_EQUAL(TiRtcStop(), 0);
        CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), i);
    }
    TiRtcUninit();
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), 3);
}

TEST(stop_without_start_has_no_event)
{
    set_up(silent_endpoint);
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
    CHECK(wait_for_event(TiEVENT_SYS_STARTED, NULL));
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), 0);
    TiRtcUninit();
}

enum { ROUNDS = 200 };

TEST(uninit_right_after_stop_reports_that_the_start_has_stopped)
{
    for (int i = 0; i < ROUNDS; i++) {
        set_up(i % 2 == 0 ? silent_endpoint : refusing_endpoint);
        CHECK_EQUAL(TiRtcStart(i % 4 < 2 ? "device-1,secret" : NULL, &recorder_callbacks), 0);
        CHECK_EQUAL(TiRtcStop(), 0);
        TiRtcUninit();
        CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), 1);
    }
}

TEST(uninit_without_stop_reports_that_every_start_has_stopped)
{
    for (int i = 0; i < ROUNDS; i++) {
        set_up(silent_endpoint);
        CHECK_EQUAL(TiRtcStart("device-1,secret", &recorder_callbacks), 0);
        CHECK_EQUAL(TiRtcStop(), 0);
        CHECK_EQUAL(TiRtcStart("device-1,secret", &recorder_callbacks), 0);
        TiRtcUninit();
        CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), 2);
    }
}

static void start_and_connect_inside(const recorded_t *call)
{
    if (call->kind == ON_EVENT && call->value == TiEVENT_SYS_STOPPED) {
        CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), TIRTC_E_NOT_INITIALIZED);
        CHECK_EQUAL(TiRtcConnect("device-1", "token", recorder_connected, NULL), TIRTC_E_NOT_INITIALIZED);
    }
}

TEST(nothing_new_begins_while_uninit_reports_what_is_owed)
{
    set_up(silent_endpoint);
    recorder_set_hook(start_and_connect_inside);
    CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
    TiRtcUninit();
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), 1);
}

static void init_inside(const recorded_t *call)
{
    if (call->kind == ON_EVENT && call->value == TiEVENT_SYS_STOPPED &&
        recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED) == 1) {
        CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, silent_endpoint, (uint32_t)strlen(silent_endpoint)), 0);
        CHECK_EQUAL(TiRtcInit(), 0);
        CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
    }
}

TEST(init_inside_a_callback_that_uninit_waits_for_begins_again)
{
    set_up(silent_endpoint);
    recorder_set_hook(init_inside);
    CHECK_EQUAL(TiRtcStart("device-1,secret", &recorder_callbacks), 0);
    TiRtcUninit();
    CHECK(wait_for_event(TiEVENT_SYS_STARTED, NULL));
    TiRtcUninit();
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), 2);
}

TEST(a_second_start_is_the_same_one_or_refused)
{
    static const TIRTCCALLBACKS others;
    set_up(silent_endpoint);
    log_capture_begin();
    CHECK_EQUAL(TiRtcStart("device-1,secret", &recorder_callbacks), 0);
    CHECK_EQUAL(TiRtcStart("device-1,secret", &others), 0);
    CHECK_EQUAL(TiRtcStart("device-2,secret", &others), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("another id"));
    CHECK_EQUAL(TiRtcStart(NULL, &others), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK(wait_for_event(TiEVENT_SYS_STOPPED, NULL)); /* the first callbacks stayed */
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), 1);
    CHECK_EQUAL(TiRtcStart("device-2,secret", &recorder_callbacks), 0);
    TiRtcUninit();
    TiRtcLogSetCallback(NULL);
}

TEST(start_right_after_stop_begins_a_new_session)
{
    set_up(refusing_endpoint);
    CHECK_EQUAL(TiRtcStart("device-1,secret", &recorder_callbacks), 0);
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
    CHECK(wait_for_event(TiEVENT_SYS_STARTED, NULL));
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK(wait_for_event(TiEVENT_SYS_STOPPED, NULL));
    CHECK(wait_for_event(TiEVENT_SYS_STOPPED, NULL));
    TiRtcUninit();
}

TEST(an_option_set_too_late_is_taken_with_a_warning)
{
    static const char *const client_id = "client-1";
    set_up(silent_endpoint);
    log_capture_begin();
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_CLIENT_ID, client_id, 8), 0);
    CHECK(!log_capture_has("too late"));
    CHECK_EQUAL(TiRtcStart("device-1,secret", &recorder_callbacks), 0);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_CLIENT_ID, client_id, 8), 0);
    CHECK(log_capture_has("TIRTC_OPT_CLIENT_ID is too late"));
    log_capture_clear();
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_CLIENT_ID, client_id, 8), 0);
    CHECK(!log_capture_has("too late"));
    TiRtcUninit();
    TiRtcLogSetCallback(NULL);
}

TEST(a_connect_ends_with_its_error_in_its_own_callback)
{
    recorded_t call;
    int user;
    set_up(refusing_endpoint);
    CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
    CHECK_EQUAL(TiRtcConnect("device-1", "token", recorder_connected, &user), 0);
    REQUIRE(recorder_wait(ON_CONNECT, TIRTC_E_HTTP_SERVER_DOWN, &call, 5000));
    CHECK(call.connection == NULL && call.user == &user);
    CHECK_EQUAL(TiRtcWhipConnect("whips://device-1?_tg_mode=echo", "token", recorder_connected, &user), 0);
    CHECK(recorder_wait(ON_CONNECT, TIRTC_E_HTTP_SERVER_DOWN, &call, 5000));
    CHECK_EQUAL(TiRtcConnect("device-1", NULL, recorder_connected, NULL), TIRTC_E_CACHE_EXPIRED);
    CHECK_EQUAL(TiRtcConnect("device-1", "", recorder_connected, NULL), TIRTC_E_CACHE_EXPIRED);
    TiRtcUninit();
}

TEST(a_bad_connect_is_explained_in_the_log)
{
    set_up(refusing_endpoint);
    CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
    log_capture_begin();
    CHECK_EQUAL(TiRtcConnect(NULL, "token", recorder_connected, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("TiRtcConnect: the remote id must be"));
    CHECK_EQUAL(TiRtcConnect("id", "token", NULL, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("TiRtcConnect: callback is NULL"));
    CHECK_EQUAL(TiRtcConnect("a\tb", "token", recorder_connected, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcConnect("", "token", recorder_connected, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcConnect("device://", "token", recorder_connected, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcWhipConnect("whip://?a=b", "token", recorder_connected, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcConnect("whips://id?a\tb", "token", recorder_connected, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcConnect("id", "to\nken", recorder_connected, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK(!log_capture_has("to\nken") && !log_capture_has("to?ken"));
    TiRtcUninit();
    TiRtcLogSetCallback(NULL);
}

TEST(a_connect_without_a_start_is_explained_in_the_log)
{
    set_up(refusing_endpoint);
    log_capture_begin();
    CHECK_EQUAL(TiRtcConnect("id", "token", recorder_connected, NULL), TIRTC_E_NOT_INITIALIZED);
    CHECK(log_capture_has("TiRtcConnect: not started; call TiRtcStart first"));
    TiRtcUninit();
    TiRtcLogSetCallback(NULL);
}

TEST(the_log_names_the_endpoint_that_was_not_reached)
{
    char words[256];
    set_up(refusing_endpoint);
    log_capture_begin();
    CHECK_EQUAL(TiRtcStart("device-1,secret", &recorder_callbacks), 0);
    REQUIRE(wait_for_event(TIRTC_EVENT_START_FAILED, NULL));
    snprintf(words, sizeof words,
             "the start link ended: nothing listens at the endpoint, or it cannot be reached; endpoint %s",
             refusing_endpoint);
    CHECK(log_capture_has(words));
    CHECK_EQUAL(TiRtcConnect("device-2", "token", recorder_connected, NULL), 0);
    REQUIRE(recorder_wait(ON_CONNECT, TIRTC_E_HTTP_SERVER_DOWN, NULL, 5000));
    snprintf(words, sizeof words, "or it cannot be reached; endpoint %s", refusing_endpoint);
    CHECK(log_capture_has("to device-2: reaching -> gone") && log_capture_has(words));
    TiRtcUninit();
    TiRtcLogSetCallback(NULL);
}

TEST(stop_ends_a_connect_under_way_before_it_is_stopped)
{
    set_up(silent_endpoint);
    CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
    CHECK(wait_for_event(TiEVENT_SYS_STARTED, NULL));
    CHECK_EQUAL(TiRtcConnect("device-1", "token", recorder_connected, NULL), 0);
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK(wait_for_event(TiEVENT_SYS_STOPPED, NULL));
    CHECK_EQUAL(recorder_count(ON_CONNECT, TIRTC_E_CONN_OTHER_ERROR), 1);
    CHECK(recorder_position(ON_CONNECT, TIRTC_E_CONN_OTHER_ERROR) < recorder_position(ON_EVENT, TiEVENT_SYS_STOPPED));
    TiRtcUninit();
}

TEST(uninit_ends_pending_connects_and_then_the_start)
{
    for (int i = 0; i < ROUNDS; i++) {
        set_up(silent_endpoint);
        CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
        CHECK_EQUAL(TiRtcConnect("device-1", "token", recorder_connected, NULL), 0);
        CHECK_EQUAL(TiRtcConnect("device-2", "token", recorder_connected, NULL), 0);
        TiRtcUninit();
        CHECK_EQUAL(recorder_count(ON_CONNECT, TIRTC_E_CONN_OTHER_ERROR), 2);
        CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), 1);
        CHECK_EQUAL(recorder_position(ON_EVENT, TiEVENT_SYS_STOPPED), (int)recorder_total() - 1);
    }
}

static void stop_inside(const recorded_t *call)
{
    if (call->kind == ON_EVENT && call->value == TiEVENT_SYS_STARTED) {
        CHECK_EQUAL(TiRtcStop(), 0);
    }
}

TEST(stop_works_inside_a_callback)
{
    set_up(silent_endpoint);
    recorder_set_hook(stop_inside);
    CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
    CHECK(wait_for_event(TiEVENT_SYS_STOPPED, NULL));
    TiRtcUninit();
}

static void restart_inside(const recorded_t *call)
{
    if (call->kind == ON_EVENT && call->value == TiEVENT_SYS_STOPPED &&
        recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED) == 1) {
        CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
    }
}

TEST(start_works_inside_the_stopped_event)
{
    set_up(silent_endpoint);
    recorder_set_hook(restart_inside);
    CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
    CHECK(wait_for_event(TiEVENT_SYS_STARTED, NULL));
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK(wait_for_event(TiEVENT_SYS_STARTED, NULL));
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK(wait_for_event(TiEVENT_SYS_STOPPED, NULL));
    CHECK(wait_for_event(TiEVENT_SYS_STOPPED, NULL));
    TiRtcUninit();
}

static void uninit_inside(const recorded_t *call)
{
    (void)call;
    CHECK_EQUAL(TiRtcStop(), 0);
    TiRtcUninit();
    TiRtcUninit();
    CHECK_EQUAL(TiRtcSendCommand(NULL, 0x10000, NULL, 0), TIRTC_E_NOT_INITIALIZED);
}

TEST(uninit_inside_a_callback_takes_effect_when_it_returns)
{
    for (int i = 0; i < 20; i++) {
        set_up(silent_endpoint);
        recorder_set_hook(uninit_inside);
        CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
        CHECK(wait_for_event(TiEVENT_SYS_STARTED, NULL));
        if (i % 2 == 0) {
            TiRtcUninit(); /* waits for the other one */
            CHECK(!recorder_is_busy());
        }
        recorder_wait_until_idle();       /* or the hook would take down the next round */
        CHECK_EQUAL(recorder_total(), 1); /* no SYS_STOPPED any more */
    }
    TiRtcUninit();
}

static void start_over_inside(const recorded_t *call)
{
    if (recorder_total() == 1) {
        (void)call;
        TiRtcUninit();
        CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, silent_endpoint, (uint32_t)strlen(silent_endpoint)), 0);
        CHECK_EQUAL(TiRtcInit(), 0);
        CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
    }
}

TEST(everything_may_be_started_over_inside_a_callback)
{
    set_up(silent_endpoint);
    recorder_set_hook(start_over_inside);
    CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
    CHECK(wait_for_event(TiEVENT_SYS_STARTED, NULL));
    CHECK(wait_for_event(TiEVENT_SYS_STARTED, NULL));
    TiRtcUninit();
}

static pthread_barrier_t inside_callback;

static void wait_inside(const recorded_t *call)
{
    if (call->kind != ON_EVENT || call->value != TiEVENT_SYS_STARTED) {
        return;
    }
    pthread_barrier_wait(&inside_callback);
    struct timespec pause = {.tv_nsec = 20000000}; /* long enough for a TiRtcUninit() that does not wait to be caught */
    nanosleep(&pause, NULL);
}

TEST(uninit_waits_for_the_callback_that_is_running)
{
    set_up(silent_endpoint);
    pthread_barrier_init(&inside_callback, NULL, 2);
    recorder_set_hook(wait_inside);
    CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
    pthread_barrier_wait(&inside_callback);
    TiRtcUninit();
    CHECK(!recorder_is_busy());
    pthread_barrier_destroy(&inside_callback);
}

TEST(options_and_the_secret_are_forgotten_by_uninit)
{
    set_up(silent_endpoint);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SECRET_KEY, "secret", 6), 0);
    CHECK_EQUAL(TiRtcStart("device-1", &recorder_callbacks), 0);
    TiRtcUninit();
    CHECK_EQUAL(TiRtcInit(), 0);
    CHECK_EQUAL(TiRtcStart("device-1", &recorder_callbacks), TIRTC_E_NO_SECRET_KEY);
    TiRtcUninit();
}

static atomic_bool callers_run;

static void *call_all_the_time(void *unused)
{
    char byte = 0;
    while (atomic_load(&callers_run)) {
        int code = TiRtcSendCommand((tirtc_conn_t)(uintptr_t)0x10001, 0x10000, &byte, 1);
        CHECK(code == TIRTC_E_NOT_INITIALIZED || code == TIRTC_E_INVALID_HANDLE);
        code = TiRtcConnect("device-1", "token", recorder_connected, NULL);
        CHECK(code == TIRTC_E_NOT_INITIALIZED || code == TIRTC_E_BUSY || code == 0);
    }
    return unused;
}

TEST(calls_from_other_threads_survive_uninit)
{
    pthread_t threads[3];
    atomic_store(&callers_run, true);
    for (int i = 0; i < 3; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, call_all_the_time, NULL) == 0);
    }
    for (int i = 0; i < 30; i++) {
        set_up(refusing_endpoint);
        CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
        CHECK(wait_for_event(TiEVENT_SYS_STARTED, NULL));
        TiRtcUninit();
        CHECK(!recorder_is_busy());
    }
    atomic_store(&callers_run, false);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* Answers one request on the listener. */
static void *redirect_once(void *unused)
{
    static const char answer[] = "HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n";
    char scrap[2048];
    int fd = accept(listener, NULL, NULL);
    if (fd >= 0) {
        CHECK(recv(fd, scrap, sizeof scrap, 0) > 0);
        CHECK(send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) == (ssize_t)sizeof answer - 1);
        shutdown(fd, SHUT_WR);
        while (recv(fd, scrap, sizeof scrap, 0) > 0) {
        }
        close(fd);
    }
    return unused;
}

TEST(a_redirect_is_reported_and_not_followed)
{
    pthread_t thread;
    recorded_t call;
    REQUIRE(pthread_create(&thread, NULL, redirect_once, NULL) == 0);
    set_up(silent_endpoint);
    CHECK_EQUAL(TiRtcStart("device-1,secret", &recorder_callbacks), 0);
    REQUIRE(wait_for_event(TiEVENT_ACCESS_HIJACKING, &call));
    CHECK_EQUAL(call.size, strlen("http://login.example/"));
    CHECK_BYTES(call.data, "http://login.example/", call.size);
    CHECK(wait_for_event(TIRTC_EVENT_START_FAILED, &call));
    TIRTCRETRYINFO info;
    memcpy(&info, call.data, sizeof info);
    CHECK_EQUAL(info.error, TIRTC_E_UNEXPECTED_RESPONSE);
    CHECK(info.retry_in_ms > 0);
    TiRtcUninit();
    pthread_join(thread, NULL);
}

static void open_endpoints(void)
{
    uint16_t port;
    int refusing =
        listen_on_loopback(&port); /* bound and not listening: the number stays ours, and dials are refused */
    REQUIRE(refusing >= 0);
    snprintf(refusing_endpoint, sizeof refusing_endpoint, "http://127.0.0.1:%u", port);
    listener = listen_on_loopback(&port);
    REQUIRE(listen(listener, 64) == 0);
    snprintf(silent_endpoint, sizeof silent_endpoint, "http://127.0.0.1:%u", port);
}

int main(void)
{
    open_endpoints();
    RUN(a_redirect_is_reported_and_not_followed); /* first: later tests leave links in the listener's queue */
    RUN(a_start_that_fails_is_reported_with_its_error_and_tried_again);
    RUN(a_client_is_started_at_once_without_a_network);
    RUN(stop_is_answered_once_for_each_start_and_within_a_second);
    RUN(stop_without_start_has_no_event);
    RUN(a_second_start_is_the_same_one_or_refused);
    RUN(start_right_after_stop_begins_a_new_session);
    RUN(an_option_set_too_late_is_taken_with_a_warning);
    RUN(a_connect_ends_with_its_error_in_its_own_callback);
    RUN(a_bad_connect_is_explained_in_the_log);
    RUN(a_connect_without_a_start_is_explained_in_the_log);
    RUN(the_log_names_the_endpoint_that_was_not_reached);
    RUN(stop_ends_a_connect_under_way_before_it_is_stopped);
    RUN(uninit_right_after_stop_reports_that_the_start_has_stopped);
    RUN(uninit_without_stop_reports_that_every_start_has_stopped);
    RUN(nothing_new_begins_while_uninit_reports_what_is_owed);
    RUN(init_inside_a_callback_that_uninit_waits_for_begins_again);
    RUN(uninit_ends_pending_connects_and_then_the_start);
    RUN(stop_works_inside_a_callback);
    RUN(start_works_inside_the_stopped_event);
    RUN(uninit_inside_a_callback_takes_effect_when_it_returns);
    RUN(everything_may_be_started_over_inside_a_callback);
    RUN(uninit_waits_for_the_callback_that_is_running);
    RUN(options_and_the_secret_are_forgotten_by_uninit);
    RUN(calls_from_other_threads_survive_uninit);
    return check_result();
}
