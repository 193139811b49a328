/* What the user of a program sees on standard error: why a start fails, and the log that TIRTC_LOG asks for. Each case
 * runs this program again, because the variable is read once. */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "support/recorder.h"
#include "support/socket_service.h"
#include "tirtc_config.h"

enum { SOON_MS = 5000, SHOWN_BYTES = 16384 };

static socket_service_t *server;
static char closed_endpoint[64];
static const char *endpoint;    /* what the child uses */
static char shown[SHOWN_BYTES]; /* what it wrote to standard error */
static char file[] = "/tmp/tirtc_notice_XXXXXX";

static void read_all(int fd, char *out, size_t capacity)
{
    size_t size = 0;
    ssize_t got;
    while (size < capacity - 1 && (got = read(fd, out + size, capacity - 1 - size)) > 0) {
        size += (size_t)got;
    }
    out[size] = '\0';
}

/* Run a case of children[] in a process of its own with TIRTC_LOG set (NULL: not set), and read what it writes to
 * standard error. */
static void run_child(const char *log, const char *what)
{
    int ends[2];
    int status = -1;
    REQUIRE(pipe(ends) == 0);
    REQUIRE(log != NULL ? setenv("TIRTC_LOG", log, 1) == 0 : unsetenv("TIRTC_LOG") == 0);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        (void)execl("/proc/self/exe", "facade_notice_test", what, endpoint, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    read_all(ends[0], shown, sizeof shown);
    close(ends[0]);
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK_EQUAL(status, 0);
}

static size_t count(const char *words)
{
    size_t found = 0;
    for (const char *at = strstr(shown, words); at != NULL; at = strstr(at + 1, words)) {
        found++;
    }
    return found;
}

static size_t count_lines(void)
{
    return count("\n");
}

static void check_shown(const char *words)
{
    if (count(words) != 1) {
        fprintf(stderr, "standard error should have once: %s\nit has: %s\n", words, shown);
        CHECK(false);
    }
}

static void start(const char *device)
{
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint)), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
    CHECK_EQUAL(TiRtcStart(device, &recorder_callbacks), 0);
}

static void fail_to_start(const char *device, int times)
{
    start(device);
    for (int i = 0; i < times; i++) {
        CHECK(recorder_wait(ON_EVENT, TIRTC_EVENT_START_FAILED, NULL, SOON_MS));
    }
    TiRtcUninit();
}

static void start_with_wrong_secret(void)
{
    fail_to_start("device-1,wrong-key", 1);
}

static void start_and_fail(void)
{
    fail_to_start("device-1,secret-1", 1);
}

static void start_at_closed_port(void)
{
    fail_to_start("device-1,secret-1", 2);
}

static void succeed(void)
{
    start("device-1,secret-1");
    CHECK(recorder_wait(ON_EVENT, TiEVENT_SYS_STARTED, NULL, SOON_MS));
    TiRtcUninit();
}

TEST(a_refused_start_says_once_what_to_check_and_never_the_secret)
{
    endpoint = socket_service_endpoint(server);
    run_child(NULL, "start_with_wrong_secret");
    CHECK_EQUAL(count_lines(), 1);
    check_shown("tirtc: device device-1 cannot start at http://");
    check_shown("the service refused its id or its secret key; check both against the service's configuration");
    check_shown("-40004");
    CHECK_EQUAL(count("wrong-key"), 0);
}

TEST(a_device_that_was_replaced_says_that_another_one_has_its_id)
{
    endpoint = socket_service_endpoint(server);
    service_script(socket_service_lock(server),
                   &(service_fault_t){.kind = SERVICE_BYE, .only = SERVICE_START, .reason = 2});
    socket_service_unlock(server);
    run_child(NULL, "start_and_fail");
    CHECK_EQUAL(count_lines(), 1);
    check_shown("another device has started with the same id and replaced this one; give every device its own id");
}

static void fail_twice(void)
{
    start_at_closed_port();
    start_at_closed_port();
}

TEST(a_start_that_is_tried_again_says_so_after_its_first_failure_and_only_then)
{
    endpoint = closed_endpoint;
    run_child(NULL, "start_at_closed_port");
    CHECK_EQUAL(count_lines(), 1);
    check_shown("tirtc: device device-1 could not start at http://127.0.0.1:");
    check_shown("nothing listens at the endpoint; start the service or check host and port");
    check_shown("it is tried again until it succeeds. Set the environment variable TIRTC_LOG=4 to see every attempt");
    CHECK_EQUAL(count("secret-1"), 0);
    run_child(NULL, "fail_twice");
    CHECK_EQUAL(count_lines(), 2); /* once per start */
}

static void start_without_a_secret(void)
{
    CHECK_EQUAL(TiRtcInit(), 0);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint)), 0);
    CHECK_EQUAL(TiRtcStart("device-1", &recorder_callbacks), TIRTC_E_NO_SECRET_KEY);
    TiRtcUninit();
}

TEST(a_start_with_wrong_arguments_says_what_is_wrong)
{
    endpoint = closed_endpoint;
    run_child(NULL, "start_without_a_secret");
    CHECK_EQUAL(count_lines(), 1);
    check_shown("tirtc: TiRtcStart: no secret key; set TIRTC_OPT_SECRET_KEY");
}

TEST(a_start_that_succeeds_shows_nothing)
{
    endpoint = socket_service_endpoint(server);
    run_child(NULL, "succeed");
    CHECK_EQUAL(count_lines(), 0);
}

static char called_back[4096];

static void keep_line(const char *log, uint32_t len)
{
    size_t size = strlen(called_back);
    if (size + len + 2 < sizeof called_back) {
        snprintf(called_back + size, sizeof called_back - size, "%.*s\n", (int)len, log);
    }
}

static void fail_with_callback(void)
{
    TiRtcLogSetCallback(keep_line);
    TiRtcLogSetLevel(TIRTC_LOG_ERROR);
    start_with_wrong_secret();
    TiRtcLogSetCallback(NULL);
    CHECK(strstr(called_back, " sdk: device device-1 cannot start at http://") != NULL);
    CHECK(strstr(called_back, "info ") == NULL);
}

static void fail_with_no_log(void)
{
    TiRtcLogConfig(0, NULL, 0);
    start_with_wrong_secret();
}

TEST(a_program_that_configured_its_log_has_the_notice_there_and_not_on_standard_error)
{
    endpoint = socket_service_endpoint(server);
    run_child(NULL, "fail_with_callback");
    CHECK_EQUAL(count_lines(), 0);
    run_child(NULL, "fail_with_no_log");
    CHECK_EQUAL(count_lines(), 0);
}

TEST(the_variable_turns_the_log_on_beside_the_programs_own)
{
    endpoint = socket_service_endpoint(server);
    run_child("4", "fail_with_callback");
    check_shown(" device: idle -> dialing, device device-1\n");
    check_shown(" sdk: device device-1 cannot start at http://");
    CHECK_EQUAL(count("tirtc: "), 0);
    CHECK_EQUAL(count("wrong-key"), 0);
    run_child("1", "start_with_wrong_secret");
    CHECK_EQUAL(count_lines(), count("error 20")); /* each with its date */
    CHECK(count_lines() > 0);
}

TEST(level_0_of_the_variable_shows_nothing_at_all)
{
    endpoint = socket_service_endpoint(server);
    run_child("0", "start_with_wrong_secret");
    CHECK_EQUAL(count_lines(), 0);
    run_child("0", "fail_with_callback"); /* the program's own log is not affected */
    CHECK_EQUAL(count_lines(), 0);
}

TEST(the_variable_may_name_a_file_which_is_appended_to)
{
    char value[64];
    endpoint = socket_service_endpoint(server);
    snprintf(value, sizeof value, "5,%s", file);
    for (int i = 1; i <= 2; i++) {
        run_child(value, "succeed");
        CHECK_EQUAL(count_lines(), 0);
        FILE *stream = fopen(file, "r");
        REQUIRE(stream != NULL);
        read_all(fileno(stream), shown, sizeof shown);
        fclose(stream);
        CHECK_EQUAL(count(" device: idle -> dialing, device device-1\n"), i);
    }
}

TEST(a_file_that_cannot_be_written_is_reported_and_standard_error_used)
{
    endpoint = socket_service_endpoint(server);
    run_child("4,/no/such/directory/log", "succeed");
    check_shown(
        "tirtc: cannot write to /no/such/directory/log of TIRTC_LOG (No such file or directory): check that its "
        "directory exists and is writable; the log goes to standard error\n");
    check_shown(" device: idle -> dialing, device device-1\n");
}

TEST(a_value_that_is_not_legal_is_reported_once_with_the_legal_ones)
{
    static const char *const values[] = {"x", "6", "-1", "44", "4x", "4,", "4 ,a", " 4", "debug", "a\nb"};
    char words[128];
    endpoint = socket_service_endpoint(server);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        run_child(values[i], "succeed");
        CHECK_EQUAL(count_lines(), 1);
        snprintf(words, sizeof words, "tirtc: TIRTC_LOG is \"%s\", and is ignored: set it to a level from 0 to 5",
                 strcmp(values[i], "a\nb") == 0 ? "a?b" : values[i]);
        check_shown(words);
    }
    run_child("x", "start_with_wrong_secret");
    CHECK_EQUAL(count_lines(), 2); /* the notice, too: no log was configured */
    run_child("", "succeed");
    CHECK_EQUAL(count_lines(), 0);
}

/* A port that is bound and does not listen: it stays ours, and dials are refused. */
static void open_closed_endpoint(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0);
    REQUIRE(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    snprintf(closed_endpoint, sizeof closed_endpoint, "http://127.0.0.1:%u", ntohs(address.sin_port));
}

static const struct child {
    const char *name;
    void (*run)(void);
} children[] = {
    {"start_with_wrong_secret", start_with_wrong_secret},
    {"start_and_fail", start_and_fail},
    {"start_at_closed_port", start_at_closed_port},
    {"succeed", succeed},
    {"fail_twice", fail_twice},
    {"start_without_a_secret", start_without_a_secret},
    {"fail_with_callback", fail_with_callback},
    {"fail_with_no_log", fail_with_no_log},
};

static int be_child(const char *name)
{
    for (size_t i = 0; i < sizeof children / sizeof *children; i++) {
        if (strcmp(children[i].name, name) == 0) {
            children[i].run();
            return check_failures != 0;
        }
    }
    return 2;
}

int main(int argc, char **argv)
{
    if (argc == 3) {
        endpoint = argv[2];
        return be_child(argv[1]);
    }
    int fd = mkstemp(file);
    REQUIRE(fd >= 0);
    close(fd);
    open_closed_endpoint();
    server = socket_service_open(NULL);
    service_add_device(socket_service_lock(server), "device-1", "secret-1");
    socket_service_unlock(server);
    RUN(a_refused_start_says_once_what_to_check_and_never_the_secret);
    RUN(a_device_that_was_replaced_says_that_another_one_has_its_id);
    RUN(a_start_that_is_tried_again_says_so_after_its_first_failure_and_only_then);
    RUN(a_start_with_wrong_arguments_says_what_is_wrong);
    RUN(a_start_that_succeeds_shows_nothing);
    RUN(a_program_that_configured_its_log_has_the_notice_there_and_not_on_standard_error);
    RUN(the_variable_turns_the_log_on_beside_the_programs_own);
    RUN(level_0_of_the_variable_shows_nothing_at_all);
    RUN(the_variable_may_name_a_file_which_is_appended_to);
    RUN(a_file_that_cannot_be_written_is_reported_and_standard_error_used);
    RUN(a_value_that_is_not_legal_is_reported_once_with_the_legal_ones);
    socket_service_close(server);
    unlink(file);
    return check_result();
}
