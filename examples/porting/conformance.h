/* conformance.h - what every port must do, as numbered checks. conformance_main.c prints the results as TAP. */
#ifndef PORTING_CONFORMANCE_H
#define PORTING_CONFORMANCE_H

#include "porting.h"

/** A check. Returns NULL when the port is correct, else what it did wrong. */
typedef const char *(*conformance_check_t)(void);

typedef struct conformance {
    const char *name; /* what a correct port does */
    conformance_check_t check;
} conformance_t;

/** What a check returns when it cannot run here. */
extern const char conformance_skipped[];

/** A table ends with a NULL name. The first CONFORMANCE_NEEDED checks are about the clock, which all others need. */
enum { CONFORMANCE_NEEDED = 2 };
extern const conformance_t conformance_basics[]; /* clock, entropy, memory, wake */
extern const conformance_t conformance_dial[];   /* dial, hang_up */
extern const conformance_t conformance_bytes[];  /* send, receive */

/** Run all checks in order, after porting_begin(), and report each, numbered from 1, with what it returned in `wrong`.
 *  Stops early when the clock does not work. Returns how many failed. */
int conformance_run(void (*report)(void *user, int number, const char *name, const char *wrong), void *user);

/** Returns how many checks there are. */
int conformance_count(void);

/** Set the date forward and back by an hour, alternately, to find a port that follows the date. */
void conformance_jolt(void);

#endif
