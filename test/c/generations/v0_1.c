/* 0.1.x: TIRTC_EVENT_*, nine options, a device that sends when someone connects and answers commands. */
#include <basedef.h>
#include <stdio.h>
#include <string.h>
#include <tiRTC.h>

static tirtc_conn_t peer;

static void on_event(int event, const void *data, int len)
{
    (void)data;
    (void)len;
    if (event == TIRTC_EVENT_SYS_STARTED || event == TIRTC_EVENT_SYS_STOPPED || event == TIRTC_EVENT_ACCESS_HIJACKING) {
        printf("event %d\n", event);
    }
}

static void on_conn_accepted(tirtc_conn_t hconn)
{
    static const uint8_t picture[] = {0, 0, 0, 1, 0x65};
    TIRTCFRAMEINFO info;
    memset(&info, 0, sizeof(info));
    info.stream_id = 10;
    info.media = TIRTC_VIDEO_H264;
    info.flags = TIRTC_FRAME_FLAG_KEY_FRAME;
    info.length = sizeof(picture);
    peer = hconn;
    if (TiRtcSendVideoStream(hconn, &info, picture) < 0) {
        TiRtcDisconnect(hconn);
    }
}

static void on_conn_error(tirtc_conn_t hconn, int error)
{
    printf("%s, %zu bytes unsent\n", TiRtcGetErrorStr(error), TiRtcGetSendBufferUsed(hconn));
    TiRtcDisconnect(hconn);
}

static void on_disconnected(tirtc_conn_t hconn)
{
    if (peer == hconn) {
        peer = NULL;
    }
}

static void on_audio(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, void *data)
{
    (void)data;
    if (TIRTC_IS_AUDIO(info->media) && info->flags == TIRTC_AUDIOSAMPLE_8K16B1C) {
        TiRtcSendAudioStream(hconn, info, data);
    }
}

static void on_command(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len)
{
    int cmd = 0x4001;
    if (cmdw & RESPONSE_BIT) {
        printf("answer to %u\n", GET_SN(cmdw));
    } else if (GET_CMD(cmdw) == cmd && !IS_RESERVED_CMDW(cmdw)) {
        TiRtcSendResp(hconn, cmdw, data, len);
    }
}

static int on_subscribe(tirtc_conn_t hconn, uint8_t stream_id)
{
    (void)hconn;
    return stream_id == 10 ? 0 : -1;
}

static void on_stream(tirtc_conn_t hconn, uint8_t stream_id)
{
    (void)hconn;
    (void)stream_id;
}

__BEGIN_PACKED__
typedef struct greeting {
    uint8_t kind;
    uint32_t number;
} __PACKED__ greeting_t;
__END_PACKED__

static TIRTCCALLBACKS callbacks = {
    .on_event = on_event,
    .on_conn_accepted = on_conn_accepted,
    .on_conn_error = on_conn_error,
    .on_disconnected = on_disconnected,
    .on_audio = on_audio,
    .on_video = NULL,
    .on_message = NULL,
    .on_command = on_command,
    .on_request_key_frame = on_stream,
    .on_subscribe_video = on_subscribe,
    .on_unsubscribe_video = on_stream,
    .on_subscribe_audio = on_subscribe,
    .on_unsubscribe_audio = on_stream,
};

static void on_connected(int error, tirtc_conn_t hconn, void *user)
{
    greeting_t greeting = {1, 2};
    (void)user;
    if (error == 0) {
        TiRtcSubscribeVideo(hconn, 10);
        TiRtcSubscribeAudio(hconn, 11);
        TiRtcRequestKeyFrame(hconn, 10);
        TiRtcSendReq(hconn, MAKE_CMDW(0x4001, atomic_get_cmd_sn()), &greeting, sizeof(greeting));
        TiRtcSendReqWithSn(hconn, atomic_get_cmd_sn(), 0x4002, NULL, 0);
        TiRtcUnsubscribeVideo(hconn, 10);
        TiRtcUnsubscribeAudio(hconn, 11);
    }
}

int main(void)
{
    int one = 1, network = TIRTC_NETCONN_4G;
    uint32_t buffer = 65536;
    TiRtcLogConfig(1, NULL, 0);
    TiRtcLogSetLevel(4);
    TiRtcInit();
    TiRtcSetOption(TIRTC_OPT_DEVICE_SECRET_KEY, "secret", 6);
    TiRtcSetOption(TIRTC_OPT_MAX_CONNECTIONS, &one, sizeof(one));
    TiRtcSetOption(TIRTC_OPT_NETWORK_TYPE, &network, sizeof(network));
    TiRtcSetOption(TIRTC_OPT_ICCID, "8900", 4);
    TiRtcSetOption(TIRTC_OPT_WAKEUP, &one, sizeof(one));
    TiRtcSetOption(TIRTC_OPT_RESTRICTED_NETWORK, &one, sizeof(one));
    TiRtcSetOption(TIRTC_OPT_MAX_SEND_BUFFER, &buffer, sizeof(buffer));
    TiRtcSetOption(TIRTC_OPT_CONNECT_CACHE, &one, sizeof(one));
    if (TiRtcStart("device-001,secret", &callbacks) == 0) {
        TiRtcConnect("device-002", "token", on_connected, NULL);
    }
    TiRtcStop();
    TiRtcUninit();
    return sizeof(greeting_t) == 5 ? 0 : 1;
}
