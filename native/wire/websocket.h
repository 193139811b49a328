/* WebSocket, the client's side (RFC 6455): handshake text, frame headers, masking. Pure functions over bytes. */
#ifndef TI_WIRE_WEBSOCKET_H
#define TI_WIRE_WEBSOCKET_H

#include "../base/text.h"

enum {
    TI_WS_KEY_BYTES = 16,
    TI_WS_KEY_CHARS = 24,            /* base64 of the key (4.1) */
    TI_WS_ACCEPT_CHARS = 28,         /* base64 of a SHA-1 digest (4.2.2) */
    TI_WS_MAX_RESPONSE_BYTES = 4096, /* docs/wire.md section 1 */
    TI_WS_MAX_HEADER_BYTES = 14,     /* 2 + 8 of length + 4 of mask (5.2) */
    TI_WS_MAX_CONTROL_BYTES = 125    /* 5.5 */
};

enum ti_ws_opcode {
    TI_WS_CONTINUATION = 0,
    TI_WS_TEXT = 1,
    TI_WS_BINARY = 2,
    TI_WS_CLOSE = 8,
    TI_WS_PING = 9,
    TI_WS_PONG = 10
};

/** Add the handshake lines that every upgrade has: Upgrade, Connection, Sec-WebSocket-Key, -Version, -Protocol
 *  tirtc.v1. Each ends in CR LF; the caller writes the request line and Host before them, other headers and the
 *  empty line after them. key_text is 16 random bytes in base64, new for every handshake. */
void ti_ws_add_upgrade_headers(ti_text_t *text, const char key_text[TI_WS_KEY_CHARS]);

/** The response to an upgrade request. */
typedef struct ti_ws_response {
    int status;         /* 100..599 */
    bool upgraded;      /* 101 with the right Upgrade, Connection, Accept and Protocol */
    ti_span_t location; /* of a redirect (3xx); empty if there is none. Points into the input */
} ti_ws_response_t;

/** Read a response head. accept_text is the Sec-WebSocket-Accept that belongs to the key that was sent
 *  (ti_ws_accept_text()). Not an HTTP response: another version than HTTP/1.0 or 1.1, a status outside 100..599,
 *  obsolete line folding, a control byte (a bare CR or LF too; tabs pass), a line without a name and a colon, a head
 *  of more than 4096 bytes. Not an upgrade: HTTP/1.0, a 101 that selects an extension or another subprotocol, or that
 *  names Upgrade, Accept or Protocol twice. An error is reported as soon as it can be seen; `response` is valid
 *  when the head is complete. Returns the bytes of the head, the empty line included; 0 when more are needed;
 *  -1 if it is not an HTTP response. */
int ti_ws_read_response(ti_span_t input, const char accept_text[TI_WS_ACCEPT_CHARS], ti_ws_response_t *response);

typedef struct ti_ws_header {
    bool final;
    enum ti_ws_opcode opcode;
    uint64_t payload_size;
} ti_ws_header_t;

/** Read the header of a frame from a server. Refused (-1): reserved bits, unknown opcodes, a mask, lengths not in their
 *  shortest form or with the top bit, control frames that are fragmented or longer than 125.
 *  Returns its bytes (2..10), 0 when more are needed, or -1. */
int ti_ws_read_header(ti_span_t input, ti_ws_header_t *header);

/** Returns the bytes of the header that a client writes for this much payload: 6, 8 or 14. */
int ti_ws_header_size(size_t payload_size);

/** Write a final frame's header with its mask key. Returns ti_ws_header_size(). */
int ti_ws_write_header(uint8_t *out, enum ti_ws_opcode opcode, size_t payload_size, const uint8_t mask[4]);

/** Copy `size` bytes, XORed with the mask; `offset` payload bytes were masked before (only its two low bits matter).
 *  `out` may be `in`. Fast for any alignment. */
void ti_ws_mask(uint8_t *out, const uint8_t *in, size_t size, const uint8_t mask[4], size_t offset);

#endif
