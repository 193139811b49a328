/* An HTTP/1.1 response read in pieces (RFC 9112): status, and a body by Content-Length, by chunks, or up to the end.
 * Pure. A status above 599 and header names with blanks are accepted: some servers send them. */
#ifndef TI_FACADE_HTTP_ANSWER_H
#define TI_FACADE_HTTP_ANSWER_H

#include "../base/span.h"

enum { TI_HTTP_MAX_HEAD_BYTES = 4096, TI_HTTP_MAX_BODY_BYTES = 65536 };

enum ti_http_state {
    TI_HTTP_HEAD = 0,
    TI_HTTP_BODY,       /* `remaining` bytes of it */
    TI_HTTP_UNTIL_END,  /* the body extends to the end */
    TI_HTTP_CHUNK_SIZE, /* hexadecimal digits */
    TI_HTTP_CHUNK_LINE, /* the rest of that line */
    TI_HTTP_CHUNK,      /* `remaining` bytes of it */
    TI_HTTP_CHUNK_END,  /* its CR LF */
    TI_HTTP_TRAILER,    /* lines up to an empty one */
    TI_HTTP_COMPLETE
};

/** Zeroed memory is a response of which nothing has arrived. */
typedef struct ti_http_answer {
    enum ti_http_state state;
    int status;
    uint32_t remaining;
    bool digits;     /* the chunk size has at least one */
    bool line_begun; /* the trailer line is not empty */
    size_t head_size;
    size_t body_size;
    char head[TI_HTTP_MAX_HEAD_BYTES];
    char body[TI_HTTP_MAX_BODY_BYTES + 1]; /* and a NUL */
} ti_http_answer_t;

/** Read received bytes. Returns 1 if the response is complete, 0 if more is needed, or negative if it is malformed:
 *  TIRTC_E_UNEXPECTED_RESPONSE (not HTTP/1.x, broken lengths), TIRTC_E_HTTP_HEADER (a head above its limit),
 *  TIRTC_E_LACK_OF_RESOURCE (a body above its limit). */
int ti_http_answer_feed(ti_http_answer_t *answer, ti_span_t bytes);

/** Handle the end of the connection. Returns 1, or TIRTC_E_HTTP_PEER_CLOSED if the response is incomplete. */
int ti_http_answer_end(ti_http_answer_t *answer);

#endif
