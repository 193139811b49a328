/* With an operating system: a TCP connection as a byte pipe by lwIP's sockets, which never block here. select() waits
 * only for what a call did not get, so that a program which does not read is not woken for bytes that it leaves
 * unread. */
#include "lwip.h"

#if !NO_SYS

#include <limits.h>

#include "lwip/errno.h"
#include "lwip/sockets.h"
#include "lwip/sys.h"

enum { DRAIN_BYTES = 256 };

static bool would_block(int number)
{
    return number == EWOULDBLOCK || number == EAGAIN || number == EINPROGRESS;
}

/* Returns the code for the end of a connection that was up. */
static int error_of(int number)
{
    switch (number) {
    case ECONNRESET:
    case ECONNABORTED:
    case ETIMEDOUT:
        return TIRTC_E_HTTP_RESET;
    case ENOTCONN: /* closed by the other side, as earlier calls have reported */
        return TIRTC_E_HTTP_PEER_CLOSED;
    default:
        return TIRTC_E_HTTP_SOCKET;
    }
}

static int start_connect(tirtc_pipe_t *pipe)
{
#if LWIP_IPV6
    if (IP_IS_V6_VAL(pipe->address)) {
        struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = lwip_htons(pipe->port)};
        inet6_addr_from_ip6addr(&to.sin6_addr, ip_2_ip6(&pipe->address));
        to.sin6_scope_id = ip6_addr_zone(ip_2_ip6(&pipe->address));
        return lwip_connect(pipe->socket, (const struct sockaddr *)&to, sizeof to);
    }
#endif
#if LWIP_IPV4
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = lwip_htons(pipe->port)};
    inet_addr_from_ip4addr(&to.sin_addr, ip_2_ip4(&pipe->address));
    return lwip_connect(pipe->socket, (const struct sockaddr *)&to, sizeof to);
#else
    return -1;
#endif
}

void ti_lwip_connect(tirtc_pipe_t *pipe)
{
    int yes = 1;
    pipe->socket = lwip_socket(IP_IS_V6_VAL(pipe->address) ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    if (pipe->socket < 0 || lwip_ioctl(pipe->socket, FIONBIO, &yes) != 0) {
        ti_lwip_fail(pipe, TIRTC_E_HTTP_SOCKET);
        return;
    }
    (void)lwip_setsockopt(pipe->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    pipe->blocked = true; /* the socket becomes writable when the pipe is up or has failed */
    if (start_connect(pipe) != 0 && !would_block(errno)) {
        ti_lwip_fail(pipe, errno == EHOSTUNREACH ? TIRTC_E_HTTP_SERVER_DOWN : TIRTC_E_HTTP_SOCKET);
    }
}

static void finish_connect(tirtc_pipe_t *pipe)
{
    int number = 0;
    socklen_t size = sizeof number;
    if (lwip_getsockopt(pipe->socket, SOL_SOCKET, SO_ERROR, &number, &size) != 0 || number != 0) {
        ti_lwip_fail(pipe, TIRTC_E_HTTP_SERVER_DOWN);
    } else {
        pipe->up = true;
        pipe->starved = true;
    }
}

int ti_lwip_send(void *context, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    (void)context;
    if (pipe->error != 0 || !pipe->up) {
        return pipe->error;
    }
    ssize_t sent = lwip_send(pipe->socket, data, size < INT_MAX ? size : INT_MAX, 0);
    int number = errno;
    pipe->blocked = sent < 0 && (would_block(number) || number == ENOMEM);
    if (sent < 0 && !pipe->blocked) {
        pipe->error = error_of(number);
        return pipe->error;
    }
    return sent < 0 ? 0 : (int)sent;
}

int ti_lwip_receive(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    (void)context;
    if (!pipe->up) {
        return pipe->error;
    }
    ssize_t got = lwip_recv(pipe->socket, data, size < INT_MAX ? size : INT_MAX, 0);
    int number = errno;
    if (got > 0) {
        return (int)got;
    }
    pipe->starved = got < 0 && would_block(number);
    if (pipe->starved) {
        return 0;
    }
    if (pipe->error == 0) {
        pipe->error = got == 0 ? TIRTC_E_HTTP_PEER_CLOSED : error_of(number);
    }
    return pipe->error;
}

/* Take received bytes that were not taken: otherwise lwIP resets the connection, and the last bytes sent are lost. */
void ti_lwip_disconnect(tirtc_pipe_t *pipe)
{
    if (pipe->socket < 0) {
        return;
    }
    uint8_t unread[DRAIN_BYTES];
    size_t left = TCP_WND; /* no more can have arrived */
    ssize_t got = 1;
    while (pipe->up && left > 0 && got > 0) {
        got = lwip_recv(pipe->socket, unread, sizeof unread, 0);
        left -= got > 0 && (size_t)got < left ? (size_t)got : left;
    }
    (void)lwip_close(pipe->socket);
    pipe->socket = -1;
}

/* Returns the largest socket plus 1. */
static int fill_sets(const tirtc_lwip_t *lwip, fd_set *readable, fd_set *writable)
{
    int end = 0;
    FD_ZERO(readable);
    FD_ZERO(writable);
    for (const tirtc_pipe_t *pipe = lwip->pipes; pipe != NULL; pipe = pipe->next) {
        if (pipe->socket < 0 || pipe->error != 0) {
            continue;
        }
        if (pipe->starved) {
            FD_SET(pipe->socket, readable);
        }
        if (pipe->blocked) {
            FD_SET(pipe->socket, writable);
        }
        end = pipe->socket >= end ? pipe->socket + 1 : end;
    }
    return end;
}

static void take_events(tirtc_pipe_t *pipe, const fd_set *readable, const fd_set *writable)
{
    bool may_read = pipe->starved && FD_ISSET(pipe->socket, readable);
    bool may_write = pipe->blocked && FD_ISSET(pipe->socket, writable);
    if (may_write && !pipe->up) {
        finish_connect(pipe);
    }
    pipe->starved = pipe->starved && !may_read;
    pipe->blocked = pipe->blocked && !may_write;
    pipe->lwip->woken = pipe->lwip->woken || may_read || may_write;
}

void ti_lwip_run(tirtc_lwip_t *lwip, uint32_t max_ms)
{
    fd_set readable, writable;
    int end = fill_sets(lwip, &readable, &writable);
    if (end == 0) {
        if (max_ms > 0) {
            sys_msleep(max_ms);
        }
        return;
    }
    struct timeval most = {.tv_sec = (long)(max_ms / 1000), .tv_usec = (long)(max_ms % 1000 * 1000)};
    if (lwip_select(end, &readable, &writable, NULL, &most) <= 0) {
        return;
    }
    for (tirtc_pipe_t *pipe = lwip->pipes; pipe != NULL; pipe = pipe->next) {
        if (pipe->socket >= 0 && pipe->error == 0) {
            take_events(pipe, &readable, &writable);
        }
    }
}

#endif
