/* What a program names (docs/wire.md section 1): its endpoint, http(s):// or ws(s)://host[:port][/prefix], and the
 * remote id of a connect. */
#ifndef TI_WIRE_URL_H
#define TI_WIRE_URL_H

#include "../base/span.h"

typedef struct ti_endpoint {
    bool secure;
    uint16_t port;
    ti_span_t authority; /* host and port as in the URL, the value of Host; points into the URL */
    ti_span_t host;      /* without brackets; points into the URL */
    ti_span_t prefix;    /* path without trailing slashes, "" or "/a/b"; points into the URL */
} ti_endpoint_t;

/** Parse a URL. The scheme is read without case. Refused: other schemes, user info, no host, a host longer than
 *  253 bytes or with bytes that have another meaning, zones in IPv6 addresses, an empty port, port 0 or above 65535,
 *  query, fragment; anywhere: control bytes, spaces, bytes beyond ASCII; more than 512 bytes in total.
 *  Returns false if it is refused; *endpoint is undefined then. */
bool ti_endpoint_parse(ti_span_t url, ti_endpoint_t *endpoint);

/** Split a remote id: "id", "device://id", "whip://id" or "whips://id". After whip(s)://, the id ends at the first ? or
 *  /, and the suffix begins there. Both point into `remote_id`. Nothing is checked. */
void ti_remote_id_split(ti_span_t remote_id, ti_span_t *id, ti_span_t *suffix);

#endif
