/* service_request.c - one request to the service, and its answer.
 *
 *     export TIRTC_ENDPOINT=http://127.0.0.1:8080    where the service is
 *     export TIRTC_TOKEN=...                         sent as "Authorization: Bearer", when it is set
 *     service_request /v1/foo < body.json            a POST
 *     service_request --get /v1/foo                  a GET
 *
 * Prints the data of the answer, if there is any. Ends with 0 when the service answered with success, 1 when it did not
 * or there was no answer, 2 when it was called incorrectly.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tiRTC.h"

enum { MAX_BODY_BYTES = 65536 };

/* Called before TiRtcServiceRequest() returns, if the service answered with success and data. */
static void on_data(const char *data, void *user)
{
    (void)user;
    puts(data);
}

static void on_log(const char *line, uint32_t len)
{
    fprintf(stderr, "%.*s\n", (int)len, line);
}

/* A positive result is an HTTP status or a code of the service; the log has the service's message. */
static void print_failure(int result)
{
    if (result < 0) {
        fprintf(stderr, "the request failed, error %d: %s\n", result, TiRtcGetErrorStr(result));
    } else {
        fprintf(stderr, "the request was refused, %s %d\n", result <= 599 ? "HTTP status" : "code", result);
    }
}

int main(int argc, char **argv)
{
    static char
        json[MAX_BODY_BYTES + 2]; /* one byte more than allowed, so that the SDK refuses a body that is too large */
    bool get = argc == 3 && strcmp(argv[1], "--get") == 0;
    if (argc != 2 && !get) {
        fprintf(stderr, "usage: %s PATH < BODY\n       %s --get PATH\n", argv[0], argv[0]);
        return 2;
    }
    if (!get) {
        json[fread(json, 1, sizeof json - 1, stdin)] = '\0';
    }
    TiRtcLogSetLevel(2); /* the SDK's log of errors and warnings says more than a code */
    TiRtcLogSetCallback(on_log);
    int result = TiRtcInit();
    if (result == 0) {
        result = TiRtcServiceRequest(argv[argc - 1], get ? NULL : json, getenv("TIRTC_TOKEN"), on_data, NULL);
        TiRtcUninit();
    }
    if (result != 0) {
        print_failure(result);
    }
    return result == 0 ? 0 : 1;
}
