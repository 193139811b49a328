/* tirtc_memory.h - static memory: tiRTC.h takes everything from one block of the program, and calls no allocator.
 *
 *     static TIRTC_MEMORY(memory, TIRTC_MEMORY_BYTES(2, 16384));
 *
 *     tirtc_set_memory(memory, sizeof memory);
 *     TiRtcInit();
 *
 * The block serves the core and the facade; a port has its own memory for pipes and sockets (lwIP's heap, or the
 * board's). A TLS port allocates memory for certificates, so this mode is for builds without TLS. Builds with tiRTC.h
 * have these functions: all ports except `none`.
 */
#ifndef TIRTC_MEMORY_H
#define TIRTC_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "tirtc_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A type with the strictest alignment. */
typedef union tirtc_aligned {
    void *pointer;
    long long integer;
    long double number;
} tirtc_aligned_t;

struct tirtc_alignment {
    char before;
    tirtc_aligned_t aligned;
};

/** The address of a block must be a multiple of this. */
#define TIRTC_MEMORY_ALIGNMENT offsetof(struct tirtc_alignment, aligned)

/** Bytes of a device without connections: the device, its options twice (a stop and a start may overlap), the link to
 *  the service, tickets, and a receive buffer that grows. */
#define TIRTC_MEMORY_DEVICE_BYTES (9216 + 128 * TIRTC_MAX_TICKETS + TIRTC_MAX_RECEIVE_BYTES)

/** Bytes of a connection without its send and receive buffers, with some room for fragmentation. */
#define TIRTC_MEMORY_CONNECTION_BYTES (4096 + TIRTC_CONTROL_RESERVE_BYTES)

/** Bytes of a block that is large enough for `connections` connections at once, each with a send buffer of
 *  `send_buffer_bytes` and the largest messages in transit. It depends on the settings of tirtc_config.h, most of all
 *  on TIRTC_MAX_RECEIVE_BYTES. */
#define TIRTC_MEMORY_BYTES(connections, send_buffer_bytes) \
    (TIRTC_MEMORY_DEVICE_BYTES + \
     (connections) * ((send_buffer_bytes) + TIRTC_MAX_RECEIVE_BYTES + TIRTC_MEMORY_CONNECTION_BYTES))

/** Declare an aligned block. */
#define TIRTC_MEMORY(name, bytes) \
    union { \
        unsigned char block[bytes]; \
        tirtc_aligned_t aligned; \
    } name

/** Take all memory from `block`. Call it before TiRtcInit() or after TiRtcUninit(). The program owns the block, which
 *  must stay in place; after TiRtcUninit() nothing in it is in use, and another block may be set. NULL and 0: use the
 *  platform's memory again.
 *
 *  TIRTC_OPT_MAX_CONNECTIONS and TIRTC_OPT_MAX_SEND_BUFFER, or their defaults, are fixed at TiRtcInit(), which returns
 *  TIRTC_E_LACK_OF_RESOURCE if the block is smaller than TIRTC_MEMORY_BYTES() of them; setting them later has no
 *  effect, and the log says so. If the block is exhausted nevertheless, a connection ends or a call returns
 *  TIRTC_E_LACK_OF_RESOURCE, as with any memory. TiRtcServiceRequest() needs up to 70 KB more while it runs.
 *
 *  Returns 0; TIRTC_E_INVALID_PARAMETER (a block that is not aligned to TIRTC_MEMORY_ALIGNMENT, or smaller than
 *  TIRTC_MEMORY_BYTES(1, TIRTC_MIN_SEND_BUFFER_BYTES), or NULL with a size); TIRTC_E_BUSY (initialised, or a
 *  TiRtcUninit() inside a callback has not ended); TIRTC_E_LACK_OF_RESOURCE (no memory for the options set before,
 *  which are lost then). Thread: any, while no other call is under way. */
int tirtc_set_memory(void *block, size_t bytes);

/** The use of the block. */
typedef struct tirtc_memory_info {
    size_t bytes;              /**< that can be allocated in total */
    size_t free_bytes;         /**< free now */
    size_t least_free_bytes;   /**< the smallest free_bytes so far: the block can be smaller by this */
    size_t largest_free_bytes; /**< the largest free piece now */
    size_t refusals;           /**< allocations that failed */
} tirtc_memory_info_t;

/** Read the use of the block. Returns 0, TIRTC_E_NOT_INITIALIZED (no block was set) or TIRTC_E_INVALID_PARAMETER.
 *  Thread: any. */
int tirtc_memory_info(tirtc_memory_info_t *info);

#ifdef __cplusplus
}
#endif

#endif
