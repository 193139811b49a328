#include "http_answer.h"

#include <string.h>

#include "../base/http_head.h"
#include "tirtc_errors.h"

/* ---- The head ---- */

/* Read digits only. A value above the limit stays above it. */
static int read_length(ti_span_t value, uint32_t *length)
{
    *length = 0;
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            return TIRTC_E_UNEXPECTED_RESPONSE;
        }
        if (*length <= TI_HTTP_MAX_BODY_BYTES) {
            *length = *length * 10 + (uint32_t)(value.data[i] - '0');
        }
    }
    if (value.size == 0) {
        return TIRTC_E_UNEXPECTED_RESPONSE;
    }
    return *length > TI_HTTP_MAX_BODY_BYTES ? TIRTC_E_LACK_OF_RESOURCE : 0;
}

static int read_field(ti_http_answer_t *answer, ti_span_t name, ti_span_t value)
{
    if (ti_span_is_ignoring_case(name, "transfer-encoding")) {
        if (!ti_span_is_ignoring_case(value, "chunked")) {
            return TIRTC_E_UNEXPECTED_RESPONSE;
        }
        answer->state = TI_HTTP_CHUNK_SIZE; /* overrides a length (RFC 9112 section 6.3) */
    } else if (ti_span_is_ignoring_case(name, "content-length") && answer->state != TI_HTTP_CHUNK_SIZE) {
        answer->state = TI_HTTP_BODY;
        return read_length(value, &answer->remaining);
    }
    return 0;
}

/* Read the whole head. After an interim response (RFC 9110 15.2) another head follows. */
static int read_head(ti_http_answer_t *answer)
{
    ti_span_t name;
    ti_span_t value;
    unsigned minor;
    ti_span_t rest = ti_span(answer->head, answer->head_size);
    int found = ti_http_read_status(&rest, &minor);
    bool interim = found > 0 && found < 200;
    answer->status = found;
    answer->head_size = 0;
    answer->state = interim ? TI_HTTP_HEAD : TI_HTTP_UNTIL_END;
    if (interim) {
        return answer->status == 101 ? TIRTC_E_UNEXPECTED_RESPONSE : 0;
    }
    int error = 0;
    while (found > 0 && error == 0 && (found = ti_http_read_field(&rest, &name, &value)) > 0 && name.size > 0) {
        error = read_field(answer, name, value);
    }
    bool empty =
        answer->status == 204 || answer->status == 304 || (answer->state == TI_HTTP_BODY && answer->remaining == 0);
    if (found <= 0) {
        return TIRTC_E_UNEXPECTED_RESPONSE;
    }
    if (error == 0 && empty) {
        answer->state = TI_HTTP_COMPLETE;
    }
    return error;
}

static int feed_head(ti_http_answer_t *answer, char character)
{
    if (answer->head_size == sizeof answer->head) {
        return TIRTC_E_HTTP_HEADER;
    }
    answer->head[answer->head_size++] = character;
    size_t size = answer->head_size;
    ti_span_t begun = ti_span(answer->head, size);
    unsigned minor;
    if (size <= sizeof "HTTP/1.1 200" && ti_http_read_status(&begun, &minor) < 0) {
        return TIRTC_E_UNEXPECTED_RESPONSE; /* another protocol: its server may wait for us and send no more */
    }
    bool ends = size >= 4 && memcmp(answer->head + size - 4, "\r\n\r\n", 4) == 0;
    return ends ? read_head(answer) : 0;
}

/* ---- The body ---- */

static int keep(ti_http_answer_t *answer, char character)
{
    if (answer->body_size == TI_HTTP_MAX_BODY_BYTES) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    answer->body[answer->body_size++] = character;
    answer->body[answer->body_size] = '\0';
    return 0;
}

static int feed_counted(ti_http_answer_t *answer, char character, enum ti_http_state next)
{
    if (--answer->remaining == 0) {
        answer->state = next;
    }
    return keep(answer, character);
}

static int feed_chunk_size(ti_http_answer_t *answer, char character)
{
    int digit = ti_hex_value((uint8_t)character);
    if (digit < 0) {
        bool ends = character == '\r' || character == ';' || character == ' ' || character == '\t';
        answer->state = TI_HTTP_CHUNK_LINE;
        return ends && answer->digits ? 0 : TIRTC_E_UNEXPECTED_RESPONSE;
    }
    answer->remaining = answer->remaining * 16 + (uint32_t)digit;
    answer->digits = true;
    return answer->remaining > TI_HTTP_MAX_BODY_BYTES ? TIRTC_E_LACK_OF_RESOURCE : 0;
}

static int feed_chunk_line(ti_http_answer_t *answer, char character)
{
    if (character == '\n') {
        answer->state = answer->remaining != 0 ? TI_HTTP_CHUNK : TI_HTTP_TRAILER;
    }
    return 0;
}

static int feed_chunk_end(ti_http_answer_t *answer, char character)
{
    if (character == '\n') {
        answer->state = TI_HTTP_CHUNK_SIZE;
        answer->digits = false;
    }
    return character == '\n' || character == '\r' ? 0 : TIRTC_E_UNEXPECTED_RESPONSE;
}

static int feed_trailer(ti_http_answer_t *answer, char character)
{
    if (character != '\n') {
        answer->line_begun |= character != '\r';
    } else if (answer->line_begun) {
        answer->line_begun = false;
    } else {
        answer->state = TI_HTTP_COMPLETE;
    }
    return 0;
}

static int feed_one(ti_http_answer_t *answer, char character)
{
    switch (answer->state) {
    case TI_HTTP_HEAD:
        return feed_head(answer, character);
    case TI_HTTP_BODY:
        return feed_counted(answer, character, TI_HTTP_COMPLETE);
    case TI_HTTP_UNTIL_END:
        return keep(answer, character);
    case TI_HTTP_CHUNK_SIZE:
        return feed_chunk_size(answer, character);
    case TI_HTTP_CHUNK_LINE:
        return feed_chunk_line(answer, character);
    case TI_HTTP_CHUNK:
        return feed_counted(answer, character, TI_HTTP_CHUNK_END);
    case TI_HTTP_CHUNK_END:
        return feed_chunk_end(answer, character);
    case TI_HTTP_TRAILER:
        return feed_trailer(answer, character);
    case TI_HTTP_COMPLETE:
        break;
    }
    return 0;
}

int ti_http_answer_feed(ti_http_answer_t *answer, ti_span_t bytes)
{
    for (size_t i = 0; i < bytes.size && answer->state != TI_HTTP_COMPLETE; i++) {
        int error = feed_one(answer, (char)bytes.data[i]);
        if (error != 0) {
            return error;
        }
    }
    return answer->state == TI_HTTP_COMPLETE;
}

int ti_http_answer_end(ti_http_answer_t *answer)
{
    if (answer->state == TI_HTTP_UNTIL_END) {
        answer->state = TI_HTTP_COMPLETE;
    }
    return answer->state == TI_HTTP_COMPLETE ? 1 : TIRTC_E_HTTP_PEER_CLOSED;
}
