/* An allocator over one block. Who gives memory back says how much it was, so pieces in use have no header; the free
 * ones are a list in order of address, in which neighbours are one.
 *
 * Small pieces are cut from the lowest place that fits, large ones from the end of the tightest place that fits: what
 * lives for a moment (a request, a token) does not end up between buffers. */
#ifndef TI_FACADE_MEMORY_POOL_H
#define TI_FACADE_MEMORY_POOL_H

#include "tirtc_memory.h"

typedef struct ti_pool ti_pool_t;

/** What of a block its pool takes for itself. */
enum { TI_POOL_HEAD_BYTES = 8 * sizeof(size_t) };

/** Make a pool of an aligned block, in which it lives itself. The block must hold a few hundred bytes. */
ti_pool_t *ti_pool_make(void *block, size_t bytes);

/** Aligned memory, content undefined; NULL: no piece is large enough. `size` is not 0. */
void *ti_pool_take(ti_pool_t *pool, size_t size);

/** Give it back; `size` is what take was asked for. */
void ti_pool_give(ti_pool_t *pool, void *piece, size_t size);

void ti_pool_read(const ti_pool_t *pool, tirtc_memory_info_t *info);

/** The block is only a block again. Nothing in it is in use. */
void ti_pool_unmake(ti_pool_t *pool);

#endif
