#include "bitrate.h"

#include <string.h>

#include "../base/wrap_time.h"

enum {
    /* A longer queue is noticed as delay; a shorter one is negligible. */
    LONG_DELAY_MS = 200,
    SHORT_DELAY_MS = 50,
    /* Rise by a twelfth after each calm second; fall to 85 % of what the network took, at most by half at once. */
    CALM_BEFORE_RISE_MS = 1000,
    HOLD_AFTER_FALL_MS = 500,
    RISE_DIVISOR = 12,
    LEAST_RISE_KBPS = 10,
    USED_PERMILLE = 850,
    LEAST_PERMILLE = 500,
    /* Smaller changes do not justify reconfiguring an encoder. */
    WORTH_REPORTING_DIVISOR = 20
};

static uint32_t clamp(uint32_t value, uint32_t least, uint32_t most)
{
    return value < least ? least : value > most ? most : value;
}

uint32_t ti_bitrate_bps(const ti_bitrate_stream_t *stream)
{
    return clamp(stream->target_kbps * 1000, stream->min_bps, stream->max_bps);
}

static uint32_t kbps(uint32_t bps)
{
    return bps >= 1000 ? bps / 1000 : 1;
}

void ti_bitrate_set_range(ti_bitrate_stream_t *stream, uint32_t min_bps, uint32_t max_bps, uint32_t start_bps)
{
    stream->min_bps = min_bps;
    stream->max_bps = max_bps;
    stream->min_kbps = kbps(min_bps);
    stream->max_kbps = kbps(max_bps);
    stream->target_kbps = kbps(start_bps);
    stream->reported_kbps = 0;
}

static uint32_t sum_of_targets(const ti_bitrate_t *bitrate)
{
    uint32_t sum = 0;
    for (int i = 0; i < TI_MAX_STREAMS; i++) {
        uint32_t target = bitrate->streams[i].min_bps != 0 ? bitrate->streams[i].target_kbps : 0;
        sum = sum + target < sum ? UINT32_MAX : sum + target;
    }
    return sum;
}

static void scale_targets(ti_bitrate_t *bitrate, uint32_t permille)
{
    for (int i = 0; i < TI_MAX_STREAMS; i++) {
        ti_bitrate_stream_t *stream = &bitrate->streams[i];
        uint32_t scaled = stream->target_kbps / 1000 * permille + stream->target_kbps % 1000 * permille / 1000;
        stream->target_kbps = clamp(scaled, stream->min_kbps, stream->max_kbps);
    }
}

static void raise_targets(ti_bitrate_t *bitrate)
{
    for (int i = 0; i < TI_MAX_STREAMS; i++) {
        ti_bitrate_stream_t *stream = &bitrate->streams[i];
        uint32_t rise = stream->target_kbps / RISE_DIVISOR;
        uint32_t raised = stream->target_kbps + (rise > LEAST_RISE_KBPS ? rise : (uint32_t)LEAST_RISE_KBPS);
        stream->target_kbps = clamp(raised, stream->min_kbps, stream->max_kbps);
    }
}

/* Returns the part of the sum of targets that the network can carry, in thousandths. */
static uint32_t usable_permille(const ti_bitrate_t *bitrate)
{
    uint32_t sum = sum_of_targets(bitrate);
    uint32_t usable = bitrate->rate_kbps / 1000 * USED_PERMILLE + bitrate->rate_kbps % 1000 * USED_PERMILLE / 1000;
    uint32_t permille = sum < 1000 ? usable * 1000 / (sum + 1) : usable / (sum / 1000);
    return clamp(permille, LEAST_PERMILLE, USED_PERMILLE);
}

static void move_targets(ti_bitrate_t *bitrate, uint32_t now, uint32_t elapsed_ms, uint32_t delay_ms)
{
    if (bitrate->holding && ti_time_reached(now, bitrate->hold_until_at)) {
        bitrate->holding = false;
    }
    if (delay_ms > LONG_DELAY_MS) {
        bitrate->calm_ms = 0;
        if (!bitrate->holding) {
            scale_targets(bitrate, usable_permille(bitrate));
            bitrate->holding = true;
            bitrate->hold_until_at = now + HOLD_AFTER_FALL_MS;
        }
    } else if (delay_ms < SHORT_DELAY_MS) {
        bitrate->calm_ms += elapsed_ms;
        if (bitrate->calm_ms >= CALM_BEFORE_RISE_MS) {
            bitrate->calm_ms = 0;
            raise_targets(bitrate);
        }
    } else {
        bitrate->calm_ms = 0;
    }
}

static bool is_worth_reporting(const ti_bitrate_stream_t *stream)
{
    uint32_t reported = stream->reported_kbps;
    uint32_t target = stream->target_kbps;
    if (stream->min_bps == 0 || target == reported) {
        return false;
    }
    uint32_t change = target > reported ? target - reported : reported - target;
    return change >= reported / WORTH_REPORTING_DIVISOR || target == stream->min_kbps || target == stream->max_kbps;
}

static int find_worth_reporting(const ti_bitrate_t *bitrate)
{
    for (int i = 0; i < TI_MAX_STREAMS; i++) {
        if (is_worth_reporting(&bitrate->streams[i])) {
            return i;
        }
    }
    return -1;
}

bool ti_bitrate_update(ti_bitrate_t *bitrate, uint32_t now, uint32_t sent_bytes, uint32_t waiting_bytes)
{
    if (!bitrate->looked) {
        bitrate->looked = true;
        bitrate->looked_at = now;
        bitrate->sent_bytes = sent_bytes;
    }
    uint32_t elapsed_ms = (uint32_t)ti_time_between(bitrate->looked_at, now);
    if (elapsed_ms < TI_BITRATE_PERIOD_MS) {
        return find_worth_reporting(bitrate) >= 0;
    }
    uint32_t sample_kbps = (sent_bytes - bitrate->sent_bytes) / elapsed_ms * 8;
    bitrate->looked_at = now;
    bitrate->sent_bytes = sent_bytes;
    if (waiting_bytes > 0) { /* otherwise the program sent less than the network takes: no information */
        bitrate->rate_kbps = bitrate->rate_kbps == 0 ? sample_kbps : (bitrate->rate_kbps / 4) * 3 + sample_kbps / 4;
    }
    uint32_t waiting_bits = waiting_bytes < UINT32_MAX / 8 ? waiting_bytes * 8 : UINT32_MAX;
    uint32_t delay_ms = waiting_bits / (bitrate->rate_kbps > 0 ? bitrate->rate_kbps : 1);
    move_targets(bitrate, now, elapsed_ms, delay_ms);
    return find_worth_reporting(bitrate) >= 0;
}

int ti_bitrate_take(ti_bitrate_t *bitrate)
{
    int stream = find_worth_reporting(bitrate);
    if (stream >= 0) {
        bitrate->streams[stream].reported_kbps = bitrate->streams[stream].target_kbps;
    }
    return stream;
}
