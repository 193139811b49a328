/* Reads test/vectors/wire.txt, whose head describes the format. What is not there ends the program. */
#ifndef TEST_SUPPORT_VECTORS_H
#define TEST_SUPPORT_VECTORS_H

#include "../../../native/base/span.h"

typedef struct vectors vectors_t;

/** One line. Words and spans are valid until the next line is read. */
typedef struct vector {
    int line;
    const char *mark; /* "", "reads", "ignored", "bad" */
    const char *kind;
    vectors_t *owner;
} vector_t;

vectors_t *vectors_open(void);
bool vectors_next(vectors_t *vectors, vector_t *vector);
void vectors_close(vectors_t *vectors);

const char *vector_word(const vector_t *vector, const char *key);
long long vector_number(const vector_t *vector, const char *key);
ti_span_t vector_bytes(const vector_t *vector, const char *key);

#endif
