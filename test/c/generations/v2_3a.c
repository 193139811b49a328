/* 2.3, first build: link modes, statistics, bit rates by a callback of their own. */
#include <stdio.h>

#include "tiRTC.h"

static void on_bitrate(tirtc_conn_t hconn, uint8_t stream_id, uint32_t bps, void *user)
{
    (void)hconn;
    *(uint32_t *)user = bps / (stream_id + 1u);
}

static void on_connected(int error, tirtc_conn_t hconn, void *user)
{
    TiRtcConnStats stats;
    if (error == 0 && TiRtcConnGetStats(hconn, &stats) == 0) {
        printf("%u %u %u ms\n", (unsigned)stats.audio_rtt_ms, (unsigned)stats.video_rtt_ms,
               (unsigned)stats.command_rtt_ms);
        TiRtcConnSetUserData(hconn, user);
        TiRtcConnSetVideoBitrateParams(hconn, 0, 100000, 2000000, 800000);
        TiRtcConnSetVideoBitrateRequestCallback(hconn, 0, on_bitrate, TiRtcConnGetUserData(hconn));
    }
}

static void on_sdp(const char *sdp, int len, void *user)
{
    (void)user;
    printf("%.*s", len, sdp);
}

int main(void)
{
    static TIRTCCALLBACKS callbacks;
    static uint32_t bps;
    int mode = TIRTC_CONNECT_LINK_MODE_RELAY_ONLY;
    TiRtcInit();
    TiRtcSetOption(TIRTC_OPT_CONNECT_LINK_MODE, &mode, sizeof(mode));
    TiRtcStart("device-001,secret", &callbacks);
    TiRtcWhipConnect("whip://device-002", "token", on_connected, &bps);
    TiRtcWhipAccept("v=0", 3, NULL, on_sdp, on_connected, NULL);
    TiRtcUninit();
    return mode == TIRTC_CONNECT_LINK_MODE_AUTO || mode == TIRTC_CONNECT_LINK_MODE_DIRECT_ONLY;
}
