/* 2.2.x: a version that the preprocessor can read, build information, two more options. */
#include <stdio.h>

#include "TiRTC/tiRTC.h"

#if !defined(TIRTC_VERSION_MAJOR) || TIRTC_VERSION_MAJOR < 2 || (TIRTC_VERSION_MAJOR == 2 && TIRTC_VERSION_MINOR < 2)
#error "too old"
#endif

static void on_log(const char *log, uint32_t len)
{
    printf("%.*s\n", (int)len, log);
}

static void on_answer(const char *body, void *user)
{
    *(int *)user = body[0] == '{';
}

int main(void)
{
    TIRTCCALLBACKS callbacks = {0};
    TIRTCFRAMEINFO info = {0};
    int json = 0;
    printf("%d.%d.%d %s %s\n", TIRTC_VERSION_MAJOR, TIRTC_VERSION_MINOR, TIRTC_VERSION_PATCH, TiRtcGetVersion(),
           TiRtcGetBuildInfo());
    TiRtcLogSetCallback(on_log);
    TiRtcSetOption(TIRTC_OPT_APP_ID, "app", 3);
    TiRtcSetOption(TIRTC_OPT_CLIENT_ID, "client", 6);
    TiRtcInit();
    TiRtcStart(NULL, &callbacks);
    info.media = TIRTC_AUDIO_AMR;
    TiRtcSendAudioStream(NULL, &info, NULL);
    info.media = TIRTC_MEDIA_MESSAGE;
    TiRtcSendMessageStream(NULL, &info, NULL);
    TiRtcServiceRequest("/v1/example", "{}", NULL, on_answer, &json);
    TiRtcUninit();
    return json;
}
