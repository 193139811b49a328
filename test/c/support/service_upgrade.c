/* The test service answers requests: upgrades, verdicts on connects and accepts (docs/wire.md sections 1 and 3). */
#include "service_inside.h"

#include "base/wrap_time.h"
#include "base64url.h"
#include "crypto/crypto.h"

#include <stdio.h>
#include <string.h>

static void answer_status(service_link_t *link, int status, const char *location)
{
    char text[1024];
    bool redirects = location != NULL;
    int size =
        snprintf(text, sizeof text, "HTTP/1.1 %d Scripted\r\n%s%s%sContent-Length: 0\r\nConnection: close\r\n\r\n",
                 status, redirects ? "Location: " : "", redirects ? location : "", redirects ? "\r\n" : "");
    service_send_raw(link, text, (size_t)size);
    service_end_link(link);
}

static void answer_upgrade(service_link_t *link)
{
    char text[256], accept[32] = "";
    uint8_t digest[TI_SHA1_BYTES];
    const char *key = request_header(&link->request, "Sec-WebSocket-Key");
    int size = snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    ti_sha1(ti_span(text, (size_t)size), digest);
    if (link->fault.kind == SERVICE_ANSWER_WRONG_ACCEPT) {
        digest[0] ^= 1;
    }
    ti_base64_encode(ti_span(digest, sizeof digest), accept);
    size = snprintf(text, sizeof text,
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: tirtc.v1\r\n\r\n",
                    accept);
    service_send_raw(link, text, (size_t)size);
    link->upgraded = true;
    link->stage = SERVICE_STUCK; /* until the link's kind says otherwise */
}

/** Answers a fault that shows before anything else happens. Returns true when the link is dealt with. */
static bool misbehave_instead(service_link_t *link)
{
    switch (link->fault.kind) {
    case SERVICE_ANSWER_STATUS:
        answer_status(link, link->fault.status, link->fault.text);
        return true;
    case SERVICE_ANSWER_TEXT:
        service_send_raw(link, link->fault.text, strlen(link->fault.text));
        link->stage = SERVICE_STUCK;
        return true;
    case SERVICE_END_LINK:
        service_end_link(link);
        return true;
    case SERVICE_RESET_LINK:
        service_reset_link(link);
        return true;
    case SERVICE_HANG:
        link->stage = SERVICE_STUCK;
        return true;
    default:
        return false;
    }
}

/** The same, after the upgrade. */
static bool misbehave_upgraded(service_link_t *link)
{
    switch (link->fault.kind) {
    case SERVICE_ANSWER_WRONG_ACCEPT:
    case SERVICE_HANG_UPGRADED:
        return true;
    case SERVICE_END_UPGRADED:
        service_end_link(link);
        return true;
    case SERVICE_BYE:
        service_bye(link, link->fault.reason, link->fault.text);
        return true;
    default:
        return false;
    }
}

/** 0, or the status that says what is wrong with the form of an upgrade. */
static int check_upgrade(service_link_t *link)
{
    const request_t *request = &link->request;
    const char *key = request_header(request, "Sec-WebSocket-Key");
    const char *version = request_header(request, "Sec-WebSocket-Version");
    if (strcmp(request->method, "GET") != 0 || request_header(request, "Host") == NULL) {
        return 400;
    }
    if (!request_header_lists(request, "Upgrade", "websocket") ||
        !request_header_lists(request, "Connection", "upgrade") ||
        !request_header_lists(request, "Sec-WebSocket-Protocol", "tirtc.v1") || version == NULL ||
        strcmp(version, "13") != 0 || key == NULL || strlen(key) != TI_WS_KEY_CHARS) {
        return 426;
    }
    return 0;
}

static service_device_t *device_named_by(service_link_t *link)
{
    char id[SERVICE_MAX_TEXT];
    bool decoded = request_decoded(&link->request, "X-Tg-Device-Id", id, sizeof id);
    return decoded ? service_find_device(link->service, id) : NULL;
}

static bool start_id_is_well_formed(const service_link_t *link)
{
    uint8_t bytes[16];
    const char *text = request_header(&link->request, "X-Tg-Start-Id");
    return text == NULL || base64url_decode(ti_span(text, strlen(text)), bytes, sizeof bytes) == sizeof bytes;
}

static void on_start_request(service_link_t *link)
{
    if (request_header_count(&link->request, "X-Tg-Device-Id") != 1 || !start_id_is_well_formed(link)) {
        service_complain(link, "no device id, or two, or a malformed start id");
        answer_status(link, 400, NULL);
        return;
    }
    link->device = device_named_by(link);
    answer_upgrade(link);
    if (!misbehave_upgraded(link)) {
        service_begin_start(link);
    }
}

/* ---- connect ---- */

/** The device asked for in the query, "" when the query is malformed. */
static void read_peer_id(const service_link_t *link, char *id, size_t capacity)
{
    const char *query = strchr(link->request.target, '?');
    id[0] = '\0';
    if (query == NULL || strncmp(query, "?peer_id=", 9) != 0 ||
        !percent_decode(query + 9, strchr(query, '&'), id, capacity)) {
        return;
    }
    if (strncmp(id, "device://", 9) == 0) {
        memmove(id, id + 9, strlen(id + 9) + 1);
    }
}

static uint8_t judge_ticket(const service_link_t *link, const char *text, const char *device_id)
{
    uint8_t bytes[TI_TICKET_BYTES];
    const service_t *service = link->service;
    if (base64url_decode(ti_span(text, strlen(text)), bytes, sizeof bytes) != TI_TICKET_BYTES) {
        return TI_BYE_TICKET;
    }
    for (const struct service_ticket *ticket = service->tickets; ticket != NULL; ticket = ticket->next) {
        if (memcmp(ticket->bytes, bytes, sizeof bytes) == 0) {
            bool good =
                strcmp(ticket->device_id, device_id) == 0 && !ti_time_reached(service->now_ms, ticket->expires_ms);
            return good ? 0 : TI_BYE_TICKET;
        }
    }
    return TI_BYE_TICKET;
}

/** 0, or the reason of `bye`. */
static uint8_t judge_credential(const service_link_t *link, const char *credential, const char *device_id)
{
    const service_options_t *options = &link->service->options;
    if (strncmp(credential, "Ticket ", 7) == 0) {
        return judge_ticket(link, credential + 7, device_id);
    }
    if (strncmp(credential, "Bearer ", 7) != 0 || credential[7] == '\0') {
        return TI_BYE_TOKEN_FORM;
    }
    return options->judge_token == NULL ? 0 : options->judge_token(options->user, credential + 7, device_id);
}

static void on_connect_request(service_link_t *link)
{
    char id[SERVICE_MAX_TEXT];
    size_t credentials = request_header_count(&link->request, "Authorization");
    read_peer_id(link, id, sizeof id);
    if (credentials != 1 || id[0] == '\0') {
        service_complain(link, "not one credential, or no peer_id");
        answer_status(link, credentials == 0 ? 401 : 400, NULL);
        return;
    }
    answer_upgrade(link);
    if (misbehave_upgraded(link)) {
        return;
    }
    service_device_t *device = service_find_device(link->service, id);
    uint8_t reason = judge_credential(link, request_header(&link->request, "Authorization"), id);
    if (reason == 0 && (device == NULL || (device->start == NULL && !device->played))) {
        reason = TI_BYE_OFFLINE;
    }
    if (reason != 0) {
        service_bye(link, reason, "refused by the test service");
        return;
    }
    service_connection_t *connection = service_add_connection(link->service, device, link);
    link->stage = SERVICE_WAITING;
    if (device->played) {
        service_begin_talk(connection);
    } else {
        service_send_incoming(connection, link->service->options.subject);
    }
}

/* ---- accept ---- */

/** The connection whose key this request proves to know, or NULL. */
static service_connection_t *find_accepted(service_link_t *link)
{
    uint8_t key[TI_ACCEPT_KEY_BYTES], shown[TI_MAC_BYTES], expected[TI_MAC_BYTES];
    const char *key_text = request_header(&link->request, "X-Tg-Accept-Key");
    const char *mac_text = request_header(&link->request, "X-Tg-Accept");
    if (key_text == NULL || mac_text == NULL ||
        base64url_decode(ti_span(key_text, strlen(key_text)), key, sizeof key) != TI_ACCEPT_KEY_BYTES ||
        base64url_decode(ti_span(mac_text, strlen(mac_text)), shown, sizeof shown) != TI_MAC_BYTES) {
        return NULL;
    }
    service_connection_t *connection = link->service->connections;
    while (connection != NULL && memcmp(connection->key, key, sizeof key) != 0) {
        connection = connection->next;
    }
    if (connection == NULL || connection->device != link->device || connection->device_link != NULL) {
        return NULL;
    }
    ti_hmac_sha256(ti_span(connection->accept_key, sizeof connection->accept_key), ti_span(key, sizeof key),
                   ti_span(NULL, 0), expected);
    return ti_equal_constant_time(expected, shown, sizeof shown) ? connection : NULL;
}

static void on_accept_request(service_link_t *link)
{
    link->device = device_named_by(link);
    service_connection_t *connection = find_accepted(link);
    if (connection == NULL) {
        service_complain(link, "an accept that proves nothing");
        answer_status(link, 403, NULL);
        return;
    }
    answer_upgrade(link);
    if (misbehave_upgraded(link)) {
        return;
    }
    link->connection = connection;
    connection->device_link = link;
    if (connection->over) {
        service_bye(link, TI_BYE_PEER_CLOSED, "the client is gone");
        return;
    }
    service_begin_talk(connection);
}

/* ---- every request ---- */

static enum service_kind kind_of(const service_link_t *link)
{
    static const struct {
        const char *path;
        enum service_kind kind;
    } paths[] = {{"/v1/start", SERVICE_START}, {"/v1/connect", SERVICE_CONNECT}, {"/v1/accept", SERVICE_ACCEPT}};
    const char *prefix = link->service->options.prefix;
    const char *target = link->request.target;
    size_t size = strcspn(target, "?");
    if (strncmp(target, prefix, strlen(prefix)) != 0) {
        return SERVICE_UNKNOWN;
    }
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        size_t path_size = strlen(paths[i].path);
        if (size == strlen(prefix) + path_size && memcmp(target + strlen(prefix), paths[i].path, path_size) == 0) {
            return paths[i].kind;
        }
    }
    return SERVICE_UNKNOWN;
}

void service_on_request(service_link_t *link)
{
    link->kind = kind_of(link);
    link->fault = service_take_fault(link);
    if (misbehave_instead(link)) {
        return;
    }
    int status = link->kind == SERVICE_UNKNOWN ? 404 : check_upgrade(link);
    if (status != 0) {
        service_complain(link, "a request of the wrong form");
        answer_status(link, status, NULL);
    } else if (link->kind == SERVICE_START) {
        on_start_request(link);
    } else if (link->kind == SERVICE_CONNECT) {
        on_connect_request(link);
    } else {
        on_accept_request(link);
    }
}
