/* The WebSocket handshake, as the client writes and reads it (RFC 6455 section 4). */
#include "../../native/core/ws_accept_key.h"
#include "../../native/wire/websocket.h"
#include "check.h"
#include "support/guard.h"

/* The example of RFC 6455 section 1.3 */
static const char key_text[] = "dGhlIHNhbXBsZSBub25jZQ==";
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

#define UPGRADE "Upgrade: websocket\r\n"
#define CONNECTION "Connection: Upgrade\r\n"
#define ACCEPTED "Sec-WebSocket-Accept: " ACCEPT "\r\n"
#define PROTOCOL "Sec-WebSocket-Protocol: tirtc.v1\r\n"
#define SWITCHING "HTTP/1.1 101 Switching Protocols\r\n"
#define GOOD_HEAD SWITCHING UPGRADE CONNECTION ACCEPTED PROTOCOL "\r\n"

static guard_t guard;

/* Read the first `size` bytes of `input`, which end at the guard page. */
static int read_part(const char *input, size_t size, ti_ws_response_t *response)
{
    return ti_ws_read_response(guard_put(&guard, ti_span(input, size)), ACCEPT, response);
}

static int read_whole(const char *input, ti_ws_response_t *response)
{
    return read_part(input, strlen(input), response);
}

static bool is_upgrade(const char *head)
{
    ti_ws_response_t response;
    CHECK_EQUAL(read_whole(head, &response), strlen(head));
    CHECK_EQUAL(response.status, 101);
    return response.upgraded;
}

TEST(the_request_carries_what_an_upgrade_needs)
{
    char buffer[256];
    ti_text_t text;
    ti_text_init(&text, buffer, sizeof buffer);
    ti_ws_add_upgrade_headers(&text, key_text);
    const char expected[] = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: tirtc.v1\r\n";
    CHECK(!text.cut);
    CHECK(ti_span_equal(ti_text_span(&text), TI_SPAN(expected)));
}

TEST(the_accept_text_is_that_of_the_standard)
{
    char accept[TI_WS_ACCEPT_CHARS];
    ti_ws_accept_text(key_text, accept);
    CHECK_BYTES(accept, ACCEPT, sizeof accept);
}

TEST(a_good_head_is_read_whole_and_wants_more_at_every_byte_before)
{
    ti_ws_response_t response;
    for (size_t size = 0; size < sizeof GOOD_HEAD - 1; size++) {
        CHECK_EQUAL(read_part(GOOD_HEAD, size, &response), 0);
    }
    CHECK(is_upgrade(GOOD_HEAD));
}

TEST(bytes_after_the_head_are_not_read)
{
    ti_ws_response_t response;
    CHECK_EQUAL(read_part(GOOD_HEAD "\x82\x00\x00", sizeof GOOD_HEAD - 1 + 3, &response), sizeof GOOD_HEAD - 1);
    CHECK(response.upgraded);
}

TEST(names_and_tokens_are_read_without_case_and_blanks_around_values_do_not_count)
{
    CHECK(is_upgrade(SWITCHING "UPGRADE:\t WebSocket \t\r\nconnection:keep-alive ,\tUPGRADE\r\n"
                               "sec-websocket-ACCEPT:" ACCEPT "\r\nSEC-websocket-protocol:tirtc.v1\r\n\r\n"));
    CHECK(is_upgrade(SWITCHING PROTOCOL ACCEPTED "Connection: close\r\nConnection: upgrade\r\n" UPGRADE "\r\n"));
    CHECK(is_upgrade("HTTP/1.1 101\r\nServer: a\tb \xc3\xa9: c\r\nX:\r\n" UPGRADE CONNECTION ACCEPTED PROTOCOL "\r\n"));
    CHECK(is_upgrade(SWITCHING UPGRADE CONNECTION ACCEPTED PROTOCOL "Sec-WebSocket-Extensions: \r\n\r\n"));
}

TEST(an_upgrade_without_one_of_its_parts_is_invalid)
{
    CHECK(!is_upgrade(SWITCHING CONNECTION ACCEPTED PROTOCOL "\r\n"));
    CHECK(!is_upgrade(SWITCHING UPGRADE ACCEPTED PROTOCOL "\r\n"));
    CHECK(!is_upgrade(SWITCHING UPGRADE CONNECTION PROTOCOL "\r\n"));
    CHECK(!is_upgrade(SWITCHING UPGRADE CONNECTION ACCEPTED "\r\n"));
    CHECK(!is_upgrade(SWITCHING "\r\n"));
}

TEST(an_upgrade_with_a_wrong_part_is_invalid)
{
    CHECK(!is_upgrade(SWITCHING "Upgrade: websocket2\r\n" CONNECTION ACCEPTED PROTOCOL "\r\n"));
    CHECK(!is_upgrade(SWITCHING UPGRADE "Connection: upgraded, up grade\r\n" ACCEPTED PROTOCOL "\r\n"));
    CHECK(!is_upgrade(SWITCHING UPGRADE "Connection:\r\n" ACCEPTED PROTOCOL "\r\n"));
    CHECK(!is_upgrade(SWITCHING UPGRADE CONNECTION "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" PROTOCOL
                                                   "\r\n"));
    CHECK(!is_upgrade(SWITCHING UPGRADE CONNECTION "Sec-WebSocket-Accept:\r\n" PROTOCOL "\r\n"));
    CHECK(!is_upgrade(SWITCHING UPGRADE CONNECTION ACCEPTED "Sec-WebSocket-Protocol: tirtc.v2\r\n\r\n"));
    CHECK(!is_upgrade(SWITCHING UPGRADE CONNECTION ACCEPTED "Sec-WebSocket-Protocol: Tirtc.v1\r\n\r\n"));
    CHECK(!is_upgrade(SWITCHING UPGRADE CONNECTION ACCEPTED PROTOCOL
                      "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"));
    CHECK(!is_upgrade("HTTP/1.0 101 Switching Protocols\r\n" UPGRADE CONNECTION ACCEPTED PROTOCOL "\r\n"));
}

TEST(an_upgrade_that_repeats_a_header_is_invalid)
{
    CHECK(!is_upgrade(SWITCHING UPGRADE UPGRADE CONNECTION ACCEPTED PROTOCOL "\r\n"));
    CHECK(!is_upgrade(SWITCHING UPGRADE CONNECTION ACCEPTED ACCEPTED PROTOCOL "\r\n"));
    CHECK(!is_upgrade(SWITCHING UPGRADE CONNECTION ACCEPTED PROTOCOL PROTOCOL "\r\n"));
}

TEST(other_statuses_are_given_with_where_they_point)
{
    ti_ws_response_t response;
    const char moved[] = "HTTP/1.1 302 Found\r\nContent-Length: 5\r\nlocation:  http://portal/login \r\n\r\nhello";
    CHECK_EQUAL(read_whole(moved, &response), strlen(moved) - 5);
    CHECK_EQUAL(response.status, 302);
    CHECK(!response.upgraded);
    CHECK(ti_span_equal(response.location, TI_SPAN("http://portal/login")));
    CHECK(read_whole("HTTP/1.0 307 Moved\r\nLocation: a\r\nLocation: b\r\n\r\n", &response) > 0);
    CHECK(ti_span_equal(response.location, TI_SPAN("a")));
    CHECK(read_whole("HTTP/1.1 301 Moved\r\n\r\n", &response) > 0);
    CHECK_EQUAL(response.location.size, 0);
    CHECK(read_whole("HTTP/1.1 201 Created\r\nLocation: a\r\n\r\n", &response) > 0);
    CHECK_EQUAL(response.location.size, 0);
    CHECK(read_whole("HTTP/1.1 200 OK\r\n" UPGRADE CONNECTION ACCEPTED PROTOCOL "\r\n", &response) > 0);
    CHECK(response.status == 200 && !response.upgraded);
    CHECK(read_whole("HTTP/1.1 100 Continue\r\n\r\n", &response) > 0 && response.status == 100);
    CHECK(read_whole("HTTP/1.0 599\r\n\r\n", &response) > 0 && response.status == 599);
}

/* Each is refused whole; on the way there the answer is "more" up to a byte and "no" from it on. */
static const char *const malformed[] = {
    "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "http/1.1 200 OK\r\n\r\n",
    "HTTP/2 200\r\n\r\n",
    "HTTP/1.2 200 OK\r\n\r\n",
    "HTTP/1.10 200 OK\r\n\r\n",
    "HTTP/1.1  200 OK\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 2000\r\n\r\n",
    "HTTP/1.1 2x0 OK\r\n\r\n",
    "HTTP/1.1 099 Low\r\n\r\n",
    "HTTP/1.1 600 High\r\n\r\n",
    "HTTP/1.1 -10 Low\r\n\r\n",
    "HTTP/1.1\r\n\r\n",
    "HTTP/1.1 \r\n\r\n",
    "\r\n\r\n",
    " HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\n\n",                   /* bare LF */
    "HTTP/1.1 200 OK\r\r\n\r\n",             /* bare CR */
    "HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n", /* bare LF in a header */
    "HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n", /* bare CR in a header */
    "HTTP/1.1 200 OK\r\nA: b\rxC: d\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",     /* folded with a space */
    "HTTP/1.1 200 OK\r\nA: b\r\n\tc: d\r\n\r\n", /* folded with a tab */
    "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",          /* a blank before the colon */
    "HTTP/1.1 200 OK\r\n: b\r\n\r\n",            /* no name */
    "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: \x01\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: \x1b[2J\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: \x7f\r\n\r\n",
};

TEST(anything_that_is_not_an_http_response_is_refused_as_soon_as_it_shows)
{
    ti_ws_response_t response;
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        int before = 0;
        for (size_t size = 0; size <= strlen(malformed[i]); size++) {
            int result = read_part(malformed[i], size, &response);
            CHECK(result == before || (before == 0 && result == -1));
            before = result;
        }
        CHECK_EQUAL(before, -1);
    }
    CHECK_EQUAL(read_part("HTTP/1.1 200 O\0K\r\n\r\n", 20, &response), -1);
    CHECK_EQUAL(read_part("HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", 25, &response), -1);
}

TEST(another_protocol_is_recognised_by_its_first_byte)
{
    ti_ws_response_t response;
    CHECK_EQUAL(read_part("S", 1, &response), -1);
    CHECK_EQUAL(read_part("\x15\x03\x03", 3, &response), -1);
    CHECK_EQUAL(read_part("HTTP/2", 6, &response), -1);
}

/* A head of exactly `size` bytes. */
static void make_head(char *head, size_t size)
{
    const char start[] = "HTTP/1.1 200 OK\r\nA: ";
    memset(head, 'x', size);
    memcpy(head, start, sizeof start - 1);
    memcpy(head + size - 4, "\r\n\r\n", 4);
}

TEST(a_head_may_have_4096_bytes_and_not_one_more)
{
    char head[TI_WS_MAX_RESPONSE_BYTES + 1];
    ti_ws_response_t response;
    make_head(head, TI_WS_MAX_RESPONSE_BYTES);
    CHECK_EQUAL(read_part(head, TI_WS_MAX_RESPONSE_BYTES - 1, &response), 0);
    CHECK_EQUAL(read_part(head, TI_WS_MAX_RESPONSE_BYTES, &response), TI_WS_MAX_RESPONSE_BYTES);
    CHECK_EQUAL(read_part(head, TI_WS_MAX_RESPONSE_BYTES + 1, &response), TI_WS_MAX_RESPONSE_BYTES);
    make_head(head, TI_WS_MAX_RESPONSE_BYTES + 1);
    CHECK_EQUAL(read_part(head, TI_WS_MAX_RESPONSE_BYTES - 1, &response), 0);
    CHECK_EQUAL(read_part(head, TI_WS_MAX_RESPONSE_BYTES, &response), -1);
    CHECK_EQUAL(read_part(head, TI_WS_MAX_RESPONSE_BYTES + 1, &response), -1);
}

int main(void)
{
    guard_open(&guard, 2 * TI_WS_MAX_RESPONSE_BYTES);
    RUN(the_request_carries_what_an_upgrade_needs);
    RUN(the_accept_text_is_that_of_the_standard);
    RUN(a_good_head_is_read_whole_and_wants_more_at_every_byte_before);
    RUN(bytes_after_the_head_are_not_read);
    RUN(names_and_tokens_are_read_without_case_and_blanks_around_values_do_not_count);
    RUN(an_upgrade_without_one_of_its_parts_is_invalid);
    RUN(an_upgrade_with_a_wrong_part_is_invalid);
    RUN(an_upgrade_that_repeats_a_header_is_invalid);
    RUN(other_statuses_are_given_with_where_they_point);
    RUN(anything_that_is_not_an_http_response_is_refused_as_soon_as_it_shows);
    RUN(another_protocol_is_recognised_by_its_first_byte);
    RUN(a_head_may_have_4096_bytes_and_not_one_more);
    guard_close(&guard);
    return check_result();
}
