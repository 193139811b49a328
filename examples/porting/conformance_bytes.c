/* Bytes out and in, back-pressure, and the end of pipes. */
#include "conformance.h"

#include "peer_words.h"

#include <string.h>

enum {
    PIECE_BYTES = 1500,
    MOST_BYTES = 15000000, /* no network between here and the peer holds more */
    PATIENCE_MS = 10000
};

static uint8_t piece[PIECE_BYTES];

static void make_piece(uint32_t offset, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        piece[i] = peer_byte(offset + (uint32_t)i);
    }
}

static int offer(tirtc_pipe_t *pipe, uint32_t offset, size_t size)
{
    make_piece(offset, size);
    return porting_port()->send(porting_port()->context, pipe, piece, size);
}

static int receive(tirtc_pipe_t *pipe, size_t size)
{
    return porting_port()->receive(porting_port()->context, pipe, piece, size);
}

/* ---- send ---- */

static const char *verdict(tirtc_pipe_t *pipe)
{
    char answer[5];
    int error = porting_receive_all(pipe, answer, sizeof answer, PATIENCE_MS);
    porting_hang_up(pipe);
    if (error != 0) {
        return "the peer does not get as many bytes as send took";
    }
    return memcmp(answer, "good\n", sizeof answer) == 0 ? NULL : "the peer gets other bytes than send took";
}

static const char *check_sent_bytes_arrive(void)
{
    tirtc_pipe_t *pipe = porting_ask("take 100000 0\n");
    uint32_t offset = 0;
    if (pipe == NULL) {
        return "no pipe";
    }
    for (size_t size = 1; offset < 100000; size = size * 3 % PIECE_BYTES + 1) {
        size = size < 100000 - offset ? size : 100000 - offset;
        make_piece(offset, size);
        if (porting_send(pipe, piece, size) != 0) {
            porting_hang_up(pipe);
            return "send does not take all, though the peer reads";
        }
        offset += (uint32_t)size;
    }
    return verdict(pipe);
}

/* Send until the pipe is full. Returns what send said then, or its last number when that did not happen. */
static int fill(tirtc_pipe_t *pipe, uint32_t *offset)
{
    uint32_t since_ms = porting_now_ms();
    int sent = 0;
    /* Until it stays full: the first bytes may still be on their way out. */
    for (int full = 0; full < 10 && *offset < MOST_BYTES && !porting_passed(since_ms, PATIENCE_MS);) {
        sent = offer(pipe, *offset, PIECE_BYTES);
        if (sent < 0) {
            return sent;
        }
        *offset += (uint32_t)sent;
        full = sent == 0 ? full + 1 : 0;
        if (sent == 0) {
            (void)porting_wait(10);
        }
    }
    return sent;
}

/* A pipe to a peer that does not read for a while, and that is full meanwhile. A slow network needs a longer while.
 * `sent` is what send said last: 0, unless it is wrong. */
static tirtc_pipe_t *open_full_pipe(uint32_t *offset, int *sent)
{
    static const char *const requests[] = {"take 16000000 1000\n", "take 16000000 2500\n", "take 16000000 6000\n"};
    tirtc_pipe_t *pipe = NULL;
    *sent = 1;
    for (int i = 0; i < 3 && *sent > 0; i++) {
        porting_hang_up(pipe);
        *offset = 0;
        pipe = porting_ask(requests[i]);
        *sent = pipe != NULL ? fill(pipe, offset) : -1;
    }
    return pipe;
}

static const char *check_full_pipe_takes_nothing(void)
{
    uint32_t offset;
    int sent;
    tirtc_pipe_t *pipe = open_full_pipe(&offset, &sent);
    porting_hang_up(pipe);
    if (pipe == NULL) {
        return "no pipe";
    }
    if (sent < 0) {
        return "send says that a full pipe is dead; it must return 0";
    }
    return sent == 0 ? NULL : "send takes 15 MB that nobody reads: it must return 0 when the network holds no more";
}

/* Wait for news, and nothing else; a wait that ends without is no news. */
static bool hears_news(uint32_t ms)
{
    for (uint32_t since_ms = porting_now_ms(); !porting_passed(since_ms, ms);) {
        conformance_jolt();
        if (porting_wait(ms)) {
            return true;
        }
    }
    return false;
}

/* News come until the pipe takes bytes. */
static bool is_woken_for_room(tirtc_pipe_t *pipe, uint32_t *offset, size_t size)
{
    for (int i = 0; i < 1000; i++) {
        int sent = offer(pipe, *offset, size);
        if (sent != 0) {
            *offset += sent > 0 ? (uint32_t)sent : 0;
            return sent > 0;
        }
        if (!hears_news(PATIENCE_MS)) {
            return false;
        }
    }
    return false;
}

static const char *check_room_wakes(void)
{
    uint32_t offset;
    int sent;
    tirtc_pipe_t *pipe = open_full_pipe(&offset, &sent);
    bool woken = sent == 0 && is_woken_for_room(pipe, &offset, PIECE_BYTES);
    porting_hang_up(pipe);
    return woken ? NULL : "no wake when a full pipe has room again";
}

/* When the pipe is full a little is offered, and afterwards the same bytes with more behind them. */
static const char *check_refused_bytes_are_not_sent(void)
{
    enum { TOTAL = 3000000 };
    uint32_t offset = 0;
    uint32_t since_ms = porting_now_ms();
    tirtc_pipe_t *pipe = porting_ask("take 3000000 700\n");
    if (pipe == NULL) {
        return "no pipe";
    }
    for (int turn = 0; offset < TOTAL && !porting_passed(since_ms, 6 * PATIENCE_MS); turn++) {
        size_t most = turn % 2 == 0 ? 700 : PIECE_BYTES;
        int sent = offer(pipe, offset, TOTAL - offset < most ? TOTAL - offset : most);
        if (sent < 0) {
            break;
        }
        offset += (uint32_t)sent;
        if (sent == 0) {
            (void)porting_wait(20);
        }
    }
    if (offset < TOTAL) {
        porting_hang_up(pipe);
        return "send does not take bytes any more";
    }
    return verdict(pipe);
}

static const char *check_send_tells_death(void)
{
    tirtc_pipe_t *pipe = porting_ask("reset 100\n");
    int sent = 0;
    if (pipe == NULL) {
        return "no pipe";
    }
    for (uint32_t since_ms = porting_now_ms(); sent >= 0 && !porting_passed(since_ms, PATIENCE_MS);) {
        (void)porting_wait(20);
        sent = offer(pipe, 0, 10);
    }
    int again = offer(pipe, 0, 10);
    porting_hang_up(pipe);
    if (sent >= 0) {
        return "send never says that the peer has reset the pipe";
    }
    return again < 0 ? NULL : "send takes bytes on a pipe that it called dead";
}

/* ---- receive ---- */

static const char *expect_bytes(tirtc_pipe_t *pipe, uint32_t total, size_t size_step)
{
    size_t size = 1;
    for (uint32_t offset = 0; offset < total;) {
        int received = porting_receive(pipe, piece, size, PATIENCE_MS);
        if (received <= 0 || (size_t)received > size) {
            return received == 0 ? "bytes are missing" : "receive says dead, or more than it was asked for";
        }
        for (int i = 0; i < received; i++) {
            if (piece[i] != peer_byte(offset++)) {
                return "other bytes arrive than were sent, or in another order";
            }
        }
        size = size + size_step < PIECE_BYTES ? size + size_step : 1;
    }
    return NULL;
}

static const char *expect_from(const char *request, uint32_t total, size_t size_step)
{
    tirtc_pipe_t *pipe = porting_ask(request);
    const char *wrong = pipe != NULL ? expect_bytes(pipe, total, size_step) : "no pipe";
    porting_hang_up(pipe);
    return wrong;
}

static const char *check_received_bytes_in_small_pieces(void)
{
    return expect_from("give 20000\n", 20000, 7);
}

static const char *check_bytes_one_by_one(void)
{
    return expect_from("drip 50\n", 50, 7);
}

/* Nothing comes before the end of the line; then news come until receive has something to say. Returns that. */
static int receive_by_news_alone(const char *request, const char **wrong)
{
    tirtc_pipe_t *pipe = porting_ask(request);
    *wrong = pipe == NULL ? "no pipe" : receive(pipe, 1) != 0 ? "receive is not 0 while nothing has come" : NULL;
    if (*wrong == NULL && porting_send(pipe, "\n", 1) != 0) {
        *wrong = "send does not take a byte";
    }
    int received = 0;
    uint32_t since_ms = porting_now_ms();
    while (*wrong == NULL && received == 0 && !porting_passed(since_ms, PATIENCE_MS)) {
        received = receive(pipe, 1);
        if (received == 0 && !hears_news(PATIENCE_MS / 2)) {
            break;
        }
    }
    porting_hang_up(pipe);
    return received;
}

static const char *check_bytes_wake(void)
{
    const char *wrong;
    int received = receive_by_news_alone("end 200 1", &wrong);
    return wrong != NULL ? wrong : received == 1 ? NULL : "no wake when a byte comes";
}

static const char *check_end_comes_last(void)
{
    tirtc_pipe_t *pipe = porting_ask("end 0 5000\n");
    if (pipe == NULL) {
        return "no pipe";
    }
    porting_rest(300); /* all of it is there, and the end too */
    const char *wrong = expect_bytes(pipe, 5000, 100);
    int end = porting_receive(pipe, piece, 1, PATIENCE_MS);
    porting_hang_up(pipe);
    if (wrong != NULL) {
        return wrong;
    }
    return end == TIRTC_E_HTTP_PEER_CLOSED ? NULL : "an orderly end is not TIRTC_E_HTTP_PEER_CLOSED";
}

static const char *check_end_wakes(void)
{
    const char *wrong;
    int received = receive_by_news_alone("end 200 0", &wrong);
    return wrong != NULL ? wrong : received < 0 ? NULL : "no wake when the peer ends the pipe";
}

static int receive_death(tirtc_pipe_t *pipe)
{
    int received = 0;
    for (int i = 0; received >= 0 && i < 100; i++) {
        received = porting_receive(pipe, piece, PIECE_BYTES, PATIENCE_MS / 100);
    }
    return received;
}

static const char *check_reset_is_no_end(void)
{
    tirtc_pipe_t *pipe = porting_ask("reset 100\n");
    int received = pipe != NULL ? receive_death(pipe) : 0;
    porting_hang_up(pipe);
    return received == TIRTC_E_HTTP_RESET ? NULL : "a pipe that was reset is not TIRTC_E_HTTP_RESET";
}

static const char *check_dead_pipes_stay_dead(void)
{
    tirtc_pipe_t *pipe = porting_ask("end 100 10\n");
    int first = pipe != NULL ? receive_death(pipe) : 0;
    const char *wrong = first < 0 ? NULL : "receive does not say that the pipe has ended";
    for (int i = 0; i < 5 && wrong == NULL; i++) {
        (void)porting_wait(10);
        if (receive(pipe, 1) != first) {
            wrong = "receive says something else about a pipe that it called dead";
        }
    }
    porting_hang_up(pipe);
    return wrong;
}

const conformance_t conformance_bytes[] = {
    {"sent bytes arrive, whole and in order", check_sent_bytes_arrive},
    {"a full pipe takes nothing, and lives", check_full_pipe_takes_nothing},
    {"room on a full pipe wakes", check_room_wakes},
    {"bytes that were not taken are not sent", check_refused_bytes_are_not_sent},
    {"send tells that a pipe is dead", check_send_tells_death},
    {"received bytes fit into small pieces", check_received_bytes_in_small_pieces},
    {"bytes may come one by one", check_bytes_one_by_one},
    {"a byte wakes", check_bytes_wake},
    {"the end comes after the last byte, as TIRTC_E_HTTP_PEER_CLOSED", check_end_comes_last},
    {"the end wakes", check_end_wakes},
    {"a reset is TIRTC_E_HTTP_RESET", check_reset_is_no_end},
    {"dead pipes stay dead", check_dead_pipes_stay_dead},
    {NULL, NULL},
};
