#include "random.h"

#include <string.h>

#include "../base/bytes.h"

void ti_random_init(ti_random_t *random, const uint8_t seed[TI_SHA256_BYTES])
{
    memset(random, 0, sizeof *random);
    memcpy(random->seed, seed, sizeof random->seed);
}

uint32_t ti_random_next(ti_random_t *random)
{
    if (random->unused < 4) {
        uint8_t counter[4];
        ti_sha256_t hash;
        ti_put_u32_be(counter, random->counter++);
        ti_sha256_init(&hash);
        ti_sha256_add(&hash, ti_span(random->seed, sizeof random->seed));
        ti_sha256_add(&hash, ti_span(counter, sizeof counter));
        ti_sha256_finish(&hash, random->pool);
        random->unused = sizeof random->pool;
    }
    random->unused -= 4;
    return ti_get_u32_be(random->pool + random->unused);
}
