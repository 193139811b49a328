#include "posix_features.h"

#include "posix_system.h"

#include <stdlib.h>

void *ti_port_allocate(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

void ti_port_release(void *context, void *block, size_t size)
{
    (void)context;
    (void)size;
    free(block);
}
