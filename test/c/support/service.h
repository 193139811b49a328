/* A small scripted tirtc.v1 service for C tests: bytes in, bytes out, no sockets, no clock of its own.
 *
 * Something else carries the bytes: sim_world.h over memory pipes, socket_service.h over sockets. The service follows
 * docs/wire.md, writes down what it saw and everything it finds wrong with it, and misbehaves when a test scripts it.
 * Fields of the structs below are for reading.
 */
#ifndef TEST_SUPPORT_SERVICE_H
#define TEST_SUPPORT_SERVICE_H

#include "buffer.h"
#include "request.h"
#include "wire/message.h"
#include "wire/websocket.h"

enum { SERVICE_MAX_TEXT = 256, SERVICE_PROOF_TIMEOUT_MS = 10000, SERVICE_ACCEPT_TIMEOUT_MS = 10000 };

typedef struct service service_t;
typedef struct service_link service_link_t;
typedef struct service_connection service_connection_t;
typedef struct service_device service_device_t;

typedef struct service_options {
    void (*random)(void *random_user, void *out, size_t size); /* needed */
    void *random_user;
    /** Judge a token: 0 accepts, else a reason of `bye`. NULL accepts every token. */
    uint8_t (*judge_token)(void *user, const char *token, const char *device_id);
    void *user;
    const char *prefix;         /* path before /v1/..., default none */
    const char *subject;        /* of every caller, default "subject-test" */
    ti_limits_t start_limits;   /* sent in `started`; fields that are 0 take the defaults of this build */
    ti_limits_t limits;         /* sent in `ready` */
    uint32_t ticket_lifetime_s; /* default 3600 */
} service_options_t;

struct service_device {
    service_device_t *next;
    char id[SERVICE_MAX_TEXT];
    char secret[SERVICE_MAX_TEXT];
    bool played;           /* the service itself is at the other end of its connections */
    service_link_t *start; /* the link it is online with, or NULL */
};

enum service_kind { SERVICE_UNKNOWN, SERVICE_START, SERVICE_CONNECT, SERVICE_ACCEPT };

enum service_stage {
    SERVICE_READING_REQUEST,
    SERVICE_STUCK,   /* scripted: reads, and answers nothing */
    SERVICE_PROVING, /* start link: challenged */
    SERVICE_ONLINE,  /* start link: started */
    SERVICE_WAITING, /* connect link: the device has been asked */
    SERVICE_TALKING, /* connect or accept link: ready */
    SERVICE_CLOSING, /* the last bytes are on their way */
    SERVICE_GONE     /* the far end went, or was reset */
};

/** What the carrier of the bytes must do with the pipe. */
enum service_carry { SERVICE_CARRY_ON, SERVICE_CARRY_END /* once all output is out */, SERVICE_CARRY_RESET };

enum service_fault_kind {
    SERVICE_ANSWER_STATUS = 1,   /* `status`, with `text` as Location when given, then end */
    SERVICE_ANSWER_TEXT,         /* `text` as it is, then silence */
    SERVICE_ANSWER_WRONG_ACCEPT, /* 101 with another key's Sec-WebSocket-Accept */
    SERVICE_END_LINK,            /* orderly, without a word */
    SERVICE_RESET_LINK,
    SERVICE_HANG,          /* no answer */
    SERVICE_HANG_UPGRADED, /* 101, then nothing */
    SERVICE_END_UPGRADED,  /* 101, then end */
    SERVICE_BYE,           /* 101, then bye with `reason` and `text` */
    SERVICE_WRONG_PROOF,   /* start: `started` with a wrong MAC */
    SERVICE_HANG_PROVEN    /* start: no answer to the proof */
};

/** Misbehaviour for the next requests it fits. */
typedef struct service_fault {
    enum service_fault_kind kind;
    enum service_kind only; /* SERVICE_UNKNOWN: for any link */
    unsigned times;         /* 0 counts as 1 */
    int status;
    const char *text; /* borrowed until used up */
    uint8_t reason;
} service_fault_t;

struct service_link {
    service_t *service;
    service_link_t *next;
    void *carrier; /* belongs to the carrier of the bytes */
    enum service_kind kind;
    enum service_stage stage;
    enum service_carry carry;
    request_t request;
    service_fault_t fault; /* scripted for it; kind 0: none */
    bool upgraded;
    buffer_t in;
    buffer_t out;
    buffer_t message; /* fragments so far */
    bool in_message;
    buffer_t inbox;    /* messages to a peer the service plays: u32 size, then the bytes, each */
    bool mute;         /* scripted: incoming bytes wait, nothing leaves */
    uint32_t heard_ms; /* when a byte was received or sent */
    uint32_t pinged_ms;
    uint32_t deadline_ms;     /* of the proof */
    size_t pings;             /* received */
    size_t pongs;             /* received */
    int close_code;           /* of the far end's close frame: 0 there was none, 1005 it had no code */
    service_device_t *device; /* start, accept; NULL: unknown */
    uint8_t nonce[TI_NONCE_BYTES];
    uint8_t accept_key[TI_MAC_BYTES]; /* Ka, while online */
    service_connection_t *connection; /* connect, accept */
};

struct service_connection {
    service_connection_t *next;
    uint32_t number;
    service_device_t *device;
    service_link_t *client_link; /* NULL: the service plays the client */
    service_link_t *device_link; /* NULL: not accepted yet, or the service plays the device */
    uint8_t key[TI_ACCEPT_KEY_BYTES];
    uint8_t accept_key[TI_MAC_BYTES];
    uint32_t deadline_ms;
    bool busy; /* the device said so */
    bool over;
};

/* ---- setting up ---- */

service_t *service_open(const service_options_t *options);
void service_close(service_t *service);

/** Free the connect and accept links that have no carrier any more, and their connections; for tests with thousands. */
void service_forget_ended(service_t *service);
service_device_t *service_add_device(service_t *service, const char *id, const char *secret);

/** A device that is always online and whose peer is the test: see service_send_message() and service_take_message(). */
service_device_t *service_add_played_device(service_t *service, const char *id);
void service_script(service_t *service, const service_fault_t *fault);
void service_forget_scripts(service_t *service);

/** Invalidate the tickets issued so far. */
void service_revoke_tickets(service_t *service);

/* ---- for the carrier of the bytes ---- */

service_link_t *service_arrive(service_t *service);
void service_feed(service_link_t *link, const void *data, size_t size);
/** Returns bytes that wait to be sent; report with service_sent() how many were. */
ti_span_t service_output(const service_link_t *link);
void service_sent(service_link_t *link, size_t size);
/** The far end ended, or the pipe broke. */
void service_far_end(service_link_t *link);
/** Tell the time, and let fall due what does. */
void service_tick(service_t *service, uint32_t now_ms);
/** Ms until service_tick() has something to do, or -1. */
int service_next_due_ms(const service_t *service);

/* ---- looking ---- */

service_device_t *service_find_device(const service_t *service, const char *id); /* NULL: not known */
service_link_t *service_start_link(service_t *service, const char *device_id);   /* NULL: not online */
/** Returns links in the order of their arrival; NULL past the last. */
service_link_t *service_link_at(service_t *service, size_t index);
size_t service_link_count(const service_t *service, enum service_kind kind);
/** The newest connection, or NULL. */
service_connection_t *service_last_connection(service_t *service);
/** Everything devices did that docs/wire.md forbids, a line each; "" when they behaved. */
const char *service_complaints(service_t *service);

/* ---- acting ---- */

/** Call a device that is online; the service plays the client: its messages arrive at connection->device_link. */
service_connection_t *service_call(service_t *service, const char *device_id, const char *subject);
/** Send one whole message, channel byte included. */
void service_send_message(service_link_t *link, const void *data, size_t size);
void service_send_frame(service_link_t *link, bool final, enum ti_ws_opcode opcode, const void *data, size_t size);
void service_send_raw(service_link_t *link, const void *data, size_t size);
/** Take the oldest message for a peer that the service plays. Returns false if there is none. `message` is replaced. */
bool service_take_message(service_link_t *link, buffer_t *message);
/** Say bye, close, end. */
void service_bye(service_link_t *link, uint8_t reason, const char *text);
/** End with a close frame of this code, without bye. */
void service_close_link(service_link_t *link, uint16_t code);
/** End the pipe orderly without a close frame. */
void service_end_link(service_link_t *link);
/** Break the pipe. */
void service_reset_link(service_link_t *link);
/** Every link is reset, as when the service's machine loses power. */
void service_crash(service_t *service);
/** Every link gets bye(stopping). */
void service_stop(service_t *service);
/** Fall silent, or go on where it stopped. */
void service_mute(service_link_t *link, bool mute);

#endif
