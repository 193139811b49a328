/* The received bytes of a link: it turns WebSocket frames into whole messages, in place. It starts small, grows for a
 * larger message, and shrinks when idle. It does no I/O: the link reads into it and gives it memory. */
#ifndef TI_CORE_RECEIVE_BUFFER_H
#define TI_CORE_RECEIVE_BUFFER_H

#include "../wire/websocket.h"

typedef struct ti_receive_buffer {
    uint8_t *data;
    size_t capacity;
    size_t start;     /* of the message being assembled, or of the next frame */
    size_t assembled; /* its payload bytes so far, if it is fragmented */
    size_t parsed;    /* where the next frame header begins */
    size_t end;       /* of the received bytes */
    size_t wanted;    /* the capacity that the incomplete frame needs; 0 if unknown */
    bool fragmented;  /* a fragmented message is incomplete */
} ti_receive_buffer_t;

enum ti_frame_verdict {
    TI_FRAME_INCOMPLETE, /* `wanted` is the capacity that it needs */
    TI_FRAME_FRAGMENT,   /* added to the message; take the next frame */
    TI_FRAME_MESSAGE,    /* `payload` is a whole message */
    TI_FRAME_CONTROL,    /* `payload` belongs to a ping, pong or close, see `opcode` */
    TI_FRAME_TOO_LARGE,
    TI_FRAME_MALFORMED
};

typedef struct ti_received_frame {
    enum ti_ws_opcode opcode;
    ti_span_t payload;
} ti_received_frame_t;

/** Take the next frame. Payloads stay valid until the buffer is compacted or moved. */
enum ti_frame_verdict ti_receive_buffer_next(ti_receive_buffer_t *buffer, size_t max_message_bytes,
                                             ti_received_frame_t *frame);

/** Returns the bytes that can be received at data + end without moving anything. */
static inline size_t ti_receive_buffer_room(const ti_receive_buffer_t *buffer)
{
    return buffer->capacity - buffer->end;
}

/** Returns true if the wanted bytes fit behind the buffered ones without moving them. */
bool ti_receive_buffer_fits(const ti_receive_buffer_t *buffer);

/** Move the buffered bytes to the front. */
void ti_receive_buffer_compact(ti_receive_buffer_t *buffer);

/** Move the buffered bytes to another block. Returns the old block, which the caller frees. */
uint8_t *ti_receive_buffer_move(ti_receive_buffer_t *buffer, uint8_t *block, size_t capacity);

/** Drop the buffered bytes; the memory stays. */
void ti_receive_buffer_clear(ti_receive_buffer_t *buffer);

#endif
