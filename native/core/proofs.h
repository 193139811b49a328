/* The proofs by which a device and the service show each other that they know the device's secret (docs/wire.md
 * section 3). */
#ifndef TI_CORE_PROOFS_H
#define TI_CORE_PROOFS_H

#include "../wire/message.h"

/** The values of a start that both sides know. Each item is at most 65535 bytes. */
typedef struct ti_transcript {
    const uint8_t *service_nonce; /* TI_NONCE_BYTES */
    const uint8_t *device_nonce;  /* TI_NONCE_BYTES */
    ti_span_t prefix;             /* the request target as sent: the prefix of the endpoint, */
    ti_span_t path;               /* and what follows it */
    ti_span_t host;               /* the value of Host as sent */
    ti_span_t device_id;          /* ids as set, not percent-encoded; may be empty */
    ti_span_t client_id;
    ti_span_t app_id;
} ti_transcript_t;

/** The three keyed digests of a start. Wipe after use. */
typedef struct ti_proofs {
    uint8_t device_mac[TI_MAC_BYTES];  /* "D" */
    uint8_t service_mac[TI_MAC_BYTES]; /* "S" */
    uint8_t accept_key[TI_MAC_BYTES];  /* Ka */
} ti_proofs_t;

/** Compute all three. Intermediate keys are wiped. */
void ti_proofs_make(ti_span_t device_secret, const ti_transcript_t *transcript, ti_proofs_t *proofs);

#endif
