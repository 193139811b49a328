/* The clock, entropy, memory, and being woken. */
#include "conformance.h"

#include <stddef.h>
#include <string.h>

/* ---- mono_ms ---- */

/* Does not rely on the clock: a fixed number of waits and of reads. */
static const char *check_clock_moves(void)
{
    uint32_t begun_ms = porting_now_ms();
    for (int waits = 0; waits < 100; waits++) {
        (void)porting_wait(10);
        for (int reads = 0; reads < 10000; reads++) {
            if (porting_now_ms() != begun_ms) {
                return NULL;
            }
        }
    }
    return "mono_ms stands still";
}

/* The peer measures 500 ms with its own clock. The upper limit allows for a slow network. */
static const char *check_clock_counts_ms(void)
{
    uint8_t byte;
    tirtc_pipe_t *pipe = porting_ask("end 500 1\n");
    uint32_t begun_ms = porting_now_ms();
    int received = 0;
    if (pipe == NULL) {
        return "the peer cannot be reached: is it running?";
    }
    for (long waits = 0; received == 0 && waits < 100000; waits++) {
        received = porting_port()->receive(porting_port()->context, pipe, &byte, 1);
        if (received == 0) {
            (void)porting_wait(10);
        }
    }
    uint32_t passed_ms = porting_now_ms() - begun_ms;
    porting_hang_up(pipe);
    if (received < 0) {
        return conformance_skipped; /* the checks of receive will report that */
    }
    if (received != 1) {
        return "the byte that the peer sends after 500 ms does not arrive";
    }
    if (passed_ms < 400) {
        return "500 ms of the peer are less than 400 ms of mono_ms";
    }
    return passed_ms > 5000 ? "500 ms of the peer are more than 5000 ms of mono_ms" : NULL;
}

static const char *check_clock_never_goes_back(void)
{
    uint32_t last_ms = porting_now_ms();
    for (int reads = 0; reads < 100000; reads++) {
        uint32_t now_ms = porting_now_ms();
        if ((int32_t)(now_ms - last_ms) < 0) {
            return "mono_ms went back";
        }
        last_ms = now_ms;
        if (reads % 5000 == 0) {
            (void)porting_wait(2);
        }
    }
    return NULL;
}

static const char *check_clock_is_no_wall_clock(void)
{
    static const int32_t moves_s[] = {86400, -86400, -3600, 3600};
    const porting_site_t *site = porting_here();
    if (site->move_wall_clock == NULL) {
        return conformance_skipped;
    }
    for (int i = 0; i < 4; i++) {
        uint32_t before_ms = porting_now_ms();
        bool moved = site->move_wall_clock(site->platform->port->context, moves_s[i]);
        uint32_t passed_ms = porting_now_ms() - before_ms;
        if (!moved) {
            return "move_wall_clock does not move the date";
        }
        if (passed_ms > 60000) {
            return "mono_ms follows when the date is set";
        }
    }
    return NULL;
}

/* ---- entropy ---- */

enum { MOST_RANDOM_BYTES = 300, GUARD = 0x5a };

static const char *fill(uint8_t *out, size_t size)
{
    const tirtc_port_t *port = porting_port();
    uint8_t block[MOST_RANDOM_BYTES + 2];
    memset(block, GUARD, sizeof block);
    if (port->entropy(port->context, block + 1, size) != 0) {
        return "entropy does not return 0";
    }
    if (block[0] != GUARD || block[size + 1] != GUARD) {
        return "entropy writes outside of its buffer";
    }
    memcpy(out, block + 1, size);
    return NULL;
}

/* A byte that does not change in eight calls is not filled. */
static const char *check_entropy_fills_all(void)
{
    static const size_t sizes[] = {1, 16, 20, 32, 33, MOST_RANDOM_BYTES};
    uint8_t now[MOST_RANDOM_BYTES], first[MOST_RANDOM_BYTES];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        bool changed[MOST_RANDOM_BYTES] = {false};
        for (int round = 0; round < 8; round++) {
            const char *wrong = fill(now, sizes[i]);
            if (wrong != NULL) {
                return wrong;
            }
            for (size_t at = 0; at < sizes[i] && round > 0; at++) {
                changed[at] |= now[at] != first[at];
            }
            memcpy(first, now, round == 0 ? sizes[i] : 0);
        }
        for (size_t at = 0; at < sizes[i]; at++) {
            if (!changed[at]) {
                return "entropy does not fill some bytes, or returns the same ones again";
            }
        }
    }
    return NULL;
}

static const char *check_entropy_differs(void)
{
    enum { DRAWS = 32 };
    uint32_t draws[DRAWS];
    for (int i = 0; i < DRAWS; i++) {
        const char *wrong = fill((uint8_t *)&draws[i], sizeof draws[i]);
        if (wrong != NULL) {
            return wrong;
        }
        for (int j = 0; j < i; j++) {
            if (draws[i] == draws[j]) {
                return "entropy returns the same four bytes twice in 32 calls";
            }
        }
    }
    return NULL;
}

/* ---- allocate, release ---- */

enum { PIECES = 16, STRIDE_BYTES = 37 };

static const char *check_memory_is_aligned_and_apart(void)
{
    const tirtc_port_t *port = porting_port();
    uint8_t *pieces[PIECES];
    const char *wrong = NULL;
    size_t taken = 0;
    for (; taken < PIECES && wrong == NULL; taken++) {
        size_t size = 1 + taken * STRIDE_BYTES;
        pieces[taken] = port->allocate(port->context, size);
        if (pieces[taken] == NULL) {
            wrong = "no memory for a few small pieces";
            break;
        }
        if ((uintptr_t)pieces[taken] % _Alignof(max_align_t) != 0) {
            wrong = "a piece is not aligned for every type";
        }
        memset(pieces[taken], (int)taken, size);
    }
    for (size_t i = 0; i < taken; i++) {
        size_t size = 1 + i * STRIDE_BYTES;
        if (wrong == NULL && (pieces[i][0] != i || pieces[i][size - 1] != i)) {
            wrong = "two pieces overlap";
        }
        port->release(port->context, pieces[i], size);
    }
    return wrong;
}

static const char *check_memory_comes_back(void)
{
    const tirtc_port_t *port = porting_port();
    for (int round = 0; round < 5000; round++) {
        void *piece = port->allocate(port->context, 4096);
        if (piece == NULL) {
            return "released memory does not become free again";
        }
        port->release(port->context, piece, 4096);
    }
    return NULL;
}

/* ---- wake ---- */

enum { LONG_MS = 4000, SHORT_MS = 100 };

/* Events from before may still end a few waits. */
static bool is_quiet(void)
{
    for (int i = 0; i < 5; i++) {
        if (!porting_wait(SHORT_MS)) {
            return true;
        }
    }
    return false;
}

static bool is_woken(void)
{
    uint32_t since_ms = porting_now_ms();
    return porting_wait(LONG_MS) && !porting_passed(since_ms, LONG_MS / 2);
}

static void wake(void *argument)
{
    const tirtc_port_t *port = argument;
    port->wake(port->context);
}

static const char *check_wake_ends_the_next_wait(void)
{
    if (!is_quiet()) {
        return "wait returns true again and again, without any event";
    }
    wake((void *)porting_port());
    return is_woken() ? NULL : "the wait after a wake does not end, or does not return true";
}

static const char *check_many_wakes_are_one(void)
{
    uint32_t since_ms = porting_now_ms();
    for (int i = 0; i < 10000; i++) {
        wake((void *)porting_port());
    }
    if (porting_passed(since_ms, LONG_MS)) {
        return "10000 wakes take more than 4 s";
    }
    if (!is_woken()) {
        return "the wait after many wakes does not end";
    }
    return is_quiet() ? NULL : "one wake ends more than one wait";
}

static const char *check_wake_from_elsewhere(void)
{
    const porting_site_t *site = porting_here();
    if (site->call_later == NULL) {
        return conformance_skipped;
    }
    if (!is_quiet() || !site->call_later(site->platform->port->context, 200, wake, (void *)porting_port())) {
        return "call_later does not work";
    }
    return is_woken() ? NULL : "a wake from another thread or an interrupt does not end the current wait";
}

const conformance_t conformance_basics[] = {
    {"the clock moves", check_clock_moves},
    {"the clock counts milliseconds", check_clock_counts_ms},
    {"the clock never goes back", check_clock_never_goes_back},
    {"the clock does not follow the date", check_clock_is_no_wall_clock},
    {"entropy fills all of its buffer and nothing else", check_entropy_fills_all},
    {"entropy differs each time", check_entropy_differs},
    {"memory is aligned, and pieces do not overlap", check_memory_is_aligned_and_apart},
    {"released memory is usable again", check_memory_comes_back},
    {"a wake ends the next wait", check_wake_ends_the_next_wait},
    {"many wakes count as one", check_many_wakes_are_one},
    {"a wake from a thread or an interrupt ends a wait", check_wake_from_elsewhere},
    {NULL, NULL},
};
