/* Port `sim`: links, seen from the device (tirtc_port_t) and from the far end (tirtc_sim_pipe_*). */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

/** Bytes under way that arrive together. */
struct chunk {
    struct chunk *next;
    uint32_t due_ms;
    size_t taken;
    size_t size;
    size_t capacity;
    uint8_t data[];
};

enum { MIN_CHUNK_BYTES = 1024 };

/** One direction. */
struct flow {
    tirtc_sim_flow_t faults;
    struct chunk *first, *last;
    size_t unread;   /* in the chunks */
    uint64_t put;    /* bytes that entered, ever */
    uint64_t passed; /* bytes that went through at the device, ever */
    bool ended;      /* nothing will be put any more */
    uint32_t end_due_ms;
};

enum link_state { DIALING, UP, DEAD };

struct tirtc_link {
    ti_sim_port_t *port;
    tirtc_pipe_t *next;
    tirtc_pipe_t *next_waiting;
    enum link_state state;
    int error;             /* of a dead link */
    tirtc_sim_dial_t dial; /* how it comes up */
    uint32_t dial_due_ms;
    struct flow up, down;
    char *host;
    uint16_t host_port;
    bool secure;
    bool send_waits; /* the device was told "I will wake you" */
    bool receive_waits;
    bool hung_up; /* the device let go of it */
    bool offered; /* the far end was, or can be, given it */
    bool closed;  /* the far end let go of it */
};

static bool reached(uint32_t now_ms, uint32_t due_ms)
{
    return (int32_t)(now_ms - due_ms) >= 0;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static uint32_t now_of(const tirtc_pipe_t *link)
{
    return link->port->sim->now_ms;
}

/* ---- one direction ---- */

static size_t flow_room(const struct flow *flow)
{
    size_t capacity = flow->faults.capacity_bytes != 0 ? flow->faults.capacity_bytes : TIRTC_SIM_DEFAULT_CAPACITY_BYTES;
    return flow->unread < capacity ? capacity - flow->unread : 0;
}

/** The chunk that takes bytes due then, with some room; NULL when there is no memory. */
static struct chunk *flow_chunk(struct flow *flow, uint32_t due_ms, size_t size)
{
    struct chunk *last = flow->last;
    if (last != NULL && last->due_ms == due_ms && last->size < last->capacity) {
        return last;
    }
    size_t capacity = size > MIN_CHUNK_BYTES ? size : MIN_CHUNK_BYTES;
    struct chunk *chunk = malloc(sizeof *chunk + capacity);
    if (chunk == NULL) {
        return NULL;
    }
    *chunk = (struct chunk){.due_ms = due_ms, .capacity = capacity};
    *(last == NULL ? &flow->first : &last->next) = chunk;
    flow->last = chunk;
    return chunk;
}

static void flow_corrupt(const struct flow *flow, uint8_t *data, size_t size)
{
    uint64_t at = flow->faults.corrupt_at_byte;
    if (at >= flow->put && at - flow->put < size) {
        data[at - flow->put] ^= flow->faults.corrupt_mask;
    }
}

/** Returns the bytes that found room. */
static size_t flow_put(struct flow *flow, uint32_t now_ms, const uint8_t *data, size_t size)
{
    size_t done = 0;
    size = smaller(size, flow_room(flow));
    while (done < size) {
        struct chunk *chunk = flow_chunk(flow, now_ms + flow->faults.delay_ms, size - done);
        if (chunk == NULL) {
            break;
        }
        size_t some = smaller(size - done, chunk->capacity - chunk->size);
        memcpy(chunk->data + chunk->size, data + done, some);
        flow_corrupt(flow, chunk->data + chunk->size, some);
        chunk->size += some;
        flow->put += some;
        flow->unread += some;
        done += some;
    }
    return done;
}

static void flow_drop_chunk(struct flow *flow)
{
    struct chunk *chunk = flow->first;
    flow->unread -= chunk->size - chunk->taken;
    flow->first = chunk->next;
    if (flow->first == NULL) {
        flow->last = NULL;
    }
    free(chunk);
}

static void flow_drop_all(struct flow *flow)
{
    while (flow->first != NULL) {
        flow_drop_chunk(flow);
    }
}

static bool flow_has_arrived(const struct flow *flow, uint32_t now_ms)
{
    return flow->first != NULL && reached(now_ms, flow->first->due_ms);
}

static bool flow_is_over(const struct flow *flow, uint32_t now_ms)
{
    return flow->first == NULL && flow->ended && reached(now_ms, flow->end_due_ms);
}

/** Returns the bytes that had arrived. */
static size_t flow_take(struct flow *flow, uint32_t now_ms, uint8_t *out, size_t size)
{
    size_t done = 0;
    while (done < size && flow_has_arrived(flow, now_ms)) {
        struct chunk *chunk = flow->first;
        size_t some = smaller(size - done, chunk->size - chunk->taken);
        memcpy(out + done, chunk->data + chunk->taken, some);
        chunk->taken += some;
        flow->unread -= some;
        done += some;
        if (chunk->taken == chunk->size) {
            flow_drop_chunk(flow);
        }
    }
    return done;
}

static void flow_end(struct flow *flow, uint32_t now_ms)
{
    if (!flow->ended) {
        flow->ended = true;
        flow->end_due_ms = now_ms + flow->faults.delay_ms;
    }
}

static bool flow_cut_is_due(const struct flow *flow)
{
    return flow->faults.cut && flow->passed >= flow->faults.cut_after_bytes;
}

static bool flow_is_blocked(const struct flow *flow)
{
    return flow->faults.blocked && flow->passed >= flow->faults.blocked_after_bytes;
}

/** How many of `size` bytes one call of the device may move. */
static size_t flow_limit(const struct flow *flow, size_t size)
{
    size = smaller(size, INT32_MAX);
    if (flow->faults.most_per_call != 0) {
        size = smaller(size, flow->faults.most_per_call);
    }
    if (flow->faults.cut) {
        uint64_t left = flow->faults.cut_after_bytes - flow->passed;
        size = left < size ? (size_t)left : size;
    }
    if (flow->faults.blocked) {
        uint64_t left = flow->faults.blocked_after_bytes - flow->passed;
        size = left < size ? (size_t)left : size;
    }
    return size;
}

static int flow_next_due_ms(const struct flow *flow, uint32_t now_ms)
{
    if (flow->first != NULL) {
        return reached(now_ms, flow->first->due_ms) ? -1 : (int)(flow->first->due_ms - now_ms);
    }
    return flow->ended && !reached(now_ms, flow->end_due_ms) ? (int)(flow->end_due_ms - now_ms) : -1;
}

/* ---- a link's state ---- */

static bool can_send(const tirtc_pipe_t *link)
{
    if (link->state != UP) {
        return link->state == DEAD;
    }
    return flow_cut_is_due(&link->up) || link->closed || (!flow_is_blocked(&link->up) && flow_room(&link->up) > 0);
}

static bool can_receive(const tirtc_pipe_t *link)
{
    if (link->state != UP) {
        return link->state == DEAD;
    }
    if (flow_cut_is_due(&link->down)) {
        return true;
    }
    return !flow_is_blocked(&link->down) &&
           (flow_has_arrived(&link->down, now_of(link)) || flow_is_over(&link->down, now_of(link)));
}

/** Wake the device when what it was told to wait for has come. */
static void wake_if_ready(tirtc_pipe_t *link)
{
    if (link->send_waits && can_send(link)) {
        link->send_waits = false;
        link->port->woken = true;
    }
    if (link->receive_waits && can_receive(link)) {
        link->receive_waits = false;
        link->port->woken = true;
    }
}

static void die(tirtc_pipe_t *link, int error)
{
    if (link->state == DEAD) {
        return;
    }
    link->state = DEAD;
    link->error = error;
    flow_drop_all(&link->down);
    wake_if_ready(link);
}

static void die_of_cut(tirtc_pipe_t *link, const struct flow *flow)
{
    die(link, flow->faults.cut_error != 0 ? flow->faults.cut_error : TIRTC_E_HTTP_RESET);
}

static bool same_host(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a;
        char y = *b >= 'A' && *b <= 'Z' ? (char)(*b + 32) : *b;
        if (x != y) {
            return false;
        }
    }
    return *a == *b;
}

/** A dialled link meets its listener, or learns that there is none. */
static void arrive(tirtc_pipe_t *link)
{
    bool host_known = false;
    for (tirtc_sim_listener_t *listener = link->port->sim->listeners; listener != NULL; listener = listener->next) {
        if (!same_host(listener->host, link->host)) {
            continue;
        }
        host_known = true;
        if (listener->port == link->host_port && !listener->refuses) {
            tirtc_pipe_t **last = &listener->waiting;
            while (*last != NULL) {
                last = &(*last)->next_waiting;
            }
            *last = link;
            link->offered = true;
            link->state = UP;
            wake_if_ready(link);
            return;
        }
    }
    die(link, host_known ? TIRTC_E_HTTP_SERVER_DOWN : TIRTC_E_HTTP_RESOLVE);
}

void ti_sim_link_catch_up(tirtc_pipe_t *link)
{
    bool answered = link->state == DIALING && !link->dial.never_answers && !link->hung_up;
    if (answered && reached(now_of(link), link->dial_due_ms)) {
        if (link->dial.fails_later != 0) {
            die(link, link->dial.fails_later);
        } else {
            arrive(link);
        }
    }
    wake_if_ready(link);
}

int ti_sim_link_next_due_ms(const tirtc_pipe_t *link)
{
    uint32_t now_ms = now_of(link);
    if (link->state == DIALING) {
        return link->dial.never_answers ? -1 : (int)(link->dial_due_ms - now_ms);
    }
    int up = flow_next_due_ms(&link->up, now_ms);
    int down = flow_next_due_ms(&link->down, now_ms);
    if (up < 0 || down < 0) {
        return up < 0 ? down : up;
    }
    return up < down ? up : down;
}

tirtc_pipe_t *ti_sim_link_next(const tirtc_pipe_t *link)
{
    return link->next;
}

void ti_sim_link_free(tirtc_pipe_t *link)
{
    flow_drop_all(&link->up);
    flow_drop_all(&link->down);
    free(link->host);
    free(link);
}

/** Free a link that neither end holds. */
static void free_if_let_go(tirtc_pipe_t *link)
{
    if (!link->hung_up || (link->offered && !link->closed)) {
        return;
    }
    tirtc_pipe_t **at = &link->port->sim->links;
    while (*at != link) {
        at = &(*at)->next;
    }
    *at = link->next;
    ti_sim_link_free(link);
}

/* ---- the device's end ---- */

/** How the next dial of this port shall go. */
static tirtc_sim_dial_t take_script(ti_sim_port_t *port)
{
    port->dials++;
    if (port->scripted == NULL) {
        return port->other_dials;
    }
    struct ti_sim_scripted_dial *first = port->scripted;
    tirtc_sim_dial_t dial = first->dial;
    port->scripted = first->next;
    free(first);
    return dial;
}

int ti_sim_dial(void *context, const char *host, uint16_t host_port, bool secure, tirtc_pipe_t **link)
{
    ti_sim_port_t *port = context;
    tirtc_sim_t *sim = port->sim;
    tirtc_pipe_t *made = calloc(1, sizeof *made);
    char *host_copy = ti_sim_copy_text(host);
    ti_sim_lock(sim);
    tirtc_sim_dial_t dial = take_script(port);
    if (made == NULL || host_copy == NULL || dial.fails_at_once != 0) {
        ti_sim_unlock(sim);
        free(made);
        free(host_copy);
        return dial.fails_at_once != 0 ? dial.fails_at_once : TIRTC_E_HTTP_NOMEM;
    }
    *made = (tirtc_pipe_t){
        .port = port,
        .dial = dial,
        .dial_due_ms = sim->now_ms + dial.delay_ms,
        .up.faults = dial.faults.up,
        .down.faults = dial.faults.down,
        .host = host_copy,
        .host_port = host_port,
        .secure = secure,
        .send_waits = true, /* whoever dials waits for the link to come up */
        .receive_waits = true,
    };
    tirtc_pipe_t **last = &sim->links;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = made;
    port->links++;
    ti_sim_link_catch_up(made);
    ti_sim_unlock(sim);
    *link = made;
    return 0;
}

static int send_now(tirtc_pipe_t *link, const uint8_t *data, size_t size)
{
    if (link->state == UP && flow_cut_is_due(&link->up)) {
        die_of_cut(link, &link->up);
    }
    if (link->state == DEAD || link->closed) { /* what was received before the far end closed can still be taken */
        return link->state == DEAD ? link->error : TIRTC_E_HTTP_RESET;
    }
    size_t taken = 0;
    if (link->state == UP && !flow_is_blocked(&link->up)) {
        taken = flow_put(&link->up, now_of(link), data, flow_limit(&link->up, size));
    }
    link->send_waits = taken == 0;
    link->up.passed += taken;
    if (flow_cut_is_due(&link->up)) {
        die_of_cut(link, &link->up);
    }
    return (int)taken;
}

int ti_sim_send(void *context, tirtc_pipe_t *link, const void *data, size_t size)
{
    const tirtc_sim_t *sim = ((ti_sim_port_t *)context)->sim;
    ti_sim_lock(sim);
    int result = send_now(link, data, size);
    ti_sim_unlock(sim);
    return result;
}

static int receive_now(tirtc_pipe_t *link, uint8_t *data, size_t size)
{
    if (link->state == UP && flow_cut_is_due(&link->down)) {
        die_of_cut(link, &link->down);
    }
    if (link->state == DEAD) {
        return link->error;
    }
    size_t taken = 0;
    if (link->state == UP && !flow_is_blocked(&link->down)) {
        taken = flow_take(&link->down, now_of(link), data, flow_limit(&link->down, size));
        if (taken == 0 && flow_is_over(&link->down, now_of(link))) {
            return TIRTC_E_HTTP_PEER_CLOSED;
        }
    }
    link->receive_waits = taken == 0;
    link->down.passed += taken;
    if (flow_cut_is_due(&link->down)) {
        die_of_cut(link, &link->down);
    }
    return (int)taken;
}

int ti_sim_receive(void *context, tirtc_pipe_t *link, void *data, size_t size)
{
    const tirtc_sim_t *sim = ((ti_sim_port_t *)context)->sim;
    ti_sim_lock(sim);
    int result = receive_now(link, data, size);
    ti_sim_unlock(sim);
    return result;
}

void ti_sim_hang_up(void *context, tirtc_pipe_t *link)
{
    const tirtc_sim_t *sim = ((ti_sim_port_t *)context)->sim;
    ti_sim_lock(sim);
    link->hung_up = true;
    link->send_waits = link->receive_waits = false;
    link->port->links--;
    flow_drop_all(&link->down);
    flow_end(&link->up, sim->now_ms);
    free_if_let_go(link);
    ti_sim_unlock(sim);
}

/* ---- the far end ---- */

tirtc_sim_pipe_t *tirtc_sim_accept(tirtc_sim_listener_t *listener)
{
    ti_sim_lock(listener->sim);
    tirtc_pipe_t *link = listener->waiting;
    if (link != NULL) {
        listener->waiting = link->next_waiting;
    }
    ti_sim_unlock(listener->sim);
    return link;
}

int tirtc_sim_pipe_read(tirtc_sim_pipe_t *pipe, void *data, size_t size)
{
    const tirtc_sim_t *sim = pipe->port->sim;
    ti_sim_lock(sim);
    int result = (int)flow_take(&pipe->up, sim->now_ms, data, smaller(size, INT32_MAX));
    if (result > 0) {
        wake_if_ready(pipe);
    } else if (flow_is_over(&pipe->up, sim->now_ms)) {
        result = TIRTC_E_HTTP_PEER_CLOSED;
    } else if (pipe->state == DEAD && pipe->up.first == NULL) {
        result = TIRTC_E_HTTP_RESET;
    }
    ti_sim_unlock(sim);
    return result;
}

int tirtc_sim_pipe_write(tirtc_sim_pipe_t *pipe, const void *data, size_t size)
{
    const tirtc_sim_t *sim = pipe->port->sim;
    int result;
    ti_sim_lock(sim);
    if (pipe->hung_up || pipe->down.ended) {
        result = TIRTC_E_HTTP_PEER_CLOSED;
    } else if (pipe->state == DEAD) {
        result = TIRTC_E_HTTP_RESET;
    } else {
        result = (int)flow_put(&pipe->down, sim->now_ms, data, smaller(size, INT32_MAX));
        wake_if_ready(pipe);
    }
    ti_sim_unlock(sim);
    return result;
}

void tirtc_sim_pipe_end(tirtc_sim_pipe_t *pipe)
{
    const tirtc_sim_t *sim = pipe->port->sim;
    ti_sim_lock(sim);
    flow_end(&pipe->down, sim->now_ms);
    wake_if_ready(pipe);
    ti_sim_unlock(sim);
}

void tirtc_sim_pipe_reset(tirtc_sim_pipe_t *pipe)
{
    const tirtc_sim_t *sim = pipe->port->sim;
    ti_sim_lock(sim);
    flow_drop_all(&pipe->up);
    die(pipe, TIRTC_E_HTTP_RESET);
    ti_sim_unlock(sim);
}

void tirtc_sim_pipe_close(tirtc_sim_pipe_t *pipe)
{
    const tirtc_sim_t *sim = pipe->port->sim;
    ti_sim_lock(sim);
    pipe->closed = true;
    flow_drop_all(&pipe->up);
    flow_end(&pipe->down, sim->now_ms);
    wake_if_ready(pipe);
    free_if_let_go(pipe);
    ti_sim_unlock(sim);
}

void tirtc_sim_pipe_set_faults(tirtc_sim_pipe_t *pipe, const tirtc_sim_faults_t *faults)
{
    const tirtc_sim_t *sim = pipe->port->sim;
    ti_sim_lock(sim);
    pipe->up.faults = faults->up;
    pipe->down.faults = faults->down;
    wake_if_ready(pipe);
    ti_sim_unlock(sim);
}

tirtc_sim_pipe_info_t tirtc_sim_pipe_info(tirtc_sim_pipe_t *pipe)
{
    const tirtc_sim_t *sim = pipe->port->sim;
    ti_sim_lock(sim);
    tirtc_sim_pipe_info_t info = {
        .port = &pipe->port->port,
        .host = pipe->host,
        .host_port = pipe->host_port,
        .secure = pipe->secure,
        .hung_up = pipe->hung_up,
        .sent_bytes = pipe->up.passed,
        .received_bytes = pipe->down.passed,
        .unread_up_bytes = pipe->up.unread,
        .unread_down_bytes = pipe->down.unread,
        .faults = {pipe->up.faults, pipe->down.faults},
    };
    ti_sim_unlock(sim);
    return info;
}
