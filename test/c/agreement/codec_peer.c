/* The C codec as a program, for test/property/agreement.test.ts: each line of input is a kind and bytes in hexadecimal,
 * each line of output is what C reads in them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../native/base/text.h"
#include "../../../native/core/bye.h"
#include "../../../native/crypto/crypto.h"
#include "../../../native/wire/message.h"
#include "../../../native/wire/url.h"

enum { MAX_BYTES = 8192, MAX_LINE = 2 * MAX_BYTES + 64 };

static void print_hex(const char *name, ti_span_t bytes)
{
    printf(" %s=", name);
    for (size_t i = 0; i < bytes.size; i++) {
        printf("%02x", bytes.data[i]);
    }
}

static void print_limits(const ti_limits_t *limits)
{
    printf(" keepAliveMs=%u silenceMs=%u maxMessageBytes=%u", limits->keep_alive_ms, limits->silence_ms,
           limits->max_message_bytes);
}

static void answer_control(ti_span_t body)
{
    ti_control_t control;
    int result = ti_control_read(body, &control);
    if (result != 1) {
        fputs(result == 0 ? "ignored" : "bad", stdout);
        return;
    }
    switch (control.type) {
    case TI_CONTROL_CHALLENGE:
        fputs("challenge", stdout);
        print_hex("nonce", ti_span(control.nonce, TI_NONCE_BYTES));
        break;
    case TI_CONTROL_STARTED:
        fputs("started", stdout);
        print_hex("mac", ti_span(control.mac, TI_MAC_BYTES));
        print_limits(&control.limits);
        break;
    case TI_CONTROL_INCOMING:
        printf("incoming connection=%u", control.connection);
        print_hex("key", ti_span(control.key, TI_ACCEPT_KEY_BYTES));
        print_hex("subject", control.subject);
        break;
    case TI_CONTROL_READY:
        fputs("ready", stdout);
        print_limits(&control.limits);
        printf(" ticketLifetimeSeconds=%u", control.ticket_lifetime_s);
        print_hex("ticket", control.ticket);
        break;
    case TI_CONTROL_BYE:
        printf("bye reason=%u connectionError=%d startError=%d", control.reason,
               ti_bye_connection_error(control.reason), ti_bye_start_error(control.reason));
        print_hex("text", control.text);
        break;
    default:
        printf("unexpected type %d", control.type);
        break;
    }
}

static void answer_frame(ti_span_t message)
{
    ti_frame_header_t header;
    ti_span_t payload;
    if (message.size == 0 || !ti_frame_read((enum ti_channel)message.data[0],
                                            ti_span(message.data + 1, message.size - 1), &header, &payload)) {
        fputs("bad", stdout);
        return;
    }
    printf("frame stream=%u media=%u flags=%u reserved=%u timestampMs=%u", header.stream, header.media, header.flags,
           header.reserved, header.ts_ms);
    print_hex("data", payload);
}

static void answer_endpoint(ti_span_t url)
{
    ti_endpoint_t endpoint;
    if (!ti_endpoint_parse(url, &endpoint)) {
        fputs("bad", stdout);
        return;
    }
    printf("endpoint secure=%d port=%u", endpoint.secure, endpoint.port);
    print_hex("authority", endpoint.authority);
    print_hex("host", endpoint.host);
    print_hex("prefix", endpoint.prefix);
}

static void answer_text(const char *kind, ti_span_t bytes)
{
    static char out[3 * MAX_BYTES];
    ti_text_t text;
    if (strcmp(kind, "base64url") == 0) {
        ti_base64url_encode(bytes, out);
        printf("text %.*s", (int)TI_BASE64URL_SIZE(bytes.size), out);
        return;
    }
    ti_text_init(&text, out, sizeof out);
    ti_text_add_percent_encoded(&text, bytes);
    printf("text %.*s", (int)text.size, text.data);
}

/* Allocated for each line, with the exact size, so that a sanitizer sees a read beyond the end. */
static ti_span_t read_bytes(const char *digits)
{
    size_t size = strlen(digits) / 2;
    uint8_t *bytes = malloc(size == 0 ? 1 : size);
    for (size_t i = 0; bytes != NULL && i < size; i++) {
        bytes[i] = (uint8_t)(ti_hex_value((uint8_t)digits[2 * i]) * 16 + ti_hex_value((uint8_t)digits[2 * i + 1]));
    }
    return ti_span(bytes, bytes != NULL ? size : 0);
}

int main(void)
{
    static char line[MAX_LINE];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *digits = strchr(line, ' ');
        if (digits == NULL) {
            return 2;
        }
        *digits++ = '\0';
        ti_span_t bytes = read_bytes(digits);
        if (strcmp(line, "control") == 0) {
            answer_control(bytes);
        } else if (strcmp(line, "frame") == 0) {
            answer_frame(bytes);
        } else if (strcmp(line, "endpoint") == 0) {
            answer_endpoint(bytes);
        } else {
            answer_text(line, bytes);
        }
        free((void *)(uintptr_t)bytes.data);
        putchar('\n');
    }
    return 0;
}
