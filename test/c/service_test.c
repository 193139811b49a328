/* The test service, driven by hand-made client bytes: what later tests rely on. */
#include "check.h"
#include "support/service.h"

#include "base/bytes.h"
#include "core/proofs.h"
#include "core/ws_accept_key.h"
#include "crypto/crypto.h"

#define SECRET "device-secret"

static service_t *service;
static uint8_t next_random;

static void count_up(void *user, void *out, size_t size)
{
    (void)user;
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)out)[i] = next_random++;
    }
}

static uint8_t refuse_bad_tokens(void *user, const char *token, const char *device_id)
{
    (void)user;
    CHECK(strcmp(device_id, "device-1") == 0 || strcmp(device_id, "played") == 0);
    return strcmp(token, "bad") == 0 ? TI_BYE_TOKEN_SIGNATURE : 0;
}

static void begin(void)
{
    next_random = 0;
    service_options_t options = {.random = count_up, .judge_token = refuse_bad_tokens};
    service = service_open(&options);
    service_add_device(service, "device-1", SECRET);
}

static void end(void)
{
    service_close(service);
}

/* ---- a client made by hand ---- */

static const char ws_key[] = "dGhlIHNhbXBsZSBub25jZQ==";

/** Send a request with these header lines. */
static service_link_t *request(const char *target, const char *headers)
{
    char buffer[2048];
    ti_text_t text;
    ti_text_init(&text, buffer, sizeof buffer);
    ti_text_add(&text, "GET ");
    ti_text_add(&text, target);
    ti_text_add(&text, " HTTP/1.1\r\nHost: service.test\r\n");
    ti_ws_add_upgrade_headers(&text, ws_key);
    ti_text_add(&text, headers);
    ti_text_add(&text, "\r\n");
    CHECK(!text.cut);
    service_link_t *link = service_arrive(service);
    service_feed(link, text.data, text.size);
    return link;
}

static int read_response(const service_link_t *link, ti_ws_response_t *response)
{
    char accept[TI_WS_ACCEPT_CHARS];
    ti_ws_accept_text(ws_key, accept);
    return ti_ws_read_response(service_output(link), accept, response);
}

static void drop_output(service_link_t *link)
{
    service_sent(link, service_output(link).size);
}

/** Take the response. Returns its status; 0 if there is none. */
static int take_status(service_link_t *link)
{
    ti_ws_response_t response;
    int size = read_response(link, &response);
    CHECK(size >= 0);
    if (size > 0) {
        service_sent(link, (size_t)size);
        CHECK_EQUAL(response.upgraded, response.status == 101);
    }
    return size > 0 ? response.status : 0;
}

/** Copy and take the next frame. Returns false if there is none. */
static bool take_frame(service_link_t *link, enum ti_ws_opcode *opcode, buffer_t *payload)
{
    ti_ws_header_t header;
    ti_span_t output = service_output(link);
    int size = ti_ws_read_header(output, &header);
    CHECK(size >= 0);
    if (size <= 0) {
        return false;
    }
    REQUIRE(output.size >= (size_t)size + header.payload_size);
    CHECK(header.final);
    *opcode = header.opcode;
    payload->size = 0;
    buffer_add(payload, output.data + size, (size_t)header.payload_size);
    service_sent(link, (size_t)size + (size_t)header.payload_size);
    return true;
}

static void send_frame(service_link_t *link, enum ti_ws_opcode opcode, const void *data, size_t size)
{
    static const uint8_t mask[4] = {1, 2, 3, 4};
    uint8_t frame[512];
    int header_size = ti_ws_write_header(frame, opcode, size, mask);
    REQUIRE((size_t)header_size + size <= sizeof frame);
    ti_ws_mask(frame + header_size, data, size, mask, 0);
    for (size_t i = 0; i < (size_t)header_size + size; i++) { /* byte by byte, since that is the hard way */
        service_feed(link, frame + i, 1);
    }
}

/** Check that the next frame is this control message, and read it. */
static ti_control_t take_control(service_link_t *link, buffer_t *message, enum ti_control_type type)
{
    enum ti_ws_opcode opcode;
    ti_control_t control = {0};
    bool some = take_frame(link, &opcode, message);
    CHECK(some && opcode == TI_WS_BINARY);
    if (some && message->size > 0) {
        CHECK_EQUAL(message->data[0], TI_CHANNEL_CONTROL);
        CHECK_EQUAL(ti_control_read(ti_span(message->data + 1, message->size - 1), &control), 1);
        CHECK_EQUAL(control.type, type);
    }
    return control;
}

static void check_bye(service_link_t *link, uint8_t reason)
{
    buffer_t message = {0};
    enum ti_ws_opcode opcode = TI_WS_TEXT;
    CHECK_EQUAL(take_control(link, &message, TI_CONTROL_BYE).reason, reason);
    CHECK(take_frame(link, &opcode, &message) && opcode == TI_WS_CLOSE);
    CHECK(message.size == 2 && ti_get_u16_be(message.data) == 1000);
    CHECK_EQUAL(link->carry, SERVICE_CARRY_END);
    buffer_free(&message);
}

/** Start device-1 with this secret up to the proof; Ka is left in `proofs`. */
static service_link_t *prove(const char *id_header, const char *secret, ti_proofs_t *proofs)
{
    uint8_t nonce[TI_NONCE_BYTES] = {9}, proof[TI_PROOF_MESSAGE_BYTES];
    buffer_t message = {0};
    service_link_t *link = request("/v1/start", id_header);
    CHECK_EQUAL(take_status(link), 101);
    ti_control_t challenge = take_control(link, &message, TI_CONTROL_CHALLENGE);
    ti_transcript_t transcript = {.service_nonce = challenge.nonce,
                                  .device_nonce = nonce,
                                  .path = TI_SPAN("/v1/start"),
                                  .host = TI_SPAN("service.test"),
                                  .device_id = TI_SPAN("device-1")};
    ti_proofs_make(ti_span(secret, strlen(secret)), &transcript, proofs);
    ti_proof_write(proof, nonce, proofs->device_mac);
    send_frame(link, TI_WS_BINARY, proof, sizeof proof);
    buffer_free(&message);
    return link;
}

static service_link_t *start_device(ti_proofs_t *proofs)
{
    buffer_t message = {0};
    service_link_t *link = prove("X-Tg-Device-Id: device%2D1\r\n", SECRET, proofs);
    ti_control_t started = take_control(link, &message, TI_CONTROL_STARTED);
    REQUIRE(started.mac != NULL);
    CHECK_BYTES(started.mac, proofs->service_mac, TI_MAC_BYTES);
    CHECK_EQUAL(started.limits.keep_alive_ms, 25000);
    CHECK(service_start_link(service, "device-1") == link);
    buffer_free(&message);
    return link;
}

static service_link_t *connect_client(const char *credential)
{
    service_link_t *link = request("/v1/connect?peer_id=device%3A%2F%2Fdevice-1", credential);
    CHECK_EQUAL(take_status(link), 101);
    return link;
}

/** Answer the `incoming` that waits on the start link. */
static service_link_t *accept_client(service_link_t *start, const ti_proofs_t *proofs)
{
    uint8_t mac[TI_MAC_BYTES];
    char headers[256], key_text[TI_BASE64URL_SIZE(16) + 1] = "", mac_text[TI_BASE64URL_SIZE(32) + 1] = "";
    buffer_t message = {0};
    ti_control_t incoming = take_control(start, &message, TI_CONTROL_INCOMING);
    REQUIRE(incoming.key != NULL);
    CHECK(ti_span_equal(incoming.subject, TI_SPAN("subject-test")));
    ti_hmac_sha256(ti_span(proofs->accept_key, TI_MAC_BYTES), ti_span(incoming.key, 16), ti_span(NULL, 0), mac);
    ti_base64url_encode(ti_span(incoming.key, 16), key_text);
    ti_base64url_encode(ti_span(mac, sizeof mac), mac_text);
    snprintf(headers, sizeof headers, "X-Tg-Device-Id: device-1\r\nX-Tg-Accept-Key: %s\r\nX-Tg-Accept: %s\r\n",
             key_text, mac_text);
    buffer_free(&message);
    return request("/v1/accept", headers);
}

/* ---- cases ---- */

TEST(a_device_and_the_service_prove_themselves_to_each_other)
{
    ti_proofs_t proofs;
    begin();
    service_link_t *link = start_device(&proofs);
    CHECK_EQUAL(link->stage, SERVICE_ONLINE);
    CHECK(strcmp(service_complaints(service), "") == 0);
    end();
}

TEST(a_wrong_secret_and_an_unknown_device_are_refused_alike)
{
    ti_proofs_t proofs;
    begin();
    check_bye(prove("X-Tg-Device-Id: device-1\r\n", "wrong", &proofs), TI_BYE_REFUSED);
    check_bye(prove("X-Tg-Device-Id: device-2\r\n", SECRET, &proofs), TI_BYE_REFUSED);
    check_bye(prove("X-Tg-Device-Id: device-1\r\nX-Tg-App-Id: x\r\n", SECRET, &proofs), TI_BYE_REFUSED);
    CHECK(service_start_link(service, "device-1") == NULL);
    end();
}

TEST(a_newer_start_replaces_the_older_once_it_is_proven)
{
    ti_proofs_t proofs;
    begin();
    service_link_t *older = start_device(&proofs);
    check_bye(prove("X-Tg-Device-Id: device-1\r\n", "wrong", &proofs), TI_BYE_REFUSED);
    CHECK_EQUAL(service_output(older).size, 0);
    service_link_t *newer = start_device(&proofs);
    check_bye(older, TI_BYE_REPLACED);
    service_far_end(older);
    CHECK(service_start_link(service, "device-1") == newer);
    end();
}

TEST(a_reconnect_of_the_same_start_drops_the_older_link_without_a_word)
{
    static const char headers[] = "X-Tg-Device-Id: device-1\r\nX-Tg-Start-Id: AAAAAAAAAAAAAAAAAAAAAA\r\n";
    ti_proofs_t proofs;
    begin();
    service_link_t *older = prove(headers, SECRET, &proofs);
    drop_output(older);
    service_link_t *newer = prove(headers, SECRET, &proofs);
    CHECK_EQUAL(older->carry, SERVICE_CARRY_RESET);
    CHECK_EQUAL(service_output(older).size, 0);
    CHECK(service_start_link(service, "device-1") == newer);
    CHECK_EQUAL(take_status(request("/v1/start", "X-Tg-Device-Id: device-1\r\nX-Tg-Start-Id: AAAA\r\n")), 400);
    end();
}

TEST(client_and_device_are_joined_and_messages_pass_both_ways)
{
    static const uint8_t up[] = {0, 1, 0, 1, 0, 'h', 'i'}, down[] = {2, 'v'};
    enum ti_ws_opcode opcode;
    ti_proofs_t proofs;
    buffer_t message = {0};
    begin();
    service_link_t *start = start_device(&proofs);
    service_link_t *client = connect_client("Authorization: Bearer good\r\n");
    CHECK_EQUAL(service_output(client).size, 0);
    service_link_t *device = accept_client(start, &proofs);
    CHECK_EQUAL(take_status(device), 101);
    CHECK_EQUAL(take_control(device, &message, TI_CONTROL_READY).ticket.size, 0);
    CHECK_EQUAL(take_control(client, &message, TI_CONTROL_READY).ticket.size, TI_TICKET_BYTES);

    send_frame(client, TI_WS_BINARY, up, sizeof up);
    CHECK(take_frame(device, &opcode, &message) && opcode == TI_WS_BINARY && message.size == sizeof up);
    CHECK_BYTES(message.data, up, sizeof up);
    send_frame(device, TI_WS_BINARY, down, sizeof down);
    CHECK(take_frame(client, &opcode, &message) && message.size == sizeof down);
    CHECK_BYTES(message.data, down, sizeof down);

    send_frame(client, TI_WS_CLOSE, "\x03\xe8", 2);
    CHECK_EQUAL(client->close_code, 1000);
    check_bye(device, TI_BYE_PEER_CLOSED);
    CHECK(strcmp(service_complaints(service), "") == 0);
    buffer_free(&message);
    end();
}

TEST(a_ticket_connects_again_until_it_is_revoked_or_expires)
{
    char headers[128] = "Authorization: Ticket ";
    ti_proofs_t proofs;
    buffer_t message = {0};
    begin();
    service_link_t *start = start_device(&proofs);
    service_link_t *client = connect_client("Authorization: Bearer good\r\n");
    accept_client(start, &proofs);
    ti_control_t ready = take_control(client, &message, TI_CONTROL_READY);
    REQUIRE(ready.ticket.size == TI_TICKET_BYTES);
    CHECK_EQUAL(ready.ticket_lifetime_s, 3600);
    ti_base64url_encode(ready.ticket, headers + strlen(headers));
    strcat(headers, "\r\n");
    CHECK_EQUAL(connect_client(headers)->stage, SERVICE_WAITING);
    service_tick(service, 3600 * 1000 - 1);
    CHECK(service_start_link(service, "device-1") == NULL); /* silent for an hour */
    start_device(&proofs);
    CHECK_EQUAL(connect_client(headers)->stage, SERVICE_WAITING);
    service_tick(service, 3600 * 1000);
    check_bye(connect_client(headers), TI_BYE_TICKET);
    check_bye(connect_client("Authorization: Ticket c2hvcnQ\r\n"), TI_BYE_TICKET);
    buffer_free(&message);
    end();
}

TEST(connects_are_refused_with_their_reason)
{
    ti_proofs_t proofs;
    begin();
    check_bye(connect_client("Authorization: Bearer good\r\n"), TI_BYE_OFFLINE);
    service_link_t *start = start_device(&proofs);
    check_bye(connect_client("Authorization: Bearer bad\r\n"), TI_BYE_TOKEN_SIGNATURE);
    check_bye(connect_client("Authorization: Basic good\r\n"), TI_BYE_TOKEN_FORM);
    CHECK_EQUAL(take_status(request("/v1/connect?peer_id=device-1", "")), 401);
    CHECK_EQUAL(
        take_status(request("/v1/connect?peer_id=device-1", "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n")),
        400);
    CHECK_EQUAL(take_status(request("/v1/elsewhere", "")), 404);
    CHECK_EQUAL(service_output(start).size, 0);
    end();
}

TEST(a_busy_device_and_a_silent_one_are_reported_to_the_client)
{
    ti_proofs_t proofs;
    buffer_t message = {0};
    uint8_t busy[TI_BUSY_MESSAGE_BYTES];
    begin();
    service_link_t *start = start_device(&proofs);
    service_link_t *client = connect_client("Authorization: Bearer good\r\n");
    ti_busy_write(busy, take_control(start, &message, TI_CONTROL_INCOMING).connection);
    send_frame(start, TI_WS_BINARY, busy, sizeof busy);
    CHECK(service_last_connection(service)->busy);
    check_bye(client, TI_BYE_FULL);
    client = connect_client("Authorization: Bearer good\r\n");
    CHECK_EQUAL(service_next_due_ms(service), 10000);
    service_tick(service, 10000);
    check_bye(client, TI_BYE_TIMEOUT);
    buffer_free(&message);
    end();
}

TEST(an_accept_without_the_right_proof_is_forbidden)
{
    ti_proofs_t proofs;
    begin();
    service_link_t *start = start_device(&proofs);
    connect_client("Authorization: Bearer good\r\n");
    proofs.accept_key[0] ^= 1;
    CHECK_EQUAL(take_status(accept_client(start, &proofs)), 403);
    CHECK(strcmp(service_complaints(service), "an accept that proves nothing on an accept link\n") == 0);
    end();
}

TEST(pings_are_answered_and_sent_and_silence_ends_a_link)
{
    ti_proofs_t proofs;
    enum ti_ws_opcode opcode;
    buffer_t message = {0};
    begin();
    service_link_t *start = start_device(&proofs);
    send_frame(start, TI_WS_PING, "abc", 3);
    CHECK(take_frame(start, &opcode, &message) && opcode == TI_WS_PONG && message.size == 3);
    CHECK_EQUAL(start->pings, 1);
    CHECK_EQUAL(service_next_due_ms(service), 25000);
    service_tick(service, 25000);
    CHECK(take_frame(start, &opcode, &message) && opcode == TI_WS_PING);
    service_tick(service, 25000 + 60000 - 1);
    CHECK_EQUAL(start->carry, SERVICE_CARRY_ON);
    service_tick(service, 25000 + 60000);
    CHECK_EQUAL(start->carry, SERVICE_CARRY_RESET);
    CHECK(service_start_link(service, "device-1") == NULL);
    buffer_free(&message);
    end();
}

TEST(scripted_faults_are_used_in_order_for_the_links_they_fit)
{
    static const service_fault_t found = {.kind = SERVICE_ANSWER_STATUS, .status = 302, .text = "http://other.test/"};
    static const service_fault_t bye = {.kind = SERVICE_BYE, .only = SERVICE_CONNECT, .reason = TI_BYE_FULL};
    static const service_fault_t hang = {.kind = SERVICE_HANG, .times = 2};
    ti_ws_response_t response;
    begin();
    service_script(service, &bye);
    service_script(service, &found);
    service_script(service, &hang);
    service_link_t *link = request("/v1/start", "X-Tg-Device-Id: device-1\r\n");
    CHECK(read_response(link, &response) > 0 && response.status == 302);
    CHECK(ti_span_equal(response.location, TI_SPAN("http://other.test/")));
    check_bye(connect_client("Authorization: Bearer good\r\n"), TI_BYE_FULL);
    for (int i = 0; i < 2; i++) {
        CHECK_EQUAL(service_output(request("/v1/start", "X-Tg-Device-Id: device-1\r\n")).size, 0);
    }
    ti_proofs_t proofs;
    start_device(&proofs);
    end();
}

TEST(frames_against_the_rules_end_the_link_and_are_complained_of)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *complaint;
    } bad[] = {{"\x82\x01x", 3, "a frame without a mask"},
               {"\xc2\x81mask!", 7, "reserved bits"},
               {"\x83\x81mask!", 7, "an unknown opcode"},
               {"\x82\xfe\x00\x01mask!", 9, "shortest form"},
               {"\x09\x81mask!", 7, "fragmented or too long"},
               {"\x81\x81mask!", 7, "a text message"},
               {"\x80\x81mask!", 7, "fragments out of order"},
               {"\x82\xff\x00\x00\x00\x01\x00\x00\x00\x00mask", 14, "above the limit"}};
    ti_proofs_t proofs;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        begin();
        service_link_t *link = start_device(&proofs);
        service_feed(link, bad[i].bytes, bad[i].size);
        CHECK_EQUAL(link->carry, SERVICE_CARRY_END);
        CHECK(strstr(service_complaints(service), bad[i].complaint) != NULL);
        end();
    }
}

TEST(the_test_can_play_either_peer)
{
    static const uint8_t text[] = {0, 0, 0x20, 0, 0, 'x'};
    ti_proofs_t proofs;
    buffer_t message = {0};
    begin();
    service_add_played_device(service, "played");
    service_link_t *start = start_device(&proofs);
    service_connection_t *connection = service_call(service, "device-1", "subject-test");
    service_link_t *device = accept_client(start, &proofs);
    CHECK(connection->device_link == device && device->stage == SERVICE_TALKING);
    send_frame(device, TI_WS_BINARY, text, sizeof text);
    CHECK(service_take_message(device, &message) && message.size == sizeof text);
    CHECK_BYTES(message.data, text, sizeof text);
    CHECK(!service_take_message(device, &message));

    service_link_t *client = request("/v1/connect?peer_id=played", "Authorization: Bearer good\r\n");
    CHECK_EQUAL(take_status(client), 101);
    CHECK_EQUAL(take_control(client, &message, TI_CONTROL_READY).ticket.size, TI_TICKET_BYTES);
    send_frame(client, TI_WS_BINARY, text, sizeof text);
    CHECK(service_take_message(client, &message) && message.size == sizeof text);
    buffer_free(&message);
    end();
}

TEST(a_mute_link_goes_on_where_it_stopped)
{
    ti_proofs_t proofs;
    begin();
    service_link_t *start = start_device(&proofs);
    service_mute(start, true);
    send_frame(start, TI_WS_PING, "", 0);
    CHECK_EQUAL(service_output(start).size, 0);
    CHECK_EQUAL(service_next_due_ms(service), -1);
    service_mute(start, false);
    CHECK_EQUAL(service_output(start).size, 2);
    drop_output(start);
    service_crash(service);
    CHECK_EQUAL(start->carry, SERVICE_CARRY_RESET);
    end();
}

int main(void)
{
    RUN(a_device_and_the_service_prove_themselves_to_each_other);
    RUN(a_wrong_secret_and_an_unknown_device_are_refused_alike);
    RUN(a_newer_start_replaces_the_older_once_it_is_proven);
    RUN(a_reconnect_of_the_same_start_drops_the_older_link_without_a_word);
    RUN(client_and_device_are_joined_and_messages_pass_both_ways);
    RUN(a_ticket_connects_again_until_it_is_revoked_or_expires);
    RUN(connects_are_refused_with_their_reason);
    RUN(a_busy_device_and_a_silent_one_are_reported_to_the_client);
    RUN(an_accept_without_the_right_proof_is_forbidden);
    RUN(pings_are_answered_and_sent_and_silence_ends_a_link);
    RUN(scripted_faults_are_used_in_order_for_the_links_they_fit);
    RUN(frames_against_the_rules_end_the_link_and_are_complained_of);
    RUN(the_test_can_play_either_peer);
    RUN(a_mute_link_goes_on_where_it_stopped);
    return check_result();
}
