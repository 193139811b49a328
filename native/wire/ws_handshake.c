/* The client's side of the WebSocket handshake (RFC 6455 section 4, HTTP/1.1 as in RFC 9112). */
#include "../base/http_head.h"
#include "websocket.h"

/* The headers that make a 101 an upgrade to tirtc.v1; INVALID overrides all of them. */
enum {
    HAS_UPGRADE = 1,
    HAS_CONNECTION = 2,
    HAS_ACCEPT = 4,
    HAS_PROTOCOL = 8,
    HAS_ALL = HAS_UPGRADE | HAS_CONNECTION | HAS_ACCEPT | HAS_PROTOCOL,
    INVALID = 16
};

void ti_ws_add_upgrade_headers(ti_text_t *text, const char key_text[TI_WS_KEY_CHARS])
{
    ti_text_add(text, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ");
    ti_text_add_span(text, ti_span(key_text, TI_WS_KEY_CHARS));
    ti_text_add(text, "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: tirtc.v1\r\n");
}

/* Evaluate one header. */
static void read_header(ti_span_t name, ti_span_t value, ti_span_t accept, unsigned *seen, ti_ws_response_t *response)
{
    unsigned only_once = 0;
    bool good = true;
    if (ti_span_is_ignoring_case(name, "Upgrade")) {
        only_once = HAS_UPGRADE;
        good = ti_span_is_ignoring_case(value, "websocket");
    } else if (ti_span_is_ignoring_case(name, "Connection")) {
        *seen |= ti_http_list_has(value, "upgrade") ? HAS_CONNECTION : 0;
    } else if (ti_span_is_ignoring_case(name, "Sec-WebSocket-Accept")) {
        only_once = HAS_ACCEPT;
        good = ti_span_equal(value, accept);
    } else if (ti_span_is_ignoring_case(name, "Sec-WebSocket-Protocol")) {
        only_once = HAS_PROTOCOL;
        good = ti_span_is(value, "tirtc.v1");
    } else if (ti_span_is_ignoring_case(name, "Sec-WebSocket-Extensions")) {
        good = value.size == 0;
    } else if (ti_span_is_ignoring_case(name, "Location") && response->location.size == 0) {
        response->location = value;
    }
    *seen |= !good || (*seen & only_once) != 0 ? INVALID : only_once;
}

/* Returns true if the name of a field contains blanks, the sign of folded and smuggled headers (RFC 9112 5). */
static bool is_folded(ti_span_t name)
{
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == ' ' || name.data[i] == '\t') {
            return true;
        }
    }
    return false;
}

static int read_head(ti_span_t input, ti_span_t accept, ti_ws_response_t *response)
{
    ti_span_t name;
    ti_span_t value;
    ti_span_t rest = input;
    unsigned minor;
    *response = (ti_ws_response_t){0};
    int found = ti_http_read_status(&rest, &minor);
    unsigned seen = found > 0 && minor == 0 ? INVALID : 0;
    response->status = found;
    if (found > 599) {
        return -1;
    }
    while (found > 0) {
        found = ti_http_read_field(&rest, &name, &value);
        if (found > 0 && is_folded(name)) {
            return -1;
        }
        if (found > 0 && name.size == 0) {
            response->upgraded = response->status == 101 && seen == HAS_ALL;
            if (response->status / 100 != 3) {
                response->location = ti_span(NULL, 0);
            }
            return (int)(rest.data - input.data);
        }
        if (found > 0) {
            read_header(name, value, accept, &seen, response);
        }
    }
    return found;
}

int ti_ws_read_response(ti_span_t input, const char accept_text[TI_WS_ACCEPT_CHARS], ti_ws_response_t *response)
{
    bool full = input.size >= TI_WS_MAX_RESPONSE_BYTES;
    ti_span_t head = ti_span(input.data, full ? TI_WS_MAX_RESPONSE_BYTES : input.size);
    int size = read_head(head, ti_span(accept_text, TI_WS_ACCEPT_CHARS), response);
    return size == 0 && full ? -1 : size;
}
