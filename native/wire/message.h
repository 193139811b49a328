/* The messages of tirtc.v1 (docs/wire.md): channels, frame headers, link control. Pure. */
#ifndef TI_WIRE_MESSAGE_H
#define TI_WIRE_MESSAGE_H

#include "../base/bytes.h"
#include "../base/span.h"

enum ti_channel { TI_CHANNEL_COMMAND = 0, TI_CHANNEL_AUDIO = 1, TI_CHANNEL_VIDEO = 2, TI_CHANNEL_CONTROL = 255 };

enum {
    TI_COMMAND_HEADER_BYTES = 4,
    TI_FRAME_HEADER_BYTES = 12,
    TI_NONCE_BYTES = 32,
    TI_MAC_BYTES = 32,
    TI_ACCEPT_KEY_BYTES = 16,
    TI_TICKET_BYTES = 32,
    TI_MAX_SUBJECT_BYTES = 1024,
    TI_MAX_BYE_TEXT_BYTES = 200,
    TI_PROOF_MESSAGE_BYTES = 2 + TI_NONCE_BYTES + TI_MAC_BYTES,
    TI_BUSY_MESSAGE_BYTES = 6,
    TI_MAX_STREAMS = 16
};

typedef struct ti_frame_header {
    uint8_t stream;
    uint8_t media;
    uint8_t flags;
    uint8_t reserved;
    uint32_t ts_ms;
    uint32_t length;
} ti_frame_header_t;

/** Returns the channel that carries a media value, or -1 if it is invalid (128 and above). */
int ti_media_channel(uint8_t media);

/* Inline, so that a caller needs no copy of the header in memory. */
static inline void ti_frame_header_write(uint8_t out[TI_FRAME_HEADER_BYTES], const ti_frame_header_t *header)
{
    out[0] = header->stream;
    out[1] = header->media;
    out[2] = header->flags;
    out[3] = header->reserved;
    ti_put_u32_be(out + 4, header->ts_ms);
    ti_put_u32_be(out + 8, header->length);
}

/** Read the body of a message on channel 1 or 2; `payload` points into it. Returns false if it is too short, the
 *  length is wrong, the stream is above 15, or the media value belongs to the other channel. */
static inline bool ti_frame_read(enum ti_channel channel, ti_span_t body, ti_frame_header_t *header, ti_span_t *payload)
{
    if (body.size < TI_FRAME_HEADER_BYTES) {
        return false;
    }
    header->stream = body.data[0];
    header->media = body.data[1];
    header->flags = body.data[2];
    header->reserved = body.data[3];
    header->ts_ms = ti_get_u32_be(body.data + 4);
    header->length = ti_get_u32_be(body.data + 8);
    *payload = ti_span(body.data + TI_FRAME_HEADER_BYTES, body.size - TI_FRAME_HEADER_BYTES);
    return header->stream < TI_MAX_STREAMS && header->length == payload->size &&
           ti_media_channel(header->media) == (int)channel;
}

enum ti_control_type {
    TI_CONTROL_CHALLENGE = 1,
    TI_CONTROL_PROOF = 2,
    TI_CONTROL_STARTED = 3,
    TI_CONTROL_INCOMING = 4,
    TI_CONTROL_BUSY = 5,
    TI_CONTROL_READY = 6,
    TI_CONTROL_BYE = 7
};

enum ti_bye_reason {
    TI_BYE_REFUSED = 1,
    TI_BYE_REPLACED = 2,
    TI_BYE_PEER_CLOSED = 3,
    TI_BYE_PEER_SILENT = 4,
    TI_BYE_STOPPING = 5,
    TI_BYE_PROTOCOL = 6,
    TI_BYE_OTHER = 7,
    TI_BYE_OFFLINE = 8,
    TI_BYE_FULL = 9,
    TI_BYE_TICKET = 10,
    TI_BYE_TIMEOUT = 11,
    TI_BYE_TOKEN_FORM = 16,
    TI_BYE_TOKEN_ISSUER = 17,
    TI_BYE_TOKEN_DEVICE = 18,
    TI_BYE_TOKEN_SIGNATURE = 19,
    TI_BYE_TOKEN_TARGET = 20,
    TI_BYE_TOKEN_EARLY = 21,
    TI_BYE_TOKEN_EXPIRED = 22,
    TI_BYE_TOKEN_LIFETIME = 23,
    TI_BYE_TOKEN_USED = 24
};

typedef struct ti_limits {
    uint32_t keep_alive_ms;
    uint32_t silence_ms;
    uint32_t max_message_bytes;
} ti_limits_t;

/** A control message from the service. Spans point into the message. */
typedef struct ti_control {
    enum ti_control_type type;
    uint8_t reason;             /* bye: unknown ones are TI_BYE_OTHER */
    const uint8_t *nonce;       /* challenge: 32 bytes */
    const uint8_t *mac;         /* started: 32 bytes */
    ti_limits_t limits;         /* started, ready */
    uint32_t connection;        /* incoming */
    const uint8_t *key;         /* incoming: 16 bytes */
    ti_span_t subject;          /* incoming */
    uint32_t ticket_lifetime_s; /* ready */
    ti_span_t ticket;           /* ready: 0 or 32 bytes */
    ti_span_t text;             /* bye */
} ti_control_t;

/** Read the body of a control message that a service may send. Returns 1; 0 if the type is unknown (ignore it); -1
 *  if it is malformed or of a type that only devices send. Limits below 1 ms or 64 message bytes are malformed. */
int ti_control_read(ti_span_t body, ti_control_t *control);

/** Write a whole proof message, channel byte included. */
void ti_proof_write(uint8_t out[TI_PROOF_MESSAGE_BYTES], const uint8_t nonce[TI_NONCE_BYTES],
                    const uint8_t mac[TI_MAC_BYTES]);

/** Write a whole busy message, channel byte included. */
void ti_busy_write(uint8_t out[TI_BUSY_MESSAGE_BYTES], uint32_t connection);

#endif
