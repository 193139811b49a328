#include <string.h>

#include "../base/bytes.h"
#include "crypto.h"

enum { BLOCK_BYTES = 64, LENGTH_BYTES = 8 };

static uint32_t rotate_left(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

/* FIPS 180-4 6.1.3, the method with a schedule of sixteen words. */
static void add_block(uint32_t state[5], const uint8_t block[BLOCK_BYTES])
{
    uint32_t w[16];
    for (int t = 0; t < 16; t++) {
        w[t] = ti_get_u32_be(block + 4 * t);
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int t = 0; t < 80; t++) {
        uint32_t f, k;
        if (t < 20) {
            f = (b & c) | (~b & d), k = 0x5a827999;
        } else if (t < 40) {
            f = b ^ c ^ d, k = 0x6ed9eba1;
        } else if (t < 60) {
            f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
        } else {
            f = b ^ c ^ d, k = 0xca62c1d6;
        }
        int s = t & 15;
        if (t >= 16) {
            w[s] = rotate_left(w[(s + 13) & 15] ^ w[(s + 8) & 15] ^ w[(s + 2) & 15] ^ w[s], 1);
        }
        uint32_t next = rotate_left(a, 5) + f + e + k + w[s];
        e = d, d = c, c = rotate_left(b, 30), b = a, a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

void ti_sha1(ti_span_t message, uint8_t digest[TI_SHA1_BYTES])
{
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    size_t whole = message.size & ~(size_t)(BLOCK_BYTES - 1);
    for (size_t at = 0; at < whole; at += BLOCK_BYTES) {
        add_block(state, message.data + at);
    }
    uint8_t block[BLOCK_BYTES] = {0};
    size_t rest = message.size - whole;
    if (rest > 0) {
        memcpy(block, message.data + whole, rest);
    }
    block[rest] = 0x80;
    if (rest >= BLOCK_BYTES - LENGTH_BYTES) {
        add_block(state, block);
        memset(block, 0, sizeof block);
    }
    ti_put_u64_be(block + BLOCK_BYTES - LENGTH_BYTES, (uint64_t)message.size << 3);
    add_block(state, block);
    for (int i = 0; i < 5; i++) {
        ti_put_u32_be(digest + 4 * i, state[i]);
    }
}
