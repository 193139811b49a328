/* The answer to an upgrade. The first byte says where the input is cut for an early read. */
#include "fuzz.h"

#include "../native/wire/websocket.h"

static const char accept_text[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    ti_span_t input = ti_span(data + 1, size - 1);
    ti_ws_response_t response, early;
    int head = ti_ws_read_response(input, accept_text, &response);
    EXPECT(head >= -1 && head <= TI_WS_MAX_RESPONSE_BYTES && head <= (int)input.size);

    size_t cut = input.size * data[0] / 256;
    int first_look = ti_ws_read_response(ti_span(input.data, cut), accept_text, &early);
    EXPECT(first_look == 0 || first_look == head); /* a result does not change when more bytes follow */
    EXPECT(head <= 0 || first_look == (cut < (size_t)head ? 0 : head));

    if (head > 0) {
        EXPECT(response.status >= 100 && response.status <= 599);
        EXPECT(!response.upgraded || response.status == 101);
        EXPECT(is_within(response.location, ti_span(input.data, (size_t)head)));
        for (size_t i = 0; i < response.location.size; i++) {
            EXPECT(response.location.data[i] != '\r' && response.location.data[i] != '\n');
        }
    }
    return 0;
}
