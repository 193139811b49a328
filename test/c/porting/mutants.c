#include "mutants.h"

#include <string.h>

#include "peer_words.h"
#include "sim_site.h"
#include "tirtc_memory.h"

const tirtc_platform_t *good;

/* ---- the clock ---- */

static uint32_t stand_still(void *context)
{
    (void)context;
    return 77;
}

static uint32_t count_ten_ms(void *context)
{
    return good->port->mono_ms(context) / 10;
}

static uint32_t count_us(void *context)
{
    return good->port->mono_ms(context) * 1000;
}

static uint32_t go_back(void *context)
{
    uint32_t now_ms = good->port->mono_ms(context);
    return now_ms % 16 == 0 ? now_ms - 5 : now_ms;
}

static uint32_t follow_the_date(void *context)
{
    return good->port->mono_ms(context) + (uint32_t)(sim_site_moved_s() * 1000);
}

/* ---- entropy ---- */

static int fill_sixteen(void *context, void *out, size_t size)
{
    return good->port->entropy(context, out, size < 16 ? size : 16);
}

static int fill_and_one_more(void *context, void *out, size_t size)
{
    return good->port->entropy(context, out, size + 1);
}

static int return_the_size(void *context, void *out, size_t size)
{
    return good->port->entropy(context, out, size) == 0 ? (int)size : -1;
}

static int return_constant(void *context, void *out, size_t size)
{
    (void)context;
    memset(out, 0x42, size);
    return 0;
}

/* Sixteen bits of a generator that was seeded once: all bytes change, but soon repeat. */
static int return_few(void *context, void *out, size_t size)
{
    static uint8_t step;
    (void)context;
    step = (uint8_t)(step + 1) % 8;
    memset(out, step, size);
    return 0;
}

/* ---- memory ---- */

static void *allocate_askew(void *context, size_t size)
{
    uint8_t *block = good->port->allocate(context, size + 4);
    return block != NULL ? block + 4 : NULL;
}

static void release_askew(void *context, void *block, size_t size)
{
    good->port->release(context, (uint8_t *)block - 4, size + 4);
}

enum { HEAP_BYTES = 1 << 20 };
static TIRTC_MEMORY(heap, HEAP_BYTES);
static size_t heap_used;

static void *allocate_for_good(void *context, size_t size)
{
    (void)context;
    void *piece = heap.block + heap_used;
    size = (size + 15) / 16 * 16;
    if (heap_used + size > HEAP_BYTES) {
        return NULL;
    }
    heap_used += size;
    return piece;
}

static void *allocate_the_same(void *context, size_t size)
{
    (void)context;
    (void)size;
    return &heap;
}

static void release_nothing(void *context, void *block, size_t size)
{
    (void)context;
    (void)block;
    (void)size;
}

/* ---- waking ---- */

static void wake_no_one(void *context)
{
    (void)context;
}

static void wake_only_here(void *context)
{
    if (!sim_site_is_elsewhere()) {
        good->port->wake(context);
    }
}

static bool wait_woken_once_for_ever(void *context, uint32_t max_ms)
{
    static bool woken;
    woken |= good->wait(context, max_ms);
    return woken;
}

static bool wait_and_say_nothing(void *context, uint32_t max_ms)
{
    (void)good->wait(context, max_ms);
    return false;
}

/* ---- dial ---- */

static uint16_t silent_port(void)
{
    return (uint16_t)(porting_here()->peer_port + PEER_NEVER_ANSWERS);
}

static int dial_and_wait(void *context, const char *host, uint16_t host_port, bool secure, tirtc_pipe_t **pipe)
{
    int error = good->port->dial(context, host, host_port, secure, pipe);
    for (int i = 0; i < 300; i++) {
        (void)good->wait(context, 10);
    }
    return error;
}

static int refuse_oddly(void *context, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    int sent = good->port->send(context, pipe, data, size);
    return sent == TIRTC_E_HTTP_SERVER_DOWN ? TIRTC_E_HTTP_SOCKET : sent;
}

static tirtc_pipe_t *quiet; /* what a name that is not there becomes: nothing */

static int dial_unknown_names(void *context, const char *host, uint16_t host_port, bool secure, tirtc_pipe_t **pipe)
{
    if (strstr(host, ".invalid") != NULL) {
        return good->port->dial(context, porting_here()->peer_host, silent_port(), secure, pipe);
    }
    return good->port->dial(context, host, host_port, secure, pipe);
}

static int give_up_at_once(void *context, const char *host, uint16_t host_port, bool secure, tirtc_pipe_t **pipe)
{
    if (host_port == silent_port()) {
        return TIRTC_E_HTTP_SERVER_DOWN;
    }
    return good->port->dial(context, host, host_port, secure, pipe);
}

static int dead_until_up(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    int received = good->port->receive(context, pipe, data, size);
    return received == 0 && pipe == quiet ? TIRTC_E_HTTP_SOCKET : received;
}

static int dial_remembering(void *context, const char *host, uint16_t host_port, bool secure, tirtc_pipe_t **pipe)
{
    int error = good->port->dial(context, host, host_port, secure, pipe);
    quiet = host_port == silent_port() && error == 0 ? *pipe : NULL;
    return error;
}

static tirtc_pipe_t *pipes[3];

/* The port checks only the pipe that was dialled last. */
static int receive_from_the_last(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    return good->port->receive(context, pipes[0] != NULL ? pipes[0] : pipe, data, size);
}

static int dial_and_keep(void *context, const char *host, uint16_t host_port, bool secure, tirtc_pipe_t **pipe)
{
    int error = good->port->dial(context, host, host_port, secure, pipe);
    pipes[0] = error == 0 ? *pipe : NULL;
    return error;
}

static void hang_up_and_forget(void *context, tirtc_pipe_t *pipe)
{
    pipes[0] = pipes[0] == pipe ? NULL : pipes[0];
    good->port->hang_up(context, pipe);
}

static void leave_open(void *context, tirtc_pipe_t *pipe)
{
    (void)context;
    (void)pipe;
}

/* Of every third pipe the peer never hears. */
static void leave_some_open(void *context, tirtc_pipe_t *pipe)
{
    static int turn;
    if (++turn % 8 != 0) {
        good->port->hang_up(context, pipe);
    }
}

static int pipes_open;

static int dial_up_to_two(void *context, const char *host, uint16_t host_port, bool secure, tirtc_pipe_t **pipe)
{
    int error = pipes_open < 2 ? good->port->dial(context, host, host_port, secure, pipe) : TIRTC_E_HTTP_SOCKET;
    pipes_open += error == 0;
    return error;
}

static void hang_up_and_count(void *context, tirtc_pipe_t *pipe)
{
    pipes_open--;
    good->port->hang_up(context, pipe);
}

const mutant_t two_pipes = {
    "two pipes", "pipes are independent of one another", {.dial = dial_up_to_two, .hang_up = hang_up_and_count}, NULL};

/* ---- send ---- */

static int lose_the_tail(void *context, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    int sent = good->port->send(context, pipe, data, size > 1000 ? 1000 : size);
    return sent == 1000 ? (int)size : sent;
}

static int die_when_full(void *context, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    static tirtc_pipe_t *up;
    int sent = good->port->send(context, pipe, data, size);
    if (sent > 0) {
        up = pipe;
    }
    return sent == 0 && up == pipe ? TIRTC_E_HTTP_SOCKET : sent;
}

static int take_anything(void *context, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    static tirtc_pipe_t *up;
    int sent = good->port->send(context, pipe, data, size);
    if (sent > 0) {
        up = pipe;
    }
    return sent == 0 && up == pipe ? (int)size : sent;
}

static bool full;

static int note_when_full(void *context, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    int sent = good->port->send(context, pipe, data, size);
    full = sent == 0;
    return sent;
}

static bool wait_for_all_but_room(void *context, uint32_t max_ms)
{
    bool woken = good->wait(context, max_ms);
    return woken && !full;
}

/* It sends what fits and reports that nothing was sent: the same bytes are sent again. */
static int take_and_deny(void *context, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    int sent = good->port->send(context, pipe, data, size);
    return sent > 0 && (size_t)sent < size ? 0 : sent;
}

/* It keeps what it could not send, and sends it first, whatever it is offered then. */
static int remember_what_was_refused(void *context, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    static uint8_t kept[2000];
    static size_t kept_size;
    static tirtc_pipe_t *of;
    if (of == pipe && kept_size > 0) {
        int sent = good->port->send(context, pipe, kept, kept_size);
        if (sent > 0) {
            memmove(kept, kept + sent, kept_size - (size_t)sent);
            kept_size -= (size_t)sent;
            return (int)size;
        }
        return sent;
    }
    int sent = good->port->send(context, pipe, data, size);
    if (sent == 0 && size <= sizeof kept) {
        memcpy(kept, data, size);
        kept_size = size;
        of = pipe;
    }
    return sent;
}

static int never_dead(void *context, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    int sent = good->port->send(context, pipe, data, size);
    return sent == TIRTC_E_HTTP_RESET ? 0 : sent;
}

/* ---- receive ---- */

static int drop_what_does_not_fit(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    uint8_t segment[64];
    int received = good->port->receive(context, pipe, segment, size < sizeof segment ? sizeof segment : size % 64);
    if (received > 0) {
        size = (size_t)received < size ? (size_t)received : size;
        memcpy(data, segment, size);
        return (int)size;
    }
    return received;
}

static int silent_end(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    int received = good->port->receive(context, pipe, data, size);
    return received == TIRTC_E_HTTP_PEER_CLOSED ? 0 : received;
}

static int end_is_reset(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    int received = good->port->receive(context, pipe, data, size);
    return received == TIRTC_E_HTTP_PEER_CLOSED ? TIRTC_E_HTTP_RESET : received;
}

static int reset_is_end(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    int received = good->port->receive(context, pipe, data, size);
    return received == TIRTC_E_HTTP_RESET ? TIRTC_E_HTTP_PEER_CLOSED : received;
}

static int none_is_end(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    int received = good->port->receive(context, pipe, data, size);
    return received == 0 ? TIRTC_E_HTTP_PEER_CLOSED : received;
}

static int one_byte_and_no_more(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    static const tirtc_pipe_t *done;
    (void)size;
    int received = done == pipe ? 0 : good->port->receive(context, pipe, data, 1);
    if (received > 0) {
        done = pipe;
    }
    return received;
}

static int dead_once(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    static const tirtc_pipe_t *told;
    int received = good->port->receive(context, pipe, data, size);
    if (received < 0 && told == pipe) {
        return 0;
    }
    told = received < 0 ? pipe : NULL;
    return received;
}

static int at_most_four_bytes(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    uint8_t padded[4];
    int received = good->port->receive(context, pipe, padded, sizeof padded);
    if (received == 1 && size >= 4) { /* it waits for a whole word */
        return 0;
    }
    size = received > 0 && (size_t)received > size ? size : (size_t)(received > 0 ? received : 0);
    memcpy(data, padded, size);
    return received > 0 ? (int)size : received;
}

/* News come as they should, but for what `news_lost` says about the pipe that was asked last. */
static tirtc_pipe_t *asked;
static int ready; /* what receive would say of it */
static uint8_t ready_byte;

static int receive_through(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    if (asked == pipe && ready > 0) {
        ready = 0;
        *(uint8_t *)data = ready_byte;
        return 1;
    }
    asked = pipe;
    ready = 0;
    return good->port->receive(context, pipe, data, size);
}

static void hang_up_asked(void *context, tirtc_pipe_t *pipe)
{
    if (asked == pipe) {
        asked = NULL;
        ready = 0;
    }
    good->port->hang_up(context, pipe);
}

static void look(void *context)
{
    if (asked != NULL && ready == 0) {
        ready = good->port->receive(context, asked, &ready_byte, 1);
    }
}

static bool wait_but_not_for_bytes(void *context, uint32_t max_ms)
{
    bool woken = good->wait(context, max_ms);
    look(context);
    return woken && ready <= 0;
}

static bool wait_but_not_for_the_end(void *context, uint32_t max_ms)
{
    bool woken = good->wait(context, max_ms);
    look(context);
    return woken && ready >= 0;
}

/* ---- the table ---- */

const mutant_t mutants[] = {
    {"a clock that stands still", "the clock moves", {.mono_ms = stand_still}, NULL},
    {"a clock that counts ticks of 10 ms", "the clock counts milliseconds", {.mono_ms = count_ten_ms}, NULL},
    {"a clock that counts us", "the clock counts milliseconds", {.mono_ms = count_us}, NULL},
    {"a clock that goes back now and then", "the clock never goes back", {.mono_ms = go_back}, NULL},
    {"the wall clock", "the clock does not follow the date", {.mono_ms = follow_the_date}, NULL},
    {"16 bytes of entropy", "entropy fills all of its buffer and nothing else", {.entropy = fill_sixteen}, NULL},
    {"a byte too much", "entropy fills all of its buffer and nothing else", {.entropy = fill_and_one_more}, NULL},
    {"entropy's size", "entropy fills all of its buffer and nothing else", {.entropy = return_the_size}, NULL},
    {"no entropy", "entropy fills all of its buffer and nothing else", {.entropy = return_constant}, NULL},
    {"little entropy", "entropy differs each time", {.entropy = return_few}, NULL},
    {"memory that is not aligned",
     "memory is aligned, and pieces do not overlap",
     {.allocate = allocate_askew, .release = release_askew},
     NULL},
    {"the same memory for all",
     "memory is aligned, and pieces do not overlap",
     {.allocate = allocate_the_same, .release = release_nothing},
     NULL},
    {"memory that does not come back",
     "released memory is usable again",
     {.allocate = allocate_for_good, .release = release_nothing},
     NULL},
    {"a wake that is lost", "a wake ends the next wait", {.wake = wake_no_one}, NULL},
    {"a wait that says nothing", "a wake ends the next wait", {.mono_ms = NULL}, wait_and_say_nothing},
    {"a wake that stays", "many wakes count as one", {.mono_ms = NULL}, wait_woken_once_for_ever},
    {"a wake lost from elsewhere", "a wake from a thread or an interrupt ends a wait", {.wake = wake_only_here}, NULL},
    {"a dial that waits", "dial does not wait", {.dial = dial_and_wait}, NULL},
    {"a pipe that falls silent", "pipes come up and carry bytes both ways", {.receive = one_byte_and_no_more}, NULL},
    {"a refusal by another name", "a refused dial is TIRTC_E_HTTP_SERVER_DOWN", {.send = refuse_oddly}, NULL},
    {"names that are never given up",
     "an unknown name is TIRTC_E_HTTP_RESOLVE within 5 s",
     {.dial = dial_unknown_names},
     NULL},
    {"a dial given up at once", "an unanswered dial is quiet, and can be hung up", {.dial = give_up_at_once}, NULL},
    {"a receive that is dead before it is up",
     "an unanswered dial is quiet, and can be hung up",
     {.dial = dial_remembering, .receive = dead_until_up},
     NULL},
    {"one pipe for all",
     "pipes are independent of one another",
     {.dial = dial_and_keep, .receive = receive_from_the_last, .hang_up = hang_up_and_forget},
     NULL},
    {"no hang up", "hanging up ends the pipe at the peer", {.hang_up = leave_open}, NULL},
    {"some pipes left open",
     "pipes can be hung up in any state, and do not run out",
     {.hang_up = leave_some_open},
     NULL},
    {"the tail of a write lost", "sent bytes arrive complete and in order", {.send = lose_the_tail}, NULL},
    {"full as dead", "a full pipe takes no bytes and stays alive", {.send = die_when_full}, NULL},
    {"never full", "a full pipe takes no bytes and stays alive", {.send = take_anything}, NULL},
    {"no wake for room", "new room on a full pipe causes a wake", {.send = note_when_full}, wait_for_all_but_room},
    {"taken, and denied", "bytes that were not taken are not sent", {.send = take_and_deny}, NULL},
    {"what was refused is sent later",
     "bytes that were not taken are not sent",
     {.send = remember_what_was_refused},
     NULL},
    {"dead as full", "send reports that a pipe is dead", {.send = never_dead}, NULL},
    {"what does not fit is dropped",
     "bytes can be received in small pieces",
     {.receive = drop_what_does_not_fit},
     NULL},
    {"words only", "bytes may arrive one by one", {.receive = at_most_four_bytes}, NULL},
    {"no wake for bytes",
     "a received byte causes a wake",
     {.receive = receive_through, .hang_up = hang_up_asked},
     wait_but_not_for_bytes},
    {"none as end", "a received byte causes a wake", {.receive = none_is_end}, NULL},
    {"an end that is silent",
     "the end follows the last byte, as TIRTC_E_HTTP_PEER_CLOSED",
     {.receive = silent_end},
     NULL},
    {"an end as a reset",
     "the end follows the last byte, as TIRTC_E_HTTP_PEER_CLOSED",
     {.receive = end_is_reset},
     NULL},
    {"no wake for the end",
     "the end causes a wake",
     {.receive = receive_through, .hang_up = hang_up_asked},
     wait_but_not_for_the_end},
    {"a reset as an end", "a reset is TIRTC_E_HTTP_RESET", {.receive = reset_is_end}, NULL},
    {"dead, and alive again", "dead pipes stay dead", {.receive = dead_once}, NULL},
    {NULL, NULL, {.mono_ms = NULL}, NULL},
};
