/* The numbers and layouts that programs compiled elsewhere rely on: a program that loads libTiRTC.so through a
 * foreign-function interface has no header to follow us with. Almost all of it is decided when this file is compiled;
 * test/architecture/abi.test.ts sees to it that no name of the headers is missing here. */
#include <stddef.h>
#include <stdint.h>

#include "check.h"
#include "tiRTC.h"

#define IS(name, value) _Static_assert((long long)(name) == (long long)(value), #name " must be " #value)

/* Version */
IS(TIRTC_VERSION_MAJOR, 2);
IS(TIRTC_VERSION_MINOR, 3);
IS(TIRTC_VERSION_PATCH, 0);

/* Errors */
IS(TIRTC_E_NOT_INITIALIZED, -40001);
IS(TIRTC_E_INVALID_HANDLE, -40002);
IS(TIRTC_E_INVALID_PARAMETER, -40003);
IS(TIRTC_E_INVALID_LICENSE, -40004);
IS(TIRTC_E_TIMEOUTED, -40005);
IS(TIRTC_E_BUSY, -40006);
IS(TIRTC_E_CONN_TIMEOUTCLOSE, -40007);
IS(TIRTC_E_CONN_REMOTECLOSE, -40008);
IS(TIRTC_E_CONN_OTHER_ERROR, -40009);
IS(TIRTC_E_LACK_OF_RESOURCE, -40010);
IS(TIRTC_E_CACHE_EXPIRED, -40011);
IS(TIRTC_E_SERVER_ERROR, -40012);
IS(TIRTC_E_INTERNAL_ERROR, -40013);
IS(TIRTC_E_NO_SECRET_KEY, -40014);
IS(TIRTC_E_UNEXPECTED_RESPONSE, -40015);
IS(TIRTC_E_HTTP_TIMEOUT, -2);
IS(TIRTC_E_HTTP_RESET, -3);
IS(TIRTC_E_HTTP_PEER_CLOSED, -4);
IS(TIRTC_E_HTTP_RESOLVE, -5);
IS(TIRTC_E_HTTP_CONNECT, -6);
IS(TIRTC_E_HTTP_SSL, -7);
IS(TIRTC_E_HTTP_GENERIC, -8);
IS(TIRTC_E_HTTP_WS_HANDSHAKE, -9);
IS(TIRTC_E_HTTP_INVALID_HANDLE, -10);
IS(TIRTC_E_HTTP_SERVER_DOWN, -11);
IS(TIRTC_E_HTTP_INVALID_PROTO, -12);
IS(TIRTC_E_HTTP_SOCKET, -13);
IS(TIRTC_E_HTTP_NOMEM, -14);
IS(TIRTC_E_HTTP_HEADER, -101);
IS(TIRTC_E_HTTP_URL, -102);

/* Options */
IS(TIRTC_OPT_SERVICE_ENDPOINT, 1);
IS(TIRTC_OPT_SERVICE_ENTRY, 1);
IS(TIRTC_OPT_SECRET_KEY, 2);
IS(TIRTC_OPT_DEVICE_SECRET_KEY, 2);
IS(TIRTC_OPT_MAX_CONNECTIONS, 3);
IS(TIRTC_OPT_NETWORK_TYPE, 4);
IS(TIRTC_OPT_ICCID, 5);
IS(TIRTC_OPT_WAKEUP, 6);
IS(TIRTC_OPT_RESTRICTED_NETWORK, 7);
IS(TIRTC_OPT_MAX_SEND_BUFFER, 8);
IS(TIRTC_OPT_CONNECT_CACHE, 9);
IS(TIRTC_OPT_APP_ID, 10);
IS(TIRTC_OPT_CLIENT_ID, 11);
IS(TIRTC_OPT_CONNECT_LINK_MODE, 12);
IS(TIRTC_OPT_TGTRP_POLL_TIMEOUT, 13);
IS(TIRTC_NETCONN_WIFI, 0);
IS(TIRTC_NETCONN_4G, 1);
IS(TIRTC_CONNECT_LINK_MODE_AUTO, 0);
IS(TIRTC_CONNECT_LINK_MODE_DIRECT_ONLY, 1);
IS(TIRTC_CONNECT_LINK_MODE_RELAY_ONLY, 2);
IS(sizeof(TIRTCOPTION), sizeof(int));

/* Events */
IS(TiEVENT_SYS_STARTED, 0);
IS(TiEVENT_SYS_STOPPED, 1);
IS(TiEVENT_ACCESS_HIJACKING, 2);
IS(TIRTC_EVENT_SYS_STARTED, 0);
IS(TIRTC_EVENT_SYS_STOPPED, 1);
IS(TIRTC_EVENT_ACCESS_HIJACKING, 2);
IS(TIRTC_EVENT_START_FAILED, 0x1001);
IS(TIRTC_EVENT_SERVICE_LOST, 0x1002);
IS(TIRTC_EVENT_SERVICE_BACK, 0x1003);
IS(sizeof(TIRTCRETRYINFO), 8);
IS(offsetof(TIRTCRETRYINFO, error), 0);
IS(offsetof(TIRTCRETRYINFO, retry_in_ms), 4);

/* Media */
IS(TIRTC_MEDIA_MESSAGE, 0);
IS(TIRTC_AUDIO_MIN, 1);
IS(TIRTC_AUDIO_PCM, 1);
IS(TIRTC_AUDIO_ALAW, 2);
IS(TIRTC_AUDIO_AAC, 3);
IS(TIRTC_AUDIO_OPUS, 4);
IS(TIRTC_AUDIO_AMR, 5);
IS(TIRTC_AUDIO_MAX, 64);
IS(TIRTC_VIDEO_MIN, 65);
IS(TIRTC_VIDEO_JPEG, 65);
IS(TIRTC_VIDEO_H264, 66);
IS(TIRTC_VIDEO_H265, 67);
IS(TIRTC_VIDEO_MAX, 127);
IS(TIRTC_AUDIOSAMPLE_8K16B1C, 0);
IS(TIRTC_AUDIOSAMPLE_16K16B1C, 1);
IS(TIRTC_AUDIOSAMPLE_8K16B2C, 2);
IS(TIRTC_AUDIOSAMPLE_16K16B2C, 3);
IS(TIRTC_FRAME_FLAG_KEY_FRAME, 1);

IS(sizeof(TIRTCFRAMEINFO), 12);
IS(_Alignof(TIRTCFRAMEINFO), 1);
IS(offsetof(TIRTCFRAMEINFO, stream_id), 0);
IS(offsetof(TIRTCFRAMEINFO, media), 1);
IS(offsetof(TIRTCFRAMEINFO, flags), 2);
IS(offsetof(TIRTCFRAMEINFO, reserved), 3);
IS(offsetof(TIRTCFRAMEINFO, ts), 4);
IS(offsetof(TIRTCFRAMEINFO, length), 8);

IS(sizeof(((TIRTCFRAMEINFO *)0)->ts), 4);
IS(sizeof(((TIRTCFRAMEINFO *)0)->length), 4);

IS(sizeof(TiRtcConnStats), 12);
IS(offsetof(TiRtcConnStats, audio_rtt_ms), 0);
IS(offsetof(TiRtcConnStats, video_rtt_ms), 4);
IS(offsetof(TiRtcConnStats, command_rtt_ms), 8);

/* Command words */
IS(RESPONSE_BIT, 1);
IS(MAKE_CMDW(0x4000, 1), 0x00018000);
IS(MAKE_CMDW(0x7fff, 0xffff), 0xfffffffe);
IS(GET_CMD(0xffffffff), 0x7fff);
IS(GET_SN(0x12348001), 0x1234);
IS(IS_RESERVED_CMDW(0x1fff), 1);
IS(IS_RESERVED_CMDW(0x2000), 0);

/* Callbacks: one pointer each, in this order */
#define SLOT(member, index) IS(offsetof(TIRTCCALLBACKS, member), (index) * sizeof(void (*)(void)))
SLOT(on_event, 0);
SLOT(on_conn_accepted, 1);
SLOT(on_conn_error, 2);
SLOT(on_disconnected, 3);
SLOT(on_audio, 4);
SLOT(on_video, 5);
SLOT(on_message, 6);
SLOT(on_command, 7);
SLOT(on_request_key_frame, 8);
SLOT(on_subscribe_video, 9);
SLOT(on_unsubscribe_video, 10);
SLOT(on_subscribe_audio, 11);
SLOT(on_unsubscribe_audio, 12);
SLOT(on_video_bitrate_required, 13);
SLOT(on_update_bitrate, 13);
IS(sizeof(TIRTCCALLBACKS), 14 * sizeof(void (*)(void)));
#if UINTPTR_MAX == UINT64_MAX
IS(offsetof(TIRTCCALLBACKS, on_update_bitrate), 104);
IS(sizeof(TIRTCCALLBACKS), 112);
#endif
IS(sizeof(tirtc_conn_t), sizeof(void *));

/* And what is called through them */
#define IS_OF_TYPE(expression, type) _Static_assert(_Generic((expression), type : 1, default : 0), #expression)
#define SLOT_IS(member, type) IS_OF_TYPE(((TIRTCCALLBACKS *)0)->member, type)
SLOT_IS(on_event, void (*)(int, const void *, int));
SLOT_IS(on_conn_accepted, void (*)(tirtc_conn_t));
SLOT_IS(on_conn_error, void (*)(tirtc_conn_t, int));
SLOT_IS(on_disconnected, void (*)(tirtc_conn_t));
SLOT_IS(on_audio, void (*)(tirtc_conn_t, const TIRTCFRAMEINFO *, void *));
SLOT_IS(on_video, void (*)(tirtc_conn_t, const TIRTCFRAMEINFO *, void *));
SLOT_IS(on_message, void (*)(tirtc_conn_t, const TIRTCFRAMEINFO *, void *));
SLOT_IS(on_command, void (*)(tirtc_conn_t, uint32_t, const void *, uint32_t));
SLOT_IS(on_request_key_frame, void (*)(tirtc_conn_t, uint8_t));
SLOT_IS(on_subscribe_video, int (*)(tirtc_conn_t, uint8_t));
SLOT_IS(on_unsubscribe_video, void (*)(tirtc_conn_t, uint8_t));
SLOT_IS(on_subscribe_audio, int (*)(tirtc_conn_t, uint8_t));
SLOT_IS(on_unsubscribe_audio, void (*)(tirtc_conn_t, uint8_t));
SLOT_IS(on_video_bitrate_required, void (*)(tirtc_conn_t, uint8_t, uint32_t));
SLOT_IS(on_update_bitrate, void (*)(tirtc_conn_t, uint8_t, uint32_t));
IS_OF_TYPE((TIRTCCONNECTCALLBACK)0, void (*)(int, tirtc_conn_t, void *));
IS_OF_TYPE((TIRTCLOGCALLBACK)0, void (*)(const char *, uint32_t));
IS_OF_TYPE((TiRtcVideoBitrateRequestCallback)0, void (*)(tirtc_conn_t, uint8_t, uint32_t, void *));
IS_OF_TYPE((TIRTCWHIPSERVERONSDPREADYCB)0, void (*)(const char *, int, void *));
IS_OF_TYPE((TIRTCSERVICEREQUESTCALLBACK)0, void (*)(const char *, void *));
IS_OF_TYPE((tirtc_conn_t)0, struct _tirtc_conn *);
IS_OF_TYPE(TiRtcSetOption, int (*)(TIRTCOPTION, const void *, uint32_t));

/* Every function, with its exact signature: a wrong one does not compile, a missing one does not link (volatile: the
 * pointers are really read). */
static const char *(*const volatile text_functions[])(void) = {TiRtcGetVersion, TiRtcGetBuildInfo};
static const char *(*const volatile error_text)(int) = TiRtcGetErrorStr;
static int (*const volatile plain_functions[])(void) = {TiRtcInit, TiRtcStop};
static void (*const volatile uninit)(void) = TiRtcUninit;
static int (*const volatile set_option)(TIRTCOPTION, const void *, uint32_t) = TiRtcSetOpt; /* its older name */
static int (*const volatile start)(const char *, const TIRTCCALLBACKS *) = TiRtcStart;
static int (*const volatile poll_sdk)(int) = TiRtcPoll;
static int (*const volatile connect_functions[])(const char *, const char *, TIRTCCONNECTCALLBACK,
                                                 void *) = {TiRtcConnect, TiRtcWhipConnect};
static int (*const volatile disconnect)(tirtc_conn_t) = TiRtcDisconnect;
static size_t (*const volatile send_buffer_used)(tirtc_conn_t) = TiRtcGetSendBufferUsed;
static int (*const volatile get_stats)(tirtc_conn_t, TiRtcConnStats *) = TiRtcConnGetStats;
static int (*const volatile set_user_data)(tirtc_conn_t, void *) = TiRtcConnSetUserData;
static void *(*const volatile get_user_data)(tirtc_conn_t) = TiRtcConnGetUserData;
static int (*const volatile senders[])(tirtc_conn_t, const TIRTCFRAMEINFO *, const void *) = {
    TiRtcSendMessageStream, TiRtcSendVideoStream, TiRtcSendAudioStream};
static int (*const volatile set_bitrate)(tirtc_conn_t, uint8_t, uint32_t, uint32_t,
                                         uint32_t) = TiRtcConnSetVideoBitrateParams;
static int (*const volatile set_bitrate_callback)(tirtc_conn_t, uint8_t, TiRtcVideoBitrateRequestCallback,
                                                  void *) = TiRtcConnSetVideoBitrateRequestCallback;
static int (*const volatile send_command)(tirtc_conn_t, uint32_t, const void *, uint32_t) = TiRtcSendCommand;
static uint32_t (*const volatile next_sn)(void) = atomic_get_cmd_sn;
static int (*const volatile requests[])(tirtc_conn_t, uint8_t) = {
    TiRtcRequestKeyFrame, TiRtcSubscribeVideo, TiRtcUnsubscribeVideo, TiRtcSubscribeAudio, TiRtcUnsubscribeAudio};
static int (*const volatile whip_accept)(const char *, int, const char *, TIRTCWHIPSERVERONSDPREADYCB,
                                         TIRTCCONNECTCALLBACK, void *) = TiRtcWhipAccept;
static int (*const volatile service_request)(const char *, const char *, const char *, TIRTCSERVICEREQUESTCALLBACK,
                                             void *) = TiRtcServiceRequest;
static void (*const volatile log_config)(int, const char *, uint32_t) = TiRtcLogConfig;
static void (*const volatile log_level)(int) = TiRtcLogSetLevel;
static void (*const volatile log_callback)(TIRTCLOGCALLBACK) = TiRtcLogSetCallback;

TEST(every_function_is_there)
{
    for (size_t i = 0; i < 2; i++) {
        CHECK(text_functions[i] != NULL && plain_functions[i] != NULL && connect_functions[i] != NULL);
    }
    for (size_t i = 0; i < 3; i++) {
        CHECK(senders[i] != NULL);
    }
    for (size_t i = 0; i < 5; i++) {
        CHECK(requests[i] != NULL);
    }
    CHECK(error_text != NULL && uninit != NULL && set_option != NULL && start != NULL && poll_sdk != NULL);
    CHECK(disconnect != NULL && send_buffer_used != NULL && get_stats != NULL && set_user_data != NULL);
    CHECK(get_user_data != NULL && set_bitrate != NULL && set_bitrate_callback != NULL && send_command != NULL);
    CHECK(next_sn != NULL && whip_accept != NULL && service_request != NULL);
    CHECK(log_config != NULL && log_level != NULL && log_callback != NULL);
}

TEST(media_values_are_audio_or_video_or_neither)
{
    for (int media = 0; media < 256; media++) {
        CHECK_EQUAL(TIRTC_IS_AUDIO(media), media >= 1 && media <= 64);
        CHECK_EQUAL(TIRTC_IS_VIDEO(media), media >= 65 && media <= 127);
    }
    CHECK(TIRTC_IS_KEY_FRAME(0xff));
    CHECK(!TIRTC_IS_KEY_FRAME(0xfe));
}

TEST(a_command_word_gives_back_what_it_was_made_of)
{
    for (uint32_t i = 0; i <= 0xffff; i++) {
        uint32_t word = MAKE_CMDW(i & 0x7fff, i);
        CHECK_EQUAL(GET_CMD(word), i & 0x7fff);
        CHECK_EQUAL(GET_SN(word), i);
        CHECK_EQUAL(word & RESPONSE_BIT, 0);
    }
    CHECK_EQUAL(MAKE_CMDW(0x8001, 0x10002), MAKE_CMDW(0x0001, 0x0002));
}

static uint32_t sent_word;

static int record_word(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len)
{
    sent_word = cmdw;
    return hconn == NULL && data == NULL && len == 0 ? 4 : -1;
}

/* The macros below are made of this function. */
#define TiRtcSendCommand record_word

TEST(the_three_ways_to_send_a_command_set_its_response_bit)
{
    CHECK_EQUAL(TiRtcSendReq(NULL, 0x00018003, NULL, 0), 4);
    CHECK_EQUAL(sent_word, 0x00018002);
    CHECK_EQUAL(TiRtcSendReqWithSn(NULL, 7, 0x4001, NULL, 0), 4);
    CHECK_EQUAL(sent_word, 0x00078002);
    CHECK_EQUAL(TiRtcSendResp(NULL, 0x00018002, NULL, 0), 4);
    CHECK_EQUAL(sent_word, 0x00018003);
}

TEST(the_library_is_the_version_of_the_header)
{
    char expected[32];
    snprintf(expected, sizeof expected, "v%d.%d.%d", TIRTC_VERSION_MAJOR, TIRTC_VERSION_MINOR, TIRTC_VERSION_PATCH);
    CHECK(strcmp(TiRtcGetVersion(), expected) == 0);
}

int main(void)
{
    RUN(every_function_is_there);
    RUN(media_values_are_audio_or_video_or_neither);
    RUN(a_command_word_gives_back_what_it_was_made_of);
    RUN(the_three_ways_to_send_a_command_set_its_response_bit);
    RUN(the_library_is_the_version_of_the_header);
    return check_result();
}
