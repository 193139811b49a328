/* A port in front of another: it counts what a device asks of it, and lets a test do something in the middle of it. */
#ifndef TEST_SUPPORT_SPY_PORT_H
#define TEST_SUPPORT_SPY_PORT_H

#include "tirtc_port.h"

typedef struct spy {
    tirtc_port_t port; /* for the device */
    const tirtc_port_t *under;
    size_t wakes;
    size_t allocations;
    size_t sends; /* that took something */
    size_t sent_bytes;
    size_t received_bytes;
    void (*on_allocate)(void *user); /* before each allocation, as another thread might at that moment; may be NULL */
    void (*on_release)(void *user, const void *block, size_t size); /* before it is given back; may be NULL */
    uint32_t (*on_clock)(void *user, uint32_t now_ms); /* the time that the device gets instead; may be NULL */
    void (*on_send)(void *user, const tirtc_pipe_t *pipe, const void *data, size_t size); /* taken; may be NULL */
    void (*on_hang_up)(void *user, const tirtc_pipe_t *pipe); /* before it is freed; may be NULL */
    void *user;
} spy_t;

/** All counts at zero. `under` must outlive the device. */
void spy_init(spy_t *spy, const tirtc_port_t *under);

#endif
