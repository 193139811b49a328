/* How a device starts, and every way in which it does not: the error table of a start, in virtual time. */
#include "check.h"
#include "sim_world.h"
#include "tirtc_config.h"

#define ID "device-1"
#define SECRET "secret-1"

enum { SOON_MS = 100, HOUR_MS = 3600000 };

static world_t world;
static tirtc_device_t *device;

/** A world with a device that is opened, known to the service, and not started. */
static void begin(void)
{
    world_start(&world, NULL);
    service_add_device(world.service, ID, SECRET);
    device = world_open_device(&world);
}

static void start(void)
{
    tirtc_options_t options = world_options(ID, SECRET);
    CHECK_EQUAL(tirtc_device_start(device, &options), 0);
}

static void misbehave(enum service_fault_kind kind, int status, const char *text)
{
    service_fault_t fault = {.kind = kind, .status = status, .text = text};
    service_script(world.service, &fault);
}

static tirtc_sim_dial_t *dial_that_fails(int error)
{
    static tirtc_sim_dial_t dial;
    dial = (tirtc_sim_dial_t){.fails_later = error};
    return &dial;
}

/** The start fails with `error` after exactly `after_ms`, is tried again by itself, and then succeeds. */
static void check_retried(int error, uint32_t after_ms)
{
    uint32_t began_ms = world_elapsed_ms(&world);
    const tirtc_event_t *failed = world_run_until(&world, device, TIRTC_DEVICE_START_FAILED, after_ms + SOON_MS);
    REQUIRE(failed != NULL);
    CHECK_EQUAL(world_elapsed_ms(&world) - began_ms, after_ms);
    CHECK_EQUAL(failed->error, error);
    CHECK(failed->retry_in_ms >= 1 && failed->retry_in_ms <= TIRTC_RETRY_FIRST_MS);
    CHECK_EQUAL(tirtc_sim_pipes(world_port(&world, device)), 0);
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_STARTED, TIRTC_RETRY_FIRST_MS) != NULL);
    CHECK_EQUAL(world_elapsed_ms(&world) - began_ms, after_ms + failed->retry_in_ms);
    CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_START_FAILED), 1);
    CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_SERVICE_BACK), 0);
}

/** The start fails with `error` at once and for good. */
static void check_final(tirtc_device_t *which, int error, uint8_t reason)
{
    const tirtc_event_t *failed = world_run_until(&world, which, TIRTC_DEVICE_START_FAILED, SOON_MS);
    REQUIRE(failed != NULL);
    CHECK_EQUAL(failed->error, error);
    CHECK_EQUAL(failed->reason, reason);
    CHECK_EQUAL(failed->retry_in_ms, 0);
    size_t dials = tirtc_sim_dials(world_port(&world, which));
    world_run(&world, HOUR_MS);
    CHECK_EQUAL(tirtc_sim_dials(world_port(&world, which)), dials);
    CHECK_EQUAL(tirtc_sim_pipes(world_port(&world, which)), 0);
    CHECK_EQUAL(world_count(&world, which, TIRTC_DEVICE_START_FAILED), 1);
}

TEST(a_device_starts_once_both_sides_have_proven_themselves)
{
    begin();
    start();
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    CHECK_EQUAL(world_elapsed_ms(&world), 0);
    const service_link_t *link = service_start_link(world.service, ID);
    REQUIRE(link != NULL);
    CHECK(strcmp(link->request.target, "/v1/start") == 0);
    CHECK(strcmp(request_header(&link->request, "Host"), "service.test") == 0);
    world_run(&world, HOUR_MS);
    CHECK(service_start_link(world.service, ID) == link);
    CHECK(link->pings > 100 && link->pongs > 100);
    CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_STARTED), 1);
    world_end(&world);
}

TEST(a_start_tells_ids_percent_encoded_behind_the_path_of_the_endpoint)
{
    world_options_t with_prefix = {.service.prefix = "/a/b"};
    char decoded[64];
    world_start(&world, &with_prefix);
    tirtc_options_t options = world_options("d\xc3\xa9vice 1%", "s,e cret");
    options.endpoint = (tirtc_bytes_t){"ws://SERVICE.test:80/a/b//", 26};
    options.app_id = (tirtc_bytes_t){"app/7", 5};
    options.client_id = (tirtc_bytes_t){"client 9", 8};
    device = world_device(&world, &options);
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    const request_t *request = &service_link_at(world.service, 0)->request;
    CHECK(strcmp(request_header(request, "X-Tg-Device-Id"), "d%C3%A9vice%201%25") == 0);
    CHECK(request_decoded(request, "X-Tg-App-Id", decoded, sizeof decoded) && strcmp(decoded, "app/7") == 0);
    CHECK(request_decoded(request, "X-Tg-Client-Id", decoded, sizeof decoded) && strcmp(decoded, "client 9") == 0);
    CHECK(request_header_count(request, "X-Tg-Platform") == 1 &&
          request_header_count(request, "X-Tg-Sdk-Version") == 1);
    world_end(&world);
}

TEST(a_client_is_started_at_once_and_does_not_dial)
{
    world_start(&world, NULL);
    tirtc_options_t options = world_options(NULL, NULL);
    device = world_device(&world, &options);
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_STARTED, 0) != NULL);
    world_run(&world, HOUR_MS);
    CHECK_EQUAL(tirtc_sim_dials(world_port(&world, device)), 0);
    world_end(&world);
}

TEST(a_network_that_fails_is_tried_again)
{
    static const int errors[] = {TIRTC_E_HTTP_RESOLVE, TIRTC_E_HTTP_SERVER_DOWN, TIRTC_E_HTTP_SSL, TIRTC_E_HTTP_SOCKET};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        begin();
        CHECK(tirtc_sim_next_dial(world_port(&world, device), dial_that_fails(errors[i])));
        start();
        check_retried(errors[i], 0);
        world_end(&world);
        begin();
        tirtc_sim_dial_t at_once = {.fails_at_once = errors[i]};
        CHECK(tirtc_sim_next_dial(world_port(&world, device), &at_once));
        start();
        check_retried(errors[i], 0);
        world_end(&world);
    }
}

TEST(an_endpoint_that_stays_silent_is_given_up_after_ten_seconds)
{
    tirtc_sim_dial_t never = {.never_answers = true};
    begin();
    CHECK(tirtc_sim_next_dial(world_port(&world, device), &never));
    start();
    check_retried(TIRTC_E_HTTP_TIMEOUT, 10000);
    world_end(&world);
    static const enum service_fault_kind silences[] = {SERVICE_HANG, SERVICE_HANG_UPGRADED, SERVICE_HANG_PROVEN};
    for (size_t i = 0; i < sizeof silences / sizeof silences[0]; i++) {
        begin();
        misbehave(silences[i], 0, NULL);
        start();
        check_retried(TIRTC_E_HTTP_TIMEOUT, 10000);
        world_end(&world);
    }
}

TEST(a_redirect_is_reported_with_its_location_and_not_followed)
{
    static const int statuses[] = {301, 302, 303, 307, 308};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        begin();
        tirtc_sim_listener_t *elsewhere = tirtc_sim_listen(world.sim, "login.test", 80);
        misbehave(SERVICE_ANSWER_STATUS, statuses[i], "http://login.test/portal?x=1");
        start();
        const tirtc_event_t *hijacked = world_run_until(&world, device, TIRTC_DEVICE_HIJACKED, SOON_MS);
        REQUIRE(hijacked != NULL && hijacked->size == 28);
        CHECK_BYTES(hijacked->data, "http://login.test/portal?x=1", 28);
        check_retried(TIRTC_E_UNEXPECTED_RESPONSE, 0);
        CHECK(tirtc_sim_accept(elsewhere) == NULL);
        world_end(&world);
    }
}

TEST(a_response_of_another_server_is_tried_again)
{
    static const int statuses[] = {200, 400, 404, 426, 429};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        begin();
        misbehave(SERVICE_ANSWER_STATUS, statuses[i], NULL);
        start();
        check_retried(TIRTC_E_UNEXPECTED_RESPONSE, 0);
        world_end(&world);
    }
    begin();
    misbehave(SERVICE_ANSWER_TEXT, 0, "SSH-2.0-OpenSSH_9.2\r\n");
    start();
    check_retried(TIRTC_E_UNEXPECTED_RESPONSE, 0);
    world_end(&world);
    begin();
    misbehave(SERVICE_ANSWER_WRONG_ACCEPT, 0, NULL);
    start();
    check_retried(TIRTC_E_UNEXPECTED_RESPONSE, 0);
    world_end(&world);
}

TEST(a_service_in_trouble_is_tried_again)
{
    static const service_fault_t faults[] = {{.kind = SERVICE_ANSWER_STATUS, .status = 500},
                                             {.kind = SERVICE_ANSWER_STATUS, .status = 503},
                                             {.kind = SERVICE_END_LINK},
                                             {.kind = SERVICE_RESET_LINK},
                                             {.kind = SERVICE_END_UPGRADED},
                                             {.kind = SERVICE_BYE, .reason = TI_BYE_STOPPING},
                                             {.kind = SERVICE_BYE, .reason = TI_BYE_OTHER},
                                             {.kind = SERVICE_BYE, .reason = 200}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        begin();
        service_script(world.service, &faults[i]);
        start();
        check_retried(TIRTC_E_SERVER_ERROR, 0);
        world_end(&world);
    }
    begin();
    service_fault_t protocol = {.kind = SERVICE_BYE, .reason = TI_BYE_PROTOCOL};
    service_script(world.service, &protocol);
    start();
    check_retried(TIRTC_E_UNEXPECTED_RESPONSE, 0);
    world_end(&world);
}

TEST(a_status_that_says_no_is_final)
{
    for (int status = 401; status <= 403; status += 2) {
        begin();
        misbehave(SERVICE_ANSWER_STATUS, status, NULL);
        start();
        check_final(device, TIRTC_E_INVALID_LICENSE, 0);
        world_end(&world);
    }
}

TEST(a_wrong_secret_and_an_unknown_device_are_final)
{
    begin();
    tirtc_options_t wrong = world_options(ID, "another");
    CHECK_EQUAL(tirtc_device_start(device, &wrong), 0);
    check_final(device, TIRTC_E_INVALID_LICENSE, TI_BYE_REFUSED);
    tirtc_options_t unknown = world_options("device-2", SECRET);
    tirtc_device_t *other = world_open_device(&world);
    CHECK_EQUAL(tirtc_device_start(other, &unknown), 0);
    check_final(other, TIRTC_E_INVALID_LICENSE, TI_BYE_REFUSED);
    world_end(&world);
}

TEST(a_service_that_does_not_know_the_secret_is_final)
{
    begin();
    misbehave(SERVICE_WRONG_PROOF, 0, NULL);
    start();
    check_final(device, TIRTC_E_UNEXPECTED_RESPONSE, 0);
    CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_STARTED), 0);
    world_end(&world);
}

TEST(messages_out_of_turn_are_no_start)
{
    uint8_t challenge[2 + TI_NONCE_BYTES] = {255, TI_CONTROL_CHALLENGE}, started[2 + 44] = {255, TI_CONTROL_STARTED};
    const struct {
        const uint8_t *bytes;
        size_t size;
    } messages[] = {{started, sizeof started}, {challenge, sizeof challenge - 1}, {challenge, 0}, {challenge, 2}};
    memset(started + 34, 1, 12);
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        begin();
        misbehave(SERVICE_HANG_UPGRADED, 0, NULL);
        start();
        world_settle(&world);
        service_send_message(service_link_at(world.service, 0), messages[i].bytes, messages[i].size);
        check_retried(TIRTC_E_UNEXPECTED_RESPONSE, 0);
        world_end(&world);
    }
}

TEST(unknown_messages_are_ignored_during_a_start)
{
    static const uint8_t unknown_type[] = {255, 99, 1, 2}, other_channel[] = {7, 1, 2, 3};
    begin();
    start();
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    service_link_t *link = service_start_link(world.service, ID);
    service_send_message(link, unknown_type, sizeof unknown_type);
    service_send_message(link, other_channel, sizeof other_channel);
    world_run(&world, HOUR_MS);
    CHECK(service_start_link(world.service, ID) == link);
    world_end(&world);
}

TEST(a_newer_start_of_the_same_id_wins_and_the_older_one_fails_for_good)
{
    begin();
    start();
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    tirtc_options_t options = world_options(ID, SECRET);
    tirtc_device_t *newer = world_device(&world, &options);
    CHECK(world_run_until(&world, newer, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    check_final(device, TIRTC_E_BUSY, TI_BYE_REPLACED);
    CHECK_EQUAL(world_count(&world, newer, TIRTC_DEVICE_SERVICE_LOST), 0);
    CHECK_EQUAL(service_start_link(world.service, ID)->stage, SERVICE_ONLINE);
    world_end(&world);
}

TEST(a_device_refused_for_good_can_be_started_again)
{
    begin();
    misbehave(SERVICE_ANSWER_STATUS, 403, NULL);
    start();
    check_final(device, TIRTC_E_INVALID_LICENSE, 0);
    start();
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_STOPPED, SOON_MS) != NULL);
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    CHECK_EQUAL(tirtc_device_stop(device), 0);
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_STOPPED, SOON_MS) != NULL);
    CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_STOPPED), 2);
    world_end(&world);
}

TEST(a_start_while_started_is_one_start_and_with_another_id_an_error)
{
    begin();
    start();
    start();
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    start();
    tirtc_options_t other = world_options("device-2", SECRET);
    CHECK_EQUAL(tirtc_device_start(device, &other), TIRTC_E_INVALID_PARAMETER);
    world_run(&world, HOUR_MS);
    CHECK_EQUAL(service_link_count(world.service, SERVICE_START), 1);
    CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_STARTED), 1);
    world_end(&world);
}

TEST(a_stop_is_reported_once_from_every_stage_with_or_without_a_network)
{
    static const enum service_fault_kind stages[] = {0, SERVICE_HANG, SERVICE_HANG_UPGRADED, SERVICE_HANG_PROVEN,
                                                     SERVICE_END_LINK};
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        begin();
        if (stages[i] != 0) {
            misbehave(stages[i], 0, NULL);
        }
        start();
        world_settle(&world);
        CHECK_EQUAL(tirtc_device_stop(device), 0);
        CHECK_EQUAL(tirtc_device_stop(device), 0);
        CHECK(world_run_until(&world, device, TIRTC_DEVICE_STOPPED, 1000) != NULL);
        CHECK_EQUAL(tirtc_device_stop(device), 0);
        world_run(&world, HOUR_MS);
        CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_STOPPED), 1);
        CHECK_EQUAL(tirtc_sim_pipes(world_port(&world, device)), 0);
        CHECK(service_start_link(world.service, ID) == NULL);
        world_end(&world);
    }
}

TEST(a_start_that_is_stopped_before_anything_happened_is_reported_too)
{
    begin();
    CHECK_EQUAL(tirtc_device_stop(device), 0);
    start();
    CHECK_EQUAL(tirtc_device_stop(device), 0);
    start();
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    CHECK_EQUAL(world_count(&world, device, TIRTC_DEVICE_STOPPED), 1);
    world_end(&world);
}

TEST(an_orderly_stop_closes_with_1000)
{
    begin();
    start();
    CHECK(world_run_until(&world, device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    const service_link_t *link = service_start_link(world.service, ID);
    CHECK_EQUAL(tirtc_device_stop(device), 0);
    world_settle(&world);
    CHECK_EQUAL(link->close_code, 1000);
    world_end(&world);
}

TEST(options_are_checked_before_anything_is_dialled)
{
    static char long_id[65]; /* with its NUL */
    memset(long_id, 'x', sizeof long_id - 1);
    begin();
    const struct {
        tirtc_options_t options;
        int error;
    } cases[] = {{{.device_id = {ID, 8}, .device_secret_key = {SECRET, 8}}, TIRTC_E_INVALID_PARAMETER},
                 {{.endpoint = {"ftp://x", 7}, .device_id = {ID, 8}, .device_secret_key = {SECRET, 8}},
                  TIRTC_E_INVALID_PARAMETER},
                 {{.endpoint = {"https://x", 9}, .device_id = {ID, 8}, .device_secret_key = {SECRET, 8}},
                  TIRTC_E_INVALID_PARAMETER},
                 {{.endpoint = {"http://x", 8}, .device_id = {ID, 8}}, TIRTC_E_NO_SECRET_KEY},
                 {{.endpoint = {"http://x", 8}, .device_id = {long_id, 64}, .device_secret_key = {SECRET, 8}},
                  TIRTC_E_INVALID_LICENSE},
                 {{.endpoint = {"http://x", 8}, .device_id = {"a\nb", 3}, .device_secret_key = {SECRET, 8}},
                  TIRTC_E_INVALID_LICENSE},
                 {{.endpoint = {"http://x", 8}, .max_send_buffer_bytes = 16383}, TIRTC_E_INVALID_PARAMETER},
                 {{.endpoint = {"http://x", 8}, .client_id = {"a\x01", 2}}, TIRTC_E_INVALID_PARAMETER}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_EQUAL(tirtc_device_start(device, &cases[i].options), cases[i].error);
    }
    tirtc_options_t good = world_options(long_id, SECRET);
    good.device_id.size = 63;
    CHECK_EQUAL(tirtc_device_start(device, &good), 0);
    world_end(&world);
}

TEST(secrets_are_in_no_log_line_and_no_request)
{
    begin();
    misbehave(SERVICE_WRONG_PROOF, 0, NULL);
    start();
    world_run(&world, 1000);
    CHECK(strlen(tirtc_sim_log(world.sim)) > 0);
    CHECK(strstr(tirtc_sim_log(world.sim), SECRET) == NULL);
    const request_t *request = &service_link_at(world.service, 0)->request;
    for (size_t i = 0; i < request->count; i++) {
        CHECK(strstr(request->headers[i].value, SECRET) == NULL);
    }
    world_end(&world);
}

int main(void)
{
    RUN(a_device_starts_once_both_sides_have_proven_themselves);
    RUN(a_start_tells_ids_percent_encoded_behind_the_path_of_the_endpoint);
    RUN(a_client_is_started_at_once_and_does_not_dial);
    RUN(a_network_that_fails_is_tried_again);
    RUN(an_endpoint_that_stays_silent_is_given_up_after_ten_seconds);
    RUN(a_redirect_is_reported_with_its_location_and_not_followed);
    RUN(a_response_of_another_server_is_tried_again);
    RUN(a_service_in_trouble_is_tried_again);
    RUN(a_status_that_says_no_is_final);
    RUN(a_wrong_secret_and_an_unknown_device_are_final);
    RUN(a_service_that_does_not_know_the_secret_is_final);
    RUN(messages_out_of_turn_are_no_start);
    RUN(unknown_messages_are_ignored_during_a_start);
    RUN(a_newer_start_of_the_same_id_wins_and_the_older_one_fails_for_good);
    RUN(a_device_refused_for_good_can_be_started_again);
    RUN(a_start_while_started_is_one_start_and_with_another_id_an_error);
    RUN(a_stop_is_reported_once_from_every_stage_with_or_without_a_network);
    RUN(a_start_that_is_stopped_before_anything_happened_is_reported_too);
    RUN(an_orderly_stop_closes_with_1000);
    RUN(options_are_checked_before_anything_is_dialled);
    RUN(secrets_are_in_no_log_line_and_no_request);
    return check_result();
}
