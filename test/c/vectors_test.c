/* test/vectors/wire.txt, as far as C has a say in it. */
#include "../../native/base/bytes.h"
#include "../../native/base/text.h"
#include "../../native/core/bye.h"
#include "../../native/core/proofs.h"
#include "../../native/core/ws_accept_key.h"
#include "../../native/crypto/crypto.h"
#include "../../native/wire/message.h"
#include "../../native/wire/url.h"
#include "base64url.h"
#include "check.h"
#include "support/guard.h"
#include "support/vectors.h"

static guard_t guard;

static bool has_mark(const vector_t *vector, const char *mark)
{
    return strcmp(vector->mark, mark) == 0;
}

/* The wire bytes of a line, ending at the guard page. */
static ti_span_t wire_bytes(const vector_t *vector)
{
    return guard_put(&guard, vector_bytes(vector, "bytes"));
}

static ti_span_t body_of(ti_span_t message)
{
    return ti_span(message.data + 1, message.size - 1);
}

static bool equals(ti_span_t span, const vector_t *vector, const char *key)
{
    return ti_span_equal(span, vector_bytes(vector, key));
}

static bool equals_fixed(const uint8_t *bytes, const vector_t *vector, const char *key)
{
    ti_span_t expected = vector_bytes(vector, key);
    return bytes != NULL && memcmp(bytes, expected.data, expected.size) == 0;
}

static void check_limits(const ti_limits_t *limits, const vector_t *vector)
{
    CHECK_EQUAL(limits->keep_alive_ms, vector_number(vector, "keep_alive_ms"));
    CHECK_EQUAL(limits->silence_ms, vector_number(vector, "silence_ms"));
    CHECK_EQUAL(limits->max_message_bytes, vector_number(vector, "max_message_bytes"));
}

static void check_from_service(const vector_t *vector, ti_span_t message)
{
    ti_control_t control;
    const char *type = vector_word(vector, "type");
    REQUIRE(ti_control_read(body_of(message), &control) == 1);
    switch (control.type) {
    case TI_CONTROL_CHALLENGE:
        CHECK(strcmp(type, "challenge") == 0 && equals_fixed(control.nonce, vector, "nonce"));
        break;
    case TI_CONTROL_STARTED:
        CHECK(strcmp(type, "started") == 0 && equals_fixed(control.mac, vector, "mac"));
        check_limits(&control.limits, vector);
        break;
    case TI_CONTROL_INCOMING:
        CHECK(strcmp(type, "incoming") == 0 && equals_fixed(control.key, vector, "key"));
        CHECK_EQUAL(control.connection, vector_number(vector, "connection"));
        CHECK(equals(control.subject, vector, "subject"));
        break;
    case TI_CONTROL_READY:
        CHECK(strcmp(type, "ready") == 0 && equals(control.ticket, vector, "ticket"));
        CHECK_EQUAL(control.ticket_lifetime_s, vector_number(vector, "ticket_lifetime_s"));
        check_limits(&control.limits, vector);
        break;
    case TI_CONTROL_BYE:
        CHECK(strcmp(type, "bye") == 0 && equals(control.text, vector, "text"));
        CHECK_EQUAL(control.reason, vector_number(vector, "reason"));
        break;
    default:
        CHECK_EQUAL(control.type, TI_CONTROL_BYE); /* or another of the five */
    }
}

static void check_from_device(const vector_t *vector, ti_span_t message)
{
    ti_control_t control;
    CHECK_EQUAL(ti_control_read(body_of(message), &control), -1);
    if (strcmp(vector_word(vector, "type"), "proof") == 0) {
        uint8_t proof[TI_PROOF_MESSAGE_BYTES];
        ti_proof_write(proof, vector_bytes(vector, "nonce").data, vector_bytes(vector, "mac").data);
        CHECK(ti_span_equal(ti_span(proof, sizeof proof), message));
    } else {
        uint8_t busy[TI_BUSY_MESSAGE_BYTES];
        ti_busy_write(busy, (uint32_t)vector_number(vector, "connection"));
        CHECK(ti_span_equal(ti_span(busy, sizeof busy), message));
    }
}

static void check_control(const vector_t *vector)
{
    ti_control_t control;
    ti_span_t message = wire_bytes(vector);
    CHECK_EQUAL(message.data[0], TI_CHANNEL_CONTROL);
    if (has_mark(vector, "bad")) {
        CHECK_EQUAL(ti_control_read(body_of(message), &control), -1);
    } else if (has_mark(vector, "ignored")) {
        CHECK_EQUAL(ti_control_read(body_of(message), &control), 0);
    } else if (strcmp(vector_word(vector, "from"), "service") == 0) {
        check_from_service(vector, message);
    } else {
        check_from_device(vector, message);
    }
}

static void check_command(const vector_t *vector)
{
    ti_span_t body = body_of(wire_bytes(vector));
    if (has_mark(vector, "bad")) {
        CHECK(body.size < TI_COMMAND_HEADER_BYTES);
        return;
    }
    uint32_t word = (uint32_t)vector_number(vector, "word");
    uint8_t header[TI_COMMAND_HEADER_BYTES];
    ti_put_u32_le(header, word);
    CHECK_EQUAL(ti_get_u32_le(body.data), word);
    CHECK_BYTES(header, body.data, sizeof header);
    CHECK(equals(ti_span(body.data + sizeof header, body.size - sizeof header), vector, "data"));
}

static void check_frame(const vector_t *vector)
{
    ti_frame_header_t header = {0};
    ti_span_t payload = ti_span(NULL, 0);
    ti_span_t message = wire_bytes(vector);
    bool good = ti_frame_read((enum ti_channel)message.data[0], body_of(message), &header, &payload);
    CHECK_EQUAL(good, !has_mark(vector, "bad"));
    if (has_mark(vector, "bad")) {
        return;
    }
    CHECK_EQUAL(message.data[0], vector_number(vector, "channel"));
    CHECK_EQUAL(header.stream, vector_number(vector, "stream"));
    CHECK_EQUAL(header.media, vector_number(vector, "media"));
    CHECK_EQUAL(header.flags, vector_number(vector, "flags"));
    CHECK_EQUAL(header.reserved, vector_number(vector, "reserved"));
    CHECK_EQUAL(header.ts_ms, vector_number(vector, "ts_ms"));
    CHECK(equals(payload, vector, "payload"));
    uint8_t written[TI_FRAME_HEADER_BYTES];
    ti_frame_header_write(written, &header);
    CHECK_BYTES(written, message.data + 1, sizeof written);
}

static void check_bye(const vector_t *vector)
{
    uint8_t reason = (uint8_t)vector_number(vector, "reason");
    CHECK_EQUAL(ti_bye_connection_error(reason), vector_number(vector, "connection_error"));
    CHECK_EQUAL(ti_bye_start_error(reason), vector_number(vector, "start_error"));
}

static void check_percent(const vector_t *vector)
{
    if (!has_mark(vector, "")) {
        return; /* C only writes it */
    }
    char buffer[256];
    ti_text_t text;
    ti_text_init(&text, buffer, sizeof buffer);
    ti_text_add_percent_encoded(&text, vector_bytes(vector, "text"));
    CHECK(!text.cut && equals(ti_text_span(&text), vector, "bytes"));
}

static void check_base64url(const vector_t *vector)
{
    uint8_t decoded[64];
    ti_span_t text = wire_bytes(vector);
    int size = base64url_decode(text, decoded, sizeof decoded);
    if (has_mark(vector, "bad")) {
        CHECK_EQUAL(size, -1);
        return;
    }
    REQUIRE(size >= 0);
    CHECK(equals(ti_span(decoded, (size_t)size), vector, "data"));
    char encoded[128];
    ti_base64url_encode(ti_span(decoded, (size_t)size), encoded);
    CHECK(ti_span_equal(ti_span(encoded, TI_BASE64URL_SIZE((size_t)size)), text));
}

static void check_remote_id(const vector_t *vector)
{
    ti_span_t id;
    ti_span_t suffix;
    ti_remote_id_split(wire_bytes(vector), &id, &suffix);
    CHECK_EQUAL(id.size == 0, has_mark(vector, "bad"));
    if (!has_mark(vector, "bad")) {
        CHECK(equals(id, vector, "id") && equals(suffix, vector, "suffix"));
    }
}

static void check_endpoint(const vector_t *vector)
{
    ti_endpoint_t endpoint;
    bool good = ti_endpoint_parse(wire_bytes(vector), &endpoint);
    CHECK_EQUAL(good, !has_mark(vector, "bad"));
    if (!good || has_mark(vector, "bad")) {
        return;
    }
    CHECK_EQUAL(endpoint.secure, vector_number(vector, "secure"));
    CHECK_EQUAL(endpoint.port, vector_number(vector, "port"));
    CHECK(equals(endpoint.host, vector, "host"));
    CHECK(equals(endpoint.prefix, vector, "prefix"));
    CHECK(equals(endpoint.authority, vector, "authority"));
}

static void check_accept(const vector_t *vector)
{
    char accept[TI_WS_ACCEPT_CHARS];
    ti_ws_accept_text((const char *)vector_bytes(vector, "key").data, accept);
    CHECK(equals(ti_span(accept, sizeof accept), vector, "accept"));
}

static void check_proofs(const vector_t *vector)
{
    ti_transcript_t transcript = {
        .service_nonce = vector_bytes(vector, "service_nonce").data,
        .device_nonce = vector_bytes(vector, "device_nonce").data,
        .path = vector_bytes(vector, "target"),
        .host = vector_bytes(vector, "host"),
        .device_id = vector_bytes(vector, "device_id"),
        .client_id = vector_bytes(vector, "client_id"),
        .app_id = vector_bytes(vector, "app_id"),
    };
    ti_proofs_t proofs;
    ti_proofs_make(vector_bytes(vector, "secret"), &transcript, &proofs);
    CHECK(equals_fixed(proofs.device_mac, vector, "device_mac"));
    CHECK(equals_fixed(proofs.service_mac, vector, "service_mac"));
    CHECK(equals_fixed(proofs.accept_key, vector, "ka"));
    uint8_t accept[TI_SHA256_BYTES];
    ti_span_t ka = ti_span(proofs.accept_key, sizeof proofs.accept_key);
    ti_hmac_sha256(ka, vector_bytes(vector, "key"), TI_SPAN(""), accept);
    CHECK(equals_fixed(accept, vector, "accept"));
}

static struct {
    const char *kind;
    void (*check)(const vector_t *vector);
    int seen;
} kinds[] = {
    {"control", check_control, 0},     {"command", check_command, 0},
    {"frame", check_frame, 0},         {"bye", check_bye, 0},
    {"percent", check_percent, 0},     {"base64url", check_base64url, 0},
    {"remote_id", check_remote_id, 0}, {"endpoint", check_endpoint, 0},
    {"accept", check_accept, 0},       {"proofs", check_proofs, 0},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

TEST(every_vector_of_the_wire_holds)
{
    vector_t vector;
    vectors_t *vectors = vectors_open();
    guard_open(&guard, 65536);
    while (vectors_next(vectors, &vector)) {
        int before = check_failures;
        int kind = 0;
        while (kind < KINDS && strcmp(kinds[kind].kind, vector.kind) != 0) {
            kind++;
        }
        REQUIRE(kind < KINDS);
        kinds[kind].check(&vector);
        kinds[kind].seen++;
        if (check_failures > before) {
            fprintf(stderr, "  in wire.txt:%d, %s %s\n", vector.line, vector.mark, vector.kind);
        }
    }
    for (int kind = 0; kind < KINDS; kind++) {
        CHECK(kinds[kind].seen > 0);
    }
    guard_close(&guard);
    vectors_close(vectors);
}

int main(void)
{
    RUN(every_vector_of_the_wire_holds);
    return check_result();
}
