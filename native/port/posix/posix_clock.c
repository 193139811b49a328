#include "posix_features.h"

#include "posix_system.h"

#include <time.h>

uint64_t ti_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* fails only for a clock that does not exist */
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint32_t ti_port_mono_ms(void *context)
{
    (void)context;
    return (uint32_t)ti_clock_ms();
}

int64_t ti_port_wall_s(void *context)
{
    (void)context;
    return (int64_t)time(NULL);
}
