/* The test service on a start link: both sides prove themselves (docs/wire.md section 3). Written apart from the core,
 * so that neither can be wrong alone. */
#include "service_inside.h"

#include "base/bytes.h"
#include "crypto/crypto.h"

#include <string.h>

static void hash_item(ti_sha256_t *hash, ti_span_t item)
{
    uint8_t size[2];
    ti_put_u16_be(size, (uint16_t)item.size);
    ti_sha256_add(hash, ti_span(size, sizeof size));
    ti_sha256_add(hash, item);
}

static void hash_header(ti_sha256_t *hash, const service_link_t *link, const char *name)
{
    char value[SERVICE_MAX_TEXT];
    bool decoded = request_decoded(&link->request, name, value, sizeof value);
    hash_item(hash, ti_span(value, decoded ? strlen(value) : 0));
}

static void make_transcript(const service_link_t *link, const uint8_t *device_nonce,
                            uint8_t transcript[TI_SHA256_BYTES])
{
    uint8_t challenge[2 + TI_NONCE_BYTES] = {TI_CHANNEL_CONTROL, TI_CONTROL_CHALLENGE};
    uint8_t proof[2 + TI_NONCE_BYTES] = {TI_CHANNEL_CONTROL, TI_CONTROL_PROOF};
    const char *host = request_header(&link->request, "Host");
    ti_sha256_t hash;
    memcpy(challenge + 2, link->nonce, TI_NONCE_BYTES);
    memcpy(proof + 2, device_nonce, TI_NONCE_BYTES);
    ti_sha256_init(&hash);
    hash_item(&hash, ti_span(challenge, sizeof challenge));
    hash_item(&hash, ti_span(proof, sizeof proof));
    hash_item(&hash, TI_SPAN("tirtc.v1"));
    hash_item(&hash, ti_span(link->request.target, strlen(link->request.target)));
    hash_item(&hash, ti_span(host, strlen(host)));
    hash_header(&hash, link, "X-Tg-Device-Id");
    hash_header(&hash, link, "X-Tg-Client-Id");
    hash_header(&hash, link, "X-Tg-App-Id");
    ti_sha256_finish(&hash, transcript);
}

void service_begin_start(service_link_t *link)
{
    uint8_t message[2 + TI_NONCE_BYTES] = {TI_CHANNEL_CONTROL, TI_CONTROL_CHALLENGE};
    service_t *service = link->service;
    service->options.random(service->options.random_user, link->nonce, sizeof link->nonce);
    memcpy(message + 2, link->nonce, sizeof link->nonce);
    service_send_message(link, message, sizeof message);
    link->stage = SERVICE_PROVING;
    link->deadline_ms = service->now_ms + SERVICE_PROOF_TIMEOUT_MS;
}

/** A reconnect sends the id of its start again. */
static bool same_start(const service_link_t *older, const service_link_t *newer)
{
    const char *before = request_header(&older->request, "X-Tg-Start-Id");
    const char *now = request_header(&newer->request, "X-Tg-Start-Id");
    return before != NULL && now != NULL && strcmp(before, now) == 0;
}

static void come_online(service_link_t *link, const uint8_t service_mac[TI_MAC_BYTES])
{
    const ti_limits_t *limits = &link->service->options.start_limits;
    uint8_t message[2 + TI_MAC_BYTES + 12] = {TI_CHANNEL_CONTROL, TI_CONTROL_STARTED};
    memcpy(message + 2, service_mac, TI_MAC_BYTES);
    ti_put_u32_be(message + 34, limits->keep_alive_ms);
    ti_put_u32_be(message + 38, limits->silence_ms);
    ti_put_u32_be(message + 42, limits->max_message_bytes);
    service_link_t *older = link->device->start;
    link->device->start = link;
    if (older != NULL && same_start(older, link)) {
        service_reset_link(older);
    } else if (older != NULL) {
        service_bye(older, TI_BYE_REPLACED, "a newer start of this device");
    }
    service_send_message(link, message, sizeof message);
    link->stage = SERVICE_ONLINE;
    link->pinged_ms = link->service->now_ms;
}

void service_check_proof(service_link_t *link, ti_span_t message)
{
    uint8_t transcript[TI_SHA256_BYTES], key[TI_SHA256_BYTES], device_mac[TI_MAC_BYTES], service_mac[TI_MAC_BYTES];
    if (message.size != TI_PROOF_MESSAGE_BYTES || message.data[0] != TI_CHANNEL_CONTROL ||
        message.data[1] != TI_CONTROL_PROOF) {
        service_complain(link, "something else than a proof");
        service_bye(link, TI_BYE_PROTOCOL, "expected a proof");
        return;
    }
    const char *secret = link->device == NULL ? "unknown" : link->device->secret;
    make_transcript(link, message.data + 2, transcript);
    ti_hmac_sha256(ti_span(secret, strlen(secret)), TI_SPAN("\0tirtc.v1 start"), ti_span(NULL, 0), key);
    ti_span_t said = ti_span(transcript, sizeof transcript);
    ti_hmac_sha256(ti_span(key, sizeof key), TI_SPAN("D"), said, device_mac);
    ti_hmac_sha256(ti_span(key, sizeof key), TI_SPAN("S"), said, service_mac);
    ti_hmac_sha256(ti_span(key, sizeof key), TI_SPAN("A"), said, link->accept_key);
    bool holds = ti_equal_constant_time(device_mac, message.data + 2 + TI_NONCE_BYTES, TI_MAC_BYTES);
    if (!holds || link->device == NULL) {
        service_bye(link, TI_BYE_REFUSED, "unknown device or wrong secret");
        return;
    }
    if (link->fault.kind == SERVICE_HANG_PROVEN) {
        link->stage = SERVICE_STUCK;
        return;
    }
    if (link->fault.kind == SERVICE_WRONG_PROOF) {
        service_mac[TI_MAC_BYTES - 1] ^= 1;
    }
    come_online(link, service_mac);
}

void service_on_start_message(service_link_t *link, ti_span_t message)
{
    bool is_busy = message.size == TI_BUSY_MESSAGE_BYTES && message.data[0] == TI_CHANNEL_CONTROL &&
                   message.data[1] == TI_CONTROL_BUSY;
    if (!is_busy) {
        service_complain(link, "something else than busy");
        return;
    }
    service_connection_t *connection = link->service->connections;
    while (connection != NULL && connection->number != ti_get_u32_be(message.data + 2)) {
        connection = connection->next;
    }
    if (connection == NULL || connection->device != link->device || connection->device_link != NULL) {
        service_complain(link, "busy for a connection it was not asked to take");
        return;
    }
    connection->busy = connection->over = true;
    if (connection->client_link != NULL) {
        service_bye(connection->client_link, TI_BYE_FULL, "the device is full");
    }
}
