#include "ws_accept_key.h"

#include <string.h>

#include "../crypto/crypto.h"

static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455 1.3 */

void ti_ws_accept_text(const char key_text[TI_WS_KEY_CHARS], char accept_text[TI_WS_ACCEPT_CHARS])
{
    uint8_t input[TI_WS_KEY_CHARS + sizeof guid - 1];
    uint8_t digest[TI_SHA1_BYTES];
    memcpy(input, key_text, TI_WS_KEY_CHARS);
    memcpy(input + TI_WS_KEY_CHARS, guid, sizeof guid - 1);
    ti_sha1(ti_span(input, sizeof input), digest);
    ti_base64_encode(ti_span(digest, sizeof digest), accept_text);
}
