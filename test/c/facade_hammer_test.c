/* Every function of tiRTC.h from eight threads at once, with handles that are NULL, random, freed, alive, and being
 * freed by another of the threads; then with the SDK itself stopped and taken down under them. */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdatomic.h>

#include "check.h"
#include "support/every_call.h"
#include "support/recorder.h"
#include "support/socket_service.h"

enum { THREADS = 8, ROUNDS = 1500, ROUNDS_WITH_UNINIT = 300, SLOTS = 4, MAX_CALLS = 64, SOON_MS = 5000 };

enum kind { NO_HANDLE, RANDOM_HANDLE, FREED_HANDLE, SHARED_HANDLE, KINDS };

static socket_service_t *server;
static atomic_int wrong;

/* Functions met with each kind of handle; and how often a shared handle was alive, and had just been freed. */
static atomic_int met[MAX_CALLS][KINDS];
static atomic_int alive;
static atomic_int too_late;

/* Connections that are up, or were when they were put here. */
static _Atomic(tirtc_conn_t) slots[SLOTS];
static atomic_uint next_slot;

/* A connection whose on_disconnected() has returned, and the one whose on_disconnected() was last. */
static _Atomic(tirtc_conn_t) freed;
static tirtc_conn_t going;

static void keep(const recorded_t *call)
{
    if (call->kind == ON_CONNECT && call->value == 0) {
        unsigned slot = atomic_fetch_add(&next_slot, 1) % SLOTS;
        (void)TiRtcDisconnect(atomic_exchange(&slots[slot], call->connection));
    } else if (call->kind == ON_ERROR) {
        (void)TiRtcDisconnect(call->connection);
    } else if (call->kind == ON_DISCONNECTED) {
        atomic_store(&freed, going);
        going = call->connection;
    }
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static tirtc_conn_t choose_handle(enum kind kind, uint64_t *random)
{
    switch (kind) {
    case NO_HANDLE:
        return NULL;
    case RANDOM_HANDLE:
        return (tirtc_conn_t)(uintptr_t)((uint64_t)next_random(random) << 33 | next_random(random));
    case FREED_HANDLE:
        return atomic_load(&freed);
    default:
        return atomic_load(&slots[next_random(random) % SLOTS]);
    }
}

static void make_one(uint64_t *random, bool uninit)
{
    size_t number = next_random(random) % every_call_count;
    const every_call_t *call = &every_call[number];
    enum kind kind = (enum kind)(next_random(random) % KINDS);
    tirtc_conn_t handle = choose_handle(kind, random);
    int result = call->make(handle);
    if (!every_call_may_answer(call, result, kind == SHARED_HANDLE ? HANDLE_RACING : HANDLE_DEAD, 0) &&
        !(uninit && result == TIRTC_E_NOT_INITIALIZED)) {
        fprintf(stderr, "%s answers %d (%s) to handle %p of kind %d\n", call->name, result, TiRtcGetErrorStr(result),
                (void *)handle, (int)kind);
        atomic_fetch_add(&wrong, 1);
    }
    atomic_fetch_add(&met[number][kind], 1);
    if (kind == SHARED_HANDLE && call->kind == CALL_THAT_SENDS) {
        atomic_fetch_add(result == TIRTC_E_INVALID_HANDLE ? &too_late : &alive, 1);
    }
}

static void start_device(void)
{
    const char *endpoint = socket_service_endpoint(server);
    CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint)), 0);
    CHECK_EQUAL(TiRtcInit(), 0);
    CHECK_EQUAL(TiRtcStart(EVERY_CALL_DEVICE, &recorder_callbacks), 0);
}

static void *hammer(void *seed)
{
    uint64_t random = (uint64_t)(uintptr_t)seed;
    for (int i = 0; i < ROUNDS; i++) {
        make_one(&random, false);
    }
    return NULL;
}

/* Answers of calls that lose against the other threads' are judged only by every_call_may_answer(). */
static void *hammer_with_uninit(void *seed)
{
    const char *endpoint = socket_service_endpoint(server);
    uint64_t random = (uint64_t)(uintptr_t)seed;
    for (int i = 0; i < ROUNDS_WITH_UNINIT; i++) {
        switch (next_random(&random) % 32) {
        case 0:
            TiRtcUninit();
            break;
        case 1:
            (void)TiRtcStop();
            break;
        case 2:
            (void)TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint));
            (void)TiRtcInit();
            (void)TiRtcStart(EVERY_CALL_DEVICE, &recorder_callbacks);
            break;
        default:
            make_one(&random, true);
            break;
        }
    }
    return NULL;
}

static void run_threads(void *(*what)(void *seed))
{
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, what, (void *)(i + 1)) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

TEST(eight_threads_make_every_call_with_every_kind_of_handle)
{
    recorder_reset();
    recorder_set_hook(keep);
    start_device();
    REQUIRE(recorder_wait(ON_EVENT, TiEVENT_SYS_STARTED, NULL, SOON_MS));
    run_threads(hammer);
    TiRtcUninit();
    CHECK(!recorder_is_busy());
    CHECK_EQUAL(atomic_load(&wrong), 0);
    CHECK(every_call_count <= MAX_CALLS);
    for (size_t number = 0; number < every_call_count; number++) {
        for (int kind = 0; kind < KINDS; kind++) {
            CHECK(atomic_load(&met[number][kind]) > 0);
        }
    }
    CHECK(atomic_load(&freed) != NULL);
    CHECK(atomic_load(&alive) > 0);
    CHECK(atomic_load(&too_late) > 0);
}

TEST(eight_threads_make_every_call_while_the_sdk_is_stopped_and_taken_down)
{
    recorder_reset();
    recorder_set_hook(keep);
    start_device();
    run_threads(hammer_with_uninit);
    TiRtcUninit();
    CHECK(!recorder_is_busy());
    CHECK_EQUAL(atomic_load(&wrong), 0);
    recorder_reset();
    start_device(); /* and it still works */
    CHECK(recorder_wait(ON_EVENT, TiEVENT_SYS_STARTED, NULL, SOON_MS));
    TiRtcUninit();
}

int main(void)
{
    server = socket_service_open(NULL);
    service_t *service = socket_service_lock(server);
    service_add_device(service, "device-1", "secret-1");
    service_add_played_device(service, EVERY_CALL_REMOTE_ID);
    socket_service_unlock(server);
    RUN(eight_threads_make_every_call_with_every_kind_of_handle);
    RUN(eight_threads_make_every_call_while_the_sdk_is_stopped_and_taken_down);
    socket_service_close(server);
    return check_result();
}
