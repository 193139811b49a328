/* Making a pipe: resolve, then connect to one address after the other, the next one beginning when one fails or has not
 * answered for a while; the first to connect wins (RFC 8305, without its measuring). */
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
    int error;                                   /* of the attempts so far */
    int begun;                                   /* how many addresses have been tried */
    ti_query_t query;                            /* query.found are the addresses */
    ti_timer_t timer;                            /* the limit of resolving, then the patience with the latest attempt */
    ti_descriptor_t *attempts[TI_MAX_ADDRESSES]; /* NULL: not begun, or failed */
};

int ti_socket_error(int error)
{
    switch (error) {
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
    case EAFNOSUPPORT: /* no IPv6 here: as good as unreachable */
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

/** A non-blocking TCP socket that no child inherits, or -1 with errno. */
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
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* for speed only: without it the pipe works, too */
#ifndef MSG_NOSIGNAL
    setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
    return fd;
}

/** Begin to connect. Returns 0 or an errno value. */
static int begin_connect(int fd, ti_address_t *address, uint16_t tcp_port)
{
    socklen_t size = sizeof address->ipv4;
    if (address->any.sa_family == AF_INET6) {
        size = sizeof address->ipv6;
        address->ipv6.sin6_port = htons(tcp_port);
    } else {
        address->ipv4.sin_port = htons(tcp_port);
    }
    /* An interrupted connect goes on by itself. */
    return connect(fd, &address->any, size) == 0 || errno == EINPROGRESS || errno == EINTR ? 0 : errno;
}

/** Try an address. Returns the attempt, or NULL and an errno value. */
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
    /* Watched only once it connects: before, a socket looks hung up. */
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

/** Remember why an attempt failed. That nothing answers at one address says more than any trouble with another. */
static void note_error(ti_dial_t *dial, int error)
{
    if (dial->error != TIRTC_E_HTTP_SERVER_DOWN) {
        /* While a connect goes on, silence means that nobody is there. */
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

/** Look at the attempts of which there is news. Returns the first that is connected, out of the dial's hands, or NULL
 *  and how many still go on. */
static ti_descriptor_t *look_at_attempts(ti_dial_t *dial, int *going_on)
{
    *going_on = 0;
    for (int i = 0; i < dial->begun; i++) {
        ti_descriptor_t *attempt = dial->attempts[i];
        if (attempt == NULL) {
            continue;
        }
        if (!attempt->writable) {
            ++*going_on;
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

/** Returns 0 while the name is looked up, 1 when there are addresses, or TIRTC_E_HTTP_RESOLVE. */
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
        int going_on;
        *descriptor = look_at_attempts(dial, &going_on);
        if (*descriptor != NULL) {
            return 1;
        }
        if (dial->begun == dial->query.found.count) {
            return going_on > 0 ? 0 : dial->error;
        }
        if (going_on > 0 && dial->timer.set) {
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
