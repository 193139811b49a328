#include "crypto.h"

/* The alphabets differ in their last two characters. */
static const char common[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static char digit(uint32_t bits, const char last[2])
{
    uint32_t value = bits & 63;
    return value < 62 ? common[value] : last[value - 62];
}

/* Writes without padding and returns where it ended. */
static char *encode(ti_span_t bytes, const char last[2], char *out)
{
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        bits = bits << 8 | bytes.data[i];
        for (count += 8; count >= 6; count -= 6) {
            *out++ = digit(bits >> (count - 6), last);
        }
    }
    if (count > 0) {
        *out++ = digit(bits << (6 - count), last);
    }
    return out;
}

void ti_base64url_encode(ti_span_t bytes, char *out)
{
    encode(bytes, "-_", out);
}

void ti_base64_encode(ti_span_t bytes, char *out)
{
    char *end = encode(bytes, "+/", out);
    while ((end - out) % 4 != 0) {
        *end++ = '=';
    }
}
