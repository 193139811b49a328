/* Received bytes of a link: WebSocket frames in, whole messages out, in place. Starts small, grows once for a larger
 * message, shrinks when idle. Pure of I/O: the link reads into it and gives it memory. */
#ifndef TI_CORE_RECEIVE_BUFFER_H
#define TI_CORE_RECEIVE_BUFFER_H

#include "../wire/websocket.h"

typedef struct ti_receive_buffer {
    uint8_t *data;
    size_t capacity;
    size_t start;     /* of the message being put together, or of the next frame */
    size_t assembled; /* its payload bytes so far, when it comes in fragments */
    size_t parsed;    /* where the next frame header begins */
    size_t end;       /* of what was received */
    size_t wanted;    /* the least capacity that can take the frame under way; 0 when nobody knows */
    bool fragmented;  /* a message has begun and not ended */
} ti_receive_buffer_t;

enum ti_frame_verdict {
    TI_FRAME_INCOMPLETE, /* `wanted` says how much is needed */
    TI_FRAME_FRAGMENT,   /* taken in; go on */
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

/** Bytes that can be received at data + end without moving anything. */
static inline size_t ti_receive_buffer_room(const ti_receive_buffer_t *buffer)
{
    return buffer->capacity - buffer->end;
}

/** True when what is wanted can be received behind what is there, as it lies. */
bool ti_receive_buffer_fits(const ti_receive_buffer_t *buffer);

/** Move what is there to the front. */
void ti_receive_buffer_compact(ti_receive_buffer_t *buffer);

/** Move what is there to another block. Returns the old one, of the old capacity, for the caller to free. */
uint8_t *ti_receive_buffer_move(ti_receive_buffer_t *buffer, uint8_t *block, size_t capacity);

/** Forget what is there; the memory stays. */
void ti_receive_buffer_clear(ti_receive_buffer_t *buffer);

#endif
