/* Tickets by remote id (docs/wire.md section 3, `ready`): with one, a client reconnects without a token. A client keeps
 * one per remote id, TIRTC_MAX_TICKETS in all. The caller holds the device's lock. */
#ifndef TI_CORE_TICKET_CACHE_H
#define TI_CORE_TICKET_CACHE_H

#include "../wire/message.h"
#include "tirtc_config.h"

enum { TI_MAX_ID_BYTES = 63 };

typedef struct ti_ticket {
    uint8_t id_size; /* 0: this place is empty */
    uint8_t id[TI_MAX_ID_BYTES];
    uint8_t secret[TI_TICKET_BYTES];
    uint32_t expires_at;
} ti_ticket_t;

typedef struct ti_tickets {
    ti_ticket_t at[TIRTC_MAX_TICKETS];
} ti_tickets_t;

/** Keep a ticket. It replaces an older one for this id, an expired one, or the one that expires first. */
void ti_ticket_keep(ti_tickets_t *tickets, ti_span_t id, const uint8_t secret[TI_TICKET_BYTES], uint32_t lifetime_s,
                    uint32_t now);

/** Copy the ticket for this id. Returns false if there is no valid one. */
bool ti_ticket_find(const ti_tickets_t *tickets, ti_span_t id, uint32_t now, uint8_t secret[TI_TICKET_BYTES]);

/** Forget the ticket for this id, if it is this one. */
void ti_ticket_drop(ti_tickets_t *tickets, ti_span_t id, const uint8_t secret[TI_TICKET_BYTES]);

/** Drop expired tickets: a ticket must not be kept longer than the span in which wrapped times can be compared. Returns
 *  ms until the next one expires, or -1. */
int ti_ticket_expire(ti_tickets_t *tickets, uint32_t now);

#endif
