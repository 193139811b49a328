/* What the two files of port `sim` share. sim_world.c has the world and its ports and calls sim_pipe.c, which has the
 * pipes and does not call back. */
#ifndef TI_PORT_SIM_SIM_H
#define TI_PORT_SIM_SIM_H

#include "tirtc_sim.h"

#include <stdlib.h>
#include <string.h>

struct ti_sim_scripted_dial {
    struct ti_sim_scripted_dial *next;
    tirtc_sim_dial_t dial;
};

/** One device's platform. */
typedef struct ti_sim_port {
    tirtc_port_t port; /* its context points to this struct */
    tirtc_sim_t *sim;
    struct ti_sim_port *next;
    struct ti_sim_scripted_dial *scripted; /* the outcomes of the next dials, in order */
    tirtc_sim_dial_t other_dials;
    size_t dials;
    size_t pipes;
    bool woken;
} ti_sim_port_t;

struct tirtc_sim_listener {
    tirtc_sim_t *sim;
    tirtc_sim_listener_t *next;
    tirtc_pipe_t *waiting; /* pipes that are up and not accepted yet, oldest first */
    char *host;
    uint16_t port;
    bool refuses;
};

struct tirtc_sim {
    tirtc_sim_options_t options;
    tirtc_lock_t *lock; /* NULL without threads */
    uint32_t now_ms;
    uint64_t random_state;
    bool no_entropy;
    size_t fail_in; /* allocations until the first one that fails; 0: none fails */
    size_t fail_count;
    tirtc_sim_memory_t memory;
    ti_sim_port_t *ports;
    tirtc_sim_listener_t *listeners;
    tirtc_pipe_t *pipes; /* oldest first */
    size_t log_size;
    char log[TIRTC_SIM_LOG_BYTES];
};

/** Bytes in transit that arrive together. */
struct ti_sim_chunk {
    struct ti_sim_chunk *next;
    uint32_t due_ms;
    size_t taken;
    size_t size;
    size_t capacity;
    uint8_t data[];
};

/** One direction of a pipe. */
struct ti_sim_flow {
    tirtc_sim_flow_t faults;
    struct ti_sim_chunk *first, *last;
    size_t unread;   /* bytes in the chunks */
    uint64_t put;    /* bytes that entered so far */
    uint64_t passed; /* bytes that passed the device so far */
    bool ended;      /* no more bytes will enter */
    uint32_t end_due_ms;
};

enum ti_sim_pipe_state { TI_SIM_DIALING, TI_SIM_UP, TI_SIM_DEAD };

struct tirtc_pipe {
    ti_sim_port_t *port;
    tirtc_pipe_t *next;
    tirtc_pipe_t *next_waiting;
    enum ti_sim_pipe_state state;
    int error;             /* why the pipe is dead */
    tirtc_sim_dial_t dial; /* the outcome of the dial */
    uint32_t dial_due_ms;
    struct ti_sim_flow up, down;
    char *host;
    uint16_t host_port;
    bool secure;
    bool send_waits; /* send returned 0: the device must be woken */
    bool receive_waits;
    bool hung_up; /* the device has hung up */
    bool offered; /* the far end was or can be accepted */
    bool closed;  /* the far end was closed */
};

static inline void ti_sim_lock(const tirtc_sim_t *sim)
{
    if (sim->lock != NULL) {
        sim->options.threads->lock(sim->lock);
    }
}

static inline void ti_sim_unlock(const tirtc_sim_t *sim)
{
    if (sim->lock != NULL) {
        sim->options.threads->unlock(sim->lock);
    }
}

/** Copy a text to memory from malloc(). Returns NULL when there is no memory. */
static inline char *ti_sim_copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy == NULL ? NULL : memcpy(copy, text, size);
}

/* The pipe functions of tirtc_port_t. */
int ti_sim_dial(void *context, const char *host, uint16_t port, bool secure, tirtc_pipe_t **pipe);
int ti_sim_send(void *context, tirtc_pipe_t *pipe, const void *data, size_t size);
int ti_sim_receive(void *context, tirtc_pipe_t *pipe, void *data, size_t size);
void ti_sim_hang_up(void *context, tirtc_pipe_t *pipe);

/** Do what is due for a pipe now. Under the lock. */
void ti_sim_pipe_catch_up(tirtc_pipe_t *pipe);

/** Returns the ms until something is due for a pipe, or -1. Under the lock. */
int ti_sim_pipe_next_due_ms(const tirtc_pipe_t *pipe);

/** Free a pipe although the device or the far end still holds it, because the world is closed. */
void ti_sim_pipe_free(tirtc_pipe_t *pipe);

#endif
