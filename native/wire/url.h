/* The endpoint a program gives: http(s)://host[:port][/prefix], ws(s):// alike (docs/wire.md section 1). */
#ifndef TI_WIRE_URL_H
#define TI_WIRE_URL_H

#include "../base/span.h"

typedef struct ti_endpoint {
    bool secure;
    uint16_t port;
    ti_span_t authority; /* host and port as the URL has them, which is what Host carries; points into the URL */
    ti_span_t host;      /* without brackets; points into the URL */
    ti_span_t prefix;    /* path without trailing slashes, "" or "/a/b"; points into the URL */
} ti_endpoint_t;

/** Take a URL apart. The scheme is read without case. Refused: other schemes, user info, no host, a host longer than
 *  253 bytes or with bytes that have another meaning, zones in IPv6 addresses, an empty port, port 0 or above 65535,
 *  query, fragment; anywhere: control bytes, spaces, bytes beyond ASCII; more than 512 bytes in all.
 *  endpoint is valid only when the answer is true. */
bool ti_endpoint_parse(ti_span_t url, ti_endpoint_t *endpoint);

#endif
