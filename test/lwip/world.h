/* lwIP with its loopback, and the port of the SDK on it; the same for both variants. The far ends of pipes (peer.h,
 * name_server.h) are in the same lwIP. */
#ifndef TEST_LWIP_WORLD_H
#define TEST_LWIP_WORLD_H

#include "check.h"
#include "lwip/ip_addr.h"
#include "tirtc_lwip.h"

typedef struct world {
    tirtc_lwip_t lwip;
    size_t blocks;  /* allocated by the port and not released */
    bool no_memory; /* the port's allocate fails */
} world_t;

extern world_t world;

/** Call it once, before anything else. */
void world_begin(void);

/** Check, after everything was closed, that the port and lwIP hold no memory, connection or socket. */
void world_end(void);

/** Let time pass until lwIP has freed what was closed. */
void world_settle(void);

/** Let time pass until `done` returns true, at most `ms`. Returns whether it did. */
bool world_until(bool (*done)(void *user), void *user, uint32_t ms);

/** Let time pass. */
void world_run(uint32_t ms);

/** Use these around every call of lwIP itself. */
void world_lock(void);
void world_unlock(void);

/** Move lwIP's clock forward, without waiting. */
void world_skip(uint32_t ms);

/** Take all memory of lwIP's heap; release it. */
void world_exhaust_heap(void);
void world_restore_heap(void);

/** Take all of lwIP's TCP connections; release them. */
void world_exhaust_connections(void);
void world_restore_connections(void);

/* ---- by variant ---- */

void variant_begin(void);

/** tirtc_lwip_board_t.run. */
extern void (*const variant_run)(void *context, uint32_t max_ms);

#endif
