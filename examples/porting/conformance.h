/* conformance.h - what every port promises, as numbered checks. conformance_main.c prints them as TAP. */
#ifndef PORTING_CONFORMANCE_H
#define PORTING_CONFORMANCE_H

#include "porting.h"

/** A check: NULL when the port does what it must, else what it did instead. */
typedef const char *(*conformance_check_t)(void);

typedef struct conformance {
    const char *name; /* what a port does that passes */
    conformance_check_t check;
} conformance_t;

/** What a check returns that cannot be made here. */
extern const char conformance_skipped[];

/** A table ends with a NULL name. The first CONFORMANCE_NEEDED checks are of the clock, which all others rely on. */
enum { CONFORMANCE_NEEDED = 2 };
extern const conformance_t conformance_basics[]; /* clock, entropy, memory, wake */
extern const conformance_t conformance_dial[];   /* dial, hang_up */
extern const conformance_t conformance_bytes[];  /* send, receive */

/** Make all checks in order, after porting_begin(), and report each, numbered from 1; `wrong` as the check returned it.
 *  They end early when the clock is not one. Returns how many failed. */
int conformance_run(void (*report)(void *user, int number, const char *name, const char *wrong), void *user);

/** How many there are. */
int conformance_count(void);

/** Set the date forward and back by an hour, by turns: whoever follows it does so at the wrong moment. */
void conformance_jolt(void);

#endif
