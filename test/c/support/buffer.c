#include "buffer.h"

#include "check.h"

uint8_t *buffer_add(buffer_t *buffer, const void *data, size_t size)
{
    if (buffer->data == NULL || buffer->capacity - buffer->size < size) {
        size_t capacity = (buffer->size + size) * 2 + 64;
        uint8_t *grown = realloc(buffer->data, capacity);
        REQUIRE(grown != NULL);
        buffer->data = grown;
        buffer->capacity = capacity;
    }
    uint8_t *at = buffer->data + buffer->size;
    if (data != NULL && size > 0) {
        memcpy(at, data, size);
    }
    buffer->size += size;
    return at;
}

void buffer_add_text(buffer_t *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

void buffer_drop(buffer_t *buffer, size_t size)
{
    REQUIRE(size <= buffer->size);
    buffer->size -= size;
    if (buffer->size > 0) {
        memmove(buffer->data, buffer->data + size, buffer->size);
    }
}

void buffer_free(buffer_t *buffer)
{
    free(buffer->data);
    *buffer = (buffer_t){0};
}
