/* TiRtcSetOption(): every option at its limits and one beyond, before TiRtcInit(). */
#include "check.h"
#include "support/log_capture.h"
#include "tiRTC.h"

static char filler[600];

static int set_text(TIRTCOPTION option, const char *text)
{
    return TiRtcSetOption(option, text, (uint32_t)strlen(text) + 1);
}

static int set_filler(TIRTCOPTION option, uint32_t size)
{
    return TiRtcSetOption(option, filler, size);
}

static int set_int(TIRTCOPTION option, int value)
{
    return TiRtcSetOption(option, &value, sizeof value);
}

static int set_u32(TIRTCOPTION option, uint32_t value)
{
    return TiRtcSetOption(option, &value, sizeof value);
}

TEST(endpoints_have_a_scheme_and_a_host)
{
    CHECK_EQUAL(set_text(TIRTC_OPT_SERVICE_ENDPOINT, "http://127.0.0.1:8080"), 0);
    CHECK_EQUAL(set_text(TIRTC_OPT_SERVICE_ENDPOINT, "ws://host.example/a/b/"), 0);
    CHECK_EQUAL(set_text(TIRTC_OPT_SERVICE_ENTRY, "http://[::1]:1"), 0);
    static const char *const refused[] = {"",
                                          "host",
                                          "ftp://host",
                                          "http://",
                                          "http:///path",
                                          "http://host:0",
                                          "http://host:65536",
                                          "http://host/?q",
                                          "http://us er@host"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK_EQUAL(set_text(TIRTC_OPT_SERVICE_ENDPOINT, refused[i]), TIRTC_E_INVALID_PARAMETER);
    }
}

TEST(an_endpoint_has_at_most_512_bytes)
{
    char url[515];
    memset(url, 'a', sizeof url);
    memcpy(url, "http://host/", 12);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, url, 512), 0);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, url, 513), TIRTC_E_INVALID_PARAMETER);
}

TEST(https_is_refused_at_once_where_there_is_no_tls)
{
    int expected = strstr(TiRtcGetBuildInfo(), "\"tls\":\"off\"") != NULL ? TIRTC_E_INVALID_PARAMETER : 0;
    CHECK_EQUAL(set_text(TIRTC_OPT_SERVICE_ENDPOINT, "https://host"), expected);
    CHECK_EQUAL(set_text(TIRTC_OPT_SERVICE_ENDPOINT, "wss://host"), expected);
}

TEST(texts_are_taken_whole_or_not_at_all)
{
    CHECK_EQUAL(set_filler(TIRTC_OPT_SECRET_KEY, 1), 0);
    CHECK_EQUAL(set_filler(TIRTC_OPT_SECRET_KEY, 63), 0);
    CHECK_EQUAL(set_filler(TIRTC_OPT_DEVICE_SECRET_KEY, 64), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(set_filler(TIRTC_OPT_ICCID, 64), 0);
    CHECK_EQUAL(set_filler(TIRTC_OPT_ICCID, 65), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(set_filler(TIRTC_OPT_APP_ID, 64), 0);
    CHECK_EQUAL(set_filler(TIRTC_OPT_APP_ID, 65), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(set_filler(TIRTC_OPT_CLIENT_ID, 64), 0);
    CHECK_EQUAL(set_filler(TIRTC_OPT_CLIENT_ID, 65), TIRTC_E_INVALID_PARAMETER);
}

TEST(texts_end_at_their_nul_or_at_len)
{
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_CLIENT_ID, "ab\0\x01", 4), 0);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_CLIENT_ID, "ab\x01", 2), 0);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_CLIENT_ID, "ab\x01", 3), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_CLIENT_ID, "ab", 0), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_APP_ID, "", 1), TIRTC_E_INVALID_PARAMETER);
}

TEST(texts_hold_only_what_their_option_allows)
{
    CHECK_EQUAL(set_text(TIRTC_OPT_CLIENT_ID, " ~"), 0);
    CHECK_EQUAL(set_text(TIRTC_OPT_CLIENT_ID, "\x7f"), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(set_text(TIRTC_OPT_CLIENT_ID, "\xc3\xa9"), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(set_text(TIRTC_OPT_APP_ID, "\xc3\xa9"), 0);
    CHECK_EQUAL(set_text(TIRTC_OPT_APP_ID, "a\r\nb"), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(set_text(TIRTC_OPT_SECRET_KEY, "\x01\xff"), 0);
}

TEST(numbers_stay_in_their_range)
{
    static const struct {
        TIRTCOPTION option;
        int least;
        int most;
    } ranges[] = {
        {TIRTC_OPT_NETWORK_TYPE, TIRTC_NETCONN_WIFI, TIRTC_NETCONN_4G},
        {TIRTC_OPT_WAKEUP, 0, 1},
        {TIRTC_OPT_RESTRICTED_NETWORK, 0, 1},
        {TIRTC_OPT_CONNECT_CACHE, 0, 1},
        {TIRTC_OPT_CONNECT_LINK_MODE, TIRTC_CONNECT_LINK_MODE_AUTO, TIRTC_CONNECT_LINK_MODE_RELAY_ONLY},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        CHECK_EQUAL(set_int(ranges[i].option, ranges[i].least), 0);
        CHECK_EQUAL(set_int(ranges[i].option, ranges[i].most), 0);
        CHECK_EQUAL(set_int(ranges[i].option, ranges[i].least - 1), TIRTC_E_INVALID_PARAMETER);
        CHECK_EQUAL(set_int(ranges[i].option, ranges[i].most + 1), TIRTC_E_INVALID_PARAMETER);
    }
    CHECK_EQUAL(set_int(TIRTC_OPT_MAX_CONNECTIONS, 1), 0);
    CHECK_EQUAL(set_int(TIRTC_OPT_MAX_CONNECTIONS, 0), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(set_int(TIRTC_OPT_MAX_CONNECTIONS, -1), TIRTC_E_INVALID_PARAMETER);
}

TEST(the_poll_timeout_answers_with_what_applies)
{
    CHECK_EQUAL(set_int(TIRTC_OPT_TGTRP_POLL_TIMEOUT, 1), 1);
    CHECK_EQUAL(set_int(TIRTC_OPT_TGTRP_POLL_TIMEOUT, 50), 50);
    CHECK_EQUAL(set_int(TIRTC_OPT_TGTRP_POLL_TIMEOUT, 0), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(set_int(TIRTC_OPT_TGTRP_POLL_TIMEOUT, 51), TIRTC_E_INVALID_PARAMETER);
}

TEST(a_send_buffer_is_the_default_or_16384_and_more)
{
    CHECK_EQUAL(set_u32(TIRTC_OPT_MAX_SEND_BUFFER, 0), 0);
    CHECK_EQUAL(set_u32(TIRTC_OPT_MAX_SEND_BUFFER, 16383), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(set_u32(TIRTC_OPT_MAX_SEND_BUFFER, 16384), 0);
    CHECK_EQUAL(set_u32(TIRTC_OPT_MAX_SEND_BUFFER, 1), TIRTC_E_INVALID_PARAMETER);
}

TEST(a_number_needs_four_bytes_at_any_address)
{
    uint8_t bytes[8] = {0};
    int one = 1;
    memcpy(bytes + 1, &one, sizeof one);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_WAKEUP, bytes + 1, 4), 0);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_WAKEUP, bytes + 1, 3), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_WAKEUP, bytes + 1, 7), 0);
}

TEST(null_and_unknown_options_are_refused)
{
    for (int option = TIRTC_OPT_SERVICE_ENDPOINT; option <= TIRTC_OPT_TGTRP_POLL_TIMEOUT; option++) {
        CHECK_EQUAL(TiRtcSetOption((TIRTCOPTION)option, NULL, 4), TIRTC_E_INVALID_PARAMETER);
    }
    CHECK_EQUAL(set_int((TIRTCOPTION)0, 1), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(set_int((TIRTCOPTION)14, 1), TIRTC_E_INVALID_PARAMETER);
}

TEST(a_refusal_names_the_option_what_is_legal_and_what_was_given_but_no_secret)
{
    log_capture_begin();
    CHECK_EQUAL(set_int(TIRTC_OPT_WAKEUP, 2), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("TIRTC_OPT_WAKEUP is invalid: it must be an int, 0 or 1; 2 was given"));
    CHECK_EQUAL(set_int(TIRTC_OPT_MAX_CONNECTIONS, -7), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("; -7 was given"));
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_WAKEUP, "1", 2), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("; 2 bytes were given"));
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_WAKEUP, NULL, 4), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("; NULL was given"));
    CHECK_EQUAL(set_int((TIRTCOPTION)99, 2), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("unknown option 99"));
    char secret[80];
    memset(secret, 'S', sizeof secret);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SECRET_KEY, secret, sizeof secret), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("TIRTC_OPT_SECRET_KEY is invalid: it must be 1 to 63 bytes; 80 bytes were given"));
    CHECK(!log_capture_has("SSS"));
    TiRtcLogSetCallback(NULL);
}

int main(void)
{
    memset(filler, 'x', sizeof filler);
    RUN(endpoints_have_a_scheme_and_a_host);
    RUN(an_endpoint_has_at_most_512_bytes);
    RUN(https_is_refused_at_once_where_there_is_no_tls);
    RUN(texts_are_taken_whole_or_not_at_all);
    RUN(texts_end_at_their_nul_or_at_len);
    RUN(texts_hold_only_what_their_option_allows);
    RUN(numbers_stay_in_their_range);
    RUN(the_poll_timeout_answers_with_what_applies);
    RUN(a_send_buffer_is_the_default_or_16384_and_more);
    RUN(a_number_needs_four_bytes_at_any_address);
    RUN(null_and_unknown_options_are_refused);
    RUN(a_refusal_names_the_option_what_is_legal_and_what_was_given_but_no_secret);
    return check_result();
}
