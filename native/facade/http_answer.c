#include "http_answer.h"

#include <string.h>

#include "tirtc_errors.h"

/* ---- The head ---- */

static ti_span_t trimmed(ti_span_t text)
{
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text = ti_span(text.data + 1, text.size - 1);
    }
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t')) {
        text.size--;
    }
    return text;
}

/* The next line of `rest` without its CR LF, taken off it. */
static ti_span_t take_line(ti_span_t *rest)
{
    size_t size = 0;
    while (size + 1 < rest->size && !(rest->data[size] == '\r' && rest->data[size + 1] == '\n')) {
        size++;
    }
    ti_span_t line = ti_span(rest->data, size);
    *rest = ti_span(rest->data + size + 2, rest->size - size - 2);
    return line;
}

/* "HTTP/1.x NNN ..."; -1 when it is not. */
static int read_status(ti_span_t line)
{
    const uint8_t *at = line.data;
    if (line.size < 12 || !ti_span_starts_with(line, TI_SPAN("HTTP/1.")) || at[8] != ' ' ||
        (line.size > 12 && at[12] != ' ')) {
        return -1;
    }
    int status = 0;
    for (int i = 9; i < 12; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return -1;
        }
        status = status * 10 + (at[i] - '0');
    }
    return status;
}

/* Digits only; what is above the limit stays above it. */
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

static int read_field(ti_http_answer_t *answer, ti_span_t line)
{
    const uint8_t *colon = memchr(line.data, ':', line.size);
    if (colon == NULL) {
        return TIRTC_E_UNEXPECTED_RESPONSE;
    }
    ti_span_t name = ti_span(line.data, (size_t)(colon - line.data));
    ti_span_t value = trimmed(ti_span(colon + 1, line.size - name.size - 1));
    if (ti_span_equal_ignoring_case(name, TI_SPAN("transfer-encoding"))) {
        if (!ti_span_equal_ignoring_case(value, TI_SPAN("chunked"))) {
            return TIRTC_E_UNEXPECTED_RESPONSE;
        }
        answer->state = TI_HTTP_CHUNK_SIZE; /* goes before a length (RFC 9112 section 6.3) */
    } else if (ti_span_equal_ignoring_case(name, TI_SPAN("content-length")) && answer->state != TI_HTTP_CHUNK_SIZE) {
        answer->state = TI_HTTP_BODY;
        return read_length(value, &answer->remaining);
    }
    return 0;
}

static int read_head(ti_http_answer_t *answer)
{
    ti_span_t rest = ti_span(answer->head, answer->head_size - 2);
    answer->status = read_status(take_line(&rest));
    if (answer->status < 100) {
        return TIRTC_E_UNEXPECTED_RESPONSE;
    }
    answer->head_size = 0;
    if (answer->status < 200) {
        return answer->status == 101 ? TIRTC_E_UNEXPECTED_RESPONSE : 0; /* the answer itself comes after it */
    }
    answer->state = TI_HTTP_UNTIL_END;
    int error = 0;
    while (rest.size > 0 && error == 0) {
        error = read_field(answer, take_line(&rest));
    }
    bool empty =
        answer->status == 204 || answer->status == 304 || (answer->state == TI_HTTP_BODY && answer->remaining == 0);
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
