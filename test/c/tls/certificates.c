#include "certificates.h"

#include <mbedtls/base64.h>
#include <mbedtls/ecp.h>
#include <mbedtls/error.h>
#include <mbedtls/md.h>
#include <mbedtls/rsa.h>
#include <mbedtls/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { DNS_NAME = 0x82, IP_ADDRESS = 0x87 };

int test_random(void *context, unsigned char *out, size_t size)
{
    static uint64_t state = 0x2545f4914f6cdd1dULL;
    (void)context;
    for (size_t i = 0; i < size; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out[i] = (unsigned char)(state >> 32);
    }
    return 0;
}

static void make_key(mbedtls_pk_context *key, key_kind_t kind)
{
    mbedtls_pk_init(key);
    if (kind == KEY_RSA_1024) {
        REQUIRE(mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)) == 0);
        REQUIRE(mbedtls_rsa_gen_key(mbedtls_pk_rsa(*key), test_random, NULL, 1024, 65537) == 0);
    } else {
        REQUIRE(mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) == 0);
        REQUIRE(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key), test_random, NULL) == 0);
    }
}

/* GeneralNames, short enough for lengths of one byte. */
static size_t make_names(const certificate_wish_t *wish, unsigned char *names)
{
    size_t size = 2;
    if (wish->dns != NULL) {
        size_t length = strlen(wish->dns);
        names[size++] = DNS_NAME;
        names[size++] = (unsigned char)length;
        memcpy(names + size, wish->dns, length);
        size += length;
    }
    if (wish->address != NULL) {
        names[size++] = IP_ADDRESS;
        names[size++] = (unsigned char)wish->address_size;
        memcpy(names + size, wish->address, wish->address_size);
        size += wish->address_size;
    }
    names[0] = 0x30;
    names[1] = (unsigned char)(size - 2);
    return size;
}

static void set_serial(mbedtls_x509write_cert *writer)
{
    static unsigned char serial;
    serial = (unsigned char)(serial % 100 + 1);
#if MBEDTLS_VERSION_NUMBER >= 0x03040000
    REQUIRE(mbedtls_x509write_crt_set_serial_raw(writer, &serial, 1) == 0);
#else
    mbedtls_mpi number;
    mbedtls_mpi_init(&number);
    REQUIRE(mbedtls_mpi_lset(&number, serial) == 0);
    REQUIRE(mbedtls_x509write_crt_set_serial(writer, &number) == 0);
    mbedtls_mpi_free(&number);
#endif
}

static void hash_key(certificate_t *made)
{
    unsigned char key[CERTIFICATE_BYTES];
    unsigned char hash[32];
    int size = mbedtls_pk_write_pubkey_der(&made->key, key, sizeof key);
    REQUIRE(size > 0);
    const mbedtls_md_info_t *sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
    REQUIRE(mbedtls_md(sha256, key + sizeof key - size, (size_t)size, hash) == 0);
    for (size_t i = 0; i < sizeof hash; i++) {
        snprintf(made->key_hash + 2 * i, 3, "%02x", hash[i]);
    }
}

static void write_pem(certificate_t *made)
{
    size_t size;
    int start = snprintf(made->pem, sizeof made->pem, "-----BEGIN CERTIFICATE-----\n");
    REQUIRE(mbedtls_base64_encode((unsigned char *)made->pem + start, sizeof made->pem - (size_t)start - 64, &size,
                                  made->der, made->der_size) == 0);
    snprintf(made->pem + (size_t)start + size, 64, "\n-----END CERTIFICATE-----\n");
}

void certificate_make(certificate_t *made, const certificate_wish_t *wish)
{
    mbedtls_x509write_cert writer;
    unsigned char names[128];
    memset(made, 0, sizeof *made);
    make_key(&made->key, wish->key);
    snprintf(made->subject, sizeof made->subject, "%s", wish->subject);
    const certificate_t *by = wish->by != NULL ? wish->by : made;
    mbedtls_x509write_crt_init(&writer);
    mbedtls_x509write_crt_set_version(&writer, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&writer, wish->weak_hash ? MBEDTLS_MD_SHA1 : MBEDTLS_MD_SHA256);
    set_serial(&writer);
    REQUIRE(mbedtls_x509write_crt_set_subject_name(&writer, wish->subject) == 0);
    REQUIRE(mbedtls_x509write_crt_set_issuer_name(&writer, by->subject) == 0);
    REQUIRE(mbedtls_x509write_crt_set_validity(&writer, wish->from != NULL ? wish->from : CERTIFICATE_FROM,
                                               wish->to != NULL ? wish->to : CERTIFICATE_TO) == 0);
    mbedtls_x509write_crt_set_subject_key(&writer, &made->key);
    mbedtls_x509write_crt_set_issuer_key(&writer, (mbedtls_pk_context *)&by->key);
    REQUIRE(mbedtls_x509write_crt_set_basic_constraints(&writer, wish->authority, -1) == 0);
    if (wish->dns != NULL || wish->address != NULL) {
        size_t size = make_names(wish, names);
        REQUIRE(mbedtls_x509write_crt_set_extension(&writer, "\x55\x1d\x11", 3, 0, names, size) == 0);
    }
    int size = mbedtls_x509write_crt_der(&writer, made->der, sizeof made->der, test_random, NULL);
    REQUIRE(size > 0);
    memmove(made->der, made->der + sizeof made->der - size, (size_t)size); /* it writes from the end */
    made->der_size = (size_t)size;
    mbedtls_x509write_crt_free(&writer);
    hash_key(made);
    write_pem(made);
}

void certificate_free(certificate_t *certificate)
{
    mbedtls_pk_free(&certificate->key);
}
