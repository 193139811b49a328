/* A run of bytes that is owned by someone else. */
#ifndef TI_BASE_SPAN_H
#define TI_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ti_span {
    const uint8_t *data;
    size_t size;
} ti_span_t;

/** A span over `size` bytes at `data`. */
static inline ti_span_t ti_span(const void *data, size_t size)
{
    ti_span_t span = {(const uint8_t *)data, size};
    return span;
}

/** A span over a string literal, without its NUL. */
#define TI_SPAN(literal) ti_span((literal), sizeof(literal) - 1)

/** Returns true if both hold the same bytes. Not for secrets: see ti_equal_constant_time(). */
bool ti_span_equal(ti_span_t a, ti_span_t b);

/** Returns true if `span` holds the text of a string. */
bool ti_span_is(ti_span_t span, const char *text);

/** The same; ASCII letters are compared without case. */
bool ti_span_is_ignoring_case(ti_span_t span, const char *text);

/** Returns true if `span` begins with `prefix`. */
bool ti_span_starts_with(ti_span_t span, ti_span_t prefix);

/** Returns the value of a hexadecimal digit in either case, or -1. */
int ti_hex_value(uint8_t digit);

#endif
