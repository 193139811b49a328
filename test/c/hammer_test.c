/* Eight threads call everything that any thread may call, on devices of one loop, with valid, old and invented
 * handles, while connections are made and closed on real sockets. Meant for the sanitizers. It ends after a number of
 * calls and of connections. */
#include "port/posix/posix_system.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "check.h"
#include "socket_service.h"
#include "tirtc_loop.h"

enum { THREADS = 8, ROUNDS = 200, CALLS = 8, CONNECTIONS = 20, CLIENTS = 2, HANDLES = 32, DEADLINE_S = 100 };

/** A device, and how often it was asked and reported. */
typedef struct member {
    tirtc_device_t *device;
    bool is_client;
    atomic_size_t connects;  /* that returned 0 */
    atomic_size_t connected; /* events, with an error or without */
    atomic_size_t up;        /* accepted, or connected without an error */
    atomic_size_t gone;
    atomic_size_t stopped;
} member_t;

static tirtc_loop_t *loop;
static socket_service_t *service;
static member_t members[1 + CLIENTS]; /* the device first */
static _Atomic(tirtc_connection_t) handles[HANDLES];
static atomic_uint next_handle;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t told = PTHREAD_COND_INITIALIZER;
static size_t passes; /* of the loop over a device, under the mutex */

static void publish(tirtc_connection_t handle)
{
    atomic_store(&handles[atomic_fetch_add(&next_handle, 1) % HANDLES], handle);
}

static void on_up(member_t *member, tirtc_connection_t connection)
{
    atomic_fetch_add(&member->up, 1);
    publish(connection);
}

static void on_event(member_t *member, const tirtc_event_t *event)
{
    volatile uint8_t last = 0;
    switch (event->kind) {
    case TIRTC_CONNECTION_ACCEPTED:
        on_up(member, event->connection);
        break;
    case TIRTC_CONNECTION_CONNECTED:
        atomic_fetch_add(&member->connected, 1);
        if (event->error == 0) {
            on_up(member, event->connection);
        }
        break;
    case TIRTC_CONNECTION_FAILED:
        (void)tirtc_connection_disconnect(member->device, event->connection); /* or another thread just did */
        break;
    case TIRTC_CONNECTION_GONE:
        atomic_fetch_add(&member->gone, 1);
        break;
    case TIRTC_DEVICE_STOPPED:
        atomic_fetch_add(&member->stopped, 1);
        break;
    default:
        if (event->size > 0) {
            last = event->data[event->size - 1]; /* what is borrowed can be read */
        }
        break;
    }
    (void)last;
}

static void on_ready(void *user, tirtc_device_t *device)
{
    tirtc_event_t event;
    while (tirtc_device_next(device, &event)) {
        on_event(user, &event);
    }
    pthread_mutex_lock(&mutex);
    passes++;
    pthread_cond_broadcast(&told);
    pthread_mutex_unlock(&mutex);
}

static tirtc_options_t options_of(const member_t *member)
{
    const char *endpoint = socket_service_endpoint(service);
    tirtc_options_t options = {.endpoint = {endpoint, strlen(endpoint)},
                               .max_connections = member->is_client ? 4 : 64,
                               .max_send_buffer_bytes = 16384};
    if (!member->is_client) {
        options.device_id = (tirtc_bytes_t){"device-1", 8};
        options.device_secret_key = (tirtc_bytes_t){"secret-1", 8};
    }
    return options;
}

static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void start(member_t *member)
{
    tirtc_options_t options = options_of(member);
    CHECK_EQUAL(tirtc_device_start(member->device, &options), 0);
}

static void connect_one(member_t *member)
{
    tirtc_connection_t connection;
    atomic_fetch_add(&member->connects, 1);
    int error = tirtc_device_connect(member->device, (tirtc_bytes_t){"device-1", 8}, (tirtc_bytes_t){"t", 1}, member,
                                     &connection);
    if (error == 0) {
        publish(connection);
    } else {
        atomic_fetch_sub(&member->connects, 1);
    }
}

static void no_handler(void)
{
}

/* One call out of all there are, with one handle out of all that were. */
static void call_something(uint32_t *seed)
{
    static const uint8_t bytes[4000];
    member_t *member = &members[draw(seed) % (1 + CLIENTS)];
    tirtc_device_t *device = member->device;
    tirtc_connection_t handle = atomic_load(&handles[draw(seed) % HANDLES]);
    TIRTCFRAMEINFO frame = {.stream_id = (uint8_t)(draw(seed) % 3), .length = draw(seed) % sizeof bytes};
    TiRtcConnStats stats;
    handle += draw(seed) % 16 == 0 ? (tirtc_connection_t)1 << draw(seed) % 16 : 0; /* a guess */
    switch (draw(seed) % 14) {
    case 0:
        connect_one(member);
        break;
    case 1:
        if (draw(seed) % 4 == 0) { /* otherwise no connection would come up */
            (void)tirtc_connection_disconnect(device, handle);
        }
        break;
    case 2:
    case 3:
        (void)tirtc_connection_send_command(device, handle, 0x10000 + draw(seed) % 9, bytes, frame.length, NULL);
        break;
    case 4:
        frame.media = TIRTC_VIDEO_H264;
        frame.flags = 1;
        (void)tirtc_connection_send_frame(device, handle, &frame, bytes, NULL);
        break;
    case 5:
        frame.stream_id += 8;
        frame.media = TIRTC_AUDIO_ALAW;
        (void)tirtc_connection_send_frame(device, handle, &frame, bytes, NULL);
        break;
    case 6:
        (void)tirtc_connection_request(device, handle, TIRTC_REQUEST_SUBSCRIBE_VIDEO, frame.stream_id);
        break;
    case 7:
        (void)tirtc_connection_answer_subscribe(device, handle, TIRTC_REQUEST_SUBSCRIBE_VIDEO, frame.stream_id, 0);
        break;
    case 8:
        (void)tirtc_connection_send_buffer_used(device, handle);
        (void)tirtc_connection_stats(device, handle, &stats);
        break;
    case 9:
        (void)tirtc_connection_set_user_data(device, handle, seed);
        (void)tirtc_connection_get_user_data(device, handle);
        break;
    case 10:
        (void)tirtc_connection_set_bitrate_range(device, handle, frame.stream_id, 1000, 9000000, 500000);
        break;
    case 11:
        (void)tirtc_connection_set_bitrate_handler(device, handle, frame.stream_id, no_handler, seed);
        break;
    case 12:
        start(member); /* has no effect but after a stop */
        break;
    default:
        if (draw(seed) % 400 == 0) {
            CHECK_EQUAL(tirtc_device_stop(device), 0);
        }
        tirtc_loop_wake(loop, device);
        break;
    }
}

/* Let the loop go on, or all calls would be made before the first connection is up. */
static void wait_for_pass(void)
{
    pthread_mutex_lock(&mutex);
    size_t before = passes;
    tirtc_loop_wake(loop, members[before % (1 + CLIENTS)].device);
    while (passes == before) {
        pthread_cond_wait(&told, &mutex);
    }
    pthread_mutex_unlock(&mutex);
}

static bool enough_came(void)
{
    bool enough = true;
    for (int i = 0; i < 1 + CLIENTS; i++) {
        enough = enough && atomic_load(&members[i].up) >= CONNECTIONS;
    }
    return enough;
}

static void *hammer(void *seed)
{
    uint32_t state = (uint32_t)(uintptr_t)seed;
    for (int round = 0; round < ROUNDS || !enough_came(); round++) {
        for (int i = 0; i < CALLS; i++) {
            call_something(&state);
        }
        wait_for_pass();
    }
    return NULL;
}

/* Every connect is answered, and every reported connection has ended. */
static bool is_over(member_t *member)
{
    return atomic_load(&member->connected) == atomic_load(&member->connects) &&
           atomic_load(&member->gone) == atomic_load(&member->up) && atomic_load(&member->stopped) > 0;
}

static void begin(void)
{
    alarm(DEADLINE_S);
    service = socket_service_open(NULL);
    service_add_device(socket_service_lock(service), "device-1", "secret-1");
    socket_service_unlock(service);
    REQUIRE(tirtc_loop_open(NULL, &loop) == 0);
    for (int i = 0; i < 1 + CLIENTS; i++) {
        members[i].is_client = i > 0;
        REQUIRE(tirtc_loop_device_open(loop, on_ready, &members[i], &members[i].device) == 0);
        start(&members[i]);
    }
}

TEST(everything_from_everywhere_at_once_leaves_no_call_unanswered)
{
    pthread_t threads[THREADS];
    begin();
    for (size_t i = 0; i < THREADS; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, hammer, (void *)(i + 1)) == 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < 1 + CLIENTS; i++) {
        start(&members[i]); /* so that the stop has something to end */
        CHECK_EQUAL(tirtc_device_stop(members[i].device), 0);
        pthread_mutex_lock(&mutex);
        while (!is_over(&members[i])) {
            pthread_cond_wait(&told, &mutex); /* SIGALRM ends a wait that never ends */
        }
        pthread_mutex_unlock(&mutex);
    }
    tirtc_loop_close(loop);
    socket_service_close(service);
}

int main(void)
{
    RUN(everything_from_everywhere_at_once_leaves_no_call_unanswered);
    return check_result();
}
