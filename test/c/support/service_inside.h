/* What the two halves of the test service share: links as bytes (service_link.c), and what they mean (service.c). */
#ifndef TEST_SUPPORT_SERVICE_INSIDE_H
#define TEST_SUPPORT_SERVICE_INSIDE_H

#include "service.h"

struct service_script {
    struct service_script *next;
    service_fault_t fault;
};

struct service_ticket {
    struct service_ticket *next;
    uint8_t bytes[TI_TICKET_BYTES];
    char device_id[SERVICE_MAX_TEXT];
    uint32_t expires_ms;
};

struct service {
    service_options_t options;
    uint32_t now_ms;
    service_device_t *devices;
    service_link_t *links;             /* oldest first */
    service_connection_t *connections; /* newest first */
    struct service_script *scripts;
    struct service_ticket *tickets;
    buffer_t complaints;
    uint32_t connection_count;
};

void service_complain(service_link_t *link, const char *what);

/** The limits that hold on this link. */
ti_limits_t service_limits(const service_link_t *link);

/** Returns the scripted fault for this link, used once; kind 0 if there is none. */
service_fault_t service_take_fault(service_link_t *link);

/* ---- service_upgrade.c ---- */

/** The request is whole: answer it. */
void service_on_request(service_link_t *link);

/* ---- service_start.c ---- */

void service_begin_start(service_link_t *link);
void service_check_proof(service_link_t *link, ti_span_t message);
void service_on_start_message(service_link_t *link, ti_span_t message);

/* ---- service.c ---- */

/** Handle a whole message on an upgraded link. */
void service_on_message(service_link_t *link, ti_span_t message);

/** End a link that the far end closed, or that was at fault or silent: its peer gets the reason. */
void service_on_left(service_link_t *link, uint8_t reason);

/** `client` is NULL when the service plays the client. */
service_connection_t *service_add_connection(service_t *service, service_device_t *device, service_link_t *client);
void service_send_incoming(service_connection_t *connection, const char *subject);

/** Both halves are there: say ready. */
void service_begin_talk(service_connection_t *connection);

#endif
