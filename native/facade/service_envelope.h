/* The envelope of the service's answers: {"code": 0, "message": "…", "data": …}. */
#ifndef TI_FACADE_SERVICE_ENVELOPE_H
#define TI_FACADE_SERVICE_ENVELOPE_H

#include "../base/json.h"

enum { TI_MIN_PLATFORM_CODE = 600 }; /* codes below would look like an HTTP status */

typedef struct ti_envelope {
    int32_t code;      /* 0 or 200 for success, else TI_MIN_PLATFORM_CODE or more */
    ti_span_t message; /* a JSON string with its quotes; empty if there is none */
    ti_span_t data;    /* JSON; empty if there is none or it is null */
} ti_envelope_t;

/** Read the output of ti_json_compact(). If a name occurs twice, the last one counts. Returns false if `body` is not
 *  an object with a valid code; *envelope is undefined then. */
bool ti_envelope_read(ti_span_t body, ti_envelope_t *envelope);

#endif
