#include "wipe.h"

void ti_wipe(void *secret, size_t size)
{
    volatile unsigned char *byte = secret;
    while (size-- > 0) {
        *byte++ = 0;
    }
}
