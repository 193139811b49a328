/* Waiting for descriptors. A poller tells news once: it sets the flags of a descriptor and calls `changed`; whoever
 * reads or writes clears a flag when the system has said "no more", and only then is there news again. So nothing is
 * asked of the system about a pipe that has nothing to do, and a pipe that is not read, because the program is behind,
 * costs nothing. All on one thread. */
#ifndef TI_POSIX_POLLER_H
#define TI_POSIX_POLLER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ti_descriptor ti_descriptor_t;

struct ti_descriptor {
    void (*changed)(ti_descriptor_t *descriptor); /* flags were set; must not add or remove descriptors */
    void *owner;                                  /* for changed */
    int fd;
    bool readable; /* a read may give something, an end or an error */
    bool writable; /* a write may be taken */
    bool ended;    /* an end or an error was seen: reading will not wait again, whatever a short read suggests */
    size_t slot;   /* the poller's own */
};

typedef struct ti_poller ti_poller_t;

typedef struct ti_poller_functions {
    /** Watch a descriptor, which must stay where it is until removed. Returns 0 or an errno value. */
    int (*add)(ti_poller_t *poller, ti_descriptor_t *descriptor);
    /** Stop watching, before the fd is closed. */
    void (*remove)(ti_poller_t *poller, ti_descriptor_t *descriptor);
    /** Wait until there is news, at most `timeout_ms` (-1: for ever), and tell it. May return early. */
    void (*wait)(ti_poller_t *poller, int timeout_ms);
    void (*close)(ti_poller_t *poller);
} ti_poller_functions_t;

struct ti_poller {
    const ti_poller_functions_t *functions;
};

/** Each returns NULL when the system has no memory or descriptors for it. epoll exists on Linux alone. */
ti_poller_t *ti_poller_open_epoll(void);
ti_poller_t *ti_poller_open_poll(void);

#endif
