/* A fuzz target is one function over bytes; run.sh builds and runs them all. Sanitizers find reads and writes out of
 * bounds; EXPECT() finds wrong results. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "../native/base/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXPECT(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #condition); \
            abort(); \
        } \
    } while (0)

/** Returns true when `part` is inside `whole`. An empty `part` may be anywhere. */
static inline bool is_within(ti_span_t part, ti_span_t whole)
{
    return part.size == 0 || (part.data >= whole.data && part.size <= whole.size &&
                              (size_t)(part.data - whole.data) <= whole.size - part.size);
}

#endif
