#define _GNU_SOURCE /* pipe2, accept4, and POSIX itself under -std=c11 */
#include "socket_service.h"

#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_SOCKETS = 512, BLOCK_BYTES = 16384 };

/** What carries one link. */
struct carrier {
    int socket;
    bool ended; /* our side is shut down */
};

struct socket_service {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t went_round; /* the thread did something */
    service_t *service;
    int listener; /* -1 while it is down */
    int bell[2];
    uint16_t port;
    bool stopping;
    uint64_t chance;
    char endpoint[64];
};

static uint32_t now_ms(void)
{
    struct timespec now;
    REQUIRE(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (uint32_t)((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
}

/** Not secret, only different each time it is asked. */
static void own_random(void *user, void *out, size_t size)
{
    socket_service_t *server = user;
    for (size_t i = 0; i < size; i++) {
        server->chance = server->chance * 6364136223846793005u + 1442695040888963407u;
        ((uint8_t *)out)[i] = (uint8_t)(server->chance >> 56);
    }
}

/* ---- sockets ---- */

static void start_listening(socket_service_t *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(server->port)};
    socklen_t size = sizeof address;
    int yes = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    REQUIRE(server->listener >= 0);
    REQUIRE(setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0);
    REQUIRE(bind(server->listener, (struct sockaddr *)&address, sizeof address) == 0);
    REQUIRE(listen(server->listener, 128) == 0);
    REQUIRE(getsockname(server->listener, (struct sockaddr *)&address, &size) == 0);
    server->port = ntohs(address.sin_port);
}

static void accept_links(socket_service_t *server)
{
    int yes = 1;
    for (;;) {
        int accepted = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (accepted < 0) {
            return;
        }
        struct carrier *carrier = calloc(1, sizeof *carrier);
        REQUIRE(carrier != NULL);
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        carrier->socket = accepted;
        service_arrive(server->service)->carrier = carrier;
    }
}

static void drop(service_link_t *link)
{
    struct carrier *carrier = link->carrier;
    if (link->carry == SERVICE_CARRY_RESET) {
        struct linger hard = {.l_onoff = 1};
        setsockopt(carrier->socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    close(carrier->socket);
    free(carrier);
    link->carrier = NULL;
    service_far_end(link);
}

/** Read once. Returns false when the far end is gone. */
static bool read_some(service_link_t *link)
{
    uint8_t block[BLOCK_BYTES];
    const struct carrier *carrier = link->carrier;
    ssize_t size = recv(carrier->socket, block, sizeof block, 0);
    if (size > 0) {
        service_feed(link, block, (size_t)size);
    }
    return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

/** Write what fits, and end when the service wants to. Returns false when the far end is gone. */
static bool write_some(service_link_t *link)
{
    struct carrier *carrier = link->carrier;
    ti_span_t output = service_output(link);
    if (output.size > 0) {
        ssize_t size = send(carrier->socket, output.data, output.size, MSG_NOSIGNAL);
        if (size < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        service_sent(link, (size_t)size);
    }
    if (link->carry == SERVICE_CARRY_END && service_output(link).size == 0 && !carrier->ended) {
        carrier->ended = true;
        shutdown(carrier->socket, SHUT_WR);
    }
    return true;
}

static void carry(service_link_t *link, short events)
{
    bool readable = (events & (POLLIN | POLLHUP | POLLERR)) != 0;
    bool alive = link->carry != SERVICE_CARRY_RESET;
    if (alive && readable && !link->mute) {
        alive = read_some(link);
    }
    if (!alive || link->carry == SERVICE_CARRY_RESET || !write_some(link)) {
        drop(link);
    }
}

/* ---- the thread ---- */

/** What to wait for; links[i] belongs to polled[i], NULL for the bell and the listener. Returns how many. */
static nfds_t gather(socket_service_t *server, struct pollfd *polled, service_link_t **links)
{
    nfds_t count = 2;
    polled[0] = (struct pollfd){.fd = server->bell[0], .events = POLLIN};
    polled[1] = (struct pollfd){.fd = server->listener, .events = POLLIN};
    links[0] = links[1] = NULL;
    for (service_link_t *link = service_link_at(server->service, 0); link != NULL; link = link->next) {
        const struct carrier *carrier = link->carrier;
        if (carrier == NULL) {
            continue;
        }
        REQUIRE(count < MAX_SOCKETS);
        short events = link->mute ? 0 : POLLIN;
        events |= service_output(link).size > 0 ? POLLOUT : 0;
        polled[count] = (struct pollfd){.fd = link->mute ? -1 : carrier->socket, .events = events};
        links[count++] = link;
    }
    return count;
}

static void go_round(socket_service_t *server, const struct pollfd *polled, service_link_t *const *links, nfds_t count)
{
    char rings[64];
    if (polled[0].revents != 0) {
        REQUIRE(read(server->bell[0], rings, sizeof rings) > 0);
    }
    service_tick(server->service, now_ms());
    if (server->listener >= 0) {
        accept_links(server);
    }
    for (nfds_t i = 2; i < count; i++) {
        if (links[i]->carrier != NULL) {
            carry(links[i], polled[i].revents);
        }
    }
}

static void *serve(void *argument)
{
    socket_service_t *server = argument;
    struct pollfd polled[MAX_SOCKETS];
    service_link_t *links[MAX_SOCKETS];
    pthread_mutex_lock(&server->mutex);
    while (!server->stopping) {
        nfds_t count = gather(server, polled, links);
        int due_ms = service_next_due_ms(server->service);
        pthread_mutex_unlock(&server->mutex);
        int ready = poll(polled, count, due_ms);
        REQUIRE(ready >= 0 || errno == EINTR);
        pthread_mutex_lock(&server->mutex);
        go_round(server, polled, links, count);
        pthread_cond_broadcast(&server->went_round);
    }
    pthread_mutex_unlock(&server->mutex);
    return NULL;
}

static void ring(socket_service_t *server)
{
    if (write(server->bell[1], "", 1) < 0) {
        REQUIRE(errno == EAGAIN); /* it rings already */
    }
}

/* ---- for tests ---- */

static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    REQUIRE(pthread_condattr_init(&attributes) == 0);
    REQUIRE(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    REQUIRE(pthread_cond_init(condition, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

socket_service_t *socket_service_open(const service_options_t *options)
{
    socket_service_t *server = calloc(1, sizeof *server);
    service_options_t chosen = {0};
    sigset_t all, before;
    REQUIRE(server != NULL);
    if (options != NULL) {
        chosen = *options;
    }
    if (chosen.random == NULL) {
        chosen.random = own_random;
        chosen.random_user = server;
    }
    server->service = service_open(&chosen);
    service_tick(server->service, now_ms());
    start_listening(server);
    snprintf(server->endpoint, sizeof server->endpoint, "http://127.0.0.1:%u", server->port);
    REQUIRE(pipe2(server->bell, O_CLOEXEC | O_NONBLOCK) == 0);
    REQUIRE(pthread_mutex_init(&server->mutex, NULL) == 0);
    init_condition(&server->went_round);
    sigfillset(&all);
    REQUIRE(pthread_sigmask(SIG_BLOCK, &all, &before) == 0); /* a test's alarm is for the test's thread */
    REQUIRE(pthread_create(&server->thread, NULL, serve, server) == 0);
    REQUIRE(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return server;
}

void socket_service_close(socket_service_t *server)
{
    pthread_mutex_lock(&server->mutex);
    server->stopping = true;
    pthread_mutex_unlock(&server->mutex);
    ring(server);
    REQUIRE(pthread_join(server->thread, NULL) == 0);
    service_crash(server->service);
    for (service_link_t *link = service_link_at(server->service, 0); link != NULL; link = link->next) {
        if (link->carrier != NULL) {
            drop(link);
        }
    }
    if (server->listener >= 0) {
        close(server->listener);
    }
    close(server->bell[0]);
    close(server->bell[1]);
    pthread_cond_destroy(&server->went_round);
    pthread_mutex_destroy(&server->mutex);
    service_close(server->service);
    free(server);
}

const char *socket_service_endpoint(const socket_service_t *server)
{
    return server->endpoint;
}

service_t *socket_service_lock(socket_service_t *server)
{
    pthread_mutex_lock(&server->mutex);
    return server->service;
}

void socket_service_unlock(socket_service_t *server)
{
    pthread_mutex_unlock(&server->mutex);
    ring(server);
}

bool socket_service_wait(socket_service_t *server, bool (*condition)(service_t *service, void *user), void *user,
                         uint32_t timeout_ms)
{
    struct timespec deadline;
    REQUIRE(clock_gettime(CLOCK_MONOTONIC, &deadline) == 0);
    deadline.tv_sec += timeout_ms / 1000;
    deadline.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_nsec -= 1000000000;
        deadline.tv_sec++;
    }
    pthread_mutex_lock(&server->mutex);
    bool holds = condition(server->service, user);
    int waited = 0;
    while (!holds && waited == 0) {
        waited = pthread_cond_timedwait(&server->went_round, &server->mutex, &deadline);
        holds = condition(server->service, user);
    }
    pthread_mutex_unlock(&server->mutex);
    return holds;
}

void socket_service_down(socket_service_t *server, bool down)
{
    pthread_mutex_lock(&server->mutex);
    if (down && server->listener >= 0) {
        close(server->listener);
        server->listener = -1;
        service_crash(server->service);
    } else if (!down && server->listener < 0) {
        start_listening(server);
    }
    pthread_mutex_unlock(&server->mutex);
    ring(server);
}
