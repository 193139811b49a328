/* Memory that ends where an unreadable page begins: a parser that looks one byte too far crashes the test. */
#ifndef TEST_SUPPORT_GUARD_H
#define TEST_SUPPORT_GUARD_H

#include "../../../native/base/span.h"

typedef struct guard {
    uint8_t *mapping;
    size_t mapped_bytes;
    uint8_t *end; /* the unreadable page */
} guard_t;

/** Room for `capacity` bytes before the page. Ends the program when the system gives none. */
void guard_open(guard_t *guard, size_t capacity);
void guard_close(guard_t *guard);

/** Copy the bytes so that they end at the page. Valid until the next guard_put() or guard_close(). */
ti_span_t guard_put(guard_t *guard, ti_span_t bytes);

/** The last `size` bytes before the page, to be written by the code under test. */
uint8_t *guard_room(guard_t *guard, size_t size);

#endif
