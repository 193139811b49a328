#include "text.h"

#include <string.h>

void ti_text_init(ti_text_t *text, char *buffer, size_t capacity)
{
    text->data = buffer;
    text->size = 0;
    text->capacity = capacity;
    text->cut = false;
}

void ti_text_add_span(ti_text_t *text, ti_span_t span)
{
    size_t room = text->cut ? 0 : text->capacity - text->size;
    size_t size = span.size < room ? span.size : room;
    if (size > 0) {
        memcpy(text->data + text->size, span.data, size);
        text->size += size;
    }
    if (size < span.size) {
        text->cut = true;
    }
}

void ti_text_add(ti_text_t *text, const char *string)
{
    ti_text_add_span(text, ti_span(string, strlen(string)));
}

void ti_text_add_char(ti_text_t *text, char character)
{
    ti_text_add_span(text, ti_span(&character, 1));
}

void ti_text_add_u32(ti_text_t *text, uint32_t value)
{
    char digits[10];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    ti_text_add_span(text, ti_span(digits + at, sizeof digits - at));
}

void ti_text_add_i32(ti_text_t *text, int32_t value)
{
    if (value < 0) {
        ti_text_add_char(text, '-');
    }
    ti_text_add_u32(text, value < 0 ? 0 - (uint32_t)value : (uint32_t)value);
}

void ti_text_add_hex(ti_text_t *text, uint32_t value)
{
    char digits[8];
    size_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value > 0);
    ti_text_add(text, "0x");
    ti_text_add_span(text, ti_span(digits + at, sizeof digits - at));
}

/* RFC 3986 2.3 */
static bool is_unreserved(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

void ti_text_add_percent_encoded(ti_text_t *text, ti_span_t span)
{
    for (size_t i = 0; i < span.size; i++) {
        uint8_t byte = span.data[i];
        const char escape[3] = {'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
        ti_text_add_span(text, is_unreserved(byte) ? ti_span(&byte, 1) : ti_span(escape, sizeof escape));
    }
}

size_t ti_utf8_size(const uint8_t *at, size_t available)
{
    uint8_t lead = at[0];
    size_t size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (size == 0 || size > available) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (lead == 0xe0 && at[1] < 0xa0) || (lead == 0xf0 && at[1] < 0x90);
    bool surrogate = lead == 0xed && at[1] > 0x9f;
    bool too_large = lead == 0xf4 && at[1] > 0x8f;
    return overlong || surrogate || too_large ? 0 : size;
}

void ti_text_add_printable(ti_text_t *text, ti_span_t span)
{
    size_t at = 0;
    while (at < span.size) {
        const uint8_t *character = span.data + at;
        size_t size = ti_utf8_size(character, span.size - at);
        bool c1 = size == 2 && character[0] == 0xc2 && character[1] < 0xa0; /* U+0080..U+009F */
        bool control = character[0] < 0x20 || character[0] == 0x7f || c1;
        if (size == 0 || control) {
            ti_text_add_char(text, '?');
        } else if (size <= text->capacity - text->size) {
            ti_text_add_span(text, ti_span(character, size));
        } else {
            text->cut = true; /* do not write a part of a character */
        }
        at += size == 0 ? 1 : size;
    }
}

ti_span_t ti_text_span(const ti_text_t *text)
{
    return ti_span(text->data, text->size);
}
