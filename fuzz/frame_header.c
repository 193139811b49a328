/* WebSocket frame headers: a header that is read and written again is the same, except for the mask. */
#include "fuzz.h"

#include <string.h>

#include "../native/wire/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t mask[4] = {0};
    ti_ws_header_t header;
    int read = ti_ws_read_header(ti_span(data, size), &header);
    EXPECT(read >= -1 && read <= 10 && (read < 0 || (size_t)read <= size));
    EXPECT(read != 0 || size < 10);
    if (read <= 0) {
        return 0;
    }
    EXPECT(header.payload_size <= INT64_MAX);
    EXPECT(header.opcode < TI_WS_CLOSE || (header.final && header.payload_size <= TI_WS_MAX_CONTROL_BYTES));
    if (header.payload_size <= SIZE_MAX) {
        uint8_t written[TI_WS_MAX_HEADER_BYTES];
        int wrote = ti_ws_write_header(written, header.opcode, (size_t)header.payload_size, mask);
        EXPECT(wrote == read + 4);
        written[0] = (uint8_t)(header.final ? written[0] : written[0] & 0x7f);
        written[1] &= 0x7f;
        EXPECT(memcmp(written, data, (size_t)read) == 0);
    }
    return 0;
}
