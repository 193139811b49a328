/* The reader of HTTP responses: whole, byte by byte, at its limits, and with malformed input. */
#include "../../native/facade/http_answer.h"
#include "check.h"
#include "tirtc_errors.h"

static ti_http_answer_t answer;

static int feed(const char *text)
{
    return ti_http_answer_feed(&answer, ti_span(text, strlen(text)));
}

/* Both ways must end alike. */
static int read_both_ways(const char *text)
{
    memset(&answer, 0, sizeof answer);
    int whole = feed(text);
    memset(&answer, 0, sizeof answer);
    int result = 0;
    for (const char *at = text; *at != '\0' && result == 0; at++) {
        result = ti_http_answer_feed(&answer, ti_span(at, 1));
    }
    CHECK_EQUAL(result, whole);
    return whole;
}

TEST(a_body_has_the_length_that_was_said)
{
    CHECK_EQUAL(read_both_ways("HTTP/1.1 200 OK\r\ncontent-LENGTH: \t5 \r\nX: y\r\n\r\nhello, and no more"), 1);
    CHECK_EQUAL(answer.status, 200);
    CHECK(strcmp(answer.body, "hello") == 0);
    CHECK_EQUAL(read_both_ways("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello"), 0);
    CHECK_EQUAL(ti_http_answer_end(&answer), TIRTC_E_HTTP_PEER_CLOSED);
}

TEST(chunks_are_put_together)
{
    CHECK_EQUAL(read_both_ways("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: Chunked\r\nContent-Length: 3\r\n\r\n"
                               "5\r\nhello\r\n00A;ext=\"1\"\r\n, world 10\r\n0\r\nTrailer: x\r\n\r\n"),
                1);
    CHECK_EQUAL(answer.status, 404);
    CHECK(strcmp(answer.body, "hello, world 10") == 0);
    CHECK_EQUAL(read_both_ways("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 1);
    CHECK_EQUAL(answer.body_size, 0);
}

TEST(without_a_length_the_body_goes_to_the_end)
{
    CHECK_EQUAL(read_both_ways("HTTP/1.0 200 OK\r\n\r\nall of it"), 0);
    CHECK_EQUAL(ti_http_answer_end(&answer), 1);
    CHECK(strcmp(answer.body, "all of it") == 0);
}

TEST(some_answers_have_no_body)
{
    CHECK_EQUAL(read_both_ways("HTTP/1.1 204 No Content\r\n\r\n"), 1);
    CHECK_EQUAL(read_both_ways("HTTP/1.1 304 Not Modified\r\n\r\n"), 1);
    CHECK_EQUAL(read_both_ways("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"), 1);
}

TEST(interim_answers_are_passed_over)
{
    CHECK_EQUAL(read_both_ways("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx"), 1);
    CHECK_EQUAL(answer.status, 201);
    CHECK_EQUAL(read_both_ways("HTTP/1.1 101 Switching Protocols\r\n\r\n"), TIRTC_E_UNEXPECTED_RESPONSE);
}

TEST(a_status_above_599_and_blanks_in_a_header_name_are_read)
{
    CHECK_EQUAL(read_both_ways("HTTP/1.1 999 Request denied\r\nContent-Length: 2\r\n\r\nno"), 1);
    CHECK_EQUAL(answer.status, 999);
    CHECK_EQUAL(read_both_ways("HTTP/1.1 200 OK\r\nServer : old\r\nContent-Length: 2\r\n\r\nok"), 1);
    CHECK(strcmp(answer.body, "ok") == 0);
    CHECK_EQUAL(read_both_ways("HTTP/1.1 200 OK\r\nSet-Cookie: a=b;\r\n expires=Thu, 01 Jan 2026 00:00:00 GMT\r\n"
                               "Content-Length: 2\r\n\r\nok"),
                1);
    CHECK(strcmp(answer.body, "ok") == 0);
}

TEST(malformed_responses_are_refused)
{
    static const char *const refused[] = {
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 20x OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 No\r\n\r\n",
        "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK_EQUAL(read_both_ways(refused[i]), TIRTC_E_UNEXPECTED_RESPONSE);
    }
}

static void feed_filler(size_t size, int expected)
{
    for (size_t i = 0; i + 1 < size; i++) {
        REQUIRE(feed("x") == 0);
    }
    CHECK_EQUAL(feed("x"), expected);
}

TEST(a_head_has_at_most_4096_bytes)
{
    static const char start[] = "HTTP/1.1 200 OK\r\nX: ";
    memset(&answer, 0, sizeof answer);
    CHECK_EQUAL(feed(start), 0);
    feed_filler(TI_HTTP_MAX_HEAD_BYTES - strlen(start) - 4, 0);
    CHECK_EQUAL(feed("\r\n\r\n"), 0);
    CHECK_EQUAL(answer.state, TI_HTTP_UNTIL_END);
    memset(&answer, 0, sizeof answer);
    CHECK_EQUAL(feed(start), 0);
    feed_filler(TI_HTTP_MAX_HEAD_BYTES - strlen(start) - 3, 0);
    CHECK_EQUAL(feed("\r\n\r\n"), TIRTC_E_HTTP_HEADER);
}

TEST(a_body_has_at_most_64_kib)
{
    memset(&answer, 0, sizeof answer);
    CHECK_EQUAL(feed("HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n"), 0);
    feed_filler(TI_HTTP_MAX_BODY_BYTES, 1);
    CHECK_EQUAL(answer.body_size, 65536);
    CHECK_EQUAL(read_both_ways("HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n"), TIRTC_E_LACK_OF_RESOURCE);
    CHECK_EQUAL(read_both_ways("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"),
                TIRTC_E_LACK_OF_RESOURCE);
    CHECK_EQUAL(read_both_ways("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n"),
                TIRTC_E_LACK_OF_RESOURCE);
    memset(&answer, 0, sizeof answer);
    CHECK_EQUAL(feed("HTTP/1.1 200 OK\r\n\r\n"), 0);
    feed_filler(TI_HTTP_MAX_BODY_BYTES + 1, TIRTC_E_LACK_OF_RESOURCE);
}

int main(void)
{
    RUN(a_body_has_the_length_that_was_said);
    RUN(chunks_are_put_together);
    RUN(without_a_length_the_body_goes_to_the_end);
    RUN(some_answers_have_no_body);
    RUN(interim_answers_are_passed_over);
    RUN(a_status_above_599_and_blanks_in_a_header_name_are_read);
    RUN(malformed_responses_are_refused);
    RUN(a_head_has_at_most_4096_bytes);
    RUN(a_body_has_at_most_64_kib);
    return check_result();
}
