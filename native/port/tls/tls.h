/* What the files of the TLS port share: trusted certificates (tls_trust.c), the verdict on a certificate
 * (tls_verdict.c, tls_names.c), sessions to resume (tls_sessions.c) and pipes (tls_pipe.c). */
#ifndef TI_PORT_TLS_TLS_H
#define TI_PORT_TLS_TLS_H

#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#include "../../base/text.h"
#include "tirtc_config.h"
#include "tirtc_tls.h"

enum { TI_SHA256_BYTES = 32, TI_MAX_TLS_LINE_BYTES = 400, TI_MAX_NAME_BYTES = 255 };

/** A session that a later pipe to the same host and port may resume. */
typedef struct ti_tls_session {
    char *host; /* allocated by the port; NULL: this place is free */
    uint16_t tcp_port;
    uint32_t verified_ms; /* when the certificate was verified */
    uint32_t used;        /* larger means later */
    mbedtls_ssl_session session;
} ti_tls_session_t;

struct tirtc_tls {
    const tirtc_port_t *port;
    tirtc_trust_t trust;
    mbedtls_ssl_config config;
    mbedtls_x509_crt authorities; /* empty: no signature is trusted */
    bool loaded;
    bool by_signature; /* certificates must be signed by `authorities` */
    unsigned pins;
    uint8_t pinned[TIRTC_TLS_MAX_PINNED_KEYS][TI_SHA256_BYTES];
    uint32_t uses;
    ti_tls_session_t sessions[TIRTC_TLS_SESSIONS];
};

/** The host of a pipe, for the comparison with certificates. */
typedef struct ti_tls_name {
    const char *host; /* borrowed; NUL-terminated */
    uint8_t address[16];
    size_t address_size; /* 4 or 16 when it is a numeric address, else 0 */
} ti_tls_name_t;

/** What was found in the certificates of a handshake. Filled while they are verified; nothing in it is borrowed. */
typedef struct ti_tls_verdict {
    uint32_t faults;      /* MBEDTLS_X509_BADCERT_*, of all of them */
    bool self_signed;     /* the service's own */
    bool nameless;        /* the service's own has no subjectAltName */
    unsigned count;       /* certificates in the chain; 0: none arrived */
    mbedtls_x509_time at; /* the date that has passed or has not come yet */
    uint8_t key[TI_SHA256_BYTES];
    char subject[TI_MAX_NAME_BYTES]; /* the names in the certificate; NUL-terminated */
    char signer[TI_MAX_NAME_BYTES];  /* who signed the last of the chain; NUL-terminated */
} ti_tls_verdict_t;

/** Returns the port's date, seconds since 1970; 0 while it is unknown. */
int64_t ti_tls_wall_s(const tirtc_port_t *port);

/** Load and check everything that a secure dial needs. Returns 0, or TIRTC_E_HTTP_SSL or _NOMEM after a log line. */
int ti_tls_prepare(const tirtc_tls_port_t *secure);

/** Begin a log line with `start` and, unless it is NULL, `host`. */
void ti_tls_line(ti_text_t *line, char *buffer, const char *start, const char *host);

/** Write the line to the log of the port below. */
void ti_tls_log(const tirtc_tls_port_t *secure, tirtc_log_level_t level, const ti_text_t *line);

/** Read a host, which is NUL-terminated and must outlive the name. */
void ti_tls_read_name(const char *host, ti_tls_name_t *name);

/** Returns whether a certificate has this host among its subjectAltNames. */
bool ti_tls_certificate_is_for(const mbedtls_x509_crt *certificate, const ti_tls_name_t *name);

/** Verify one certificate of a chain, in the way of mbedtls_ssl_conf_verify(). Replaces mbedTLS's findings on dates,
 *  names and pinned keys. */
void ti_tls_judge(const tirtc_tls_t *tls, const ti_tls_name_t *name, ti_tls_verdict_t *verdict,
                  const mbedtls_x509_crt *certificate, int depth, uint32_t *faults);

/** Append what is wrong with a certificate, and what to do. */
void ti_tls_explain(const ti_tls_verdict_t *verdict, uint32_t faults, ti_text_t *line);

/** Returns the clock of sessions. */
uint32_t ti_tls_now_ms(const tirtc_tls_t *tls);

/** Returns the session to resume for a host and port, or NULL. */
ti_tls_session_t *ti_tls_find_session(tirtc_tls_t *tls, const char *host, uint16_t tcp_port);

/** Keep the session of a pipe that is up. `verified_ms` is when its certificate was verified, on this pipe or on the
 *  one whose session it resumed. Without memory the session is not kept. */
void ti_tls_keep_session(tirtc_tls_t *tls, const char *host, uint16_t tcp_port, const mbedtls_ssl_context *ssl,
                         uint32_t verified_ms);

/** Forget the session for a host and port. */
void ti_tls_forget_session(tirtc_tls_t *tls, const char *host, uint16_t tcp_port);
void ti_tls_forget_all_sessions(tirtc_tls_t *tls);

/* The pipe functions of tirtc_port_t. */
int ti_tls_dial(void *context, const char *host, uint16_t tcp_port, bool secure, tirtc_pipe_t **pipe);
int ti_tls_send(void *context, tirtc_pipe_t *pipe, const void *data, size_t size);
int ti_tls_receive(void *context, tirtc_pipe_t *pipe, void *data, size_t size);
bool ti_tls_pending(void *context, tirtc_pipe_t *pipe);
void ti_tls_hang_up(void *context, tirtc_pipe_t *pipe);

#endif
