/* Sessions that are resumed, and memory that is not taken. */
#include "bench.h"
#include "check.h"
#include "server.h"

#include "tirtc_config.h"

#define MONTH_MS (30u * 86400000) /* more than half of what the clock counts */

static certificate_t service;
static tirtc_trust_t trust;
static const certificate_t *const chain[] = {&service};

static void start(bench_t *bench, bool tickets)
{
    bench_open(bench, &trust);
    bench_behave(bench, (bench_server_habits_t){.tickets = tickets});
    bench_serve(bench, chain, 1);
}

static size_t count(const char *log, const char *text)
{
    size_t found = 0;
    for (const char *at = strstr(log, text); at != NULL; at = strstr(at + 1, text)) {
        found++;
    }
    return found;
}

static size_t resumed(const bench_t *bench)
{
    return count(tirtc_sim_log(bench->sim), "session resumed");
}

static size_t verified(const bench_t *bench)
{
    return count(tirtc_sim_log(bench->sim), "certificate verified");
}

static void exchange(bench_t *bench, const char *host)
{
    CHECK_EQUAL(bench_exchange(bench, host, 100), 0);
}

TEST(the_second_pipe_resumes_by_ticket_or_id)
{
    for (int tickets = 0; tickets <= 1; tickets++) {
        bench_t bench;
        start(&bench, tickets != 0);
        for (int i = 0; i < 4; i++) {
            exchange(&bench, BENCH_HOST);
        }
        CHECK_EQUAL(verified(&bench), 1);
        CHECK_EQUAL(resumed(&bench), 3);
        bench_close(&bench);
    }
}

TEST(another_host_gets_a_look_at_its_own_certificate)
{
    bench_t bench;
    start(&bench, true);
    exchange(&bench, BENCH_HOST);
    bench_listen(&bench, "other.test");
    CHECK_EQUAL(bench_exchange(&bench, "other.test", 100), TIRTC_E_HTTP_SSL);
    CHECK(bench_logged(&bench, "another host"));
    exchange(&bench, BENCH_HOST);
    CHECK_EQUAL(resumed(&bench), 1);
    bench_close(&bench);
}

TEST(a_service_that_forgot_the_session_is_verified_again)
{
    bench_t bench;
    start(&bench, true);
    exchange(&bench, BENCH_HOST);
    mbedtls_ssl_ticket_free(&bench.server.ticket);
    mbedtls_ssl_ticket_init(&bench.server.ticket);
    REQUIRE(mbedtls_ssl_ticket_setup(&bench.server.ticket, test_random, NULL, MBEDTLS_CIPHER_AES_256_GCM, 86400) == 0);
    exchange(&bench, BENCH_HOST);
    CHECK_EQUAL(verified(&bench), 2);
    CHECK_EQUAL(resumed(&bench), 0);
    bench_close(&bench);
}

TEST(a_session_is_good_for_as_long_as_its_limit_after_the_certificate_was_seen)
{
    bench_t bench;
    start(&bench, false);
    exchange(&bench, BENCH_HOST);
    tirtc_sim_advance(bench.sim, TIRTC_TLS_SESSION_LIFETIME_MS / 2);
    exchange(&bench, BENCH_HOST);
    CHECK_EQUAL(resumed(&bench), 1);
    tirtc_sim_advance(bench.sim, TIRTC_TLS_SESSION_LIFETIME_MS / 2); /* resuming did not make it longer */
    exchange(&bench, BENCH_HOST);
    CHECK_EQUAL(resumed(&bench), 1);
    CHECK_EQUAL(verified(&bench), 2);
    tirtc_sim_advance(bench.sim, MONTH_MS);
    exchange(&bench, BENCH_HOST);
    CHECK_EQUAL(resumed(&bench), 1);
    CHECK_EQUAL(verified(&bench), 3);
    bench_close(&bench);
}

/* TLS 1.3 brings it with the first bytes that are received, however long after the handshake. */
TEST(a_late_ticket_does_not_extend_the_lifetime_of_a_session)
{
    bench_t bench;
    tirtc_pipe_t *pipe;
    char byte = 'x';
    int moved = 0;
    start(&bench, true);
    const tirtc_port_t *port = &bench.secure.port;
    REQUIRE(bench_dial(&bench, BENCH_HOST, &pipe) == 0);
    for (int i = 0; i < 100 && moved == 0; i++) {
        moved = port->send(port->context, pipe, &byte, 1);
        (void)server_step(&bench.server);
        tirtc_sim_advance(bench.sim, 1);
    }
    CHECK_EQUAL(moved, 1);
    tirtc_sim_advance(bench.sim, TIRTC_TLS_SESSION_LIFETIME_MS / 2);
    moved = 0;
    for (int i = 0; i < 100 && moved == 0; i++) {
        (void)server_step(&bench.server);
        tirtc_sim_advance(bench.sim, 1);
        moved = port->receive(port->context, pipe, &byte, 1);
    }
    CHECK_EQUAL(moved, 1);
    bench_hang_up(&bench, pipe);
    tirtc_sim_advance(bench.sim, TIRTC_TLS_SESSION_LIFETIME_MS / 2);
    exchange(&bench, BENCH_HOST);
    CHECK_EQUAL(resumed(&bench), 0);
    CHECK_EQUAL(verified(&bench), 2);
    bench_close(&bench);
}

TEST(so_many_sessions_are_kept_and_no_more)
{
    bench_t bench;
    certificate_t wild;
    const certificate_wish_t wish = {.subject = "CN=Many", .dns = "*.many.test"};
    certificate_make(&wild, &wish);
    const certificate_t *const many[] = {&wild};
    const tirtc_trust_t trusted = {.ca_text = wild.pem};
    char host[TIRTC_TLS_SESSIONS + 1][32];
    bench_open(&bench, &trusted);
    bench_behave(&bench, (bench_server_habits_t){.tickets = true});
    bench_serve(&bench, many, 1);
    for (int i = 0; i <= TIRTC_TLS_SESSIONS; i++) {
        snprintf(host[i], sizeof host[i], "h%d.many.test", i);
        bench_listen(&bench, host[i]);
    }
    for (int i = 0; i < TIRTC_TLS_SESSIONS; i++) {
        exchange(&bench, host[i]);
    }
    exchange(&bench, host[0]);
    CHECK_EQUAL(resumed(&bench), 1);
    exchange(&bench, host[TIRTC_TLS_SESSIONS]); /* takes the place of the one that was not used for the longest time */
    exchange(&bench, host[0]);
    CHECK_EQUAL(resumed(&bench), 2);
    exchange(&bench, host[1]);
    CHECK_EQUAL(resumed(&bench), 2);
    bench_close(&bench);
    certificate_free(&wild);
}

TEST(a_pipe_that_fails_with_a_session_does_not_fail_again_because_of_it)
{
    bench_t bench;
    start(&bench, true);
    exchange(&bench, BENCH_HOST);
    const tirtc_sim_dial_t dial = {.faults = {.down = {.corrupt_mask = 0x40, .corrupt_at_byte = 60}}};
    REQUIRE(tirtc_sim_next_dial(bench.sim_port, &dial));
    CHECK(bench_exchange(&bench, BENCH_HOST, 100) != 0);
    exchange(&bench, BENCH_HOST);
    CHECK_EQUAL(resumed(&bench), 0);
    CHECK_EQUAL(verified(&bench), 2);
    bench_close(&bench);
}

TEST(without_memory_for_it_no_session_is_kept)
{
    bench_t bench;
    tirtc_pipe_t *pipe;
    start(&bench, true);
    REQUIRE(bench_dial(&bench, BENCH_HOST, &pipe) == 0);
    tirtc_sim_fail_allocation(bench.sim, 1, 1000);
    CHECK_EQUAL(bench_talk(&bench, pipe, 100), 0);
    tirtc_sim_fail_allocation(bench.sim, 0, 0);
    bench_hang_up(&bench, pipe);
    exchange(&bench, BENCH_HOST);
    CHECK_EQUAL(resumed(&bench), 0);
    bench_close(&bench);
}

/* ---- Steady state. What mbedTLS takes does not come by the port: every calloc of this program is counted. ---- */

static size_t allocations;
static bool below; /* in the simulated port, which is not what is measured */
static int (*sim_send)(void *context, tirtc_pipe_t *pipe, const void *data, size_t size);

static int send_uncounted(void *context, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    below = true;
    int sent = sim_send(context, pipe, data, size);
    below = false;
    return sent;
}

#if defined(__has_feature) && !defined(__SANITIZE_ADDRESS__)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ /* clang says it otherwise */
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
int __sanitizer_install_malloc_and_free_hooks(void (*taken)(const volatile void *, size_t),
                                              void (*given)(const volatile void *));

static void on_taken(const volatile void *block, size_t size)
{
    (void)block;
    (void)size;
    allocations += !below;
}

static void on_given(const volatile void *block)
{
    (void)block;
}

static void count_allocations(void)
{
    REQUIRE(__sanitizer_install_malloc_and_free_hooks(on_taken, on_given) != 0);
}
#else
void *__libc_calloc(size_t count, size_t size);

void *calloc(size_t number, size_t size)
{
    allocations += !below;
    return __libc_calloc(number, size);
}

static void count_allocations(void)
{
}
#endif

TEST(frames_take_no_memory)
{
    enum { FRAMES = 50, FRAME_BYTES = 3000 };
    static unsigned char frame[FRAME_BYTES];
    bench_t bench;
    tirtc_pipe_t *pipe;
    start(&bench, true);
    const tirtc_port_t *port = &bench.secure.port;
    sim_send = bench.below.send;
    bench.below.send = send_uncounted;
    size_t before = allocations;
    REQUIRE(bench_dial(&bench, BENCH_HOST, &pipe) == 0);
    CHECK_EQUAL(bench_talk(&bench, pipe, FRAME_BYTES), 0);
    CHECK(allocations > before); /* counting works */
    size_t taken = 0;
    for (int i = 0; i < FRAMES; i++) {
        before = allocations;
        CHECK_EQUAL(port->send(port->context, pipe, frame, sizeof frame), FRAME_BYTES);
        taken += allocations - before;
        CHECK_EQUAL(mbedtls_ssl_read(&bench.server.ssl, frame, sizeof frame), FRAME_BYTES);
        CHECK_EQUAL(mbedtls_ssl_write(&bench.server.ssl, frame, sizeof frame), FRAME_BYTES);
        before = allocations;
        CHECK_EQUAL(port->receive(port->context, pipe, frame, sizeof frame), FRAME_BYTES);
        taken += allocations - before;
    }
    CHECK_EQUAL(taken, 0);
    bench_hang_up(&bench, pipe);
    bench_close(&bench);
}

int main(void)
{
    const certificate_wish_t wish = {.subject = "CN=Service", .dns = BENCH_HOST};
    certificate_make(&service, &wish);
    trust.ca_text = service.pem;
    count_allocations();
    RUN(the_second_pipe_resumes_by_ticket_or_id);
    RUN(another_host_gets_a_look_at_its_own_certificate);
    RUN(a_service_that_forgot_the_session_is_verified_again);
    RUN(a_session_is_good_for_as_long_as_its_limit_after_the_certificate_was_seen);
    RUN(a_late_ticket_does_not_extend_the_lifetime_of_a_session);
    RUN(so_many_sessions_are_kept_and_no_more);
    RUN(a_pipe_that_fails_with_a_session_does_not_fail_again_because_of_it);
    RUN(without_memory_for_it_no_session_is_kept);
    RUN(frames_take_no_memory);
    certificate_free(&service);
    return check_result();
}
