/* Spring 2026: the seed's spellings, id and secret in one string. */
#include <stdio.h>
#include <string.h>

#include "tiRTC.h"

static void on_event(int event, const void *data, int len)
{
    switch (event) {
    case TiEVENT_SYS_STARTED:
        puts("started");
        break;
    case TiEVENT_SYS_STOPPED:
        puts("stopped");
        break;
    case TiEVENT_ACCESS_HIJACKING:
        printf("redirected to %.*s\n", len, (const char *)data);
        break;
    default:
        break;
    }
}

static TIRTCCALLBACKS cbs = {
    .on_event = on_event,
};

int main(void)
{
    const char *endpoint = "http://127.0.0.1:8080";
    const char *secret = "secret";
    int code = TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint));
    if (code == 0) {
        code = TiRtcSetOption(TIRTC_OPT_SECRET_KEY, secret, (uint32_t)strlen(secret));
    }
    if (code == 0) {
        code = TiRtcInit();
    }
    if (code == 0) {
        code = TiRtcStart("device-001,secret", &cbs);
    }
    printf("%s\n", TiRtcGetErrorStr(code));
    TiRtcStop();
    TiRtcUninit();
    return code;
}
