/* Port `sim`: the world and its ports. The pipes are in sim_pipe.c. */
#include "sim.h"

/** Precedes each block, so that a release with another size is noticed. */
typedef union header {
    size_t size;
    max_align_t align;
} header_t;

enum { FRESH_BYTE = 0xa5, DEAD_BYTE = 0x5a };

static ti_sim_port_t *port_of(const tirtc_port_t *port)
{
    return port->context;
}

/* ---- the world ---- */

tirtc_sim_t *tirtc_sim_open(const tirtc_sim_options_t *options)
{
    tirtc_sim_t *sim = calloc(1, sizeof *sim);
    if (sim == NULL) {
        return NULL;
    }
    if (options != NULL) {
        sim->options = *options;
    }
    sim->now_ms = sim->options.start_ms;
    sim->random_state = sim->options.seed;
    if (sim->options.threads != NULL) {
        sim->lock = sim->options.threads->lock_open();
        if (sim->lock == NULL) {
            free(sim);
            return NULL;
        }
    }
    return sim;
}

static void free_ports(tirtc_sim_t *sim)
{
    while (sim->ports != NULL) {
        ti_sim_port_t *port = sim->ports;
        sim->ports = port->next;
        while (port->scripted != NULL) {
            struct ti_sim_scripted_dial *scripted = port->scripted;
            port->scripted = scripted->next;
            free(scripted);
        }
        free(port);
    }
}

void tirtc_sim_close(tirtc_sim_t *sim)
{
    if (sim == NULL) {
        return;
    }
    while (sim->pipes != NULL) {
        tirtc_pipe_t *pipe = sim->pipes;
        sim->pipes = pipe->next;
        ti_sim_pipe_free(pipe);
    }
    while (sim->listeners != NULL) {
        tirtc_sim_listener_t *listener = sim->listeners;
        sim->listeners = listener->next;
        free(listener->host);
        free(listener);
    }
    free_ports(sim);
    if (sim->lock != NULL) {
        sim->options.threads->lock_close(sim->lock);
    }
    free(sim);
}

uint32_t tirtc_sim_now_ms(tirtc_sim_t *sim)
{
    ti_sim_lock(sim);
    uint32_t now_ms = sim->now_ms;
    ti_sim_unlock(sim);
    return now_ms;
}

void tirtc_sim_advance(tirtc_sim_t *sim, uint32_t ms)
{
    ti_sim_lock(sim);
    sim->now_ms += ms;
    for (tirtc_pipe_t *pipe = sim->pipes; pipe != NULL; pipe = pipe->next) {
        ti_sim_pipe_catch_up(pipe);
    }
    ti_sim_unlock(sim);
}

int tirtc_sim_next_due_ms(tirtc_sim_t *sim)
{
    int soonest = -1;
    ti_sim_lock(sim);
    for (const tirtc_pipe_t *pipe = sim->pipes; pipe != NULL; pipe = pipe->next) {
        int due = ti_sim_pipe_next_due_ms(pipe);
        if (due >= 0 && (soonest < 0 || due < soonest)) {
            soonest = due;
        }
    }
    ti_sim_unlock(sim);
    return soonest;
}

/* Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014: SplitMix64. */
static uint64_t next_random(uint64_t *random_state)
{
    uint64_t mixed = *random_state += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

void tirtc_sim_random(tirtc_sim_t *sim, void *out, size_t size)
{
    uint8_t *bytes = out;
    ti_sim_lock(sim);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(next_random(&sim->random_state) >> 56);
    }
    ti_sim_unlock(sim);
}

void tirtc_sim_fail_entropy(tirtc_sim_t *sim, bool fail)
{
    ti_sim_lock(sim);
    sim->no_entropy = fail;
    ti_sim_unlock(sim);
}

const char *tirtc_sim_log(tirtc_sim_t *sim)
{
    return sim->log;
}

tirtc_sim_memory_t tirtc_sim_memory(tirtc_sim_t *sim)
{
    ti_sim_lock(sim);
    tirtc_sim_memory_t memory = sim->memory;
    ti_sim_unlock(sim);
    return memory;
}

void tirtc_sim_fail_allocation(tirtc_sim_t *sim, size_t n, size_t count)
{
    ti_sim_lock(sim);
    sim->fail_in = n;
    sim->fail_count = count;
    ti_sim_unlock(sim);
}

tirtc_sim_listener_t *tirtc_sim_listen(tirtc_sim_t *sim, const char *host, uint16_t port)
{
    tirtc_sim_listener_t *listener = calloc(1, sizeof *listener);
    char *copy = ti_sim_copy_text(host);
    if (listener == NULL || copy == NULL) {
        free(listener);
        free(copy);
        return NULL;
    }
    listener->sim = sim;
    listener->host = copy;
    listener->port = port;
    ti_sim_lock(sim);
    listener->next = sim->listeners;
    sim->listeners = listener;
    ti_sim_unlock(sim);
    return listener;
}

void tirtc_sim_listener_refuse(tirtc_sim_listener_t *listener, bool refuse)
{
    ti_sim_lock(listener->sim);
    listener->refuses = refuse;
    ti_sim_unlock(listener->sim);
}

/* ---- the functions of a port except those of pipes ---- */

static uint32_t port_mono_ms(void *context)
{
    return tirtc_sim_now_ms(((ti_sim_port_t *)context)->sim);
}

static int port_entropy(void *context, void *out, size_t size)
{
    tirtc_sim_t *sim = ((ti_sim_port_t *)context)->sim;
    ti_sim_lock(sim);
    bool none = sim->no_entropy;
    ti_sim_unlock(sim);
    if (none) {
        return TIRTC_E_INTERNAL_ERROR;
    }
    tirtc_sim_random(sim, out, size);
    return 0;
}

static bool allocation_fails(tirtc_sim_t *sim)
{
    if (sim->fail_in == 0 || sim->fail_count == 0) {
        return false;
    }
    if (sim->fail_in > 1) {
        sim->fail_in--;
        return false;
    }
    sim->fail_count--;
    return true;
}

static void *port_allocate(void *context, size_t size)
{
    tirtc_sim_t *sim = ((ti_sim_port_t *)context)->sim;
    header_t *header = NULL;
    ti_sim_lock(sim);
    sim->memory.allocations++;
    if (!allocation_fails(sim) && size <= SIZE_MAX - sizeof *header) {
        header = malloc(sizeof *header + size);
    }
    if (header != NULL) {
        header->size = size;
        if (!sim->options.memory_as_it_comes) {
            memset(header + 1, FRESH_BYTE, size); /* makes reads of undefined content visible */
        }
        sim->memory.blocks++;
        sim->memory.bytes += size;
        if (sim->memory.bytes > sim->memory.peak_bytes) {
            sim->memory.peak_bytes = sim->memory.bytes;
        }
    }
    ti_sim_unlock(sim);
    return header == NULL ? NULL : header + 1;
}

static void port_release(void *context, void *block, size_t size)
{
    if (block == NULL) {
        return;
    }
    tirtc_sim_t *sim = ((ti_sim_port_t *)context)->sim;
    header_t *header = (header_t *)block - 1;
    ti_sim_lock(sim);
    if (header->size != size) {
        sim->memory.bad_releases++;
    }
    sim->memory.blocks--;
    sim->memory.bytes -= header->size;
    ti_sim_unlock(sim);
    if (!sim->options.memory_as_it_comes) {
        memset(block, DEAD_BYTE, header->size);
    }
    free(header);
}

static void port_wake(void *context)
{
    ti_sim_port_t *port = context;
    ti_sim_lock(port->sim);
    port->woken = true;
    ti_sim_unlock(port->sim);
}

/** Drop the older half of the kept log, up to the end of a line. */
static void forget_old_lines(tirtc_sim_t *sim)
{
    const char *half = memchr(sim->log + sim->log_size / 2, '\n', sim->log_size - sim->log_size / 2);
    size_t gone = half == NULL ? sim->log_size : (size_t)(half + 1 - sim->log);
    memmove(sim->log, sim->log + gone, sim->log_size - gone);
    sim->log_size -= gone;
}

static void keep_log_text(tirtc_sim_t *sim, const char *text, size_t size)
{
    size_t room = sizeof sim->log - 1 - sim->log_size;
    size = size < room ? size : room;
    memcpy(sim->log + sim->log_size, text, size);
    sim->log_size += size;
    sim->log[sim->log_size] = '\0';
}

static void keep_log_number(tirtc_sim_t *sim, uint32_t number)
{
    char digits[10];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    keep_log_text(sim, digits + at, sizeof digits - at);
}

static void port_log(void *context, int level, const char *module, const char *text, size_t size)
{
    static const char *const levels[] = {" ? ", " error ", " warn ", " ok ", " info ", " verbose "};
    const char *level_name = levels[level >= 1 && level <= 5 ? level : 0];
    tirtc_sim_t *sim = ((ti_sim_port_t *)context)->sim;
    ti_sim_lock(sim);
    while (sim->log_size > 0 && sizeof sim->log - sim->log_size < size + strlen(module) + 32) {
        forget_old_lines(sim);
    }
    keep_log_number(sim, sim->now_ms);
    keep_log_text(sim, level_name, strlen(level_name));
    keep_log_text(sim, module, strlen(module));
    keep_log_text(sim, " ", 1);
    keep_log_text(sim, text, size);
    keep_log_text(sim, "\n", 1);
    ti_sim_unlock(sim);
    if (sim->options.log != NULL) {
        sim->options.log(sim->options.user, level, module, text, size);
    }
}

/* ---- ports ---- */

const tirtc_port_t *tirtc_sim_port(tirtc_sim_t *sim)
{
    ti_sim_port_t *port = calloc(1, sizeof *port);
    if (port == NULL) {
        return NULL;
    }
    port->sim = sim;
    port->port = (tirtc_port_t){
        .context = port,
        .mono_ms = port_mono_ms,
        .entropy = port_entropy,
        .allocate = port_allocate,
        .release = port_release,
        .dial = ti_sim_dial,
        .send = ti_sim_send,
        .receive = ti_sim_receive,
        .hang_up = ti_sim_hang_up,
        .wake = port_wake,
        .log = port_log,
        .threads = sim->options.threads,
        .secure_pipes = sim->options.secure_pipes,
    };
    ti_sim_lock(sim);
    port->next = sim->ports;
    sim->ports = port;
    ti_sim_unlock(sim);
    return &port->port;
}

bool tirtc_sim_take_wake(const tirtc_port_t *port)
{
    ti_sim_port_t *mine = port_of(port);
    ti_sim_lock(mine->sim);
    bool woken = mine->woken;
    mine->woken = false;
    ti_sim_unlock(mine->sim);
    return woken;
}

bool tirtc_sim_next_dial(const tirtc_port_t *port, const tirtc_sim_dial_t *dial)
{
    ti_sim_port_t *mine = port_of(port);
    struct ti_sim_scripted_dial *scripted = malloc(sizeof *scripted);
    if (scripted == NULL) {
        return false;
    }
    *scripted = (struct ti_sim_scripted_dial){NULL, *dial};
    ti_sim_lock(mine->sim);
    struct ti_sim_scripted_dial **last = &mine->scripted;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = scripted;
    ti_sim_unlock(mine->sim);
    return true;
}

void tirtc_sim_other_dials(const tirtc_port_t *port, const tirtc_sim_dial_t *dial)
{
    ti_sim_port_t *mine = port_of(port);
    ti_sim_lock(mine->sim);
    mine->other_dials = dial == NULL ? (tirtc_sim_dial_t){0} : *dial;
    ti_sim_unlock(mine->sim);
}

size_t tirtc_sim_dials(const tirtc_port_t *port)
{
    ti_sim_port_t *mine = port_of(port);
    ti_sim_lock(mine->sim);
    size_t dials = mine->dials;
    ti_sim_unlock(mine->sim);
    return dials;
}

size_t tirtc_sim_pipes(const tirtc_port_t *port)
{
    ti_sim_port_t *mine = port_of(port);
    ti_sim_lock(mine->sim);
    size_t pipes = mine->pipes;
    ti_sim_unlock(mine->sim);
    return pipes;
}
