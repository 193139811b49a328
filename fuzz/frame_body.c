/* Media and messages: a channel byte, then the body. */
#include "fuzz.h"

#include <string.h>

#include "../native/wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    ti_span_t body = ti_span(data + 1, size - 1);
    ti_frame_header_t header;
    ti_span_t payload;
    if (!ti_frame_read((enum ti_channel)data[0], body, &header, &payload)) {
        return 0;
    }
    uint8_t written[TI_FRAME_HEADER_BYTES];
    ti_frame_header_write(written, &header);
    EXPECT(memcmp(written, body.data, sizeof written) == 0);
    EXPECT(header.stream < TI_MAX_STREAMS && ti_media_channel(header.media) == data[0]);
    EXPECT(payload.data == body.data + sizeof written && payload.size == body.size - sizeof written);
    return 0;
}
