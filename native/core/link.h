/* A link: one WebSocket over one pipe of the port, from dialling to hanging up. It moves bytes and finds messages; what
 * they mean is for lifecycle.c and connection.c. Another kind of link (a data channel) would have these same functions.
 *
 * Threads: the owner calls everything; the send ring alone is shared, and is touched under the device's lock. */
#ifndef TI_CORE_LINK_H
#define TI_CORE_LINK_H

#include "../base/ring.h"
#include "../wire/message.h"
#include "../wire/websocket.h"
#include "receive_buffer.h"
#include "tirtc_device.h"

enum ti_link_state {
    TI_LINK_CLOSED = 0, /* nothing there; also the state of zeroed memory */
    TI_LINK_DIALING,    /* the pipe is coming up, or the upgrade is under way */
    TI_LINK_OPEN,       /* messages both ways */
    TI_LINK_CLOSING,    /* our close frame is queued; what arrives is thrown away */
    TI_LINK_BROKEN      /* no more bytes; messages received before may be waiting */
};

enum ti_link_fault {
    TI_FAULT_NONE = 0,
    TI_FAULT_PORT,      /* the pipe died; `code` is the port's TIRTC_E_HTTP_* value */
    TI_FAULT_TIMEOUT,   /* no upgrade in time */
    TI_FAULT_STATUS,    /* an HTTP answer that is no upgrade; `code` is its status */
    TI_FAULT_NOT_HTTP,  /* an answer that is no HTTP, or a false upgrade */
    TI_FAULT_CLOSED,    /* a close frame from the other side */
    TI_FAULT_SILENT,    /* nothing came and nothing left for silence_ms */
    TI_FAULT_PROTOCOL,  /* the other side broke docs/wire.md */
    TI_FAULT_TOO_LARGE, /* a message above TIRTC_MAX_RECEIVE_BYTES */
    TI_FAULT_MEMORY,
    TI_FAULT_ENTROPY
};

/** Most bytes that may stand before the body of a message: a channel byte and a frame header. */
enum { TI_MAX_MESSAGE_HEAD_BYTES = 1 + TI_FRAME_HEADER_BYTES };

/** What a ring must hold beyond the payload of the one message in it. */
enum { TI_MESSAGE_OVERHEAD_BYTES = TI_WS_MAX_HEADER_BYTES + TI_MAX_MESSAGE_HEAD_BYTES };

typedef struct ti_link {
    enum ti_link_state state;
    enum ti_link_fault fault;
    int code;
    tirtc_pipe_t *pipe;
    char *head; /* the request, until it has left */
    size_t head_capacity;
    size_t head_size;
    size_t head_sent;
    char accept_text[TI_WS_ACCEPT_CHARS];
    ti_span_t location; /* of a redirect; in the receive buffer */
    size_t ring_capacity;
    ti_ring_t out;
    ti_receive_buffer_t in;
    size_t most_received; /* bytes that stood in it at once since the last ping */
    bool oversized;       /* it is larger than that called for */
    bool hungry;          /* every whole message has been taken: read on */
    bool unread;          /* reading stopped before the pipe was empty */
    bool blocked;         /* the pipe took nothing when it was last offered something */
    bool stalled;         /* a step did not read, because messages were waiting for the application */
    uint32_t keep_alive_ms;
    uint32_t silence_ms;
    uint32_t sent_bytes; /* in all; wraps */
    uint32_t alive_at;   /* when a byte last came or left */
    uint32_t ping_at;
    uint32_t deadline_at; /* of the upgrade */
} ti_link_t;

/** What a dial needs. */
typedef struct ti_dial_options {
    const char *path; /* "/v1/start"; comes behind the endpoint's prefix */
    ti_span_t query;  /* an id that is percent-encoded behind `path`; may be empty */
    void (*add_headers)(ti_text_t *text, const void *argument); /* the link's own headers, each with CR LF */
    const void *argument;
    size_t headers_size; /* at least what add_headers writes */
    size_t ring_capacity;
    uint32_t keep_alive_ms;
    uint32_t silence_ms;
} ti_dial_options_t;

/** Begin. On failure the link is BROKEN with its fault set, as it is when the failure comes later. */
void ti_link_dial(tirtc_device_t *device, ti_link_t *link, const ti_dial_options_t *dial);

/** Move bytes, watch the time. Lowers *budget by the bytes moved.
 *  Returns ms until it wants to be stepped again, as tirtc_device_step(). */
int ti_link_step(tirtc_device_t *device, ti_link_t *link, uint32_t now, size_t *budget);

/** Take the next whole message, which stays where it is until the next step. Answers pings on the way. Returns false
 *  when there is none; if the link is BROKEN, none will come. */
bool ti_link_next_message(tirtc_device_t *device, ti_link_t *link, ti_span_t *message);

/** Queue a frame whose payload is `head` (at most TI_MAX_MESSAGE_HEAD_BYTES) and then `body`, masked. `room_bytes` is
 *  how much of the ring this kind of message may fill. The device's lock is held. Returns false when it does not
 *  fit. */
bool ti_link_queue_locked(tirtc_device_t *device, ti_link_t *link, enum ti_ws_opcode opcode, ti_span_t head,
                          ti_span_t body, size_t room_bytes);

/** The same for a whole message that may use the whole ring, with the lock taken inside. For the owner. */
bool ti_link_queue(tirtc_device_t *device, ti_link_t *link, enum ti_ws_opcode opcode, ti_span_t message);

/** Something ended it: no more bytes. */
void ti_link_break(ti_link_t *link, enum ti_link_fault fault, int code);

/** The other side broke the protocol: nothing that it sent behind that is taken. */
void ti_link_refuse(ti_link_t *link, enum ti_link_fault fault);

/** Queue a close frame; from now on throw away what arrives. BROKEN when the other side has closed too. */
void ti_link_close(tirtc_device_t *device, ti_link_t *link, uint16_t close_code);

/** Offer what is queued once more, end the pipe, free all memory. Legal in every state; leaves CLOSED. */
void ti_link_hang_up(tirtc_device_t *device, ti_link_t *link);

/** Wipe a part of the message taken last: it was secret, and the memory it came in outlives it. */
void ti_link_wipe(ti_link_t *link, ti_span_t part);

/** Take over what the service says about this link's liveness. */
void ti_link_set_limits(tirtc_device_t *device, ti_link_t *link, const ti_limits_t *limits);

/** Returns the TIRTC_E_* value that a connect reports for this fault when the link never carried anything. */
int ti_link_error(const ti_link_t *link);

/** The fault in words. */
ti_span_t ti_link_fault_text(const ti_link_t *link);

/** The close code that tells the other side of this link's fault. */
uint16_t ti_link_close_code(const ti_link_t *link);

#endif
