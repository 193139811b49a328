/* tirtc_memory.h - static memory: tiRTC.h takes everything from one block of the program's, and no allocator is called.
 *
 *     static TIRTC_MEMORY(memory, TIRTC_MEMORY_BYTES(2, 16384));
 *
 *     tirtc_set_memory(memory, sizeof memory);
 *     TiRtcInit();
 *
 * The block serves the core and the facade; a port has memory of its own for its links and sockets (lwIP's heap, or
 * what its board gives). A TLS port allocates for certificates as it likes, so this mode is for builds without TLS.
 * Everything here is part of builds that have tiRTC.h, all ports but `none`.
 */
#ifndef TIRTC_MEMORY_H
#define TIRTC_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "tirtc_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Types of which one is aligned as any type must be. */
typedef union tirtc_aligned {
    void *pointer;
    long long integer;
    long double number;
} tirtc_aligned_t;

struct tirtc_alignment {
    char before;
    tirtc_aligned_t aligned;
};

/** What the address of a block must be a multiple of. */
#define TIRTC_MEMORY_ALIGNMENT offsetof(struct tirtc_alignment, aligned)

/** What a device takes whatever its connections do: itself, its options twice over (a stop and a start may overlap),
 *  the link to the service, tickets, and a receive buffer that grows. */
#define TIRTC_MEMORY_DEVICE_BYTES (9216 + 128 * TIRTC_MAX_TICKETS + TIRTC_MAX_RECEIVE_BYTES)

/** What a connection takes beyond its send buffer and its receive buffer, and some room for pieces of odd sizes. */
#define TIRTC_MEMORY_CONNECTION_BYTES (4096 + TIRTC_CONTROL_RESERVE_BYTES)

/** A block with which `connections` connections, each with a send buffer of `send_buffer_bytes`, have what they need at
 *  once, with the largest messages on their way. It follows the knobs of tirtc_config.h, of which
 *  TIRTC_MAX_RECEIVE_BYTES weighs most. */
#define TIRTC_MEMORY_BYTES(connections, send_buffer_bytes) \
    (TIRTC_MEMORY_DEVICE_BYTES + \
     (connections) * ((send_buffer_bytes) + TIRTC_MAX_RECEIVE_BYTES + TIRTC_MEMORY_CONNECTION_BYTES))

/** Declares an aligned block. */
#define TIRTC_MEMORY(name, bytes) \
    union { \
        unsigned char block[bytes]; \
        tirtc_aligned_t aligned; \
    } name

/** Take all memory from `block` from now on: before TiRtcInit(), or after TiRtcUninit(). The block stays the program's
 *  and must stay in place; after TiRtcUninit() nothing in it is in use, and another one may be given. NULL and 0: the
 *  platform's memory again.
 *
 *  TIRTC_OPT_MAX_CONNECTIONS and TIRTC_OPT_MAX_SEND_BUFFER, or their defaults, are fixed at TiRtcInit(), which returns
 *  TIRTC_E_LACK_OF_RESOURCE when the block is smaller than TIRTC_MEMORY_BYTES() of them; set later they are without
 *  effect, and the log says so. When the block is exhausted all the same, a connection ends or a call returns
 *  TIRTC_E_LACK_OF_RESOURCE, as with any memory. TiRtcServiceRequest() takes up to 70 KB more while it runs.
 *
 *  Returns 0; TIRTC_E_INVALID_PARAMETER (a block that is not aligned to TIRTC_MEMORY_ALIGNMENT, or smaller than
 *  TIRTC_MEMORY_BYTES(1, TIRTC_MIN_SEND_BUFFER_BYTES), or NULL with a size); TIRTC_E_BUSY (initialised, or a
 *  TiRtcUninit() inside a callback has not ended); TIRTC_E_LACK_OF_RESOURCE (no memory for the options set before,
 *  which are forgotten then). Thread: any, while no other call is under way. */
int tirtc_set_memory(void *block, size_t bytes);

/** How the block is used. */
typedef struct tirtc_memory_info {
    size_t bytes;              /**< that can be given out, in all */
    size_t free_bytes;         /**< now */
    size_t least_free_bytes;   /**< the least there ever were; what a block may be made smaller by */
    size_t largest_free_bytes; /**< in one piece, now */
    size_t refusals;           /**< requests that found no room */
} tirtc_memory_info_t;

/** Returns 0, TIRTC_E_NOT_INITIALIZED (no block was given) or TIRTC_E_INVALID_PARAMETER. Thread: any. */
int tirtc_memory_info(tirtc_memory_info_t *info);

#ifdef __cplusplus
}
#endif

#endif
