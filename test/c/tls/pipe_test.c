/* Bytes over TLS: little by little, cut, changed, resumed. */
#include "bench.h"
#include "check.h"

#include <mbedtls/version.h>
#include <stdlib.h>

enum { EXCHANGED_BYTES = 300, MANY_BYTES = 40000 };

static certificate_t service;
static tirtc_trust_t trust;

static void start(bench_t *bench, bench_server_habits_t habits)
{
    static const certificate_t *const chain[] = {&service};
    bench_open(bench, &trust);
    bench_behave(bench, habits);
    bench_serve(bench, chain, 1);
}

static void next_dial(bench_t *bench, tirtc_sim_faults_t faults)
{
    const tirtc_sim_dial_t dial = {.faults = faults};
    REQUIRE(tirtc_sim_next_dial(bench->sim_port, &dial));
}

static void log_has(const bench_t *bench, const char *text)
{
    if (!bench_logged(bench, text)) {
        fprintf(stderr, "\"%s\" is not in the log:\n%s", text, tirtc_sim_log(bench->sim));
        check_failures++;
    }
}

/* ---- Little by little ---- */

static int exchange_with(tirtc_sim_faults_t faults, size_t size, const size_t *offers, size_t offer_count)
{
    bench_t bench;
    start(&bench, (bench_server_habits_t){.tickets = true});
    bench.offers = offers;
    bench.offer_count = offer_count;
    next_dial(&bench, faults);
    int result = bench_exchange(&bench, BENCH_HOST, size);
    bench_close(&bench);
    return result;
}

TEST(many_bytes_are_returned_unchanged)
{
    CHECK_EQUAL(exchange_with((tirtc_sim_faults_t){.up = {0}}, MANY_BYTES, NULL, 0), 0);
}

TEST(one_byte_at_a_time_is_enough)
{
    const tirtc_sim_faults_t faults = {.up = {.most_per_call = 1}, .down = {.most_per_call = 1}};
    CHECK_EQUAL(exchange_with(faults, 3000, NULL, 0), 0);
}

TEST(narrow_pipes_are_waited_for)
{
    static const size_t seven = 7;
    const tirtc_sim_faults_t faults = {.up = {.capacity_bytes = 100, .delay_ms = 2},
                                       .down = {.capacity_bytes = 90, .delay_ms = 1}};
    CHECK_EQUAL(exchange_with(faults, 20000, NULL, 0), 0);
    CHECK_EQUAL(exchange_with(faults, 5000, &seven, 1), 0);
}

/* What the core may do after "not now": offer the same bytes with more behind them, or fewer of them. */
TEST(a_record_that_waits_is_sent_once_whatever_is_offered_next)
{
    const tirtc_sim_faults_t faults = {.up = {.capacity_bytes = 64, .most_per_call = 10}};
    static const size_t alternating[] = {500, 800, 1, 3, 10000, 2, 100};
    for (size_t most = 1; most < 40; most += 6) {
        CHECK_EQUAL(exchange_with(faults, 2000, &most, 1), 0);
    }
    CHECK_EQUAL(exchange_with(faults, 20000, alternating, 7), 0);
}

TEST(a_pipe_that_never_comes_up_stays_quiet)
{
    bench_t bench;
    tirtc_pipe_t *pipe;
    start(&bench, (bench_server_habits_t){.tickets = true});
    const tirtc_sim_dial_t dial = {.never_answers = true};
    REQUIRE(tirtc_sim_next_dial(bench.sim_port, &dial));
    REQUIRE(bench_dial(&bench, BENCH_HOST, &pipe) == 0);
    CHECK_EQUAL(bench_talk(&bench, pipe, 10), BENCH_STUCK);
    CHECK(!bench.secure.port.pending(bench.secure.port.context, pipe));
    bench_hang_up(&bench, pipe);
    bench_close(&bench);
}

TEST(the_reason_why_a_dial_failed_is_reported_unchanged)
{
    static const int errors[] = {TIRTC_E_HTTP_RESOLVE, TIRTC_E_HTTP_SERVER_DOWN, TIRTC_E_HTTP_SOCKET};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        const tirtc_sim_dial_t at_once = {.fails_at_once = errors[i]};
        const tirtc_sim_dial_t later = {.fails_later = errors[i], .delay_ms = 5};
        bench_t bench;
        start(&bench, (bench_server_habits_t){.tickets = true});
        REQUIRE(tirtc_sim_next_dial(bench.sim_port, &at_once) && tirtc_sim_next_dial(bench.sim_port, &later));
        CHECK_EQUAL(bench_exchange(&bench, BENCH_HOST, 10), errors[i]);
        tirtc_pipe_t *pipe;
        REQUIRE(bench_dial(&bench, BENCH_HOST, &pipe) == 0);
        tirtc_sim_advance(bench.sim, 6);
        CHECK_EQUAL(bench_talk(&bench, pipe, 10), errors[i]);
        CHECK_EQUAL(bench_talk(&bench, pipe, 10), errors[i]);
        bench_hang_up(&bench, pipe);
        CHECK(!bench_logged(&bench, " error tls "));
        bench_close(&bench);
    }
}

/* ---- Cut and changed ---- */

/* How many bytes a handshake and an exchange take in one direction. The randomness of a run decides about the length of
 * a signature: a few more. */
static size_t measure(bool up)
{
    bench_t bench;
    tirtc_pipe_t *pipe;
    start(&bench, (bench_server_habits_t){.tickets = true});
    REQUIRE(bench_dial(&bench, BENCH_HOST, &pipe) == 0);
    REQUIRE(bench_talk(&bench, pipe, EXCHANGED_BYTES) == 0);
    tirtc_sim_far_end_info_t info = tirtc_sim_far_end_info(bench.server.far_end);
    size_t size = (size_t)(up ? info.sent_bytes : info.received_bytes);
    bench_hang_up(&bench, pipe);
    bench_close(&bench);
    return size + 8;
}

static int exchange_cut(bool up, size_t at, int error, bool *up_before)
{
    bench_t bench;
    tirtc_pipe_t *pipe;
    tirtc_sim_faults_t faults = {.up = {0}};
    tirtc_sim_flow_t *flow = up ? &faults.up : &faults.down;
    *flow = (tirtc_sim_flow_t){.cut = true, .cut_after_bytes = at, .cut_error = error};
    start(&bench, (bench_server_habits_t){.tickets = true});
    next_dial(&bench, faults);
    REQUIRE(bench_dial(&bench, BENCH_HOST, &pipe) == 0);
    int result = bench_talk(&bench, pipe, EXCHANGED_BYTES);
    *up_before = bench_logged(&bench, "TLS with service.test: ");
    if (result < 0) {
        CHECK_EQUAL(bench_talk(&bench, pipe, EXCHANGED_BYTES), result); /* and it stays dead */
    }
    bench_hang_up(&bench, pipe);
    bench_close(&bench);
    return result;
}

TEST(a_reset_on_the_way_is_a_reset)
{
    static const size_t step = 7; /* bytes that mean the same follow each other; all of them come below */
    for (int up = 0; up <= 1; up++) {
        size_t size = measure(up);
        for (size_t at = 0; at < size; at += step) {
            bool up_before;
            int result = exchange_cut(up, at, TIRTC_E_HTTP_RESET, &up_before);
            bool complete = result == 0 && at > size - 40; /* this run needed less */
            CHECK(result == TIRTC_E_HTTP_RESET || complete);
        }
    }
}

TEST(an_end_without_a_goodbye_is_orderly_only_before_the_pipe_is_up)
{
    size_t size = measure(false);
    size_t orderly = 0;
    for (size_t at = 0; at < size; at++) {
        bool up_before;
        int result = exchange_cut(false, at, TIRTC_E_HTTP_PEER_CLOSED, &up_before);
        bool complete = result == 0 && at > size - 40;
        CHECK(complete || result == (up_before ? TIRTC_E_HTTP_RESET : TIRTC_E_HTTP_PEER_CLOSED));
        orderly += result == TIRTC_E_HTTP_PEER_CLOSED;
    }
    CHECK(orderly > 300 && orderly < size);
}

/* Bits that mean nothing are in the headers of records alone. */
static void change_byte(size_t at, uint8_t mask)
{
    bench_t bench;
    tirtc_pipe_t *pipe;
    start(&bench, (bench_server_habits_t){.tickets = true});
    next_dial(&bench, (tirtc_sim_faults_t){.down = {.corrupt_mask = mask, .corrupt_at_byte = at}});
    REQUIRE(bench_dial(&bench, BENCH_HOST, &pipe) == 0);
    int result = bench_talk(&bench, pipe, EXCHANGED_BYTES);
    bool in_header = bench_is_header(&bench, at);
    bool never_sent = at >= bench.server.written;
    bool waits = result == BENCH_STUCK; /* for bytes that a longer record or message would have */
    bool refused = result == TIRTC_E_HTTP_SSL || result == TIRTC_E_HTTP_PEER_CLOSED || result == TIRTC_E_HTTP_RESET;
    if (!(refused || waits || (result == 0 && (in_header || never_sent)))) {
        fprintf(stderr, "byte %u ^ %x: %d\n", (unsigned)at, mask, result);
        check_failures++;
    }
    bench_hang_up(&bench, pipe);
    bench_close(&bench);
}

TEST(a_changed_byte_is_never_taken_for_a_good_one)
{
    static const uint8_t masks[] = {0x01, 0x80, 0xff};
    size_t size = measure(false);
    for (size_t at = 0; at < size; at += 2) { /* every field but a few of one byte: headers of records have five */
        change_byte(at, masks[at % sizeof masks]);
    }
}

TEST(a_fault_after_the_handshake_is_not_called_a_failed_handshake)
{
    bench_t bench;
    tirtc_pipe_t *pipe;
    start(&bench, (bench_server_habits_t){.tickets = true});
    REQUIRE(bench_dial(&bench, BENCH_HOST, &pipe) == 0);
    REQUIRE(bench_talk(&bench, pipe, EXCHANGED_BYTES) == 0);
    size_t received = (size_t)tirtc_sim_far_end_info(bench.server.far_end).received_bytes;
    tirtc_sim_faults_t faults = {.down = {.corrupt_mask = 0xff, .corrupt_at_byte = received + EXCHANGED_BYTES / 2}};
    tirtc_sim_far_end_set_faults(bench.server.far_end, &faults);
    CHECK_EQUAL(bench_talk(&bench, pipe, EXCHANGED_BYTES), TIRTC_E_HTTP_SSL);
    log_has(&bench, "TLS with service.test failed (mbedTLS error -");
    bench_hang_up(&bench, pipe);
    bench_close(&bench);
}

TEST(a_service_without_tls_is_distinguished_from_one_with_a_bad_certificate)
{
    bench_t bench;
    start(&bench, (bench_server_habits_t){.plain = true});
    CHECK_EQUAL(bench_exchange(&bench, BENCH_HOST, 10), TIRTC_E_HTTP_SSL);
    log_has(&bench, "the endpoint does not speak TLS; is it an http:// endpoint?");
    bench_close(&bench);
}

#if MBEDTLS_VERSION_NUMBER < 0x03000000
TEST(tls_1_1_is_not_spoken)
{
    bench_t bench;
    start(&bench, (bench_server_habits_t){.tls_1_1 = true});
    CHECK_EQUAL(bench_exchange(&bench, BENCH_HOST, 10), TIRTC_E_HTTP_SSL);
    log_has(&bench, "TLS with service.test failed");
    bench_close(&bench);
}
#endif

/* ---- Ends ---- */

static int end_after(bool says_goodbye)
{
    bench_t bench;
    tirtc_pipe_t *pipe;
    start(&bench,
          (bench_server_habits_t){.tickets = true, .ends_after = EXCHANGED_BYTES, .says_goodbye = says_goodbye});
    REQUIRE(bench_dial(&bench, BENCH_HOST, &pipe) == 0);
    CHECK_EQUAL(bench_talk(&bench, pipe, EXCHANGED_BYTES), 0);
    int end = bench_wait_for_end(&bench, pipe);
    CHECK_EQUAL(bench_wait_for_end(&bench, pipe), end);
    bench_hang_up(&bench, pipe);
    bench_close(&bench);
    return end;
}

TEST(a_goodbye_is_an_orderly_end_and_its_absence_a_lost_pipe)
{
    CHECK_EQUAL(end_after(true), TIRTC_E_HTTP_PEER_CLOSED);
    CHECK_EQUAL(end_after(false), TIRTC_E_HTTP_RESET);
}

TEST(hanging_up_says_goodbye)
{
    bench_t bench;
    tirtc_pipe_t *pipe;
    start(&bench, (bench_server_habits_t){.tickets = true});
    REQUIRE(bench_dial(&bench, BENCH_HOST, &pipe) == 0);
    CHECK_EQUAL(bench_talk(&bench, pipe, 10), 0);
    const tirtc_port_t *port = &bench.secure.port;
    port->hang_up(port->context, pipe);
    char byte;
    CHECK_EQUAL(mbedtls_ssl_read(&bench.server.ssl, (unsigned char *)&byte, 1), MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
    bench_close(&bench);
}

/* The refusal of the wish and a record that waits for room get in each other's way inside of mbedTLS. */
TEST(a_wish_to_renegotiate_confuses_nothing_that_waits)
{
    static const size_t few = 500;
    for (size_t capacity = 20; capacity < 120; capacity += 7) {
        bench_t bench;
        start(&bench, (bench_server_habits_t){.renegotiates = true});
        bench.offers = &few;
        bench.offer_count = 1;
        next_dial(&bench, (tirtc_sim_faults_t){.up = {.capacity_bytes = capacity, .delay_ms = 1}});
        CHECK_EQUAL(bench_exchange(&bench, BENCH_HOST, 3000), 0);
        CHECK(bench.server.asked);
        bench_close(&bench);
    }
}

TEST(a_wish_to_renegotiate_is_not_granted_and_stops_nothing)
{
    bench_t bench;
    start(&bench, (bench_server_habits_t){.renegotiates = true});
    CHECK_EQUAL(bench_exchange(&bench, BENCH_HOST, 2000), 0);
    CHECK(bench.server.asked);
    bench_close(&bench);
}

TEST(received_bytes_that_the_pipe_below_no_longer_has_are_pending)
{
    bench_t bench;
    tirtc_pipe_t *pipe;
    unsigned char bytes[500] = {0};
    start(&bench, (bench_server_habits_t){.tickets = true});
    const tirtc_port_t *port = &bench.secure.port;
    REQUIRE(bench_dial(&bench, BENCH_HOST, &pipe) == 0);
    CHECK_EQUAL(bench_talk(&bench, pipe, 10), 0);
    CHECK(!port->pending(port->context, pipe));
    CHECK_EQUAL(port->send(port->context, pipe, bytes, sizeof bytes), sizeof bytes);
    REQUIRE(mbedtls_ssl_read(&bench.server.ssl, bytes, sizeof bytes) == sizeof bytes);
    REQUIRE(mbedtls_ssl_write(&bench.server.ssl, bytes, sizeof bytes) == sizeof bytes);
    CHECK_EQUAL(port->receive(port->context, pipe, bytes, 100), 100);
    CHECK(port->pending(port->context, pipe));
    CHECK_EQUAL(port->receive(port->context, pipe, bytes, sizeof bytes), 400);
    CHECK(!port->pending(port->context, pipe));
    bench_hang_up(&bench, pipe);
    bench_close(&bench);
}

TEST(a_pipe_that_is_not_asked_to_be_secure_is_not_touched)
{
    bench_t bench;
    tirtc_pipe_t *pipe;
    char bytes[8] = "";
    start(&bench, (bench_server_habits_t){.plain = true});
    const tirtc_port_t *port = &bench.secure.port;
    REQUIRE(port->dial(port->context, BENCH_HOST, BENCH_PORT, false, &pipe) == 0);
    CHECK_EQUAL(port->send(port->context, pipe, "hello", 5), 5);
    tirtc_sim_far_end_t *far_end = tirtc_sim_accept(bench.server.listeners[0]);
    REQUIRE(far_end != NULL);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes, sizeof bytes), 5);
    CHECK_BYTES(bytes, "hello", 5);
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, "world", 5), 5);
    CHECK(!port->pending(port->context, pipe));
    CHECK_EQUAL(port->receive(port->context, pipe, bytes, sizeof bytes), 5);
    CHECK_BYTES(bytes, "world", 5);
    port->hang_up(port->context, pipe);
    tirtc_sim_far_end_close(far_end);
    bench_close(&bench);
}

TEST(without_entropy_no_pipe_comes_up)
{
    bench_t bench;
    start(&bench, (bench_server_habits_t){.tickets = true});
    tirtc_sim_fail_entropy(bench.sim, true);
    CHECK_EQUAL(bench_exchange(&bench, BENCH_HOST, 10), TIRTC_E_HTTP_SSL);
    bench_close(&bench);
}

/* ---- Memory ---- */

TEST(any_allocation_of_the_port_may_fail)
{
    size_t n = 0;
    int result = TIRTC_E_HTTP_NOMEM;
    for (; n < 20 && result != 0; n++) {
        bench_t bench;
        start(&bench, (bench_server_habits_t){.tickets = true});
        tirtc_sim_fail_allocation(bench.sim, n + 1, 1);
        result = bench_exchange(&bench, BENCH_HOST, EXCHANGED_BYTES);
        CHECK(result == 0 || result == TIRTC_E_HTTP_NOMEM);
        bench_close(&bench);
    }
    CHECK(n >= 2 && n < 20);
}

int main(void)
{
    const certificate_wish_t wish = {.subject = "CN=Service", .dns = BENCH_HOST};
    certificate_make(&service, &wish);
    trust.ca_text = service.pem;
    RUN(many_bytes_are_returned_unchanged);
    RUN(one_byte_at_a_time_is_enough);
    RUN(narrow_pipes_are_waited_for);
    RUN(a_record_that_waits_is_sent_once_whatever_is_offered_next);
    RUN(a_pipe_that_never_comes_up_stays_quiet);
    RUN(the_reason_why_a_dial_failed_is_reported_unchanged);
    RUN(a_reset_on_the_way_is_a_reset);
    RUN(an_end_without_a_goodbye_is_orderly_only_before_the_pipe_is_up);
    RUN(a_changed_byte_is_never_taken_for_a_good_one);
    RUN(a_fault_after_the_handshake_is_not_called_a_failed_handshake);
    RUN(a_service_without_tls_is_distinguished_from_one_with_a_bad_certificate);
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    RUN(tls_1_1_is_not_spoken);
#endif
    RUN(a_goodbye_is_an_orderly_end_and_its_absence_a_lost_pipe);
    RUN(hanging_up_says_goodbye);
    RUN(a_wish_to_renegotiate_confuses_nothing_that_waits);
    RUN(a_wish_to_renegotiate_is_not_granted_and_stops_nothing);
    RUN(received_bytes_that_the_pipe_below_no_longer_has_are_pending);
    RUN(a_pipe_that_is_not_asked_to_be_secure_is_not_touched);
    RUN(without_entropy_no_pipe_comes_up);
    RUN(any_allocation_of_the_port_may_fail);
    certificate_free(&service);
    return check_result();
}
