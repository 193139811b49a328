/* Timers in a pairing heap whose nodes are the timers themselves: setting one allocates nothing and cannot fail.
 * Setting costs O(1), clearing and firing O(log n) amortised. All on one thread. */
#ifndef TI_POSIX_TIMERS_H
#define TI_POSIX_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct ti_timer ti_timer_t;

/** Zeroed memory with `fired` and `owner` set is a timer that is not running. */
struct ti_timer {
    void (*fired)(ti_timer_t *timer); /* called when due; the timer is already cleared */
    void *owner;                      /* for fired */
    uint64_t due_ms;
    ti_timer_t *child;    /* the first child; children are not due earlier */
    ti_timer_t *next;     /* the next child of the same parent */
    ti_timer_t *previous; /* the child before, or the parent for a first child */
    bool set;
};

/** A set of timers. Zeroed memory is an empty set. */
typedef struct ti_timers {
    ti_timer_t *root;
} ti_timers_t;

/** Set the timer to fire at `due_ms` (ti_clock_ms); replaces an earlier setting. */
void ti_timer_set(ti_timers_t *timers, ti_timer_t *timer, uint64_t due_ms);

/** Clear the timer; does nothing when it is not set. */
void ti_timer_clear(ti_timers_t *timers, ti_timer_t *timer);

/** Returns the milliseconds until the first timer is due, 0 when one is overdue, -1 when none is set. */
int64_t ti_timers_wait_ms(const ti_timers_t *timers, uint64_t now_ms);

/** Clear and fire every timer due at `now_ms`, earliest first. `fired` may set timers only to later than `now_ms`. */
void ti_timers_fire(ti_timers_t *timers, uint64_t now_ms);

#endif
