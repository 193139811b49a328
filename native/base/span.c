#include "span.h"

#include <string.h>

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

bool ti_span_equal(ti_span_t a, ti_span_t b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool ti_span_is(ti_span_t span, const char *text)
{
    return span.size == strlen(text) && (span.size == 0 || memcmp(span.data, text, span.size) == 0);
}

bool ti_span_is_ignoring_case(ti_span_t span, const char *text)
{
    if (span.size != strlen(text)) {
        return false;
    }
    for (size_t i = 0; i < span.size; i++) {
        if (lower(span.data[i]) != lower((uint8_t)text[i])) {
            return false;
        }
    }
    return true;
}

bool ti_span_starts_with(ti_span_t span, ti_span_t prefix)
{
    return span.size >= prefix.size && ti_span_equal(ti_span(span.data, prefix.size), prefix);
}

int ti_hex_value(uint8_t digit)
{
    uint8_t small = lower(digit);
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}
