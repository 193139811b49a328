/* Pipes of the lwIP port: bytes, ends, full windows, no memory. */
#include "pipe.h"

static peer_t peer;
static pipe_t ours;
static size_t goal_bytes;

/* The first byte of the peer proves that this side is up, too. */
static bool pipe_is_up(void *user)
{
    (void)user;
    if (peer_came(&peer)) {
        peer_send(&peer, 1);
    }
    return pipe_receive(&ours) || ours.error != 0;
}

static void begin(void)
{
    peer_open(&peer);
    pipe_dial(&ours, "127.0.0.1", peer.port);
    REQUIRE(ours.error == 0);
    REQUIRE(world_until(pipe_is_up, NULL, SOON_MS) && ours.error == 0);
}

static void end(void)
{
    pipe_hang_up(&ours);
    peer_close(&peer);
}

static bool all_is_sent(void *user)
{
    (void)user;
    while (pipe_send(&ours, goal_bytes)) {
    }
    return ours.sent_bytes == goal_bytes || ours.error != 0;
}

static bool all_has_arrived(void *user)
{
    (void)user;
    return all_is_sent(NULL) && peer_received(&peer) == goal_bytes;
}

static bool all_is_received(void *user)
{
    (void)user;
    while (pipe_receive(&ours)) {
    }
    return ours.received_bytes == goal_bytes || ours.error != 0;
}

static bool is_over(void *user)
{
    (void)user;
    while (pipe_receive(&ours)) {
    }
    return ours.error != 0;
}

static void check_arrived(size_t bytes)
{
    CHECK_EQUAL(peer_received(&peer), bytes);
    for (size_t i = 0; i < bytes; i++) {
        if (peer.received[i] != pattern_byte(i)) {
            CHECK_EQUAL(peer.received[i], pattern_byte(i));
            return;
        }
    }
}

TEST(bytes_arrive_both_ways_in_pieces_of_every_size)
{
    static const size_t pieces[] = {1, 7, 1460, 4096};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        begin();
        ours.most_per_call = pieces[i];
        goal_bytes = pieces[i] * 50;
        CHECK(world_until(all_has_arrived, NULL, SOON_MS));
        check_arrived(goal_bytes);
        peer_send(&peer, goal_bytes);
        CHECK(world_until(all_is_received, NULL, SOON_MS));
        CHECK_EQUAL(ours.received_bytes, goal_bytes);
        CHECK_EQUAL(ours.error, 0);
        end();
    }
}

TEST(bytes_arrive_over_ipv6_too)
{
    peer_open(&peer);
    pipe_dial(&ours, "::1", peer.port);
    goal_bytes = 20000;
    CHECK(world_until(all_has_arrived, NULL, SOON_MS));
    check_arrived(goal_bytes);
    CHECK(peer.over_ipv6);
    end();
}

TEST(a_dial_to_a_port_without_listener_is_server_down)
{
    peer_open(&peer);
    uint16_t port = peer.port;
    peer_close(&peer);
    pipe_dial(&ours, "127.0.0.1", port);
    if (ours.error == 0) {
        CHECK(world_until(is_over, NULL, SOON_MS));
        CHECK_EQUAL(the_port()->send(the_port()->context, ours.pipe, "x", 1), TIRTC_E_HTTP_SERVER_DOWN);
        pipe_hang_up(&ours);
    }
    CHECK_EQUAL(ours.error, TIRTC_E_HTTP_SERVER_DOWN);
}

TEST(an_orderly_end_follows_the_last_byte)
{
    begin();
    goal_bytes = 5000;
    peer_send(&peer, goal_bytes);
    peer_end(&peer);
    CHECK(world_until(is_over, NULL, SOON_MS));
    CHECK_EQUAL(ours.error, TIRTC_E_HTTP_PEER_CLOSED);
    CHECK_EQUAL(ours.received_bytes, goal_bytes);
    end();
}

TEST(a_reset_is_reported_by_receive_and_by_send)
{
    begin();
    peer_reset(&peer);
    CHECK(world_until(is_over, NULL, SOON_MS));
    CHECK_EQUAL(ours.error, TIRTC_E_HTTP_RESET);
    CHECK(the_port()->send(the_port()->context, ours.pipe, "x", 1) < 0);
    end();
}

TEST(a_peer_that_does_not_read_stops_the_sender_and_loses_nothing)
{
    begin();
    goal_bytes = 100000;
    peer_read(&peer, false);
    CHECK(!world_until(all_has_arrived, NULL, 3000));
    CHECK_EQUAL(ours.error, 0);
    CHECK(ours.sent_bytes <= TCP_WND + TCP_SND_BUF);
    size_t before = ours.sent_bytes;
    CHECK(!pipe_send(&ours, goal_bytes));
    CHECK_EQUAL(ours.sent_bytes, before);
    peer_read(&peer, true);
    CHECK(world_until(all_has_arrived, NULL, SOON_MS));
    check_arrived(goal_bytes);
    end();
}

TEST(a_program_that_does_not_read_stops_its_peer_and_loses_nothing)
{
    begin();
    goal_bytes = 100000;
    peer_send(&peer, goal_bytes);
    world_run(3000);
    CHECK(peer.sent_bytes <= TCP_WND + TCP_SND_BUF);
    CHECK(!tirtc_lwip_wait(&world.lwip, 100)); /* it is not woken for bytes that it leaves unread */
    CHECK(world_until(all_is_received, NULL, SOON_MS));
    CHECK_EQUAL(ours.received_bytes, goal_bytes);
    CHECK_EQUAL(ours.error, 0);
    end();
}

TEST(without_memory_a_send_waits_and_goes_on)
{
    begin();
    goal_bytes = 30000;
    world_exhaust_heap();
    CHECK(!pipe_send(&ours, goal_bytes));
    CHECK_EQUAL(ours.error, 0);
    world_run(2000);
    CHECK_EQUAL(peer_received(&peer), 0);
    world_restore_heap();
    CHECK(world_until(all_has_arrived, NULL, SOON_MS));
    check_arrived(goal_bytes);
    end();
}

TEST(without_a_connection_of_lwip_or_memory_of_the_port_a_dial_fails)
{
    world_settle(); /* otherwise one becomes free at the wrong moment */
    peer_open(&peer);
    world_exhaust_connections();
    pipe_dial(&ours, "127.0.0.1", peer.port);
    CHECK_EQUAL(ours.error, TIRTC_E_HTTP_SOCKET);
    world_restore_connections();
    world.no_memory = true;
    pipe_dial(&ours, "127.0.0.1", peer.port);
    CHECK_EQUAL(ours.error, TIRTC_E_HTTP_SOCKET);
    world.no_memory = false;
    peer_close(&peer);
}

TEST(what_was_taken_by_send_arrives_though_the_pipe_is_hung_up_with_unread_bytes)
{
    begin();
    peer_send(&peer, 2000);
    world_run(1000); /* with bytes in transit the peer would see a reset, after the bytes that we sent */
    goal_bytes = 1000;
    CHECK(all_is_sent(NULL));
    pipe_hang_up(&ours);
    CHECK(world_until(peer_saw_the_end, &peer, SOON_MS));
    check_arrived(goal_bytes);
    CHECK(peer.ended && !peer.broken);
    peer_close(&peer);
}

TEST(a_pipe_can_be_hung_up_before_it_is_up_and_after_it_broke)
{
    peer_open(&peer);
    pipe_dial(&ours, "127.0.0.1", peer.port);
    REQUIRE(ours.error == 0);
    CHECK_EQUAL(the_port()->send(the_port()->context, ours.pipe, "x", 1), 0);
    pipe_hang_up(&ours);
    world_run(100);
    peer_close(&peer);
    begin();
    peer_reset(&peer);
    CHECK(world_until(is_over, NULL, SOON_MS));
    end();
}

TEST(two_pipes_do_not_disturb_one_another)
{
    static peer_t other_peer;
    pipe_t other;
    begin();
    peer_open(&other_peer);
    pipe_dial(&other, "127.0.0.1", other_peer.port);
    REQUIRE(other.error == 0 && world_until(peer_came, &other_peer, SOON_MS));
    peer_send(&other_peer, 50000); /* which are not received */
    goal_bytes = 50000;
    CHECK(world_until(all_has_arrived, NULL, SOON_MS));
    check_arrived(goal_bytes);
    peer_reset(&other_peer);
    peer_send(&peer, goal_bytes);
    CHECK(world_until(all_is_received, NULL, SOON_MS));
    CHECK_EQUAL(ours.received_bytes, goal_bytes);
    the_port()->hang_up(the_port()->context, other.pipe);
    peer_close(&other_peer);
    end();
}

TEST(a_wait_ends_when_it_may_or_at_a_wake)
{
    begin();
    world_run(100);
    (void)pipe_receive(&ours);
    (void)tirtc_lwip_wait(&world.lwip, 0);
    CHECK(!tirtc_lwip_wait(&world.lwip, 30));
    the_port()->wake(the_port()->context);
    CHECK(tirtc_lwip_wait(&world.lwip, 60000));
    peer_send(&peer, 2);
    CHECK(tirtc_lwip_wait(&world.lwip, 60000));
    CHECK(pipe_receive(&ours));
    end();
}

int main(void)
{
    world_begin();
    RUN(bytes_arrive_both_ways_in_pieces_of_every_size);
    RUN(bytes_arrive_over_ipv6_too);
    RUN(a_dial_to_a_port_without_listener_is_server_down);
    RUN(an_orderly_end_follows_the_last_byte);
    RUN(a_reset_is_reported_by_receive_and_by_send);
    RUN(a_peer_that_does_not_read_stops_the_sender_and_loses_nothing);
    RUN(a_program_that_does_not_read_stops_its_peer_and_loses_nothing);
    RUN(without_memory_a_send_waits_and_goes_on);
    RUN(without_a_connection_of_lwip_or_memory_of_the_port_a_dial_fails);
    RUN(what_was_taken_by_send_arrives_though_the_pipe_is_hung_up_with_unread_bytes);
    RUN(a_pipe_can_be_hung_up_before_it_is_up_and_after_it_broke);
    RUN(two_pipes_do_not_disturb_one_another);
    RUN(a_wait_ends_when_it_may_or_at_a_wake);
    world_end();
    return check_result();
}
