/* tirtc_tls.h - TLS: a port around any port, by mbedTLS 2.28 or 3. For builds with TIRTC_TLS=mbedtls.
 *
 * Certificates are always verified; there is no way to turn that off. What a program trusts is a tirtc_trust_t. With
 * the posix port, name it with tirtc_use_trust(), or leave that to the person who runs the program (docs/tls.md).
 * Elsewhere put a TLS port around your own:
 *
 *   static const tirtc_trust_t trust = {.ca_text = my_ca};
 *   static tirtc_tls_port_t secure;
 *   tirtc_tls_t *tls;
 *   if (tirtc_tls_open(my_port, &trust, &tls) == 0) {
 *       tirtc_tls_wrap(&secure, tls, my_port);
 *   }
 *
 * and hand &secure.port to tirtc_device_open(), or name it in the tirtc_platform_t. docs/tls.md has the rest.
 */
#ifndef TIRTC_TLS_H
#define TIRTC_TLS_H

#include "tirtc_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is trusted. NULL is "not given". With authorities (a file, a text, or both) the service's certificate must be
 *  signed by one of them, be for the host that was dialled, and be valid on the port's date (wall_s). With pinned keys
 *  the service must own one of these keys; without authorities that is all that counts, and no date is needed. With
 *  both, both must hold. With neither, no pipe comes up. */
typedef struct tirtc_trust {
    /** A file of certificates in PEM, or of one in DER; where mbedTLS has files (MBEDTLS_FS_IO). Read at the first
     *  secure dial. */
    const char *ca_file;
    /** Certificates in PEM, NUL-terminated. */
    const char *ca_text;
    /** SHA-256 of the service's public key (its SubjectPublicKeyInfo in DER), 64 hexadecimal digits; several with
     *  commas between them, at most TIRTC_TLS_MAX_PINNED_KEYS. */
    const char *pinned_keys;
} tirtc_trust_t;

/** What the posix port trusts, for every device and request of the process. Call it before the first of them; the
 *  struct and its texts must stay valid and in place. Not called, or NULL: what the environment variables TIRTC_CA_FILE
 *  and TIRTC_PINNED_KEYS say; without these the authorities of the system. Other ports do not have this function.
 *  Thread: any, before other threads use this library. */
void tirtc_use_trust(const tirtc_trust_t *trust);

/** TLS of one thread: what it trusts, and the sessions that later pipes resume. */
typedef struct tirtc_tls tirtc_tls_t;

/** Make one. `port` gives memory, entropy, the clock and the date; the struct must outlive it, the texts of `trust`
 *  too. What is trusted is read at the first secure dial, which fails with TIRTC_E_HTTP_SSL and a log line when it
 *  cannot be.
 *  Returns 0 or TIRTC_E_LACK_OF_RESOURCE. Thread: any; then it belongs to that of the devices that use it. */
int tirtc_tls_open(const tirtc_port_t *port, const tirtc_trust_t *trust, tirtc_tls_t **tls);

/** Free it; every pipe of every port wrapped with it has been hung up. NULL is allowed. Thread: as open. */
void tirtc_tls_close(tirtc_tls_t *tls);

/** A port with TLS. `port` is for tirtc_device_open(); the other fields are not for the program. */
typedef struct tirtc_tls_port {
    tirtc_port_t port;
    const tirtc_port_t *below;
    tirtc_tls_t *tls;
} tirtc_tls_port_t;

/** Fill `secure`: pipes dialled with `secure` speak TLS over pipes of `below`, others go there as they are. All three
 *  must stay in place while `secure->port` is used. Log lines of TLS go to the log of `below`. Thread: as open. */
void tirtc_tls_wrap(tirtc_tls_port_t *secure, tirtc_tls_t *tls, const tirtc_port_t *below);

#ifdef __cplusplus
}
#endif

#endif
