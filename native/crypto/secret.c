#include "crypto.h"

bool ti_equal_constant_time(const uint8_t *a, const uint8_t *b, size_t size)
{
    /* volatile: the compiler must not leave the loop as soon as the result is known */
    volatile uint8_t difference = 0;
    for (size_t i = 0; i < size; i++) {
        difference = (uint8_t)(difference | (a[i] ^ b[i]));
    }
    return difference == 0;
}
