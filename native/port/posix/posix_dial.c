/* Making a pipe: resolve, then connect to one address after the other. The next address begins when one fails or has
 * not answered for a while; the first one to connect is used (RFC 8305, without its measurements). */
#include "posix_system.h"

#include "posix.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

struct ti_dial {
    ti_posix_port_t *port;
    uint16_t tcp_port;
    bool resolving;
    int error;                                   /* the best reason of the attempts so far */
    int begun;                                   /* number of addresses tried */
    ti_query_t query;                            /* query.found holds the addresses */
    ti_timer_t timer;                            /* the limit of resolving, then the delay before the next attempt */
    ti_descriptor_t *attempts[TI_MAX_ADDRESSES]; /* NULL: not begun or failed */
};

int ti_socket_error(int error)
{
    switch (error) {
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
    case EAFNOSUPPORT: /* no IPv6 here: equivalent to unreachable */
        return TIRTC_E_HTTP_SERVER_DOWN;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
        return TIRTC_E_HTTP_RESET;
    case ENOMEM:
        return TIRTC_E_HTTP_NOMEM;
    default:
        return TIRTC_E_HTTP_SOCKET;
    }
}

void ti_socket_close(ti_net_t *net, ti_descriptor_t *descriptor)
{
    net->poller->functions->remove(net->poller, descriptor);
    close(descriptor->fd);
    free(descriptor);
}

static void wake_port(ti_posix_port_t *port)
{
    port->functions.wake(port);
}

static void on_socket(ti_descriptor_t *descriptor)
{
    wake_port(descriptor->owner);
}

static void on_timer(ti_timer_t *timer)
{
    wake_port(timer->owner);
}

static void on_answer(ti_query_t *query)
{
    wake_port(query->owner);
}

/** Returns a non-blocking TCP socket that no child inherits, or -1 with errno. */
static int open_socket(int family)
{
#ifdef SOCK_CLOEXEC
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
#else
    int fd = socket(family, SOCK_STREAM, IPPROTO_TCP);
    if (fd >= 0) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        fcntl(fd, F_SETFL, O_NONBLOCK);
    }
#endif
    if (fd < 0) {
        return -1;
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* for speed only: the pipe works without it too */
#ifndef MSG_NOSIGNAL
    setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
    return fd;
}

/** Begin to connect a socket. Returns 0 or an errno value. */
static int begin_connect(int fd, ti_address_t *address, uint16_t tcp_port)
{
    socklen_t size = sizeof address->ipv4;
    if (address->any.sa_family == AF_INET6) {
        size = sizeof address->ipv6;
        address->ipv6.sin6_port = htons(tcp_port);
    } else {
        address->ipv4.sin_port = htons(tcp_port);
    }
    /* An interrupted connect continues by itself. */
    return connect(fd, &address->any, size) == 0 || errno == EINPROGRESS || errno == EINTR ? 0 : errno;
}

/** Begin an attempt with an address. Returns the attempt, or NULL and an errno value. */
static ti_descriptor_t *begin_attempt(ti_dial_t *dial, ti_address_t *address, int *error)
{
    ti_poller_t *poller = dial->port->net->poller;
    ti_descriptor_t *attempt = calloc(1, sizeof *attempt);
    if (attempt == NULL) {
        *error = ENOMEM;
        return NULL;
    }
    attempt->changed = on_socket;
    attempt->owner = dial->port;
    attempt->fd = open_socket(address->any.sa_family);
    if (attempt->fd < 0) {
        *error = errno;
        free(attempt);
        return NULL;
    }
    /* Watch it only once it connects: before that, a socket looks hung up. */
    *error = begin_connect(attempt->fd, address, dial->tcp_port);
    if (*error == 0) {
        *error = poller->functions->add(poller, attempt);
    }
    if (*error != 0) {
        close(attempt->fd);
        free(attempt);
        return NULL;
    }
    return attempt;
}

/** Remember why an attempt failed. "Nothing answers at this address" takes precedence over other errors. */
static void note_error(ti_dial_t *dial, int error)
{
    if (dial->error != TIRTC_E_HTTP_SERVER_DOWN) {
        /* While connecting, a timeout means that there is no one at that address. */
        dial->error = error == ETIMEDOUT ? TIRTC_E_HTTP_SERVER_DOWN : ti_socket_error(error);
    }
}

static void begin_next_attempt(ti_dial_t *dial)
{
    int index = dial->begun++;
    int error = 0;
    dial->attempts[index] = begin_attempt(dial, &dial->query.found.list[index], &error);
    if (dial->attempts[index] == NULL) {
        note_error(dial, error);
    } else if (dial->begun < dial->query.found.count) {
        ti_timer_set(&dial->port->net->timers, &dial->timer, ti_clock_ms() + TI_NEXT_ADDRESS_AFTER_MS);
    }
}

/** Check the attempts. Returns the first one that is connected, which the caller then owns, or NULL and the number of
 *  attempts still in progress. */
static ti_descriptor_t *check_attempts(ti_dial_t *dial, int *in_progress)
{
    *in_progress = 0;
    for (int i = 0; i < dial->begun; i++) {
        ti_descriptor_t *attempt = dial->attempts[i];
        if (attempt == NULL) {
            continue;
        }
        if (!attempt->writable) {
            ++*in_progress;
            continue;
        }
        int error = 0;
        socklen_t size = sizeof error;
        if (getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
            error = errno;
        }
        dial->attempts[i] = NULL;
        if (error == 0) {
            return attempt;
        }
        note_error(dial, error);
        ti_socket_close(dial->port->net, attempt);
    }
    return NULL;
}

int ti_dial_open(ti_posix_port_t *port, const char *host, uint16_t tcp_port, ti_dial_t **dial)
{
    ti_dial_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return TIRTC_E_HTTP_NOMEM;
    }
    self->port = port;
    self->tcp_port = tcp_port;
    self->timer.fired = on_timer;
    self->timer.owner = port;
    self->query.answered = on_answer;
    self->query.owner = port;
    self->resolving = ti_lookup_numeric(host, &self->query.found) != 0;
    if (self->resolving) {
        int error = ti_resolver_ask(port->net->resolver, host, &self->query);
        if (error != 0) {
            free(self);
            return error;
        }
        ti_timer_set(&port->net->timers, &self->timer, ti_clock_ms() + port->net->resolve_timeout_ms);
    }
    *dial = self;
    return 0;
}

/** Check the lookup. Returns 0 while it is in progress, 1 when there are addresses, or TIRTC_E_HTTP_RESOLVE. */
static int advance_resolving(ti_dial_t *dial)
{
    if (!ti_resolver_answered(dial->port->net->resolver, &dial->query)) {
        return dial->timer.set ? 0 : TIRTC_E_HTTP_RESOLVE;
    }
    ti_timer_clear(&dial->port->net->timers, &dial->timer);
    dial->resolving = false;
    return dial->query.error == 0 ? 1 : dial->query.error;
}

int ti_dial_advance(ti_dial_t *dial, ti_descriptor_t **descriptor)
{
    if (dial->resolving) {
        int resolved = advance_resolving(dial);
        if (resolved <= 0) {
            return resolved;
        }
    }
    for (;;) {
        int in_progress;
        *descriptor = check_attempts(dial, &in_progress);
        if (*descriptor != NULL) {
            return 1;
        }
        if (dial->begun == dial->query.found.count) {
            return in_progress > 0 ? 0 : dial->error;
        }
        if (in_progress > 0 && dial->timer.set) {
            return 0;
        }
        begin_next_attempt(dial);
    }
}

void ti_dial_close(ti_dial_t *dial)
{
    if (dial == NULL) {
        return;
    }
    ti_net_t *net = dial->port->net;
    if (dial->resolving) {
        ti_resolver_forget(net->resolver, &dial->query);
    }
    ti_timer_clear(&net->timers, &dial->timer);
    for (int i = 0; i < dial->begun; i++) {
        if (dial->attempts[i] != NULL) {
            ti_socket_close(net, dial->attempts[i]);
        }
    }
    free(dial);
}
