/* Unpredictable bytes without a system call each time: SHA-256 in counter mode over one seed from the port. For
 * WebSocket masks, jitter and probes; keys and nonces come from the port's entropy itself. */
#ifndef TI_CORE_RANDOM_H
#define TI_CORE_RANDOM_H

#include "../crypto/crypto.h"

typedef struct ti_random {
    uint8_t seed[TI_SHA256_BYTES];
    uint8_t pool[TI_SHA256_BYTES];
    uint32_t counter;
    uint32_t unused; /* bytes of the pool */
} ti_random_t;

void ti_random_init(ti_random_t *random, const uint8_t seed[TI_SHA256_BYTES]);

/** Returns the next 32 bits. The caller does the locking. */
uint32_t ti_random_next(ti_random_t *random);

#endif
