/* What the files of this port share. */
#ifndef TI_POLLED_POLLED_H
#define TI_POLLED_POLLED_H

#include <stdint.h>

/** Let the platform's network run, and remember its news for the next poll. */
void ti_polled_wait(uint32_t max_ms);

#endif
