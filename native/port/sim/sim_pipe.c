/* Port `sim`: pipes, as the device sees them (tirtc_port_t) and as the far end does (tirtc_sim_far_end_*). */
#include "sim.h"

enum { MIN_CHUNK_BYTES = 1024 };

static bool reached(uint32_t now_ms, uint32_t due_ms)
{
    return (int32_t)(now_ms - due_ms) >= 0;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static uint32_t now_of(const tirtc_pipe_t *pipe)
{
    return pipe->port->sim->now_ms;
}

/* ---- one direction ---- */

static size_t flow_room(const struct ti_sim_flow *flow)
{
    size_t capacity = flow->faults.capacity_bytes != 0 ? flow->faults.capacity_bytes : TIRTC_SIM_DEFAULT_CAPACITY_BYTES;
    return flow->unread < capacity ? capacity - flow->unread : 0;
}

/** Returns a chunk with room for bytes that are due at `due_ms`; NULL when there is no memory. */
static struct ti_sim_chunk *flow_chunk(struct ti_sim_flow *flow, uint32_t due_ms, size_t size)
{
    struct ti_sim_chunk *last = flow->last;
    if (last != NULL && last->due_ms == due_ms && last->size < last->capacity) {
        return last;
    }
    size_t capacity = size > MIN_CHUNK_BYTES ? size : MIN_CHUNK_BYTES;
    struct ti_sim_chunk *chunk = malloc(sizeof *chunk + capacity);
    if (chunk == NULL) {
        return NULL;
    }
    *chunk = (struct ti_sim_chunk){.due_ms = due_ms, .capacity = capacity};
    *(last == NULL ? &flow->first : &last->next) = chunk;
    flow->last = chunk;
    return chunk;
}

static void flow_corrupt(const struct ti_sim_flow *flow, uint8_t *data, size_t size)
{
    uint64_t at = flow->faults.corrupt_at_byte;
    if (at >= flow->put && at - flow->put < size) {
        data[at - flow->put] ^= flow->faults.corrupt_mask;
    }
}

/** Put bytes into a flow. Returns how many found room. */
static size_t flow_put(struct ti_sim_flow *flow, uint32_t now_ms, const uint8_t *data, size_t size)
{
    size_t done = 0;
    size = smaller(size, flow_room(flow));
    while (done < size) {
        struct ti_sim_chunk *chunk = flow_chunk(flow, now_ms + flow->faults.delay_ms, size - done);
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

static void flow_drop_chunk(struct ti_sim_flow *flow)
{
    struct ti_sim_chunk *chunk = flow->first;
    flow->unread -= chunk->size - chunk->taken;
    flow->first = chunk->next;
    if (flow->first == NULL) {
        flow->last = NULL;
    }
    free(chunk);
}

static void flow_drop_all(struct ti_sim_flow *flow)
{
    while (flow->first != NULL) {
        flow_drop_chunk(flow);
    }
}

static bool flow_has_arrived(const struct ti_sim_flow *flow, uint32_t now_ms)
{
    return flow->first != NULL && reached(now_ms, flow->first->due_ms);
}

static bool flow_is_over(const struct ti_sim_flow *flow, uint32_t now_ms)
{
    return flow->first == NULL && flow->ended && reached(now_ms, flow->end_due_ms);
}

/** Take bytes out of a flow. Returns how many had arrived. */
static size_t flow_take(struct ti_sim_flow *flow, uint32_t now_ms, uint8_t *out, size_t size)
{
    size_t done = 0;
    while (done < size && flow_has_arrived(flow, now_ms)) {
        struct ti_sim_chunk *chunk = flow->first;
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

static void flow_end(struct ti_sim_flow *flow, uint32_t now_ms)
{
    if (!flow->ended) {
        flow->ended = true;
        flow->end_due_ms = now_ms + flow->faults.delay_ms;
    }
}

static bool flow_cut_is_due(const struct ti_sim_flow *flow)
{
    return flow->faults.cut && flow->passed >= flow->faults.cut_after_bytes;
}

static bool flow_is_blocked(const struct ti_sim_flow *flow)
{
    return flow->faults.blocked && flow->passed >= flow->faults.blocked_after_bytes;
}

/** Returns how many of `size` bytes one call of the device may move. */
static size_t flow_limit(const struct ti_sim_flow *flow, size_t size)
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

static int flow_next_due_ms(const struct ti_sim_flow *flow, uint32_t now_ms)
{
    if (flow->first != NULL) {
        return reached(now_ms, flow->first->due_ms) ? -1 : (int)(flow->first->due_ms - now_ms);
    }
    return flow->ended && !reached(now_ms, flow->end_due_ms) ? (int)(flow->end_due_ms - now_ms) : -1;
}

/* ---- a pipe's state ---- */

static bool can_send(const tirtc_pipe_t *pipe)
{
    if (pipe->state != TI_SIM_UP) {
        return pipe->state == TI_SIM_DEAD;
    }
    return flow_cut_is_due(&pipe->up) || pipe->closed || (!flow_is_blocked(&pipe->up) && flow_room(&pipe->up) > 0);
}

static bool can_receive(const tirtc_pipe_t *pipe)
{
    if (pipe->state != TI_SIM_UP) {
        return pipe->state == TI_SIM_DEAD;
    }
    if (flow_cut_is_due(&pipe->down)) {
        return true;
    }
    return !flow_is_blocked(&pipe->down) &&
           (flow_has_arrived(&pipe->down, now_of(pipe)) || flow_is_over(&pipe->down, now_of(pipe)));
}

/** Wake the device if what it waits for has happened. */
static void wake_if_ready(tirtc_pipe_t *pipe)
{
    if (pipe->send_waits && can_send(pipe)) {
        pipe->send_waits = false;
        pipe->port->woken = true;
    }
    if (pipe->receive_waits && can_receive(pipe)) {
        pipe->receive_waits = false;
        pipe->port->woken = true;
    }
}

static void break_pipe(tirtc_pipe_t *pipe, int error)
{
    if (pipe->state == TI_SIM_DEAD) {
        return;
    }
    pipe->state = TI_SIM_DEAD;
    pipe->error = error;
    flow_drop_all(&pipe->down);
    wake_if_ready(pipe);
}

static void break_by_cut(tirtc_pipe_t *pipe, const struct ti_sim_flow *flow)
{
    break_pipe(pipe, flow->faults.cut_error != 0 ? flow->faults.cut_error : TIRTC_E_HTTP_RESET);
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

/** Connect a dialled pipe to its listener, or fail it when there is none. */
static void arrive(tirtc_pipe_t *pipe)
{
    bool host_known = false;
    for (tirtc_sim_listener_t *listener = pipe->port->sim->listeners; listener != NULL; listener = listener->next) {
        if (!same_host(listener->host, pipe->host)) {
            continue;
        }
        host_known = true;
        if (listener->port == pipe->host_port && !listener->refuses) {
            tirtc_pipe_t **last = &listener->waiting;
            while (*last != NULL) {
                last = &(*last)->next_waiting;
            }
            *last = pipe;
            pipe->offered = true;
            pipe->state = TI_SIM_UP;
            wake_if_ready(pipe);
            return;
        }
    }
    break_pipe(pipe, host_known ? TIRTC_E_HTTP_SERVER_DOWN : TIRTC_E_HTTP_RESOLVE);
}

void ti_sim_pipe_catch_up(tirtc_pipe_t *pipe)
{
    bool answered = pipe->state == TI_SIM_DIALING && !pipe->dial.never_answers && !pipe->hung_up;
    if (answered && reached(now_of(pipe), pipe->dial_due_ms)) {
        if (pipe->dial.fails_later != 0) {
            break_pipe(pipe, pipe->dial.fails_later);
        } else {
            arrive(pipe);
        }
    }
    wake_if_ready(pipe);
}

int ti_sim_pipe_next_due_ms(const tirtc_pipe_t *pipe)
{
    uint32_t now_ms = now_of(pipe);
    if (pipe->state == TI_SIM_DIALING) {
        return pipe->dial.never_answers ? -1 : (int)(pipe->dial_due_ms - now_ms);
    }
    int up = flow_next_due_ms(&pipe->up, now_ms);
    int down = flow_next_due_ms(&pipe->down, now_ms);
    if (up < 0 || down < 0) {
        return up < 0 ? down : up;
    }
    return up < down ? up : down;
}

void ti_sim_pipe_free(tirtc_pipe_t *pipe)
{
    flow_drop_all(&pipe->up);
    flow_drop_all(&pipe->down);
    free(pipe->host);
    free(pipe);
}

/** Free a pipe if neither end holds it any more. */
static void free_if_unused(tirtc_pipe_t *pipe)
{
    if (!pipe->hung_up || (pipe->offered && !pipe->closed)) {
        return;
    }
    tirtc_pipe_t **at = &pipe->port->sim->pipes;
    while (*at != pipe) {
        at = &(*at)->next;
    }
    *at = pipe->next;
    ti_sim_pipe_free(pipe);
}

/* ---- the device's end ---- */

/** Returns the outcome of this port's next dial. */
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

int ti_sim_dial(void *context, const char *host, uint16_t host_port, bool secure, tirtc_pipe_t **pipe)
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
        .send_waits = true, /* after a dial the device waits for the pipe to come up */
        .receive_waits = true,
    };
    tirtc_pipe_t **last = &sim->pipes;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = made;
    port->pipes++;
    ti_sim_pipe_catch_up(made);
    ti_sim_unlock(sim);
    *pipe = made;
    return 0;
}

static int send_now(tirtc_pipe_t *pipe, const uint8_t *data, size_t size)
{
    if (pipe->state == TI_SIM_UP && flow_cut_is_due(&pipe->up)) {
        break_by_cut(pipe, &pipe->up);
    }
    if (pipe->state == TI_SIM_DEAD ||
        pipe->closed) { /* bytes that were received before the far end closed can still be taken */
        return pipe->state == TI_SIM_DEAD ? pipe->error : TIRTC_E_HTTP_RESET;
    }
    size_t taken = 0;
    if (pipe->state == TI_SIM_UP && !flow_is_blocked(&pipe->up)) {
        taken = flow_put(&pipe->up, now_of(pipe), data, flow_limit(&pipe->up, size));
    }
    pipe->send_waits = taken == 0;
    pipe->up.passed += taken;
    if (flow_cut_is_due(&pipe->up)) {
        break_by_cut(pipe, &pipe->up);
    }
    return (int)taken;
}

int ti_sim_send(void *context, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    const tirtc_sim_t *sim = ((ti_sim_port_t *)context)->sim;
    ti_sim_lock(sim);
    int result = send_now(pipe, data, size);
    ti_sim_unlock(sim);
    return result;
}

static int receive_now(tirtc_pipe_t *pipe, uint8_t *data, size_t size)
{
    if (pipe->state == TI_SIM_UP && flow_cut_is_due(&pipe->down)) {
        break_by_cut(pipe, &pipe->down);
    }
    if (pipe->state == TI_SIM_DEAD) {
        return pipe->error;
    }
    size_t taken = 0;
    if (pipe->state == TI_SIM_UP && !flow_is_blocked(&pipe->down)) {
        taken = flow_take(&pipe->down, now_of(pipe), data, flow_limit(&pipe->down, size));
        if (taken == 0 && flow_is_over(&pipe->down, now_of(pipe))) {
            return TIRTC_E_HTTP_PEER_CLOSED;
        }
    }
    pipe->receive_waits = taken == 0;
    pipe->down.passed += taken;
    if (flow_cut_is_due(&pipe->down)) {
        break_by_cut(pipe, &pipe->down);
    }
    return (int)taken;
}

int ti_sim_receive(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    const tirtc_sim_t *sim = ((ti_sim_port_t *)context)->sim;
    ti_sim_lock(sim);
    int result = receive_now(pipe, data, size);
    ti_sim_unlock(sim);
    return result;
}

void ti_sim_hang_up(void *context, tirtc_pipe_t *pipe)
{
    const tirtc_sim_t *sim = ((ti_sim_port_t *)context)->sim;
    ti_sim_lock(sim);
    pipe->hung_up = true;
    pipe->send_waits = pipe->receive_waits = false;
    pipe->port->pipes--;
    flow_drop_all(&pipe->down);
    flow_end(&pipe->up, sim->now_ms);
    free_if_unused(pipe);
    ti_sim_unlock(sim);
}

/* ---- the far end ---- */

tirtc_sim_far_end_t *tirtc_sim_accept(tirtc_sim_listener_t *listener)
{
    ti_sim_lock(listener->sim);
    tirtc_pipe_t *pipe = listener->waiting;
    if (pipe != NULL) {
        listener->waiting = pipe->next_waiting;
    }
    ti_sim_unlock(listener->sim);
    return pipe;
}

int tirtc_sim_far_end_read(tirtc_sim_far_end_t *far_end, void *data, size_t size)
{
    const tirtc_sim_t *sim = far_end->port->sim;
    ti_sim_lock(sim);
    int result = (int)flow_take(&far_end->up, sim->now_ms, data, smaller(size, INT32_MAX));
    if (result > 0) {
        wake_if_ready(far_end);
    } else if (flow_is_over(&far_end->up, sim->now_ms)) {
        result = TIRTC_E_HTTP_PEER_CLOSED;
    } else if (far_end->state == TI_SIM_DEAD && far_end->up.first == NULL) {
        result = TIRTC_E_HTTP_RESET;
    }
    ti_sim_unlock(sim);
    return result;
}

int tirtc_sim_far_end_write(tirtc_sim_far_end_t *far_end, const void *data, size_t size)
{
    const tirtc_sim_t *sim = far_end->port->sim;
    int result;
    ti_sim_lock(sim);
    if (far_end->hung_up || far_end->down.ended) {
        result = TIRTC_E_HTTP_PEER_CLOSED;
    } else if (far_end->state == TI_SIM_DEAD) {
        result = TIRTC_E_HTTP_RESET;
    } else {
        result = (int)flow_put(&far_end->down, sim->now_ms, data, smaller(size, INT32_MAX));
        wake_if_ready(far_end);
    }
    ti_sim_unlock(sim);
    return result;
}

void tirtc_sim_far_end_shutdown(tirtc_sim_far_end_t *far_end)
{
    const tirtc_sim_t *sim = far_end->port->sim;
    ti_sim_lock(sim);
    flow_end(&far_end->down, sim->now_ms);
    wake_if_ready(far_end);
    ti_sim_unlock(sim);
}

void tirtc_sim_far_end_reset(tirtc_sim_far_end_t *far_end)
{
    const tirtc_sim_t *sim = far_end->port->sim;
    ti_sim_lock(sim);
    flow_drop_all(&far_end->up);
    break_pipe(far_end, TIRTC_E_HTTP_RESET);
    ti_sim_unlock(sim);
}

void tirtc_sim_far_end_close(tirtc_sim_far_end_t *far_end)
{
    const tirtc_sim_t *sim = far_end->port->sim;
    ti_sim_lock(sim);
    far_end->closed = true;
    flow_drop_all(&far_end->up);
    flow_end(&far_end->down, sim->now_ms);
    wake_if_ready(far_end);
    free_if_unused(far_end);
    ti_sim_unlock(sim);
}

void tirtc_sim_far_end_set_faults(tirtc_sim_far_end_t *far_end, const tirtc_sim_faults_t *faults)
{
    const tirtc_sim_t *sim = far_end->port->sim;
    ti_sim_lock(sim);
    far_end->up.faults = faults->up;
    far_end->down.faults = faults->down;
    wake_if_ready(far_end);
    ti_sim_unlock(sim);
}

tirtc_sim_far_end_info_t tirtc_sim_far_end_info(tirtc_sim_far_end_t *far_end)
{
    const tirtc_sim_t *sim = far_end->port->sim;
    ti_sim_lock(sim);
    tirtc_sim_far_end_info_t info = {
        .port = &far_end->port->port,
        .host = far_end->host,
        .host_port = far_end->host_port,
        .secure = far_end->secure,
        .hung_up = far_end->hung_up,
        .sent_bytes = far_end->up.passed,
        .received_bytes = far_end->down.passed,
        .unread_up_bytes = far_end->up.unread,
        .unread_down_bytes = far_end->down.unread,
        .faults = {far_end->up.faults, far_end->down.faults},
    };
    ti_sim_unlock(sim);
    return info;
}
