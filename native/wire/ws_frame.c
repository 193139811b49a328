/* WebSocket frames (RFC 6455 section 5). */
#include <string.h>

#include "../base/bytes.h"
#include "websocket.h"

enum {
    FINAL_BIT = 0x80,
    RESERVED_BITS = 0x70,
    OPCODE_BITS = 0x0f,
    MASK_BIT = 0x80,
    LENGTH_BITS = 0x7f,
    LENGTH_IS_U16 = 126,
    LENGTH_IS_U64 = 127,
    MASK_BYTES = 4
};

static bool is_opcode(int opcode)
{
    return opcode <= TI_WS_BINARY || (opcode >= TI_WS_CLOSE && opcode <= TI_WS_PONG);
}

int ti_ws_read_header(ti_span_t input, ti_ws_header_t *header)
{
    if (input.size < 1) {
        return 0;
    }
    int opcode = input.data[0] & OPCODE_BITS;
    header->final = (input.data[0] & FINAL_BIT) != 0;
    bool control = opcode >= TI_WS_CLOSE;
    if ((input.data[0] & RESERVED_BITS) != 0 || !is_opcode(opcode) || (control && !header->final)) {
        return -1;
    }
    header->opcode = (enum ti_ws_opcode)opcode;
    if (input.size < 2) {
        return 0;
    }
    uint8_t length = input.data[1] & LENGTH_BITS;
    if ((input.data[1] & MASK_BIT) != 0 || (control && length > TI_WS_MAX_CONTROL_BYTES)) {
        return -1;
    }
    header->payload_size = length;
    int size = length == LENGTH_IS_U64 ? 10 : length == LENGTH_IS_U16 ? 4 : 2;
    if (input.size < (size_t)size) {
        return 0;
    }
    if (size == 4) {
        header->payload_size = ti_get_u16_be(input.data + 2);
        return header->payload_size < LENGTH_IS_U16 ? -1 : size;
    }
    if (size == 10) {
        header->payload_size = ti_get_u64_be(input.data + 2);
        return header->payload_size <= UINT16_MAX || header->payload_size > INT64_MAX ? -1 : size;
    }
    return size;
}

int ti_ws_header_size(size_t payload_size)
{
    int length_bytes = payload_size < LENGTH_IS_U16 ? 0 : payload_size <= UINT16_MAX ? 2 : 8;
    return 2 + length_bytes + MASK_BYTES;
}

int ti_ws_write_header(uint8_t *out, enum ti_ws_opcode opcode, size_t payload_size, const uint8_t mask[4])
{
    int size = ti_ws_header_size(payload_size);
    out[0] = (uint8_t)(FINAL_BIT | opcode);
    if (payload_size < LENGTH_IS_U16) {
        out[1] = (uint8_t)(MASK_BIT | payload_size);
    } else if (payload_size <= UINT16_MAX) {
        out[1] = MASK_BIT | LENGTH_IS_U16;
        ti_put_u16_be(out + 2, (uint16_t)payload_size);
    } else {
        out[1] = MASK_BIT | LENGTH_IS_U64;
        ti_put_u64_be(out + 2, payload_size);
    }
    memcpy(out + size - MASK_BYTES, mask, MASK_BYTES);
    return size;
}

/* memcpy is the portable unaligned load. */
static inline void mask_word(uint8_t *out, const uint8_t *in, size_t key)
{
    size_t word;
    memcpy(&word, in, sizeof word);
    word ^= key;
    memcpy(out, &word, sizeof word);
}

void ti_ws_mask(uint8_t *out, const uint8_t *in, size_t size, const uint8_t mask[4], size_t offset)
{
    enum { WORD = sizeof(size_t), BLOCK = 4 * WORD };
    const uint8_t turned[4] = {mask[offset & 3], mask[(offset + 1) & 3], mask[(offset + 2) & 3],
                               mask[(offset + 3) & 3]};
    size_t key;
    for (size_t at = 0; at < WORD; at += sizeof turned) {
        memcpy((uint8_t *)&key + at, turned, sizeof turned);
    }
    for (; size >= BLOCK; size -= BLOCK, in += BLOCK, out += BLOCK) {
        size_t words[4];
        memcpy(words, in, sizeof words);
        words[0] ^= key;
        words[1] ^= key;
        words[2] ^= key;
        words[3] ^= key;
        memcpy(out, words, sizeof words);
    }
    for (; size >= WORD; size -= WORD, in += WORD, out += WORD) {
        mask_word(out, in, key);
    }
    for (size_t i = 0; i < size; i++) {
        out[i] = in[i] ^ turned[i & 3];
    }
}
