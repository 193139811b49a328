#include "receive_buffer.h"

#include <string.h>

static enum ti_frame_verdict take_control(ti_receive_buffer_t *buffer, size_t frame_end)
{
    buffer->parsed = frame_end;
    if (!buffer->fragmented) {
        buffer->start = frame_end;
    }
    return TI_FRAME_CONTROL;
}

/* A message in one frame is used in place. The fragments of another one are joined at `start`. */
static enum ti_frame_verdict take_data(ti_receive_buffer_t *buffer, const ti_ws_header_t *header, size_t payload_at,
                                       ti_received_frame_t *frame)
{
    size_t size = (size_t)header->payload_size;
    size_t frame_end = payload_at + size;
    buffer->parsed = frame_end;
    if (header->final && !buffer->fragmented) {
        buffer->start = frame_end;
        frame->payload = ti_span(buffer->data + payload_at, size);
        return TI_FRAME_MESSAGE;
    }
    memmove(buffer->data + buffer->start + buffer->assembled, buffer->data + payload_at, size);
    buffer->assembled += size;
    buffer->fragmented = !header->final;
    if (!header->final) {
        return TI_FRAME_FRAGMENT;
    }
    frame->opcode = TI_WS_BINARY;
    frame->payload = ti_span(buffer->data + buffer->start, buffer->assembled);
    buffer->start = frame_end;
    buffer->assembled = 0;
    return TI_FRAME_MESSAGE;
}

enum ti_frame_verdict ti_receive_buffer_next(ti_receive_buffer_t *buffer, size_t max_message_bytes,
                                             ti_received_frame_t *frame)
{
    ti_ws_header_t header;
    size_t received = buffer->end - buffer->parsed;
    buffer->wanted = 0;
    int header_size = ti_ws_read_header(ti_span(buffer->data + buffer->parsed, received), &header);
    if (header_size < 0) {
        return TI_FRAME_MALFORMED;
    }
    if (header_size == 0) {
        buffer->wanted = buffer->assembled + TI_WS_MAX_HEADER_BYTES;
        return TI_FRAME_INCOMPLETE;
    }
    bool control = header.opcode >= TI_WS_CLOSE;
    if (!control && (header.opcode == TI_WS_CONTINUATION) != buffer->fragmented) {
        return TI_FRAME_MALFORMED;
    }
    if (header.opcode == TI_WS_TEXT) {
        return TI_FRAME_MALFORMED;
    }
    if (!control && header.payload_size > max_message_bytes - buffer->assembled) {
        return TI_FRAME_TOO_LARGE;
    }
    size_t frame_size = (size_t)header_size + (size_t)header.payload_size;
    if (received < frame_size) {
        buffer->wanted = buffer->assembled + frame_size;
        return TI_FRAME_INCOMPLETE;
    }
    size_t payload_at = buffer->parsed + (size_t)header_size;
    frame->opcode = header.opcode;
    if (control) {
        frame->payload = ti_span(buffer->data + payload_at, (size_t)header.payload_size);
        return take_control(buffer, buffer->parsed + frame_size);
    }
    return take_data(buffer, &header, payload_at, frame);
}

/* The headers of joined fragments are between the message so far and the next frame: they are dropped, too. */
static void move_to(ti_receive_buffer_t *buffer, uint8_t *block)
{
    size_t unparsed = buffer->end - buffer->parsed;
    if (buffer->assembled > 0) {
        memmove(block, buffer->data + buffer->start, buffer->assembled);
    }
    if (unparsed > 0) {
        memmove(block + buffer->assembled, buffer->data + buffer->parsed, unparsed);
    }
    buffer->start = 0;
    buffer->parsed = buffer->assembled;
    buffer->end = buffer->assembled + unparsed;
}

bool ti_receive_buffer_fits(const ti_receive_buffer_t *buffer)
{
    size_t used_up = buffer->parsed - buffer->assembled;
    return buffer->end > buffer->parsed && ti_receive_buffer_room(buffer) > 0 &&
           used_up + buffer->wanted <= buffer->capacity;
}

void ti_receive_buffer_compact(ti_receive_buffer_t *buffer)
{
    move_to(buffer, buffer->data);
}

uint8_t *ti_receive_buffer_move(ti_receive_buffer_t *buffer, uint8_t *block, size_t capacity)
{
    uint8_t *old = buffer->data;
    move_to(buffer, block);
    buffer->data = block;
    buffer->capacity = capacity;
    return old;
}

void ti_receive_buffer_clear(ti_receive_buffer_t *buffer)
{
    buffer->start = buffer->assembled = buffer->parsed = buffer->end = buffer->wanted = 0;
    buffer->fragmented = false;
}
