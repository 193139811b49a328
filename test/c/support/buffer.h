/* Bytes that grow at the end and are taken from the front. A test that runs out of memory ends. */
#ifndef TEST_SUPPORT_BUFFER_H
#define TEST_SUPPORT_BUFFER_H

#include "base/span.h"

typedef struct buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
} buffer_t;

/** Append `size` bytes; returns where they are. `data` may be NULL: then they are for the caller to fill. */
uint8_t *buffer_add(buffer_t *buffer, const void *data, size_t size);
void buffer_add_text(buffer_t *buffer, const char *text);
void buffer_drop(buffer_t *buffer, size_t size);
void buffer_free(buffer_t *buffer);

static inline ti_span_t buffer_span(const buffer_t *buffer)
{
    return ti_span(buffer->data, buffer->size);
}

#endif
