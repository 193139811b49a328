/* TiRtcServiceRequest() against a small HTTP server of the test's own. */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <netinet/in.h>
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
    if (head_end == NULL || length == NULL) {
        return sizeof server.request;
    }
    return (size_t)(head_end + 4 - server.request) + (size_t)strtoul(length + 16, NULL, 10);
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
    int code = TiRtcServiceRequest("/v1/thing", "{}", NULL, answered, NULL);
    pthread_join(server.thread, NULL);
    return code;
}

TEST(the_response_is_reported_before_the_call_returns_on_the_same_thread)
{
    set_up("/prefix//");
    answer_next_with("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"code\":0}\n");
    CHECK_EQUAL(TiRtcServiceRequest("/v1/thing?x=1", "{\"a\":1}", "to.ken", answered, &port), 0);
    CHECK_EQUAL(callbacks, 1);
    CHECK(callback_user == &port && pthread_equal(callback_thread, pthread_self()));
    CHECK(strcmp(body, "{\"code\":0}\n") == 0);
    pthread_join(server.thread, NULL);
    char expected[64];
    CHECK(strncmp(server.request, "POST /prefix/v1/thing?x=1 HTTP/1.1\r\n", 36) == 0);
    snprintf(expected, sizeof expected, "\r\nHost: 127.0.0.1:%u\r\n", port);
    CHECK(strstr(server.request, expected) != NULL);
    CHECK(strstr(server.request, "\r\nAuthorization: Bearer to.ken\r\n") != NULL);
    CHECK(strstr(server.request, "\r\nContent-Length: 7\r\n") != NULL);
    CHECK(strcmp(server.request + server.request_size - 7, "{\"a\":1}") == 0);
    TiRtcUninit();
}

TEST(chunks_and_bodies_without_a_length_are_read)
{
    set_up("");
    CHECK_EQUAL(request("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), 0);
    CHECK(strcmp(body, "abcde") == 0);
    CHECK_EQUAL(request("HTTP/1.1 200 OK\r\n\r\nup to the end"), 0);
    CHECK(strcmp(body, "up to the end") == 0);
    CHECK(strstr(server.request, "Authorization") == NULL);
    TiRtcUninit();
}

TEST(a_status_that_is_not_success_is_an_error_with_its_body)
{
    set_up("");
    CHECK_EQUAL(request("HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\noops"), TIRTC_E_SERVER_ERROR);
    CHECK(callbacks == 1 && strcmp(body, "oops") == 0);
    CHECK_EQUAL(request("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"), TIRTC_E_SERVER_ERROR);
    CHECK_EQUAL(request("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"), TIRTC_E_UNEXPECTED_RESPONSE);
    CHECK_EQUAL(request("HTTP/1.1 302 No\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"), TIRTC_E_UNEXPECTED_RESPONSE);
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
    CHECK_EQUAL(TiRtcServiceRequest("/", json, NULL, answered, NULL), TIRTC_E_INVALID_PARAMETER);
    json[65536] = '\0';
    answer_next_with("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
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
    CHECK_EQUAL(TiRtcServiceRequest("/", NULL, NULL, answered, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("json must be"));
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
    RUN(the_response_is_reported_before_the_call_returns_on_the_same_thread);
    RUN(chunks_and_bodies_without_a_length_are_read);
    RUN(a_status_that_is_not_success_is_an_error_with_its_body);
    RUN(a_malformed_response_is_an_error_without_a_callback);
    RUN(a_request_has_at_most_64_kib);
    RUN(arguments_are_checked_and_secrets_not_logged);
    RUN(it_is_refused_inside_a_callback);
    RUN(uninit_does_not_wait_for_an_answer_that_does_not_come);
    RUN(no_answer_in_ten_seconds_is_a_timeout);
    RUN(a_service_that_is_not_there_is_an_error);
    return check_result();
}
