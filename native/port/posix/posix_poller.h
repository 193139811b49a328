/* Waiting for descriptors. A poller reports an event once: it sets the flags of a descriptor and calls `changed`. The
 * code that reads or writes clears a flag when the system has no more, and only then the event can occur again. So an
 * idle pipe costs no system call, and neither does a pipe that is not read because the program is behind. All on one
 * thread. */
#ifndef TI_POSIX_POLLER_H
#define TI_POSIX_POLLER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ti_descriptor ti_descriptor_t;

struct ti_descriptor {
    void (*changed)(ti_descriptor_t *descriptor); /* flags were set; must not add or remove descriptors */
    void *owner;                                  /* for changed */
    int fd;
    bool readable; /* a read may return data, an end or an error */
    bool writable; /* a write may be accepted */
    bool ended;    /* an end or an error was seen: there is more to read, even after a short read */
    size_t slot;   /* used by the poller */
};

typedef struct ti_poller ti_poller_t;

typedef struct ti_poller_functions {
    /** Watch a descriptor, which must stay in place until it is removed. Returns 0 or an errno value. */
    int (*add)(ti_poller_t *poller, ti_descriptor_t *descriptor);
    /** Stop watching, before the fd is closed. */
    void (*remove)(ti_poller_t *poller, ti_descriptor_t *descriptor);
    /** Wait for an event, at most `timeout_ms` (-1: for ever), and report it. May return early. */
    void (*wait)(ti_poller_t *poller, int timeout_ms);
    void (*close)(ti_poller_t *poller);
} ti_poller_functions_t;

struct ti_poller {
    const ti_poller_functions_t *functions;
};

/** Open a poller. Each returns NULL when the system has no memory or descriptor for it. Only Linux has epoll. */
ti_poller_t *ti_poller_open_epoll(void);
ti_poller_t *ti_poller_open_poll(void);

#endif
