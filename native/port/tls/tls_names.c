/* Numeric hosts. mbedTLS lists the addresses of a certificate (iPAddress, although the headers of 2.28 say otherwise),
 * but compares them with the host only since 3.5. It also sends a host that it was given in the handshake, where an
 * address is not allowed (RFC 6066 section 3). */
#include "tls.h"

#include <string.h>

enum { IPV4_BYTES = 4, IPV6_BYTES = 16, GENERAL_NAME_ADDRESS = 7 /* RFC 5280 section 4.2.1.6 */ };

/* Read an address like "192.0.2.1" that ends with the text. */
static bool read_ipv4(const char *text, uint8_t *address)
{
    for (int i = 0; i < IPV4_BYTES; i++) {
        unsigned value = 0;
        int digits = 0;
        for (; *text >= '0' && *text <= '9' && digits < 3; digits++) {
            value = value * 10 + (unsigned)(*text++ - '0');
        }
        if (digits == 0 || value > 255 || *text != (i < IPV4_BYTES - 1 ? '.' : '\0')) {
            return false;
        }
        address[i] = (uint8_t)value;
        text++;
    }
    return true;
}

/* Read one group of an IPv6 address. Returns the number of its digits, 0 when there is none. */
static int read_group(const char *text, unsigned *value)
{
    int digits = 0;
    for (*value = 0; digits < 4 && ti_hex_value((uint8_t)text[digits]) >= 0; digits++) {
        *value = *value * 16 + (unsigned)ti_hex_value((uint8_t)text[digits]);
    }
    return digits;
}

/* Read an IPv6 address, without a zone (RFC 4291 section 2.2). */
static bool read_ipv6(const char *text, uint8_t *address)
{
    int size = 0;
    int gap = -1; /* the position of "::" */
    if (text[0] == ':') {
        if (text[1] != ':') {
            return false;
        }
        gap = 0;
        text += 2;
    }
    while (*text != '\0') {
        unsigned value;
        if (size <= IPV6_BYTES - IPV4_BYTES && read_ipv4(text, address + size)) {
            size += IPV4_BYTES;
            break;
        }
        int digits = read_group(text, &value);
        if (digits == 0 || size == IPV6_BYTES) {
            return false;
        }
        address[size++] = (uint8_t)(value >> 8);
        address[size++] = (uint8_t)value;
        text += digits;
        if (text[0] == ':' && text[1] == ':' && gap < 0) {
            gap = size;
            text += 2;
        } else if (text[0] == ':' && text[1] != '\0' && text[1] != ':') {
            text++;
        } else if (*text != '\0') {
            return false;
        }
    }
    if (gap < 0) {
        return size == IPV6_BYTES;
    }
    if (size == IPV6_BYTES) {
        return false;
    }
    size_t behind = (size_t)(size - gap);
    memmove(address + IPV6_BYTES - behind, address + gap, behind);
    memset(address + gap, 0, (size_t)(IPV6_BYTES - size));
    return true;
}

void ti_tls_read_name(const char *host, ti_tls_name_t *name)
{
    *name = (ti_tls_name_t){.address_size = 0};
    if (read_ipv4(host, name->address)) {
        name->address_size = IPV4_BYTES;
    } else if (read_ipv6(host, name->address)) {
        name->address_size = IPV6_BYTES;
    }
}

bool ti_tls_certificate_has_address(const mbedtls_x509_crt *certificate, const ti_tls_name_t *name)
{
    for (const mbedtls_x509_sequence *at = &certificate->subject_alt_names; at != NULL; at = at->next) {
        if (at->buf.tag == (MBEDTLS_ASN1_CONTEXT_SPECIFIC | GENERAL_NAME_ADDRESS) &&
            at->buf.len == name->address_size && memcmp(at->buf.p, name->address, name->address_size) == 0) {
            return true;
        }
    }
    return false;
}
