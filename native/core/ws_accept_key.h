/* The part of the WebSocket handshake that needs a digest. */
#ifndef TI_CORE_WS_ACCEPT_KEY_H
#define TI_CORE_WS_ACCEPT_KEY_H

#include "../wire/websocket.h"

/** Write the Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 4.2.2): base64 of SHA-1 over the key's text and a
 *  fixed GUID. Both without NUL. */
void ti_ws_accept_text(const char key_text[TI_WS_KEY_CHARS], char accept_text[TI_WS_ACCEPT_CHARS]);

#endif
