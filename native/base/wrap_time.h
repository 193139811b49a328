/* Time in 32-bit milliseconds that wrap every 49.7 days. Right for spans below 24 days. */
#ifndef TI_BASE_WRAP_TIME_H
#define TI_BASE_WRAP_TIME_H

#include <stdbool.h>
#include <stdint.h>

/** The longest span to reckon with: a quarter of the clock's range (12 days), so that a deadline set a little later
 *  than `now` was read still lies ahead. */
enum { TI_MAX_SPAN_MS = 1 << 30 };

/** Milliseconds from `earlier` to `later`; negative when it is the other way round. */
static inline int32_t ti_time_between(uint32_t earlier, uint32_t later)
{
    return (int32_t)(later - earlier);
}

/** True when `now` is at or past `deadline`. */
static inline bool ti_time_reached(uint32_t now, uint32_t deadline)
{
    return ti_time_between(deadline, now) >= 0;
}

/** Milliseconds until `deadline`, 0 when it is reached. */
static inline uint32_t ti_time_until(uint32_t now, uint32_t deadline)
{
    int32_t left = ti_time_between(now, deadline);
    return left > 0 ? (uint32_t)left : 0;
}

/** Returns the smaller of two waits; a negative one means for ever. */
static inline int ti_sooner(int a, int b)
{
    return a < 0 ? b : (b < 0 || a < b ? a : b);
}

#endif
