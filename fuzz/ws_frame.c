/* Writing WebSocket frames: what is written reads back the same, at any size, offset and alignment. */
#include "script.h"

#include <string.h>

#include "../native/base/bytes.h"
#include "../native/wire/websocket.h"

enum { MOST_BYTES = 300 };

static void check_header(script_t *script)
{
    static const enum ti_ws_opcode opcodes[] = {TI_WS_BINARY, TI_WS_TEXT, TI_WS_CONTINUATION,
                                                TI_WS_CLOSE,  TI_WS_PING, TI_WS_PONG};
    uint8_t out[TI_WS_MAX_HEADER_BYTES];
    uint8_t mask[4];
    ti_ws_header_t header;
    enum ti_ws_opcode opcode = SCRIPT_PICK(script, opcodes);
    size_t payload_size = script_u32(script) >> (script_u8(script) % 32);
    if (opcode >= TI_WS_CLOSE) {
        payload_size %= TI_WS_MAX_CONTROL_BYTES + 1;
    }
    ti_put_u32_be(mask, script_u32(script));
    int size = ti_ws_write_header(out, opcode, payload_size, mask);
    EXPECT(size == ti_ws_header_size(payload_size) && (out[1] & 0x80) != 0);
    EXPECT(memcmp(out + size - 4, mask, 4) == 0);
    out[1] &= 0x7f; /* as a server would write it */
    EXPECT(ti_ws_read_header(ti_span(out, (size_t)size - 4), &header) == size - 4);
    EXPECT(header.final && header.opcode == opcode && header.payload_size == payload_size);
}

static void check_mask(script_t *script)
{
    uint8_t in[MOST_BYTES + 8];
    uint8_t out[MOST_BYTES + 16];
    uint8_t mask[4];
    size_t from = script_u8(script) % 8;
    size_t to = script_u8(script) % 8;
    size_t offset = script_u8(script);
    bool in_place = (script_u8(script) & 1) != 0;
    size_t size = script_u16(script) % MOST_BYTES;
    uint8_t seed = script_u8(script);
    ti_put_u32_be(mask, script_u32(script));
    for (size_t i = 0; i < size; i++) {
        in[from + i] = (uint8_t)(seed + 31 * i);
    }
    memset(out, 0xa5, sizeof out);
    uint8_t *result = in_place ? in + from : out + to;
    ti_ws_mask(result, in + from, size, mask, offset);
    for (size_t i = 0; i < size; i++) {
        EXPECT(result[i] == (uint8_t)((uint8_t)(seed + 31 * i) ^ mask[(offset + i) % 4]));
    }
    EXPECT(in_place || (out[to + size] == 0xa5 && (to == 0 || out[to - 1] == 0xa5)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    script_t script = {data, size};
    while (script_more(&script)) {
        if ((script_u8(&script) & 1) != 0) {
            check_mask(&script);
        } else {
            check_header(&script);
        }
    }
    return 0;
}
