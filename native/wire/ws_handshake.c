/* The WebSocket handshake as the client sees it (RFC 6455 section 4, HTTP/1.1 as in RFC 9112). */
#include "websocket.h"

/* What of a 101 makes it an upgrade to tirtc.v1; SPOILED outweighs all. */
enum {
    HAS_UPGRADE = 1,
    HAS_CONNECTION = 2,
    HAS_ACCEPT = 4,
    HAS_PROTOCOL = 8,
    HAS_ALL = HAS_UPGRADE | HAS_CONNECTION | HAS_ACCEPT | HAS_PROTOCOL,
    SPOILED = 16
};

void ti_ws_add_upgrade_headers(ti_text_t *text, const char key_text[TI_WS_KEY_CHARS])
{
    ti_text_add(text, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ");
    ti_text_add_span(text, ti_span(key_text, TI_WS_KEY_CHARS));
    ti_text_add(text, "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: tirtc.v1\r\n");
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

static ti_span_t trim(ti_span_t span)
{
    while (span.size > 0 && is_blank(span.data[0])) {
        span = ti_span(span.data + 1, span.size - 1);
    }
    while (span.size > 0 && is_blank(span.data[span.size - 1])) {
        span.size--;
    }
    return span;
}

/* Cut the text before the first `separator` off `rest`. False when there is none: then all of `rest` is the piece. */
static bool cut(ti_span_t *rest, char separator, ti_span_t *piece)
{
    for (size_t i = 0; i < rest->size; i++) {
        if (rest->data[i] == (uint8_t)separator) {
            *piece = ti_span(rest->data, i);
            *rest = ti_span(rest->data + i + 1, rest->size - i - 1);
            return true;
        }
    }
    *piece = *rest;
    rest->size = 0;
    return false;
}

/* Find the line at the front of `input`, without its CR LF. Returns 1, 0 when it is not all there, -1 when it holds
 * a control byte other than a tab. */
static int read_line(ti_span_t input, ti_span_t *line)
{
    for (size_t i = 0; i < input.size; i++) {
        uint8_t byte = input.data[i];
        if (byte == '\r') {
            *line = ti_span(input.data, i);
            return i + 1 == input.size ? 0 : input.data[i + 1] == '\n' ? 1 : -1;
        }
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
            return -1;
        }
    }
    return 0;
}

/* "HTTP/1.1 101 any words", of which the words and the space before them may be absent. Returns the status or -1. */
static int read_status(ti_span_t line, bool *is_http_1_0)
{
    ti_span_t version = ti_span(line.data, sizeof "HTTP/1.1 " - 1);
    if (line.size < version.size + 3) {
        return -1;
    }
    *is_http_1_0 = ti_span_equal(version, TI_SPAN("HTTP/1.0 "));
    if (!*is_http_1_0 && !ti_span_equal(version, TI_SPAN("HTTP/1.1 "))) {
        return -1;
    }
    const uint8_t *digits = line.data + version.size;
    int status = 0;
    for (int i = 0; i < 3; i++) {
        if (digits[i] < '0' || digits[i] > '9') {
            return -1;
        }
        status = status * 10 + (digits[i] - '0');
    }
    bool ends = line.size == version.size + 3 || digits[3] == ' ';
    return ends && status >= 100 && status <= 599 ? status : -1;
}

static bool lists_upgrade(ti_span_t value)
{
    ti_span_t option;
    bool more;
    do {
        more = cut(&value, ',', &option);
        if (ti_span_equal_ignoring_case(trim(option), TI_SPAN("upgrade"))) {
            return true;
        }
    } while (more);
    return false;
}

/* Take one header into account. */
static void read_header(ti_span_t name, ti_span_t value, ti_span_t accept, unsigned *seen, ti_ws_response_t *response)
{
    unsigned only_once = 0;
    bool good = true;
    if (ti_span_equal_ignoring_case(name, TI_SPAN("Upgrade"))) {
        only_once = HAS_UPGRADE;
        good = ti_span_equal_ignoring_case(value, TI_SPAN("websocket"));
    } else if (ti_span_equal_ignoring_case(name, TI_SPAN("Connection"))) {
        *seen |= lists_upgrade(value) ? HAS_CONNECTION : 0;
    } else if (ti_span_equal_ignoring_case(name, TI_SPAN("Sec-WebSocket-Accept"))) {
        only_once = HAS_ACCEPT;
        good = ti_span_equal(value, accept);
    } else if (ti_span_equal_ignoring_case(name, TI_SPAN("Sec-WebSocket-Protocol"))) {
        only_once = HAS_PROTOCOL;
        good = ti_span_equal(value, TI_SPAN("tirtc.v1"));
    } else if (ti_span_equal_ignoring_case(name, TI_SPAN("Sec-WebSocket-Extensions"))) {
        good = value.size == 0;
    } else if (ti_span_equal_ignoring_case(name, TI_SPAN("Location")) && response->location.size == 0) {
        response->location = value;
    }
    *seen |= !good || (*seen & only_once) != 0 ? SPOILED : only_once;
}

/* RFC 9110 5.1 allows less, but only blanks do harm: they are the marks of folding and of smuggled headers. */
static bool is_name(ti_span_t name)
{
    for (size_t i = 0; i < name.size; i++) {
        if (is_blank(name.data[i])) {
            return false;
        }
    }
    return name.size > 0;
}

/* What has arrived can still become "HTTP/1.": says no to other protocols at their first bytes. */
static bool may_be_http(ti_span_t input)
{
    ti_span_t start = TI_SPAN("HTTP/1.");
    return input.size < start.size ? ti_span_starts_with(start, input) : ti_span_starts_with(input, start);
}

static int read_head(ti_span_t input, ti_span_t accept, ti_ws_response_t *response)
{
    ti_span_t line;
    ti_span_t rest = input;
    unsigned seen = 0;
    *response = (ti_ws_response_t){0};
    if (!may_be_http(input)) {
        return -1;
    }
    for (;;) {
        int found = read_line(rest, &line);
        if (found <= 0) {
            return found;
        }
        rest = ti_span(rest.data + line.size + 2, rest.size - line.size - 2);
        ti_span_t name;
        if (response->status == 0) {
            bool is_http_1_0;
            response->status = read_status(line, &is_http_1_0);
            if (response->status < 0) {
                return -1;
            }
            seen |= is_http_1_0 ? SPOILED : 0;
        } else if (line.size == 0) {
            break;
        } else if (cut(&line, ':', &name) && is_name(name)) {
            read_header(name, trim(line), accept, &seen, response);
        } else {
            return -1;
        }
    }
    response->upgraded = response->status == 101 && seen == HAS_ALL;
    if (response->status / 100 != 3) {
        response->location = ti_span(NULL, 0);
    }
    return (int)(rest.data - input.data);
}

int ti_ws_read_response(ti_span_t input, const char accept_text[TI_WS_ACCEPT_CHARS], ti_ws_response_t *response)
{
    bool full = input.size >= TI_WS_MAX_RESPONSE_BYTES;
    ti_span_t head = ti_span(input.data, full ? TI_WS_MAX_RESPONSE_BYTES : input.size);
    int size = read_head(head, ti_span(accept_text, TI_WS_ACCEPT_CHARS), response);
    return size == 0 && full ? -1 : size;
}
