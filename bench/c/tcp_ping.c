/* Raw TCP ping-pong of 64 bytes between two processes, each waiting with epoll.
 *
 *     tcp_ping COUNT        prints {"ns": per round trip}
 */
#define _GNU_SOURCE

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum { MESSAGE_BYTES = 64 };

static int make_poller(int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    int poller = epoll_create1(0);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) {
        bench_fail("no epoll");
    }
    return poller;
}

/* Wait for a message. Returns 0 when the other end is gone. */
static int wait_message(int poller, int fd)
{
    char message[MESSAGE_BYTES];
    struct epoll_event event;
    ssize_t size = 0;
    while (size < MESSAGE_BYTES) {
        if (epoll_wait(poller, &event, 1, -1) != 1) {
            bench_fail("epoll_wait");
        }
        ssize_t got = recv(fd, message + size, (size_t)(MESSAGE_BYTES - size), 0);
        if (got <= 0) {
            return 0;
        }
        size += got;
    }
    return 1;
}

static void send_message(int fd)
{
    static const char message[MESSAGE_BYTES];
    if (send(fd, message, sizeof message, MSG_NOSIGNAL) != sizeof message) {
        bench_fail("send");
    }
}

static void answer(int listener)
{
    int fd = accept(listener, NULL, NULL);
    int poller = make_poller(fd);
    while (wait_message(poller, fd)) {
        send_message(fd);
    }
    _exit(0);
}

static void ping(int fd, unsigned long count)
{
    int poller = make_poller(fd);
    uint64_t started = bench_now_ns();
    for (unsigned long i = 0; i < count; i++) {
        send_message(fd);
        if (!wait_message(poller, fd)) {
            bench_fail("the other end is gone");
        }
    }
    printf("{\"ns\": %.1f}\n", (double)(bench_now_ns() - started) / (double)count);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (argc != 2) {
        bench_fail("usage: tcp_ping COUNT");
    }
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        bench_fail("no listener");
    }
    if (fork() == 0) {
        answer(listener);
    }
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, size) != 0) {
        bench_fail("no connection");
    }
    ping(fd, bench_number(argv[1]));
    close(fd);
    wait(NULL);
    return 0;
}
