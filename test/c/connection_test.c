/* A connection's life over the sim port: accepted, failed, given up, disconnected, connected again by ticket. */
#include "check.h"
#include "pair.h"
#include "tirtc_config.h"

TEST(an_accepted_connection_knows_the_callers_subject)
{
    pair_t pair;
    world_t *world = &pair.world;
    tirtc_options_t options = world_options("device-1", "secret-1");
    world_start(world, NULL);
    pair.device = world_device(world, &options);
    REQUIRE(world_run_until(world, pair.device, TIRTC_DEVICE_STARTED, 1000) != NULL);
    service_call(world->service, "device-1", "user 7");
    const tirtc_event_t *accepted = world_run_until(world, pair.device, TIRTC_CONNECTION_ACCEPTED, 1000);
    REQUIRE(accepted != NULL);
    CHECK_EQUAL(accepted->size, 6);
    CHECK_BYTES(accepted->data, "user 7", 6);
    world_end(world);
}

TEST(each_end_says_what_it_takes)
{
    pair_t pair;
    char limit[16];
    snprintf(limit, sizeof limit, "%ld", (long)(TIRTC_MAX_RECEIVE_BYTES));
    pair_start(&pair, NULL, NULL, NULL);
    const service_connection_t *connection = service_last_connection(pair.world.service);
    REQUIRE(connection != NULL);
    const service_link_t *ends[] = {connection->client_link, connection->device_link};
    for (size_t i = 0; i < 2; i++) {
        const char *said = request_header(&ends[i]->request, "X-Tg-Max-Message-Bytes");
        REQUIRE(said != NULL);
        CHECK(strcmp(said, limit) == 0);
    }
    pair_end(&pair);
}

TEST(commands_travel_both_ways)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    uint32_t word = MAKE_CMDW(0x4001, 7);
    CHECK_EQUAL(tirtc_connection_send_command(pair.client, pair.caller, word, "ping", 4, NULL), 8);
    const tirtc_event_t *request = world_run_until(&pair.world, pair.device, TIRTC_COMMAND, 100);
    REQUIRE(request != NULL);
    CHECK_EQUAL(request->connection, pair.callee);
    CHECK_EQUAL(request->command_word, word);
    CHECK_EQUAL(request->size, 4);
    CHECK_BYTES(request->data, "ping", 4);
    CHECK_EQUAL(tirtc_connection_send_command(pair.device, pair.callee, word | RESPONSE_BIT, NULL, 0, NULL), 4);
    const tirtc_event_t *answer = world_run_until(&pair.world, pair.client, TIRTC_COMMAND, 100);
    REQUIRE(answer != NULL);
    CHECK_EQUAL(answer->command_word, word | RESPONSE_BIT);
    CHECK_EQUAL(answer->size, 0);
    pair_end(&pair);
}

TEST(a_frame_arrives_with_every_field)
{
    pair_t pair;
    enum { LENGTH = 30000 };
    pair_start(&pair, NULL, NULL, NULL);
    uint8_t *bytes = pattern(LENGTH, 1);
    TIRTCFRAMEINFO frame = {
        .stream_id = 15, .media = TIRTC_VIDEO_H264, .flags = 1, .ts = 0xfffffff0u, .length = LENGTH};
    CHECK_EQUAL(tirtc_connection_send_frame(pair.device, pair.callee, &frame, bytes, NULL), LENGTH + 12);
    const tirtc_event_t *event = world_run_until(&pair.world, pair.client, TIRTC_VIDEO, 100);
    REQUIRE(event != NULL);
    CHECK_EQUAL(event->size, LENGTH);
    CHECK_BYTES(&event->frame, &frame, sizeof frame);
    CHECK_BYTES(event->data, bytes, LENGTH);
    free(bytes);
    pair_end(&pair);
}

TEST(requests_arrive_and_a_subscribe_is_answered)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(tirtc_connection_request(pair.client, pair.caller, TIRTC_REQUEST_KEY_FRAME, 3), 0);
    CHECK_EQUAL(tirtc_connection_request(pair.client, pair.caller, TIRTC_REQUEST_SUBSCRIBE_AUDIO, 4), 0);
    const tirtc_event_t *key_frame = world_run_until(&pair.world, pair.device, TIRTC_KEY_FRAME_REQUESTED, 100);
    const tirtc_event_t *subscribe = world_run_until(&pair.world, pair.device, TIRTC_SUBSCRIBE_AUDIO, 100);
    REQUIRE(key_frame != NULL && subscribe != NULL);
    CHECK_EQUAL(key_frame->stream, 3);
    CHECK_EQUAL(subscribe->stream, 4);
    CHECK_EQUAL(tirtc_connection_answer_subscribe(pair.device, pair.callee, TIRTC_REQUEST_SUBSCRIBE_AUDIO, 4, -3), 0);
    const tirtc_event_t *answer = world_run_until(&pair.world, pair.client, TIRTC_SUBSCRIBE_ANSWERED, 100);
    REQUIRE(answer != NULL);
    CHECK_EQUAL(answer->stream, 4);
    CHECK_EQUAL(answer->command_word, TIRTC_REQUEST_SUBSCRIBE_AUDIO);
    CHECK_EQUAL(answer->error, -3);
    CHECK_EQUAL(tirtc_connection_request(pair.client, pair.caller, TIRTC_REQUEST_KEY_FRAME, 16),
                TIRTC_E_INVALID_PARAMETER);
    pair_end(&pair);
}

TEST(a_disconnect_sends_what_was_queued_and_is_answered_once)
{
    pair_t pair;
    int mark;
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(tirtc_connection_set_user_data(pair.client, pair.caller, &mark), 0);
    CHECK_EQUAL(tirtc_connection_send_command(pair.client, pair.caller, MAKE_CMDW(0x4001, 1), "last", 4, NULL), 8);
    CHECK_EQUAL(tirtc_connection_disconnect(pair.client, pair.caller), 0);
    CHECK_EQUAL(tirtc_connection_disconnect(pair.client, pair.caller), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_send_command(pair.client, pair.caller, MAKE_CMDW(0x4001, 2), NULL, 0, NULL),
                TIRTC_E_INVALID_HANDLE);
    CHECK(tirtc_connection_get_user_data(pair.client, pair.caller) == &mark);
    CHECK(world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_GONE, 1000) != NULL);
    CHECK(world_event(&pair.world, pair.device, TIRTC_COMMAND) != NULL);
    const tirtc_event_t *failed = world_run_until(&pair.world, pair.device, TIRTC_CONNECTION_FAILED, 100);
    REQUIRE(failed != NULL);
    CHECK_EQUAL(failed->error, TIRTC_E_CONN_REMOTECLOSE);
    world_run(&pair.world, 2000);
    CHECK_EQUAL(world_count(&pair.world, pair.client, TIRTC_CONNECTION_GONE), 1);
    CHECK_EQUAL(world_count(&pair.world, pair.client, TIRTC_CONNECTION_FAILED), 0);
    CHECK_EQUAL(world_count(&pair.world, pair.device, TIRTC_CONNECTION_GONE), 0);
    CHECK(tirtc_connection_get_user_data(pair.client, pair.caller) == &mark);
    pair_end(&pair);
}

TEST(a_disconnect_from_a_dead_peer_is_over_within_a_second)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    service_mute(service_last_connection(pair.world.service)->client_link, true);
    CHECK_EQUAL(tirtc_connection_disconnect(pair.client, pair.caller), 0);
    CHECK(world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_GONE, 1000) != NULL);
    pair_end(&pair);
}

TEST(a_failed_connection_gives_its_error_until_it_is_disconnected)
{
    pair_t pair;
    TIRTCFRAMEINFO frame = {.media = TIRTC_AUDIO_ALAW, .length = 1};
    pair_start(&pair, NULL, NULL, NULL);
    service_bye(service_last_connection(pair.world.service)->device_link, TI_BYE_PEER_SILENT, "gone quiet");
    const tirtc_event_t *failed = world_run_until(&pair.world, pair.device, TIRTC_CONNECTION_FAILED, 100);
    REQUIRE(failed != NULL);
    CHECK_EQUAL(failed->error, TIRTC_E_CONN_TIMEOUTCLOSE);
    CHECK_EQUAL(failed->reason, TI_BYE_PEER_SILENT);
    CHECK_BYTES(failed->data, "gone quiet", 10);
    CHECK_EQUAL(tirtc_connection_send_frame(pair.device, pair.callee, &frame, "x", NULL), TIRTC_E_CONN_TIMEOUTCLOSE);
    CHECK_EQUAL(tirtc_connection_send_buffer_used(pair.device, pair.callee), 0);
    CHECK_EQUAL(tirtc_connection_disconnect(pair.device, pair.callee), 0);
    CHECK(world_run_until(&pair.world, pair.device, TIRTC_CONNECTION_GONE, 100) != NULL);
    pair_end(&pair);
}

TEST(a_connection_is_found_silent_after_twelve_seconds)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    uint32_t began_ms = world_elapsed_ms(&pair.world);
    tirtc_sim_faults_t stuck = {.up = {.blocked = true}, .down = {.blocked = true}};
    tirtc_sim_far_end_set_faults(world_far_end(service_last_connection(pair.world.service)->client_link), &stuck);
    const tirtc_event_t *failed = world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_FAILED, 20000);
    REQUIRE(failed != NULL);
    CHECK_EQUAL(failed->error, TIRTC_E_CONN_TIMEOUTCLOSE);
    uint32_t took_ms = world_elapsed_ms(&pair.world) - began_ms;
    CHECK(took_ms >= 11000 && took_ms <= 13000);
    pair_end(&pair);
}

TEST(a_vanished_peer_is_found_though_the_system_goes_on_taking_bytes)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    uint32_t began_ms = world_elapsed_ms(&pair.world);
    service_mute(service_last_connection(pair.world.service)->client_link, true);
    const tirtc_event_t *failed = world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_FAILED, 20000);
    REQUIRE(failed != NULL);
    CHECK_EQUAL(failed->error, TIRTC_E_CONN_TIMEOUTCLOSE);
    uint32_t took_ms = world_elapsed_ms(&pair.world) - began_ms;
    CHECK(took_ms >= 11000 && took_ms <= 13000);
    pair_end(&pair);
}

TEST(an_idle_connection_lives_for_an_hour)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    world_run(&pair.world, 3600 * 1000);
    CHECK_EQUAL(world_count(&pair.world, pair.client, TIRTC_CONNECTION_FAILED), 0);
    CHECK_EQUAL(world_count(&pair.world, pair.device, TIRTC_CONNECTION_FAILED), 0);
    CHECK_EQUAL(tirtc_connection_send_command(pair.client, pair.caller, MAKE_CMDW(0x4001, 1), NULL, 0, NULL), 4);
    CHECK(world_run_until(&pair.world, pair.device, TIRTC_COMMAND, 100) != NULL);
    pair_end(&pair);
}

TEST(a_ticket_reconnects_without_a_token_until_it_is_refused)
{
    pair_t pair;
    tirtc_connection_t again;
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(pair_connect(&pair, "device-2", NULL, NULL), TIRTC_E_CACHE_EXPIRED);
    CHECK_EQUAL(pair_connect(&pair, "device://device-1", NULL, &again), 0);
    const tirtc_event_t *connected = world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_CONNECTED, 1000);
    REQUIRE(connected != NULL);
    CHECK_EQUAL(connected->error, 0);
    service_revoke_tickets(pair.world.service);
    CHECK_EQUAL(pair_connect(&pair, "device-1", NULL, &again), 0);
    connected = world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_CONNECTED, 1000);
    REQUIRE(connected != NULL);
    CHECK_EQUAL(connected->error, TIRTC_E_CACHE_EXPIRED);
    CHECK_EQUAL(pair_connect(&pair, "device-1", NULL, NULL), TIRTC_E_CACHE_EXPIRED);
    pair_end(&pair);
}

TEST(a_ticket_is_forgotten_at_its_lifetime)
{
    pair_t pair;
    world_options_t options = {.service = {.ticket_lifetime_s = 60}};
    pair_start(&pair, &options, NULL, NULL);
    world_run(&pair.world, 50 * 1000);
    CHECK_EQUAL(pair_connect(&pair, "device-1", NULL, NULL), 0);
    CHECK(world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_CONNECTED, 1000) != NULL);
    CHECK_EQUAL(tirtc_device_stop(pair.client), 0);
    world_run(&pair.world, 61 * 1000);
    tirtc_options_t client = world_options(NULL, NULL);
    CHECK_EQUAL(tirtc_device_start(pair.client, &client), 0);
    CHECK_EQUAL(pair_connect(&pair, "device-1", NULL, NULL), TIRTC_E_CACHE_EXPIRED);
    pair_end(&pair);
}

static void without_cache(tirtc_options_t *options)
{
    options->no_connect_cache = true;
}

TEST(no_ticket_is_kept_without_the_cache)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, without_cache);
    CHECK_EQUAL(pair_connect(&pair, "device-1", NULL, NULL), TIRTC_E_CACHE_EXPIRED);
    pair_end(&pair);
}

static void with_two(tirtc_options_t *options)
{
    options->max_connections = 2;
}

TEST(a_full_device_refuses_the_next_caller_and_says_why)
{
    pair_t pair;
    pair_start(&pair, NULL, with_two, NULL);
    for (int i = 2; i <= 3; i++) {
        CHECK_EQUAL(pair_connect(&pair, "device-1", "v1.token.x", NULL), 0);
        const tirtc_event_t *connected = world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_CONNECTED, 1000);
        REQUIRE(connected != NULL);
        CHECK_EQUAL(connected->error, i <= 2 ? 0 : TIRTC_E_BUSY);
    }
    /* One in error does not count. */
    service_bye(service_link_at(pair.world.service, 2), TI_BYE_OTHER, "");
    REQUIRE(world_run_until(&pair.world, pair.device, TIRTC_CONNECTION_FAILED, 1000) != NULL);
    CHECK_EQUAL(pair_connect(&pair, "device-1", "v1.token.x", NULL), 0);
    const tirtc_event_t *connected = world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_CONNECTED, 1000);
    REQUIRE(connected != NULL);
    CHECK_EQUAL(connected->error, 0);
    pair_end(&pair);
}

TEST(a_client_at_its_limit_fails_at_once)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, with_two);
    CHECK_EQUAL(pair_connect(&pair, "device-1", "v1.token.x", NULL), 0);
    CHECK_EQUAL(pair_connect(&pair, "device-1", "v1.token.x", NULL), TIRTC_E_BUSY);
    REQUIRE(world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_CONNECTED, 1000) != NULL);
    CHECK_EQUAL(tirtc_connection_disconnect(pair.client, pair.caller), 0);
    CHECK_EQUAL(pair_connect(&pair, "device-1", "v1.token.x", NULL), 0);
    pair_end(&pair);
}

TEST(an_attempt_can_be_given_up)
{
    pair_t pair;
    tirtc_connection_t attempt;
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(pair_connect(&pair, "device-1", "v1.token.x", &attempt), 0);
    CHECK_EQUAL(tirtc_connection_disconnect(pair.client, attempt), 0);
    const tirtc_event_t *connected = world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_CONNECTED, 1000);
    REQUIRE(connected != NULL);
    CHECK_EQUAL(connected->connection, attempt);
    CHECK_EQUAL(connected->error, TIRTC_E_CONN_OTHER_ERROR);
    CHECK(connected->user == &pair);
    world_run(&pair.world, 1000);
    CHECK_EQUAL(world_count(&pair.world, pair.client, TIRTC_CONNECTION_GONE), 0);
    pair_end(&pair);
}

TEST(a_stop_fails_attempts_and_connections_before_it_is_reported)
{
    pair_t pair;
    tirtc_connection_t attempt;
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(pair_connect(&pair, "device-1", "v1.token.x", &attempt), 0);
    CHECK_EQUAL(tirtc_device_stop(pair.client), 0);
    CHECK_EQUAL(tirtc_device_stop(pair.client), 0);
    REQUIRE(world_run_until(&pair.world, pair.client, TIRTC_DEVICE_STOPPED, 0) != NULL);
    const tirtc_event_t *connected = world_event(&pair.world, pair.client, TIRTC_CONNECTION_CONNECTED);
    const tirtc_event_t *failed = world_event(&pair.world, pair.client, TIRTC_CONNECTION_FAILED);
    REQUIRE(connected != NULL && failed != NULL);
    CHECK_EQUAL(connected->error, TIRTC_E_CONN_OTHER_ERROR);
    CHECK_EQUAL(failed->error, TIRTC_E_CONN_OTHER_ERROR);
    CHECK_EQUAL(tirtc_connection_disconnect(pair.client, pair.caller), 0);
    CHECK(world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_GONE, 1000) != NULL);
    CHECK_EQUAL(world_count(&pair.world, pair.client, TIRTC_DEVICE_STOPPED), 1);
    CHECK_EQUAL(pair_connect(&pair, "device-1", "v1.token.x", NULL), TIRTC_E_NOT_INITIALIZED);
    pair_end(&pair);
}

struct verdict {
    service_fault_t fault;
    int error;
};

TEST(a_connect_reports_what_the_service_answered)
{
    const struct verdict verdicts[] = {
        {{.kind = SERVICE_ANSWER_STATUS, .status = 302, .text = "http://elsewhere/"}, TIRTC_E_UNEXPECTED_RESPONSE},
        {{.kind = SERVICE_ANSWER_STATUS, .status = 400}, TIRTC_E_UNEXPECTED_RESPONSE},
        {{.kind = SERVICE_ANSWER_STATUS, .status = 401}, TIRTC_E_SERVER_ERROR},
        {{.kind = SERVICE_ANSWER_STATUS, .status = 403}, TIRTC_E_SERVER_ERROR},
        {{.kind = SERVICE_ANSWER_STATUS, .status = 404}, TIRTC_E_UNEXPECTED_RESPONSE},
        {{.kind = SERVICE_ANSWER_STATUS, .status = 500}, TIRTC_E_SERVER_ERROR},
        {{.kind = SERVICE_ANSWER_TEXT, .text = "SSH-2.0-OpenSSH_9.2\r\n"}, TIRTC_E_UNEXPECTED_RESPONSE},
        {{.kind = SERVICE_ANSWER_WRONG_ACCEPT}, TIRTC_E_UNEXPECTED_RESPONSE},
        {{.kind = SERVICE_END_LINK}, TIRTC_E_SERVER_ERROR},
        {{.kind = SERVICE_RESET_LINK}, TIRTC_E_SERVER_ERROR},
        {{.kind = SERVICE_END_UPGRADED}, TIRTC_E_SERVER_ERROR},
        {{.kind = SERVICE_HANG}, TIRTC_E_TIMEOUTED},
        {{.kind = SERVICE_HANG_UPGRADED}, TIRTC_E_TIMEOUTED},
        {{.kind = SERVICE_BYE, .reason = TI_BYE_OFFLINE}, TIRTC_E_CONN_REMOTECLOSE},
        {{.kind = SERVICE_BYE, .reason = TI_BYE_TOKEN_DEVICE}, TIRTC_E_CONN_REMOTECLOSE},
        {{.kind = SERVICE_BYE, .reason = TI_BYE_TIMEOUT}, TIRTC_E_TIMEOUTED},
        {{.kind = SERVICE_BYE, .reason = TI_BYE_TOKEN_USED, .text = "used"}, TIRTC_E_SERVER_ERROR},
        {{.kind = SERVICE_BYE, .reason = 250}, TIRTC_E_CONN_OTHER_ERROR},
    };
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        pair_t pair;
        pair_start(&pair, NULL, NULL, NULL);
        service_script(pair.world.service, &verdicts[i].fault);
        CHECK_EQUAL(pair_connect(&pair, "device-1", "v1.token.x", NULL), 0);
        const tirtc_event_t *connected = world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_CONNECTED, 10000);
        REQUIRE(connected != NULL);
        CHECK_EQUAL(connected->error, verdicts[i].error);
        CHECK_EQUAL(connected->http_status, verdicts[i].fault.status);
        bool redirected = verdicts[i].fault.status == 302;
        CHECK((world_event(&pair.world, pair.client, TIRTC_DEVICE_HIJACKED) != NULL) == redirected);
        pair_end(&pair);
    }
}

TEST(a_connect_to_an_unknown_id_reports_that_the_device_is_offline)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(pair_connect(&pair, "device-2", "v1.token.x", NULL), 0);
    const tirtc_event_t *connected = world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_CONNECTED, 1000);
    REQUIRE(connected != NULL);
    CHECK_EQUAL(connected->error, TIRTC_E_CONN_REMOTECLOSE);
    pair_end(&pair);
}

TEST(arguments_of_a_connect_are_checked)
{
    pair_t pair;
    char long_id[65];
    memset(long_id, 'x', 64);
    long_id[64] = '\0';
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(pair_connect(&pair, "", "t", NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(pair_connect(&pair, "device://", "t", NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(pair_connect(&pair, long_id, "t", NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(pair_connect(&pair, long_id + 1, "t", NULL), 0);
    CHECK_EQUAL(pair_connect(&pair, "a\r\nb", "t", NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(pair_connect(&pair, "device-1", "a b", NULL), TIRTC_E_INVALID_PARAMETER);
    CHECK_EQUAL(pair_connect(&pair, "device-1", "a\r\nX-Evil: 1", NULL), TIRTC_E_INVALID_PARAMETER);
    pair_end(&pair);
}

static void only_direct(tirtc_options_t *options)
{
    options->link_mode = TIRTC_CONNECT_LINK_MODE_DIRECT_ONLY;
}

TEST(direct_only_says_that_there_are_no_direct_links)
{
    world_t world;
    tirtc_options_t options = world_options(NULL, NULL);
    only_direct(&options);
    world_start(&world, NULL);
    tirtc_device_t *client = world_device(&world, &options);
    tirtc_bytes_t id = {"device-1", 8}, token = {"t", 1};
    CHECK_EQUAL(tirtc_device_connect(client, id, token, NULL, NULL), 0);
    const tirtc_event_t *connected = world_run_until(&world, client, TIRTC_CONNECTION_CONNECTED, 0);
    REQUIRE(connected != NULL);
    CHECK_EQUAL(connected->error, TIRTC_E_LACK_OF_RESOURCE);
    world_end(&world);
}

int main(void)
{
    RUN(an_accepted_connection_knows_the_callers_subject);
    RUN(each_end_says_what_it_takes);
    RUN(commands_travel_both_ways);
    RUN(a_frame_arrives_with_every_field);
    RUN(requests_arrive_and_a_subscribe_is_answered);
    RUN(a_disconnect_sends_what_was_queued_and_is_answered_once);
    RUN(a_disconnect_from_a_dead_peer_is_over_within_a_second);
    RUN(a_failed_connection_gives_its_error_until_it_is_disconnected);
    RUN(a_connection_is_found_silent_after_twelve_seconds);
    RUN(a_vanished_peer_is_found_though_the_system_goes_on_taking_bytes);
    RUN(an_idle_connection_lives_for_an_hour);
    RUN(a_ticket_reconnects_without_a_token_until_it_is_refused);
    RUN(a_ticket_is_forgotten_at_its_lifetime);
    RUN(no_ticket_is_kept_without_the_cache);
    RUN(a_full_device_refuses_the_next_caller_and_says_why);
    RUN(a_client_at_its_limit_fails_at_once);
    RUN(an_attempt_can_be_given_up);
    RUN(a_stop_fails_attempts_and_connections_before_it_is_reported);
    RUN(a_connect_reports_what_the_service_answered);
    RUN(a_connect_to_an_unknown_id_reports_that_the_device_is_offline);
    RUN(arguments_of_a_connect_are_checked);
    RUN(direct_only_says_that_there_are_no_direct_links);
    return check_result();
}
