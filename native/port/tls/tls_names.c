/* The host of a pipe and the names in a certificate (RFC 6125 section 6.4). mbedTLS lists the addresses of a
 * certificate (iPAddress, although the headers of 2.28 say otherwise), but compares them with the host only since 3.5.
 * It also sends a host that it was given in the handshake, where an address is not allowed (RFC 6066 section 3).
 * Without a subjectAltName it accepts the name in the subject, which Node does not. */
#include "tls.h"

#include <string.h>

/* RFC 5280 section 4.2.1.6 */
enum { IPV4_BYTES = 4, IPV6_BYTES = 16, GENERAL_NAME_DNS = 2, GENERAL_NAME_ADDRESS = 7 };

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
    *name = (ti_tls_name_t){.host = host};
    if (read_ipv4(host, name->address)) {
        name->address_size = IPV4_BYTES;
    } else if (read_ipv6(host, name->address)) {
        name->address_size = IPV6_BYTES;
    }
}

static uint8_t lower(uint8_t letter)
{
    return letter >= 'A' && letter <= 'Z' ? (uint8_t)(letter + ('a' - 'A')) : letter;
}

static bool equal_names(ti_span_t left, ti_span_t right)
{
    size_t i = 0;
    while (i < left.size && i < right.size && lower(left.data[i]) == lower(right.data[i])) {
        i++;
    }
    return i == left.size && i == right.size;
}

/* Returns the part of a name from its first dot on; empty without a dot. */
static ti_span_t after_label(ti_span_t name)
{
    size_t i = 0;
    while (i < name.size && name.data[i] != '.') {
        i++;
    }
    return ti_span(name.data + i, name.size - i);
}

/* "*" stands for one whole label, and at least two labels must follow it: "*.test" would be for all of a domain. */
static bool is_wildcard_for(ti_span_t pattern, ti_span_t host)
{
    if (pattern.size < 2 || pattern.data[0] != '*' || pattern.data[1] != '.') {
        return false;
    }
    ti_span_t domain = after_label(pattern);
    ti_span_t rest = after_label(host);
    bool has_two_labels = after_label(ti_span(domain.data + 1, domain.size - 1)).size > 1;
    return has_two_labels && rest.size < host.size && equal_names(domain, rest);
}

static bool is_for(const mbedtls_x509_buf *entry, const ti_tls_name_t *name, ti_span_t host)
{
    if (name->address_size != 0) {
        return entry->tag == (MBEDTLS_ASN1_CONTEXT_SPECIFIC | GENERAL_NAME_ADDRESS) &&
               entry->len == name->address_size && memcmp(entry->p, name->address, name->address_size) == 0;
    }
    ti_span_t pattern = ti_span(entry->p, entry->len);
    return entry->tag == (MBEDTLS_ASN1_CONTEXT_SPECIFIC | GENERAL_NAME_DNS) &&
           (equal_names(pattern, host) || is_wildcard_for(pattern, host));
}

bool ti_tls_certificate_is_for(const mbedtls_x509_crt *certificate, const ti_tls_name_t *name)
{
    ti_span_t host = ti_span(name->host, strlen(name->host));
    for (const mbedtls_x509_sequence *at = &certificate->subject_alt_names; at != NULL; at = at->next) {
        if (at->buf.p != NULL && is_for(&at->buf, name, host)) {
            return true;
        }
    }
    return false;
}
