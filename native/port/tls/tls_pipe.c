/* Pipes: TLS over a pipe of the port below. mbedTLS needs bytes and room; when there are none now, the port below will
 * call wake, and the core repeats its call. */
#include "tls.h"

#include <string.h>

struct tirtc_pipe {
    tirtc_pipe_t *below;
    bool secure; /* this struct is the beginning of a ti_tls_stream_t */
};

typedef struct ti_tls_stream {
    tirtc_pipe_t pipe;
    const tirtc_tls_port_t *secure;
    mbedtls_ssl_context ssl;
    ti_tls_verdict_t verdict;
    ti_tls_name_t name;
    uint16_t tcp_port;
    bool up;
    bool offered;         /* a session to resume was offered */
    uint32_t verified_ms; /* when the certificate was verified, for this session or for the one that was offered */
    bool starved;         /* the pipe below had nothing, or no room, since this was last cleared */
    int below_error;      /* why the pipe below is dead */
    int send_error;       /* set when nothing can be sent any more */
    int receive_error;    /* set when everything received has been taken and nothing more comes */
    bool held;            /* mbedTLS holds output that has not left */
    size_t ahead;         /* bytes of the caller that were encrypted but not reported as sent */
    char host[];          /* NUL-terminated */
} ti_tls_stream_t;

enum { MAX_ROUNDS = 16 }; /* reads in one call, in case a service sends records without data */

/* Returns NULL for a pipe without TLS. */
static ti_tls_stream_t *stream_of(tirtc_pipe_t *pipe)
{
    return pipe->secure ? (ti_tls_stream_t *)pipe : NULL;
}

static tirtc_tls_port_t *port_of(void *context)
{
    return context;
}

/* ---- Called by mbedTLS ---- */

static int put_below(void *context, const unsigned char *data, size_t size)
{
    ti_tls_stream_t *stream = context;
    const tirtc_port_t *below = stream->secure->below;
    int sent = below->send(below->context, stream->pipe.below, data, size);
    if (sent < 0) {
        stream->below_error = sent;
        return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    }
    stream->starved |= sent == 0;
    stream->held = (size_t)sent < size; /* it offers all it has */
    return sent == 0 ? MBEDTLS_ERR_SSL_WANT_WRITE : sent;
}

static int get_below(void *context, unsigned char *data, size_t size)
{
    ti_tls_stream_t *stream = context;
    const tirtc_port_t *below = stream->secure->below;
    int got = below->receive(below->context, stream->pipe.below, data, size);
    if (got < 0) {
        stream->below_error = got;
        return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    }
    stream->starved |= got == 0;
    return got == 0 ? MBEDTLS_ERR_SSL_WANT_READ : got;
}

static int verify_certificate(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *faults)
{
    ti_tls_stream_t *stream = context;
    ti_tls_judge(stream->secure->tls, &stream->name, &stream->verdict, certificate, depth, faults);
    return 0;
}

static bool must_wait(int result)
{
    return result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE;
}

/* ---- Coming up ---- */

/* Returns our own findings and those that only mbedTLS has: key usages. */
static uint32_t faults_of(const ti_tls_stream_t *stream)
{
    uint32_t result = mbedtls_ssl_get_verify_result(&stream->ssl);
    return stream->verdict.faults | (result == UINT32_MAX ? 0 : result); /* UINT32_MAX: nothing was verified */
}

static void log_failure(const ti_tls_stream_t *stream, int result)
{
    char buffer[TI_MAX_TLS_LINE_BYTES];
    ti_text_t line;
    uint32_t faults = faults_of(stream);
    ti_tls_line(&line, buffer, "TLS with ", stream->host);
    if (faults != 0) {
        ti_text_add(&line, " failed: the certificate is refused: ");
        ti_tls_explain(&stream->verdict, faults, &line);
    } else {
        ti_text_add(&line,
                    result == MBEDTLS_ERR_SSL_INVALID_RECORD
                        ? " failed: the endpoint does not speak TLS; is it an http:// endpoint?"
                    : result == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE
                        ? " failed: the service ended the handshake; it may lack TLS 1.2, or require something else"
                        : " failed");
        ti_text_add(&line, " (mbedTLS error -");
        ti_text_add_hex(&line, (uint32_t)-result);
        ti_text_add(&line, ")");
    }
    ti_tls_log(stream->secure, TIRTC_LOG_ERROR, &line);
}

/* Returns the code for mbedTLS's failure, and writes a log line if TLS itself is the reason. */
static int fail(ti_tls_stream_t *stream, int result)
{
    if (stream->below_error != 0) {
        /* An end without a close notification may come from an attacker who cuts off the rest of the data. */
        bool cut_short = stream->up && stream->below_error == TIRTC_E_HTTP_PEER_CLOSED;
        return cut_short ? TIRTC_E_HTTP_RESET : stream->below_error;
    }
    if (result == MBEDTLS_ERR_SSL_ALLOC_FAILED || result == MBEDTLS_ERR_X509_ALLOC_FAILED ||
        result == MBEDTLS_ERR_PK_ALLOC_FAILED) {
        return TIRTC_E_HTTP_NOMEM;
    }
    log_failure(stream, result);
    return TIRTC_E_HTTP_SSL;
}

static void log_success(const ti_tls_stream_t *stream)
{
    char buffer[TI_MAX_TLS_LINE_BYTES];
    ti_text_t line;
    ti_tls_line(&line, buffer, "TLS with ", stream->host);
    ti_text_add(&line, ": ");
    ti_text_add(&line, mbedtls_ssl_get_version(&stream->ssl));
    ti_text_add(&line, ", ");
    ti_text_add(&line, mbedtls_ssl_get_ciphersuite(&stream->ssl));
    ti_text_add(&line, stream->verdict.count > 0 ? ", certificate verified" : ", session resumed");
    ti_tls_log(stream->secure, TIRTC_LOG_VERBOSE, &line);
}

/* Returns whether there is a session to keep: TLS 1.3 sends its tickets later, and without one there is nothing to
 * resume. */
static bool has_session(const mbedtls_ssl_context *ssl)
{
#ifdef MBEDTLS_SSL_PROTO_TLS1_3
    return mbedtls_ssl_get_version_number(ssl) != MBEDTLS_SSL_VERSION_TLS1_3;
#else
    (void)ssl;
    return true;
#endif
}

static void keep_session(const ti_tls_stream_t *stream)
{
    ti_tls_keep_session(stream->secure->tls, stream->host, stream->tcp_port, &stream->ssl, stream->verified_ms);
}

/* Continue the handshake. Returns 1 when the pipe is up, 0 while it is not, or the error, from then on always the
 * same. */
static int bring_up(ti_tls_stream_t *stream)
{
    if (stream->up) {
        return 1;
    }
    if (stream->receive_error != 0) {
        return stream->receive_error;
    }
    int result = mbedtls_ssl_handshake(&stream->ssl);
    if (must_wait(result)) {
        return 0;
    }
    if (result == 0 && stream->verdict.count == 0 && !stream->offered) {
        result = MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE; /* a handshake without a certificate proves nothing */
    }
    if (result != 0) {
        ti_tls_forget_session(stream->secure->tls, stream->host, stream->tcp_port);
        stream->send_error = stream->receive_error = fail(stream, result);
        return stream->receive_error;
    }
    stream->up = true;
    if (stream->verdict.count > 0) {
        stream->verified_ms = ti_tls_now_ms(stream->secure->tls);
    }
    log_success(stream);
    if (has_session(&stream->ssl)) {
        keep_session(stream);
    }
    return 1;
}

static bool set_up(ti_tls_stream_t *stream)
{
    mbedtls_ssl_context *ssl = &stream->ssl;
    tirtc_tls_t *tls = stream->secure->tls;
    if (mbedtls_ssl_setup(ssl, &tls->config) != 0 ||
        mbedtls_ssl_set_hostname(ssl, stream->name.address_size == 0 ? stream->host : NULL) != 0) {
        return false;
    }
    mbedtls_ssl_set_verify(ssl, verify_certificate, stream);
    mbedtls_ssl_set_bio(ssl, stream, put_below, get_below, NULL);
    const ti_tls_session_t *kept = ti_tls_find_session(tls, stream->host, stream->tcp_port);
    if (kept != NULL && mbedtls_ssl_set_session(ssl, &kept->session) == 0) {
        stream->offered = true;
        stream->verified_ms = kept->verified_ms;
    }
    return true;
}

static size_t size_of(const char *host)
{
    return sizeof(ti_tls_stream_t) + strlen(host) + 1;
}

static void free_pipe(const tirtc_port_t *below, tirtc_pipe_t *pipe)
{
    ti_tls_stream_t *stream = stream_of(pipe);
    size_t size = stream != NULL ? size_of(stream->host) : sizeof *pipe;
    if (stream != NULL) {
        mbedtls_ssl_free(&stream->ssl);
    }
    below->release(below->context, pipe, size);
}

static tirtc_pipe_t *make_stream(const tirtc_tls_port_t *secure, const char *host, uint16_t tcp_port)
{
    const tirtc_port_t *below = secure->below;
    ti_tls_stream_t *stream = below->allocate(below->context, size_of(host));
    if (stream == NULL) {
        return NULL;
    }
    memset(stream, 0, sizeof *stream);
    memcpy(stream->host, host, strlen(host) + 1);
    stream->pipe.secure = true;
    stream->secure = secure;
    stream->tcp_port = tcp_port;
    mbedtls_ssl_init(&stream->ssl);
    ti_tls_read_name(stream->host, &stream->name);
    if (!set_up(stream)) {
        free_pipe(below, &stream->pipe);
        return NULL;
    }
    return &stream->pipe;
}

static tirtc_pipe_t *make_plain_pipe(const tirtc_port_t *below)
{
    tirtc_pipe_t *pipe = below->allocate(below->context, sizeof *pipe);
    if (pipe != NULL) {
        pipe->secure = false;
    }
    return pipe;
}

int ti_tls_dial(void *context, const char *host, uint16_t tcp_port, bool secure, tirtc_pipe_t **pipe)
{
    const tirtc_tls_port_t *port = port_of(context);
    const tirtc_port_t *below = port->below;
    int error = secure ? ti_tls_prepare(port) : 0;
    if (error != 0) {
        return error;
    }
    tirtc_pipe_t *made = secure ? make_stream(port, host, tcp_port) : make_plain_pipe(below);
    if (made == NULL) {
        return TIRTC_E_HTTP_NOMEM;
    }
    error = below->dial(below->context, host, tcp_port, false, &made->below);
    if (error != 0) {
        free_pipe(below, made);
        return error;
    }
    *pipe = made;
    return 0;
}

/* ---- Bytes ---- */

/* Returns whether the result only reports a ticket: TLS 1.3 sends tickets at any time after the handshake, and mbedTLS
 * reports them instead of doing what was requested. */
static bool took_ticket(const ti_tls_stream_t *stream, int result)
{
#ifdef MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
    if (result == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
        keep_session(stream);
        return true;
    }
#endif
    (void)stream;
    (void)result;
    return false;
}

static int write_record(ti_tls_stream_t *stream, const void *data, size_t size)
{
    int result;
    do {
        result = mbedtls_ssl_write(&stream->ssl, data, size);
    } while (took_ticket(stream, result));
    return result;
}

/* mbedTLS encrypts a record and holds it until all of it has left. If it is called while it holds one, it sends the
 * rest of that and reports the bytes of the new call as written. So it is then called without bytes, and `ahead`
 * remembers how many bytes the record contained: the core may offer fewer bytes the next time, and the remainder counts
 * for the call after that. */
static int write_some(ti_tls_stream_t *stream, const void *data, size_t size)
{
    int most = mbedtls_ssl_get_max_out_record_payload(&stream->ssl);
    size_t wanted = most > 0 && size > (size_t)most ? (size_t)most : size;
    if (stream->held) {
        int result = write_record(stream, data, 0);
        if (result < 0 && !must_wait(result)) {
            return fail(stream, result);
        }
        if (stream->held) {
            return 0;
        }
    }
    if (stream->ahead == 0) {
        int result = write_record(stream, data, wanted);
        if (result < 0 && !must_wait(result)) {
            return fail(stream, result);
        }
        stream->ahead = result > 0 ? (size_t)result : stream->held ? wanted : 0;
        if (stream->held || stream->ahead == 0) {
            return 0;
        }
    }
    size_t told = stream->ahead < size ? stream->ahead : size;
    stream->ahead -= told;
    return (int)told;
}

int ti_tls_send(void *context, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    const tirtc_port_t *below = port_of(context)->below;
    ti_tls_stream_t *stream = stream_of(pipe);
    if (stream == NULL) {
        return below->send(below->context, pipe->below, data, size);
    }
    int up = bring_up(stream);
    if (up <= 0) {
        return up;
    }
    if (stream->send_error == 0) {
        int sent = write_some(stream, data, size);
        if (sent >= 0) {
            return sent;
        }
        stream->send_error = sent;
    }
    return stream->send_error;
}

/* Read once. Returns as ti_tls_receive(). If `again` is set, the result is 0, something other than data arrived, and
 * more may be available. */
static int read_some(ti_tls_stream_t *stream, void *data, size_t size, bool *again)
{
    stream->starved = false;
    int result = mbedtls_ssl_read(&stream->ssl, data, size);
    *again = false;
    if (result > 0) {
        return result;
    }
    if (took_ticket(stream, result) || must_wait(result)) {
        *again = !stream->starved;
        return 0;
    }
    if (result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
        return TIRTC_E_HTTP_PEER_CLOSED;
    }
    return fail(stream, result);
}

int ti_tls_receive(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    const tirtc_port_t *below = port_of(context)->below;
    ti_tls_stream_t *stream = stream_of(pipe);
    if (stream == NULL) {
        return below->receive(below->context, pipe->below, data, size);
    }
    int up = bring_up(stream);
    if (up <= 0) {
        return up;
    }
    if (stream->receive_error != 0) {
        return stream->receive_error;
    }
    bool again = true;
    int result = 0;
    for (int rounds = 0; again && rounds < MAX_ROUNDS; rounds++) {
        result = read_some(stream, data, size, &again);
    }
    if (again) {
        below->wake(below->context); /* the port below will not: its pipe was not read until it had nothing */
    }
    if (result < 0) {
        stream->receive_error = result;
    }
    return result;
}

bool ti_tls_pending(void *context, tirtc_pipe_t *pipe)
{
    const tirtc_port_t *below = port_of(context)->below;
    const ti_tls_stream_t *stream = stream_of(pipe);
    bool inside = stream != NULL && stream->up && mbedtls_ssl_check_pending(&stream->ssl) != 0;
    return inside || (below->pending != NULL && below->pending(below->context, pipe->below));
}

/* Send a close notification if there is room for it. While output is held, the first call only sends that. */
static void close_notify(ti_tls_stream_t *stream)
{
    bool sendable = stream->up && stream->send_error == 0 && stream->below_error == 0;
    if (sendable && (!stream->held || mbedtls_ssl_close_notify(&stream->ssl) == 0)) {
        (void)mbedtls_ssl_close_notify(&stream->ssl);
    }
}

void ti_tls_hang_up(void *context, tirtc_pipe_t *pipe)
{
    const tirtc_port_t *below = port_of(context)->below;
    if (pipe->secure) {
        close_notify(stream_of(pipe));
    }
    below->hang_up(below->context, pipe->below);
    free_pipe(below, pipe);
}
