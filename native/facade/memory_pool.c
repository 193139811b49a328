#include "memory_pool.h"

#if defined(__SANITIZE_ADDRESS__)
#define POISONED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISONED 1
#endif
#endif
#ifdef POISONED
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

/* The header of each free piece. */
typedef struct hole {
    struct hole *next;
    size_t size;
} hole_t;

/* Sizes are multiples of its size, so that every piece can become a hole and is aligned for every type. */
typedef union unit {
    hole_t hole;
    tirtc_aligned_t aligned;
} unit_t;

struct ti_pool {
    hole_t *first;
    tirtc_memory_info_t info; /* except largest_free_bytes */
};

enum { UNIT = sizeof(unit_t), LARGE_BYTES = 1024 };

_Static_assert(sizeof(ti_pool_t) <= TI_POOL_HEAD_BYTES && TI_POOL_HEAD_BYTES % UNIT == 0, "the pool's own part");

static size_t whole_units(size_t size)
{
    return (size + UNIT - 1) / UNIT * UNIT;
}

/* Write the header of a hole; AddressSanitizer reports accesses to the rest. */
static hole_t *make_hole(void *at, size_t size, hole_t *next)
{
    hole_t *hole = at;
    ASAN_UNPOISON_MEMORY_REGION(hole, sizeof *hole);
    hole->next = next;
    hole->size = size;
    ASAN_POISON_MEMORY_REGION((char *)at + sizeof *hole, size - sizeof *hole);
    return hole;
}

ti_pool_t *ti_pool_make(void *block, size_t bytes)
{
    ti_pool_t *pool = block;
    size_t free_bytes = (bytes - TI_POOL_HEAD_BYTES) / UNIT * UNIT;
    ASAN_UNPOISON_MEMORY_REGION(block, bytes);
    *pool = (ti_pool_t){.info = {.bytes = free_bytes, .free_bytes = free_bytes, .least_free_bytes = free_bytes}};
    pool->first = make_hole((char *)block + TI_POOL_HEAD_BYTES, free_bytes, NULL);
    return pool;
}

/* Returns the pointer to the hole to cut from: the first that fits, or for large sizes the smallest. */
static hole_t **find(ti_pool_t *pool, size_t size)
{
    hole_t **best = NULL;
    for (hole_t **at = &pool->first; *at != NULL; at = &(*at)->next) {
        if ((*at)->size >= size && (best == NULL || (*at)->size < (*best)->size)) {
            best = at;
            if (size < LARGE_BYTES || (*at)->size == size) {
                break;
            }
        }
    }
    return best;
}

/* Cut large pieces from the hole's end, others from its beginning. */
static char *cut(hole_t **at, size_t size)
{
    hole_t *hole = *at;
    char *begin = (char *)hole;
    if (hole->size == size) {
        *at = hole->next;
        return begin;
    }
    if (size >= LARGE_BYTES) {
        hole->size -= size;
        return begin + hole->size;
    }
    *at = make_hole(begin + size, hole->size - size, hole->next);
    return begin;
}

void *ti_pool_take(ti_pool_t *pool, size_t size)
{
    hole_t **at = size <= pool->info.free_bytes ? find(pool, whole_units(size)) : NULL;
    if (at == NULL) {
        pool->info.refusals++;
        return NULL;
    }
    char *piece = cut(at, whole_units(size));
    ASAN_UNPOISON_MEMORY_REGION(piece, size);
    pool->info.free_bytes -= whole_units(size);
    if (pool->info.free_bytes < pool->info.least_free_bytes) {
        pool->info.least_free_bytes = pool->info.free_bytes;
    }
    return piece;
}

/* Join a hole with the next one if they touch. */
static void join_next(hole_t *hole)
{
    if ((char *)hole + hole->size == (char *)hole->next) {
        (void)make_hole(hole, hole->size + hole->next->size, hole->next->next);
    }
}

void ti_pool_give(ti_pool_t *pool, void *piece, size_t size)
{
    hole_t *before = NULL;
    hole_t **at = &pool->first;
    while (*at != NULL && (char *)*at < (char *)piece) {
        before = *at;
        at = &(*at)->next;
    }
    *at = make_hole(piece, whole_units(size), *at);
    pool->info.free_bytes += whole_units(size);
    join_next(*at);
    if (before != NULL) {
        join_next(before);
    }
}

void ti_pool_read(const ti_pool_t *pool, tirtc_memory_info_t *info)
{
    *info = pool->info;
    for (const hole_t *hole = pool->first; hole != NULL; hole = hole->next) {
        if (hole->size > info->largest_free_bytes) {
            info->largest_free_bytes = hole->size;
        }
    }
}

void ti_pool_unmake(ti_pool_t *pool)
{
    ASAN_UNPOISON_MEMORY_REGION(pool, TI_POOL_HEAD_BYTES + pool->info.bytes);
}
