/* TLS around this port, in builds that have it. The program, the environment or the system decides what is trusted. */
#include "posix_system.h"

#include "posix.h"

#ifdef TIRTC_HAS_TLS

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mbedtls/version.h>

/* The loop and each waiter use TLS on a thread of their own. They share no context, but PSA keeps the keys of all
 * contexts in one store, which has locks since 3.6. */
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) || defined(MBEDTLS_USE_PSA_CRYPTO)
#if !defined(MBEDTLS_THREADING_C) || MBEDTLS_VERSION_NUMBER < 0x03060000
#error "with TLS 1.3 or MBEDTLS_USE_PSA_CRYPTO the posix port needs mbedTLS 3.6 with MBEDTLS_THREADING_C"
#endif
#endif

static const tirtc_trust_t *program_trust;

void tirtc_use_trust(const tirtc_trust_t *trust)
{
    program_trust = trust;
}

/* Returns the file in which the system keeps the certificates of all authorities. If there is none, returns the first
 * candidate, so that the log names it. */
static const char *system_authorities(void)
{
    static const char *const places[] = {
        "/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine, Arch */
        "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora */
        "/etc/ssl/ca-bundle.pem",             /* openSUSE */
        "/etc/ssl/cert.pem",                  /* the BSDs, macOS */
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (access(places[i], R_OK) == 0) {
            return places[i];
        }
    }
    return places[0];
}

/* Copy an environment variable, because the environment may change. Returns false when there is no memory. */
static bool copy_variable(const char *name, char **copy)
{
    const char *value = getenv(name);
    bool given = value != NULL && value[0] != '\0';
    *copy = given ? strdup(value) : NULL;
    return *copy != NULL || !given;
}

int ti_secure_open(ti_net_t *net)
{
    /* The functions that TLS needs from a port besides its pipes; none of them uses the context. */
    static const tirtc_port_t system = {
        .mono_ms = ti_port_mono_ms,
        .entropy = ti_port_entropy,
        .allocate = ti_port_allocate,
        .release = ti_port_release,
        .wall_s = ti_port_wall_s,
    };
    tirtc_trust_t trust = {.ca_file = NULL};
    bool complete = true;
    if (program_trust != NULL) {
        trust = *program_trust;
    } else {
        complete =
            copy_variable("TIRTC_CA_FILE", &net->ca_file) && copy_variable("TIRTC_PINNED_KEYS", &net->pinned_keys);
        trust.pinned_keys = net->pinned_keys;
        trust.ca_file = net->ca_file == NULL && net->pinned_keys == NULL ? system_authorities() : net->ca_file;
    }
    int error = complete ? tirtc_tls_open(&system, &trust, &net->tls) : TIRTC_E_LACK_OF_RESOURCE;
    if (error != 0) {
        ti_secure_close(net);
    }
    return error;
}

void ti_secure_close(ti_net_t *net)
{
    tirtc_tls_close(net->tls);
    free(net->ca_file);
    free(net->pinned_keys);
    net->tls = NULL;
    net->ca_file = net->pinned_keys = NULL;
}

const tirtc_port_t *ti_secure_port(ti_posix_port_t *port)
{
    tirtc_tls_wrap(&port->secure, port->net->tls, &port->functions);
    return &port->secure.port;
}

#else

int ti_secure_open(ti_net_t *net)
{
    (void)net;
    return 0;
}

void ti_secure_close(ti_net_t *net)
{
    (void)net;
}

const tirtc_port_t *ti_secure_port(ti_posix_port_t *port)
{
    return &port->functions;
}

#endif
