/* Certificates and keys, made when a test runs and gone with it. */
#ifndef TEST_TLS_CERTIFICATES_H
#define TEST_TLS_CERTIFICATES_H

#include <mbedtls/x509_crt.h>
#include <stdbool.h>
#include <stdint.h>

enum { CERTIFICATE_BYTES = 2048, CERTIFICATE_PEM_BYTES = 3072, KEY_HASH_DIGITS = 64 };

/* The tests live in 2001: what mbedTLS thinks of the date of today must not matter. */
#define CERTIFICATE_FROM "20000101000000"
#define CERTIFICATE_TO "20020101000000"

typedef enum { KEY_P256, KEY_RSA_1024 } key_kind_t;

typedef struct certificate {
    unsigned char der[CERTIFICATE_BYTES];
    size_t der_size;
    char pem[CERTIFICATE_PEM_BYTES];
    char key_hash[KEY_HASH_DIGITS + 1]; /* as tirtc_trust_t wants it */
    char subject[64];
    mbedtls_pk_context key;
} certificate_t;

typedef struct certificate_wish {
    const char *subject;    /* "CN=..." */
    const char *dns;        /* NULL: none */
    const uint8_t *address; /* iPAddress; NULL: none */
    size_t address_size;
    const char *from;        /* NULL: CERTIFICATE_FROM */
    const char *to;          /* NULL: CERTIFICATE_TO */
    const certificate_t *by; /* who signs; NULL: itself */
    key_kind_t key;
    bool authority; /* may sign others */
    bool weak_hash; /* signed with SHA-1 */
} certificate_wish_t;

/** Randomness that is good enough for a test, as mbedTLS asks for it. */
int test_random(void *context, unsigned char *out, size_t size);

/** Make one; the test stops when that fails. */
void certificate_make(certificate_t *certificate, const certificate_wish_t *wish);
void certificate_free(certificate_t *certificate);

#endif
