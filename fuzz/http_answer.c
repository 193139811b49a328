/* The response to a service request, read in pieces: the first byte says how large they are. Pieces do not matter. */
#include "script.h"

#include <string.h>

#include "../native/facade/http_answer.h"
#include "tirtc_errors.h"

static int feed(ti_http_answer_t *answer, ti_span_t input, size_t piece)
{
    int result = 0;
    for (size_t at = 0; at < input.size && result == 0; at += piece) {
        size_t size = input.size - at < piece ? input.size - at : piece;
        result = ti_http_answer_feed(answer, ti_span(input.data + at, size));
    }
    EXPECT(answer->head_size <= TI_HTTP_MAX_HEAD_BYTES && answer->body_size <= TI_HTTP_MAX_BODY_BYTES);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ti_http_answer_t whole, pieces; /* 70 KB each */
    script_t script = {data, size};
    size_t piece = 1 + (size_t)script_u8(&script);
    ti_span_t input = script_bytes(&script, size);
    memset(&whole, 0, sizeof whole);
    memset(&pieces, 0, sizeof pieces);
    int result = ti_http_answer_feed(&whole, input);
    EXPECT(result <= 1 && result == feed(&pieces, input, piece));
    EXPECT(result != 1 || whole.state == TI_HTTP_COMPLETE);
    if (result < 0) {
        return 0;
    }
    int ended = result == 1 ? 1 : ti_http_answer_end(&whole);
    EXPECT(ended == 1 || ended == TIRTC_E_HTTP_PEER_CLOSED);
    EXPECT(result == 1 || ended == ti_http_answer_end(&pieces));
    EXPECT(whole.status == pieces.status && whole.body_size == pieces.body_size);
    EXPECT(memcmp(whole.body, pieces.body, whole.body_size) == 0);
    if (ended == 1) {
        EXPECT(whole.status >= 200 && whole.status <= 999 && whole.body_size <= input.size);
    }
    return 0;
}
