/* Link control: the body of a message on channel 255. */
#include "fuzz.h"

#include "../native/core/bye.h"
#include "../native/wire/message.h"

static void expect_fixed(const uint8_t *field, size_t size, ti_span_t body)
{
    EXPECT(field == NULL || is_within(ti_span(field, size), body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ti_span_t body = ti_span(data, size);
    ti_control_t control;
    int result = ti_control_read(body, &control);
    EXPECT(result == 1 || result == 0 || result == -1);
    if (result != 1) {
        return 0;
    }
    expect_fixed(control.nonce, TI_NONCE_BYTES, body);
    expect_fixed(control.mac, TI_MAC_BYTES, body);
    expect_fixed(control.key, TI_ACCEPT_KEY_BYTES, body);
    EXPECT(is_within(control.subject, body) && control.subject.size <= TI_MAX_SUBJECT_BYTES);
    EXPECT(is_within(control.ticket, body) && (control.ticket.size == 0 || control.ticket.size == TI_TICKET_BYTES));
    EXPECT(is_within(control.text, body) && control.text.size <= TI_MAX_BYE_TEXT_BYTES);
    if (control.type == TI_CONTROL_STARTED || control.type == TI_CONTROL_READY) {
        EXPECT(control.limits.keep_alive_ms >= 1 && control.limits.silence_ms >= 1);
        EXPECT(control.limits.max_message_bytes >= 64);
    }
    if (control.type == TI_CONTROL_BYE) {
        EXPECT(ti_bye_connection_error(control.reason) < 0 && ti_bye_start_error(control.reason) < 0);
    }
    return 0;
}
