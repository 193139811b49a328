#include "headers.h"

#include "../crypto/crypto.h"
#include "../wire/message.h"
#include "tirtc_config.h"

#define TI_STRING_(x) #x
#define TI_STRING(x) TI_STRING_(x)
#define SDK_VERSION TI_STRING(TIRTC_VERSION_MAJOR) "." TI_STRING(TIRTC_VERSION_MINOR) "." TI_STRING(TIRTC_VERSION_PATCH)

enum {
    NAMES_BYTES = 256,      /* header names, colons and line ends of one request */
    ENCODED_MAC_BYTES = 128 /* a key and a MAC in base64url */
};

static void add_encoded(ti_text_t *text, const char *name, ti_span_t value)
{
    if (value.size > 0) {
        ti_text_add(text, name);
        ti_text_add(text, ": ");
        ti_text_add_percent_encoded(text, value);
        ti_text_add(text, "\r\n");
    }
}

static void add_base64url(ti_text_t *text, const char *start, const uint8_t *data, size_t size)
{
    char encoded[TI_BASE64URL_SIZE(TI_MAC_BYTES)];
    ti_base64url_encode(ti_span(data, size), encoded);
    ti_text_add(text, start);
    ti_text_add_span(text, ti_span(encoded, TI_BASE64URL_SIZE(size)));
    ti_text_add(text, "\r\n");
}

/* The largest message that this end accepts; the service reports it to the other end. */
static void add_limit(ti_text_t *text)
{
    ti_text_add(text, "X-Tg-Max-Message-Bytes: ");
    ti_text_add_u32(text, TIRTC_MAX_RECEIVE_BYTES);
    ti_text_add(text, "\r\n");
}

static void add_common(ti_text_t *text, const ti_config_t *config)
{
    add_encoded(text, "X-Tg-Platform", config->platform);
    add_encoded(text, "X-Tg-Sdk-Version", TI_SPAN(SDK_VERSION));
}

static size_t common_size(const ti_config_t *config)
{
    return NAMES_BYTES + sizeof SDK_VERSION + 3 * config->platform.size;
}

void ti_add_start_headers(ti_text_t *text, const void *argument)
{
    const ti_config_t *config = argument;
    add_common(text, config);
    add_encoded(text, "X-Tg-Device-Id", config->device_id);
    add_encoded(text, "X-Tg-App-Id", config->app_id);
    add_encoded(text, "X-Tg-Client-Id", config->client_id);
    add_encoded(text, "X-Tg-Start-Id", ti_span(config->start_id, sizeof config->start_id));
}

size_t ti_start_headers_size(const ti_config_t *config)
{
    size_t texts = config->device_id.size + config->app_id.size + config->client_id.size + sizeof config->start_id;
    return common_size(config) + 3 * texts;
}

void ti_add_accept_headers(ti_text_t *text, const void *argument)
{
    const ti_accept_headers_t *headers = argument;
    add_common(text, headers->config);
    add_limit(text);
    add_encoded(text, "X-Tg-Device-Id", headers->config->device_id);
    add_base64url(text, "X-Tg-Accept-Key: ", headers->key, TI_ACCEPT_KEY_BYTES);
    add_base64url(text, "X-Tg-Accept: ", headers->mac, TI_MAC_BYTES);
}

size_t ti_accept_headers_size(const ti_config_t *config)
{
    return common_size(config) + 3 * config->device_id.size + ENCODED_MAC_BYTES;
}

void ti_add_connect_headers(ti_text_t *text, const void *argument)
{
    const ti_connect_headers_t *headers = argument;
    add_common(text, headers->config);
    add_limit(text);
    add_encoded(text, "X-Tg-App-Id", headers->config->app_id);
    add_encoded(text, "X-Tg-Client-Id", headers->config->client_id);
    if (headers->token.size > 0) {
        ti_text_add(text, "Authorization: Bearer ");
        ti_text_add_span(text, headers->token);
        ti_text_add(text, "\r\n");
    } else {
        add_base64url(text, "Authorization: Ticket ", headers->ticket, TI_TICKET_BYTES);
    }
}

size_t ti_connect_headers_size(const ti_connect_headers_t *headers)
{
    const ti_config_t *config = headers->config;
    return common_size(config) + 3 * (config->app_id.size + config->client_id.size) + headers->token.size +
           ENCODED_MAC_BYTES;
}
