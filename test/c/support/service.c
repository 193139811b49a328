/* The test service: devices, scripts, connections. Links as bytes are in service_link.c, requests in service_upgrade.c,
 * proofs in service_start.c. */
#include "service_inside.h"

#include "base/bytes.h"
#include "base/wrap_time.h"
#include "check.h"
#include "tirtc_config.h"

#define DEFAULT(value, fallback) ((value) != 0 ? (value) : (fallback))

/* ---- setting up ---- */

static ti_limits_t with_defaults(ti_limits_t limits, uint32_t keep_alive_ms, uint32_t silence_ms)
{
    limits.keep_alive_ms = DEFAULT(limits.keep_alive_ms, keep_alive_ms);
    limits.silence_ms = DEFAULT(limits.silence_ms, silence_ms);
    limits.max_message_bytes = DEFAULT(limits.max_message_bytes, TIRTC_MAX_RECEIVE_BYTES);
    return limits;
}

service_t *service_open(const service_options_t *options)
{
    service_t *service = calloc(1, sizeof *service);
    REQUIRE(service != NULL && options->random != NULL);
    service->options = *options;
    service->options.prefix = options->prefix == NULL ? "" : options->prefix;
    service->options.subject = options->subject == NULL ? "subject-test" : options->subject;
    service->options.start_limits = with_defaults(options->start_limits, 25000, 60000);
    service->options.limits = with_defaults(options->limits, 4000, 12000);
    service->options.ticket_lifetime_s = DEFAULT(options->ticket_lifetime_s, 3600);
    buffer_add(&service->complaints, "", 1);
    return service;
}

void service_forget_scripts(service_t *service)
{
    while (service->scripts != NULL) {
        struct service_script *script = service->scripts;
        service->scripts = script->next;
        free(script);
    }
}

void service_revoke_tickets(service_t *service)
{
    while (service->tickets != NULL) {
        struct service_ticket *ticket = service->tickets;
        service->tickets = ticket->next;
        free(ticket);
    }
}

static void free_first_link(service_link_t **at)
{
    service_link_t *link = *at;
    *at = link->next;
    request_free(&link->request);
    buffer_free(&link->in);
    buffer_free(&link->out);
    buffer_free(&link->message);
    buffer_free(&link->inbox);
    free(link);
}

static void leave_connection(service_t *service, const service_link_t *link)
{
    service_connection_t **at = &service->connections;
    while (*at != link->connection) {
        at = &(*at)->next;
    }
    service_connection_t *connection = *at;
    if (connection->client_link == link) {
        connection->client_link = NULL;
    } else {
        connection->device_link = NULL;
    }
    if (connection->client_link == NULL && connection->device_link == NULL) {
        *at = connection->next;
        free(connection);
    }
}

void service_forget_ended(service_t *service)
{
    for (service_link_t **at = &service->links; *at != NULL;) {
        if ((*at)->carrier == NULL && (*at)->connection != NULL) {
            leave_connection(service, *at);
            free_first_link(at);
        } else {
            at = &(*at)->next;
        }
    }
}

void service_close(service_t *service)
{
    while (service->links != NULL) {
        free_first_link(&service->links);
    }
    while (service->connections != NULL) {
        service_connection_t *connection = service->connections;
        service->connections = connection->next;
        free(connection);
    }
    while (service->devices != NULL) {
        service_device_t *device = service->devices;
        service->devices = device->next;
        free(device);
    }
    service_forget_scripts(service);
    service_revoke_tickets(service);
    buffer_free(&service->complaints);
    free(service);
}

service_device_t *service_find_device(const service_t *service, const char *id)
{
    service_device_t *device = service->devices;
    while (device != NULL && strcmp(device->id, id) != 0) {
        device = device->next;
    }
    return device;
}

service_device_t *service_add_device(service_t *service, const char *id, const char *secret)
{
    service_device_t *device = calloc(1, sizeof *device);
    REQUIRE(device != NULL && strlen(id) < sizeof device->id && strlen(secret) < sizeof device->secret);
    REQUIRE(service_find_device(service, id) == NULL);
    strcpy(device->id, id);
    strcpy(device->secret, secret);
    device->next = service->devices;
    service->devices = device;
    return device;
}

service_device_t *service_add_played_device(service_t *service, const char *id)
{
    service_device_t *device = service_add_device(service, id, "");
    device->played = true;
    return device;
}

void service_script(service_t *service, const service_fault_t *fault)
{
    struct service_script *script = calloc(1, sizeof *script);
    REQUIRE(script != NULL);
    script->fault = *fault;
    script->fault.times = DEFAULT(fault->times, 1);
    struct service_script **last = &service->scripts;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = script;
}

/** Returns the scripted fault for this link, used once; kind 0 if there is none. */
service_fault_t service_take_fault(service_link_t *link)
{
    struct service_script **at = &link->service->scripts;
    while (*at != NULL && (*at)->fault.only != SERVICE_UNKNOWN && (*at)->fault.only != link->kind) {
        at = &(*at)->next;
    }
    struct service_script *script = *at;
    if (script == NULL) {
        return (service_fault_t){0};
    }
    service_fault_t fault = script->fault;
    if (--script->fault.times == 0) {
        *at = script->next;
        free(script);
    }
    return fault;
}

service_link_t *service_arrive(service_t *service)
{
    service_link_t *link = calloc(1, sizeof *link);
    REQUIRE(link != NULL);
    link->service = service;
    link->heard_ms = service->now_ms;
    service_link_t **last = &service->links;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = link;
    return link;
}

/* ---- looking ---- */

void service_complain(service_link_t *link, const char *what)
{
    static const char *const kinds[] = {"a link", "the start link", "a connect link", "an accept link"};
    buffer_t *complaints = &link->service->complaints;
    complaints->size--; /* the NUL */
    buffer_add_text(complaints, what);
    buffer_add_text(complaints, " on ");
    buffer_add_text(complaints, kinds[link->kind]);
    buffer_add(complaints, "\n", 2);
}

const char *service_complaints(service_t *service)
{
    return (const char *)service->complaints.data;
}

service_link_t *service_start_link(service_t *service, const char *device_id)
{
    const service_device_t *device = service_find_device(service, device_id);
    return device == NULL ? NULL : device->start;
}

service_link_t *service_link_at(service_t *service, size_t index)
{
    service_link_t *link = service->links;
    while (link != NULL && index-- > 0) {
        link = link->next;
    }
    return link;
}

size_t service_link_count(const service_t *service, enum service_kind kind)
{
    size_t count = 0;
    for (const service_link_t *link = service->links; link != NULL; link = link->next) {
        count += link->kind == kind ? 1 : 0;
    }
    return count;
}

service_connection_t *service_last_connection(service_t *service)
{
    return service->connections;
}

ti_limits_t service_limits(const service_link_t *link)
{
    ti_limits_t limits =
        link->kind == SERVICE_START ? link->service->options.start_limits : link->service->options.limits;
    /* The service itself uses only limits that its clock can count. */
    limits.keep_alive_ms = limits.keep_alive_ms < TI_MAX_SPAN_MS ? limits.keep_alive_ms : TI_MAX_SPAN_MS;
    limits.silence_ms = limits.silence_ms < TI_MAX_SPAN_MS ? limits.silence_ms : TI_MAX_SPAN_MS;
    return limits;
}

/* ---- connections ---- */

service_connection_t *service_add_connection(service_t *service, service_device_t *device, service_link_t *client)
{
    service_connection_t *connection = calloc(1, sizeof *connection);
    REQUIRE(connection != NULL);
    connection->number = ++service->connection_count;
    connection->device = device;
    connection->client_link = client;
    connection->deadline_ms = service->now_ms + SERVICE_ACCEPT_TIMEOUT_MS;
    connection->next = service->connections;
    service->connections = connection;
    if (client != NULL) {
        client->connection = connection;
    }
    return connection;
}

void service_send_incoming(service_connection_t *connection, const char *subject)
{
    service_link_t *start = connection->device->start;
    service_t *service = start->service;
    uint8_t message[2 + 4 + TI_ACCEPT_KEY_BYTES + SERVICE_MAX_TEXT] = {TI_CHANNEL_CONTROL, TI_CONTROL_INCOMING};
    size_t subject_size = strlen(subject);
    REQUIRE(subject_size <= SERVICE_MAX_TEXT);
    service->options.random(service->options.random_user, connection->key, sizeof connection->key);
    memcpy(connection->accept_key, start->accept_key, sizeof connection->accept_key);
    ti_put_u32_be(message + 2, connection->number);
    memcpy(message + 6, connection->key, sizeof connection->key);
    memcpy(message + 6 + TI_ACCEPT_KEY_BYTES, subject, subject_size);
    service_send_message(start, message, 6 + TI_ACCEPT_KEY_BYTES + subject_size);
}

static void send_ready(service_link_t *link, ti_span_t ticket)
{
    const service_options_t *options = &link->service->options;
    uint8_t message[2 + 16 + TI_TICKET_BYTES] = {TI_CHANNEL_CONTROL, TI_CONTROL_READY};
    ti_put_u32_be(message + 2, options->limits.keep_alive_ms);
    ti_put_u32_be(message + 6, options->limits.silence_ms);
    ti_put_u32_be(message + 10, options->limits.max_message_bytes);
    ti_put_u32_be(message + 14, options->ticket_lifetime_s);
    memcpy(message + 18, ticket.size == 0 ? message : ticket.data, ticket.size);
    service_send_message(link, message, 18 + ticket.size);
    link->stage = SERVICE_TALKING;
    link->pinged_ms = link->service->now_ms;
}

static ti_span_t make_ticket(service_t *service, const char *device_id)
{
    struct service_ticket *ticket = calloc(1, sizeof *ticket);
    REQUIRE(ticket != NULL);
    service->options.random(service->options.random_user, ticket->bytes, sizeof ticket->bytes);
    strcpy(ticket->device_id, device_id);
    ticket->expires_ms = service->now_ms + service->options.ticket_lifetime_s * 1000;
    ticket->next = service->tickets;
    service->tickets = ticket;
    return ti_span(ticket->bytes, sizeof ticket->bytes);
}

/** Both halves are there. */
void service_begin_talk(service_connection_t *connection)
{
    if (connection->device_link != NULL) {
        send_ready(connection->device_link, ti_span(NULL, 0));
    }
    if (connection->client_link != NULL) {
        send_ready(connection->client_link, make_ticket(connection->client_link->service, connection->device->id));
    }
}

service_connection_t *service_call(service_t *service, const char *device_id, const char *subject)
{
    service_device_t *device = service_find_device(service, device_id);
    REQUIRE(device != NULL && device->start != NULL);
    service_connection_t *connection = service_add_connection(service, device, NULL);
    service_send_incoming(connection, subject);
    return connection;
}

static service_link_t *peer_of(const service_link_t *link)
{
    const service_connection_t *connection = link->connection;
    return link == connection->client_link ? connection->device_link : connection->client_link;
}

void service_on_left(service_link_t *link, uint8_t reason)
{
    if (link->device != NULL && link->device->start == link) {
        link->device->start = NULL;
    }
    if (link->connection != NULL && !link->connection->over) {
        service_link_t *peer = peer_of(link);
        link->connection->over = true;
        if (peer != NULL) {
            service_bye(peer, reason, NULL);
        }
    }
}

bool service_take_message(service_link_t *link, buffer_t *message)
{
    if (link->inbox.size == 0) {
        return false;
    }
    size_t size = ti_get_u32_be(link->inbox.data);
    message->size = 0;
    buffer_add(message, link->inbox.data + 4, size);
    buffer_drop(&link->inbox, 4 + size);
    return true;
}

static void relay(service_link_t *link, ti_span_t message)
{
    service_link_t *peer = peer_of(link);
    if (message.size == 0 || message.data[0] == TI_CHANNEL_CONTROL) {
        service_complain(link, "an empty message, or link control from a peer");
    } else if (peer != NULL) {
        service_send_message(peer, message.data, message.size);
    } else {
        ti_put_u32_be(buffer_add(&link->inbox, NULL, 4), (uint32_t)message.size);
        buffer_add(&link->inbox, message.data, message.size);
    }
}

void service_crash(service_t *service)
{
    for (service_link_t *link = service->links; link != NULL; link = link->next) {
        if (link->device != NULL) {
            link->device->start = NULL;
        }
        if (link->connection != NULL) {
            link->connection->over = true;
        }
        service_reset_link(link);
    }
}

void service_stop(service_t *service)
{
    for (service_link_t *link = service->links; link != NULL; link = link->next) {
        service_bye(link, TI_BYE_STOPPING, "the service is stopping");
        service_on_left(link, TI_BYE_STOPPING);
    }
}

void service_on_message(service_link_t *link, ti_span_t message)
{
    switch (link->stage) {
    case SERVICE_PROVING:
        service_check_proof(link, message);
        break;
    case SERVICE_ONLINE:
        service_on_start_message(link, message);
        break;
    case SERVICE_TALKING:
        relay(link, message);
        break;
    default:
        service_complain(link, "a message before ready");
        break;
    }
}
