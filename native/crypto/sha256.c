#include <string.h>

#include "../base/bytes.h"
#include "crypto.h"

enum { BLOCK_BYTES = 64, LENGTH_BYTES = 8 };

/* FIPS 180-4 4.2.2 */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t rotate_right(uint32_t value, unsigned bits)
{
    return value >> bits | value << (32 - bits);
}

static inline uint32_t schedule(uint32_t w[16], int t)
{
    uint32_t w2 = w[(t + 14) & 15], w15 = w[(t + 1) & 15];
    uint32_t sigma0 = rotate_right(w15, 7) ^ rotate_right(w15, 18) ^ w15 >> 3;
    uint32_t sigma1 = rotate_right(w2, 17) ^ rotate_right(w2, 19) ^ w2 >> 10;
    return w[t & 15] += sigma1 + w[(t + 9) & 15] + sigma0;
}

/* FIPS 180-4 6.2.2 */
static void add_block(uint32_t state[8], const uint8_t block[BLOCK_BYTES])
{
    uint32_t w[16];
    for (int t = 0; t < 16; t++) {
        w[t] = ti_get_u32_be(block + 4 * t);
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < 64; t++) {
        uint32_t sum0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
        uint32_t sum1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
        uint32_t choice = g ^ (e & (f ^ g));
        uint32_t majority = (a & b) | (c & (a | b));
        uint32_t t1 = h + sum1 + choice + constants[t] + (t < 16 ? w[t] : schedule(w, t));
        h = g, g = f, f = e, e = d + t1;
        d = c, c = b, b = a, a = t1 + sum0 + majority;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void ti_sha256_init(ti_sha256_t *hash)
{
    static const uint32_t start[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    memcpy(hash->state, start, sizeof start);
    hash->total_bytes = 0;
}

void ti_sha256_add(ti_sha256_t *hash, ti_span_t bytes)
{
    size_t waiting = (size_t)(hash->total_bytes & (BLOCK_BYTES - 1));
    hash->total_bytes += bytes.size;
    if (waiting > 0) {
        size_t room = BLOCK_BYTES - waiting;
        size_t size = bytes.size < room ? bytes.size : room;
        if (size > 0) {
            memcpy(hash->block + waiting, bytes.data, size);
        }
        if (size < room) {
            return;
        }
        add_block(hash->state, hash->block);
        bytes = ti_span(bytes.data + size, bytes.size - size);
    }
    for (; bytes.size >= BLOCK_BYTES; bytes = ti_span(bytes.data + BLOCK_BYTES, bytes.size - BLOCK_BYTES)) {
        add_block(hash->state, bytes.data);
    }
    if (bytes.size > 0) {
        memcpy(hash->block, bytes.data, bytes.size);
    }
}

void ti_sha256_finish(ti_sha256_t *hash, uint8_t digest[TI_SHA256_BYTES])
{
    size_t waiting = (size_t)(hash->total_bytes & (BLOCK_BYTES - 1));
    hash->block[waiting++] = 0x80;
    if (waiting > BLOCK_BYTES - LENGTH_BYTES) {
        memset(hash->block + waiting, 0, BLOCK_BYTES - waiting);
        add_block(hash->state, hash->block);
        waiting = 0;
    }
    memset(hash->block + waiting, 0, BLOCK_BYTES - LENGTH_BYTES - waiting);
    ti_put_u64_be(hash->block + BLOCK_BYTES - LENGTH_BYTES, hash->total_bytes << 3);
    add_block(hash->state, hash->block);
    for (int i = 0; i < 8; i++) {
        ti_put_u32_be(digest + 4 * i, hash->state[i]);
    }
}
