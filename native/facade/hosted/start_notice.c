/* Says why a start fails, for the user of a program that knows no TIRTC_EVENT_START_FAILED: a wrong secret and a closed
 * port would look like a service that does not answer. */
#include <string.h>

#include "../../base/text.h"
#include "../facade.h"
#include "../start_notice.h"

enum { MAX_ID_BYTES = 63 };

/* Of the newest start. Guarded by ti_facade_lock(). */
static struct start_names {
    char device_id[MAX_ID_BYTES + 1];
    char endpoint[TI_MAX_ENDPOINT_BYTES + 1];
    bool retry_told;
} newest;

static void copy_text(char *to, size_t capacity, tirtc_bytes_t from)
{
    ti_text_t text;
    ti_text_init(&text, to, capacity - 1);
    ti_text_add_printable(&text, ti_span(from.data, from.data != NULL ? from.size : 0));
    to[text.size] = '\0';
}

void ti_notice_start(tirtc_bytes_t device_id, tirtc_bytes_t endpoint)
{
    ti_facade_lock();
    copy_text(newest.device_id, sizeof newest.device_id, device_id);
    copy_text(newest.endpoint, sizeof newest.endpoint, endpoint);
    newest.retry_told = false;
    ti_facade_unlock();
}

/* What a final failure means, and what to do. */
static const char *explain_final(const tirtc_event_t *event)
{
    switch (event->error) {
    case TIRTC_E_INVALID_LICENSE:
        return event->reason != 0
                   ? "the service refused its id or its secret key; check both against the service's configuration"
                   : "the endpoint answered 401 or 403; check the endpoint, and the credentials of a proxy before it";
    case TIRTC_E_BUSY:
        return "another device has started with the same id and replaced this one; give every device its own id";
    case TIRTC_E_UNEXPECTED_RESPONSE:
        return "the service does not know its secret key; check the endpoint, and the key at the service";
    default:
        return TiRtcGetErrorStr(event->error);
    }
}

void ti_notice_failed(const tirtc_event_t *event)
{
    bool final = event->retry_in_ms == 0;
    ti_facade_lock();
    struct start_names names = newest;
    newest.retry_told = true;
    ti_facade_unlock();
    if (final) {
        ti_notice(TIRTC_LOG_ERROR, "device %s cannot start at %s: %s. The error is %d, and it is not tried again.",
                  names.device_id, names.endpoint, explain_final(event), event->error);
    } else if (!names.retry_told) {
        ti_notice(TIRTC_LOG_WARN,
                  "device %s could not start at %s: %s. The error is %d; it is tried again until it succeeds. Set the "
                  "environment variable TIRTC_LOG=4 to see every attempt.",
                  names.device_id, names.endpoint, TiRtcGetErrorStr(event->error), event->error);
    }
}
