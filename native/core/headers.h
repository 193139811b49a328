/* The request headers of the three kinds of links (docs/wire.md section 1). The *_size functions bound what the
 * matching function writes. */
#ifndef TI_CORE_HEADERS_H
#define TI_CORE_HEADERS_H

#include "../base/text.h"
#include "config.h"

/** Add the headers of a start link; the argument is the ti_config_t. */
void ti_add_start_headers(ti_text_t *text, const void *argument);
size_t ti_start_headers_size(const ti_config_t *config);

typedef struct ti_accept_headers {
    const ti_config_t *config;
    const uint8_t *key; /* TI_ACCEPT_KEY_BYTES */
    const uint8_t *mac; /* TI_MAC_BYTES */
} ti_accept_headers_t;

/** Add the headers of an accept link; the argument is a ti_accept_headers_t. */
void ti_add_accept_headers(ti_text_t *text, const void *argument);
size_t ti_accept_headers_size(const ti_config_t *config);

typedef struct ti_connect_headers {
    const ti_config_t *config;
    ti_span_t token;       /* if empty, the ticket is used */
    const uint8_t *ticket; /* TI_TICKET_BYTES */
} ti_connect_headers_t;

/** Add the headers of a connect link; the argument is a ti_connect_headers_t. */
void ti_add_connect_headers(ti_text_t *text, const void *argument);
size_t ti_connect_headers_size(const ti_connect_headers_t *headers);

#endif
