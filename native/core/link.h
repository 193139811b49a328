/* A link: one WebSocket over one pipe of the port, from dialling to hanging up. It moves bytes and finds messages;
 * lifecycle.c and connection.c know what they mean.
 *
 * Threads: the owner calls everything. Only the send ring is shared, under the device's lock. */
#ifndef TI_CORE_LINK_H
#define TI_CORE_LINK_H

#include "../base/ring.h"
#include "../wire/message.h"
#include "../wire/websocket.h"
#include "context.h"
#include "receive_buffer.h"

enum ti_link_state {
    TI_LINK_CLOSED = 0, /* no pipe; also the state of zeroed memory */
    TI_LINK_DIALING,    /* the pipe is being set up, or the upgrade is under way */
    TI_LINK_OPEN,       /* messages flow both ways */
    TI_LINK_CLOSING,    /* our close frame is queued; received bytes are discarded */
    TI_LINK_BROKEN      /* no more bytes; messages received before may still wait in the buffer */
};

enum ti_link_fault {
    TI_FAULT_NONE = 0,
    TI_FAULT_PORT,      /* the pipe failed; `code` is the port's TIRTC_E_HTTP_* value */
    TI_FAULT_TIMEOUT,   /* no upgrade in time */
    TI_FAULT_STATUS,    /* an HTTP response that is not an upgrade; `code` is its status */
    TI_FAULT_NOT_HTTP,  /* not an HTTP response, or an invalid upgrade */
    TI_FAULT_CLOSED,    /* the other side sent a close frame */
    TI_FAULT_SILENT,    /* no byte was received or sent for silence_ms */
    TI_FAULT_PROTOCOL,  /* the other side violated docs/wire.md */
    TI_FAULT_TOO_LARGE, /* a message above TIRTC_MAX_RECEIVE_BYTES */
    TI_FAULT_MEMORY,
    TI_FAULT_ENTROPY
};

/** Most bytes before the body of a message: a channel byte and a frame header. */
enum { TI_MAX_MESSAGE_HEAD_BYTES = 1 + TI_FRAME_HEADER_BYTES };

/** What a ring must hold beyond the payload of the only message in it. */
enum { TI_MESSAGE_OVERHEAD_BYTES = TI_WS_MAX_HEADER_BYTES + TI_MAX_MESSAGE_HEAD_BYTES };

/* Small members are first in the structures of the core: code for them is shorter. */
typedef struct ti_link {
    enum ti_link_state state;
    enum ti_link_fault fault; /* why it is BROKEN, or will be at the end of the step */
    bool oversized;           /* the receive buffer is larger than most_received needed */
    bool needs_input;         /* no complete message is buffered */
    bool input_pending;       /* reading stopped before the pipe was empty */
    bool send_blocked;        /* the pipe took nothing at the last attempt */
    bool reading_paused;      /* a step did not read, because messages wait for the application */
    int code;
    tirtc_pipe_t *pipe;
    uint32_t keep_alive_ms;
    uint32_t silence_ms;
    uint32_t sent_bytes; /* in total; wraps */
    uint32_t alive_at;   /* when a byte was last received or sent */
    uint32_t ping_at;
    uint32_t deadline_at; /* of the upgrade */
    char *head;           /* the request, until it has been sent */
    size_t head_capacity;
    size_t head_size;
    size_t head_sent;
    size_t ring_capacity;
    ti_ring_t out;
    ti_receive_buffer_t in;
    size_t most_received; /* most bytes in the receive buffer since the last ping */
    ti_span_t location;   /* of a redirect; in the receive buffer */
    char accept_text[TI_WS_ACCEPT_CHARS];
} ti_link_t;

typedef struct ti_dial_options {
    const char *path; /* "/v1/start"; appended to the endpoint's prefix */
    ti_span_t query;  /* an id that is appended to `path` percent-encoded; may be empty */
    ti_span_t suffix; /* of the remote id; appended as a parameter of its own unless it is empty */
    void (*add_headers)(ti_text_t *text, const void *argument); /* add the link's own headers, each with CR LF */
    const void *argument;
    size_t headers_size; /* at least what add_headers writes */
    size_t ring_capacity;
    uint32_t keep_alive_ms;
    uint32_t silence_ms;
} ti_dial_options_t;

/** Dial the endpoint of the options in force. On failure the link is BROKEN with its fault set, at once or later. */
void ti_link_dial(ti_context_t *context, ti_link_t *link, const ti_dial_options_t *options);

/** Move bytes and check the timers. Lowers *budget by the bytes moved.
 *  Returns ms until the next step, as tirtc_device_step(). */
int ti_link_step(ti_context_t *context, ti_link_t *link, uint32_t now, size_t *budget);

/** Take the next whole message; it stays in place until the next step. Answers pings on the way. Returns false if there
 *  is none; none will follow if the link is BROKEN. */
bool ti_link_next_message(ti_context_t *context, ti_link_t *link, ti_span_t *message);

/** Queue a frame, masked, whose payload is `head` (at most TI_MAX_MESSAGE_HEAD_BYTES) and then `body`. `room_bytes` is
 *  how much of the ring this kind of message may fill. The lock is held. Returns false if it does not fit. */
bool ti_link_queue_locked(ti_context_t *context, ti_link_t *link, enum ti_ws_opcode opcode, ti_span_t head,
                          ti_span_t body, size_t room_bytes);

/** Queue a whole message that may use the whole ring. Takes the lock. Returns false if it does not fit. */
bool ti_link_queue(ti_context_t *context, ti_link_t *link, enum ti_ws_opcode opcode, ti_span_t message);

/** Break the link because of what the other side sent. Replaces an earlier fault; the rest of the input is dropped. */
void ti_link_refuse(ti_context_t *context, ti_link_t *link, enum ti_link_fault fault);

/** Queue a close frame if the link is open; discard what arrives from now on.
 *  BROKEN once the other side has closed, too. */
void ti_link_close(ti_context_t *context, ti_link_t *link);

/** Offer what is queued once more, close the pipe, free all memory. Legal in every state; the link is CLOSED then. */
void ti_link_hang_up(ti_context_t *context, ti_link_t *link);

/** Wipe a part of the message taken last: a secret must not stay in the receive buffer. */
void ti_link_wipe(ti_link_t *link, ti_span_t part);

/** Use the service's limits for keep-alive and silence. */
void ti_link_set_limits(ti_context_t *context, ti_link_t *link, const ti_limits_t *limits);

/** Returns the TIRTC_E_* value that a connect reports for this fault when the link never carried anything. */
int ti_link_error(const ti_link_t *link);

/** Returns the fault in words; empty in builds without log lines (TIRTC_MAX_LOG_LEVEL 0). */
ti_span_t ti_link_fault_text(const ti_link_t *link);

#endif
