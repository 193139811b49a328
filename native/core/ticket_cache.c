#include "ticket_cache.h"

#include <string.h>

#include "../base/wrap_time.h"
#include "../crypto/crypto.h"

/* Later times cannot be distinguished from past ones once they wrap. */
enum { LONGEST_LIFETIME_S = 24 * 24 * 3600 / 2 };

static ti_ticket_t *ticket_of(ti_tickets_t *tickets, ti_span_t id)
{
    for (int i = 0; i < TIRTC_MAX_TICKETS; i++) {
        ti_ticket_t *ticket = &tickets->at[i];
        if (ticket->id_size != 0 && ti_span_equal(ti_span(ticket->id, ticket->id_size), id)) {
            return ticket;
        }
    }
    return NULL;
}

static ti_ticket_t *place_for(ti_tickets_t *tickets, ti_span_t id, uint32_t now)
{
    ti_ticket_t *place = ticket_of(tickets, id);
    if (place != NULL) {
        return place;
    }
    place = &tickets->at[0];
    for (int i = 0; i < TIRTC_MAX_TICKETS && place->id_size != 0; i++) {
        ti_ticket_t *ticket = &tickets->at[i];
        if (ticket->id_size == 0 ||
            ti_time_between(now, ticket->expires_at) < ti_time_between(now, place->expires_at)) {
            place = ticket;
        }
    }
    return place;
}

void ti_ticket_keep(ti_tickets_t *tickets, ti_span_t id, const uint8_t secret[TI_TICKET_BYTES], uint32_t lifetime_s,
                    uint32_t now)
{
    if (id.size == 0 || id.size > TI_MAX_ID_BYTES) {
        return;
    }
    ti_ticket_t *place = place_for(tickets, id, now);
    uint32_t bounded_s = lifetime_s < LONGEST_LIFETIME_S ? lifetime_s : (uint32_t)LONGEST_LIFETIME_S;
    place->id_size = (uint8_t)id.size;
    memcpy(place->id, id.data, id.size);
    memcpy(place->secret, secret, TI_TICKET_BYTES);
    place->expires_at = now + bounded_s * 1000;
}

bool ti_ticket_find(const ti_tickets_t *tickets, ti_span_t id, uint32_t now, uint8_t secret[TI_TICKET_BYTES])
{
    const ti_ticket_t *ticket = ticket_of((ti_tickets_t *)tickets, id);
    if (ticket == NULL || ti_time_reached(now, ticket->expires_at)) {
        return false;
    }
    memcpy(secret, ticket->secret, TI_TICKET_BYTES);
    return true;
}

void ti_ticket_drop(ti_tickets_t *tickets, ti_span_t id, const uint8_t secret[TI_TICKET_BYTES])
{
    ti_ticket_t *ticket = ticket_of(tickets, id);
    if (ticket != NULL && ti_equal_constant_time(ticket->secret, secret, TI_TICKET_BYTES)) {
        ti_wipe(ticket, sizeof *ticket);
    }
}

int ti_ticket_expire(ti_tickets_t *tickets, uint32_t now)
{
    int soonest_ms = -1;
    for (int i = 0; i < TIRTC_MAX_TICKETS; i++) {
        ti_ticket_t *ticket = &tickets->at[i];
        if (ticket->id_size == 0) {
            continue;
        }
        int left_ms = (int)ti_time_until(now, ticket->expires_at);
        if (left_ms == 0) {
            ti_wipe(ticket, sizeof *ticket);
        } else if (soonest_ms < 0 || left_ms < soonest_ms) {
            soonest_ms = left_ms;
        }
    }
    return soonest_ms;
}
