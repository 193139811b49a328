/* Where log lines go. What is logged here are refusals of TiRtcSetOption(), at level error. */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <unistd.h>

#include "check.h"
#include "support/log_capture.h"
#include "tiRTC.h"

static char directory[] = "/tmp/tirtc_log_XXXXXX";
static char path[64];
static char older_path[64];

static void log_one_line(void)
{
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_WAKEUP, NULL, 0), TIRTC_E_INVALID_PARAMETER);
}

/* Read a file into `out`. Returns its bytes, or -1 if there is none. */
static long read_file(const char *name, char *out, size_t capacity)
{
    FILE *file = fopen(name, "r");
    if (file == NULL) {
        return -1;
    }
    size_t size = fread(out, 1, capacity - 1, file);
    out[size] = '\0';
    fclose(file);
    return (long)size;
}

TEST(a_line_has_level_time_module_and_text)
{
    char text[4096];
    TiRtcLogConfig(0, path, 0);
    log_one_line();
    REQUIRE(read_file(path, text, sizeof text) > 0);
    int year = 0, ms = -1, used = 0;
    CHECK_EQUAL(sscanf(text, "error %4d-%*2d-%*2dT%*2d:%*2d:%*2d.%3dZ sdk: %n", &year, &ms, &used), 2);
    CHECK(year >= 2024 && ms >= 0 && used > 0);
    CHECK(strstr(text, "TiRtcSetOption: the value of TIRTC_OPT_WAKEUP") != NULL);
    CHECK(text[strlen(text) - 1] == '\n' && strchr(text, '\n') == text + strlen(text) - 1);
    TiRtcLogConfig(0, NULL, 0);
}

TEST(a_file_is_appended_to)
{
    char text[4096];
    long before = read_file(path, text, sizeof text);
    TiRtcLogConfig(0, path, 0);
    log_one_line();
    CHECK_EQUAL(read_file(path, text, sizeof text), 2 * before);
    TiRtcLogConfig(0, NULL, 0);
    log_one_line();
    CHECK_EQUAL(read_file(path, text, sizeof text), 2 * before);
}

TEST(a_new_file_is_started_before_the_log_gets_too_large)
{
    char text[4096];
    unlink(path);
    TiRtcLogConfig(0, path, 0);
    log_one_line();
    long line = read_file(path, text, sizeof text);
    TiRtcLogConfig(0, path, (uint32_t)(2 * line));
    log_one_line();
    CHECK_EQUAL(read_file(path, text, sizeof text), 2 * line);
    CHECK_EQUAL(read_file(older_path, text, sizeof text), -1);
    log_one_line();
    CHECK_EQUAL(read_file(path, text, sizeof text), line);
    CHECK_EQUAL(read_file(older_path, text, sizeof text), 2 * line);
    log_one_line();
    log_one_line();
    CHECK_EQUAL(read_file(path, text, sizeof text), line);
    CHECK_EQUAL(read_file(older_path, text, sizeof text), 2 * line);
    TiRtcLogConfig(0, NULL, 0);
}

TEST(one_line_is_never_split_however_small_the_limit)
{
    char text[4096];
    unlink(path);
    TiRtcLogConfig(0, path, 1);
    log_one_line();
    log_one_line();
    CHECK(read_file(path, text, sizeof text) > 1);
    CHECK(strstr(text, "TIRTC_OPT_WAKEUP") != NULL);
    TiRtcLogConfig(0, NULL, 0);
}

TEST(a_file_that_cannot_be_opened_is_said)
{
    log_capture_begin();
    TiRtcLogConfig(0, "/no/such/directory/log", 0);
    CHECK(log_capture_has("cannot write to /no/such/directory/log"));
    TiRtcLogSetCallback(NULL);
}

TEST(a_callback_replaces_other_output)
{
    char text[4096];
    unlink(path);
    TiRtcLogConfig(0, path, 0);
    log_capture_begin();
    log_one_line();
    CHECK_EQUAL(log_capture_count(), 1);
    CHECK_EQUAL(read_file(path, text, sizeof text), 0);
    TiRtcLogSetCallback(NULL);
    log_one_line();
    CHECK_EQUAL(log_capture_count(), 1);
    CHECK(read_file(path, text, sizeof text) > 0);
    TiRtcLogConfig(0, NULL, 0);
}

TEST(a_level_hides_what_is_less_grave)
{
    log_capture_begin();
    TiRtcLogSetLevel(1);
    log_one_line();
    CHECK_EQUAL(log_capture_count(), 1);
    TiRtcLogSetLevel(-5);
    log_one_line();
    CHECK_EQUAL(log_capture_count(), 2);
    CHECK_EQUAL(TiRtcInit(), 0);
    CHECK_EQUAL(TiRtcPoll(0), TIRTC_E_LACK_OF_RESOURCE);
    CHECK(!log_capture_has("warn "));
    TiRtcLogSetLevel(99);
    CHECK_EQUAL(TiRtcPoll(0), TIRTC_E_LACK_OF_RESOURCE);
    CHECK(log_capture_has("warn "));
    TiRtcUninit();
    TiRtcLogSetCallback(NULL);
}

static pthread_t callback_thread;
static int reentrant_calls;

static void log_again(const char *log, uint32_t len)
{
    (void)log;
    CHECK(len > 0);
    callback_thread = pthread_self();
    reentrant_calls++;
    log_one_line(); /* would recurse without end if it were reported here */
    TiRtcLogSetLevel(5);
    TiRtcUninit();
}

TEST(a_callback_is_made_on_the_logging_thread_and_may_call_the_sdk)
{
    TiRtcLogSetCallback(log_again);
    log_one_line();
    CHECK_EQUAL(reentrant_calls, 1);
    CHECK(pthread_equal(callback_thread, pthread_self()));
    TiRtcLogSetCallback(NULL);
}

TEST(nothing_is_printed_unless_asked)
{
    char text[4096];
    fflush(stdout);
    int kept = dup(1);
    REQUIRE(kept >= 0 && freopen(path, "w", stdout) != NULL);
    log_one_line();
    TiRtcLogConfig(1, NULL, 0);
    log_one_line();
    TiRtcLogConfig(0, NULL, 0);
    log_one_line();
    fflush(stdout);
    REQUIRE(dup2(kept, 1) == 1);
    close(kept);
    CHECK(read_file(path, text, sizeof text) > 0);
    CHECK(strchr(text, '\n') == text + strlen(text) - 1);
}

int main(void)
{
    REQUIRE(mkdtemp(directory) != NULL);
    snprintf(path, sizeof path, "%s/log", directory);
    snprintf(older_path, sizeof older_path, "%s/log.1", directory);
    RUN(a_line_has_level_time_module_and_text);
    RUN(a_file_is_appended_to);
    RUN(a_new_file_is_started_before_the_log_gets_too_large);
    RUN(one_line_is_never_split_however_small_the_limit);
    RUN(a_file_that_cannot_be_opened_is_said);
    RUN(a_callback_replaces_other_output);
    RUN(a_level_hides_what_is_less_grave);
    RUN(a_callback_is_made_on_the_logging_thread_and_may_call_the_sdk);
    RUN(nothing_is_printed_unless_asked);
    unlink(path);
    unlink(older_path);
    rmdir(directory);
    return check_result();
}
