#include "url.h"

#include <string.h>

enum { MAX_URL_BYTES = 512, MAX_HOST_BYTES = 253, MAX_PORT = 65535 };

/* Returns true if the byte is ASCII that a request line may contain. */
static bool is_visible(uint8_t byte)
{
    return byte > 0x20 && byte < 0x7f;
}

static ti_span_t from(ti_span_t span, size_t at)
{
    return ti_span(span.data + at, span.size - at);
}

/* Returns the index of the first of two bytes, or the size if there is neither. */
static size_t find(ti_span_t span, char one, char other)
{
    size_t at = 0;
    while (at < span.size && span.data[at] != (uint8_t)one && span.data[at] != (uint8_t)other) {
        at++;
    }
    return at;
}

/* Drop a text from the front. Returns false if it is not there. */
static bool take(ti_span_t *span, const char *text, bool (*is)(ti_span_t, const char *))
{
    size_t size = strlen(text);
    bool found = span->size >= size && is(ti_span(span->data, size), text);
    if (found) {
        *span = from(*span, size);
    }
    return found;
}

static bool take_any_case(ti_span_t *span, const char *text)
{
    return take(span, text, ti_span_is_ignoring_case);
}

/* Drop "http://", "https://", "ws://" or "wss://" from the front. */
static bool take_scheme(ti_span_t *url, bool *secure)
{
    bool known = take_any_case(url, "http") || take_any_case(url, "ws");
    *secure = take_any_case(url, "s");
    return known && take_any_case(url, "://");
}

/* Check the text between brackets; the resolver decides whether it is an address. Zones are refused. */
static bool is_ipv6_text(ti_span_t host)
{
    bool colon = false;
    for (size_t i = 0; i < host.size; i++) {
        uint8_t byte = host.data[i];
        if (ti_hex_value(byte) < 0 && byte != ':' && byte != '.') {
            return false;
        }
        colon = colon || byte == ':';
    }
    return colon;
}

/* RFC 3986 demands more, and DNS allows more; these bytes would have another meaning. */
static bool is_host_name(ti_span_t host)
{
    static const char refused[] = "\"#%/:<>?@[\\]^`{|}";
    for (size_t i = 0; i < host.size; i++) {
        if (!is_visible(host.data[i])) {
            return false;
        }
        for (size_t j = 0; j < sizeof refused - 1; j++) {
            if (host.data[i] == (uint8_t)refused[j]) {
                return false;
            }
        }
    }
    return host.size > 0;
}

/* "" or ":" and digits. */
static bool read_port(ti_span_t text, ti_endpoint_t *endpoint)
{
    if (text.size == 0) {
        endpoint->port = endpoint->secure ? 443 : 80;
        return true;
    }
    if (text.data[0] != ':' || text.size < 2) {
        return false;
    }
    uint32_t port = 0;
    for (size_t i = 1; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (byte < '0' || byte > '9') {
            return false;
        }
        port = port * 10 + (uint32_t)(byte - '0');
        if (port > MAX_PORT) {
            return false;
        }
    }
    endpoint->port = (uint16_t)port;
    return port > 0;
}

static bool read_authority(ti_span_t authority, ti_endpoint_t *endpoint)
{
    bool is_ipv6 = authority.size > 0 && authority.data[0] == '[';
    size_t end;
    endpoint->authority = authority;
    if (is_ipv6) {
        authority = from(authority, 1);
        end = find(authority, ']', ']');
        if (end == authority.size) {
            return false;
        }
    } else {
        end = find(authority, ':', ':');
    }
    endpoint->host = ti_span(authority.data, end);
    bool host_is_good = is_ipv6 ? is_ipv6_text(endpoint->host) : is_host_name(endpoint->host);
    size_t port_at = is_ipv6 ? end + 1 : end;
    return host_is_good && end <= MAX_HOST_BYTES && read_port(from(authority, port_at), endpoint);
}

bool ti_endpoint_parse(ti_span_t url, ti_endpoint_t *endpoint)
{
    if (url.size > MAX_URL_BYTES || !take_scheme(&url, &endpoint->secure) || find(url, '?', '#') < url.size) {
        return false;
    }
    size_t path_at = find(url, '/', '/');
    ti_span_t path = from(url, path_at);
    for (size_t i = 0; i < path.size; i++) {
        if (!is_visible(path.data[i])) {
            return false;
        }
    }
    while (path.size > 0 && path.data[path.size - 1] == '/') {
        path.size--;
    }
    endpoint->prefix = path;
    return read_authority(ti_span(url.data, path_at), endpoint);
}

static bool take_text(ti_span_t *span, const char *text)
{
    return take(span, text, ti_span_is);
}

void ti_remote_id_split(ti_span_t remote_id, ti_span_t *id, ti_span_t *suffix)
{
    ti_span_t rest = remote_id;
    bool is_whip = take_text(&rest, "whip://") || take_text(&rest, "whips://");
    (void)take_text(&rest, "device://");
    size_t end = is_whip ? find(rest, '?', '/') : rest.size;
    *id = ti_span(rest.data, end);
    *suffix = from(rest, end);
}
