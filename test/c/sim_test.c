/* Port `sim`: every promise of tirtc_sim.h, without a device. */
#include "check.h"
#include "tirtc_sim.h"

static tirtc_sim_t *sim;
static tirtc_sim_listener_t *listener;
static const tirtc_port_t *port;

static void begin(const tirtc_sim_options_t *options)
{
    sim = tirtc_sim_open(options);
    REQUIRE(sim != NULL);
    listener = tirtc_sim_listen(sim, "service.test", 80);
    port = tirtc_sim_port(sim);
    REQUIRE(listener != NULL && port != NULL);
}

static void end(void)
{
    tirtc_sim_close(sim);
}

static tirtc_pipe_t *dial(const char *host, uint16_t host_port)
{
    tirtc_pipe_t *pipe = NULL;
    CHECK_EQUAL(port->dial(port->context, host, host_port, false, &pipe), 0);
    REQUIRE(pipe != NULL);
    return pipe;
}

static int send_text(tirtc_pipe_t *pipe, const char *text)
{
    return port->send(port->context, pipe, text, strlen(text));
}

static int receive(tirtc_pipe_t *pipe, void *out, size_t size)
{
    return port->receive(port->context, pipe, out, size);
}

static void hang_up(tirtc_pipe_t *pipe)
{
    port->hang_up(port->context, pipe);
}

/** A pipe that is up, its far end, and no wake outstanding. */
static tirtc_pipe_t *pipe_up(const tirtc_sim_faults_t *faults, tirtc_sim_far_end_t **far_end)
{
    if (faults != NULL) {
        tirtc_sim_dial_t script = {.faults = *faults};
        CHECK(tirtc_sim_next_dial(port, &script));
    }
    tirtc_pipe_t *pipe = dial("service.test", 80);
    *far_end = tirtc_sim_accept(listener);
    REQUIRE(*far_end != NULL);
    tirtc_sim_take_wake(port);
    return pipe;
}

TEST(bytes_travel_both_ways_and_the_device_is_woken_for_what_it_waits_for)
{
    char bytes[16];
    tirtc_sim_far_end_t *far_end;
    begin(NULL);
    tirtc_pipe_t *pipe = pipe_up(NULL, &far_end);
    CHECK_EQUAL(send_text(pipe, "question"), 8);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes, 5), 5);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes + 5, 9), 3);
    CHECK_BYTES(bytes, "question", 8);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes, sizeof bytes), 0);

    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), 0);
    CHECK(!tirtc_sim_take_wake(port));
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, "answer", 6), 6);
    CHECK(tirtc_sim_take_wake(port));
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), 6);
    CHECK_BYTES(bytes, "answer", 6);

    tirtc_sim_far_end_info_t info = tirtc_sim_far_end_info(far_end);
    CHECK(info.port == port && strcmp(info.host, "service.test") == 0 && !info.secure && !info.hung_up);
    CHECK_EQUAL(info.host_port, 80);
    CHECK_EQUAL(info.sent_bytes, 8);
    CHECK_EQUAL(info.received_bytes, 6);
    hang_up(pipe);
    end();
}

TEST(wake_is_for_one_port_and_is_remembered_once)
{
    begin(NULL);
    const tirtc_port_t *other = tirtc_sim_port(sim);
    CHECK(!tirtc_sim_take_wake(port));
    port->wake(port->context);
    port->wake(port->context);
    CHECK(!tirtc_sim_take_wake(other));
    CHECK(tirtc_sim_take_wake(port));
    CHECK(!tirtc_sim_take_wake(port));
    end();
}

TEST(the_clock_moves_only_when_advanced_and_wraps)
{
    tirtc_sim_options_t options = {.start_ms = 0xfffffff0u};
    begin(&options);
    CHECK_EQUAL(port->mono_ms(port->context), 0xfffffff0u);
    CHECK_EQUAL(tirtc_sim_next_due_ms(sim), -1);
    tirtc_sim_advance(sim, 0x20);
    CHECK_EQUAL(port->mono_ms(port->context), 0x10);
    CHECK_EQUAL(tirtc_sim_now_ms(sim), 0x10);
    end();
}

TEST(the_same_seed_gives_the_same_bytes_and_another_seed_others)
{
    uint8_t first[32], second[32], third[32];
    uint8_t *const out[] = {first, second, third};
    for (int i = 0; i < 3; i++) {
        tirtc_sim_options_t options = {.seed = i < 2 ? 7 : 8};
        begin(&options);
        CHECK_EQUAL(port->entropy(port->context, out[i], 32), 0);
        end();
    }
    CHECK_BYTES(first, second, 32);
    CHECK(memcmp(first, third, 32) != 0);
}

TEST(entropy_fails_when_scripted)
{
    uint8_t bytes[8];
    begin(NULL);
    tirtc_sim_fail_entropy(sim, true);
    CHECK(port->entropy(port->context, bytes, sizeof bytes) < 0);
    tirtc_sim_fail_entropy(sim, false);
    CHECK_EQUAL(port->entropy(port->context, bytes, sizeof bytes), 0);
    end();
}

static size_t heard_bytes;

static void hear_log(void *user, int level, const char *module, const char *text, size_t size)
{
    CHECK(user == &heard_bytes && level == 2 && strcmp(module, "core") == 0 && text[0] == 'l');
    heard_bytes += size;
}

TEST(log_lines_are_kept_with_time_and_level_and_the_oldest_go_first)
{
    tirtc_sim_options_t options = {.start_ms = 5, .log = hear_log, .user = &heard_bytes};
    begin(&options);
    port->log(port->context, 2, "core", "line one, cut", 8);
    CHECK(strcmp(tirtc_sim_log(sim), "5 warn core line one\n") == 0);
    CHECK_EQUAL(heard_bytes, 8);
    tirtc_sim_advance(sim, 1);
    for (int i = 0; i < 10000; i++) {
        port->log(port->context, 2, "core", "line of many", 12);
    }
    const char *log = tirtc_sim_log(sim);
    CHECK(strncmp(log, "6 warn core line of many\n", 25) == 0);
    CHECK(strlen(log) < TIRTC_SIM_LOG_BYTES && strlen(log) > TIRTC_SIM_LOG_BYTES / 4);
    CHECK_EQUAL(log[strlen(log) - 1], '\n');
    end();
}

TEST(an_unknown_host_is_not_resolved_and_a_known_one_refuses_other_ports)
{
    char byte;
    begin(NULL);
    tirtc_pipe_t *lost = dial("nowhere.test", 80);
    CHECK(tirtc_sim_take_wake(port));
    CHECK_EQUAL(receive(lost, &byte, 1), TIRTC_E_HTTP_RESOLVE);
    CHECK_EQUAL(send_text(lost, "x"), TIRTC_E_HTTP_RESOLVE);
    tirtc_pipe_t *refused = dial("service.test", 81);
    CHECK_EQUAL(send_text(refused, "x"), TIRTC_E_HTTP_SERVER_DOWN);
    tirtc_sim_listener_refuse(listener, true);
    tirtc_pipe_t *down = dial("service.test", 80);
    CHECK_EQUAL(send_text(down, "x"), TIRTC_E_HTTP_SERVER_DOWN);
    tirtc_sim_listener_refuse(listener, false);
    tirtc_pipe_t *up = dial("SERVICE.test", 80);
    CHECK_EQUAL(send_text(up, "x"), 1);
    CHECK_EQUAL(tirtc_sim_pipes(port), 4);
    CHECK_EQUAL(tirtc_sim_dials(port), 4);
    hang_up(lost);
    hang_up(refused);
    hang_up(down);
    hang_up(up);
    CHECK_EQUAL(tirtc_sim_pipes(port), 0);
    end();
}

TEST(a_scripted_dial_fails_at_once_or_later_or_never_answers)
{
    static const tirtc_sim_dial_t at_once = {.fails_at_once = TIRTC_E_HTTP_SOCKET};
    static const tirtc_sim_dial_t later = {.fails_later = TIRTC_E_HTTP_SSL, .delay_ms = 30};
    static const tirtc_sim_dial_t never = {.never_answers = true};
    char byte;
    tirtc_pipe_t *pipe = NULL;
    begin(NULL);
    CHECK(tirtc_sim_next_dial(port, &at_once) && tirtc_sim_next_dial(port, &later));
    tirtc_sim_other_dials(port, &never);
    CHECK_EQUAL(port->dial(port->context, "service.test", 80, false, &pipe), TIRTC_E_HTTP_SOCKET);
    CHECK(pipe == NULL);

    pipe = dial("service.test", 80);
    CHECK_EQUAL(tirtc_sim_next_due_ms(sim), 30);
    tirtc_sim_advance(sim, 29);
    CHECK(!tirtc_sim_take_wake(port));
    CHECK_EQUAL(receive(pipe, &byte, 1), 0);
    tirtc_sim_advance(sim, 1);
    CHECK(tirtc_sim_take_wake(port));
    CHECK_EQUAL(receive(pipe, &byte, 1), TIRTC_E_HTTP_SSL);
    hang_up(pipe);

    pipe = dial("service.test", 80);
    CHECK_EQUAL(tirtc_sim_next_due_ms(sim), -1);
    tirtc_sim_advance(sim, 1000000);
    CHECK_EQUAL(send_text(pipe, "x"), 0);
    CHECK_EQUAL(receive(pipe, &byte, 1), 0);
    CHECK(!tirtc_sim_take_wake(port));
    CHECK(tirtc_sim_accept(listener) == NULL);
    hang_up(pipe);
    tirtc_sim_other_dials(port, NULL);
    pipe = dial("service.test", 80);
    CHECK_EQUAL(send_text(pipe, "x"), 1);
    hang_up(pipe);
    end();
}

TEST(a_delayed_dial_comes_up_later_and_records_that_tls_was_requested)
{
    static const tirtc_sim_dial_t slow = {.delay_ms = 250};
    tirtc_sim_options_t options = {.secure_pipes = true, .start_ms = 0xffffff80u};
    begin(&options);
    CHECK(port->secure_pipes);
    CHECK(tirtc_sim_next_dial(port, &slow));
    tirtc_pipe_t *pipe = NULL;
    CHECK_EQUAL(port->dial(port->context, "service.test", 80, true, &pipe), 0);
    CHECK_EQUAL(send_text(pipe, "x"), 0);
    CHECK(tirtc_sim_accept(listener) == NULL);
    tirtc_sim_advance(sim, 250);
    CHECK(tirtc_sim_take_wake(port));
    CHECK_EQUAL(send_text(pipe, "x"), 1);
    tirtc_sim_far_end_t *far_end = tirtc_sim_accept(listener);
    REQUIRE(far_end != NULL);
    CHECK(tirtc_sim_far_end_info(far_end).secure);
    hang_up(pipe);
    end();
}

TEST(each_call_moves_at_most_k_bytes)
{
    static const tirtc_sim_faults_t faults = {.up.most_per_call = 3, .down.most_per_call = 2};
    char bytes[16];
    tirtc_sim_far_end_t *far_end;
    begin(NULL);
    tirtc_pipe_t *pipe = pipe_up(&faults, &far_end);
    CHECK_EQUAL(send_text(pipe, "abcde"), 3);
    CHECK_EQUAL(send_text(pipe, "de"), 2);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes, sizeof bytes), 5);
    CHECK_BYTES(bytes, "abcde", 5);
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, "uvw", 3), 3);
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), 2);
    CHECK_EQUAL(receive(pipe, bytes + 2, sizeof bytes - 2), 1);
    CHECK_BYTES(bytes, "uvw", 3);
    hang_up(pipe);
    end();
}

TEST(a_full_direction_makes_the_writer_wait_until_some_is_read)
{
    static const tirtc_sim_faults_t faults = {.up.capacity_bytes = 4, .down.capacity_bytes = 5};
    char bytes[16];
    tirtc_sim_far_end_t *far_end;
    begin(NULL);
    tirtc_pipe_t *pipe = pipe_up(&faults, &far_end);
    CHECK_EQUAL(send_text(pipe, "abcdef"), 4);
    CHECK_EQUAL(send_text(pipe, "ef"), 0);
    CHECK(!tirtc_sim_take_wake(port));
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes, 1), 1);
    CHECK(tirtc_sim_take_wake(port));
    CHECK_EQUAL(send_text(pipe, "ef"), 1);
    CHECK_EQUAL(tirtc_sim_far_end_info(far_end).unread_up_bytes, 4);
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, "uvwxyz", 6), 5);
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, "z", 1), 0);
    CHECK_EQUAL(receive(pipe, bytes, 2), 2);
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, "z", 1), 1);
    hang_up(pipe);
    end();
}

TEST(a_direction_without_script_holds_the_default_and_a_byte_more_waits)
{
    static char much[TIRTC_SIM_DEFAULT_CAPACITY_BYTES + 1];
    tirtc_sim_far_end_t *far_end;
    begin(NULL);
    tirtc_pipe_t *pipe = pipe_up(NULL, &far_end);
    CHECK_EQUAL(port->send(port->context, pipe, much, sizeof much), TIRTC_SIM_DEFAULT_CAPACITY_BYTES);
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, much, sizeof much), TIRTC_SIM_DEFAULT_CAPACITY_BYTES);
    hang_up(pipe);
    end();
}

TEST(a_blocked_direction_is_released)
{
    static const tirtc_sim_faults_t blocked = {.up.blocked = true, .down.blocked = true};
    static const tirtc_sim_faults_t free_again = {.up.blocked = false};
    char bytes[4];
    tirtc_sim_far_end_t *far_end;
    begin(NULL);
    tirtc_pipe_t *pipe = pipe_up(&blocked, &far_end);
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, "down", 4), 4);
    CHECK_EQUAL(send_text(pipe, "up"), 0);
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), 0);
    tirtc_sim_advance(sim, 100000);
    CHECK(!tirtc_sim_take_wake(port));
    tirtc_sim_far_end_set_faults(far_end, &free_again);
    CHECK(tirtc_sim_take_wake(port));
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), 4);
    CHECK_EQUAL(send_text(pipe, "up"), 2);
    hang_up(pipe);
    end();
}

TEST(a_pipe_fails_after_exactly_n_bytes_with_the_given_error)
{
    static const tirtc_sim_faults_t cut = {
        .up.cut = true, .up.cut_after_bytes = 5, .up.cut_error = TIRTC_E_HTTP_PEER_CLOSED};
    char bytes[16];
    tirtc_sim_far_end_t *far_end;
    begin(NULL);
    tirtc_pipe_t *pipe = pipe_up(&cut, &far_end);
    CHECK_EQUAL(receive(pipe, bytes, 1), 0);
    CHECK_EQUAL(send_text(pipe, "abc"), 3);
    CHECK(!tirtc_sim_take_wake(port));
    CHECK_EQUAL(send_text(pipe, "defg"), 2);
    CHECK(tirtc_sim_take_wake(port));
    CHECK_EQUAL(send_text(pipe, "fg"), TIRTC_E_HTTP_PEER_CLOSED);
    CHECK_EQUAL(receive(pipe, bytes, 1), TIRTC_E_HTTP_PEER_CLOSED);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes, sizeof bytes), 5);
    CHECK_BYTES(bytes, "abcde", 5);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes, sizeof bytes), TIRTC_E_HTTP_RESET);
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, "x", 1), TIRTC_E_HTTP_RESET);
    hang_up(pipe);
    end();
}

TEST(a_pipe_dies_after_exactly_n_bytes_received)
{
    static const tirtc_sim_faults_t cut = {.down.cut = true, .down.cut_after_bytes = 2};
    static const tirtc_sim_faults_t dead_at_once = {.down.cut = true};
    char bytes[16];
    tirtc_sim_far_end_t *far_end;
    begin(NULL);
    tirtc_pipe_t *pipe = pipe_up(&cut, &far_end);
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, "abc", 3), 3);
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), 2);
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), TIRTC_E_HTTP_RESET);
    CHECK_EQUAL(send_text(pipe, "x"), TIRTC_E_HTTP_RESET);
    hang_up(pipe);
    pipe = pipe_up(&dead_at_once, &far_end);
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), TIRTC_E_HTTP_RESET);
    hang_up(pipe);
    end();
}

TEST(bytes_and_an_end_arrive_after_their_delay_in_order)
{
    static const tirtc_sim_faults_t delayed = {.up.delay_ms = 20, .down.delay_ms = 50};
    char bytes[16];
    tirtc_sim_far_end_t *far_end;
    begin(NULL);
    tirtc_pipe_t *pipe = pipe_up(&delayed, &far_end);
    CHECK_EQUAL(send_text(pipe, "up"), 2);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes, sizeof bytes), 0);
    CHECK_EQUAL(tirtc_sim_next_due_ms(sim), 20);
    tirtc_sim_advance(sim, 20);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes, sizeof bytes), 2);

    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), 0);
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, "one", 3), 3);
    tirtc_sim_advance(sim, 10);
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, "two", 3), 3);
    tirtc_sim_far_end_shutdown(far_end);
    tirtc_sim_advance(sim, 39);
    CHECK(!tirtc_sim_take_wake(port));
    tirtc_sim_advance(sim, 1);
    CHECK(tirtc_sim_take_wake(port));
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), 3);
    CHECK_BYTES(bytes, "one", 3);
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), 0);
    CHECK_EQUAL(tirtc_sim_next_due_ms(sim), 10);
    tirtc_sim_advance(sim, 10);
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), 3);
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), TIRTC_E_HTTP_PEER_CLOSED);

    hang_up(pipe);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes, sizeof bytes), 0);
    tirtc_sim_advance(sim, 20);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes, sizeof bytes), TIRTC_E_HTTP_PEER_CLOSED);
    end();
}

TEST(one_byte_is_corrupted_at_the_given_place)
{
    static const tirtc_sim_faults_t corrupt = {.up.corrupt_mask = 0x20, .up.corrupt_at_byte = 4};
    char bytes[16];
    tirtc_sim_far_end_t *far_end;
    begin(NULL);
    tirtc_pipe_t *pipe = pipe_up(&corrupt, &far_end);
    CHECK_EQUAL(send_text(pipe, "abc"), 3);
    CHECK_EQUAL(send_text(pipe, "def"), 3);
    CHECK_EQUAL(send_text(pipe, "ghi"), 3);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes, sizeof bytes), 9);
    CHECK_BYTES(bytes, "abcdEfghi", 9);
    hang_up(pipe);
    end();
}

TEST(an_orderly_end_lets_everything_arrive_and_the_device_may_still_send)
{
    char bytes[16];
    tirtc_sim_far_end_t *far_end;
    begin(NULL);
    tirtc_pipe_t *pipe = pipe_up(NULL, &far_end);
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, "last", 4), 4);
    tirtc_sim_far_end_shutdown(far_end);
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, "x", 1), TIRTC_E_HTTP_PEER_CLOSED);
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), 4);
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), TIRTC_E_HTTP_PEER_CLOSED);
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), TIRTC_E_HTTP_PEER_CLOSED);
    CHECK_EQUAL(send_text(pipe, "yes"), 3);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes, sizeof bytes), 3);
    hang_up(pipe);
    end();
}

TEST(a_far_end_that_let_go_resets_what_is_sent_but_not_what_was_received)
{
    char bytes[16];
    tirtc_sim_far_end_t *far_end;
    begin(NULL);
    tirtc_pipe_t *pipe = pipe_up(NULL, &far_end);
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), 0);
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, "bye", 3), 3);
    tirtc_sim_far_end_close(far_end);
    CHECK(tirtc_sim_take_wake(port));
    CHECK_EQUAL(send_text(pipe, "x"), TIRTC_E_HTTP_RESET);
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), 3);
    CHECK_EQUAL(receive(pipe, bytes, sizeof bytes), TIRTC_E_HTTP_PEER_CLOSED);
    hang_up(pipe);
    end();
}

TEST(a_reset_loses_what_was_on_the_way)
{
    char byte;
    tirtc_sim_far_end_t *far_end;
    begin(NULL);
    tirtc_pipe_t *pipe = pipe_up(NULL, &far_end);
    CHECK_EQUAL(receive(pipe, &byte, 1), 0);
    CHECK_EQUAL(send_text(pipe, "lost"), 4);
    tirtc_sim_far_end_reset(far_end);
    CHECK(tirtc_sim_take_wake(port));
    CHECK_EQUAL(receive(pipe, &byte, 1), TIRTC_E_HTTP_RESET);
    CHECK_EQUAL(send_text(pipe, "x"), TIRTC_E_HTTP_RESET);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, &byte, 1), TIRTC_E_HTTP_RESET);
    hang_up(pipe);
    tirtc_sim_far_end_close(far_end);
    end();
}

TEST(bytes_sent_before_hanging_up_still_arrive)
{
    char bytes[16];
    begin(NULL);
    tirtc_pipe_t *pipe = dial("service.test", 80);
    CHECK_EQUAL(send_text(pipe, "farewell"), 8);
    hang_up(pipe);
    tirtc_sim_far_end_t *far_end = tirtc_sim_accept(listener);
    REQUIRE(far_end != NULL);
    CHECK(tirtc_sim_far_end_info(far_end).hung_up);
    CHECK_EQUAL(tirtc_sim_far_end_write(far_end, "x", 1), TIRTC_E_HTTP_PEER_CLOSED);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes, sizeof bytes), 8);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, bytes, sizeof bytes), TIRTC_E_HTTP_PEER_CLOSED);
    tirtc_sim_far_end_close(far_end);
    end();
}

/* A lock that knows whether it is held. */
struct tirtc_lock {
    int held;
};

static struct tirtc_lock only_lock;
static int locks_taken;

static tirtc_lock_t *lock_open(void)
{
    return &only_lock;
}

static void lock_close(tirtc_lock_t *lock)
{
    CHECK_EQUAL(lock->held, 0);
}

static void lock_take(tirtc_lock_t *lock)
{
    CHECK_EQUAL(lock->held++, 0);
    locks_taken++;
}

static void lock_give(tirtc_lock_t *lock)
{
    CHECK_EQUAL(--lock->held, 0);
}

TEST(locks_given_are_offered_to_devices_and_used_by_the_world)
{
    static const tirtc_threads_t threads = {
        .global = &only_lock, .lock_open = lock_open, .lock_close = lock_close, .lock = lock_take, .unlock = lock_give};
    tirtc_sim_options_t options = {.threads = &threads};
    char byte;
    tirtc_sim_far_end_t *far_end;
    begin(&options);
    CHECK(port->threads == &threads);
    tirtc_pipe_t *pipe = pipe_up(NULL, &far_end);
    int before = locks_taken;
    CHECK_EQUAL(send_text(pipe, "x"), 1);
    CHECK_EQUAL(tirtc_sim_far_end_read(far_end, &byte, 1), 1);
    port->wake(port->context);
    CHECK_EQUAL(locks_taken - before, 3);
    hang_up(pipe);
    end();
}

int main(void)
{
    RUN(bytes_travel_both_ways_and_the_device_is_woken_for_what_it_waits_for);
    RUN(wake_is_for_one_port_and_is_remembered_once);
    RUN(the_clock_moves_only_when_advanced_and_wraps);
    RUN(the_same_seed_gives_the_same_bytes_and_another_seed_others);
    RUN(entropy_fails_when_scripted);
    RUN(log_lines_are_kept_with_time_and_level_and_the_oldest_go_first);
    RUN(an_unknown_host_is_not_resolved_and_a_known_one_refuses_other_ports);
    RUN(a_scripted_dial_fails_at_once_or_later_or_never_answers);
    RUN(a_delayed_dial_comes_up_later_and_records_that_tls_was_requested);
    RUN(each_call_moves_at_most_k_bytes);
    RUN(a_full_direction_makes_the_writer_wait_until_some_is_read);
    RUN(a_direction_without_script_holds_the_default_and_a_byte_more_waits);
    RUN(a_blocked_direction_is_released);
    RUN(a_pipe_fails_after_exactly_n_bytes_with_the_given_error);
    RUN(a_pipe_dies_after_exactly_n_bytes_received);
    RUN(bytes_and_an_end_arrive_after_their_delay_in_order);
    RUN(one_byte_is_corrupted_at_the_given_place);
    RUN(an_orderly_end_lets_everything_arrive_and_the_device_may_still_send);
    RUN(a_far_end_that_let_go_resets_what_is_sent_but_not_what_was_received);
    RUN(a_reset_loses_what_was_on_the_way);
    RUN(bytes_sent_before_hanging_up_still_arrive);
    RUN(locks_given_are_offered_to_devices_and_used_by_the_world);
    return check_result();
}
