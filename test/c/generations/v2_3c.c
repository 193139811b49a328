/* 2.3, third build: HTTP errors, the poll time, and a 14th callback under this name. */
#include <stdio.h>

#include "tiRTC.h"

static void on_bitrate(tirtc_conn_t hconn, uint8_t stream_id, uint32_t target_bps)
{
    (void)hconn;
    printf("stream %u: %u bps\n", (unsigned)stream_id, (unsigned)target_bps);
}

static const TIRTCCALLBACKS callbacks = {
    .on_event = NULL,
    .on_update_bitrate = on_bitrate,
};

int main(void)
{
    int poll_ms = 10;
    int code = TiRtcSetOption(TIRTC_OPT_TGTRP_POLL_TIMEOUT, &poll_ms, sizeof(poll_ms));
    if (code != poll_ms) {
        return 1;
    }
    TiRtcInit();
    switch (TiRtcStart("device-001,secret", &callbacks)) {
    case 0:
        break;
    case TIRTC_E_HTTP_TIMEOUT:
    case TIRTC_E_HTTP_RESOLVE:
    case TIRTC_E_HTTP_CONNECT:
    case TIRTC_E_HTTP_SSL:
        puts("no network");
        break;
    case TIRTC_E_HTTP_URL:
        puts("no endpoint");
        break;
    default:
        puts("no luck");
        break;
    }
    TiRtcUninit();
    return callbacks.on_update_bitrate == on_bitrate ? 0 : 1;
}
