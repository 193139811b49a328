#include "world.h"

#include <lwip/mem.h>
#include <lwip/stats.h>
#include <lwip/sys.h>
#include <lwip/tcp.h>

world_t world;

static size_t heap_at_begin;

static int entropy(void *context, void *out, size_t size)
{
    static uint32_t state = 1;
    uint8_t *bytes = out;
    (void)context;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(state >> 24);
    }
    return 0;
}

/* The size precedes the block, so that a release with a wrong size is found. */
typedef union head {
    size_t size;
    long double alignment;
} head_t;

static void *allocate(void *context, size_t size)
{
    (void)context;
    head_t *head = world.no_memory ? NULL : malloc(sizeof *head + size);
    if (head == NULL) {
        return NULL;
    }
    head->size = size;
    world.blocks++;
    return head + 1;
}

static void release(void *context, void *block, size_t size)
{
    head_t *head = (head_t *)block - 1;
    (void)context;
    CHECK_EQUAL(head->size, size);
    world.blocks--;
    free(head);
}

void world_begin(void)
{
    static tirtc_lwip_board_t board = {.entropy = entropy, .allocate = allocate, .release = release};
    board.run = variant_run;
    variant_begin();
    tirtc_lwip_open(&world.lwip, &board);
    world_lock();
    heap_at_begin = lwip_stats.mem.used;
    world_unlock();
}

static bool is_clean(void *user)
{
    (void)user;
    world_lock();
    bool clean = lwip_stats.memp[MEMP_TCP_PCB]->used == 0 && lwip_stats.memp[MEMP_TCP_SEG]->used == 0 &&
                 lwip_stats.mem.used == heap_at_begin;
#if !NO_SYS
    clean = clean && lwip_stats.memp[MEMP_NETCONN]->used == 0;
#endif
    world_unlock();
    return clean && world.blocks == 0;
}

void world_settle(void)
{
    CHECK(world_until(is_clean, NULL, 30000));
}

void world_end(void)
{
    world_settle();
    CHECK_EQUAL(world.blocks, 0);
    CHECK(world.lwip.pipes == NULL);
}

bool world_until(bool (*done)(void *user), void *user, uint32_t ms)
{
    uint32_t began_ms = sys_now();
    while (!done(user)) {
        if (sys_now() - began_ms >= ms) {
            return false;
        }
        (void)tirtc_lwip_wait(&world.lwip, 5);
    }
    return true;
}

static bool never(void *user)
{
    (void)user;
    return false;
}

void world_run(uint32_t ms)
{
    (void)world_until(never, NULL, ms);
}

/* ---- running out ---- */

static void *eaten; /* list of blocks: each begins with the next */

void world_exhaust_heap(void)
{
    world_lock();
    for (mem_size_t size = MEM_SIZE / 2; size >= sizeof(void *); size /= 2) {
        void *block;
        while ((block = mem_malloc(size)) != NULL) {
            memcpy(block, &eaten, sizeof eaten);
            eaten = block;
        }
    }
    world_unlock();
}

void world_restore_heap(void)
{
    world_lock();
    while (eaten != NULL) {
        void *block = eaten;
        memcpy(&eaten, block, sizeof eaten);
        mem_free(block);
    }
    world_unlock();
}

static struct tcp_pcb *taken[MEMP_NUM_TCP_PCB];

void world_exhaust_connections(void)
{
    world_lock();
    for (int i = 0; i < MEMP_NUM_TCP_PCB; i++) {
        taken[i] = tcp_new();
    }
    CHECK(tcp_new() == NULL);
    world_unlock();
}

void world_restore_connections(void)
{
    world_lock();
    for (int i = 0; i < MEMP_NUM_TCP_PCB; i++) {
        if (taken[i] != NULL) {
            tcp_abort(taken[i]);
            taken[i] = NULL;
        }
    }
    world_unlock();
}
