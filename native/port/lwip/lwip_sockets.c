/* With an operating system: a TCP connection as a byte pipe by lwIP's sockets, which never block here. select() asks
 * only for what a call did not get, so that a program which does not read is not woken for what it leaves. */
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

/* What ended a connection that was up. */
static int error_of(int number)
{
    switch (number) {
    case ECONNRESET:
    case ECONNABORTED:
    case ETIMEDOUT:
        return TIRTC_E_HTTP_RESET;
    case ENOTCONN: /* closed by the other side, as the calls before have told */
        return TIRTC_E_HTTP_PEER_CLOSED;
    default:
        return TIRTC_E_HTTP_SOCKET;
    }
}

static int start_connect(tirtc_pipe_t *link)
{
#if LWIP_IPV6
    if (IP_IS_V6_VAL(link->address)) {
        struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = lwip_htons(link->port)};
        inet6_addr_from_ip6addr(&to.sin6_addr, ip_2_ip6(&link->address));
        to.sin6_scope_id = ip6_addr_zone(ip_2_ip6(&link->address));
        return lwip_connect(link->socket, (const struct sockaddr *)&to, sizeof to);
    }
#endif
#if LWIP_IPV4
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = lwip_htons(link->port)};
    inet_addr_from_ip4addr(&to.sin_addr, ip_2_ip4(&link->address));
    return lwip_connect(link->socket, (const struct sockaddr *)&to, sizeof to);
#else
    return -1;
#endif
}

void ti_lwip_connect(tirtc_pipe_t *link)
{
    int yes = 1;
    link->socket = lwip_socket(IP_IS_V6_VAL(link->address) ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    if (link->socket < 0 || lwip_ioctl(link->socket, FIONBIO, &yes) != 0) {
        ti_lwip_fail(link, TIRTC_E_HTTP_SOCKET);
        return;
    }
    (void)lwip_setsockopt(link->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    link->blocked = true; /* writable when it is up, or has failed */
    if (start_connect(link) != 0 && !would_block(errno)) {
        ti_lwip_fail(link, errno == EHOSTUNREACH ? TIRTC_E_HTTP_SERVER_DOWN : TIRTC_E_HTTP_SOCKET);
    }
}

static void finish_connect(tirtc_pipe_t *link)
{
    int number = 0;
    socklen_t size = sizeof number;
    if (lwip_getsockopt(link->socket, SOL_SOCKET, SO_ERROR, &number, &size) != 0 || number != 0) {
        ti_lwip_fail(link, TIRTC_E_HTTP_SERVER_DOWN);
    } else {
        link->up = true;
        link->starved = true;
    }
}

int ti_lwip_send(void *context, tirtc_pipe_t *link, const void *data, size_t size)
{
    (void)context;
    if (link->error != 0 || !link->up) {
        return link->error;
    }
    ssize_t sent = lwip_send(link->socket, data, size < INT_MAX ? size : INT_MAX, 0);
    int number = errno;
    link->blocked = sent < 0 && (would_block(number) || number == ENOMEM);
    if (sent < 0 && !link->blocked) {
        link->error = error_of(number);
        return link->error;
    }
    return sent < 0 ? 0 : (int)sent;
}

int ti_lwip_receive(void *context, tirtc_pipe_t *link, void *data, size_t size)
{
    (void)context;
    if (!link->up) {
        return link->error;
    }
    ssize_t got = lwip_recv(link->socket, data, size < INT_MAX ? size : INT_MAX, 0);
    int number = errno;
    if (got > 0) {
        return (int)got;
    }
    link->starved = got < 0 && would_block(number);
    if (link->starved) {
        return 0;
    }
    if (link->error == 0) {
        link->error = got == 0 ? TIRTC_E_HTTP_PEER_CLOSED : error_of(number);
    }
    return link->error;
}

/* Bytes that were received and not taken must be taken now, or lwIP resets the connection and with it what was sent
 * last. */
void ti_lwip_disconnect(tirtc_pipe_t *link)
{
    if (link->socket < 0) {
        return;
    }
    uint8_t unread[DRAIN_BYTES];
    size_t left = TCP_WND; /* no more can have come */
    ssize_t got = 1;
    while (link->up && left > 0 && got > 0) {
        got = lwip_recv(link->socket, unread, sizeof unread, 0);
        left -= got > 0 && (size_t)got < left ? (size_t)got : left;
    }
    (void)lwip_close(link->socket);
    link->socket = -1;
}

/* Returns 1 above the largest socket. */
static int fill_sets(const tirtc_lwip_t *lwip, fd_set *readable, fd_set *writable)
{
    int end = 0;
    FD_ZERO(readable);
    FD_ZERO(writable);
    for (const tirtc_pipe_t *link = lwip->links; link != NULL; link = link->next) {
        if (link->socket < 0 || link->error != 0) {
            continue;
        }
        if (link->starved) {
            FD_SET(link->socket, readable);
        }
        if (link->blocked) {
            FD_SET(link->socket, writable);
        }
        end = link->socket >= end ? link->socket + 1 : end;
    }
    return end;
}

static void take_news(tirtc_pipe_t *link, const fd_set *readable, const fd_set *writable)
{
    bool may_read = link->starved && FD_ISSET(link->socket, readable);
    bool may_write = link->blocked && FD_ISSET(link->socket, writable);
    if (may_write && !link->up) {
        finish_connect(link);
    }
    link->starved = link->starved && !may_read;
    link->blocked = link->blocked && !may_write;
    link->lwip->woken = link->lwip->woken || may_read || may_write;
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
    for (tirtc_pipe_t *link = lwip->links; link != NULL; link = link->next) {
        if (link->socket >= 0 && link->error == 0) {
            take_news(link, &readable, &writable);
        }
    }
}

#endif
