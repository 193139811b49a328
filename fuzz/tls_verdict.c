/* The verdict on the certificates of a service (builds with mbedTLS): the input is the host, options, and certificates
 * in DER, which are judged as in a handshake, without one. */
#include "script.h"

#include <string.h>

#include <arpa/inet.h>

#include "../native/port/tls/tls.h"

enum { MOST_CERTIFICATES = 4 };

static int64_t wall_s;

static int64_t wall(void *context)
{
    (void)context;
    return wall_s;
}

/* An address that the C library can read is read in the same way. */
static void check_name(const char *host, const ti_tls_name_t *name)
{
    uint8_t address[16];
    EXPECT(name->address_size == 0 || name->address_size == 4 || name->address_size == 16);
    if (inet_pton(AF_INET, host, address) == 1) {
        EXPECT(name->address_size == 4 && memcmp(address, name->address, 4) == 0);
    } else if (inet_pton(AF_INET6, host, address) == 1) {
        EXPECT(name->address_size == 16 && memcmp(address, name->address, 16) == 0);
    }
}

static void check_verdict(const tirtc_tls_t *tls, const ti_tls_verdict_t *verdict, unsigned count, uint32_t faults)
{
    char buffer[TI_MAX_TLS_LINE_BYTES];
    ti_text_t line;
    EXPECT(verdict->count == count && (verdict->faults & faults) == faults);
    EXPECT(memchr(verdict->subject, '\0', sizeof verdict->subject) != NULL);
    EXPECT(memchr(verdict->signer, '\0', sizeof verdict->signer) != NULL);
    if (tls->pins == 0 && !tls->by_signature) {
        EXPECT(verdict->faults != 0); /* nothing is trusted */
    }
    ti_text_init(&line, buffer, sizeof buffer);
    ti_tls_explain(verdict, verdict->faults, &line);
    EXPECT(line.size > 0);
    for (size_t i = 0; i < line.size; i++) {
        EXPECT((uint8_t)buffer[i] >= ' ' && buffer[i] != 0x7f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    script_t script = {data, size};
    tirtc_port_t port = {.wall_s = wall};
    static tirtc_tls_t tls; /* some KB */
    ti_tls_verdict_t verdict = {0};
    ti_tls_name_t name;
    char host[UINT8_MAX + 1] = "";
    ti_span_t text = script_text(&script);
    if (text.size > 0) {
        memcpy(host, text.data, text.size);
    }
    ti_tls_read_name(host, &name);
    check_name(host, &name);

    uint8_t bits = script_u8(&script);
    memset(&tls, 0, sizeof tls);
    tls.port = &port;
    tls.by_signature = (bits & 1) != 0;
    tls.pins = (bits & 2) != 0;
    memset(tls.pinned[0], script_u8(&script), TI_SHA256_BYTES);
    wall_s = (int64_t)script_u32(&script) * ((bits & 4) != 0 ? 100 : 1);
    mbedtls_x509_crt chain;
    mbedtls_x509_crt_init(&chain);
    unsigned count = 0;
    while (script_more(&script) && count < MOST_CERTIFICATES) {
        ti_span_t certificate = script_bytes(&script, script_u16(&script));
        count += certificate.size > 0 && mbedtls_x509_crt_parse_der(&chain, certificate.data, certificate.size) == 0;
    }
    count = count == 0 ? 1 : count; /* an empty list of certificates is passed on as an empty certificate */
    uint32_t faults = 0;
    for (int depth = (int)count - 1; depth >= 0; depth--) { /* mbedTLS begins with the last of the chain */
        const mbedtls_x509_crt *certificate = &chain;
        for (int i = 0; i < depth; i++) {
            certificate = certificate->next;
        }
        faults = script_u32(&script);
        ti_tls_judge(&tls, &name, &verdict, certificate, depth, &faults);
    }
    check_verdict(&tls, &verdict, count, faults);
    mbedtls_x509_crt_free(&chain);
    return 0;
}
