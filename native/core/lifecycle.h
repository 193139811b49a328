/* The life of one start: from dialling the service to being online, resting and trying again, or being refused. */
#ifndef TI_CORE_LIFECYCLE_H
#define TI_CORE_LIFECYCLE_H

#include "link.h"
#include "proofs.h"
#include "tirtc_device.h"

enum ti_lifecycle_state {
    TI_IDLE = 0, /* not started */
    TI_DIALING,  /* the start link is being set up */
    TI_PROVING,  /* it is up: waiting for the challenge */
    TI_AWAITING, /* our proof is sent: waiting for the service's */
    TI_ONLINE,   /* peers can reach us; a client is online as soon as it starts */
    TI_RESTING,  /* waiting for the next attempt */
    TI_REFUSED,  /* failed for good, until stopped or started again */
};

/** All of it belongs to the owner. */
typedef struct ti_lifecycle {
    enum ti_lifecycle_state state;
    bool started_reported;   /* this start succeeded once, and the program knows */
    bool online_reported;    /* the last reported event says that it is online */
    uint8_t reason;          /* of the service's bye, 0 without one */
    unsigned pending_events; /* bits: events that ti_lifecycle_next() has not reported yet */
    uint32_t away_since;     /* when the start began or its link was lost; never much over the longest pause ago */
    uint32_t tried_at;       /* when the last attempt began, or the link was lost */
    int error;               /* of the pending events */
    uint32_t retry_in_ms;    /* of the pending events; 0 is final */
    uint32_t timer_at;       /* when the proof is overdue, or the rest is over */
    ti_link_t link;
    ti_proofs_t proofs; /* of the current start; accept_key is used while online */
} ti_lifecycle_t;

/** Begin the start that context->config describes. */
void ti_lifecycle_begin(ti_context_t *context, ti_lifecycle_t *life);

/** End it and drop its pending events. */
void ti_lifecycle_stop(ti_context_t *context, ti_lifecycle_t *life);

/** Move the bytes of the start link. Take its messages afterwards, and then call ti_lifecycle_check().
 *  Returns ms until the next step, as tirtc_device_step(). */
int ti_lifecycle_step(ti_context_t *context, ti_lifecycle_t *life, uint32_t now, size_t *budget);

/** Handle a message of the start link. Returns true if it announces a caller: *control is its control message,
 *  which points into `message`. */
bool ti_lifecycle_on_message(ti_context_t *context, ti_lifecycle_t *life, ti_span_t message, ti_control_t *control);

/** Handle the end of the start link and an overdue proof. Returns ms until the next step. */
int ti_lifecycle_check(ti_context_t *context, ti_lifecycle_t *life, uint32_t now);

/** Take the next event of the device. Returns false if there is none. */
bool ti_lifecycle_next(ti_context_t *context, ti_lifecycle_t *life, tirtc_event_t *event);

#endif
