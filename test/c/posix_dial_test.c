/* How pipes of port posix come up or fail: names, addresses, refusals and silence, over both pollers. */
#include "support/posix_net.h"

#include "check.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <unistd.h>

static bool use_poll;

/* What the lookups below have done. A lookup runs on a helper's thread. */
static atomic_int lookups;
static struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    bool open;
    int inside;
} gate = {.mutex = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};

static void add_ipv4(ti_addresses_t *found, const char *text)
{
    ti_address_t *address = &found->list[found->count++];
    memset(address, 0, sizeof *address);
    address->ipv4.sin_family = AF_INET;
    REQUIRE(inet_pton(AF_INET, text, &address->ipv4.sin_addr) == 1);
}

/** A host with two addresses. */
static int two_addresses(const char *host, ti_addresses_t *found)
{
    REQUIRE(strstr(host, ".example") != NULL);
    atomic_fetch_add(&lookups, 1);
    add_ipv4(found, "127.0.0.2");
    add_ipv4(found, "127.0.0.1");
    return 0;
}

/** A name server that keeps silent until the gate opens. */
static int behind_the_gate(const char *host, ti_addresses_t *found)
{
    pthread_mutex_lock(&gate.mutex);
    gate.inside++;
    pthread_cond_broadcast(&gate.moved);
    while (!gate.open) {
        pthread_cond_wait(&gate.moved, &gate.mutex);
    }
    int result = two_addresses(host, found);
    gate.inside--;
    pthread_cond_broadcast(&gate.moved);
    pthread_mutex_unlock(&gate.mutex);
    return result;
}

static void wait_at_gate(int inside)
{
    pthread_mutex_lock(&gate.mutex);
    while (gate.inside != inside) {
        pthread_cond_wait(&gate.moved, &gate.mutex);
    }
    pthread_mutex_unlock(&gate.mutex);
}

static void set_gate(bool open)
{
    pthread_mutex_lock(&gate.mutex);
    gate.open = open;
    pthread_cond_broadcast(&gate.moved);
    pthread_mutex_unlock(&gate.mutex);
}

static void open_net(posix_net_t *net, ti_lookup_t lookup)
{
    atomic_store(&lookups, 0);
    posix_net_open(net, use_poll, lookup);
}

/** Check that a pipe comes up at `listener` and carries a byte. */
static void check_comes_up(posix_net_t *net, tirtc_pipe_t *pipe, int listener)
{
    char in = 0;
    CHECK_EQUAL(posix_net_send(net, pipe, "!", 1), 1);
    int peer = accept_from(listener);
    CHECK(read_all(peer, &in, 1));
    CHECK_EQUAL(in, '!');
    close(peer);
}

/** Dial. Returns how it fails, at once or later. */
static int failure(posix_net_t *net, const char *host, uint16_t tcp_port)
{
    tirtc_pipe_t *pipe = NULL;
    int result = net->port.functions.dial(&net->port, host, tcp_port, false, &pipe);
    if (result == 0) {
        char in;
        result = posix_net_receive(net, pipe, &in, 1);
        CHECK_EQUAL(posix_net_send(net, pipe, "x", 1), result); /* and it stays so */
        posix_net_hang_up(net, pipe);
    }
    return result;
}

TEST(a_numeric_address_needs_no_lookup)
{
    posix_net_t net;
    open_net(&net, two_addresses);
    int listener = listen_at("127.0.0.1", 0, 4);
    tirtc_pipe_t *pipe = posix_net_dial(&net, "127.0.0.1", port_of(listener));
    check_comes_up(&net, pipe, listener);
    CHECK_EQUAL(atomic_load(&lookups), 0);
    posix_net_hang_up(&net, pipe);
    close(listener);
    CHECK_EQUAL(posix_net_close(&net), 0);
}

TEST(ipv6_is_dialled)
{
    int listener = listen_at("::1", 0, 4);
    if (listener < 0) {
        printf("       (this machine has no IPv6 loopback)\n");
        return;
    }
    posix_net_t net;
    open_net(&net, ti_lookup_name);
    tirtc_pipe_t *pipe = posix_net_dial(&net, "::1", port_of(listener));
    check_comes_up(&net, pipe, listener);
    posix_net_hang_up(&net, pipe);
    CHECK_EQUAL(posix_net_close(&net), 0);
    close(listener);
}

TEST(localhost_is_found_whatever_its_addresses)
{
    posix_net_t net;
    int listener = listen_at("127.0.0.1", 0, 4);
    open_net(&net, ti_lookup_name);
    tirtc_pipe_t *pipe = posix_net_dial(&net, "localhost", port_of(listener));
    check_comes_up(&net, pipe, listener);
    posix_net_hang_up(&net, pipe);
    CHECK_EQUAL(posix_net_close(&net), 0);
    close(listener);
}

TEST(where_nothing_listens_the_server_is_down)
{
    posix_net_t net;
    open_net(&net, ti_lookup_name);
    int bound = listen_at("127.0.0.1", 0, -1); /* keeps the port to itself, and refuses */
    CHECK_EQUAL(failure(&net, "127.0.0.1", port_of(bound)), TIRTC_E_HTTP_SERVER_DOWN);
    close(bound);
    CHECK_EQUAL(posix_net_close(&net), 0);
}

TEST(a_name_that_does_not_exist_is_a_failure_to_resolve)
{
    posix_net_t net;
    open_net(&net, ti_lookup_name);
    CHECK_EQUAL(failure(&net, "name.invalid", 80), TIRTC_E_HTTP_RESOLVE);
    ti_net_close(&net.net); /* the system's resolver may keep descriptors for a moment */
    alarm(0);
}

TEST(a_refused_address_is_followed_by_the_next)
{
    posix_net_t net;
    open_net(&net, two_addresses);
    int listener = listen_at("127.0.0.1", 0, 4);
    int refusing = listen_at("127.0.0.2", port_of(listener), -1);
    REQUIRE(refusing >= 0);
    tirtc_pipe_t *pipe = posix_net_dial(&net, "two.example", port_of(listener));
    check_comes_up(&net, pipe, listener);
    posix_net_hang_up(&net, pipe);
    close(listener);
    close(refusing);
    CHECK_EQUAL(posix_net_close(&net), 0);
}

TEST(all_addresses_refused_means_the_server_is_down)
{
    posix_net_t net;
    open_net(&net, two_addresses);
    int first = listen_at("127.0.0.1", 0, -1);
    int second = listen_at("127.0.0.2", port_of(first), -1);
    REQUIRE(second >= 0);
    CHECK_EQUAL(failure(&net, "two.example", port_of(first)), TIRTC_E_HTTP_SERVER_DOWN);
    close(first);
    close(second);
    CHECK_EQUAL(posix_net_close(&net), 0);
}

/** Something at 127.0.0.2 that does not answer: a listener whose queue is full. */
typedef struct silent {
    int listener;
    int fillers[8];
} silent_t;

static void silent_open(silent_t *silent, uint16_t tcp_port)
{
    silent->listener = listen_at("127.0.0.2", tcp_port, 0);
    REQUIRE(silent->listener >= 0);
    ti_address_t address = {.ipv4 = {.sin_family = AF_INET, .sin_port = htons(port_of(silent->listener))}};
    REQUIRE(inet_pton(AF_INET, "127.0.0.2", &address.ipv4.sin_addr) == 1);
    for (int i = 0; i < 8; i++) {
        silent->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        REQUIRE(silent->fillers[i] >= 0);
        REQUIRE(connect(silent->fillers[i], &address.any, sizeof address.ipv4) != 0);
    }
}

static void silent_close(silent_t *silent)
{
    for (int i = 0; i < 8; i++) {
        close(silent->fillers[i]);
    }
    close(silent->listener);
}

TEST(a_silent_address_is_joined_by_the_next)
{
    posix_net_t net;
    open_net(&net, two_addresses);
    int listener = listen_at("127.0.0.1", 0, 4);
    silent_t silent;
    silent_open(&silent, port_of(listener));
    uint64_t begun_ms = ti_clock_ms();
    tirtc_pipe_t *pipe = posix_net_dial(&net, "two.example", port_of(listener));
    check_comes_up(&net, pipe, listener);
    CHECK(ti_clock_ms() - begun_ms >= TI_NEXT_ADDRESS_AFTER_MS);
    posix_net_hang_up(&net, pipe);
    silent_close(&silent);
    close(listener);
    CHECK_EQUAL(posix_net_close(&net), 0);
}

TEST(a_pipe_is_hung_up_while_it_connects)
{
    posix_net_t net;
    open_net(&net, two_addresses);
    silent_t silent;
    silent_open(&silent, 0);
    tirtc_pipe_t *pipe = posix_net_dial(&net, "127.0.0.2", port_of(silent.listener));
    CHECK_EQUAL(net.port.functions.send(&net.port, pipe, "x", 1), 0);
    posix_net_hang_up(&net, pipe);
    silent_close(&silent);
    CHECK_EQUAL(posix_net_close(&net), 0);
}

TEST(a_pipe_is_hung_up_while_its_name_is_looked_up_and_the_net_closed_too)
{
    posix_net_t net;
    set_gate(false);
    open_net(&net, behind_the_gate);
    tirtc_pipe_t *pipe = posix_net_dial(&net, "slow.example", 80);
    wait_at_gate(1);
    CHECK_EQUAL(net.port.functions.send(&net.port, pipe, "x", 1), 0);
    posix_net_hang_up(&net, pipe);
    CHECK_EQUAL(posix_net_close(&net), 0);
    memset(&net, 0xee, sizeof net); /* it must not be read any more */
    set_gate(true);
    wait_at_gate(0);
}

TEST(a_lookup_that_takes_too_long_is_a_failure_to_resolve)
{
    posix_net_t net;
    set_gate(false);
    open_net(&net, behind_the_gate);
    CHECK_EQUAL(net.net.resolve_timeout_ms, 5000);
    net.net.resolve_timeout_ms = 20;
    CHECK_EQUAL(failure(&net, "slow.example", 80), TIRTC_E_HTTP_RESOLVE);
    set_gate(true);
    wait_at_gate(0);
    CHECK_EQUAL(posix_net_close(&net), 0);
}

TEST(pipes_to_one_host_share_a_lookup)
{
    enum { LINKS = 50 };
    posix_net_t net;
    set_gate(false);
    open_net(&net, behind_the_gate);
    int listener = listen_at("127.0.0.1", 0, LINKS);
    tirtc_pipe_t *pipes[LINKS];
    for (int i = 0; i < LINKS; i++) {
        pipes[i] = posix_net_dial(&net, "slow.example", port_of(listener));
    }
    for (int i = 0; i < LINKS; i += 2) { /* half of them lose interest, in the middle of the list */
        posix_net_hang_up(&net, pipes[i]);
    }
    set_gate(true);
    for (int i = 1; i < LINKS; i += 2) {
        check_comes_up(&net, pipes[i], listener);
        posix_net_hang_up(&net, pipes[i]);
    }
    CHECK_EQUAL(atomic_load(&lookups), 1);
    close(listener);
    CHECK_EQUAL(posix_net_close(&net), 0);
}

TEST(more_names_than_helpers_are_all_looked_up)
{
    enum { NAMES = TI_MAX_RESOLVER_THREADS * 3 };
    posix_net_t net;
    set_gate(false);
    open_net(&net, behind_the_gate);
    int listener = listen_at("127.0.0.1", 0, NAMES);
    tirtc_pipe_t *pipes[NAMES];
    for (int i = 0; i < NAMES; i++) {
        char host[] = "a.example";
        host[0] = (char)('a' + i);
        pipes[i] = posix_net_dial(&net, host, port_of(listener));
    }
    wait_at_gate(TI_MAX_RESOLVER_THREADS);
    posix_net_hang_up(&net, pipes[NAMES - 1]); /* its name is never looked up */
    set_gate(true);
    for (int i = 0; i < NAMES - 1; i++) {
        check_comes_up(&net, pipes[i], listener);
        posix_net_hang_up(&net, pipes[i]);
    }
    CHECK_EQUAL(atomic_load(&lookups), NAMES - 1);
    close(listener);
    CHECK_EQUAL(posix_net_close(&net), 0);
}

static void run_all(void)
{
    RUN(a_numeric_address_needs_no_lookup);
    RUN(ipv6_is_dialled);
    RUN(localhost_is_found_whatever_its_addresses);
    RUN(where_nothing_listens_the_server_is_down);
    RUN(a_name_that_does_not_exist_is_a_failure_to_resolve);
    RUN(a_refused_address_is_followed_by_the_next);
    RUN(all_addresses_refused_means_the_server_is_down);
    RUN(a_silent_address_is_joined_by_the_next);
    RUN(a_pipe_is_hung_up_while_it_connects);
    RUN(a_pipe_is_hung_up_while_its_name_is_looked_up_and_the_net_closed_too);
    RUN(a_lookup_that_takes_too_long_is_a_failure_to_resolve);
    RUN(pipes_to_one_host_share_a_lookup);
    RUN(more_names_than_helpers_are_all_looked_up);
}

int main(void)
{
    run_all();
    use_poll = true;
    printf("with poll:\n");
    run_all();
    return check_result();
}
