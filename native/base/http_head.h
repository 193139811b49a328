/* The head of an HTTP response, line by line (RFC 9112), from bytes of which more may follow. */
#ifndef TI_BASE_HTTP_HEAD_H
#define TI_BASE_HTTP_HEAD_H

#include "span.h"

/** Take the status line off *input. Returns the status; 0 when more bytes are needed; -1 if it is not "HTTP/1.0" or
 *  "HTTP/1.1" with a status of 100 to 999, which is reported as soon as it can be seen.
 *  *minor is the 0 or 1 of the version. */
int ti_http_read_status(ti_span_t *input, unsigned *minor);

/** Take a header line off *input; the empty line that ends the head has an empty name. Returns 1; 0 when more bytes are
 *  needed; -1 for a line without a name and a colon, or a control byte other than a tab.
 *  The name may contain blanks. */
int ti_http_read_field(ti_span_t *input, ti_span_t *name, ti_span_t *value);

/** True if `value`, a list separated by commas, contains `item`, in any case. */
bool ti_http_list_has(ti_span_t value, const char *item);

#endif
