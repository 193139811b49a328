/* The verdict on a certificate, and its wording. */
#include "tls.h"

#include <string.h>

#include <mbedtls/md.h>

enum {
    GENERAL_NAME_DNS = 2,
    SECONDS_A_DAY = 86400,
    YEARS_AN_ERA = 400,
    DAYS_AN_ERA = 146097,
    DAYS_BEFORE_1970 = 719468
};

static const uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
/* A key that anyone can break proves nothing, also if it is pinned. mbedTLS reports a weak key of an authority as a
 * fault of the certificate that it signed. */
static const uint32_t weak_key = MBEDTLS_X509_BADCERT_BAD_KEY | MBEDTLS_X509_BADCERT_BAD_PK;
static const uint32_t other_key = MBEDTLS_X509_BADCERT_OTHER; /* our meaning: the key is not a pinned one */

/* Returns seconds since 1970 in UTC. Counts days in whole eras and in years that begin in March, so that the leap day
 * is the last. */
static int64_t seconds_of(const mbedtls_x509_time *date)
{
    int64_t year = date->mon <= 2 ? date->year - 1 : date->year;
    int64_t era = year / YEARS_AN_ERA;
    int64_t year_of_era = year - era * YEARS_AN_ERA;
    int64_t month = (date->mon + 9) % 12;
    int64_t day_of_year = (153 * month + 2) / 5 + date->day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    int64_t days = era * DAYS_AN_ERA + day_of_era - DAYS_BEFORE_1970;
    return days * SECONDS_A_DAY + date->hour * 3600 + date->min * 60 + date->sec;
}

/* mbedTLS may have another date than the port, or none. */
static void judge_dates(const tirtc_tls_t *tls, ti_tls_verdict_t *verdict, const mbedtls_x509_crt *certificate,
                        uint32_t *faults)
{
    int64_t now_s = ti_tls_wall_s(tls->port);
    *faults &= ~dates;
    if (now_s > seconds_of(&certificate->valid_to)) {
        *faults |= MBEDTLS_X509_BADCERT_EXPIRED;
        verdict->at = certificate->valid_to;
    } else if (now_s < seconds_of(&certificate->valid_from)) {
        *faults |= MBEDTLS_X509_BADCERT_FUTURE;
        verdict->at = certificate->valid_from;
    }
}

static bool is_pinned(const tirtc_tls_t *tls, const uint8_t *key)
{
    for (unsigned i = 0; i < tls->pins; i++) {
        if (memcmp(tls->pinned[i], key, TI_SHA256_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

/* Store the names of a certificate: its DNS names, or else its subject. */
static void note_names(ti_tls_verdict_t *verdict, const mbedtls_x509_crt *certificate)
{
    ti_text_t names;
    ti_text_init(&names, verdict->subject, sizeof verdict->subject - 1);
    for (const mbedtls_x509_sequence *at = &certificate->subject_alt_names; at != NULL; at = at->next) {
        if (at->buf.p != NULL && at->buf.tag == (MBEDTLS_ASN1_CONTEXT_SPECIFIC | GENERAL_NAME_DNS)) {
            ti_text_add(&names, names.size > 0 ? ", " : "");
            ti_text_add_span(&names, ti_span(at->buf.p, at->buf.len));
        }
    }
    verdict->subject[names.size] = '\0';
    if (names.size == 0 && mbedtls_x509_dn_gets(verdict->subject, sizeof verdict->subject, &certificate->subject) < 0) {
        verdict->subject[0] = '\0';
    }
}

/* Judge by the names alone. For a service that sends an empty list of certificates mbedTLS passes an empty one. */
static bool is_signed_by_itself(const mbedtls_x509_crt *certificate)
{
    const mbedtls_x509_buf *subject = &certificate->subject_raw;
    const mbedtls_x509_buf *issuer = &certificate->issuer_raw;
    return subject->len > 0 && subject->len == issuer->len && memcmp(subject->p, issuer->p, subject->len) == 0;
}

/* Returns whether the key of a certificate is a pinned one. */
static bool has_pinned_key(const tirtc_tls_t *tls, ti_tls_verdict_t *verdict, const mbedtls_x509_crt *certificate)
{
    const mbedtls_md_info_t *sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
    const mbedtls_x509_buf *key = &certificate->pk_raw;
    return key->len > 0 && sha256 != NULL && mbedtls_md(sha256, key->p, key->len, verdict->key) == 0 &&
           is_pinned(tls, verdict->key);
}

/* Judge the service's own certificate. */
static void judge_service(const tirtc_tls_t *tls, const ti_tls_name_t *name, ti_tls_verdict_t *verdict,
                          const mbedtls_x509_crt *certificate, uint32_t *faults)
{
    verdict->self_signed = verdict->count == 1 && is_signed_by_itself(certificate);
    note_names(verdict, certificate);
    verdict->nameless = certificate->subject_alt_names.buf.p == NULL;
    *faults &= ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH;
    if (!ti_tls_certificate_is_for(certificate, name)) {
        *faults |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    }
    if (verdict->count == 1 && !(*faults & MBEDTLS_X509_BADCERT_NOT_TRUSTED)) {
        *faults &= ~(uint32_t)MBEDTLS_X509_BADCERT_BAD_MD; /* trusted itself: nothing depends on its signature */
    }
    if (!tls->by_signature) {
        *faults &= weak_key;
    }
    bool known = has_pinned_key(tls, verdict, certificate);
    bool must_be_known = tls->pins != 0 || !tls->by_signature;
    if (must_be_known && !known) {
        *faults |= other_key;
    }
}

void ti_tls_judge(const tirtc_tls_t *tls, const ti_tls_name_t *name, ti_tls_verdict_t *verdict,
                  const mbedtls_x509_crt *certificate, int depth, uint32_t *faults)
{
    if (verdict->count == 0) { /* mbedTLS begins with the last of the chain */
        verdict->count = (unsigned)depth + 1;
        if (mbedtls_x509_dn_gets(verdict->signer, sizeof verdict->signer, &certificate->issuer) < 0) {
            verdict->signer[0] = '\0';
        }
    }
    if (tls->by_signature) {
        judge_dates(tls, verdict, certificate, faults);
    } else if (depth > 0) {
        *faults = 0;
    }
    if (depth == 0) {
        judge_service(tls, name, verdict, certificate, faults);
    }
    verdict->faults |= *faults;
}

/* ---- Wording ---- */

static void add_two_digits(ti_text_t *line, char before, int value)
{
    ti_text_add_char(line, before);
    ti_text_add_char(line, (char)('0' + value / 10 % 10));
    ti_text_add_char(line, (char)('0' + value % 10));
}

static void add_date(ti_text_t *line, const mbedtls_x509_time *date)
{
    ti_text_add_u32(line, (uint32_t)date->year);
    add_two_digits(line, '-', date->mon);
    add_two_digits(line, '-', date->day);
    add_two_digits(line, 'T', date->hour);
    add_two_digits(line, ':', date->min);
    add_two_digits(line, ':', date->sec);
    ti_text_add_char(line, 'Z');
}

static void add_key(ti_text_t *line, const uint8_t *key)
{
    for (int i = 0; i < TI_SHA256_BYTES; i++) {
        ti_text_add_char(line, "0123456789abcdef"[key[i] >> 4]);
        ti_text_add_char(line, "0123456789abcdef"[key[i] & 15]);
    }
}

static void add_quoted(ti_text_t *line, const char *before, const char *name)
{
    ti_text_add(line, before);
    ti_text_add(line, "\"");
    ti_text_add_printable(line, ti_span(name, strlen(name)));
    ti_text_add(line, "\"");
}

static void explain_trust(const ti_tls_verdict_t *verdict, ti_text_t *line)
{
    if (verdict->self_signed) {
        ti_text_add(line, "it is self-signed and not trusted; trust it as an authority, or pin its key ");
        add_key(line, verdict->key);
        return;
    }
    add_quoted(line, "its authority is not trusted: ", verdict->signer);
    ti_text_add(
        line, verdict->count == 1
                  ? "; trust the authority or, if it is an intermediate one, have the service send its certificate too"
                  : "; trust it if it is the right authority");
}

void ti_tls_explain(const ti_tls_verdict_t *verdict, uint32_t faults, ti_text_t *line)
{
    if (faults & other_key) {
        ti_text_add(line, "its key is not the pinned one; the service's key is ");
        add_key(line, verdict->key);
        ti_text_add(line, ": pin that one only if you know that the key was changed");
    } else if (faults & weak_key) {
        ti_text_add(line,
                    "one of its keys is too weak; use RSA of at least 2048 bits, or an elliptic curve of at least 256");
    } else if ((faults & MBEDTLS_X509_BADCERT_CN_MISMATCH) && verdict->nameless) {
        ti_text_add(line, "it has no subjectAltName; get one that has the host there, not only in its subject");
    } else if (faults & MBEDTLS_X509_BADCERT_CN_MISMATCH) {
        add_quoted(line, "it is for another host: ", verdict->subject);
        ti_text_add(line, "; use a host name that it contains, or get a certificate for this host");
    } else if (faults & dates) {
        ti_text_add(line, faults & MBEDTLS_X509_BADCERT_EXPIRED ? "it expired at " : "it is not valid before ");
        add_date(line, &verdict->at);
        ti_text_add(line, "; renew it, or set the clock if that is wrong");
    } else if (faults & MBEDTLS_X509_BADCERT_BAD_MD) {
        ti_text_add(line, "it is signed with a hash that is too weak; get one that is signed with SHA-256 or stronger");
    } else if (faults & MBEDTLS_X509_BADCERT_NOT_TRUSTED) {
        explain_trust(verdict, line);
    } else {
        ti_text_add(line, "its key usage does not allow a server; get one for servers; faults ");
        ti_text_add_hex(line, faults);
    }
}
