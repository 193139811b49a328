/* tirtc_loop.h without a thread: the program calls tirtc_loop_poll(). One program has one platform and one loop. */
#include "tirtc_polled.h"

/* A device, and when it wants to be stepped. */
typedef struct entry {
    struct entry *next;
    tirtc_device_t *device;
    tirtc_loop_ready_t ready;
    void *user;
    uint32_t due_ms;
    bool timed;  /* due_ms is valid */
    bool closed; /* closed inside `ready`: freed when the poll ends */
} entry_t;

struct tirtc_loop {
    const tirtc_platform_t *platform;
    tirtc_port_t port; /* the platform's, with the log of the options */
    tirtc_loop_options_t options;
    entry_t *entries;
    bool open;
    bool polling;
    bool woken; /* step every device at the next poll */
};

static struct tirtc_loop the_loop;

void tirtc_use_platform(const tirtc_platform_t *platform)
{
    the_loop.platform = platform;
}

const tirtc_platform_t *tirtc_platform(void)
{
    return the_loop.platform;
}

void tirtc_platform_log(void *context, int level, const char *module, const char *text, size_t size)
{
    (void)context;
    if (the_loop.options.log != NULL) {
        the_loop.options.log(the_loop.options.user, level, module, text, size);
    }
}

static void *allocate(void *context, size_t size)
{
    (void)context;
    return the_loop.options.allocate(the_loop.options.user, size);
}

static void release(void *context, void *block, size_t size)
{
    (void)context;
    the_loop.options.release(the_loop.options.user, block, size);
}

int tirtc_loop_open(const tirtc_loop_options_t *options, tirtc_loop_t **loop)
{
    if (the_loop.platform == NULL || the_loop.open) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    the_loop.options = options != NULL ? *options : (tirtc_loop_options_t){.log = NULL};
    the_loop.port = *the_loop.platform->port;
    the_loop.port.log = the_loop.options.log != NULL ? tirtc_platform_log : NULL;
    the_loop.port.threads = NULL;
    if (the_loop.options.allocate != NULL) {
        the_loop.port.allocate = allocate;
        the_loop.port.release = release;
    }
    the_loop.open = true;
    *loop = &the_loop;
    return 0;
}

void tirtc_loop_close(tirtc_loop_t *loop)
{
    while (loop->entries != NULL) {
        tirtc_loop_device_close(loop, loop->entries->device);
    }
    loop->open = false;
}

int tirtc_loop_device_open(tirtc_loop_t *loop, tirtc_loop_ready_t ready, void *user, tirtc_device_t **device)
{
    entry_t *entry = loop->port.allocate(loop->port.context, sizeof *entry);
    if (entry == NULL) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    *entry = (entry_t){.next = loop->entries, .ready = ready, .user = user};
    int error = tirtc_device_open(&loop->port, &entry->device);
    if (error != 0) {
        loop->port.release(loop->port.context, entry, sizeof *entry);
        return error;
    }
    loop->entries = entry;
    loop->woken = true;
    *device = entry->device;
    return 0;
}

static void free_entry(tirtc_loop_t *loop, entry_t **at)
{
    entry_t *entry = *at;
    *at = entry->next;
    tirtc_device_close(entry->device);
    loop->port.release(loop->port.context, entry, sizeof *entry);
}

void tirtc_loop_device_close(tirtc_loop_t *loop, tirtc_device_t *device)
{
    entry_t **at = &loop->entries;
    while ((*at)->device != device) {
        at = &(*at)->next;
    }
    (*at)->closed = true;
    if (!loop->polling) {
        free_entry(loop, at);
    }
}

void tirtc_loop_wake(tirtc_loop_t *loop, tirtc_device_t *device)
{
    (void)device;
    loop->woken = true;
}

bool tirtc_loop_is_current(const tirtc_loop_t *loop)
{
    return loop->polling;
}

static bool is_due(const entry_t *entry, uint32_t now_ms)
{
    return entry->timed && (int32_t)(now_ms - entry->due_ms) >= 0;
}

/* Returns how long to wait for events: until the first device is due, at most `max_ms`. */
static uint32_t rest_ms(const tirtc_loop_t *loop, uint32_t max_ms)
{
    uint32_t now_ms = loop->port.mono_ms(loop->port.context);
    uint32_t rest = loop->woken ? 0 : max_ms;
    for (const entry_t *entry = loop->entries; entry != NULL && rest > 0; entry = entry->next) {
        uint32_t until_due_ms = is_due(entry, now_ms) ? 0 : entry->due_ms - now_ms;
        if (entry->timed && until_due_ms < rest) {
            rest = until_due_ms;
        }
    }
    return rest;
}

static void step(tirtc_loop_t *loop, entry_t *entry)
{
    int again_ms = tirtc_device_step(entry->device);
    entry->timed = again_ms >= 0;
    entry->due_ms = loop->port.mono_ms(loop->port.context) + (uint32_t)again_ms;
    entry->ready(entry->user, entry->device);
}

static void free_closed(tirtc_loop_t *loop)
{
    for (entry_t **at = &loop->entries; *at != NULL;) {
        if ((*at)->closed) {
            free_entry(loop, at);
        } else {
            at = &(*at)->next;
        }
    }
}

/* Let the platform's network run. Returns true when something happened, and remembers that for the next poll: even if a
 * waiter waited, it may concern a device. */
static bool wait_for_platform(uint32_t max_ms)
{
    const tirtc_platform_t *platform = the_loop.platform;
    bool woken = platform->wait(platform->port->context, max_ms);
    if (woken) {
        the_loop.woken = true;
    }
    return woken;
}

void tirtc_loop_poll(tirtc_loop_t *loop, uint32_t max_ms)
{
    (void)wait_for_platform(rest_ms(loop, max_ms));
    bool all = loop->woken;
    loop->woken = false;
    loop->polling = true;
    for (entry_t *entry = loop->entries; entry != NULL; entry = entry->next) {
        if (!entry->closed && (all || is_due(entry, loop->port.mono_ms(loop->port.context)))) {
            step(loop, entry);
        }
    }
    loop->polling = false;
    free_closed(loop);
}

/* ---- Locks, which a single thread does not need ---- */

static tirtc_lock_t *lock_open(void)
{
    return (tirtc_lock_t *)&the_loop; /* any address will do: it is never dereferenced */
}

static void leave_lock_alone(tirtc_lock_t *lock)
{
    (void)lock;
}

const tirtc_threads_t *tirtc_loop_threads(void)
{
    static const tirtc_threads_t none = {
        .lock_open = lock_open,
        .lock_close = leave_lock_alone,
        .lock = leave_lock_alone,
        .unlock = leave_lock_alone,
    };
    return &none;
}

/* ---- Waiters: the platform waits, and the devices are not stepped meanwhile ---- */

struct tirtc_waiter {
    char unused;
};

/* The options are not used: the platform has a log of its own. */
int tirtc_waiter_open(const tirtc_loop_options_t *options, tirtc_waiter_t **waiter)
{
    (void)options;
    static tirtc_waiter_t the_waiter;
    if (the_loop.platform == NULL) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    *waiter = &the_waiter;
    return 0;
}

const tirtc_port_t *tirtc_waiter_port(const tirtc_waiter_t *waiter)
{
    (void)waiter;
    return the_loop.platform->port;
}

bool tirtc_waiter_wait(tirtc_waiter_t *waiter, uint32_t max_ms)
{
    (void)waiter;
    return wait_for_platform(max_ms);
}

void tirtc_waiter_close(tirtc_waiter_t *waiter)
{
    (void)waiter;
}
