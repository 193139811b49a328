/* 2_entropy.c - random bytes. Uses entropy of your port. */
#include "porting.h"

#include <string.h>

enum { BYTES = 32 };

/* Returns false for more zeros than a generator would produce. */
static bool looks_random(const uint8_t bytes[BYTES])
{
    int zeros = 0;
    for (int i = 0; i < BYTES; i++) {
        zeros += bytes[i] == 0 ? 1 : 0;
    }
    return zeros < BYTES / 4;
}

int main(void)
{
    uint8_t first[BYTES] = {0}, second[BYTES] = {0};
    porting_begin();
    const tirtc_port_t *port = porting_port();
    porting_say("2 entropy", NULL);
    if (port->entropy(port->context, first, BYTES) != 0 || port->entropy(port->context, second, BYTES) != 0) {
        return porting_end("entropy does not return 0");
    }
    if (!looks_random(first) || !looks_random(second)) {
        return porting_end("entropy does not fill all bytes");
    }
    porting_say("32 bytes, and 32 more", NULL);
    if (memcmp(first, second, BYTES) == 0) {
        return porting_end("entropy returns the same bytes again");
    }
    porting_say("they differ", NULL);
    return porting_end(NULL);
}
