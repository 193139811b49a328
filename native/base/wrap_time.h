/* Time in 32-bit milliseconds that wrap every 49.7 days. Correct for spans below 24 days. */
#ifndef TI_BASE_WRAP_TIME_H
#define TI_BASE_WRAP_TIME_H

#include <stdbool.h>
#include <stdint.h>

/** The longest span to use: a quarter of the clock's range (12 days), so that a deadline that is set a little after
 *  `now` was read is still in the future. */
enum { TI_MAX_SPAN_MS = 1 << 30 };

/** Returns the milliseconds from `earlier` to `later`; negative if `later` is before `earlier`. */
static inline int32_t ti_time_between(uint32_t earlier, uint32_t later)
{
    return (int32_t)(later - earlier);
}

/** Returns true if `now` is at or past `deadline`. */
static inline bool ti_time_reached(uint32_t now, uint32_t deadline)
{
    return ti_time_between(deadline, now) >= 0;
}

/** Returns the milliseconds until `deadline`; 0 if it is reached. */
static inline uint32_t ti_time_until(uint32_t now, uint32_t deadline)
{
    int32_t remaining = ti_time_between(now, deadline);
    return remaining > 0 ? (uint32_t)remaining : 0;
}

/** Returns the smaller of two waits; a negative one means for ever. */
static inline int ti_sooner(int a, int b)
{
    return (unsigned)a < (unsigned)b ? a : b; /* a negative wait becomes the largest number */
}

#endif
