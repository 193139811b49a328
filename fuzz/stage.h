/* A device, a client and the test service (test/c/support) in one simulated world. Everything is checked: the events
 * are in a legal order, the bytes on each pipe are legal, and no memory remains.
 *
 * The service follows docs/wire.md and computes the right proofs, so that a script reaches every state; `lied` is set
 * where the service is made to say something wrong itself, after which its complaints mean nothing. */
#ifndef FUZZ_STAGE_H
#define FUZZ_STAGE_H

#include "script.h"
#include "sim_world.h"

enum { STAGE_MAX_KNOWN = 64, STAGE_MAX_RUN_MS = 60000 };

enum known_state { KNOWN_ATTEMPT = 1, KNOWN_UP, KNOWN_FAILED };

/** A connection that the program knows of. */
typedef struct known {
    tirtc_connection_t handle;
    enum known_state state; /* 0: this place is free */
    bool disconnected;      /* the program asked for it */
} known_t;

/** What was sent on a pipe so far. */
typedef struct sent {
    struct sent *next;
    const tirtc_pipe_t *pipe;
    unsigned head_matched; /* characters of the empty line that ends the request; 4: it has ended */
    uint8_t header[14];
    size_t header_size;
    uint64_t payload_left;
    bool closed; /* a close frame was sent: nothing may follow */
} sent_t;

typedef struct stage stage_t;

typedef struct actor {
    stage_t *stage;
    tirtc_device_t *device;
    spy_t spy;
    sent_t *pipes;
    known_t known[STAGE_MAX_KNOWN];
    tirtc_connection_t last; /* the newest handle, which may be gone */
    bool wanted;             /* started, and not stopped */
    unsigned starts;         /* that returned 0 */
    unsigned stops;          /* of a started device */
    unsigned stopped;        /* DEVICE_STOPPED */
    bool online, lost;       /* since the last start */
    bool held;
} actor_t;

struct stage {
    script_t script;
    world_t world;
    actor_t actors[2]; /* the device, the client */
    buffer_t *texts;   /* of scripted faults, which borrow them */
    size_t text_count;
    uint32_t ran_ms;
    bool lied;
    bool answers; /* the programs disconnect what failed, and answer subscribes */
    /** Called for each event after the checks. May be NULL. */
    void (*on_event)(stage_t *stage, actor_t *actor, const tirtc_event_t *event);
    void *user;
};

/** Begin; the first bytes of the script choose options. Both devices are open, and not started. */
void stage_open(stage_t *stage, const uint8_t *data, size_t size);

/** Stop and close everything, and check what must hold then. */
void stage_close(stage_t *stage);

/** Returns the options of an actor. They borrow static text. */
tirtc_options_t stage_options(const actor_t *actor);

int stage_start(actor_t *actor, const tirtc_options_t *options);
void stage_stop(actor_t *actor);
int stage_connect(actor_t *actor, tirtc_bytes_t id, tirtc_bytes_t token);
void stage_disconnect(actor_t *actor, tirtc_connection_t handle);

/** Run for some virtual time, at most STAGE_MAX_RUN_MS in all. */
void stage_run(stage_t *stage, uint32_t ms);
void stage_hold(actor_t *actor, bool hold);

/** Returns a copy of `text`, NUL-terminated, that lives as long as the stage. */
const char *stage_keep(stage_t *stage, ti_span_t text);

/** Returns the entry of a connection, or NULL. */
known_t *stage_find(actor_t *actor, tirtc_connection_t handle);

/** Read faults of a pipe from the script; they bring no wrong bytes unless `lied` is set. */
void stage_read_flow(stage_t *stage, tirtc_sim_flow_t *flow, bool may_cut, bool may_corrupt);

#endif
