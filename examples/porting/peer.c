/* peer.c - the peer of a port under test. It runs on a computer with POSIX sockets:
 *
 *     porting_peer [PORT [ADDRESS]]        default: any free port, 127.0.0.1
 *
 * PORT does what peer_words.h says, PORT + 1 refuses, PORT + 2 never answers. For a board on your network give the
 * computer's address in that network. Ends with Ctrl-C.
 */
#define _POSIX_C_SOURCE 200809L

#include "peer_words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 200, TICK_MS = 2, FILLERS = 4, RECEIVE_BYTES = 32768 };

static peer_t peer;
static int sockets[PEER_PIPES]; /* of the pipes */

static uint32_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static bool bind_to(int fd, struct sockaddr_in *address, uint16_t port)
{
    int yes = 1;
    address->sin_port = htons(port);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return bind(fd, (struct sockaddr *)address, sizeof *address) == 0;
}

/* Bind three consecutive ports, the first of them `port` or, if that is 0, any. */
static bool bind_ports(int fds[PEER_PORTS], struct sockaddr_in *address, uint16_t port)
{
    socklen_t size = sizeof *address;
    for (int i = 0; i < PEER_PORTS; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM, 0);
    }
    if (bind_to(fds[PEER_SERVES], address, port) &&
        getsockname(fds[PEER_SERVES], (struct sockaddr *)address, &size) == 0) {
        uint16_t first = ntohs(address->sin_port);
        if (first <= UINT16_MAX - PEER_PORTS && bind_to(fds[PEER_REFUSES], address, (uint16_t)(first + PEER_REFUSES)) &&
            bind_to(fds[PEER_NEVER_ANSWERS], address, (uint16_t)(first + PEER_NEVER_ANSWERS))) {
            address->sin_port = htons(first);
            return true;
        }
    }
    for (int i = 0; i < PEER_PORTS; i++) {
        close(fds[i]);
    }
    return false;
}

/* A listener that is never served and whose queue is full does not answer: Linux drops new connections. */
static void fall_silent(int fd, struct sockaddr_in address, uint16_t port)
{
    listen(fd, 0);
    address.sin_port = htons(port);
    for (int i = 0; i < FILLERS; i++) {
        int filler = socket(AF_INET, SOCK_STREAM, 0);
        (void)fcntl(filler, F_SETFL, O_NONBLOCK);
        (void)connect(filler, (struct sockaddr *)&address, sizeof address);
    }
}

static void leave(int at)
{
    close(sockets[at]);
    peer_leave(&peer.pipes[at]);
}

static void accept_pipe(int listener)
{
    int yes = 1;
    int fd = accept(listener, NULL, NULL);
    peer_pipe_t *pipe = fd >= 0 ? peer_arrive(&peer) : NULL;
    if (pipe == NULL) {
        close(fd);
        return;
    }
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    sockets[pipe - peer.pipes] = fd;
}

/* Returns false when the pipe has ended. */
static bool receive(int at)
{
    static uint8_t block[PEER_BUFFER_BYTES];
    peer_pipe_t *pipe = &peer.pipes[at];
    size_t wanted = peer_wants(pipe);
    while (wanted > 0) {
        ssize_t received = recv(sockets[at], block, wanted < sizeof block ? wanted : sizeof block, 0);
        if (received == 0 || (received < 0 && errno != EAGAIN)) {
            return false;
        }
        if (received < 0) {
            return true;
        }
        bool was_taking = pipe->word == 't' && pipe->left > 0;
        peer_feed(&peer, pipe, block, (size_t)received);
        if (was_taking && pipe->left == 0) {
            printf("received %u bytes, %s\n", (unsigned)pipe->numbers[0],
                   pipe->bad ? "some of them wrong" : "all correct");
        }
        wanted = peer_wants(pipe);
    }
    return true;
}

static bool send_out(int at)
{
    peer_pipe_t *pipe = &peer.pipes[at];
    while (pipe->out_size > 0) {
        ssize_t sent = send(sockets[at], pipe->out, pipe->out_size, MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN;
        }
        peer_sent(pipe, (size_t)sent);
        peer_tick(&peer, now_ms());
    }
    return true;
}

static bool serve(int at)
{
    peer_pipe_t *pipe = &peer.pipes[at];
    peer_tick(&peer, now_ms()); /* delays of requests count from now */
    if (!receive(at)) {
        return false;
    }
    peer_tick(&peer, now_ms());
    if (!pipe->ended && !send_out(at)) {
        return false;
    }
    if (pipe->verdict == PEER_RESET) {
        struct linger at_once = {.l_onoff = 1};
        (void)setsockopt(sockets[at], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        return false;
    }
    if (pipe->verdict == PEER_END && pipe->out_size == 0 && !pipe->ended) {
        (void)shutdown(sockets[at], SHUT_WR);
        pipe->ended = true;
    }
    return true;
}

static void run(int listener)
{
    for (;;) {
        struct pollfd waiting[1 + PEER_PIPES] = {{.fd = listener, .events = POLLIN}};
        bool any = false;
        for (int i = 0; i < PEER_PIPES; i++) {
            const peer_pipe_t *pipe = &peer.pipes[i];
            bool reads = pipe->used && peer_wants(pipe) > 0;
            waiting[1 + i].fd = pipe->used ? sockets[i] : -1;
            waiting[1 + i].events = (short)((reads ? POLLIN : 0) | (pipe->out_size > 0 ? POLLOUT : 0));
            any |= pipe->used;
        }
        (void)poll(waiting, 1 + PEER_PIPES, any ? TICK_MS : -1);
        if (waiting[0].revents != 0) {
            accept_pipe(listener);
        }
        for (int i = 0; i < PEER_PIPES; i++) {
            if (peer.pipes[i].used && !serve(i)) {
                leave(i);
            }
        }
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *host = argc > 2 ? argv[2] : "127.0.0.1";
    uint16_t port = (uint16_t)(argc > 1 ? atoi(argv[1]) : 0);
    int fds[PEER_PORTS];
    bool bound = false;
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        fprintf(stderr, "porting_peer: '%s' is not an IPv4 address\n", host);
        return 2;
    }
    for (int i = 0; i < TRIES && !bound; i++) {
        bound = bind_ports(fds, &address, port);
    }
    if (!bound) {
        fprintf(stderr, "porting_peer: port %u and the next two at %s are not free\n", (unsigned)port, host);
        return 1;
    }
    port = ntohs(address.sin_port);
    fall_silent(fds[PEER_NEVER_ANSWERS], address, (uint16_t)(port + PEER_NEVER_ANSWERS));
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    int narrow = RECEIVE_BYTES; /* so that a pipe that is not read is soon full */
    (void)setsockopt(fds[PEER_SERVES], SOL_SOCKET, SO_RCVBUF, &narrow, sizeof narrow);
    listen(fds[PEER_SERVES], PEER_PIPES);
    printf("peer at %s %u\n", host, (unsigned)port);
    run(fds[PEER_SERVES]);
}
