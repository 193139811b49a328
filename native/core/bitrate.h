/* Bit rates for video encoders, estimated from how fast the send ring drains and how long a byte waits in it. Internal
 * rates are kbit/s, which is bits per ms: 32 bits suffice, and no 64-bit division is needed. */
#ifndef TI_CORE_BITRATE_H
#define TI_CORE_BITRATE_H

#include "../wire/message.h"

/** One stream's range and recommended rate. Shared, under the device's lock. */
typedef struct ti_bitrate_stream {
    uint32_t min_bps; /* set by the program; 0: no recommendation is wanted */
    uint32_t max_bps;
    uint32_t min_kbps; /* the same for `target_kbps` */
    uint32_t max_kbps;
    uint32_t target_kbps;
    uint32_t reported_kbps; /* 0: nothing yet */
    bool range_given;       /* by the program, not assumed for its handler */
    void (*handler)(void);  /* set by the program; part of the event */
    void *user;
} ti_bitrate_stream_t;

/** A connection's estimate. Allocated when the program first asks for recommendations. */
typedef struct ti_bitrate {
    bool looked;         /* the owner has updated it at least once */
    bool holding;        /* until hold_until_at */
    uint32_t rate_kbps;  /* rate at which a non-empty ring drained; 0: unknown */
    uint32_t sent_bytes; /* of the link, at the last update */
    uint32_t looked_at;
    uint32_t calm_ms;       /* how long the ring has been almost empty */
    uint32_t hold_until_at; /* no second decrease before the first one can take effect */
    ti_bitrate_stream_t streams[TI_MAX_STREAMS];
} ti_bitrate_t;

enum { TI_BITRATE_PERIOD_MS = 250 };

/** Set a stream's range and its first target. 0, 0, 0: no recommendation is wanted. */
void ti_bitrate_set_range(ti_bitrate_stream_t *stream, uint32_t min_bps, uint32_t max_bps, uint32_t start_bps);

/** Update the targets. `sent_bytes` is the total that the link has sent, `waiting_bytes` the content of its ring. The
 *  lock is held. Returns true if a target has changed enough to be reported. */
bool ti_bitrate_update(ti_bitrate_t *bitrate, uint32_t now, uint32_t sent_bytes, uint32_t waiting_bytes);

/** Returns the recommended rate of a stream: its target, exactly within its range. */
uint32_t ti_bitrate_bps(const ti_bitrate_stream_t *stream);

/** Take the next target that has changed enough to be reported. Returns its stream, or -1. The lock is held. */
int ti_bitrate_take(ti_bitrate_t *bitrate);

#endif
