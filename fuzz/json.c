/* JSON of a service: compact it, and read its members and the envelope of an answer. */
#include "fuzz.h"

#include <string.h>

#include "../native/base/json.h"
#include "../native/facade/json_text.h"
#include "../native/facade/service_envelope.h"

enum { MAX_BYTES = 8192 };

static void read_members(ti_span_t json)
{
    ti_span_t members = json;
    ti_span_t name;
    ti_span_t value;
    while (ti_json_next_member(&members, &name, &value)) {
        int32_t number;
        EXPECT(is_within(name, json) && is_within(value, json) && value.size > 0 && name.size >= 2);
        EXPECT(!ti_json_read_whole_number(value, &number) || number >= 0);
    }
}

static void read_envelope(ti_span_t json)
{
    char buffer[200];
    ti_text_t line;
    ti_envelope_t envelope;
    if (!ti_envelope_read(json, &envelope)) {
        return;
    }
    EXPECT(envelope.code == 0 || envelope.code == 200 || envelope.code >= TI_MIN_PLATFORM_CODE);
    EXPECT(is_within(envelope.message, json) && is_within(envelope.data, json));
    ti_text_init(&line, buffer, sizeof buffer);
    if (envelope.message.size > 0) {
        ti_json_add_printable(&line, envelope.message);
    }
    for (size_t i = 0; i < line.size; i++) {
        EXPECT((uint8_t)buffer[i] >= ' ' && buffer[i] != 0x7f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char once[MAX_BYTES];
    static char twice[MAX_BYTES];
    if (size > MAX_BYTES) {
        return 0;
    }
    read_members(ti_span(data, size));
    size_t written = ti_json_compact(ti_span(data, size), once);
    EXPECT(written <= size);
    if (size > 0) {
        memcpy(twice, data, size);
    }
    EXPECT(ti_json_compact(ti_span(twice, size), twice) == written && memcmp(once, twice, written) == 0);
    EXPECT(written == 0 || (ti_json_compact(ti_span(once, written), twice) == written && /* it stays as it is */
                            memcmp(once, twice, written) == 0));
    read_members(ti_span(once, written));
    read_envelope(ti_span(once, written));
    return 0;
}
