/* tirtc_tls.h - TLS: a port around any port, by mbedTLS 2.28 or 3. For builds with TIRTC_TLS=mbedtls.
 *
 * Certificates are always verified; there is no way to turn that off. A tirtc_trust_t says what a program trusts. With
 * the posix port, set it with tirtc_use_trust(), or leave that to the person who runs the program (docs/tls.md). With
 * other ports, wrap a TLS port around your own:
 *
 *   static const tirtc_trust_t trust = {.ca_text = my_ca};
 *   static tirtc_tls_port_t secure;
 *   tirtc_tls_t *tls;
 *   if (tirtc_tls_open(my_port, &trust, &tls) == 0) {
 *       tirtc_tls_wrap(&secure, tls, my_port);
 *   }
 *
 * and pass &secure.port to tirtc_device_open(), or put it into the tirtc_platform_t. docs/tls.md has the rest.
 */
#ifndef TIRTC_TLS_H
#define TIRTC_TLS_H

#include "tirtc_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is trusted. NULL means "not given". With authorities (a file, a text, or both) the service's certificate must
 *  be signed by one of them, be for the host that was dialled, and be valid on the port's date (wall_s). With pinned
 *  keys the service must own one of these keys; without authorities nothing else is verified, and no date is needed. If
 *  both are given, both must hold. If neither is given, no pipe comes up. */
typedef struct tirtc_trust {
    /** A file of certificates in PEM, or of one certificate in DER, if mbedTLS is built with file access
     *  (MBEDTLS_FS_IO). Read at the first secure dial. */
    const char *ca_file;
    /** Certificates in PEM, NUL-terminated. */
    const char *ca_text;
    /** SHA-256 of the service's public key (its SubjectPublicKeyInfo in DER), 64 hexadecimal digits; several are
     *  separated by commas, at most TIRTC_TLS_MAX_PINNED_KEYS. */
    const char *pinned_keys;
} tirtc_trust_t;

/** Set what the posix port trusts, for every device and request of the process. Call it before the first of them; the
 *  struct and its texts must stay valid and in place. If it is not called, or called with NULL, the environment
 *  variables TIRTC_CA_FILE and TIRTC_PINNED_KEYS decide; without these, the authorities of the system are trusted.
 *  Other ports do not have this function. Thread: any, before other threads use this library. */
void tirtc_use_trust(const tirtc_trust_t *trust);

/** The TLS context of one thread: what it trusts, and the sessions that later pipes resume. */
typedef struct tirtc_tls tirtc_tls_t;

/** Make a context. `port` provides memory, entropy, the clock and the date; `port` and the texts of `trust` must
 *  outlive the context. What is trusted is read at the first secure dial, which fails with TIRTC_E_HTTP_SSL and a log
 *  line if it cannot be read. Returns 0 or TIRTC_E_LACK_OF_RESOURCE. Thread: any; after that, the thread of the devices
 *  that use it. */
int tirtc_tls_open(const tirtc_port_t *port, const tirtc_trust_t *trust, tirtc_tls_t **tls);

/** Free a context. Hang up every pipe of every port wrapped with it first. NULL is allowed. Thread: as open. */
void tirtc_tls_close(tirtc_tls_t *tls);

/** A port with TLS. `port` is for tirtc_device_open(); the other fields are internal. */
typedef struct tirtc_tls_port {
    tirtc_port_t port;
    const tirtc_port_t *below;
    tirtc_tls_t *tls;
} tirtc_tls_port_t;

/** Fill `secure`: pipes dialled as secure use TLS over pipes of `below`, others pass through unchanged. All three
 *  arguments must stay in place while `secure->port` is used. TLS writes its log lines to the log of `below`. Thread:
 *  as open. */
void tirtc_tls_wrap(tirtc_tls_port_t *secure, tirtc_tls_t *tls, const tirtc_port_t *below);

#ifdef __cplusplus
}
#endif

#endif
