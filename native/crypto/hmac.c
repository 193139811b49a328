#include <string.h>

#include "crypto.h"

enum { BLOCK_BYTES = 64, INNER_PAD = 0x36, OUTER_PAD = 0x5c };

/* RFC 2104 section 2 */
void ti_hmac_sha256(ti_span_t key, ti_span_t first, ti_span_t second, uint8_t mac[TI_SHA256_BYTES])
{
    ti_sha256_t hash;
    uint8_t pad[BLOCK_BYTES] = {0};
    if (key.size > BLOCK_BYTES) {
        ti_sha256_init(&hash);
        ti_sha256_add(&hash, key);
        ti_sha256_finish(&hash, pad);
    } else if (key.size > 0) {
        memcpy(pad, key.data, key.size);
    }

    for (size_t i = 0; i < BLOCK_BYTES; i++) {
        pad[i] ^= INNER_PAD;
    }
    ti_sha256_init(&hash);
    ti_sha256_add(&hash, ti_span(pad, sizeof pad));
    ti_sha256_add(&hash, first);
    ti_sha256_add(&hash, second);
    ti_sha256_finish(&hash, mac);

    for (size_t i = 0; i < BLOCK_BYTES; i++) {
        pad[i] ^= INNER_PAD ^ OUTER_PAD;
    }
    ti_sha256_init(&hash);
    ti_sha256_add(&hash, ti_span(pad, sizeof pad));
    ti_sha256_add(&hash, ti_span(mac, TI_SHA256_BYTES));
    ti_sha256_finish(&hash, mac);

    ti_wipe(pad, sizeof pad);
    ti_wipe(&hash, sizeof hash);
}
