#include "service_envelope.h"

static bool is_code(int32_t code)
{
    return code == 0 || code == 200 || code >= TI_MIN_PLATFORM_CODE;
}

bool ti_envelope_read(ti_span_t body, ti_envelope_t *envelope)
{
    const ti_span_t none = ti_span(NULL, 0);
    ti_span_t code = none;
    ti_span_t name;
    ti_span_t value;
    *envelope = (ti_envelope_t){0, none, none};
    while (ti_json_next_member(&body, &name, &value)) {
        if (ti_span_is(name, "\"code\"")) {
            code = value;
        } else if (ti_span_is(name, "\"message\"")) {
            envelope->message = value.data[0] == '"' ? value : none;
        } else if (ti_span_is(name, "\"data\"")) {
            envelope->data = ti_span_is(value, "null") ? none : value;
        }
    }
    return ti_json_read_whole_number(code, &envelope->code) && is_code(envelope->code);
}
