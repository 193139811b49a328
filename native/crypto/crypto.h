/* The cryptography that the protocol needs. Pure: no allocation, no own state, no entropy. */
#ifndef TI_CRYPTO_CRYPTO_H
#define TI_CRYPTO_CRYPTO_H

#include "../base/span.h"
#include "../base/wipe.h"

enum { TI_SHA1_BYTES = 20, TI_SHA256_BYTES = 32 };

/** FIPS 180-4. For the WebSocket handshake only; SHA-1 is not secure any more. */
void ti_sha1(ti_span_t message, uint8_t digest[TI_SHA1_BYTES]);

/** FIPS 180-4, over data in pieces. */
typedef struct ti_sha256 {
    uint32_t state[8];
    uint64_t total_bytes;
    uint8_t block[64];
} ti_sha256_t;

void ti_sha256_init(ti_sha256_t *hash);
void ti_sha256_add(ti_sha256_t *hash, ti_span_t bytes);
void ti_sha256_finish(ti_sha256_t *hash, uint8_t digest[TI_SHA256_BYTES]);

/** RFC 2104 over SHA-256, for a message in two parts (the second may be empty). */
void ti_hmac_sha256(ti_span_t key, ti_span_t first, ti_span_t second, uint8_t mac[TI_SHA256_BYTES]);

/** The number of characters of unpadded base64url (RFC 4648 section 5) for `size` bytes. */
#define TI_BASE64URL_SIZE(size) (((size)*4 + 2) / 3)

/** Write TI_BASE64URL_SIZE(bytes.size) characters without a NUL. */
void ti_base64url_encode(ti_span_t bytes, char *out);

/** Write standard base64 with padding, for the WebSocket handshake: 4 * ((size + 2) / 3) characters. */
void ti_base64_encode(ti_span_t bytes, char *out);

/** Returns true if both hold the same `size` bytes. The time does not depend on the content. */
bool ti_equal_constant_time(const uint8_t *a, const uint8_t *b, size_t size);

#endif
