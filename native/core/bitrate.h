/* Bit rates for video encoders, from what the network takes: how fast the send ring empties, and how long a byte waits
 * in it. Rates are kbit/s inside, which is bits per ms, so that 32 bits suffice and nothing is divided by 64. */
#ifndef TI_CORE_BITRATE_H
#define TI_CORE_BITRATE_H

#include "../wire/message.h"

/** One stream's range and what is recommended. Shared, under the device's lock. */
typedef struct ti_bitrate_stream {
    uint32_t min_bps; /* as the program gave it; 0: no recommendation is wanted */
    uint32_t max_bps;
    uint32_t min_kbps; /* the same for `target_kbps` */
    uint32_t max_kbps;
    uint32_t target_kbps;
    uint32_t reported_kbps; /* 0: nothing yet */
    bool range_given;       /* by the program, not assumed for its handler */
    void (*handler)(void);  /* the program's; given back with the event */
    void *user;
} ti_bitrate_stream_t;

/** A connection's estimate. Made when a program first wants one. */
typedef struct ti_bitrate {
    ti_bitrate_stream_t streams[TI_MAX_STREAMS];
    uint32_t rate_kbps;  /* what left while something waited; 0: not known */
    bool looked;         /* the owner has, at least once */
    uint32_t sent_bytes; /* of the link, at the last look */
    uint32_t looked_at;
    uint32_t calm_ms;       /* for how long hardly anything waited */
    uint32_t hold_until_at; /* no second decrease before the first can have shown */
    bool holding;
} ti_bitrate_t;

enum { TI_BITRATE_PERIOD_MS = 250 };

/** Set a stream's range and its first target. 0, 0, 0: no recommendation is wanted. */
void ti_bitrate_set_range(ti_bitrate_stream_t *stream, uint32_t min_bps, uint32_t max_bps, uint32_t start_bps);

/** Look at the ring and move the targets. `sent_bytes` counts what the link has sent so far, `waiting_bytes` what its
 *  ring holds. The lock is held. Returns true when some target is worth telling. */
bool ti_bitrate_update(ti_bitrate_t *bitrate, uint32_t now, uint32_t sent_bytes, uint32_t waiting_bytes);

/** What is recommended for a stream: its target, within its range to the bit. */
uint32_t ti_bitrate_bps(const ti_bitrate_stream_t *stream);

/** Take the next target worth telling: its stream, or -1. The lock is held. */
int ti_bitrate_take(ti_bitrate_t *bitrate);

#endif
