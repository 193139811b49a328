/* TiRtcServiceRequest(): one POST to the service, on the caller's thread. */
#include <string.h>

#include "../base/text.h"
#include "../base/wipe.h"
#include "../base/wrap_time.h"
#include "facade.h"
#include "http_answer.h"
#include "runner.h"
#include "system.h"

enum {
    REQUEST_TIMEOUT_MS = 10000,
    LOOK_FOR_UNINIT_MS = 50,
    REQUEST_HEAD_BYTES = 1024, /* on top of endpoint, path and token */
    RECEIVE_BYTES = 2048
};

typedef struct exchange {
    const ti_instance_t *instance;
    tirtc_waiter_t *waiter;
    const tirtc_port_t *port;
    tirtc_pipe_t *pipe;
    ti_span_t request; /* the unsent part */
    uint32_t begun_ms;
    ti_http_answer_t *answer;
} exchange_t;

static ti_span_t span_of(tirtc_bytes_t bytes)
{
    return ti_span(bytes.data, bytes.size);
}

static bool is_one_word(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((uint8_t)*text <= ' ' || (uint8_t)*text >= 0x7f) {
            return false;
        }
    }
    return true;
}

static const char *find_fault(const char *path, const char *json, const char *token)
{
    if (path == NULL || path[0] != '/' || !is_one_word(path)) {
        return "path must begin with / and must not contain spaces or control characters";
    }
    if (json == NULL || strlen(json) > TI_HTTP_MAX_BODY_BYTES) {
        return "json must be a string of at most 65536 bytes";
    }
    if (token != NULL && (token[0] == '\0' || !is_one_word(token))) {
        return "token must be NULL, or must not contain spaces or control characters";
    }
    return NULL;
}

static void write_request(ti_text_t *text, const tirtc_endpoint_t *target, const char *path, const char *json,
                          const char *token)
{
    ti_text_add(text, "POST ");
    ti_text_add_span(text, span_of(target->prefix));
    ti_text_add(text, path);
    ti_text_add(text, " HTTP/1.1\r\nHost: ");
    ti_text_add_span(text, span_of(target->authority));
    ti_text_add(
        text,
        "\r\nConnection: close\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: ");
    ti_text_add_u32(text, (uint32_t)strlen(json));
    if (token != NULL) {
        ti_text_add(text, "\r\nAuthorization: Bearer ");
        ti_text_add(text, token);
    }
    ti_text_add(text, "\r\n\r\n");
    ti_text_add(text, json);
}

static bool is_detached(const ti_instance_t *instance)
{
    ti_facade_lock();
    bool detached = instance->detached;
    ti_facade_unlock();
    return detached;
}

/* Send as much as possible now. A pipe that takes no more may still hold a response, so failures are left to
 * receive(). */
static bool send_some(exchange_t *exchange)
{
    if (exchange->request.size == 0) {
        return false;
    }
    int sent =
        exchange->port->send(exchange->port->context, exchange->pipe, exchange->request.data, exchange->request.size);
    size_t taken = sent < 0 ? exchange->request.size : (size_t)sent;
    exchange->request = ti_span(exchange->request.data + taken, exchange->request.size - taken);
    return sent > 0;
}

/* Returns 1 if the response is complete, 0 if more is needed, or an error. Sets *moved if bytes were received. */
static int receive_some(exchange_t *exchange, bool *moved)
{
    uint8_t bytes[RECEIVE_BYTES];
    int got = exchange->port->receive(exchange->port->context, exchange->pipe, bytes, sizeof bytes);
    *moved |= got > 0;
    if (got > 0) {
        return ti_http_answer_feed(exchange->answer, ti_span(bytes, (size_t)got));
    }
    return got == TIRTC_E_HTTP_PEER_CLOSED ? ti_http_answer_end(exchange->answer) : got;
}

/* Returns 0 once the response is complete, or an error. */
static int talk(exchange_t *exchange)
{
    for (;;) {
        bool moved = send_some(exchange);
        int result = receive_some(exchange, &moved);
        if (result != 0) {
            return result > 0 ? 0 : result;
        }
        if (is_detached(exchange->instance)) {
            return TIRTC_E_NOT_INITIALIZED;
        }
        if (ti_time_reached(exchange->port->mono_ms(exchange->port->context),
                            exchange->begun_ms + REQUEST_TIMEOUT_MS)) {
            return TIRTC_E_TIMEOUTED;
        }
        if (!moved) {
            (void)tirtc_waiter_wait(exchange->waiter, LOOK_FOR_UNINIT_MS);
        }
    }
}

static int dial_and_talk(exchange_t *exchange, const tirtc_endpoint_t *target)
{
    char host[TI_MAX_ENDPOINT_BYTES + 1];
    memcpy(host, target->host.data, target->host.size);
    host[target->host.size] = '\0';
    const tirtc_loop_options_t options = {.log = TI_LOOP_LOG};
    int error = tirtc_waiter_open(&options, &exchange->waiter);
    if (error != 0) {
        return error;
    }
    exchange->port = tirtc_waiter_port(exchange->waiter);
    exchange->begun_ms = exchange->port->mono_ms(exchange->port->context);
    error = exchange->port->dial(exchange->port->context, host, target->port, target->secure, &exchange->pipe);
    if (error == 0) {
        error = talk(exchange);
        exchange->port->hang_up(exchange->port->context, exchange->pipe);
    }
    tirtc_waiter_close(exchange->waiter);
    return error;
}

/* Returns the error of a status, as in a connect. */
static int status_error(int status)
{
    if (status >= 200 && status < 300) {
        return 0;
    }
    return status >= 500 || status == 401 || status == 403 ? TIRTC_E_SERVER_ERROR : TIRTC_E_UNEXPECTED_RESPONSE;
}

static int post(ti_instance_t *instance, const char *path, const char *json, const char *token,
                ti_http_answer_t *answer)
{
    ti_options_t options;
    ti_options_copy(&options);
    const char *endpoint = options.endpoint[0] != '\0' ? options.endpoint : ti_system_endpoint();
    int error = TIRTC_E_INVALID_PARAMETER;
    tirtc_endpoint_t target;
    if (!ti_endpoint_read(ti_bytes(endpoint), &target)) {
        ti_say(TIRTC_LOG_ERROR, "TiRtcServiceRequest: no endpoint; set TIRTC_OPT_SERVICE_ENDPOINT to %s",
               TI_ENDPOINT_RULE);
    } else {
        size_t size =
            REQUEST_HEAD_BYTES + strlen(endpoint) + strlen(path) + strlen(json) + (token != NULL ? strlen(token) : 0);
        char *buffer = ti_memory_take(size);
        error = TIRTC_E_LACK_OF_RESOURCE;
        if (buffer != NULL) {
            ti_text_t text;
            ti_text_init(&text, buffer, size);
            write_request(&text, &target, path, json, token);
            exchange_t exchange = {.instance = instance, .request = ti_text_span(&text), .answer = answer};
            error = dial_and_talk(&exchange, &target);
        }
        ti_memory_give(buffer, size);
    }
    ti_wipe(&options, sizeof options);
    return error;
}

static int request(ti_instance_t *instance, const char *path, const char *json, const char *token,
                   TIRTCSERVICEREQUESTCALLBACK callback, void *user)
{
    ti_http_answer_t *answer = ti_memory_take(sizeof *answer);
    if (answer == NULL) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    int error = post(instance, path, json, token, answer);
    if (error == 0) {
        error = status_error(answer->status);
        if (callback != NULL) {
            callback(answer->body, user);
        }
    }
    if (error != 0 && error != TIRTC_E_INVALID_PARAMETER) {
        ti_say(TIRTC_LOG_WARN, "TiRtcServiceRequest: %s: HTTP status %d, %s", path, answer->status,
               TiRtcGetErrorStr(error));
    }
    ti_memory_give(answer, sizeof *answer);
    return error;
}

int TiRtcServiceRequest(const char *path, const char *json, const char *token, TIRTCSERVICEREQUESTCALLBACK callback,
                        void *user)
{
    bool in_callback = ti_runner_marks()->inside != 0;
    ti_instance_t *instance = ti_enter();
    if (instance == NULL) {
        return TIRTC_E_NOT_INITIALIZED;
    }
    const char *fault = find_fault(path, json, token);
    int error = 0;
    if (fault != NULL) {
        ti_say(TIRTC_LOG_ERROR, "TiRtcServiceRequest: %s", fault);
        error = TIRTC_E_INVALID_PARAMETER;
    } else if (in_callback) {
        ti_say(TIRTC_LOG_ERROR,
               "TiRtcServiceRequest: called inside a callback; it blocks, so call it from another thread");
        error = TIRTC_E_BUSY;
    } else {
        error = request(instance, path, json, token, callback, user);
    }
    ti_leave(instance);
    return error;
}
