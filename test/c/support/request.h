/* The head of an HTTP request, as the test service reads it. */
#ifndef TEST_SUPPORT_REQUEST_H
#define TEST_SUPPORT_REQUEST_H

#include "base/span.h"

enum { REQUEST_MAX_HEADERS = 32, REQUEST_MAX_BYTES = 8192 };

typedef struct request {
    char *text; /* a copy of the head, cut into the strings below */
    const char *method;
    const char *target; /* as sent */
    size_t count;
    struct {
        const char *name;
        const char *value;
    } headers[REQUEST_MAX_HEADERS];
} request_t;

/** Returns the bytes of the head; 0 if more are needed; -1 if it is not a request. Free with request_free(). */
int request_read(ti_span_t input, request_t *request);
void request_free(request_t *request);

/** The value of a header as sent, or NULL when it is absent. The name is compared without case. */
const char *request_header(const request_t *request, const char *name);

/** How many headers have this name. */
size_t request_header_count(const request_t *request, const char *name);

/** True when a comma-separated header lists `word`, compared without case. */
bool request_header_lists(const request_t *request, const char *name, const char *word);

/** The value of a header with %XX decoded, "" when absent; false when it is malformed or too long for `out`. */
bool request_decoded(const request_t *request, const char *name, char *out, size_t capacity);

/** Decode %XX up to `end` or NUL. */
bool percent_decode(const char *text, const char *end, char *out, size_t capacity);

#endif
