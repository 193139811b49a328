/* service_request.c - one request to the service, and its answer.
 *
 *     export TIRTC_ENDPOINT=http://127.0.0.1:8080    where the service is
 *     export TIRTC_TOKEN=...                         sent as "Authorization: Bearer", when it is set
 *     service_request /v1/foo < body.json
 *
 * Prints the body of the answer. Ends with 0 when the status was 2xx, 1 when it was another or there was no answer, 2
 * when it was called incorrectly.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tiRTC.h"

enum { MAX_BODY_BYTES = 65536 };

/* Called before TiRtcServiceRequest() returns, for every status. */
static void on_answer(const char *body, void *user)
{
    (void)user;
    puts(body);
}

static void on_log(const char *line, uint32_t len)
{
    fprintf(stderr, "%.*s\n", (int)len, line);
}

int main(int argc, char **argv)
{
    static char
        json[MAX_BODY_BYTES + 2]; /* one byte more than allowed, so that the SDK refuses a body that is too large */
    if (argc != 2) {
        fprintf(stderr, "usage: %s PATH < BODY\n", argv[0]);
        return 2;
    }
    json[fread(json, 1, sizeof json - 1, stdin)] = '\0';
    TiRtcLogSetLevel(1); /* the SDK's log of errors says more than a code */
    TiRtcLogSetCallback(on_log);
    int code = TiRtcInit();
    if (code == 0) {
        code = TiRtcServiceRequest(argv[1], json, getenv("TIRTC_TOKEN"), on_answer, NULL);
        TiRtcUninit();
    }
    if (code != 0) {
        fprintf(stderr, "the request failed, error %d: %s\n", code, TiRtcGetErrorStr(code));
    }
    return code == 0 ? 0 : 1;
}
