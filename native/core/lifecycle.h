/* The life of one start: from dialling the service to being online, resting and trying again, or being refused. */
#ifndef TI_CORE_LIFECYCLE_H
#define TI_CORE_LIFECYCLE_H

#include "link.h"
#include "proofs.h"

enum ti_lifecycle_state {
    TI_IDLE = 0, /* not started */
    TI_DIALING,  /* the start link is coming up */
    TI_PROVING,  /* it is up: waiting for the challenge */
    TI_AWAITING, /* our proof is out: waiting for the service's */
    TI_ONLINE,   /* peers can reach us; a client is online as soon as it starts */
    TI_RESTING,  /* waiting for the next attempt */
    TI_REFUSED,  /* failed for good, until stopped or started anew */
};

typedef struct ti_lifecycle {
    enum ti_lifecycle_state state;
    ti_link_t link;
    ti_proofs_t proofs;   /* of the start under way; accept_key serves while online */
    unsigned news;        /* what tirtc_device_next() has not told yet, as bits */
    bool started_told;    /* the program knows that this start succeeded once */
    bool online_told;     /* what the program believes now */
    unsigned failures;    /* since last online, for the back-off */
    int error;            /* of the news */
    uint8_t reason;       /* of the service's bye, 0 without one */
    uint32_t retry_in_ms; /* of the news; 0 is final */
    uint32_t timer_at;    /* when the proof is overdue, or the rest over */
    char *location;       /* of a redirect */
    size_t location_size;
} ti_lifecycle_t;

/** Begin what device->config asks for. */
void ti_lifecycle_begin(tirtc_device_t *device);

/** End it; no news is left. */
void ti_lifecycle_stop(tirtc_device_t *device);

/** As tirtc_device_step(), for the start link and its timers. */
int ti_lifecycle_step(tirtc_device_t *device, uint32_t now, size_t *budget);

/** An answer to some link was a redirect: tell, and do not follow. */
void ti_lifecycle_redirected(tirtc_device_t *device, ti_span_t location);

/** The next news of the device. Returns false when there is none. */
bool ti_lifecycle_next(tirtc_device_t *device, tirtc_event_t *event);

#endif
