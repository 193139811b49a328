/* Reading base64url (RFC 4648 section 5): the library only writes it. */
#ifndef BASE64URL_H
#define BASE64URL_H

#include "../../../native/base/span.h"

/** Returns the bytes written to `out` (at most `capacity`), or -1: an invalid character or length, padding, spare bits
 *  that are not zero, or no room. */
int base64url_decode(ti_span_t text, uint8_t *out, size_t capacity);

#endif
