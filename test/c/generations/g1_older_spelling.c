/* Spring 2026, with the earlier names. */
#include <tirtc/tiRTC.h>

static TIRTCCALLBACKS cbs;

int main(void)
{
    static const char endpoint[] = "http://127.0.0.1:8080";
    int code = TiRtcSetOpt(TIRTC_OPT_SERVICE_ENTRY, endpoint, sizeof(endpoint) - 1);
    if (code != 0) {
        return code;
    }
    TiRtcInit();
    code = TiRtcStart("device-001", &cbs);
    TiRtcUninit();
    return code;
}
