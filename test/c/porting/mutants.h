/* Ports that are wrong in one way each. */
#ifndef TEST_PORTING_MUTANTS_H
#define TEST_PORTING_MUTANTS_H

#include "porting.h"

typedef struct mutant {
    const char *what;
    const char *fails; /* the check that must find it */
    tirtc_port_t port; /* what is set replaces the good one */
    bool (*wait)(void *context, uint32_t max_ms);
} mutant_t;

/** Ends with a NULL `what`. */
extern const mutant_t mutants[];

/** One that is poor rather than wrong: it has no more than two pipes at once. */
extern const mutant_t two_pipes;

/** The platform that they spoil; set it before one is used. */
extern const tirtc_platform_t *good;

#endif
