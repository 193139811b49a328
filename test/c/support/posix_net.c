#include "posix_net.h"

#include "../check.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <sys/time.h>
#include <unistd.h>

static void on_wake(void *context)
{
    posix_net_t *self = context;
    if (!pthread_equal(pthread_self(), self->thread)) { /* else its wait is over anyway */
        ti_net_ring(&self->net);
    }
}

static void on_timer(ti_timer_t *timer)
{
    ((posix_net_t *)timer->owner)->timer_fired = true;
}

void posix_net_open(posix_net_t *self, bool use_poll, ti_lookup_t lookup)
{
    alarm(DEADLINE_S);
    *self = (posix_net_t){.timer = {.fired = on_timer, .owner = self}, .thread = pthread_self()};
    self->descriptors_before = count_descriptors();
    REQUIRE(ti_net_open(&self->net, use_poll, lookup) == 0);
    ti_posix_port_init(&self->port, &self->net, on_wake);
}

int posix_net_close(posix_net_t *self)
{
    ti_timer_clear(&self->net.timers, &self->timer);
    ti_net_close(&self->net);
    alarm(0);
    return count_descriptors() - self->descriptors_before;
}

void posix_net_wait(posix_net_t *self)
{
    ti_net_wait(&self->net, true);
    self->waits++;
}

void posix_net_set_timer(posix_net_t *self, uint32_t after_ms)
{
    self->timer_fired = false;
    ti_timer_set(&self->net.timers, &self->timer, ti_clock_ms() + after_ms);
}

tirtc_pipe_t *posix_net_dial(posix_net_t *self, const char *host, uint16_t tcp_port)
{
    tirtc_pipe_t *pipe = NULL;
    REQUIRE(self->port.functions.dial(&self->port, host, tcp_port, false, &pipe) == 0);
    return pipe;
}

int posix_net_send(posix_net_t *self, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    int result;
    while ((result = self->port.functions.send(&self->port, pipe, data, size)) == 0) {
        posix_net_wait(self);
    }
    return result;
}

int posix_net_receive(posix_net_t *self, tirtc_pipe_t *pipe, void *data, size_t size)
{
    int result;
    while ((result = self->port.functions.receive(&self->port, pipe, data, size)) == 0) {
        posix_net_wait(self);
    }
    return result;
}

void posix_net_hang_up(posix_net_t *self, tirtc_pipe_t *pipe)
{
    self->port.functions.hang_up(&self->port, pipe);
}

static bool fill_address(ti_address_t *address, const char *text, uint16_t tcp_port, socklen_t *size)
{
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET6, text, &address->ipv6.sin6_addr) == 1) {
        address->ipv6.sin6_family = AF_INET6;
        address->ipv6.sin6_port = htons(tcp_port);
        *size = sizeof address->ipv6;
        return true;
    }
    address->ipv4.sin_family = AF_INET;
    address->ipv4.sin_port = htons(tcp_port);
    *size = sizeof address->ipv4;
    return inet_pton(AF_INET, text, &address->ipv4.sin_addr) == 1;
}

int listen_at(const char *text, uint16_t tcp_port, int backlog)
{
    ti_address_t address;
    socklen_t size;
    REQUIRE(fill_address(&address, text, tcp_port, &size));
    int fd = socket(address.any.sa_family, SOCK_STREAM, 0);
    if (fd < 0) {
        return -1;
    }
    if (bind(fd, &address.any, size) != 0 || (backlog >= 0 && listen(fd, backlog) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

uint16_t port_of(int fd)
{
    ti_address_t address;
    socklen_t size = sizeof address;
    REQUIRE(getsockname(fd, &address.any, &size) == 0);
    return ntohs(address.any.sa_family == AF_INET6 ? address.ipv6.sin6_port : address.ipv4.sin_port);
}

static void set_deadline(int fd)
{
    const struct timeval deadline = {.tv_sec = DEADLINE_S};
    REQUIRE(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline) == 0);
    REQUIRE(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline) == 0);
}

int accept_from(int listener)
{
    set_deadline(listener);
    int fd = accept(listener, NULL, NULL);
    REQUIRE(fd >= 0);
    set_deadline(fd);
    return fd;
}

bool read_all(int fd, void *data, size_t size)
{
    char *at = data;
    while (size > 0) {
        ssize_t got = read(fd, at, size);
        if (got <= 0) {
            return false;
        }
        at += got;
        size -= (size_t)got;
    }
    return true;
}

void reset(int fd)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};
    REQUIRE(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
    close(fd);
}

int count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    REQUIRE(directory != NULL);
    int count = -1; /* the directory's own */
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(directory);
    return count;
}
