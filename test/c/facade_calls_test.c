/* What every function answers before TiRtcInit(), before TiRtcStart(), and to nonsense. No network. */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "support/log_capture.h"
#include "tiRTC.h"

static const tirtc_conn_t none = NULL;
static tirtc_conn_t stray;
static const TIRTCCALLBACKS no_callbacks;
static const TIRTCFRAMEINFO message = {.media = TIRTC_MEDIA_MESSAGE};
static const TIRTCFRAMEINFO audio = {.media = TIRTC_AUDIO_ALAW};
static const TIRTCFRAMEINFO video = {.media = TIRTC_VIDEO_H264, .flags = TIRTC_FRAME_FLAG_KEY_FRAME};

static void connected(int error, tirtc_conn_t hconn, void *user)
{
    (void)error;
    (void)hconn;
    (void)user;
}

static void sdp_ready(const char *sdp, int len, void *user)
{
    (void)sdp;
    (void)len;
    (void)user;
}

static void rate_requested(tirtc_conn_t hconn, uint8_t stream, uint32_t bps, void *user)
{
    (void)hconn;
    (void)stream;
    (void)bps;
    (void)user;
}

/* Every call about a connection gives `error`. */
static void check_connection_calls(tirtc_conn_t hconn, int error)
{
    TiRtcConnStats stats;
    CHECK_EQUAL(TiRtcDisconnect(hconn), error);
    CHECK_EQUAL(TiRtcGetSendBufferUsed(hconn), 0);
    CHECK_EQUAL(TiRtcConnGetStats(hconn, &stats), error);
    CHECK_EQUAL(TiRtcConnSetUserData(hconn, &stats), error);
    CHECK(TiRtcConnGetUserData(hconn) == NULL);
    CHECK_EQUAL(TiRtcSendMessageStream(hconn, &message, NULL), error);
    CHECK_EQUAL(TiRtcSendAudioStream(hconn, &audio, NULL), error);
    CHECK_EQUAL(TiRtcSendVideoStream(hconn, &video, NULL), error);
    CHECK_EQUAL(TiRtcSendCommand(hconn, 0x10000, NULL, 0), error);
    CHECK_EQUAL(TiRtcRequestKeyFrame(hconn, 0), error);
    CHECK_EQUAL(TiRtcSubscribeVideo(hconn, 0), error);
    CHECK_EQUAL(TiRtcUnsubscribeVideo(hconn, 0), error);
    CHECK_EQUAL(TiRtcSubscribeAudio(hconn, 0), error);
    CHECK_EQUAL(TiRtcUnsubscribeAudio(hconn, 0), error);
    CHECK_EQUAL(TiRtcConnSetVideoBitrateParams(hconn, 0, 1, 2, 1), error);
    CHECK_EQUAL(TiRtcConnSetVideoBitrateRequestCallback(hconn, 0, rate_requested, NULL), error);
}

TEST(before_init_everything_that_needs_the_sdk_says_so)
{
    check_connection_calls(none, TIRTC_E_NOT_INITIALIZED);
    check_connection_calls(stray, TIRTC_E_NOT_INITIALIZED);
    CHECK_EQUAL(TiRtcStart(NULL, &no_callbacks), TIRTC_E_NOT_INITIALIZED);
    CHECK_EQUAL(TiRtcStart("id,secret", NULL), TIRTC_E_NOT_INITIALIZED);
    CHECK_EQUAL(TiRtcConnect("id", "token", connected, NULL), TIRTC_E_NOT_INITIALIZED);
    CHECK_EQUAL(TiRtcConnect(NULL, NULL, NULL, NULL), TIRTC_E_NOT_INITIALIZED);
    CHECK_EQUAL(TiRtcWhipConnect("id", "token", connected, NULL), TIRTC_E_NOT_INITIALIZED);
    CHECK_EQUAL(TiRtcWhipAccept("offer", 5, NULL, sdp_ready, connected, NULL), TIRTC_E_NOT_INITIALIZED);
    CHECK_EQUAL(TiRtcPoll(0), TIRTC_E_NOT_INITIALIZED);
    CHECK_EQUAL(TiRtcStop(), 0);
}

TEST(init_and_uninit_may_be_called_twice_and_uninit_alone)
{
    TiRtcUninit();
    CHECK_EQUAL(TiRtcInit(), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
    TiRtcUninit();
    TiRtcUninit();
    check_connection_calls(stray, TIRTC_E_NOT_INITIALIZED);
}

static bool begins_without_the_sdk(void)
{
    bool fresh = TiRtcStart(NULL, &no_callbacks) == TIRTC_E_NOT_INITIALIZED && TiRtcStop() == 0;
    TiRtcUninit();
#ifndef __SANITIZE_THREAD__ /* which lets no child of a program with threads make threads */
    fresh = fresh && TiRtcInit() == 0 && TiRtcStart(NULL, &no_callbacks) == 0 && TiRtcStop() == 0;
    TiRtcUninit();
#endif
    return fresh;
}

TEST(a_child_of_fork_begins_without_the_sdk_and_the_parent_goes_on)
{
    int status = -1;
    CHECK_EQUAL(TiRtcInit(), 0);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, "http://127.0.0.1:1", 64), 0);
    CHECK_EQUAL(TiRtcStart(NULL, &no_callbacks), 0);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(begins_without_the_sdk() ? 0 : 1);
    }
    REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
    CHECK_EQUAL(status, 0);
    CHECK_EQUAL(TiRtcConnect("id", NULL, connected, NULL), TIRTC_E_CACHE_EXPIRED);
    TiRtcUninit();
}

TEST(no_handle_is_ever_followed_as_an_address)
{
    CHECK_EQUAL(TiRtcInit(), 0);
    check_connection_calls(none, TIRTC_E_INVALID_HANDLE);
    check_connection_calls(stray, TIRTC_E_INVALID_HANDLE);
    check_connection_calls((tirtc_conn_t)(uintptr_t)1, TIRTC_E_INVALID_HANDLE);
    check_connection_calls((tirtc_conn_t)UINTPTR_MAX, TIRTC_E_INVALID_HANDLE);
    TiRtcUninit();
}

TEST(senders_refuse_the_other_class_before_they_look_at_the_handle)
{
    CHECK_EQUAL(TiRtcInit(), 0);
    log_capture_begin();
    CHECK_EQUAL(TiRtcSendVideoStream(none, &audio, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("TiRtcSendVideoStream: media is 2; video is 65 to 127"));
    CHECK_EQUAL(TiRtcSendVideoStream(none, &message, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcSendAudioStream(none, &video, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcSendMessageStream(none, &audio, NULL), TIRTC_E_INVALID_PARAMETER);
    static const uint8_t edges[] = {64, 65, 127, 128};
    static const bool is_video[] = {false, true, true, false};
    for (int i = 0; i < 4; i++) {
        TIRTCFRAMEINFO info = {.media = edges[i]};
        CHECK_EQUAL(TiRtcSendVideoStream(none, &info, NULL),
                    is_video[i] ? TIRTC_E_INVALID_HANDLE : TIRTC_E_INVALID_PARAMETER);
        CHECK_EQUAL(TiRtcSendAudioStream(none, &info, NULL),
                    i == 0 ? TIRTC_E_INVALID_HANDLE : TIRTC_E_INVALID_PARAMETER);
    }
    CHECK_EQUAL(TiRtcSendAudioStream(none, NULL, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("TiRtcSendAudioStream: info is NULL"));
    TiRtcLogSetCallback(NULL);
    TiRtcUninit();
}

TEST(start_names_what_is_wrong_with_its_arguments)
{
    static const char id_63[] = "123456789012345678901234567890123456789012345678901234567890123";
    static const char id_64_secret[] = "1234567890123456789012345678901234567890123456789012345678901234,s";
    CHECK_EQUAL(TiRtcInit(), 0);
    log_capture_begin();
    CHECK_EQUAL(TiRtcStart("id,secret", NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("callbacks is NULL"));
    CHECK_EQUAL(TiRtcStart("id,secret", &no_callbacks), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("TIRTC_ENDPOINT") && log_capture_has("TIRTC_DEFAULT_ENDPOINT"));
    CHECK_EQUAL(TiRtcStart(NULL, &no_callbacks), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, "http://127.0.0.1:1", 64), 0);
    CHECK_EQUAL(TiRtcStart("id", &no_callbacks), TIRTC_E_NO_SECRET_KEY);
    CHECK(log_capture_has("TIRTC_OPT_SECRET_KEY"));
    CHECK_EQUAL(TiRtcStart("id,", &no_callbacks), TIRTC_E_NO_SECRET_KEY);
    CHECK_EQUAL(TiRtcStart(id_63, &no_callbacks), TIRTC_E_NO_SECRET_KEY);
    CHECK_EQUAL(TiRtcStart(id_64_secret, &no_callbacks), TIRTC_E_INVALID_LICENSE);
    CHECK(log_capture_has("the device id has 64 bytes; it must have 1 to 63"));
    CHECK_EQUAL(TiRtcStart("", &no_callbacks), TIRTC_E_INVALID_LICENSE);
    CHECK_EQUAL(TiRtcStart(",secret", &no_callbacks), TIRTC_E_INVALID_LICENSE);
    CHECK_EQUAL(TiRtcStart("a\nb,secret", &no_callbacks), TIRTC_E_INVALID_LICENSE);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SECRET_KEY, "secret", 6), 0);
    CHECK_EQUAL(TiRtcStart("id,", &no_callbacks), TIRTC_E_NO_SECRET_KEY);
    CHECK_EQUAL(TiRtcConnect("id", "token", connected, NULL), TIRTC_E_NOT_INITIALIZED);
    TiRtcUninit();
    TiRtcLogSetCallback(NULL);
}

TEST(a_service_request_to_an_https_endpoint_asks_for_a_build_with_tls)
{
    CHECK_EQUAL(setenv("TIRTC_ENDPOINT", "https://127.0.0.1:1", 1), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
    log_capture_begin();
    int code = TiRtcServiceRequest("/", "{}", NULL, NULL, NULL);
    bool explained = log_capture_has("the endpoint needs TLS, and this build has none: use an http:// endpoint or");
    CHECK_EQUAL(code, explained ? TIRTC_E_INVALID_PARAMETER : TIRTC_E_HTTP_SERVER_DOWN); /* this build has TLS */
    CHECK_EQUAL(setenv("TIRTC_ENDPOINT", "gopher://host", 1), 0);
    CHECK_EQUAL(TiRtcServiceRequest("/", "{}", NULL, NULL, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("TiRtcServiceRequest: the endpoint is not a URL of a service; set"));
    CHECK_EQUAL(unsetenv("TIRTC_ENDPOINT"), 0);
    CHECK_EQUAL(TiRtcServiceRequest("/", "{}", NULL, NULL, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("TiRtcServiceRequest: no endpoint; set"));
    TiRtcUninit();
    TiRtcLogSetCallback(NULL);
}

TEST(an_endpoint_of_the_environment_is_checked_at_start)
{
    CHECK_EQUAL(setenv("TIRTC_ENDPOINT", "gopher://host", 1), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
    log_capture_begin();
    CHECK_EQUAL(TiRtcStart("id,secret", &no_callbacks), TIRTC_E_INVALID_PARAMETER);
    CHECK(log_capture_has("the endpoint in TIRTC_ENDPOINT is invalid"));
    CHECK_EQUAL(setenv("TIRTC_ENDPOINT", "http://127.0.0.1:1", 1), 0);
    CHECK_EQUAL(TiRtcStart("id,secret", &no_callbacks), 0);
    TiRtcUninit();
    TiRtcLogSetCallback(NULL);
    CHECK_EQUAL(unsetenv("TIRTC_ENDPOINT"), 0);
}

TEST(whip_checks_its_arguments)
{
    CHECK_EQUAL(TiRtcInit(), 0);
    log_capture_begin();
    CHECK_EQUAL(TiRtcWhipAccept(NULL, 5, NULL, sdp_ready, connected, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcWhipAccept("offer", 0, NULL, sdp_ready, connected, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcWhipAccept("offer", 5, NULL, NULL, connected, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcWhipAccept("offer", 5, NULL, sdp_ready, NULL, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcWhipAccept("offer", 5, NULL, sdp_ready, connected, NULL), TIRTC_E_LACK_OF_RESOURCE);
    CHECK(log_capture_has("no WebRTC"));
    CHECK_EQUAL(TiRtcWhipConnect(NULL, "token", connected, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(TiRtcWhipConnect("whip://id", "token", NULL, NULL), TIRTC_E_INVALID_PARAMETER);
    TiRtcLogSetCallback(NULL);
    TiRtcUninit();
}

TEST(errors_have_a_name_and_advice)
{
    CHECK(strcmp(TiRtcGetErrorStr(0), "OK") == 0);
    CHECK(strncmp(TiRtcGetErrorStr(TIRTC_E_BUSY), "TIRTC_E_BUSY (", 14) == 0);
    CHECK(strncmp(TiRtcGetErrorStr(TIRTC_E_HTTP_URL), "TIRTC_E_HTTP_URL (", 18) == 0);
    CHECK(strncmp(TiRtcGetErrorStr(-40015), "TIRTC_E_UNEXPECTED_RESPONSE (", 29) == 0);
    CHECK(strstr(TiRtcGetErrorStr(-12345), "unknown") != NULL);
}

TEST(the_version_and_the_build_are_reported)
{
    CHECK(strcmp(TiRtcGetVersion(), "v2.3.0") == 0);
    const char *info = TiRtcGetBuildInfo();
    CHECK(info[0] == '{' && info[strlen(info) - 1] == '}');
    CHECK(strstr(info, "\"version\":\"v2.3.0\"") != NULL);
    CHECK(strstr(info, "\"port\":\"posix\"") != NULL);
    CHECK(strstr(info, "\"small_memory\":") != NULL && strstr(info, "\"tls\":") != NULL);
}

enum { THREADS = 8, NUMBERS_EACH = 65536 / THREADS };

static unsigned char seen[65536];
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;

static void *take_numbers(void *unused)
{
    uint32_t numbers[NUMBERS_EACH];
    for (int i = 0; i < NUMBERS_EACH; i++) {
        numbers[i] = atomic_get_cmd_sn();
    }
    pthread_mutex_lock(&seen_lock);
    for (int i = 0; i < NUMBERS_EACH; i++) {
        seen[numbers[i] & 0xffff]++;
        CHECK(numbers[i] <= 0xffff);
    }
    pthread_mutex_unlock(&seen_lock);
    return unused;
}

TEST(command_numbers_begin_at_1_wrap_to_0_and_are_unique_in_a_round)
{
    pthread_t threads[THREADS];
    CHECK_EQUAL(atomic_get_cmd_sn(), 1);
    for (int i = 2; i <= 65535; i++) {
        CHECK_EQUAL(atomic_get_cmd_sn(), i);
    }
    for (int i = 0; i < THREADS; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, take_numbers, NULL) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    int once = 0;
    for (int i = 0; i < 65536; i++) {
        once += seen[i] == 1;
    }
    CHECK_EQUAL(once, 65536);
    CHECK_EQUAL(atomic_get_cmd_sn(), 0);
}

int main(void)
{
    unsetenv("TIRTC_ENDPOINT");
    stray = (tirtc_conn_t)(void *)&stray;
    RUN(before_init_everything_that_needs_the_sdk_says_so);
    RUN(init_and_uninit_may_be_called_twice_and_uninit_alone);
    RUN(a_child_of_fork_begins_without_the_sdk_and_the_parent_goes_on);
    RUN(no_handle_is_ever_followed_as_an_address);
    RUN(senders_refuse_the_other_class_before_they_look_at_the_handle);
    RUN(start_names_what_is_wrong_with_its_arguments);
    RUN(a_service_request_to_an_https_endpoint_asks_for_a_build_with_tls);
    RUN(an_endpoint_of_the_environment_is_checked_at_start);
    RUN(whip_checks_its_arguments);
    RUN(errors_have_a_name_and_advice);
    RUN(the_version_and_the_build_are_reported);
    RUN(command_numbers_begin_at_1_wrap_to_0_and_are_unique_in_a_round);
    return check_result();
}
