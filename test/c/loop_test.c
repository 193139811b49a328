/* The loop with real devices: many of them, from many threads, over both pollers. No service is needed: a client starts
 * at once, and a device that finds nothing listening says so. */
#include "support/posix_net.h"

#include "check.h"
#include "tirtc_loop.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

static bool use_poll;

/** The events of one device. */
typedef struct seen {
    tirtc_loop_t *loop;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int readies;
    int events[TIRTC_SUBSCRIBE_ANSWERED + 1];                /* by kind */
    int error;                                               /* of the latest event */
    int off_loop;                                            /* calls of ready on some other thread */
    void (*then)(struct seen *seen, tirtc_device_t *device); /* last thing in ready, may be NULL */
    tirtc_device_t *other;                                   /* for then */
} seen_t;

static void on_ready(void *user, tirtc_device_t *device)
{
    seen_t *seen = user;
    tirtc_event_t event;
    pthread_mutex_lock(&seen->mutex);
    while (tirtc_device_next(device, &event)) {
        seen->events[event.kind]++;
        seen->error = event.error;
    }
    seen->readies++;
    seen->off_loop += !tirtc_loop_is_current(seen->loop);
    pthread_cond_broadcast(&seen->changed);
    pthread_mutex_unlock(&seen->mutex);
    if (seen->then != NULL) {
        seen->then(seen, device);
    }
}

static void seen_open(seen_t *seen, tirtc_loop_t *loop)
{
    *seen = (seen_t){.loop = loop};
    pthread_mutex_init(&seen->mutex, NULL);
    pthread_cond_init(&seen->changed, NULL);
}

static void seen_close(seen_t *seen)
{
    pthread_cond_destroy(&seen->changed);
    pthread_mutex_destroy(&seen->mutex);
}

/** Wait until there have been `count` events of this kind. */
static void wait_for(seen_t *seen, tirtc_event_kind_t kind, int count)
{
    pthread_mutex_lock(&seen->mutex);
    while (seen->events[kind] < count) {
        pthread_cond_wait(&seen->changed, &seen->mutex);
    }
    pthread_mutex_unlock(&seen->mutex);
}

static void wait_for_readies(seen_t *seen, int count)
{
    pthread_mutex_lock(&seen->mutex);
    while (seen->readies < count) {
        pthread_cond_wait(&seen->changed, &seen->mutex);
    }
    pthread_mutex_unlock(&seen->mutex);
}

static int readies_of(seen_t *seen)
{
    pthread_mutex_lock(&seen->mutex);
    int readies = seen->readies;
    pthread_mutex_unlock(&seen->mutex);
    return readies;
}

static tirtc_loop_t *open_loop(void)
{
    const tirtc_loop_options_t options = {.use_poll = use_poll};
    tirtc_loop_t *loop = NULL;
    alarm(DEADLINE_S); /* no wait below lasts longer */
    REQUIRE(tirtc_loop_open(&options, &loop) == 0);
    return loop;
}

static void close_loop(tirtc_loop_t *loop)
{
    tirtc_loop_close(loop);
    alarm(0);
}

static tirtc_device_t *open_device(seen_t *seen)
{
    tirtc_device_t *device = NULL;
    REQUIRE(tirtc_loop_device_open(seen->loop, on_ready, seen, &device) == 0);
    return device;
}

static tirtc_bytes_t bytes(const char *text)
{
    return (tirtc_bytes_t){text, strlen(text)};
}

static void start_client(tirtc_device_t *device)
{
    const tirtc_options_t options = {.endpoint = bytes("http://127.0.0.1:9")};
    REQUIRE(tirtc_device_start(device, &options) == 0);
}

static void start_device(tirtc_device_t *device, uint16_t tcp_port)
{
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", tcp_port);
    const tirtc_options_t options = {
        .endpoint = bytes(endpoint), .device_id = bytes("device-1"), .device_secret_key = bytes("secret-1")};
    REQUIRE(tirtc_device_start(device, &options) == 0);
}

TEST(a_client_starts_and_stops)
{
    seen_t seen;
    tirtc_loop_t *loop = open_loop();
    seen_open(&seen, loop);
    tirtc_device_t *device = open_device(&seen);
    start_client(device);
    wait_for(&seen, TIRTC_DEVICE_STARTED, 1);
    CHECK_EQUAL(tirtc_device_stop(device), 0);
    wait_for(&seen, TIRTC_DEVICE_STOPPED, 1);
    CHECK(!tirtc_loop_is_current(loop));
    tirtc_loop_device_close(loop, device);
    CHECK_EQUAL(seen.off_loop, 0);
    close_loop(loop);
    seen_close(&seen);
}

TEST(a_device_that_finds_nothing_listening_says_so_and_tries_again)
{
    seen_t seen;
    tirtc_loop_t *loop = open_loop();
    seen_open(&seen, loop);
    int bound = listen_at("127.0.0.1", 0, -1);
    tirtc_device_t *device = open_device(&seen);
    start_device(device, port_of(bound));
    wait_for(&seen, TIRTC_DEVICE_START_FAILED, 2); /* the second one took a timer */
    CHECK_EQUAL(seen.error, TIRTC_E_HTTP_SERVER_DOWN);
    tirtc_loop_device_close(loop, device);
    close_loop(loop);
    close(bound);
    seen_close(&seen);
}

TEST(closing_the_loop_closes_its_devices_and_their_links)
{
    char in[2048];
    seen_t seen;
    tirtc_loop_t *loop = open_loop();
    seen_open(&seen, loop);
    int listener = listen_at("127.0.0.1", 0, 4);
    start_device(open_device(&seen), port_of(listener));
    start_client(open_device(&seen));
    open_device(&seen);
    int peer = accept_from(listener);
    CHECK(read(peer, in, sizeof in) > 0); /* it asks to be let in */
    close_loop(loop);
    CHECK_EQUAL(read(peer, in, sizeof in), 0);
    close(peer);
    close(listener);
    seen_close(&seen);
}

static void check_signals(seen_t *seen, tirtc_device_t *device)
{
    sigset_t blocked;
    (void)device;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    seen->error = sigismember(&blocked, SIGINT) == 1 && sigismember(&blocked, SIGALRM) == 1 &&
                  sigismember(&blocked, SIGPIPE) == 1 && sigismember(&blocked, SIGUSR1) == 1;
}

TEST(signals_are_blocked_on_the_loops_thread_alone)
{
    seen_t seen;
    sigset_t blocked;
    tirtc_loop_t *loop = open_loop();
    seen_open(&seen, loop);
    seen.then = check_signals;
    open_device(&seen);
    wait_for_readies(&seen, 1);
    close_loop(loop);
    CHECK_EQUAL(seen.error, true);
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    CHECK_EQUAL(sigismember(&blocked, SIGINT), 0);
    seen_close(&seen);
}

static void close_itself(seen_t *seen, tirtc_device_t *device)
{
    tirtc_loop_device_close(seen->loop, device);
    tirtc_loop_wake(seen->loop, device);         /* of no effect */
    tirtc_loop_device_close(seen->loop, device); /* neither */
}

TEST(a_device_closed_inside_ready_is_not_heard_of_again)
{
    enum { DEVICES = 20 };
    static seen_t seen[DEVICES];
    tirtc_loop_t *loop = open_loop();
    for (int i = 0; i < DEVICES; i++) {
        seen_open(&seen[i], loop);
        seen[i].then = close_itself;
        open_device(&seen[i]);
    }
    for (int i = 0; i < DEVICES; i++) {
        wait_for_readies(&seen[i], 1);
    }
    close_loop(loop);
    for (int i = 0; i < DEVICES; i++) {
        CHECK_EQUAL(seen[i].readies, 1);
        seen_close(&seen[i]);
    }
}

static void close_other(seen_t *seen, tirtc_device_t *device)
{
    (void)device;
    if (seen->events[TIRTC_DEVICE_STARTED] == 1 && seen->other != NULL) {
        tirtc_loop_wake(seen->loop, seen->other);
        tirtc_loop_device_close(seen->loop, seen->other);
        seen->other = NULL;
    }
}

TEST(another_device_may_be_closed_inside_ready)
{
    seen_t closer;
    seen_t closed;
    tirtc_loop_t *loop = open_loop();
    seen_open(&closer, loop);
    seen_open(&closed, loop);
    closer.other = open_device(&closed);
    closer.then = close_other;
    wait_for_readies(&closed, 1);
    tirtc_device_t *device = open_device(&closer);
    start_client(device);
    wait_for(&closer, TIRTC_DEVICE_STARTED, 1);
    int readies = readies_of(&closer);
    tirtc_loop_wake(loop, device);
    wait_for_readies(&closer, readies + 1);
    CHECK_EQUAL(readies_of(&closed), 1);
    close_loop(loop);
    seen_close(&closer);
    seen_close(&closed);
}

static void wake_itself(seen_t *seen, tirtc_device_t *device)
{
    tirtc_loop_wake(seen->loop, device);
}

TEST(a_busy_device_does_not_keep_others_waiting)
{
    seen_t busy;
    seen_t seen;
    tirtc_loop_t *loop = open_loop();
    seen_open(&busy, loop);
    seen_open(&seen, loop);
    busy.then = wake_itself;
    tirtc_device_t *never_done = open_device(&busy);
    wait_for_readies(&busy, 10);
    int bound = listen_at("127.0.0.1", 0, -1);
    tirtc_device_t *device = open_device(&seen);
    start_device(device, port_of(bound));
    wait_for(&seen, TIRTC_DEVICE_START_FAILED, 2); /* sockets and timers are served, too */
    tirtc_loop_device_close(loop, never_done);
    int readies = readies_of(&busy);
    tirtc_loop_device_close(loop, device);
    CHECK_EQUAL(readies_of(&busy), readies);
    close_loop(loop);
    close(bound);
    seen_close(&busy);
    seen_close(&seen);
}

/** A log sink that closes a device at the first line it gets on the loop's thread. */
typedef struct closing_log {
    seen_t seen;
    tirtc_device_t *device;
    int readies_at_close; /* -1: not yet closed */
} closing_log_t;

static void close_from_log(void *user, int level, const char *module, const char *text, size_t size)
{
    closing_log_t *log = user;
    (void)level;
    (void)module;
    (void)text;
    (void)size;
    if (!tirtc_loop_is_current(log->seen.loop)) {
        return;
    }
    pthread_mutex_lock(&log->seen.mutex);
    if (log->readies_at_close < 0) {
        tirtc_loop_device_close(log->seen.loop, log->device);
        log->readies_at_close = log->seen.readies;
        pthread_cond_broadcast(&log->seen.changed);
    }
    pthread_mutex_unlock(&log->seen.mutex);
}

TEST(a_device_closed_in_the_middle_of_a_step_is_not_heard_of_again)
{
    closing_log_t log = {.readies_at_close = -1};
    seen_open(&log.seen, NULL);
    const tirtc_loop_options_t options = {.use_poll = use_poll, .log = close_from_log, .user = &log};
    alarm(DEADLINE_S);
    REQUIRE(tirtc_loop_open(&options, &log.seen.loop) == 0);
    log.device = open_device(&log.seen);
    wait_for_readies(&log.seen, 1);
    int bound = listen_at("127.0.0.1", 0, -1);
    start_device(log.device, port_of(bound));
    pthread_mutex_lock(&log.seen.mutex);
    while (log.readies_at_close < 0) {
        pthread_cond_wait(&log.seen.changed, &log.seen.mutex);
    }
    pthread_mutex_unlock(&log.seen.mutex);
    close_loop(log.seen.loop);
    CHECK_EQUAL(log.seen.readies, log.readies_at_close);
    close(bound);
    seen_close(&log.seen);
}

/** A count that threads raise before they wake, and the latest value that ready has seen. */
typedef struct storm {
    tirtc_loop_t *loop;
    tirtc_device_t *device;
    atomic_int raised;
    atomic_int noticed;
} storm_t;

enum { STORM_THREADS = 4, STORM_WAKES = 5000 };

static void notice(void *user, tirtc_device_t *device)
{
    storm_t *storm = user;
    (void)device;
    atomic_store(&storm->noticed, atomic_load(&storm->raised));
}

static void *raise_storm(void *argument)
{
    storm_t *storm = argument;
    for (int i = 0; i < STORM_WAKES; i++) {
        int mine = atomic_fetch_add(&storm->raised, 1) + 1;
        tirtc_loop_wake(storm->loop, storm->device);
        while (i % 50 == 0 && atomic_load(&storm->noticed) < mine) {
            sched_yield(); /* a lost wake-up would keep us here until the alarm */
        }
    }
    return NULL;
}

TEST(no_wake_up_is_lost_in_a_storm)
{
    storm_t storm = {.loop = open_loop()};
    pthread_t threads[STORM_THREADS];
    REQUIRE(tirtc_loop_device_open(storm.loop, notice, &storm, &storm.device) == 0);
    for (int i = 0; i < STORM_THREADS; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, raise_storm, &storm) == 0);
    }
    for (int i = 0; i < STORM_THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    while (atomic_load(&storm.noticed) < STORM_THREADS * STORM_WAKES) {
        sched_yield();
    }
    close_loop(storm.loop);
    CHECK_EQUAL(atomic_load(&storm.noticed), STORM_THREADS * STORM_WAKES);
}

enum { CROWD_THREADS = 4, CROWD_ROUNDS = 10, CROWD_DEVICES = 25 };

static void *run_crowd(void *argument)
{
    tirtc_loop_t *loop = argument;
    for (int round = 0; round < CROWD_ROUNDS; round++) {
        seen_t seen[CROWD_DEVICES];
        tirtc_device_t *devices[CROWD_DEVICES];
        for (int i = 0; i < CROWD_DEVICES; i++) {
            seen_open(&seen[i], loop);
            devices[i] = open_device(&seen[i]);
            start_client(devices[i]);
        }
        for (int i = 0; i < CROWD_DEVICES; i++) {
            wait_for(&seen[i], TIRTC_DEVICE_STARTED, 1);
            tirtc_loop_wake(loop, devices[i]); /* closed with a step on its way */
            tirtc_loop_device_close(loop, devices[i]);
            tirtc_loop_wake(loop, devices[i]); /* a stale handle is not found */
            REQUIRE(seen[i].off_loop == 0);
            seen_close(&seen[i]);
        }
    }
    return NULL;
}

TEST(several_threads_open_and_close_many_devices)
{
    pthread_t threads[CROWD_THREADS];
    tirtc_loop_t *loop = open_loop();
    for (int i = 0; i < CROWD_THREADS; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, run_crowd, loop) == 0);
    }
    for (int i = 0; i < CROWD_THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    close_loop(loop);
}

static void count_lacks(void *user, int level, const char *module, const char *text, size_t size)
{
    static const char expected[] = "the process has no free file descriptor for the SDK";
    CHECK(level == 1 && strcmp(module, "port") == 0 && size > strlen(expected));
    CHECK(strncmp(text, expected, strlen(expected)) == 0);
    ++*(int *)user;
}

TEST(without_free_descriptors_no_loop_opens_and_the_log_says_why)
{
    struct rlimit before;
    int failures = 0;
    int lacks = 0;
    tirtc_loop_t *loop = NULL;
    const tirtc_loop_options_t options = {.use_poll = use_poll, .log = count_lacks, .user = &lacks};
    int open_before = count_descriptors();
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    for (rlim_t limit = 0; loop == NULL; limit++) { /* fails at each descriptor in turn, until it has enough */
        struct rlimit few = {.rlim_cur = limit, .rlim_max = before.rlim_max};
        REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
        int result = tirtc_loop_open(&options, &loop);
        failures += result == TIRTC_E_LACK_OF_RESOURCE;
        REQUIRE(result == 0 || result == TIRTC_E_LACK_OF_RESOURCE);
    }
    REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK_EQUAL(count_descriptors(), open_before + 2);
    CHECK(failures >= 2);
    CHECK_EQUAL(lacks, failures);
    tirtc_loop_close(loop);
}

static void run_all(void)
{
    RUN(a_client_starts_and_stops);
    RUN(a_device_that_finds_nothing_listening_says_so_and_tries_again);
    RUN(closing_the_loop_closes_its_devices_and_their_links);
    RUN(signals_are_blocked_on_the_loops_thread_alone);
    RUN(a_device_closed_inside_ready_is_not_heard_of_again);
    RUN(another_device_may_be_closed_inside_ready);
    RUN(a_device_closed_in_the_middle_of_a_step_is_not_heard_of_again);
    RUN(a_busy_device_does_not_keep_others_waiting);
    RUN(no_wake_up_is_lost_in_a_storm);
    RUN(several_threads_open_and_close_many_devices);
    RUN(without_free_descriptors_no_loop_opens_and_the_log_says_why);
}

int main(void)
{
    int open_before = count_descriptors();
    run_all();
    use_poll = true;
    printf("with poll:\n");
    run_all();
    CHECK_EQUAL(count_descriptors(), open_before);
    return check_result();
}
