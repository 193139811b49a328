/* Text built in a fixed buffer, without printf. Text that does not fit is cut, which is recorded. */
#ifndef TI_BASE_TEXT_H
#define TI_BASE_TEXT_H

#include "span.h"

typedef struct ti_text {
    char *data;
    size_t size;     /* bytes so far */
    size_t capacity; /* bytes at data; there is no NUL */
    bool cut;        /* something did not fit */
} ti_text_t;

/** Begin empty text in `buffer`. */
void ti_text_init(ti_text_t *text, char *buffer, size_t capacity);
void ti_text_add(ti_text_t *text, const char *string);
void ti_text_add_span(ti_text_t *text, ti_span_t span);
void ti_text_add_char(ti_text_t *text, char character);
void ti_text_add_u32(ti_text_t *text, uint32_t value);
void ti_text_add_i32(ti_text_t *text, int32_t value);
/** Add `value` in lower-case hexadecimal after "0x", without leading zeros. */
void ti_text_add_hex(ti_text_t *text, uint32_t value);
/** Add text for a URL: every byte except A-Z a-z 0-9 - . _ ~ becomes %XX. */
void ti_text_add_percent_encoded(ti_text_t *text, ti_span_t span);
/** Add text for a log: control characters and bytes that are not valid UTF-8 become '?'. */
void ti_text_add_printable(ti_text_t *text, ti_span_t span);
ti_span_t ti_text_span(const ti_text_t *text);

/** Returns the bytes of the well-formed UTF-8 character at `at` (Unicode table 3-7), or 0. `available` must be at least
 *  1. */
size_t ti_utf8_size(const uint8_t *at, size_t available);

#endif
