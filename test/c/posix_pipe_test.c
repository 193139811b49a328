/* Pipes of port posix against real loopback sockets, over both pollers. */
#include "support/posix_net.h"

#include "check.h"

#include <sys/resource.h>
#include <unistd.h>

static bool use_poll;

/** A net with one pipe that is up, and its far end. */
typedef struct pair {
    posix_net_t net;
    int listener;
    tirtc_pipe_t *pipe;
    int peer;
} pair_t;

static void pair_open(pair_t *pair)
{
    posix_net_open(&pair->net, use_poll, ti_lookup_name);
    pair->listener = listen_at("127.0.0.1", 0, 4);
    pair->pipe = posix_net_dial(&pair->net, "127.0.0.1", port_of(pair->listener));
    pair->peer = accept_from(pair->listener);
}

/** `peer` has been closed by the test when it is -1. */
static void pair_close(pair_t *pair)
{
    if (pair->pipe != NULL) {
        posix_net_hang_up(&pair->net, pair->pipe);
    }
    if (pair->peer >= 0) {
        close(pair->peer);
    }
    close(pair->listener);
    CHECK_EQUAL(posix_net_close(&pair->net), 0);
}

TEST(a_pipe_carries_bytes_both_ways)
{
    pair_t pair;
    pair_open(&pair);
    char in[16];
    CHECK_EQUAL(posix_net_send(&pair.net, pair.pipe, "hello", 5), 5);
    CHECK(read_all(pair.peer, in, 5));
    CHECK_BYTES(in, "hello", 5);
    CHECK_EQUAL(write(pair.peer, "back", 4), 4);
    CHECK_EQUAL(posix_net_receive(&pair.net, pair.pipe, in, sizeof in), 4);
    CHECK_BYTES(in, "back", 4);
    pair_close(&pair);
}

TEST(nothing_to_receive_is_zero)
{
    pair_t pair;
    pair_open(&pair);
    char in[16];
    CHECK_EQUAL(posix_net_send(&pair.net, pair.pipe, "x", 1), 1); /* so it is up */
    CHECK_EQUAL(pair.net.port.functions.receive(&pair.net.port, pair.pipe, in, sizeof in), 0);
    pair_close(&pair);
}

enum { BIG_BYTES = 8 << 20 };

static uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 31 + (at >> 11));
}

typedef struct big_peer {
    int fd;
    bool right; /* the received bytes were right */
} big_peer_t;

static void *write_big(void *argument)
{
    big_peer_t *peer = argument;
    static uint8_t chunk[50000];
    for (size_t at = 0; at < BIG_BYTES;) {
        size_t size = BIG_BYTES - at < sizeof chunk ? BIG_BYTES - at : sizeof chunk;
        for (size_t i = 0; i < size; i++) {
            chunk[i] = pattern(at + i);
        }
        for (size_t done = 0; done < size;) {
            ssize_t written = write(peer->fd, chunk + done, size - done);
            REQUIRE(written > 0);
            done += (size_t)written;
        }
        at += size;
    }
    return NULL;
}

static void *read_big(void *argument)
{
    big_peer_t *peer = argument;
    static uint8_t chunk[30000];
    peer->right = true;
    for (size_t at = 0; at < BIG_BYTES;) {
        size_t size = BIG_BYTES - at < sizeof chunk ? BIG_BYTES - at : sizeof chunk;
        REQUIRE(read_all(peer->fd, chunk, size));
        for (size_t i = 0; i < size; i++) {
            peer->right = peer->right && chunk[i] == pattern(at + i);
        }
        at += size;
    }
    return NULL;
}

TEST(big_transfers_both_ways_at_once_arrive_whole)
{
    static uint8_t out[BIG_BYTES];
    static uint8_t in[70000];
    for (size_t i = 0; i < sizeof out; i++) {
        out[i] = pattern(i);
    }
    pair_t pair;
    pair_open(&pair);
    const tirtc_port_t *port = &pair.net.port.functions;
    big_peer_t peer = {.fd = pair.peer};
    pthread_t writer;
    pthread_t reader;
    REQUIRE(pthread_create(&writer, NULL, write_big, &peer) == 0);
    REQUIRE(pthread_create(&reader, NULL, read_big, &peer) == 0);
    size_t sent = 0;
    size_t received = 0;
    int refused = 0;
    bool right = true;
    while (sent < sizeof out || received < BIG_BYTES) {
        int moved = sent < sizeof out ? port->send(port->context, pair.pipe, out + sent, sizeof out - sent) : 0;
        int got = port->receive(port->context, pair.pipe, in, sizeof in);
        REQUIRE(moved >= 0 && got >= 0);
        for (int i = 0; i < got; i++) {
            right = right && in[i] == pattern(received + (size_t)i);
        }
        sent += (size_t)moved;
        received += (size_t)got;
        if (moved == 0 && got == 0) {
            refused++;
            posix_net_wait(&pair.net);
        }
    }
    pthread_join(writer, NULL);
    pthread_join(reader, NULL);
    CHECK(right);
    CHECK(peer.right);
    CHECK(refused > 0); /* or nothing was learned about partial writes */
    pair_close(&pair);
}

TEST(a_full_pipe_takes_nothing_until_the_peer_reads)
{
    static char out[65536];
    static char in[65536];
    pair_t pair;
    pair_open(&pair);
    const tirtc_port_t *port = &pair.net.port.functions;
    size_t sent = (size_t)posix_net_send(&pair.net, pair.pipe, out, sizeof out);
    for (int moved = 1; moved > 0; sent += (size_t)moved) {
        moved = port->send(port->context, pair.pipe, out, sizeof out);
        REQUIRE(moved >= 0);
    }
    CHECK_EQUAL(port->send(port->context, pair.pipe, out, sizeof out), 0);
    while (sent > 0) {
        size_t size = sent < sizeof in ? sent : sizeof in;
        REQUIRE(read_all(pair.peer, in, size));
        sent -= size;
    }
    posix_net_wait(&pair.net); /* the new room must be reported */
    CHECK(posix_net_send(&pair.net, pair.pipe, out, sizeof out) > 0);
    pair_close(&pair);
}

TEST(an_orderly_end_is_reported_after_the_last_byte)
{
    pair_t pair;
    pair_open(&pair);
    char in[16];
    CHECK_EQUAL(write(pair.peer, "last", 4), 4);
    close(pair.peer);
    pair.peer = -1;
    CHECK_EQUAL(posix_net_receive(&pair.net, pair.pipe, in, 3), 3);
    CHECK_EQUAL(posix_net_receive(&pair.net, pair.pipe, in, sizeof in), 1);
    CHECK_EQUAL(posix_net_receive(&pair.net, pair.pipe, in, sizeof in), TIRTC_E_HTTP_PEER_CLOSED);
    CHECK_EQUAL(posix_net_receive(&pair.net, pair.pipe, in, sizeof in), TIRTC_E_HTTP_PEER_CLOSED);
    pair_close(&pair);
}

TEST(a_half_closed_pipe_still_sends)
{
    pair_t pair;
    pair_open(&pair);
    char in[16];
    CHECK_EQUAL(shutdown(pair.peer, SHUT_WR), 0);
    CHECK_EQUAL(posix_net_receive(&pair.net, pair.pipe, in, sizeof in), TIRTC_E_HTTP_PEER_CLOSED);
    CHECK_EQUAL(posix_net_send(&pair.net, pair.pipe, "still", 5), 5);
    CHECK(read_all(pair.peer, in, 5));
    CHECK_BYTES(in, "still", 5);
    pair_close(&pair);
}

TEST(a_reset_is_reported_after_the_received_bytes)
{
    pair_t pair;
    pair_open(&pair);
    char in[16];
    CHECK_EQUAL(write(pair.peer, "abc", 3), 3);
    CHECK_EQUAL(posix_net_receive(&pair.net, pair.pipe, in, 1), 1);
    reset(pair.peer);
    pair.peer = -1;
    CHECK_EQUAL(posix_net_receive(&pair.net, pair.pipe, in, sizeof in), 2);
    CHECK_EQUAL(posix_net_receive(&pair.net, pair.pipe, in, sizeof in), TIRTC_E_HTTP_RESET);
    CHECK_EQUAL(posix_net_send(&pair.net, pair.pipe, "x", 1), TIRTC_E_HTTP_RESET);
    pair_close(&pair);
}

TEST(a_reset_that_send_meets_first_is_the_same_for_receive)
{
    pair_t pair;
    pair_open(&pair);
    char in[16];
    CHECK_EQUAL(posix_net_send(&pair.net, pair.pipe, "x", 1), 1);
    reset(pair.peer);
    pair.peer = -1;
    int result = 1;
    while (result > 0) { /* one send may still be taken before the reset is noticed */
        result = posix_net_send(&pair.net, pair.pipe, "x", 1);
    }
    CHECK_EQUAL(result, TIRTC_E_HTTP_RESET);
    CHECK_EQUAL(posix_net_receive(&pair.net, pair.pipe, in, sizeof in), TIRTC_E_HTTP_RESET);
    pair_close(&pair);
}

/** Wait for 30 ms without using the pipe. Returns how often a change was reported. */
static int news_while_idle(pair_t *pair)
{
    pair->net.waits = 0;
    posix_net_set_timer(&pair->net, 30);
    while (!pair->net.timer_fired) {
        posix_net_wait(&pair->net);
    }
    return pair->net.waits;
}

TEST(a_pipe_that_is_not_read_costs_no_wake_ups)
{
    pair_t pair;
    pair_open(&pair);
    char in[8];
    CHECK_EQUAL(posix_net_send(&pair.net, pair.pipe, "x", 1), 1);
    CHECK_EQUAL(write(pair.peer, "12345", 5), 5);
    CHECK_EQUAL(posix_net_receive(&pair.net, pair.pipe, in, 1), 1);
    CHECK(news_while_idle(&pair) < 10);
    reset(pair.peer);
    pair.peer = -1;
    CHECK(news_while_idle(&pair) < 10);
    CHECK_EQUAL(posix_net_receive(&pair.net, pair.pipe, in, sizeof in), 4);
    pair_close(&pair);
}

TEST(bytes_sent_before_hanging_up_arrive_although_others_are_unread)
{
    pair_t pair;
    pair_open(&pair);
    char in[8];
    CHECK_EQUAL(posix_net_send(&pair.net, pair.pipe, "x", 1), 1);
    CHECK(read_all(pair.peer, in, 1));
    CHECK_EQUAL(write(pair.peer, "unread", 6), 6);
    posix_net_wait(&pair.net); /* it has arrived */
    CHECK_EQUAL(posix_net_send(&pair.net, pair.pipe, "bye", 3), 3);
    posix_net_hang_up(&pair.net, pair.pipe);
    pair.pipe = NULL;
    CHECK(read_all(pair.peer, in, 3));
    CHECK_BYTES(in, "bye", 3);
    CHECK_EQUAL(read(pair.peer, in, 1), 0); /* an end, not a reset */
    pair_close(&pair);
}

TEST(without_free_descriptors_a_dial_says_so)
{
    posix_net_t net;
    posix_net_open(&net, use_poll, ti_lookup_name);
    int listener = listen_at("127.0.0.1", 0, 4);
    struct rlimit before;
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    tirtc_pipe_t *pipe = NULL;
    int result = net.port.functions.dial(&net.port, "127.0.0.1", port_of(listener), false, &pipe);
    REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK_EQUAL(result, TIRTC_E_HTTP_SOCKET);
    CHECK(pipe == NULL);
    close(listener);
    CHECK_EQUAL(posix_net_close(&net), 0);
}

TEST(a_secure_dial_is_refused_here)
{
    posix_net_t net;
    posix_net_open(&net, use_poll, ti_lookup_name);
    tirtc_pipe_t *pipe = NULL;
    CHECK(!net.port.functions.secure_pipes);
    CHECK_EQUAL(net.port.functions.dial(&net.port, "127.0.0.1", 443, true, &pipe), TIRTC_E_HTTP_SSL);
    CHECK_EQUAL(posix_net_close(&net), 0);
}

TEST(entropy_fills_all_it_was_asked_for)
{
    static uint8_t bytes[100000];
    CHECK_EQUAL(ti_port_entropy(NULL, bytes, sizeof bytes), 0);
    int seen[256] = {0};
    for (size_t i = 0; i < sizeof bytes; i++) {
        seen[bytes[i]]++;
    }
    for (int value = 0; value < 256; value++) {
        CHECK(seen[value] > 200 && seen[value] < 600); /* 390 expected; chance strays 10 sigma never */
    }
    CHECK_EQUAL(bytes[sizeof bytes - 1] == 0 && bytes[sizeof bytes - 2] == 0 && bytes[sizeof bytes - 3] == 0, 0);
}

static void run_all(void)
{
    RUN(a_pipe_carries_bytes_both_ways);
    RUN(nothing_to_receive_is_zero);
    RUN(big_transfers_both_ways_at_once_arrive_whole);
    RUN(a_full_pipe_takes_nothing_until_the_peer_reads);
    RUN(an_orderly_end_is_reported_after_the_last_byte);
    RUN(a_half_closed_pipe_still_sends);
    RUN(a_reset_is_reported_after_the_received_bytes);
    RUN(a_reset_that_send_meets_first_is_the_same_for_receive);
    RUN(a_pipe_that_is_not_read_costs_no_wake_ups);
    RUN(bytes_sent_before_hanging_up_arrive_although_others_are_unread);
    RUN(without_free_descriptors_a_dial_says_so);
    RUN(a_secure_dial_is_refused_here);
}

int main(void)
{
    run_all();
    use_poll = true;
    printf("with poll:\n");
    run_all();
    RUN(entropy_fills_all_it_was_asked_for);
    return check_result();
}
