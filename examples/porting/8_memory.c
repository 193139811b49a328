/* 8_memory.c - memory. Uses allocate and release of your port. With tirtc_set_memory() you do not need them: see
 * docs/porting.md. */
#include "porting.h"

#include <stddef.h>

enum { PIECES = 20, ROUNDS = 2000 };

static void *take(size_t size)
{
    const tirtc_port_t *port = porting_port();
    return port->allocate(port->context, size);
}

static void give(void *block, size_t size)
{
    const tirtc_port_t *port = porting_port();
    port->release(port->context, block, size);
}

int main(void)
{
    void *pieces[PIECES];
    porting_begin();
    porting_say("8 memory", NULL);
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = take(1 + i * 50);
        if (pieces[i] == NULL) {
            return porting_end("no memory for twenty pieces of up to 1 KB");
        }
        if ((uintptr_t)pieces[i] % _Alignof(max_align_t) != 0) {
            return porting_end("a piece is not aligned for every type");
        }
    }
    porting_say("pieces for every type", NULL);
    for (size_t i = 0; i < PIECES; i++) {
        give(pieces[i], 1 + i * 50);
    }
    for (int i = 0; i < ROUNDS; i++) {
        void *piece = take(4096);
        if (piece == NULL) {
            return porting_end("released memory does not become free again");
        }
        give(piece, 4096);
    }
    porting_say("released memory is usable again", NULL);
    return porting_end(NULL);
}
