/* tirtc_set_memory(): one block of memory for the facade and its device. */
#include "../base/wipe.h"
#include "facade.h"
#include "memory_pool.h"
#include "options.h"
#include "system.h"

/* Both change only while nothing in the block is in use. */
static ti_pool_t *pool;
static size_t block_bytes; /* as passed; the pool allocates whole units */

static void *take(void *user, size_t size)
{
    (void)user;
    ti_facade_lock();
    void *piece = ti_pool_take(pool, size);
    ti_facade_unlock();
    return piece;
}

static void give(void *user, void *piece, size_t size)
{
    (void)user;
    ti_facade_lock();
    ti_pool_give(pool, piece, size);
    ti_facade_unlock();
}

/* The size that a block needs may exceed a size_t. */
static uint64_t bytes_for(uint64_t connections, uint64_t send_buffer_bytes)
{
    return TIRTC_MEMORY_BYTES(connections, send_buffer_bytes);
}

static int check_block(const void *block, size_t bytes)
{
    if (block == NULL && bytes == 0) {
        return 0;
    }
    if (block == NULL || (uintptr_t)block % TIRTC_MEMORY_ALIGNMENT != 0) {
        ti_say(TIRTC_LOG_ERROR,
               "tirtc_set_memory: the block is NULL or not aligned to %u bytes; declare it with TIRTC_MEMORY()",
               (unsigned)TIRTC_MEMORY_ALIGNMENT);
        return TIRTC_E_INVALID_PARAMETER;
    }
    uint64_t least = bytes_for(1, TIRTC_MIN_SEND_BUFFER_BYTES);
    if (bytes < least) {
        ti_say(TIRTC_LOG_ERROR,
               "tirtc_set_memory: the block has %u bytes; it needs at least %u; see tirtc_config.h for smaller sizes",
               (unsigned)bytes, (unsigned)least);
        return TIRTC_E_INVALID_PARAMETER;
    }
    return 0;
}

static bool is_in_use(void)
{
    ti_facade_lock();
    bool in_use = ti_root.instance != NULL || ti_root.loop != NULL;
    ti_facade_unlock();
    return in_use;
}

static int fix_sizes(void);

static void change_pool(void *block, size_t bytes)
{
    static const ti_static_memory_t memory = {.take = take, .give = give, .fix_sizes = fix_sizes};
    ti_facade_lock();
    if (pool != NULL) {
        ti_pool_unmake(pool);
    }
    pool = block != NULL ? ti_pool_make(block, bytes) : NULL;
    block_bytes = bytes;
    ti_root.static_memory = pool != NULL ? &memory : NULL;
    ti_facade_unlock();
}

int tirtc_set_memory(void *block, size_t bytes)
{
    ti_options_t kept;
    int error = check_block(block, bytes);
    if (error != 0) {
        return error;
    }
    if (is_in_use()) {
        ti_say(TIRTC_LOG_ERROR, "tirtc_set_memory: too late; call it before TiRtcInit() or after TiRtcUninit()");
        return TIRTC_E_BUSY;
    }
    bool any_kept = ti_options_copy(&kept);
    ti_options_forget();
    change_pool(block, bytes);
    if (any_kept && !ti_options_restore(&kept)) {
        error = TIRTC_E_LACK_OF_RESOURCE;
    }
    ti_wipe(&kept, sizeof kept);
    return error;
}

int tirtc_memory_info(tirtc_memory_info_t *info)
{
    if (info == NULL) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_facade_lock();
    bool given = pool != NULL;
    if (given) {
        ti_pool_read(pool, info);
    }
    ti_facade_unlock();
    return given ? 0 : TIRTC_E_NOT_INITIALIZED;
}

static int fix_sizes(void)
{
    uint64_t connections = 0, send_buffer_bytes = 0;
    ti_facade_lock();
    if (ti_root.options != NULL) {
        connections = ti_root.options->max_connections;
        send_buffer_bytes = ti_root.options->max_send_buffer_bytes;
    }
    size_t given = block_bytes;
    ti_facade_unlock();
    connections = connections != 0 ? connections : TIRTC_DEFAULT_MAX_CONNECTIONS;
    send_buffer_bytes = send_buffer_bytes != 0 ? send_buffer_bytes : TIRTC_DEFAULT_SEND_BUFFER_BYTES;
    uint64_t least = bytes_for(connections, send_buffer_bytes);
    if (given < least) {
        ti_say(TIRTC_LOG_ERROR,
               "TiRtcInit: %u connections with %u bytes of send buffer need %u KB, but tirtc_set_memory() gave %u; "
               "set TIRTC_OPT_MAX_CONNECTIONS and TIRTC_OPT_MAX_SEND_BUFFER first, or give more",
               (unsigned)connections, (unsigned)send_buffer_bytes, (unsigned)((least + 1023) / 1024),
               (unsigned)(given / 1024));
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    return 0;
}
