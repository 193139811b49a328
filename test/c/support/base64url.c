#include "base64url.h"

/* Returns the six bits of a base64url character, or -1. */
static int value_of(uint8_t character)
{
    if (character >= 'A' && character <= 'Z') {
        return character - 'A';
    }
    if (character >= 'a' && character <= 'z') {
        return character - 'a' + 26;
    }
    if (character >= '0' && character <= '9') {
        return character - '0' + 52;
    }
    return character == '-' ? 62 : character == '_' ? 63 : -1;
}

int base64url_decode(ti_span_t text, uint8_t *out, size_t capacity)
{
    size_t size = text.size / 4 * 3 + text.size % 4 * 3 / 4;
    if (text.size % 4 == 1 || size > capacity || size > INT32_MAX) {
        return -1;
    }
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < text.size; i++) {
        int value = value_of(text.data[i]);
        if (value < 0) {
            return -1;
        }
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            *out++ = (uint8_t)(bits >> count);
        }
    }
    bool spare_bits_are_zero = (bits & ((1u << count) - 1)) == 0;
    return spare_bits_are_zero ? (int)size : -1;
}
