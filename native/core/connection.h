/* One peer on one link: from the request to connect, or the service's announcement of a caller, until it is gone. */
#ifndef TI_CORE_CONNECTION_H
#define TI_CORE_CONNECTION_H

#include "bitrate.h"
#include "link.h"
#include "tirtc_device.h"

enum ti_connection_state {
    TI_ASKED = 0, /* a connect reserved it; the owner has not dialled yet */
    TI_REACHING,  /* its link is being set up */
    TI_WAITING,   /* the link is up: waiting for the service's `ready` */
    TI_UP,
    TI_FAILED,   /* failed; only disconnect() is allowed */
    TI_DRAINING, /* disconnected: queued bytes are still being sent */
    TI_GONE,     /* over; events may still be pending */
};

enum { TI_PROBE_BYTES = 8, TI_REASON_TEXT_BYTES = 96 };

typedef struct ti_connection {
    struct ti_connection *next; /* in a list of connections */
    struct ti_connection_table *table;
    tirtc_connection_t handle;

    /* Shared, under the device's lock. `state` is written by the owner alone. */
    enum ti_connection_state state;
    bool ending;            /* disconnect was called */
    bool paused;            /* the program wants no messages now */
    uint16_t audio_streams; /* bits: streams that carry audio, or video */
    uint16_t video_streams;
    uint16_t flowing_streams; /* bits: video streams that may continue without a key frame */

    /* The owner's, small. */
    bool outgoing;
    bool by_ticket;
    bool probe_out;   /* the echo of `probe` has not arrived */
    bool heard_audio; /* the peer sent some */
    bool heard_video;
    uint8_t reason;
    uint8_t remote_id_size;
    uint8_t suffix_size; /* of the remote id; behind the credential */
    uint8_t reason_text_size;
    uint16_t http_status; /* of the response that refused the upgrade, or 0 */

    /* Shared. */
    int error; /* why it failed */
    uint32_t max_send_buffer_bytes;
    uint32_t peer_max_message_bytes;
    TiRtcConnStats stats;
    ti_bitrate_t *bitrate; /* NULL until the program wants recommendations */

    /* The owner's. */
    uint32_t epoch;          /* the start it belongs to */
    unsigned pending_events; /* bits: events that have not been reported yet */
    uint32_t deadline_at;    /* of the attempt, or of the draining */
    uint32_t probe_at;       /* when the next probe is due */
    void *user;              /* given to connect() */
    char *credential;        /* a token (credential_size), or a ticket (TI_TICKET_BYTES); wiped when no longer needed */
    size_t credential_size;
    char *subject; /* of the caller's token */
    size_t subject_size;
    ti_link_t link;
    uint8_t probe[TI_PROBE_BYTES]; /* the round-trip probe that was sent last */
    char remote_id[TI_MAX_ID_BYTES];
    uint8_t accept_key[TI_ACCEPT_KEY_BYTES];
    uint8_t accept_mac[TI_MAC_BYTES];
    char reason_text[TI_REASON_TEXT_BYTES];
} ti_connection_t;

/** Bytes of the send ring that the program's messages may fill. */
static inline size_t ti_connection_room(const ti_connection_t *connection)
{
    return (size_t)connection->max_send_buffer_bytes + TI_MESSAGE_OVERHEAD_BYTES;
}

/** True when the connection can be freed: it is gone, and every event was reported. */
static inline bool ti_connection_is_over(const ti_connection_t *connection)
{
    return connection->state == TI_GONE && connection->pending_events == 0;
}

/** Advance it, as tirtc_device_step() does the device. It may be over afterwards: see ti_connection_is_over(). */
int ti_connection_step(ti_context_t *context, ti_connection_t *connection, uint32_t now, size_t *budget);

/** Fail it with an error, as a peer or the network would: CONNECTED or FAILED will be reported. `text` is the service's
 *  reason, or empty. */
void ti_connection_fail(ti_context_t *context, ti_connection_t *connection, int error, uint8_t reason, ti_span_t text);

/** Carry out the program's disconnect. */
void ti_connection_end(ti_context_t *context, ti_connection_t *connection);

/** Take its next event that is not a message. Returns false if there is none. */
bool ti_connection_next_event(ti_context_t *context, ti_connection_t *connection, tirtc_event_t *event);

/** Take its next received message as an event. Returns false if there is none now. */
bool ti_connection_next_message(ti_context_t *context, ti_connection_t *connection, tirtc_event_t *event);

#endif
