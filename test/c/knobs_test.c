/* The knobs of tirtc_config.h, each at its value and one beyond. Built twice: with their defaults, and with the
 * smallest values there are (smallest_knobs_test). Knobs that other tests have this way are not here. */
#include "check.h"
#include "scene.h"
#include "tirtc_config.h"

enum { SOON_MS = 50 };

static world_t world;
static tirtc_device_t *client;

static tirtc_options_t client_options(void)
{
    tirtc_options_t options = world_options(NULL, NULL);
    options.max_connections = 0;
    options.max_send_buffer_bytes = 0;
    return options;
}

static void begin(void)
{
    tirtc_options_t options = client_options();
    world_start(&world, NULL);
    client = world_device(&world, &options);
}

static int connect_to(size_t number, const char *token, tirtc_connection_t *connection)
{
    char id[32];
    snprintf(id, sizeof id, "device-%zu", number);
    if (service_find_device(world.service, id) == NULL) {
        service_add_played_device(world.service, id);
    }
    return tirtc_device_connect(client, (tirtc_bytes_t){id, strlen(id)},
                                (tirtc_bytes_t){token, token ? strlen(token) : 0}, NULL, connection);
}

static tirtc_connection_t be_connected(size_t number)
{
    tirtc_connection_t connection;
    CHECK_EQUAL(connect_to(number, "v1.token.x", &connection), 0);
    const tirtc_event_t *connected = world_run_until(&world, client, TIRTC_CONNECTION_CONNECTED, SOON_MS);
    REQUIRE(connected != NULL && connected->error == 0);
    return connection;
}

TEST(a_whole_call_works)
{
    scene_t scene;
    scene_begin(&scene, NULL);
    scene.payload_bytes = TIRTC_MAX_RECEIVE_BYTES < 4096 ? TIRTC_MAX_RECEIVE_BYTES - 13 : 4096;
    CHECK_EQUAL(scene_talk(&scene), 0);
    scene_end(&scene);
}

TEST(as_many_connections_as_the_default_says)
{
    tirtc_connection_t none;
    begin();
    for (size_t i = 0; i < TIRTC_DEFAULT_MAX_CONNECTIONS; i++) {
        (void)be_connected(i);
    }
    CHECK_EQUAL(connect_to(TIRTC_DEFAULT_MAX_CONNECTIONS, "v1.token.x", &none), TIRTC_E_BUSY);
    world_end(&world);
}

TEST(as_many_tickets_are_kept_and_the_oldest_goes)
{
    tirtc_connection_t connection;
    begin();
    for (size_t i = 0; i <= TIRTC_MAX_TICKETS; i++) {
        CHECK_EQUAL(tirtc_connection_disconnect(client, be_connected(i)), 0);
        world_run(&world, SOON_MS);
    }
    CHECK_EQUAL(connect_to(0, NULL, &connection), TIRTC_E_CACHE_EXPIRED);
    for (size_t i = 1; i <= TIRTC_MAX_TICKETS; i++) {
        CHECK_EQUAL(connect_to(i, NULL, &connection), 0);
        CHECK_EQUAL(tirtc_connection_disconnect(client, connection), 0);
        world_run(&world, SOON_MS);
    }
    world_end(&world);
}

static int open_with_send_buffer(uint32_t bytes)
{
    tirtc_options_t options = client_options();
    options.max_send_buffer_bytes = bytes;
    world_start(&world, NULL);
    tirtc_device_t *device = world_open_device(&world);
    int error = tirtc_device_start(device, &options);
    world_end(&world);
    return error;
}

TEST(a_send_buffer_has_the_least_size_or_more)
{
    CHECK_EQUAL(open_with_send_buffer(TIRTC_MIN_SEND_BUFFER_BYTES), 0);
    CHECK_EQUAL(open_with_send_buffer(TIRTC_MIN_SEND_BUFFER_BYTES - 1), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(open_with_send_buffer(1 << 30), 0);
    CHECK_EQUAL(open_with_send_buffer((1 << 30) + 1), TIRTC_E_INVALID_PARAMETER);
}

TEST(a_message_of_the_largest_size_is_received_and_no_larger_one)
{
    for (size_t more = 0; more <= 1; more++) {
        begin();
        tirtc_connection_t connection = be_connected(0);
        size_t size = TIRTC_MAX_RECEIVE_BYTES + more;
        uint8_t *message = calloc(1, size);
        REQUIRE(message != NULL);
        message[0] = TI_CHANNEL_COMMAND;
        message[2] = 0x80; /* a word that programs may send */
        service_send_message(service_last_connection(world.service)->client_link, message, size);
        free(message);
        world_run(&world, SOON_MS);
        const tirtc_event_t *failed = world_event(&world, client, TIRTC_CONNECTION_FAILED);
        CHECK_EQUAL(failed != NULL, more);
        CHECK(failed == NULL || failed->error == TIRTC_E_CONN_OTHER_ERROR);
        CHECK_EQUAL(world_count(&world, client, TIRTC_COMMAND), 1 - more);
        CHECK_EQUAL(tirtc_connection_disconnect(client, connection), 0);
        world.complaints_expected = true;
        world_end(&world);
    }
}

/* A response to the upgrade of this many bytes, which says that the service has failed. */
static int error_of_answer(size_t size)
{
    static const char begin_of_it[] = "HTTP/1.1 503 No\r\nContent-Length: 0\r\nX-Filler: ";
    static const char end_of_it[] = "\r\n\r\n";
    char *text = calloc(1, size + 1);
    REQUIRE(text != NULL);
    memset(text, 'a', size);
    memcpy(text, begin_of_it, sizeof begin_of_it - 1);
    memcpy(text + size - (sizeof end_of_it - 1), end_of_it, sizeof end_of_it - 1);
    tirtc_options_t options = world_options("device-1", "secret-1");
    world_start(&world, NULL);
    service_script(world.service, &(service_fault_t){.kind = SERVICE_ANSWER_TEXT, .text = text});
    tirtc_device_t *device = world_device(&world, &options);
    const tirtc_event_t *failed = world_run_until(&world, device, TIRTC_DEVICE_START_FAILED, SOON_MS);
    REQUIRE(failed != NULL);
    int error = failed->error;
    world.complaints_expected = true;
    world_end(&world);
    free(text);
    return error;
}

TEST(an_answer_to_the_upgrade_has_the_largest_size_and_no_byte_more)
{
    CHECK_EQUAL(error_of_answer(TIRTC_MAX_RESPONSE_HEAD_BYTES), TIRTC_E_SERVER_ERROR);
    CHECK_EQUAL(error_of_answer(TIRTC_MAX_RESPONSE_HEAD_BYTES + 1), TIRTC_E_UNEXPECTED_RESPONSE);
}

TEST(a_connect_ends_at_its_time)
{
    tirtc_connection_t connection;
    begin();
    REQUIRE(tirtc_sim_next_dial(world_port(&world, client), &(tirtc_sim_dial_t){.never_answers = true}));
    CHECK_EQUAL(connect_to(0, "v1.token.x", &connection), 0);
    uint32_t before_ms = world_elapsed_ms(&world);
    CHECK(world_run_until(&world, client, TIRTC_CONNECTION_CONNECTED, TIRTC_CONNECT_TIMEOUT_MS - 1) == NULL);
    CHECK(world_run_until(&world, client, TIRTC_CONNECTION_CONNECTED, 1) != NULL);
    CHECK_EQUAL(world_elapsed_ms(&world) - before_ms, TIRTC_CONNECT_TIMEOUT_MS);
    world_end(&world);
}

TEST(a_start_gives_up_at_its_time)
{
    tirtc_options_t options = world_options("device-1", "secret-1");
    world_start(&world, NULL);
    service_add_device(world.service, "device-1", "secret-1");
    tirtc_device_t *device = world_open_device(&world);
    REQUIRE(tirtc_sim_next_dial(world_port(&world, device), &(tirtc_sim_dial_t){.never_answers = true}));
    CHECK_EQUAL(tirtc_device_start(device, &options), 0);
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_START_FAILED, TIRTC_HANDSHAKE_TIMEOUT_MS - 1) == NULL);
    const tirtc_event_t *failed = world_run_until(&world, device, TIRTC_DEVICE_START_FAILED, 1);
    REQUIRE(failed != NULL);
    CHECK(failed->retry_in_ms <= TIRTC_RETRY_FIRST_MS);
    world_end(&world);
}

TEST(a_disconnect_drains_for_its_time)
{
    static const tirtc_sim_faults_t stuck = {.up = {.blocked = true}};
    begin();
    tirtc_connection_t connection = be_connected(0);
    tirtc_sim_far_end_set_faults(world_far_end(service_last_connection(world.service)->client_link), &stuck);
    CHECK(tirtc_connection_send_command(client, connection, MAKE_CMDW(0x4000, 1), "last words", 10, NULL) > 0);
    CHECK_EQUAL(tirtc_connection_disconnect(client, connection), 0);
    bool early = TIRTC_DISCONNECT_DRAIN_MS > 0 &&
                 world_run_until(&world, client, TIRTC_CONNECTION_GONE, TIRTC_DISCONNECT_DRAIN_MS - 1) != NULL;
    CHECK(!early);
    CHECK(world_run_until(&world, client, TIRTC_CONNECTION_GONE, 1) != NULL);
    world.complaints_expected = true;
    world_end(&world);
}

int main(void)
{
    RUN(a_whole_call_works);
    RUN(as_many_connections_as_the_default_says);
    RUN(as_many_tickets_are_kept_and_the_oldest_goes);
    RUN(a_send_buffer_has_the_least_size_or_more);
    RUN(a_message_of_the_largest_size_is_received_and_no_larger_one);
    RUN(an_answer_to_the_upgrade_has_the_largest_size_and_no_byte_more);
    RUN(a_connect_ends_at_its_time);
    RUN(a_start_gives_up_at_its_time);
    RUN(a_disconnect_drains_for_its_time);
    return check_result();
}
