/* Names of hosts in the lwIP port: answers of every kind, late ones, and none. */
#include <lwip/sys.h>

#include "name_server.h"
#include "pipe.h"

static peer_t peer;
static pipe_t ours;

static bool is_decided(void *user)
{
    (void)user;
    (void)pipe_receive(&ours);
    return peer_came(&peer) || ours.error != 0;
}

static void connects(const char *name)
{
    peer_open(&peer);
    pipe_dial(&ours, name, peer.port);
    REQUIRE(ours.error == 0);
    CHECK(world_until(is_decided, NULL, SOON_MS));
    CHECK_EQUAL(ours.error, 0);
    CHECK(peer_came(&peer));
}

static void end(void)
{
    pipe_hang_up(&ours);
    peer_close(&peer);
}

TEST(a_name_leads_to_its_address)
{
    connects("one.test");
    CHECK(!peer.over_ipv6);
    end();
}

TEST(the_first_of_several_addresses_is_used)
{
    connects("many.test");
    end();
}

TEST(a_name_with_only_an_ipv6_address_is_reached_over_ipv6)
{
    connects("six.test");
    CHECK(peer.over_ipv6);
    end();
}

/* Dial this name. Returns the error, and after how long it occurred. */
static int failure(const char *name, uint32_t *after_ms)
{
    uint32_t began_ms = sys_now();
    peer_open(&peer);
    pipe_dial(&ours, name, peer.port);
    if (ours.error == 0) {
        CHECK(world_until(is_decided, NULL, SOON_MS));
        pipe_hang_up(&ours);
    }
    *after_ms = sys_now() - began_ms;
    CHECK(!peer_came(&peer));
    peer_close(&peer);
    return ours.error;
}

TEST(a_name_that_does_not_exist_or_is_invalid_is_not_resolved)
{
    static char long_name[300];
    uint32_t after_ms;
    memset(long_name, 'a', sizeof long_name - 1);
    const char *names[] = {"none.test", "empty.test", "", long_name};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CHECK_EQUAL(failure(names[i], &after_ms), TIRTC_E_HTTP_RESOLVE);
        CHECK(after_ms < 4500);
    }
}

TEST(a_name_server_that_does_not_answer_has_five_seconds)
{
    uint32_t after_ms;
    CHECK_EQUAL(failure("silent.test", &after_ms), TIRTC_E_HTTP_RESOLVE);
    CHECK(after_ms >= 3000 && after_ms < 6000); /* lwIP itself may give up earlier */
}

static bool nothing_is_held(void *user)
{
    (void)user;
    return world.blocks == 0;
}

TEST(a_late_answer_finds_a_pipe_that_was_hung_up)
{
    CHECK(world_until(nothing_is_held, NULL, SOON_MS)); /* lwIP continues to ask after the pipe has failed */
    peer_open(&peer);
    pipe_dial(&ours, "held.test", peer.port);
    REQUIRE(ours.error == 0);
    world_run(50);
    pipe_hang_up(&ours);
    CHECK_EQUAL(world.blocks, 1); /* lwIP still has a pointer to it */
    name_server_release();
    CHECK(world_until(nothing_is_held, NULL, 1000));
    CHECK(!peer_came(&peer));
    peer_close(&peer);
}

TEST(a_late_answer_within_the_time_connects)
{
    peer_open(&peer);
    world_run(2500); /* the last answer is no longer cached */
    pipe_dial(&ours, "held.test", peer.port);
    REQUIRE(ours.error == 0);
    world_run(500);
    CHECK_EQUAL(the_port()->send(the_port()->context, ours.pipe, "x", 1), 0);
    name_server_release();
    CHECK(world_until(is_decided, NULL, SOON_MS));
    CHECK_EQUAL(ours.error, 0);
    end();
}

TEST(a_clock_that_jumps_ahead_only_ends_the_wait_for_a_name)
{
    peer_open(&peer);
    world_run(2500);
    pipe_dial(&ours, "held.test", peer.port);
    REQUIRE(ours.error == 0);
    world_run(50);
    world_skip(5000);
    CHECK(world_until(is_decided, NULL, 1000));
    CHECK_EQUAL(ours.error, TIRTC_E_HTTP_RESOLVE);
    name_server_release();
    end();
}

int main(void)
{
    world_begin();
    name_server_begin();
    RUN(a_name_leads_to_its_address);
    RUN(the_first_of_several_addresses_is_used);
    RUN(a_name_with_only_an_ipv6_address_is_reached_over_ipv6);
    RUN(a_name_that_does_not_exist_or_is_invalid_is_not_resolved);
    RUN(a_name_server_that_does_not_answer_has_five_seconds);
    RUN(a_late_answer_finds_a_pipe_that_was_hung_up);
    RUN(a_late_answer_within_the_time_connects);
    RUN(a_clock_that_jumps_ahead_only_ends_the_wait_for_a_name);
    world_end();
    return check_result();
}
