#include "config.h"

#include <string.h>

#include "../base/text.h"
#include "../base/wrap_time.h"
#include "../crypto/crypto.h"
#include "log.h"
#include "ticket_cache.h"
#include "tirtc_config.h"

enum {
    MAX_SECRET_BYTES = 63,
    MAX_APP_ID_BYTES = 64,
    MAX_CLIENT_ID_BYTES = 64,
    MAX_PLATFORM_BYTES = 32,
    MAX_CONNECTIONS =
        4000, /* a handle has 12 bits for the slot; failed connections that wait for disconnect need some too */
    MAX_SEND_BUFFER_BYTES = 1 << 30,
    START_ID_BYTES = 16
};

static ti_span_t span_of(tirtc_bytes_t bytes)
{
    return ti_span(bytes.data, bytes.data == NULL ? 0 : bytes.size);
}

static tirtc_bytes_t bytes_of(ti_span_t span)
{
    return (tirtc_bytes_t){(const char *)span.data, span.size};
}

/* Returns true if the text has at most `most_bytes` bytes, and no control characters. */
static bool is_text(tirtc_bytes_t text, size_t most_bytes)
{
    ti_span_t span = span_of(text);
    for (size_t i = 0; i < span.size; i++) {
        if (span.data[i] < 0x20 || span.data[i] == 0x7f) {
            return false;
        }
    }
    return span.size <= most_bytes;
}

static bool is_printable_ascii(ti_span_t span)
{
    for (size_t i = 0; i < span.size; i++) {
        if (span.data[i] < 0x20 || span.data[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

static bool is_id(tirtc_bytes_t id)
{
    return id.size >= 1 && is_text(id, TI_MAX_ID_BYTES);
}

bool ti_remote_id_read(tirtc_bytes_t remote_id, ti_span_t *id, ti_span_t *suffix)
{
    ti_remote_id_split(span_of(remote_id), id, suffix);
    return is_id(bytes_of(*id)) && is_text(bytes_of(*suffix), TI_MAX_SUFFIX_BYTES);
}

int tirtc_read_endpoint(tirtc_bytes_t endpoint, bool secure_pipes, tirtc_endpoint_t *parts)
{
    ti_endpoint_t parsed;
    if (!ti_endpoint_parse(span_of(endpoint), &parsed) || (parsed.secure && !secure_pipes)) {
        return TIRTC_E_INVALID_PARAMETER;
    }
    parts->secure = parsed.secure;
    parts->port = parsed.port;
    parts->authority = bytes_of(parsed.authority);
    parts->host = bytes_of(parsed.host);
    parts->prefix = bytes_of(parsed.prefix);
    return 0;
}

static int refuse(const tirtc_port_t *port, int error, const char *why)
{
    ti_log_text(port, TIRTC_LOG_ERROR, "options", why);
    return error;
}

static int check_identity(const tirtc_port_t *port, const tirtc_options_t *options)
{
    ti_span_t secret = span_of(options->device_secret_key);
    if (options->device_id.data == NULL) {
        return 0;
    }
    if (!is_id(options->device_id)) {
        return refuse(port, TIRTC_E_INVALID_LICENSE, "the device id must be 1 to 63 bytes without control characters");
    }
    if (secret.size == 0) {
        return refuse(port, TIRTC_E_NO_SECRET_KEY,
                      "a device id requires a device secret key: set one, or start as a client");
    }
    if (secret.size > MAX_SECRET_BYTES) {
        return refuse(port, TIRTC_E_INVALID_PARAMETER, "the device secret key must be 1 to 63 bytes");
    }
    return 0;
}

static int check_texts(const tirtc_port_t *port, const tirtc_options_t *options)
{
    ti_span_t client_id = span_of(options->client_id);
    if (!is_text(options->app_id, MAX_APP_ID_BYTES)) {
        return refuse(port, TIRTC_E_INVALID_PARAMETER, "app_id must be at most 64 bytes without control characters");
    }
    if (client_id.size > MAX_CLIENT_ID_BYTES || !is_printable_ascii(client_id)) {
        return refuse(port, TIRTC_E_INVALID_PARAMETER, "client_id must be 1 to 64 printable ASCII characters");
    }
    if (!is_text(options->platform, MAX_PLATFORM_BYTES)) {
        return refuse(port, TIRTC_E_INVALID_PARAMETER, "platform must be at most 32 bytes without control characters");
    }
    return 0;
}

static int check_numbers(const tirtc_port_t *port, const tirtc_options_t *options)
{
    uint32_t buffer = options->max_send_buffer_bytes;
    if (options->max_connections > MAX_CONNECTIONS) {
        return refuse(port, TIRTC_E_INVALID_PARAMETER, "max_connections must be 1 to 4000, or 0 for the default");
    }
    if (buffer != 0 && (buffer < TIRTC_MIN_SEND_BUFFER_BYTES || buffer > MAX_SEND_BUFFER_BYTES)) {
        return refuse(port, TIRTC_E_INVALID_PARAMETER,
                      "max_send_buffer_bytes must be 16384 to 1073741824, or 0 for the default");
    }
    if (options->connect_timeout_ms > TI_MAX_SPAN_MS || options->keep_alive_ms > TI_MAX_SPAN_MS ||
        options->silence_ms > TI_MAX_SPAN_MS) {
        return refuse(port, TIRTC_E_INVALID_PARAMETER, "times must be at most 1073741824 ms (12 days)");
    }
    if (options->link_mode < TIRTC_CONNECT_LINK_MODE_AUTO || options->link_mode > TIRTC_CONNECT_LINK_MODE_RELAY_ONLY) {
        return refuse(port, TIRTC_E_INVALID_PARAMETER, "link_mode must be AUTO (0), DIRECT_ONLY (1) or RELAY_ONLY (2)");
    }
    return 0;
}

static int check_endpoint(const tirtc_port_t *port, const tirtc_options_t *options)
{
    ti_endpoint_t endpoint;
    if (!ti_endpoint_parse(span_of(options->endpoint), &endpoint)) {
        return refuse(port, TIRTC_E_INVALID_PARAMETER,
                      "the endpoint must be a URL such as http://host:port or https://host/path");
    }
    if (endpoint.secure && !port->secure_pipes) {
        return refuse(port, TIRTC_E_INVALID_PARAMETER,
                      "this build has no TLS: use an http:// endpoint or a build with TIRTC_TLS=mbedtls");
    }
    return 0;
}

static int check_options(const tirtc_port_t *port, const tirtc_options_t *options)
{
    int error = check_identity(port, options);
    if (error == 0) {
        error = check_texts(port, options);
    }
    if (error == 0) {
        error = check_numbers(port, options);
    }
    return error != 0 ? error : check_endpoint(port, options);
}

/* Copy a text into the block, behind the struct. */
static void keep(uint8_t **room, tirtc_bytes_t given, ti_span_t *kept)
{
    ti_span_t text = span_of(given);
    *kept = ti_span(*room, text.size);
    if (text.size > 0) {
        memcpy(*room, text.data, text.size);
        *room += text.size;
    }
}

static void copy_numbers(ti_config_t *config, const tirtc_options_t *options)
{
    config->max_connections = options->max_connections != 0 ? options->max_connections : TIRTC_DEFAULT_MAX_CONNECTIONS;
    config->max_send_buffer_bytes =
        options->max_send_buffer_bytes != 0 ? options->max_send_buffer_bytes : TIRTC_DEFAULT_SEND_BUFFER_BYTES;
    config->connect_timeout_ms =
        options->connect_timeout_ms != 0 ? options->connect_timeout_ms : TIRTC_CONNECT_TIMEOUT_MS;
    config->keep_alive_ms = options->keep_alive_ms;
    config->silence_ms = options->silence_ms;
    config->connect_cache = !options->no_connect_cache;
    config->link_mode = options->link_mode;
}

int ti_config_make(const tirtc_port_t *port, const tirtc_options_t *options, ti_config_t **config)
{
    int error = check_options(port, options);
    if (error != 0) {
        return error;
    }
    uint8_t start_id[START_ID_BYTES];
    if (port->entropy(port->context, start_id, sizeof start_id) != 0) {
        return refuse(port, TIRTC_E_INTERNAL_ERROR, "the port has no entropy");
    }
    tirtc_bytes_t platform = options->platform.data != NULL ? options->platform : (tirtc_bytes_t){"c", 1};
    size_t size = sizeof(ti_config_t) + options->endpoint.size + span_of(options->device_id).size +
                  span_of(options->device_secret_key).size + span_of(options->app_id).size +
                  span_of(options->client_id).size + platform.size;
    ti_config_t *made = port->allocate(port->context, size);
    if (made == NULL) {
        return refuse(port, TIRTC_E_LACK_OF_RESOURCE, "no memory for the options");
    }
    memset(made, 0, sizeof *made);
    made->allocated_bytes = size;
    uint8_t *room = (uint8_t *)(made + 1);
    ti_span_t url;
    keep(&room, options->endpoint, &url);
    (void)ti_endpoint_parse(url, &made->endpoint);
    keep(&room, options->device_id, &made->device_id);
    if (made->device_id.size != 0) {
        keep(&room, options->device_secret_key, &made->device_secret_key);
    }
    keep(&room, options->app_id, &made->app_id);
    keep(&room, options->client_id, &made->client_id);
    keep(&room, platform, &made->platform);
    ti_base64url_encode(ti_span(start_id, sizeof start_id), made->start_id);
    copy_numbers(made, options);
    *config = made;
    return 0;
}

void ti_config_free(const tirtc_port_t *port, ti_config_t *config)
{
    if (config != NULL) {
        size_t size = config->allocated_bytes;
        ti_wipe(config, size);
        port->release(port->context, config, size);
    }
}
