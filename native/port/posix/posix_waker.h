/* A descriptor with which any thread ends the wait of a poller. */
#ifndef TI_POSIX_WAKER_H
#define TI_POSIX_WAKER_H

#include "posix_poller.h"

typedef struct ti_waker {
    ti_descriptor_t descriptor; /* the end that the poller watches */
    int write_fd;               /* the same one for an eventfd */
} ti_waker_t;

/** Make a waker that the poller watches. `use_pipe` makes it a pipe even where eventfd exists.
 *  Returns 0 or an errno value. Thread: the poller's. */
int ti_waker_open(ti_waker_t *waker, ti_poller_t *poller, bool use_pipe);

/** End the current wait, or else the next one. Thread: any. */
void ti_waker_ring(ti_waker_t *waker);

/** Close a waker. Thread: the poller's, while no other thread rings. */
void ti_waker_close(ti_waker_t *waker, ti_poller_t *poller);

#endif
