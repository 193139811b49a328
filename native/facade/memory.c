/* Where the facade takes memory from. What tirtc_set_memory() brings is reached through pointers, so that programs
 * without it are linked without its code. */
#include "facade.h"
#include "hosted.h"

#include <string.h>

void *ti_memory_take(size_t size)
{
    if (ti_root.static_memory == NULL) {
        return ti_hosted_allocate(size);
    }
    void *piece = ti_root.static_memory->take(NULL, size);
    if (piece != NULL) {
        memset(piece, 0, size);
    }
    return piece;
}

void ti_memory_give(void *piece, size_t size)
{
    if (ti_root.static_memory == NULL) {
        ti_hosted_release(piece, size);
    } else if (piece != NULL) {
        ti_hosted_wipe(piece, size);
        ti_root.static_memory->give(NULL, piece, size);
    }
}
