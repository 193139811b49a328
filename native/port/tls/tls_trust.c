/* What is trusted, and the configuration of mbedTLS. */
#include "tls.h"

#include <string.h>

/* Forward secrecy and authenticated encryption only: TLS 1.3 requires both, and every TLS 1.2 server of this decade has
 * them. */
static const int ciphersuites[] = {
#ifdef MBEDTLS_SSL_PROTO_TLS1_3
    MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
    MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
    MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
#endif
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    0,
};

#if MBEDTLS_VERSION_NUMBER < 0x03000000
/* 2.28 prefers the largest curves, which take ten times as long; version 3 has this order. */
static const mbedtls_ecp_group_id curves[] = {
#ifdef MBEDTLS_ECP_DP_CURVE25519_ENABLED
    MBEDTLS_ECP_DP_CURVE25519,
#endif
    MBEDTLS_ECP_DP_SECP256R1,  MBEDTLS_ECP_DP_SECP384R1, MBEDTLS_ECP_DP_SECP521R1, MBEDTLS_ECP_DP_NONE,
};
#endif

int64_t ti_tls_wall_s(const tirtc_port_t *port)
{
    int64_t now_s = port->wall_s != NULL ? port->wall_s(port->context) : 0;
    return now_s > 0 ? now_s : 0;
}

void ti_tls_line(ti_text_t *line, char *buffer, const char *start, const char *host)
{
    ti_text_init(line, buffer, TI_MAX_TLS_LINE_BYTES);
    ti_text_add(line, start);
    if (host != NULL) {
        ti_text_add_printable(line, ti_span(host, strlen(host)));
    }
}

void ti_tls_log(const tirtc_tls_port_t *secure, tirtc_log_level_t level, const ti_text_t *line)
{
    const tirtc_port_t *below = secure->below;
    if (below->log != NULL && (int)level <= TIRTC_MAX_LOG_LEVEL) {
        below->log(below->context, (int)level, "tls", line->data, line->size);
    }
}

static int complain(const tirtc_tls_port_t *secure, const char *what, const char *which, int error)
{
    char buffer[TI_MAX_TLS_LINE_BYTES];
    ti_text_t line;
    ti_tls_line(&line, buffer, what, which);
    ti_tls_log(secure, TIRTC_LOG_ERROR, &line);
    return error;
}

/* ---- Pinned keys ---- */

static bool read_pin(const char *text, uint8_t *pin)
{
    for (int i = 0; i < TI_SHA256_BYTES; i++) {
        int high = ti_hex_value((uint8_t)text[2 * i]);
        int low = high < 0 ? -1 : ti_hex_value((uint8_t)text[2 * i + 1]);
        if (low < 0) {
            return false; /* a NUL is not a digit either, so nothing after it was read */
        }
        pin[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

static bool read_pins(tirtc_tls_t *tls)
{
    const char *at = tls->trust.pinned_keys;
    tls->pins = 0;
    while (at != NULL && *at != '\0') {
        if (tls->pins == TIRTC_TLS_MAX_PINNED_KEYS || !read_pin(at, tls->pinned[tls->pins])) {
            return false;
        }
        tls->pins++;
        at += (size_t)2 * TI_SHA256_BYTES;
        bool another = *at == ',' && at[1] != '\0';
        if (*at != '\0' && !another) {
            return false;
        }
        at += another;
    }
    return true;
}

/* ---- Authorities ---- */

/* Turn the result of parsing into an error. mbedTLS skips certificates that it cannot read (a curve it does not know)
 * and returns how many. That is not an error while there are others: the bundles of systems contain such
 * certificates. */
static int settle(const tirtc_tls_port_t *secure, int result, const char *which)
{
    if (result == MBEDTLS_ERR_X509_ALLOC_FAILED || result == MBEDTLS_ERR_PK_ALLOC_FAILED) {
        return complain(secure, "no memory for the certificates of ", which, TIRTC_E_HTTP_NOMEM);
    }
    if (result < 0 || secure->tls->authorities.raw.p == NULL) {
        return complain(secure, "no certificate in PEM or DER can be read from ", which, TIRTC_E_HTTP_SSL);
    }
    return 0;
}

static int load_file(const tirtc_tls_port_t *secure)
{
    tirtc_tls_t *tls = secure->tls;
    if (tls->trust.ca_file == NULL) {
        return 0;
    }
#ifdef MBEDTLS_FS_IO
    int result = mbedtls_x509_crt_parse_file(&tls->authorities, tls->trust.ca_file);
    if (result == MBEDTLS_ERR_PK_FILE_IO_ERROR || result == MBEDTLS_ERR_X509_FILE_IO_ERROR) {
        return complain(secure, "the file of trusted certificates cannot be read: ", tls->trust.ca_file,
                        TIRTC_E_HTTP_SSL);
    }
    return settle(secure, result, tls->trust.ca_file);
#else
    return complain(secure, "this mbedTLS is built without file access (MBEDTLS_FS_IO): use ca_text instead of ca_file",
                    NULL, TIRTC_E_HTTP_SSL);
#endif
}

static int load_text(const tirtc_tls_port_t *secure)
{
    tirtc_tls_t *tls = secure->tls;
    if (tls->trust.ca_text == NULL) {
        return 0;
    }
    const unsigned char *text = (const unsigned char *)tls->trust.ca_text;
    int result = mbedtls_x509_crt_parse(&tls->authorities, text, strlen(tls->trust.ca_text) + 1);
    return settle(secure, result, "ca_text");
}

static void forget_authorities(tirtc_tls_t *tls)
{
    mbedtls_x509_crt_free(&tls->authorities);
    mbedtls_x509_crt_init(&tls->authorities);
}

static int load(const tirtc_tls_port_t *secure)
{
    tirtc_tls_t *tls = secure->tls;
    if (tls->loaded) {
        return 0;
    }
    if (!read_pins(tls)) {
        return complain(secure,
                        "the pinned keys are malformed or too many: give SHA-256 hashes of 64 hexadecimal digits each, "
                        "separated by commas",
                        NULL, TIRTC_E_HTTP_SSL);
    }
    int error = load_file(secure);
    if (error == 0) {
        error = load_text(secure);
    }
    if (error != 0) {
        forget_authorities(tls);
        return error;
    }
    tls->loaded = true;
    return 0;
}

int ti_tls_prepare(const tirtc_tls_port_t *secure)
{
    const tirtc_tls_t *tls = secure->tls;
    if (!tls->by_signature && tls->trust.pinned_keys == NULL) {
        return complain(secure, "nothing is trusted: give certificates of authorities or a pinned key (docs/tls.md)",
                        NULL, TIRTC_E_HTTP_SSL);
    }
    if (tls->by_signature && ti_tls_wall_s(tls->port) == 0) {
        return complain(secure,
                        "the date is not known, so no certificate can be trusted by its signature: give the port a "
                        "wall_s and set the clock, or trust a pinned key alone",
                        NULL, TIRTC_E_HTTP_SSL);
    }
    return load(secure);
}

/* ---- mbedTLS ---- */

static int random_bytes(void *context, unsigned char *out, size_t size)
{
    const tirtc_port_t *port = ((const tirtc_tls_t *)context)->port;
    return port->entropy(port->context, out, size) == 0 ? 0 : MBEDTLS_ERR_SSL_HW_ACCEL_FAILED;
}

static bool configure(tirtc_tls_t *tls)
{
    mbedtls_ssl_config *config = &tls->config;
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) || defined(MBEDTLS_USE_PSA_CRYPTO)
    if (psa_crypto_init() != PSA_SUCCESS) {
        return false;
    }
#endif
    if (mbedtls_ssl_config_defaults(config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0) {
        return false;
    }
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
    mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
#else
    mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    mbedtls_ssl_conf_curves(config, curves);
#endif
    mbedtls_ssl_conf_ciphersuites(config, ciphersuites);
    mbedtls_ssl_conf_cert_profile(config, &mbedtls_x509_crt_profile_next);
    mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(config, &tls->authorities, NULL);
    mbedtls_ssl_conf_rng(config, random_bytes, tls);
#ifdef MBEDTLS_SSL_RENEGOTIATION
    mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
#ifdef MBEDTLS_SSL_SESSION_TICKETS
    mbedtls_ssl_conf_session_tickets(config, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && MBEDTLS_VERSION_NUMBER >= 0x03060100
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(config,
                                                             MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
#endif
#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH) && TIRTC_TLS_MAX_RECORD_BYTES < 16384
    return mbedtls_ssl_conf_max_frag_len(config, TIRTC_TLS_MAX_RECORD_BYTES == 512    ? MBEDTLS_SSL_MAX_FRAG_LEN_512
                                                 : TIRTC_TLS_MAX_RECORD_BYTES == 1024 ? MBEDTLS_SSL_MAX_FRAG_LEN_1024
                                                 : TIRTC_TLS_MAX_RECORD_BYTES == 2048
                                                     ? MBEDTLS_SSL_MAX_FRAG_LEN_2048
                                                     : MBEDTLS_SSL_MAX_FRAG_LEN_4096) == 0;
#else
    return true;
#endif
}

int tirtc_tls_open(const tirtc_port_t *port, const tirtc_trust_t *trust, tirtc_tls_t **tls)
{
    static const tirtc_trust_t nothing = {NULL, NULL, NULL};
    tirtc_tls_t *made = port->allocate(port->context, sizeof *made);
    if (made == NULL) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    memset(made, 0, sizeof *made);
    made->port = port;
    made->trust = trust != NULL ? *trust : nothing;
    if (made->trust.pinned_keys != NULL && made->trust.pinned_keys[0] == '\0') {
        made->trust.pinned_keys = NULL;
    }
    made->by_signature = made->trust.ca_file != NULL || made->trust.ca_text != NULL;
    mbedtls_ssl_config_init(&made->config);
    mbedtls_x509_crt_init(&made->authorities);
    if (!configure(made)) {
        tirtc_tls_close(made);
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    *tls = made;
    return 0;
}

void tirtc_tls_close(tirtc_tls_t *tls)
{
    if (tls == NULL) {
        return;
    }
    ti_tls_forget_all_sessions(tls);
    mbedtls_ssl_config_free(&tls->config);
    mbedtls_x509_crt_free(&tls->authorities);
    tls->port->release(tls->port->context, tls, sizeof *tls);
}
