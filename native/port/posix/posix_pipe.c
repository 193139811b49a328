/* The pipes of tirtc_port_t over non-blocking sockets. */
#include "posix_system.h"

#include "posix.h"
#include "tirtc_loop.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* posix_dial.c sets SO_NOSIGPIPE instead */
#endif

struct tirtc_pipe {
    ti_dial_t *dial;         /* NULL once the pipe is up or has failed */
    ti_descriptor_t *socket; /* NULL until the pipe is up */
    int send_error;          /* set when nothing can be sent any more */
    int receive_error;       /* set when everything received has been taken and nothing more comes */
};

/** Continue a dial. Returns 1 when the pipe is up, 0 while it is not, or the error, from then on always the same. */
static int bring_up(tirtc_pipe_t *pipe)
{
    if (pipe->dial != NULL) {
        int result = ti_dial_advance(pipe->dial, &pipe->socket);
        if (result == 0) {
            return 0;
        }
        ti_dial_close(pipe->dial);
        pipe->dial = NULL;
        if (result < 0) {
            pipe->send_error = pipe->receive_error = result;
        }
    }
    return pipe->socket == NULL ? pipe->receive_error : 1;
}

static int pipe_dial(void *context, const char *host, uint16_t port, bool secure, tirtc_pipe_t **pipe)
{
    if (secure) {
        return TIRTC_E_HTTP_SSL; /* secure_pipes is false; posix_tls.c puts TLS around this */
    }
    tirtc_pipe_t *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return TIRTC_E_HTTP_NOMEM;
    }
    int result = ti_dial_open(context, host, port, &made->dial);
    if (result == 0) {
        result = bring_up(made); /* a numeric address is dialled at once and may fail at once */
    }
    if (result < 0) {
        free(made);
        return result;
    }
    *pipe = made;
    return 0;
}

static int clamp_to_int(size_t size)
{
    return size > INT_MAX ? INT_MAX : (int)size;
}

static bool would_block(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

/** Returns the code for an error of a pipe that was up: ETIMEDOUT then means that the pipe broke. */
static int broken_pipe(int error)
{
    return error == ETIMEDOUT ? TIRTC_E_HTTP_RESET : ti_socket_error(error);
}

static int pipe_send(void *context, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    (void)context;
    int up = bring_up(pipe);
    if (up <= 0) {
        return up;
    }
    if (pipe->send_error != 0) {
        return pipe->send_error;
    }
    if (!pipe->socket->writable) {
        return 0;
    }
    int wanted = clamp_to_int(size);
    ssize_t sent;
    do {
        sent = send(pipe->socket->fd, data, (size_t)wanted, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && !would_block(errno)) {
        pipe->send_error = broken_pipe(errno);
        pipe->socket->readable = pipe->socket->ended = true; /* so that receive returns the end */
        return pipe->send_error;
    }
    if (sent < wanted) {
        pipe->socket->writable = false; /* full; the poller reports when there is room */
    }
    return sent < 0 ? 0 : (int)sent;
}

static int pipe_receive(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    (void)context;
    int up = bring_up(pipe);
    if (up <= 0) {
        return up;
    }
    if (pipe->receive_error != 0) {
        return pipe->receive_error;
    }
    if (!pipe->socket->readable) {
        return 0;
    }
    int wanted = clamp_to_int(size);
    ssize_t got;
    do {
        got = recv(pipe->socket->fd, data, (size_t)wanted, 0);
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
        /* A short read: the socket is empty, unless its end is next, for which there is no further event. */
        pipe->socket->readable = got == wanted || pipe->socket->ended;
        return (int)got;
    }
    if (got < 0 && would_block(errno)) {
        pipe->socket->readable = pipe->socket->ended = false;
        return 0;
    }
    /* The system reports a reset only once: if send has received it, this looks like an orderly end. */
    int end = got == 0 ? TIRTC_E_HTTP_PEER_CLOSED : broken_pipe(errno);
    pipe->receive_error = pipe->send_error != 0 ? pipe->send_error : end;
    return pipe->receive_error;
}

/** Discard what has arrived: closing a socket with unread bytes resets it, and our last bytes might be lost with it. */
static void drain(tirtc_pipe_t *pipe)
{
    char scrap[4096];
    int rounds = 16; /* do not wait for a peer that floods us */
    while (rounds-- > 0 && recv(pipe->socket->fd, scrap, sizeof scrap, 0) > 0) {
    }
}

static void pipe_hang_up(void *context, tirtc_pipe_t *pipe)
{
    ti_posix_port_t *port = context;
    ti_dial_close(pipe->dial);
    if (pipe->socket != NULL) {
        if (pipe->receive_error == 0 && pipe->send_error == 0) {
            drain(pipe);
        }
        ti_socket_close(port->net, pipe->socket);
    }
    free(pipe);
}

void ti_posix_port_init(ti_posix_port_t *port, ti_net_t *net, void (*wake)(void *context))
{
    port->net = net;
    port->functions = (tirtc_port_t){
        .context = port,
        .mono_ms = ti_port_mono_ms,
        .entropy = ti_port_entropy,
        .allocate = ti_port_allocate,
        .release = ti_port_release,
        .dial = pipe_dial,
        .send = pipe_send,
        .receive = pipe_receive,
        .hang_up = pipe_hang_up,
        .wake = wake,
        .threads = tirtc_loop_threads(),
        .secure_pipes = false,
        .wall_s = ti_port_wall_s,
    };
}
