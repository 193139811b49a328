#include "json_text.h"

#include "tirtc_config.h"

#if TIRTC_MAX_LOG_LEVEL > 0

enum { ESCAPE_BYTES = 6 }; /* of \u and four digits */

static ti_span_t from(ti_span_t span, size_t at)
{
    return ti_span(span.data + at, span.size - at);
}

/* Returns the UTF-16 unit of the escape at `at`, or -1 if there is none. */
static int32_t unit_at(ti_span_t string, size_t at)
{
    int32_t unit = 0;
    if (string.size < at + ESCAPE_BYTES || string.data[at] != '\\' || string.data[at + 1] != 'u') {
        return -1;
    }
    for (size_t i = at + 2; i < at + ESCAPE_BYTES; i++) {
        unit = unit << 4 | (ti_hex_value(string.data[i]) & 15);
    }
    return unit;
}

/* Add a character as UTF-8 (RFC 3629 section 3). Half of a surrogate pair cannot be written. */
static void add_code_point(ti_text_t *text, uint32_t point)
{
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    uint8_t bytes[4];
    size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; point >>= 6) {
        bytes[i] = (uint8_t)(0x80 | (point & 0x3f));
    }
    bytes[0] = (uint8_t)(leads[size] | point);
    ti_text_add_printable(text, ti_utf8_size(bytes, size) == size ? ti_span(bytes, size) : TI_SPAN("?"));
}

/* Add the character of the escape at the start of `string`. Returns the bytes of the escape. */
static size_t add_escaped(ti_text_t *text, ti_span_t string)
{
    int32_t unit = unit_at(string, 0);
    if (unit < 0) {
        bool is_itself = string.data[1] == '"' || string.data[1] == '\\' || string.data[1] == '/';
        ti_text_add_span(text, is_itself ? ti_span(string.data + 1, 1) : TI_SPAN("?"));
        return 2;
    }
    int32_t second = unit_at(string, ESCAPE_BYTES);
    if (unit >> 10 == 0xd800 >> 10 && second >> 10 == 0xdc00 >> 10) { /* RFC 8259 section 7 */
        add_code_point(text, 0x10000 + (uint32_t)((unit & 0x3ff) << 10 | (second & 0x3ff)));
        return (size_t)2 * ESCAPE_BYTES;
    }
    add_code_point(text, (uint32_t)unit);
    return ESCAPE_BYTES;
}

void ti_json_add_printable(ti_text_t *text, ti_span_t string)
{
    size_t end = string.size > 0 ? string.size - 1 : 0;
    size_t at = 1;
    while (at < end) {
        if (string.data[at] == '\\') {
            at += add_escaped(text, from(string, at));
            continue;
        }
        size_t plain = at;
        while (at < end && string.data[at] != '\\') {
            at++;
        }
        ti_text_add_printable(text, ti_span(string.data + plain, at - plain));
    }
}

#else

void ti_json_add_printable(ti_text_t *text, ti_span_t string)
{
    (void)text;
    (void)string;
}

#endif
