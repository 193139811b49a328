/* TiRtcServiceRequest() against a small HTTP server of the test's own. */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "support/log_capture.h"
#include "support/recorder.h"

enum { MAX_BYTES = 70000 };

static int listener;
static uint16_t port;
static char body[MAX_BYTES];
static int callbacks;
static void *callback_user;
static pthread_t callback_thread;

/* What the server does with the next request. */
static struct {
    pthread_t thread;
    const char *answer; /* NULL: none, until the other side gives up */
    char request[MAX_BYTES];
    size_t request_size;
} server;

static size_t bytes_expected(void)
{
    const char *head_end = strstr(server.request, "\r\n\r\n");
    const char *length = strstr(server.request, "Content-Length: ");
    if (head_end == NULL) {
        return sizeof server.request;
    }
    size_t head = (size_t)(head_end + 4 - server.request);
    return length == NULL ? head : head + (size_t)strtoul(length + 16, NULL, 10);
}

static void *serve_once(void *unused)
{
    char scrap[256];
    int fd = accept(listener, NULL, NULL);
    REQUIRE(fd >= 0);
    server.request_size = 0;
    server.request[0] = '\0';
    while (server.request_size < bytes_expected()) {
        size_t room = sizeof server.request - 1 - server.request_size;
        ssize_t got = recv(fd, server.request + server.request_size, room, 0);
        if (got <= 0) {
            break;
        }
        server.request_size += (size_t)got;
        server.request[server.request_size] = '\0';
    }
    if (server.answer != NULL) {
        size_t size = strlen(server.answer);
        CHECK(send(fd, server.answer, size, MSG_NOSIGNAL) == (ssize_t)size);
        shutdown(fd, SHUT_WR);
    }
    while (recv(fd, scrap, sizeof scrap, 0) > 0) {
    }
    close(fd);
    return unused;
}

static void answer_next_with(const char *answer)
{
    server.answer = answer;
    REQUIRE(pthread_create(&server.thread, NULL, serve_once, NULL) == 0);
}

static void answered(const char *text, void *user)
{
    callbacks++;
    callback_user = user;
    callback_thread = pthread_self();
    snprintf(body, sizeof body, "%s", text);
}

static void set_up(const char *path)
{
    char endpoint[64];
    recorder_reset();
    callbacks = 0;
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u%s", port, path);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, sizeof endpoint), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
}

/* One request and its answer. */
static int request(const char *answer)
{
    answer_next_with(answer);
    callbacks = 0;
    int code = TiRtcServiceRequest("/v1/thing", "{}", NULL, answered, NULL);
    pthread_join(server.thread, NULL);
    return code;
}

/* One request that is answered with a status and a body. */
static int request_answered(int status, const char *json)
{
    static char answer[MAX_BYTES];
    snprintf(answer, sizeof answer, "HTTP/1.1 %d Words\r\nContent-Length: %zu\r\nLocation: /elsewhere\r\n\r\n%s",
             status, strlen(json), json);
    return request(answer);
}

static bool got_data(const char *data)
{
    return callbacks == 1 && strcmp(body, data) == 0;
}

TEST(the_data_is_reported_before_the_call_returns_on_the_same_thread)
{
    set_up("/prefix//");
    answer_next_with("HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n{\"code\":0,\"data\":{\"k\" : 1}}");
    CHECK_EQUAL(TiRtcServiceRequest("/v1/thing?x=1", "{\"a\":1}", "to.ken", answered, &port), 0);
    CHECK(got_data("{\"k\":1}"));
    CHECK(callback_user == &port && pthread_equal(callback_thread, pthread_self()));
    pthread_join(server.thread, NULL);
    char expected[64];
    CHECK(strncmp(server.request, "POST /prefix/v1/thing?x=1 HTTP/1.1\r\n", 36) == 0);
    snprintf(expected, sizeof expected, "\r\nHost: 127.0.0.1:%u\r\n", port);
    CHECK(strstr(server.request, expected) != NULL);
    CHECK(strstr(server.request, "\r\nAuthorization: Bearer to.ken\r\n") != NULL);
    CHECK(strstr(server.request, "\r\nContent-Type: application/json\r\n") != NULL);
    CHECK(strstr(server.request, "\r\nContent-Length: 7\r\n") != NULL);
    CHECK(strcmp(server.request + server.request_size - 7, "{\"a\":1}") == 0);
    TiRtcUninit();
}

TEST(without_json_the_request_is_a_get_without_a_body)
{
    set_up("");
    answer_next_with("HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{\"code\":0,\"data\":\"x\"}");
    CHECK_EQUAL(TiRtcServiceRequest("/v1/thing?x=1", NULL, "to.ken", answered, NULL), 0);
    CHECK(got_data("\"x\""));
    pthread_join(server.thread, NULL);
    CHECK(strncmp(server.request, "GET /v1/thing?x=1 HTTP/1.1\r\n", 28) == 0);
    CHECK(strstr(server.request, "\r\nAuthorization: Bearer to.ken\r\n") != NULL);
    CHECK(strstr(server.request, "Content-") == NULL);
    CHECK(strcmp(server.request + server.request_size - 4, "\r\n\r\n") == 0);
    TiRtcUninit();
}

TEST(only_a_successful_answer_with_data_calls_back)
{
    set_up("");
    CHECK_EQUAL(request_answered(200, "{\"code\":0,\"message\":\"ok\",\"data\":{\"k\":1}}"), 0);
    CHECK(got_data("{\"k\":1}"));
    CHECK_EQUAL(request_answered(201, " {\"code\" : 200 ,\r\n\t\"data\" : [ 1, \"a b\" ] } "), 0);
    CHECK(got_data("[1,\"a b\"]"));
    CHECK_EQUAL(request_answered(200, "{\"code\":0,\"data\":false}"), 0);
    CHECK(got_data("false"));
    CHECK_EQUAL(request_answered(200, "{\"code\":0,\"message\":\"ok\"}"), 0);
    CHECK_EQUAL(callbacks, 0);
    CHECK_EQUAL(request_answered(200, "{\"code\":0,\"data\":null}"), 0);
    CHECK_EQUAL(callbacks, 0);
    CHECK_EQUAL(request_answered(200, "{\"code\":1001,\"message\":\"bad\",\"data\":{\"k\":1}}"), 1001);
    CHECK_EQUAL(callbacks, 0);
    TiRtcUninit();
}

TEST(the_callback_may_be_null)
{
    set_up("");
    answer_next_with("HTTP/1.1 200 OK\r\n\r\n{\"code\":0,\"data\":1}");
    CHECK_EQUAL(TiRtcServiceRequest("/v1/thing", "{}", NULL, NULL, NULL), 0);
    pthread_join(server.thread, NULL);
    TiRtcUninit();
}

TEST(a_code_of_the_service_above_599_is_returned)
{
    set_up("");
    CHECK_EQUAL(request_answered(200, "{\"code\":600}"), 600);
    CHECK_EQUAL(request_answered(200, "{\"code\":2147483647,\"message\":null}"), 2147483647);
    CHECK_EQUAL(callbacks, 0);
    TiRtcUninit();
}

TEST(an_http_status_of_300_to_599_is_returned)
{
    static const int statuses[] = {300, 302, 304, 400, 401, 403, 404, 500, 503, 599};
    set_up("");
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        CHECK_EQUAL(request_answered(statuses[i], "{\"code\":0,\"data\":1}"), statuses[i]);
        CHECK_EQUAL(callbacks, 0);
    }
    CHECK_EQUAL(request_answered(404, "<html>"), 404);
    CHECK_EQUAL(request_answered(500, ""), 500);
    TiRtcUninit();
}

TEST(an_answer_without_a_valid_envelope_is_an_unexpected_response)
{
    static const char *const refused[] = {
        "",
        "hello",
        "[]",
        "null",
        "{}",
        "{\"data\":1}",
        "{\"code\":\"0\",\"data\":1}",
        "{\"code\":1,\"data\":1}",
        "{\"code\":599,\"data\":1}",
        "{\"code\":-1,\"data\":1}",
        "{\"code\":0.5,\"data\":1}",
        "{\"code\":2147483648,\"data\":1}",
        "{\"code\":null,\"data\":1}",
        "{\"code\":0,\"data\":1",
        "{\"code\":0,\"data\":}",
        "{\"code\":0,\"data\":1}x",
        "{\"code\":0,\"data\":\"\xff\"}",
    };
    set_up("");
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK_EQUAL(request_answered(200, refused[i]), TIRTC_E_UNEXPECTED_RESPONSE);
        CHECK_EQUAL(callbacks, 0);
    }
    CHECK_EQUAL(request_answered(999, "{\"code\":0,\"data\":1}"), TIRTC_E_UNEXPECTED_RESPONSE);
    CHECK_EQUAL(request("HTTP/1.1 204 No Content\r\n\r\n"), TIRTC_E_UNEXPECTED_RESPONSE);
    CHECK_EQUAL(callbacks, 0);
    TiRtcUninit();
}

TEST(an_answer_may_be_nested_32_deep)
{
    char json[128];
    set_up("");
    for (int arrays = 31; arrays <= 32; arrays++) {
        char *at = json + snprintf(json, sizeof json, "{\"code\":0,\"data\":");
        memset(at, '[', (size_t)arrays);
        memset(at + arrays, ']', (size_t)arrays);
        strcpy(at + 2 * arrays, "}");
        CHECK_EQUAL(request_answered(200, json), arrays == 31 ? 0 : TIRTC_E_UNEXPECTED_RESPONSE);
        CHECK_EQUAL(callbacks, arrays == 31);
    }
    TiRtcUninit();
}

TEST(a_redirect_is_not_followed)
{
    set_up("");
    answer_next_with("HTTP/1.1 307 Go\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    log_capture_begin();
    CHECK_EQUAL(TiRtcServiceRequest("/v1/thing", NULL, "to.ken", answered, NULL), 307);
    pthread_join(server.thread, NULL);
    CHECK(log_capture_has("HTTP status 307; redirects are not followed"));
    TiRtcLogSetCallback(NULL);
    /* No other request arrived meanwhile. */
    struct pollfd waiting = {.fd = listener, .events = POLLIN};
    CHECK_EQUAL(poll(&waiting, 1, 0), 0);
    TiRtcUninit();
}

TEST(a_failure_is_logged_with_path_status_code_and_message)
{
    set_up("");
    log_capture_begin();
    answer_next_with("HTTP/1.1 403 No\r\n\r\n"
                     "{\"code\":1001,\"message\":\"not\\u0020you\\n\\ud83c\\udfa5 " /* then the token */
                     "hunter2.hunter2.hunter2\"}");
    CHECK_EQUAL(TiRtcServiceRequest("/v1/thing?key=value", "{}", "hunter2.hunter2.hunter2", answered, NULL), 403);
    pthread_join(server.thread, NULL);
    CHECK(log_capture_has("POST /v1/thing: HTTP status 403, code 1001, message \"not you?\xf0\x9f\x8e\xa5 ...\""));
    CHECK(!log_capture_has("hunter2") && !log_capture_has("key=value"));
    log_capture_clear();
    CHECK_EQUAL(request_answered(200, "hello"), TIRTC_E_UNEXPECTED_RESPONSE);
    CHECK(log_capture_has("POST /v1/thing: HTTP status 200, but the body is not {\"code\": 0,"));
    log_capture_clear();
    CHECK_EQUAL(request_answered(200, "{\"code\":600,\"message\":\"\"}"), 600);
    CHECK(log_capture_has("POST /v1/thing: HTTP status 200, code 600"));
    TiRtcLogSetCallback(NULL);
    TiRtcUninit();
}

TEST(chunks_and_bodies_without_a_length_are_read)
{
    set_up("");
    CHECK_EQUAL(request("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "a\r\n{\"code\":0,\r\n9\r\n\"data\":7}\r\n0\r\n\r\n"),
                0);
    CHECK(got_data("7"));
    CHECK_EQUAL(request("HTTP/1.1 200 OK\r\n\r\n{\"code\":0,\"data\":\"up to the end\"}"), 0);
    CHECK(got_data("\"up to the end\""));
    CHECK(strstr(server.request, "Authorization") == NULL);
    TiRtcUninit();
}

TEST(a_malformed_response_is_an_error_without_a_callback)
{
    set_up("");
    CHECK_EQUAL(request("hello\r\n\r\n"), TIRTC_E_UNEXPECTED_RESPONSE);
    CHECK_EQUAL(request("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"), TIRTC_E_HTTP_PEER_CLOSED);
    CHECK_EQUAL(request("HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n"), TIRTC_E_LACK_OF_RESOURCE);
    CHECK_EQUAL(request(""), TIRTC_E_HTTP_PEER_CLOSED);
    CHECK_EQUAL(callbacks, 0);
    TiRtcUninit();
}

TEST(a_request_has_at_most_64_kib)
{
    static char json[65538];
    memset(json, 'x', sizeof json - 1);
    set_up("");
    log_capture_begin();
    CHECK_EQUAL(TiRtcServiceRequest("/", json, NULL, answered, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("json must be at most 65536 bytes"));
    TiRtcLogSetCallback(NULL);
    json[65536] = '\0';
    answer_next_with("HTTP/1.1 200 OK\r\n\r\n{\"code\":0}");
    CHECK_EQUAL(TiRtcServiceRequest("/", json, NULL, NULL, NULL), 0);
    pthread_join(server.thread, NULL);
    CHECK(server.request_size > 65536);
    TiRtcUninit();
}

TEST(arguments_are_checked_and_secrets_not_logged)
{
    CHECK_EQUAL(TiRtcServiceRequest("/", "{}", NULL, answered, NULL), TIRTC_E_NOT_INITIALIZED);
    set_up("");
    log_capture_begin();
    CHECK_EQUAL(TiRtcServiceRequest(NULL, "{}", NULL, answered, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcServiceRequest("v1", "{}", NULL, answered, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcServiceRequest("/a b", "{}", NULL, answered, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcServiceRequest("/a\r\nX: y", "{}", NULL, answered, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("path must begin with /"));
    CHECK_EQUAL(TiRtcServiceRequest("/", "{}", "se cret", answered, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcServiceRequest("/", "{}", "", answered, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("token must be") && !log_capture_has("se cret"));
    TiRtcLogSetCallback(NULL);
    TiRtcUninit();
}

static int code_inside;

static void request_inside(const recorded_t *call)
{
    (void)call;
    code_inside = TiRtcServiceRequest("/", "{}", NULL, answered, NULL);
}

TEST(it_is_refused_inside_a_callback)
{
    set_up("");
    recorder_set_hook(request_inside);
    CHECK_EQUAL(TiRtcStart(NULL, &recorder_callbacks), 0);
    CHECK(recorder_wait(ON_EVENT, TiEVENT_SYS_STARTED, NULL, 5000));
    recorder_wait_until_idle();
    CHECK_EQUAL(code_inside, TIRTC_E_BUSY);
    TiRtcUninit();
}

static void *request_and_wait(void *code)
{
    *(int *)code = TiRtcServiceRequest("/", "{}", NULL, answered, NULL);
    return NULL;
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

TEST(uninit_does_not_wait_for_an_answer_that_does_not_come)
{
    pthread_t thread;
    int code = 0;
    set_up("");
    int fd = -1;
    REQUIRE(pthread_create(&thread, NULL, request_and_wait, &code) == 0);
    fd = accept(listener, NULL, NULL); /* it is under way */
    long before = now_ms();
    TiRtcUninit();
    CHECK(now_ms() - before < 2000);
    pthread_join(thread, NULL);
    CHECK_EQUAL(code, TIRTC_E_NOT_INITIALIZED);
    CHECK_EQUAL(callbacks, 0);
    close(fd);
}

TEST(no_answer_in_ten_seconds_is_a_timeout)
{
    set_up("");
    long before = now_ms();
    CHECK_EQUAL(request(NULL), TIRTC_E_TIMEOUTED);
    long waited = now_ms() - before;
    CHECK(waited >= 10000 && waited < 12000);
    TiRtcUninit();
}

TEST(a_service_that_is_not_there_is_an_error)
{
    set_up("");
    close(listener);
    CHECK_EQUAL(TiRtcServiceRequest("/", "{}", NULL, answered, NULL), TIRTC_E_HTTP_SERVER_DOWN);
    TiRtcUninit();
}

int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(listener >= 0 && bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 8) == 0);
    REQUIRE(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    port = ntohs(address.sin_port);
    RUN(the_data_is_reported_before_the_call_returns_on_the_same_thread);
    RUN(without_json_the_request_is_a_get_without_a_body);
    RUN(only_a_successful_answer_with_data_calls_back);
    RUN(the_callback_may_be_null);
    RUN(a_code_of_the_service_above_599_is_returned);
    RUN(an_http_status_of_300_to_599_is_returned);
    RUN(an_answer_without_a_valid_envelope_is_an_unexpected_response);
    RUN(an_answer_may_be_nested_32_deep);
    RUN(a_redirect_is_not_followed);
    RUN(a_failure_is_logged_with_path_status_code_and_message);
    RUN(chunks_and_bodies_without_a_length_are_read);
    RUN(a_malformed_response_is_an_error_without_a_callback);
    RUN(a_request_has_at_most_64_kib);
    RUN(arguments_are_checked_and_secrets_not_logged);
    RUN(it_is_refused_inside_a_callback);
    RUN(uninit_does_not_wait_for_an_answer_that_does_not_come);
    RUN(no_answer_in_ten_seconds_is_a_timeout);
    RUN(a_service_that_is_not_there_is_an_error);
    return check_result();
}
