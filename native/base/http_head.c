#include "http_head.h"

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

/* Take the text before the first `separator` off `rest`. Returns false if there is none: all of `rest` is the piece. */
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

/* Take a line off *input, without its CR LF. Returns 1, 0 when more bytes are needed, or -1 for a control byte. */
static int take_line(ti_span_t *input, ti_span_t *line)
{
    for (size_t i = 0; i < input->size; i++) {
        uint8_t byte = input->data[i];
        if (byte == '\r' && i + 1 == input->size) {
            return 0;
        }
        if (byte == '\r' && input->data[i + 1] == '\n') {
            *line = ti_span(input->data, i);
            *input = ti_span(input->data + i + 2, input->size - i - 2);
            return 1;
        }
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
            return -1;
        }
    }
    return 0;
}

/* "HTTP/1.1 101 any words"; the words and the space before them may be missing. Returns the status or -1. */
static int status_of(ti_span_t line)
{
    ti_span_t digits = ti_span(line.data + sizeof "HTTP/1.1", line.size - sizeof "HTTP/1.1");
    int status = 0;
    for (size_t i = 0; i < 3; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9') {
            return -1;
        }
        status = status * 10 + (digits.data[i] - '0');
    }
    bool ends = digits.size == 3 || digits.data[3] == ' ';
    return ends && status >= 100 ? status : -1;
}

int ti_http_read_status(ti_span_t *input, int *status, bool *is_http_1_0)
{
    ti_span_t line;
    ti_span_t start = TI_SPAN("HTTP/1.");
    bool may_be_http =
        input->size < start.size ? ti_span_starts_with(start, *input) : ti_span_starts_with(*input, start);
    int found = may_be_http ? take_line(input, &line) : -1;
    if (found <= 0) {
        return found;
    }
    *is_http_1_0 = ti_span_starts_with(line, TI_SPAN("HTTP/1.0 "));
    bool known = *is_http_1_0 || ti_span_starts_with(line, TI_SPAN("HTTP/1.1 "));
    *status = known && line.size >= sizeof "HTTP/1.1 200" - 1 ? status_of(line) : -1;
    return *status < 0 ? -1 : 1;
}

int ti_http_read_field(ti_span_t *input, ti_span_t *name, ti_span_t *value)
{
    ti_span_t line;
    int found = take_line(input, &line);
    if (found <= 0) {
        return found;
    }
    bool is_end = line.size == 0;
    bool has_colon = cut(&line, ':', name);
    *value = trim(line);
    return is_end || (has_colon && name->size > 0) ? 1 : -1;
}

bool ti_http_is_folded(ti_span_t name)
{
    for (size_t i = 0; i < name.size; i++) {
        if (is_blank(name.data[i])) {
            return true;
        }
    }
    return false;
}

bool ti_http_list_has(ti_span_t value, ti_span_t item)
{
    ti_span_t piece;
    bool more;
    do {
        more = cut(&value, ',', &piece);
        if (ti_span_equal_ignoring_case(trim(piece), item)) {
            return true;
        }
    } while (more);
    return false;
}
