/* Rows of docs/compatibility.md that no other test is about. */
#define _POSIX_C_SOURCE 200809L

#include <time.h>

#include "check.h"
#include "support/peer.h"
#include "support/recorder.h"
#include "support/socket_service.h"

enum { SOON_MS = 5000 };

static socket_service_t *server;

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void set_up(void)
{
    const char *endpoint = socket_service_endpoint(server);
    recorder_reset();
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint)), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
}

/* All starts until forget_hang(): one of the test before may arrive late. */
static void hang_starts(void)
{
    static const service_fault_t hang = {.kind = SERVICE_HANG, .only = SERVICE_START, .times = 1000};
    service_script(socket_service_lock(server), &hang);
    socket_service_unlock(server);
}

static void forget_hang(void)
{
    service_forget_scripts(socket_service_lock(server));
    socket_service_unlock(server);
}

static bool is_online(service_t *service, void *unused)
{
    (void)unused;
    service_link_t *link = service_start_link(service, "device-1");
    return link != NULL && link->stage == SERVICE_ONLINE;
}

/* The service would be given 10 s to answer. */
TEST(start_returns_before_anything_happened)
{
    set_up();
    hang_starts();
    long began_ms = now_ms();
    CHECK_EQUAL(TiRtcStart("device-1,secret-1", &recorder_callbacks), 0);
    CHECK(now_ms() - began_ms < 1000);
    CHECK_EQUAL(recorder_total(), 0);
    TiRtcUninit();
    CHECK_EQUAL(recorder_total(), 1); /* the stopped event */
    forget_hang();
}

TEST(a_start_that_failed_for_good_is_still_answered_by_one_stopped_event)
{
    set_up();
    CHECK_EQUAL(TiRtcStart("device-1,not-the-secret", &recorder_callbacks), 0);
    REQUIRE(recorder_wait(ON_EVENT, TIRTC_EVENT_START_FAILED, NULL, SOON_MS));
    CHECK_EQUAL(TiRtcStop(), 0);
    CHECK(recorder_wait(ON_EVENT, TiEVENT_SYS_STOPPED, NULL, SOON_MS));
    CHECK_EQUAL(TiRtcStop(), 0);
    TiRtcUninit();
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STOPPED), 1);
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STARTED), 0);
}

static TIRTCCALLBACKS changing;

static void take_over(int event, const void *data, int len)
{
    (void)event;
    (void)data;
    (void)len;
    changing = recorder_callbacks;
}

TEST(callbacks_are_kept_by_pointer_and_read_at_every_call)
{
    set_up();
    changing = (TIRTCCALLBACKS){.on_event = take_over};
    CHECK_EQUAL(TiRtcStart("device-1,secret-1", &changing), 0);
    REQUIRE(socket_service_wait(server, is_online, NULL, SOON_MS));
    peer_t *peer = peer_open(socket_service_endpoint(server));
    CHECK(peer_connect(peer, "device-1") != 0);
    CHECK(recorder_wait(ON_ACCEPTED, 0, NULL, SOON_MS));
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STARTED), 0); /* that was take_over()'s */
    TiRtcUninit();
    peer_close(peer);
}

TEST(connect_is_legal_as_soon_as_start_returned_0_and_copies_its_strings)
{
    char remote_id[] = "device://played-1", token[] = "token";
    recorded_t call = {0};
    set_up();
    hang_starts();
    CHECK_EQUAL(TiRtcConnect(remote_id, token, recorder_connected, NULL), TIRTC_E_NOT_INITIALIZED);
    CHECK_EQUAL(TiRtcStart("device-1,secret-1", &recorder_callbacks), 0);
    CHECK_EQUAL(TiRtcConnect(remote_id, token, recorder_connected, NULL), 0);
    memset(remote_id, 'x', sizeof remote_id - 1);
    memset(token, '\n', sizeof token - 1);
    CHECK(recorder_wait(ON_CONNECT, 0, &call, SOON_MS));
    CHECK(call.connection != NULL);
    CHECK_EQUAL(recorder_count(ON_EVENT, TiEVENT_SYS_STARTED), 0);
    TiRtcUninit();
    forget_hang();
}

static void send_everything(const recorded_t *call)
{
    TIRTCFRAMEINFO audio = {.stream_id = 1, .media = TIRTC_AUDIO_ALAW, .length = 1};
    TIRTCFRAMEINFO video = {.media = TIRTC_VIDEO_H264, .flags = TIRTC_FRAME_FLAG_KEY_FRAME, .length = 1};
    if (call->kind == ON_ACCEPTED) {
        CHECK_EQUAL(TiRtcSendCommand(call->connection, 0x10000, NULL, 0), 4);
        CHECK_EQUAL(TiRtcSendAudioStream(call->connection, &audio, "a"), 13);
        CHECK_EQUAL(TiRtcSendVideoStream(call->connection, &video, "v"), 13);
    }
}

TEST(an_accepted_connection_carries_commands_audio_and_video_at_once)
{
    set_up();
    recorder_set_hook(send_everything);
    CHECK_EQUAL(TiRtcStart("device-1,secret-1", &recorder_callbacks), 0);
    REQUIRE(recorder_wait(ON_EVENT, TiEVENT_SYS_STARTED, NULL, SOON_MS));
    peer_t *peer = peer_open(socket_service_endpoint(server));
    CHECK(peer_connect(peer, "device-1") != 0);
    CHECK(peer_wait(peer, TIRTC_COMMAND, NULL));
    CHECK(peer_wait(peer, TIRTC_AUDIO, NULL));
    CHECK(peer_wait(peer, TIRTC_VIDEO, NULL));
    TiRtcUninit();
    peer_close(peer);
}

int main(void)
{
    server = socket_service_open(NULL);
    service_t *service = socket_service_lock(server);
    service_add_device(service, "device-1", "secret-1");
    service_add_played_device(service, "played-1");
    socket_service_unlock(server);
    RUN(start_returns_before_anything_happened);
    RUN(connect_is_legal_as_soon_as_start_returned_0_and_copies_its_strings);
    RUN(a_start_that_failed_for_good_is_still_answered_by_one_stopped_event);
    RUN(callbacks_are_kept_by_pointer_and_read_at_every_call);
    RUN(an_accepted_connection_carries_commands_audio_and_video_at_once);
    socket_service_close(server);
    return check_result();
}
