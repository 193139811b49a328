/* Sessions of pipes that were up: the next pipe to the same place then needs no certificates and half the round trips.
 * A place is a host and a port, compared in full, because a session replaces the certificate that was verified for
 * it. */
#include "tls.h"

#include <string.h>

static void forget(tirtc_tls_t *tls, ti_tls_session_t *kept)
{
    if (kept->host != NULL) {
        mbedtls_ssl_session_free(&kept->session);
        tls->port->release(tls->port->context, kept->host, strlen(kept->host) + 1);
        kept->host = NULL;
    }
}

static ti_tls_session_t *find(tirtc_tls_t *tls, const char *host, uint16_t tcp_port)
{
    for (int i = 0; i < TIRTC_TLS_SESSIONS; i++) {
        ti_tls_session_t *kept = &tls->sessions[i];
        if (kept->host != NULL && kept->tcp_port == tcp_port && strcmp(kept->host, host) == 0) {
            return kept;
        }
    }
    return NULL;
}

uint32_t ti_tls_now_ms(const tirtc_tls_t *tls)
{
    return tls->port->mono_ms(tls->port->context);
}

ti_tls_session_t *ti_tls_find_session(tirtc_tls_t *tls, const char *host, uint16_t tcp_port)
{
    ti_tls_session_t *kept = find(tls, host, tcp_port);
    if (kept == NULL) {
        return NULL;
    }
    const uint32_t lifetime_ms = TIRTC_TLS_SESSION_LIFETIME_MS;
    if (ti_tls_now_ms(tls) - kept->verified_ms >= lifetime_ms) { /* correct for the whole range of the clock, 49 days */
        forget(tls, kept);
        return NULL;
    }
    kept->used = ++tls->uses;
    return kept;
}

/* Returns a free place, or else the one that was unused for the longest time. NULL: no memory. */
static ti_tls_session_t *make_place(tirtc_tls_t *tls, const char *host, uint16_t tcp_port)
{
    ti_tls_session_t *place = &tls->sessions[0];
    for (int i = 0; i < TIRTC_TLS_SESSIONS && place->host != NULL; i++) {
        ti_tls_session_t *other = &tls->sessions[i];
        if (other->host == NULL || other->used < place->used) {
            place = other;
        }
    }
    forget(tls, place);
    size_t size = strlen(host) + 1;
    place->host = tls->port->allocate(tls->port->context, size);
    if (place->host == NULL) {
        return NULL;
    }
    memcpy(place->host, host, size);
    place->tcp_port = tcp_port;
    mbedtls_ssl_session_init(&place->session);
    return place;
}

void ti_tls_keep_session(tirtc_tls_t *tls, const char *host, uint16_t tcp_port, const mbedtls_ssl_context *ssl,
                         uint32_t verified_ms)
{
    ti_tls_session_t *kept = find(tls, host, tcp_port);
    if (kept == NULL) {
        kept = make_place(tls, host, tcp_port);
        if (kept == NULL) {
            return;
        }
    } else {
        mbedtls_ssl_session_free(&kept->session);
        mbedtls_ssl_session_init(&kept->session);
    }
    kept->verified_ms = verified_ms;
    kept->used = ++tls->uses;
    if (mbedtls_ssl_get_session(ssl, &kept->session) != 0) {
        forget(tls, kept);
    }
}

void ti_tls_forget_session(tirtc_tls_t *tls, const char *host, uint16_t tcp_port)
{
    ti_tls_session_t *kept = find(tls, host, tcp_port);
    if (kept != NULL) {
        forget(tls, kept);
    }
}

void ti_tls_forget_all_sessions(tirtc_tls_t *tls)
{
    for (int i = 0; i < TIRTC_TLS_SESSIONS; i++) {
        forget(tls, &tls->sessions[i]);
    }
}
