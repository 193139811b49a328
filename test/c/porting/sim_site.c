#include "sim_site.h"

#include "check.h"
#include "peer_words.h"
#include "tirtc_sim.h"

#define PEER_HOST "peer.test"
enum { PEER_PORT = 7000 };

static tirtc_sim_t *sim;
static tirtc_sim_listener_t *listener;
static const tirtc_port_t *sim_port;
static tirtc_port_t port;
static tirtc_platform_t platform;

static peer_t peer;
static tirtc_sim_far_end_t *far_ends[PEER_PIPES]; /* of the pipes of `peer` */

static int64_t moved_s;
static bool elsewhere;
static struct {
    uint32_t at_ms;
    void (*call)(void *argument);
    void *argument;
} later;

/* ---- the peer ---- */

static void accept_pipes(void)
{
    tirtc_sim_far_end_t *far_end;
    while ((far_end = tirtc_sim_accept(listener)) != NULL) {
        peer_pipe_t *pipe = peer_arrive(&peer);
        if (pipe == NULL) {
            tirtc_sim_far_end_close(far_end);
            continue;
        }
        far_ends[pipe - peer.pipes] = far_end;
    }
}

/* Returns false when the pipe has ended. */
static bool receive(int at)
{
    static uint8_t block[PEER_BUFFER_BYTES];
    size_t wanted;
    while ((wanted = peer_wants(&peer.pipes[at])) > 0) {
        int received = tirtc_sim_far_end_read(far_ends[at], block, wanted < sizeof block ? wanted : sizeof block);
        if (received <= 0) {
            return received == 0;
        }
        peer_feed(&peer, &peer.pipes[at], block, (size_t)received);
    }
    return true;
}

static void send_out(int at)
{
    peer_pipe_t *pipe = &peer.pipes[at];
    int sent = 1;
    while (pipe->out_size > 0 && sent > 0) {
        sent = tirtc_sim_far_end_write(far_ends[at], pipe->out, pipe->out_size);
        peer_sent(pipe, sent > 0 ? (size_t)sent : 0);
        peer_tick(&peer, tirtc_sim_now_ms(sim));
    }
}

static void serve(int at)
{
    peer_pipe_t *pipe = &peer.pipes[at];
    peer_tick(&peer, tirtc_sim_now_ms(sim));
    bool open = receive(at);
    peer_tick(&peer, tirtc_sim_now_ms(sim));
    if (open && !pipe->ended) {
        send_out(at);
    }
    if (pipe->verdict == PEER_RESET) {
        tirtc_sim_far_end_reset(far_ends[at]);
        open = false;
    } else if (pipe->verdict == PEER_END && pipe->out_size == 0 && !pipe->ended) {
        tirtc_sim_far_end_shutdown(far_ends[at]);
        pipe->ended = true;
    }
    if (!open) {
        tirtc_sim_far_end_close(far_ends[at]);
        peer_leave(pipe);
    }
}

static void run_peer(void)
{
    accept_pipes();
    for (int i = 0; i < PEER_PIPES; i++) {
        if (peer.pipes[i].used) {
            serve(i);
        }
    }
}

/* ---- the platform ---- */

static void call_what_is_due(void)
{
    if (later.call != NULL && later.at_ms == tirtc_sim_now_ms(sim)) {
        elsewhere = true;
        later.call(later.argument);
        elsewhere = false;
        later.call = NULL;
    }
}

static bool wait_for_news(void *context, uint32_t max_ms)
{
    (void)context;
    run_peer();
    bool woken = tirtc_sim_take_wake(sim_port);
    for (uint32_t passed_ms = 0; !woken && passed_ms < max_ms; passed_ms++) {
        tirtc_sim_advance(sim, 1);
        call_what_is_due();
        run_peer();
        woken = tirtc_sim_take_wake(sim_port);
    }
    return woken;
}

static void print(void *context, const char *line, size_t size)
{
    (void)context;
    printf("%.*s\n", (int)size, line);
}

static int dial(void *context, const char *host, uint16_t host_port, bool secure, tirtc_pipe_t **pipe)
{
    if (strcmp(host, PEER_HOST) == 0 && host_port == PEER_PORT + PEER_NEVER_ANSWERS) {
        REQUIRE(tirtc_sim_next_dial(sim_port, &(tirtc_sim_dial_t){.never_answers = true}));
    }
    return sim_port->dial(context, host, host_port, secure, pipe);
}

static bool move_wall_clock(void *context, int32_t by_s)
{
    (void)context;
    moved_s += by_s;
    return true;
}

static bool call_later(void *context, uint32_t after_ms, void (*call)(void *argument), void *argument)
{
    (void)context;
    later.at_ms = tirtc_sim_now_ms(sim) + after_ms;
    later.call = call;
    later.argument = argument;
    return true;
}

int64_t sim_site_moved_s(void)
{
    return moved_s;
}

bool sim_site_is_elsewhere(void)
{
    return elsewhere;
}

const porting_site_t *sim_site_open(void)
{
    static const porting_site_t site = {
        .platform = &platform,
        .peer_host = PEER_HOST,
        .peer_port = PEER_PORT,
        .move_wall_clock = move_wall_clock,
        .call_later = call_later,
    };
    memset(&peer, 0, sizeof peer);
    moved_s = 0;
    later.call = NULL;
    sim = tirtc_sim_open(&(tirtc_sim_options_t){.seed = 1, .start_ms = 0xffffff00});
    REQUIRE(sim != NULL);
    listener = tirtc_sim_listen(sim, PEER_HOST, PEER_PORT);
    sim_port = tirtc_sim_port(sim);
    REQUIRE(listener != NULL && sim_port != NULL);
    port = *sim_port;
    port.dial = dial;
    platform = (tirtc_platform_t){.port = &port, .wait = wait_for_news, .print = print};
    return &site;
}

void sim_site_close(void)
{
    tirtc_sim_close(sim);
}
