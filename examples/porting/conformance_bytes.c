/* Sent and received bytes, back-pressure, and the end of pipes. */
#include "conformance.h"

#include "peer_words.h"

#include <string.h>

enum {
    PIECE_BYTES = 1500,
    MOST_BYTES = 15000000, /* more than any network between here and the peer can hold */
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
        return "the peer receives fewer bytes than send took";
    }
    return memcmp(answer, "good\n", sizeof answer) == 0 ? NULL : "the peer receives other bytes than send took";
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
            return "send does not take all bytes, although the peer reads";
        }
        offset += (uint32_t)size;
    }
    return verdict(pipe);
}

/* Send until the pipe is full. Returns the last result of send: 0 when the pipe is full. */
static int fill(tirtc_pipe_t *pipe, uint32_t *offset)
{
    uint32_t since_ms = porting_now_ms();
    int sent = 0;
    /* Until it stays full: the first bytes may still be leaving. */
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

/* Open a pipe to a peer that does not read for a while, and fill it. A slow network needs more time. `sent` is the last
 * result of send: 0 if the port is correct. */
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
    return sent == 0 ? NULL
                     : "send takes 15 MB although the peer does not read: it must return 0 when the network is full";
}

/* Wait for an event and do nothing else. Returns false if no wait reported one. */
static bool gets_event(uint32_t ms)
{
    for (uint32_t since_ms = porting_now_ms(); !porting_passed(since_ms, ms);) {
        conformance_jolt();
        if (porting_wait(ms)) {
            return true;
        }
    }
    return false;
}

/* Returns whether events arrive until the pipe takes bytes. */
static bool is_woken_for_room(tirtc_pipe_t *pipe, uint32_t *offset, size_t size)
{
    for (int i = 0; i < 1000; i++) {
        int sent = offer(pipe, *offset, size);
        if (sent != 0) {
            *offset += sent > 0 ? (uint32_t)sent : 0;
            return sent > 0;
        }
        if (!gets_event(PATIENCE_MS)) {
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

/* While the pipe is full, alternate between offering a few bytes and the same bytes followed by more. */
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
        return "send takes no more bytes";
    }
    return verdict(pipe);
}

static const char *check_send_reports_death(void)
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
            return received == 0 ? "bytes are missing"
                                 : "receive says that the pipe is dead, or returns more than was requested";
        }
        for (int i = 0; i < received; i++) {
            if (piece[i] != peer_byte(offset++)) {
                return "the received bytes differ from those that were sent, or their order does";
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

/* Send the end of the line, before which nothing arrives, and then call receive only after events. Returns its
 * result. */
static int receive_after_events(const char *request, const char **wrong)
{
    tirtc_pipe_t *pipe = porting_ask(request);
    *wrong = pipe == NULL            ? "no pipe"
             : receive(pipe, 1) != 0 ? "receive does not return 0 while nothing has arrived"
                                     : NULL;
    if (*wrong == NULL && porting_send(pipe, "\n", 1) != 0) {
        *wrong = "send does not take a byte";
    }
    int received = 0;
    uint32_t since_ms = porting_now_ms();
    while (*wrong == NULL && received == 0 && !porting_passed(since_ms, PATIENCE_MS)) {
        received = receive(pipe, 1);
        if (received == 0 && !gets_event(PATIENCE_MS / 2)) {
            break;
        }
    }
    porting_hang_up(pipe);
    return received;
}

static const char *check_bytes_wake(void)
{
    const char *wrong;
    int received = receive_after_events("end 200 1", &wrong);
    return wrong != NULL ? wrong : received == 1 ? NULL : "no wake when a byte arrives";
}

static const char *check_end_comes_last(void)
{
    tirtc_pipe_t *pipe = porting_ask("end 0 5000\n");
    if (pipe == NULL) {
        return "no pipe";
    }
    porting_rest(300); /* by now all bytes and the end have arrived */
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
    int received = receive_after_events("end 200 0", &wrong);
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
            wrong = "receive returns something else for a pipe that it called dead";
        }
    }
    porting_hang_up(pipe);
    return wrong;
}

const conformance_t conformance_bytes[] = {
    {"sent bytes arrive complete and in order", check_sent_bytes_arrive},
    {"a full pipe takes no bytes and stays alive", check_full_pipe_takes_nothing},
    {"new room on a full pipe causes a wake", check_room_wakes},
    {"bytes that were not taken are not sent", check_refused_bytes_are_not_sent},
    {"send reports that a pipe is dead", check_send_reports_death},
    {"bytes can be received in small pieces", check_received_bytes_in_small_pieces},
    {"bytes may arrive one by one", check_bytes_one_by_one},
    {"a received byte causes a wake", check_bytes_wake},
    {"the end follows the last byte, as TIRTC_E_HTTP_PEER_CLOSED", check_end_comes_last},
    {"the end causes a wake", check_end_wakes},
    {"a reset is TIRTC_E_HTTP_RESET", check_reset_is_no_end},
    {"dead pipes stay dead", check_dead_pipes_stay_dead},
    {NULL, NULL},
};
