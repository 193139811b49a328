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

static bool is_control(uint8_t byte)
{
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

/* Take a line off *input, without its CR LF. Returns 1, 0 when more bytes are needed, or -1 for a control byte. */
static int take_line(ti_span_t *input, ti_span_t *line)
{
    const uint8_t *data = input->data;
    size_t size = input->size;
    size_t end = 0;
    while (end < size && !is_control(data[end])) {
        end++;
    }
    if (end < size && data[end] != '\r') {
        return -1;
    }
    if (end + 1 >= size) {
        return 0;
    }
    *line = ti_span(data, end);
    *input = ti_span(data + end + 2, size - end - 2);
    return data[end + 1] == '\n' ? 1 : -1;
}

/* "HTTP/1.1 101 any words"; the words and the space before them may be missing. */
int ti_http_read_status(ti_span_t *input, unsigned *minor)
{
    ti_span_t line;
    ti_span_t start = TI_SPAN("HTTP/1.");
    start.size = input->size < start.size ? input->size : start.size;
    int found = ti_span_starts_with(*input, start) ? take_line(input, &line) : -1;
    if (found <= 0) {
        return found;
    }
    size_t digits = sizeof "HTTP/1.1 " - 1;
    *minor = line.size >= digits + 3 && line.data[digits - 1] == ' ' ? line.data[digits - 2] - '0' : 2;
    if (*minor > 1 || (line.size > digits + 3 && line.data[digits + 3] != ' ')) {
        return -1;
    }
    unsigned status = 0;
    for (size_t i = digits; i < digits + 3; i++) {
        unsigned digit = line.data[i] - '0';
        if (digit > 9) {
            return -1;
        }
        status = status * 10 + digit;
    }
    return status >= 100 ? (int)status : -1;
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

bool ti_http_list_has(ti_span_t value, const char *item)
{
    ti_span_t piece;
    bool more;
    do {
        more = cut(&value, ',', &piece);
        if (ti_span_is_ignoring_case(trim(piece), item)) {
            return true;
        }
    } while (more);
    return false;
}
