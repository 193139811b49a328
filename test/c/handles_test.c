/* Every function of tirtc_device.h that takes a connection, with every kind of invalid handle. */
#include "check.h"
#include "pair.h"

enum { SOON_MS = 100 };

static TIRTCFRAMEINFO audio(void)
{
    return (TIRTCFRAMEINFO){.media = TIRTC_AUDIO_PCM, .length = 1};
}

/* What each function but one answers for a handle of no connection. */
static void check_dead(tirtc_device_t *device, tirtc_connection_t handle)
{
    TIRTCFRAMEINFO frame = audio();
    TiRtcConnStats stats = {7, 7, 7};
    int mark;
    CHECK_EQUAL(tirtc_connection_send_command(device, handle, 0x2000, "x", 1, NULL), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_send_frame(device, handle, &frame, "x", NULL), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_request(device, handle, TIRTC_REQUEST_KEY_FRAME, 0), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_answer_subscribe(device, handle, TIRTC_REQUEST_SUBSCRIBE_AUDIO, 0, 0),
                TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_set_bitrate_range(device, handle, 0, 1, 2, 1), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_set_bitrate_handler(device, handle, 0, NULL, NULL), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_send_buffer_used(device, handle), 0);
    CHECK_EQUAL(tirtc_connection_stats(device, handle, &stats), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(stats.command_rtt_ms, 7);
    CHECK_EQUAL(tirtc_connection_disconnect(device, handle), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_set_user_data(device, handle, &mark), TIRTC_E_INVALID_HANDLE);
}

/* And each function for a handle without user data. */
static void check_refused(tirtc_device_t *device, tirtc_connection_t handle)
{
    check_dead(device, handle);
    CHECK(tirtc_connection_get_user_data(device, handle) == NULL);
}

/* And for one that is alive; nothing is left changed. */
static void check_served(tirtc_device_t *device, tirtc_connection_t handle)
{
    TIRTCFRAMEINFO frame = audio();
    TiRtcConnStats stats;
    int mark;
    CHECK_EQUAL(tirtc_connection_send_command(device, handle, 0x2000, "x", 1, NULL), 5);
    CHECK_EQUAL(tirtc_connection_send_frame(device, handle, &frame, "x", NULL), 13);
    CHECK_EQUAL(tirtc_connection_request(device, handle, TIRTC_REQUEST_KEY_FRAME, 0), 0);
    CHECK_EQUAL(tirtc_connection_answer_subscribe(device, handle, TIRTC_REQUEST_SUBSCRIBE_AUDIO, 0, 0), 0);
    CHECK_EQUAL(tirtc_connection_set_bitrate_handler(device, handle, 0, NULL, NULL), 0);
    CHECK(tirtc_connection_send_buffer_used(device, handle) > 0);
    CHECK_EQUAL(tirtc_connection_stats(device, handle, &stats), 0);
    CHECK_EQUAL(tirtc_connection_set_user_data(device, handle, &mark), 0);
    CHECK(tirtc_connection_get_user_data(device, handle) == &mark);
}

TEST(tokens_that_never_were_are_refused_by_every_function)
{
    pair_t pair;
    uint64_t random;
    pair_start(&pair, NULL, NULL, NULL);
    for (int i = 0; i < 10000; i++) {
        tirtc_sim_random(pair.world.sim, &random, sizeof random);
        check_refused(pair.client, (tirtc_connection_t)random);
    }
    for (unsigned bit = 0; bit < 8 * sizeof(tirtc_connection_t); bit++) {
        check_refused(pair.client, (tirtc_connection_t)1 << bit);
        check_refused(pair.client, pair.caller ^ (tirtc_connection_t)1 << bit);
    }
    check_refused(pair.client, 0);
    check_refused(pair.client, (tirtc_connection_t)-1);
    check_refused(pair.client, pair.callee); /* another device's */
    check_refused(pair.device, pair.caller);
    check_served(pair.client, pair.caller);
    check_served(pair.device, pair.callee);
    pair_end(&pair);
}

TEST(tokens_of_dead_connections_stay_dead_while_their_slots_are_used_again)
{
    enum { GENERATIONS = 100 };
    tirtc_connection_t dead[GENERATIONS];
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    for (int i = 0; i < GENERATIONS; i++) {
        dead[i] = pair.caller;
        CHECK_EQUAL(tirtc_connection_disconnect(pair.client, pair.caller), 0);
        CHECK(world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_GONE, 1000) != NULL);
        world_settle(&pair.world);
        CHECK_EQUAL(tirtc_connection_disconnect(pair.device, pair.callee), 0);
        CHECK(world_run_until(&pair.world, pair.device, TIRTC_CONNECTION_GONE, 1000) != NULL);
        REQUIRE(pair_connect(&pair, "device-1", "v1.token.x", &pair.caller) == 0);
        REQUIRE(world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_CONNECTED, SOON_MS) != NULL);
        pair.callee = world_run_until(&pair.world, pair.device, TIRTC_CONNECTION_ACCEPTED, SOON_MS)->connection;
        world_forget(&pair.world);
    }
    for (int i = 0; i < GENERATIONS; i++) {
        check_refused(pair.client, dead[i]);
    }
    check_served(pair.client, pair.caller);
    pair_end(&pair);
}

TEST(a_token_given_up_serves_user_data_and_nothing_else)
{
    pair_t pair;
    int mark;
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(tirtc_connection_set_user_data(pair.client, pair.caller, &mark), 0);
    CHECK_EQUAL(tirtc_connection_disconnect(pair.client, pair.caller), 0);
    TiRtcConnStats stats;
    TIRTCFRAMEINFO frame = audio();
    for (int step = 0; step < 2; step++) {
        CHECK_EQUAL(tirtc_connection_send_frame(pair.client, pair.caller, &frame, "x", NULL), TIRTC_E_INVALID_HANDLE);
        CHECK_EQUAL(tirtc_connection_stats(pair.client, pair.caller, &stats), TIRTC_E_INVALID_HANDLE);
        CHECK_EQUAL(tirtc_connection_disconnect(pair.client, pair.caller), TIRTC_E_INVALID_HANDLE);
        CHECK_EQUAL(tirtc_connection_send_buffer_used(pair.client, pair.caller), 0);
        CHECK(tirtc_connection_get_user_data(pair.client, pair.caller) == &mark);
        service_mute(service_last_connection(pair.world.service)->client_link, true);
        world_settle(&pair.world);
    }
    world_run(&pair.world, 1000);
    check_dead(pair.client, pair.caller);
    pair_end(&pair);
}

/* Disconnect, and connect again. Returns the handle that is dead. */
static tirtc_connection_t replace(pair_t *pair)
{
    tirtc_connection_t dead = pair->caller;
    CHECK_EQUAL(tirtc_connection_disconnect(pair->client, dead), 0);
    CHECK(world_run_until(&pair->world, pair->client, TIRTC_CONNECTION_GONE, 1000) != NULL);
    REQUIRE(pair_connect(pair, "device-1", "v1.token.x", &pair->caller) == 0);
    REQUIRE(world_run_until(&pair->world, pair->client, TIRTC_CONNECTION_CONNECTED, SOON_MS) != NULL);
    world_forget(&pair->world);
    return dead;
}

TEST(user_data_of_a_dead_connection_is_served_until_its_slot_is_used_again)
{
    enum { KEPT = 3, CONNECTIONS = 20 };
    static int marks[CONNECTIONS];
    tirtc_connection_t dead[CONNECTIONS];
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    for (int i = 0; i < CONNECTIONS; i++) {
        CHECK(tirtc_connection_get_user_data(pair.client, pair.caller) == NULL);
        CHECK_EQUAL(tirtc_connection_set_user_data(pair.client, pair.caller, &marks[i]), 0);
        dead[i] = replace(&pair);
        for (int j = 0; j <= i; j++) {
            void *user_data = tirtc_connection_get_user_data(pair.client, dead[j]);
            CHECK(user_data == (j > i - KEPT ? &marks[j] : NULL));
            check_dead(pair.client, dead[j]);
        }
    }
    pair_end(&pair);
}

TEST(a_token_of_an_attempt_serves_user_data_and_disconnect_only)
{
    pair_t pair;
    tirtc_connection_t attempt;
    TIRTCFRAMEINFO frame = audio();
    int mark;
    pair_start(&pair, NULL, NULL, NULL);
    REQUIRE(pair_connect(&pair, "device-1", "v1.token.x", &attempt) == 0);
    CHECK_EQUAL(tirtc_connection_send_frame(pair.client, attempt, &frame, "x", NULL), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_send_command(pair.client, attempt, 0x2000, NULL, 0, NULL), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_send_buffer_used(pair.client, attempt), 0);
    CHECK_EQUAL(tirtc_connection_set_user_data(pair.client, attempt, &mark), 0);
    CHECK(tirtc_connection_get_user_data(pair.client, attempt) == &mark);
    CHECK_EQUAL(tirtc_connection_disconnect(pair.client, attempt), 0);
    world_settle(&pair.world);
    check_dead(pair.client, attempt);
    pair_end(&pair);
}

TEST(no_device_is_an_invalid_parameter)
{
    TIRTCFRAMEINFO frame = audio();
    TiRtcConnStats stats;
    tirtc_options_t options = {0};
    tirtc_bytes_t id = {"x", 1};
    CHECK_EQUAL(tirtc_device_open(NULL, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_device_start(NULL, &options), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_device_stop(NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_device_connect(NULL, id, id, NULL, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_disconnect(NULL, 1), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_send_command(NULL, 1, 0x2000, NULL, 0, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_send_frame(NULL, 1, &frame, "x", NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_request(NULL, 1, TIRTC_REQUEST_KEY_FRAME, 0), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_answer_subscribe(NULL, 1, TIRTC_REQUEST_SUBSCRIBE_AUDIO, 0, 0),
                TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_set_bitrate_range(NULL, 1, 0, 1, 1, 1), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_set_bitrate_handler(NULL, 1, 0, NULL, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_send_buffer_used(NULL, 1), 0);
    CHECK_EQUAL(tirtc_connection_stats(NULL, 1, &stats), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(tirtc_connection_set_user_data(NULL, 1, NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK(tirtc_connection_get_user_data(NULL, 1) == NULL);
    tirtc_device_close(NULL);
}

int main(void)
{
    RUN(tokens_that_never_were_are_refused_by_every_function);
    RUN(tokens_of_dead_connections_stay_dead_while_their_slots_are_used_again);
    RUN(a_token_given_up_serves_user_data_and_nothing_else);
    RUN(user_data_of_a_dead_connection_is_served_until_its_slot_is_used_again);
    RUN(a_token_of_an_attempt_serves_user_data_and_disconnect_only);
    RUN(no_device_is_an_invalid_parameter);
    return check_result();
}
