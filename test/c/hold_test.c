/* A program that holds the messages of one connection back; over the sim port. */
#include "check.h"
#include "pair.h"

enum { MINUTE_MS = 60000, PIECE_BYTES = 30000, PIECES = 200 };

static void say(pair_t *pair, unsigned number)
{
    CHECK_EQUAL(tirtc_connection_send_command(pair->client, pair->caller, MAKE_CMDW(0x4001, number), NULL, 0, NULL), 4);
}

TEST(messages_of_a_paused_connection_wait_and_keep_their_order)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(tirtc_connection_pause(pair.device, pair.callee, true), 0);
    for (unsigned i = 1; i <= 3; i++) {
        say(&pair, i);
    }
    world_run(&pair.world, MINUTE_MS);
    CHECK_EQUAL(world_count(&pair.world, pair.device, TIRTC_COMMAND), 0);
    CHECK_EQUAL(world_count(&pair.world, pair.device, TIRTC_CONNECTION_FAILED), 0);
    CHECK_EQUAL(world_count(&pair.world, pair.client, TIRTC_CONNECTION_FAILED), 0);
    CHECK_EQUAL(tirtc_connection_pause(pair.device, pair.callee, false), 0);
    for (unsigned i = 1; i <= 3; i++) {
        const tirtc_event_t *command = world_run_until(&pair.world, pair.device, TIRTC_COMMAND, 100);
        REQUIRE(command != NULL);
        CHECK_EQUAL(GET_SN(command->command_word), i);
    }
    pair_end(&pair);
}

TEST(others_of_the_same_device_go_on)
{
    pair_t pair;
    tirtc_connection_t second = 0;
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(tirtc_connection_pause(pair.device, pair.callee, true), 0);
    CHECK_EQUAL(pair_connect(&pair, "device-1", "token", &second), 0);
    REQUIRE(world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_CONNECTED, 1000) != NULL);
    CHECK_EQUAL(tirtc_connection_send_command(pair.client, second, MAKE_CMDW(0x4002, 1), NULL, 0, NULL), 4);
    say(&pair, 1);
    const tirtc_event_t *command = world_run_until(&pair.world, pair.device, TIRTC_COMMAND, 1000);
    REQUIRE(command != NULL);
    CHECK_EQUAL(GET_CMD(command->command_word), 0x4002);
    world_run(&pair.world, 1000);
    CHECK_EQUAL(world_count(&pair.world, pair.device, TIRTC_COMMAND), 1);
    pair_end(&pair);
}

TEST(the_link_of_a_held_connection_is_not_read_and_nothing_is_lost)
{
    pair_t pair;
    TIRTCFRAMEINFO frame = {.media = TIRTC_AUDIO_PCM, .length = PIECE_BYTES};
    uint8_t *bytes = pattern(PIECE_BYTES, 1);
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(tirtc_connection_pause(pair.device, pair.callee, true), 0);
    for (int i = 0; i < PIECES; i++) {
        CHECK_EQUAL(tirtc_connection_send_frame(pair.client, pair.caller, &frame, bytes, NULL), PIECE_BYTES + 12);
        world_run(&pair.world, 10);
    }
    world_run(&pair.world, MINUTE_MS);
    /* What neither the pipe nor the receive buffer holds waits at the service. */
    const service_link_t *link = service_last_connection(pair.world.service)->device_link;
    CHECK(link->out.size > (size_t)PIECES * PIECE_BYTES / 2);
    CHECK_EQUAL(tirtc_connection_pause(pair.device, pair.callee, false), 0);
    world_run(&pair.world, 1000);
    CHECK_EQUAL(world_count(&pair.world, pair.device, TIRTC_AUDIO), PIECES);
    free(bytes);
    pair_end(&pair);
}

TEST(a_held_connection_may_be_disconnected_or_stopped)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(tirtc_connection_pause(pair.client, pair.caller, true), 0);
    CHECK_EQUAL(tirtc_connection_disconnect(pair.client, pair.caller), 0);
    CHECK(world_run_until(&pair.world, pair.client, TIRTC_CONNECTION_GONE, 1000) != NULL);
    CHECK_EQUAL(tirtc_connection_pause(pair.client, pair.caller, false), TIRTC_E_INVALID_HANDLE);
    pair_end(&pair);
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(tirtc_connection_pause(pair.device, pair.callee, true), 0);
    say(&pair, 1);
    world_run(&pair.world, 100);
    CHECK_EQUAL(tirtc_device_stop(pair.device), 0);
    CHECK(world_run_until(&pair.world, pair.device, TIRTC_CONNECTION_FAILED, 1000) != NULL);
    CHECK(world_run_until(&pair.world, pair.device, TIRTC_DEVICE_STOPPED, 1000) != NULL);
    CHECK_EQUAL(world_count(&pair.world, pair.device, TIRTC_COMMAND), 0);
    pair_end(&pair);
}

TEST(the_end_of_the_peer_is_reported_after_everything_it_sent)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(tirtc_connection_pause(pair.device, pair.callee, true), 0);
    say(&pair, 1);
    world_run(&pair.world, 100);
    CHECK_EQUAL(tirtc_connection_disconnect(pair.client, pair.caller), 0);
    world_run(&pair.world, 1000);
    CHECK_EQUAL(world_count(&pair.world, pair.device, TIRTC_CONNECTION_FAILED), 0);
    CHECK_EQUAL(tirtc_connection_pause(pair.device, pair.callee, false), 0);
    const tirtc_event_t *failed = world_run_until(&pair.world, pair.device, TIRTC_CONNECTION_FAILED, 1000);
    REQUIRE(failed != NULL);
    CHECK_EQUAL(failed->error, TIRTC_E_CONN_REMOTECLOSE);
    CHECK(world_place(&pair.world, pair.device, TIRTC_COMMAND) >= 0);
    CHECK(world_place(&pair.world, pair.device, TIRTC_COMMAND) <
          world_place(&pair.world, pair.device, TIRTC_CONNECTION_FAILED));
    pair_end(&pair);
}

TEST(a_token_that_leads_nowhere_cannot_be_held)
{
    pair_t pair;
    pair_start(&pair, NULL, NULL, NULL);
    CHECK_EQUAL(tirtc_connection_pause(pair.device, 0, true), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_pause(pair.device, pair.callee + 1, true), TIRTC_E_INVALID_HANDLE);
    CHECK_EQUAL(tirtc_connection_pause(NULL, pair.callee, true), TIRTC_E_INVALID_PARAMETER);
    pair_end(&pair);
}

int main(void)
{
    RUN(messages_of_a_paused_connection_wait_and_keep_their_order);
    RUN(others_of_the_same_device_go_on);
    RUN(the_link_of_a_held_connection_is_not_read_and_nothing_is_lost);
    RUN(a_held_connection_may_be_disconnected_or_stopped);
    RUN(the_end_of_the_peer_is_reported_after_everything_it_sent);
    RUN(a_token_that_leads_nowhere_cannot_be_held);
    return check_result();
}
