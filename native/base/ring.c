#include "ring.h"

void ti_ring_init(ti_ring_t *ring, uint8_t *data, size_t capacity)
{
    ring->data = data;
    ring->capacity = capacity;
    ring->tail = 0;
    ring->used = 0;
}

/* Without division and without overflow: both operands are at most capacity. */
static size_t wrapped(const ti_ring_t *ring, size_t index, size_t step)
{
    size_t to_end = ring->capacity - index;
    return step < to_end ? index + step : step - to_end;
}

void ti_ring_reserve(const ti_ring_t *ring, size_t size, uint8_t **first, size_t *first_size, uint8_t **second)
{
    size_t head = wrapped(ring, ring->tail, ring->used);
    size_t to_end = ring->capacity - head;
    *first = ring->data + head;
    *first_size = size < to_end ? size : to_end;
    *second = ring->data;
}

ti_span_t ti_ring_peek(const ti_ring_t *ring)
{
    if (ring->used == 0) {
        return ti_span(NULL, 0); /* data may be NULL here: nothing may be added to it */
    }
    size_t to_end = ring->capacity - ring->tail;
    return ti_span(ring->data + ring->tail, ring->used < to_end ? ring->used : to_end);
}

void ti_ring_take(ti_ring_t *ring, size_t size)
{
    ring->used -= size;
    ring->tail = ring->used == 0 ? 0 : wrapped(ring, ring->tail, size);
}
