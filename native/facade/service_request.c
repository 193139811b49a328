/* TiRtcServiceRequest(): one GET or POST to the service, on the caller's thread. */
#include <string.h>

#include "../base/text.h"
#include "../base/wipe.h"
#include "../base/wrap_time.h"
#include "facade.h"
#include "http_answer.h"
#include "json_text.h"
#include "runner.h"
#include "service_envelope.h"
#include "system.h"

enum {
    REQUEST_TIMEOUT_MS = 10000,
    LOOK_FOR_UNINIT_MS = 50,
    REQUEST_HEAD_BYTES = 1024, /* on top of endpoint, path and token */
    RECEIVE_BYTES = 2048,
    LOGGED_PATH_BYTES = 128,
    LOGGED_MESSAGE_BYTES = 160
};

/** The arguments of the program. */
typedef struct request {
    const char *path;
    const char *json;  /* NULL: a GET */
    const char *token; /* NULL: none */
} request_t;

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

static const char *find_fault(const request_t *request)
{
    const char *path = request->path;
    const char *token = request->token;
    if (path == NULL || path[0] != '/' || !is_one_word(path)) {
        return "path must begin with / and must not contain spaces or control characters";
    }
    if (request->json != NULL && strlen(request->json) > TI_HTTP_MAX_BODY_BYTES) {
        return "json must be at most 65536 bytes long, or NULL for a GET";
    }
    if (token != NULL && (token[0] == '\0' || !is_one_word(token))) {
        return "token must be NULL, or must not contain spaces or control characters";
    }
    return NULL;
}

static size_t length_of(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

static const char *method_of(const request_t *request)
{
    return request->json != NULL ? "POST" : "GET";
}

static void write_request(ti_text_t *text, const tirtc_endpoint_t *target, const request_t *request)
{
    ti_text_add(text, method_of(request));
    ti_text_add(text, " ");
    ti_text_add_span(text, span_of(target->prefix));
    ti_text_add(text, request->path);
    ti_text_add(text, " HTTP/1.1\r\nHost: ");
    ti_text_add_span(text, span_of(target->authority));
    ti_text_add(text, "\r\nConnection: close\r\nAccept: application/json");
    if (request->json != NULL) {
        ti_text_add(text, "\r\nContent-Type: application/json\r\nContent-Length: ");
        ti_text_add_u32(text, (uint32_t)strlen(request->json));
    }
    if (request->token != NULL) {
        ti_text_add(text, "\r\nAuthorization: Bearer ");
        ti_text_add(text, request->token);
    }
    ti_text_add(text, "\r\n\r\n");
    if (request->json != NULL) {
        ti_text_add(text, request->json);
    }
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

/* Returns what is wrong with an endpoint that this build cannot use, and what to do. */
static const char *fault_of_endpoint(const char *endpoint)
{
    tirtc_endpoint_t target;
    if (endpoint == NULL) {
        return "no endpoint; set TIRTC_OPT_SERVICE_ENDPOINT to " TI_ENDPOINT_RULE;
    }
    if (tirtc_read_endpoint(ti_bytes(endpoint), true, &target) != 0) {
        return "the endpoint is not a URL of a service; set TIRTC_OPT_SERVICE_ENDPOINT to " TI_ENDPOINT_RULE;
    }
    return "the endpoint needs TLS, and this build has none: use an http:// endpoint or a build with "
           "TIRTC_TLS=mbedtls";
}

/* Read the endpoint of the options or, without one, of the system. Returns false, and logs what to do, if this build
 * cannot use it. */
static bool find_endpoint(const ti_options_t *options, const char **endpoint, tirtc_endpoint_t *target)
{
    *endpoint = options->endpoint[0] != '\0' ? options->endpoint : ti_system_endpoint();
    if (ti_endpoint_read(ti_bytes(*endpoint), target)) {
        return true;
    }
    ti_say(TIRTC_LOG_ERROR, "TiRtcServiceRequest: %s", fault_of_endpoint(*endpoint));
    return false;
}

/* Send the request and receive the response. Returns 0 once it is complete, or an error. */
static int exchange_with_service(ti_instance_t *instance, const request_t *request, ti_http_answer_t *answer)
{
    ti_options_t options;
    ti_options_copy(&options);
    const char *endpoint;
    tirtc_endpoint_t target;
    int error = TIRTC_E_INVALID_PARAMETER;
    if (find_endpoint(&options, &endpoint, &target)) {
        size_t size = REQUEST_HEAD_BYTES + strlen(endpoint) + strlen(request->path) + length_of(request->json) +
                      length_of(request->token);
        char *buffer = ti_memory_take(size);
        error = TIRTC_E_LACK_OF_RESOURCE;
        if (buffer != NULL) {
            ti_text_t text;
            ti_text_init(&text, buffer, size);
            write_request(&text, &target, request);
            exchange_t exchange = {.instance = instance, .request = ti_text_span(&text), .answer = answer};
            error = dial_and_talk(&exchange, &target);
        }
        ti_memory_give(buffer, size);
    }
    ti_wipe(&options, sizeof options);
    return error;
}

#if TIRTC_MAX_LOG_LEVEL > 0

enum { TOKEN_START_BYTES = 8 };

/* Returns where a token that the service repeated begins in the text, or the size of the text. The first bytes of the
 * token are enough, because the text may be cut inside it. */
static size_t find_token(ti_span_t text, const char *token)
{
    size_t size = length_of(token);
    ti_span_t start = ti_span(token, size < TOKEN_START_BYTES ? size : (size_t)TOKEN_START_BYTES);
    size_t at = 0;
    while (at < text.size && (size == 0 || !ti_span_starts_with(ti_span(text.data + at, text.size - at), start))) {
        at++;
    }
    return at;
}

/* Add the message of the service, cut at its limit or where it repeats the token. */
static void add_message(ti_text_t *text, const ti_envelope_t *envelope, const char *token)
{
    char buffer[LOGGED_MESSAGE_BYTES];
    ti_text_t message;
    ti_text_init(&message, buffer, sizeof buffer);
    ti_json_add_printable(&message, envelope->message);
    size_t shown = find_token(ti_text_span(&message), token);
    if (message.size > 0) {
        ti_text_add(text, ", message \"");
        ti_text_add_span(text, ti_span(buffer, shown));
        ti_text_add(text, shown < message.size || message.cut ? "...\"" : "\"");
    }
}

/* Log a request that did not succeed, without query and token. */
static void report_failure(const request_t *request, int status, const ti_envelope_t *envelope, int result)
{
    char buffer[LOGGED_PATH_BYTES + LOGGED_MESSAGE_BYTES + 200];
    ti_text_t line;
    ti_text_init(&line, buffer, sizeof buffer - 1);
    size_t path = strcspn(request->path, "?");
    ti_text_add(&line, method_of(request));
    ti_text_add(&line, " ");
    ti_text_add_printable(&line, ti_span(request->path, path < LOGGED_PATH_BYTES ? path : (size_t)LOGGED_PATH_BYTES));
    ti_text_add(&line, ": ");
    if (status != 0) {
        ti_text_add(&line, "HTTP status ");
        ti_text_add_i32(&line, status);
    }
    if (envelope != NULL) {
        ti_text_add(&line, ", code ");
        ti_text_add_i32(&line, envelope->code);
        add_message(&line, envelope, request->token);
    } else if (result == TIRTC_E_UNEXPECTED_RESPONSE && status >= 200 && status < 300) {
        ti_text_add(&line, ", but the body is not {\"code\": 0, \"message\": \"\", \"data\": {}}");
    }
    if (status >= 300 && status < 400) {
        ti_text_add(&line, "; redirects are not followed: check the endpoint and the path");
    }
    if (result < 0) {
        ti_text_add(&line, status != 0 ? "; " : "");
        ti_text_add(&line, TiRtcGetErrorStr(result));
    }
    buffer[line.size] = '\0';
    ti_say(TIRTC_LOG_WARN, "TiRtcServiceRequest: %s", buffer);
}

#else

static void report_failure(const request_t *request, int status, const ti_envelope_t *envelope, int result)
{
    (void)request;
    (void)status;
    (void)envelope;
    (void)result;
}

#endif

static int result_of(int status, bool is_envelope, const ti_envelope_t *envelope)
{
    if (status >= 300 && status <= 599) {
        return status;
    }
    if (status > 599 || !is_envelope) {
        return TIRTC_E_UNEXPECTED_RESPONSE;
    }
    return envelope->code >= TI_MIN_PLATFORM_CODE ? envelope->code : 0;
}

/* Read the body in place, and call back with the data in it. */
static int conclude(const request_t *request, ti_http_answer_t *answer, TIRTCSERVICEREQUESTCALLBACK callback,
                    void *user)
{
    ti_envelope_t envelope;
    size_t size = ti_json_compact(ti_span(answer->body, answer->body_size), answer->body);
    bool is_envelope = ti_envelope_read(ti_span(answer->body, size), &envelope);
    int result = result_of(answer->status, is_envelope, &envelope);
    if (result != 0) {
        report_failure(request, answer->status, is_envelope ? &envelope : NULL, result);
    } else if (envelope.data.size > 0 && callback != NULL) {
        char *data = answer->body + (envelope.data.data - (const uint8_t *)answer->body);
        data[envelope.data.size] = '\0';
        callback(data, user);
    }
    return result;
}

static int make_request(ti_instance_t *instance, const request_t *request, TIRTCSERVICEREQUESTCALLBACK callback,
                        void *user)
{
    ti_http_answer_t *answer = ti_memory_take(sizeof *answer);
    if (answer == NULL) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    int result = exchange_with_service(instance, request, answer);
    if (result == 0) {
        result = conclude(request, answer, callback, user);
    } else if (result != TIRTC_E_INVALID_PARAMETER) {
        report_failure(request, 0, NULL, result);
    }
    ti_memory_give(answer, sizeof *answer);
    return result;
}

int TiRtcServiceRequest(const char *path, const char *json, const char *token, TIRTCSERVICEREQUESTCALLBACK callback,
                        void *user)
{
    const request_t request = {path, json, token};
    bool in_callback = ti_runner_marks()->inside != 0;
    ti_instance_t *instance = ti_enter();
    if (instance == NULL) {
        return TIRTC_E_NOT_INITIALIZED;
    }
    const char *fault = find_fault(&request);
    int result = 0;
    if (fault != NULL) {
        ti_say(TIRTC_LOG_ERROR, "TiRtcServiceRequest: %s", fault);
        result = TIRTC_E_INVALID_PARAMETER;
    } else if (in_callback) {
        ti_say(TIRTC_LOG_ERROR,
               "TiRtcServiceRequest: called inside a callback; it blocks, so call it from another thread");
        result = TIRTC_E_BUSY;
    } else {
        result = make_request(instance, &request, callback, user);
    }
    ti_leave(instance);
    return result;
}
