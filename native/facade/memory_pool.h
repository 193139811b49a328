/* An allocator over one block. The caller passes the size when it releases a piece, so pieces in use have no header;
 * free pieces form a list in the order of their addresses, and neighbours are joined.
 *
 * Small pieces are cut from the first hole that fits, large ones from the end of the smallest hole that fits, so that
 * short-lived pieces (a request, a token) are not placed between buffers. */
#ifndef TI_FACADE_MEMORY_POOL_H
#define TI_FACADE_MEMORY_POOL_H

#include "tirtc_memory.h"

typedef struct ti_pool ti_pool_t;

/** The part of a block that the pool needs for itself. */
enum { TI_POOL_HEAD_BYTES = 8 * sizeof(size_t) };

/** Make a pool of an aligned block of at least a few hundred bytes. The pool is a part of the block. */
ti_pool_t *ti_pool_make(void *block, size_t bytes);

/** Allocate aligned memory with undefined content. `size` is not 0. Returns NULL if no hole is large enough. */
void *ti_pool_take(ti_pool_t *pool, size_t size);

/** Release a piece; `size` is the size that was allocated. */
void ti_pool_give(ti_pool_t *pool, void *piece, size_t size);

void ti_pool_read(const ti_pool_t *pool, tirtc_memory_info_t *info);

/** End the pool. Nothing in the block is in use. */
void ti_pool_unmake(ti_pool_t *pool);

#endif
