#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "server.h"

enum { MAX_QUIET_ROUNDS = 5 };

int64_t bench_wall_s = BENCH_2001_S;

static int64_t wall_s(void *context)
{
    (void)context;
    return bench_wall_s;
}

void bench_open(bench_t *bench, const tirtc_trust_t *trust)
{
    memset(bench, 0, sizeof *bench);
#ifdef MBEDTLS_SSL_PROTO_TLS1_3
    REQUIRE(psa_crypto_init() == PSA_SUCCESS);
#endif
    const tirtc_sim_options_t options = {.seed = 1};
    bench->sim = tirtc_sim_open(&options);
    REQUIRE(bench->sim != NULL);
    bench->sim_port = tirtc_sim_port(bench->sim);
    REQUIRE(bench->sim_port != NULL);
    bench->below = *bench->sim_port;
    bench->below.wall_s = wall_s;
    REQUIRE(tirtc_tls_open(&bench->below, trust, &bench->tls) == 0);
    tirtc_tls_wrap(&bench->secure, bench->tls, &bench->below);
    bench_listen(bench, BENCH_HOST);
    server_open(&bench->server);
}

void bench_listen(bench_t *bench, const char *host)
{
    tirtc_sim_listener_t *made = tirtc_sim_listen(bench->sim, host, BENCH_PORT);
    REQUIRE(made != NULL && bench->server.listener_count < BENCH_MAX_HOSTS);
    bench->server.listeners[bench->server.listener_count++] = made;
}

void bench_close(bench_t *bench)
{
    CHECK_EQUAL(tirtc_sim_pipes(bench->sim_port), 0);
    tirtc_tls_close(bench->tls);
    tirtc_sim_memory_t memory = tirtc_sim_memory(bench->sim);
    CHECK_EQUAL(memory.blocks, 0);
    CHECK_EQUAL(memory.bad_releases, 0);
    server_close(&bench->server);
    tirtc_sim_close(bench->sim);
}

static unsigned char byte_at(size_t at)
{
    return (unsigned char)(at * 31 + at / 251);
}

/* Bytes on their way there and back. */
typedef struct trip {
    tirtc_pipe_t *pipe;
    size_t size;
    size_t sent;
    size_t received;
    bool wrong;
    unsigned char *bytes;
} trip_t;

/* Returns how many bytes moved, or an error. */
static int send_some(bench_t *bench, trip_t *trip)
{
    const tirtc_port_t *port = &bench->secure.port;
    size_t left = trip->size - trip->sent;
    if (left == 0) {
        return 0;
    }
    size_t most = bench->offers != NULL ? bench->offers[bench->sends++ % bench->offer_count] : left;
    size_t offered = most < left ? most : left;
    int sent = port->send(port->context, trip->pipe, trip->bytes + trip->sent, offered);
    CHECK(sent <= (int)offered);
    if (sent > 0) {
        trip->sent += (size_t)sent;
    }
    return sent;
}

static int receive_some(bench_t *bench, trip_t *trip)
{
    const tirtc_port_t *port = &bench->secure.port;
    unsigned char bytes[700];
    int got = port->receive(port->context, trip->pipe, bytes, sizeof bytes);
    for (int i = 0; i < got; i++) {
        trip->wrong |= trip->received >= trip->size || bytes[i] != byte_at(trip->received);
        trip->received++;
    }
    return got;
}

/* All bytes that have moved on the pipe, so that a change of it is a move. */
static uint64_t moved_so_far(bench_t *bench)
{
    if (!bench->server.serving) {
        return 0;
    }
    tirtc_sim_far_end_info_t info = tirtc_sim_far_end_info(bench->server.far_end);
    return info.sent_bytes + info.received_bytes + bench->server.written - info.unread_up_bytes;
}

/* As long as the port is asked only when it should be. */
static int run(bench_t *bench, trip_t *trip)
{
    bool due = true;
    for (int quiet = 0; quiet < MAX_QUIET_ROUNDS && trip->received < trip->size; quiet++) {
        uint64_t before = moved_so_far(bench);
        if (due || tirtc_sim_take_wake(bench->sim_port)) {
            int sent = send_some(bench, trip);
            int got = sent < 0 ? sent : receive_some(bench, trip);
            if (trip->wrong) {
                return BENCH_WRONG_BYTES;
            }
            if (got < 0) {
                return got;
            }
            due = sent > 0 || got > 0;
            quiet = due ? 0 : quiet;
        }
        if (server_step(&bench->server) || moved_so_far(bench) != before) {
            quiet = 0;
        }
        tirtc_sim_advance(bench->sim, 1);
    }
    return trip->received == trip->size ? 0 : BENCH_STUCK;
}

int bench_dial(bench_t *bench, const char *host, tirtc_pipe_t **pipe)
{
    const tirtc_port_t *port = &bench->secure.port;
    return port->dial(port->context, host, BENCH_PORT, true, pipe);
}

int bench_talk(bench_t *bench, tirtc_pipe_t *pipe, size_t size)
{
    trip_t trip = {.pipe = pipe, .size = size, .bytes = malloc(size)};
    REQUIRE(trip.bytes != NULL);
    for (size_t i = 0; i < size; i++) {
        trip.bytes[i] = byte_at(i);
    }
    int result = run(bench, &trip);
    free(trip.bytes);
    return result;
}

void bench_hang_up(bench_t *bench, tirtc_pipe_t *pipe)
{
    const tirtc_port_t *port = &bench->secure.port;
    port->hang_up(port->context, pipe);
    for (int i = 0; i < MAX_QUIET_ROUNDS; i++) {
        (void)server_step(&bench->server);
        tirtc_sim_advance(bench->sim, 1);
    }
}

int bench_exchange(bench_t *bench, const char *host, size_t size)
{
    tirtc_pipe_t *pipe;
    int result = bench_dial(bench, host, &pipe);
    if (result == 0) {
        result = bench_talk(bench, pipe, size);
        bench_hang_up(bench, pipe);
    }
    return result;
}

int bench_wait_for_end(bench_t *bench, tirtc_pipe_t *pipe)
{
    const tirtc_port_t *port = &bench->secure.port;
    unsigned char bytes[100];
    for (int quiet = 0; quiet < MAX_QUIET_ROUNDS; quiet++) {
        int got = port->receive(port->context, pipe, bytes, sizeof bytes);
        if (got < 0) {
            return got;
        }
        quiet = got > 0 || server_step(&bench->server) ? 0 : quiet;
        tirtc_sim_advance(bench->sim, 1);
    }
    return BENCH_STUCK;
}

bool bench_is_header(const bench_t *bench, size_t at)
{
    for (size_t i = 0; i < bench->server.record_count; i++) {
        if (at >= bench->server.records[i] && at < bench->server.records[i] + 5) {
            return true;
        }
    }
    return false;
}

bool bench_logged(const bench_t *bench, const char *text)
{
    return strstr(tirtc_sim_log(bench->sim), text) != NULL;
}
