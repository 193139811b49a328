/* What the files of this port share. */
#ifndef TI_POLLED_POLLED_H
#define TI_POLLED_POLLED_H

#include <stdbool.h>
#include <stdint.h>

/** Let the platform's network run, and remember its news for the next poll. Returns whether there are any. */
bool ti_polled_wait(uint32_t max_ms);

#endif
