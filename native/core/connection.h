/* One peer on one link: from the wish to connect, or the service's word that somebody calls, to gone. */
#ifndef TI_CORE_CONNECTION_H
#define TI_CORE_CONNECTION_H

#include "bitrate.h"
#include "link.h"
#include "ticket.h"

enum ti_connection_state {
    TI_ASKED = 0, /* a connect reserved it; the owner has not dialled yet */
    TI_REACHING,  /* its link is coming up */
    TI_WAITING,   /* the link is up: waiting for the service's `ready` */
    TI_UP,
    TI_FAILED,   /* only Disconnect is of use */
    TI_DRAINING, /* disconnected: what was queued is leaving */
    TI_GONE,     /* over; news may be left to tell */
};

enum { TI_PROBE_BYTES = 8, TI_REASON_TEXT_BYTES = 96 };

typedef struct ti_connection {
    struct ti_connection *next; /* in the owner's list, or in arrivals */
    tirtc_connection_t handle;

    /* Shared, under the device's lock. `state` is written by the owner alone. */
    enum ti_connection_state state;
    int error;   /* of a failed one */
    bool ending; /* disconnect was called */
    bool held;   /* the program wants no messages now */
    void *user_data;
    uint32_t max_send_buffer_bytes;
    uint32_t peer_max_message_bytes;
    uint16_t audio_streams; /* bits: streams that carry audio, or video */
    uint16_t video_streams;
    uint16_t flowing_streams; /* video streams that need no key frame next */
    TiRtcConnStats stats;
    ti_bitrate_t *bitrate; /* NULL until the program wants recommendations */

    /* The owner's. */
    bool outgoing;
    uint32_t epoch; /* the start it belongs to */
    ti_link_t link;
    unsigned news;
    uint8_t reason;
    uint16_t http_status; /* that was the answer to the upgrade, or 0 */
    uint32_t deadline_at; /* of the attempt, or of the draining */
    void *user;           /* of the connect */
    uint8_t remote_id_size;
    char remote_id[TI_MAX_ID_BYTES];
    char *credential; /* a token (credential_size), or a ticket (TI_TICKET_BYTES); wiped when no longer of use */
    size_t credential_size;
    bool by_ticket;
    uint8_t accept_key[TI_ACCEPT_KEY_BYTES];
    uint8_t accept_mac[TI_MAC_BYTES];
    char *subject; /* of the caller's token */
    size_t subject_size;
    char reason_text[TI_REASON_TEXT_BYTES];
    uint8_t reason_text_size;
    uint8_t probe[TI_PROBE_BYTES]; /* the round-trip probe that is on its way */
    bool probe_out;
    bool heard_audio; /* the peer sent some */
    bool heard_video;
    uint32_t probe_at; /* when it left, or when the next one leaves */
} ti_connection_t;

/** The connections by the slot of their handle; NULL is a free slot. Read and written under the lock. */
typedef struct ti_table {
    ti_connection_t **slots;
    size_t capacity;
} ti_table_t;

/** Returns the connection with this handle, or NULL. The lock is held; the result is valid only while it is. */
ti_connection_t *ti_connection_find(tirtc_device_t *device, tirtc_connection_t handle);

/** The connection if it can carry something now; else NULL and *error. The lock is held. */
ti_connection_t *ti_connection_find_up(tirtc_device_t *device, tirtc_connection_t handle, int *error);

/** Somebody calls (control message `incoming`). */
void ti_connection_incoming(tirtc_device_t *device, const ti_control_t *control);

/** As tirtc_device_step(), for one connection. It may be GONE and without news afterwards: see ti_connection_is_over().
 */
int ti_connection_step(tirtc_device_t *device, ti_connection_t *connection, uint32_t now, size_t *budget);

/** End it with an error, as a peer or the network would: CONNECTED or FAILED is told. `text` is the service's, maybe
 *  empty. */
void ti_connection_fail(tirtc_device_t *device, ti_connection_t *connection, int error, uint8_t reason, ti_span_t text);

/** What its program called disconnect for. */
void ti_connection_end(tirtc_device_t *device, ti_connection_t *connection);

/** The next news of this connection. Returns false when there is none. */
bool ti_connection_next_news(tirtc_device_t *device, ti_connection_t *connection, tirtc_event_t *event);

/** The next event out of its received messages. Returns false when there is none now. */
bool ti_connection_next_message(tirtc_device_t *device, ti_connection_t *connection, tirtc_event_t *event);

static inline bool ti_connection_is_over(const ti_connection_t *connection)
{
    return connection->state == TI_GONE && connection->news == 0;
}

/* connection_table.c */

/** A zeroed connection that is in no list yet, or NULL without memory. Thread: any. */
ti_connection_t *ti_connection_make(tirtc_device_t *device, bool outgoing);

/** Give it a handle. Takes the lock; grows the table when it must. Returns 0 with the lock held, or
 *  TIRTC_E_LACK_OF_RESOURCE without it. Thread: any. */
int ti_connection_enter(tirtc_device_t *device, ti_connection_t *connection);

/** Invalidate its handle. */
void ti_connection_forget_handle(tirtc_device_t *device, ti_connection_t *connection);

/** Same, with the lock held. */
void ti_connection_forget_handle_locked(tirtc_device_t *device, ti_connection_t *connection);

/** Append to the owner's list. */
void ti_connection_adopt(tirtc_device_t *device, ti_connection_t *connection);

/** Take it out of the owner's list, where it stands behind `previous` (NULL: first). */
void ti_connection_leave(tirtc_device_t *device, ti_connection_t *previous, ti_connection_t *connection);

/** Wipe and free its token or ticket. */
void ti_connection_drop_credential(tirtc_device_t *device, ti_connection_t *connection);

/** Free it and invalidate its handle. It is in no list, and its link is closed. */
void ti_connection_free(tirtc_device_t *device, ti_connection_t *connection);

/* command.c: what peers ask of each other in command words below 0x2000 (docs/wire.md section 2). */

/** Handle such a word. Returns true when it makes an event. */
bool ti_command_from_peer(tirtc_device_t *device, ti_connection_t *connection, uint32_t word, ti_span_t body,
                          tirtc_event_t *event);

/** Send a round-trip probe when it is time. Returns ms until the next. */
int ti_command_probe(tirtc_device_t *device, ti_connection_t *connection, uint32_t now);

/** Queue a command within the program's share of the ring. The lock is held. */
bool ti_command_queue_locked(tirtc_device_t *device, ti_connection_t *connection, uint32_t word, ti_span_t body);

/** Bytes of the ring that the program's messages may fill. */
static inline size_t ti_connection_room(const ti_connection_t *connection)
{
    return (size_t)connection->max_send_buffer_bytes + TI_MESSAGE_OVERHEAD_BYTES;
}

#endif
