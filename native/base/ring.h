/* A byte ring. One side appends, the other side takes; the caller does the locking. The bytes between tail and head
 * stay where they are until taken, so the taker may read them without a lock while others append. */
#ifndef TI_BASE_RING_H
#define TI_BASE_RING_H

#include "span.h"

typedef struct ti_ring {
    uint8_t *data;
    size_t capacity;
    size_t tail; /* index of the oldest byte */
    size_t used; /* bytes waiting */
} ti_ring_t;

/** Use `capacity` bytes at `data`; pages are touched only as far as used. */
void ti_ring_init(ti_ring_t *ring, uint8_t *data, size_t capacity);

static inline size_t ti_ring_free(const ti_ring_t *ring)
{
    return ring->capacity - ring->used;
}

/** The two runs of memory that the next `size` bytes will occupy; the second is empty unless they wrap. `size` must
 *  be at most ti_ring_free(). Nothing changes until ti_ring_commit(). */
void ti_ring_reserve(const ti_ring_t *ring, size_t size, uint8_t **first, size_t *first_size, uint8_t **second);

/** Make the reserved bytes part of the ring. */
static inline void ti_ring_commit(ti_ring_t *ring, size_t size)
{
    ring->used += size;
}

/** Returns the longest contiguous run of waiting bytes, oldest first. */
ti_span_t ti_ring_peek(const ti_ring_t *ring);

/** Drop the `size` oldest bytes. An empty ring starts again at the front of its memory. */
void ti_ring_take(ti_ring_t *ring, size_t size);

#endif
