/* Erasing secrets. */
#ifndef TI_BASE_WIPE_H
#define TI_BASE_WIPE_H

#include <stddef.h>

/** Overwrite a secret in a way that the compiler does not remove. */
void ti_wipe(void *secret, size_t size);

#endif
