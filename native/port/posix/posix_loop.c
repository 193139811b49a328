/* One thread for any number of devices. Each pass waits for events, then steps the devices that asked for it; its cost
 * depends on those, not on the total number. */
#include "posix_system.h"

#include "posix.h"
#include "tirtc_loop.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { FIRST_BUCKETS = 16 };

/** A device and what the loop keeps for it. */
typedef struct loop_device {
    ti_posix_port_t port; /* first: the port's context is this struct too */
    tirtc_loop_t *loop;
    tirtc_device_t *device;
    tirtc_loop_ready_t ready;
    void *user;
    ti_timer_t timer;
    atomic_bool queued; /* waiting for a step; the thread that sets it appends to the queue */
    bool closing;       /* loop's thread */
    struct loop_device *next_queued;
    struct loop_device *next_closing;
    struct loop_device *next_in_bucket;
} loop_device_t;

/** A close that another thread waits for; it is on that thread's stack. */
typedef struct close_request {
    struct close_request *next;
    tirtc_device_t *device;
    bool done;
} close_request_t;

struct tirtc_loop {
    ti_net_t net;
    tirtc_loop_options_t options;
    pthread_t thread;
    loop_device_t *closing; /* detached on the loop's thread, to be closed outside of steps and callbacks */

    pthread_mutex_t mutex; /* guards all fields below; never held in a call to a device, a callback or the system */
    pthread_cond_t closed; /* signalled when a request is done */
    bool asleep;           /* the thread found nothing to do, and no one has rung since */
    bool stopping;
    close_request_t *requests;
    loop_device_t *queue_first;
    loop_device_t *queue_last;
    loop_device_t **buckets; /* devices by their address */
    size_t bucket_count;     /* a power of two */
    size_t device_count;
};

static _Thread_local const tirtc_loop_t *current_loop;

bool tirtc_loop_is_current(const tirtc_loop_t *loop)
{
    return current_loop == loop;
}

/* Finding a device. Each bucket is a list: more devices than buckets is slower but correct, so growing may fail. */

static loop_device_t **bucket_of(loop_device_t **buckets, size_t count, const tirtc_device_t *device)
{
    /* 2^64 / golden ratio: addresses differ in few bits, and the product spreads them. */
    uint64_t hash = (uint64_t)(uintptr_t)device * UINT64_C(0x9e3779b97f4a7c15);
    return &buckets[(size_t)(hash >> 32) & (count - 1)];
}

/** Returns where the pointer to a device's entry is stored; it points to NULL when the loop has no such device. Under
 *  the lock. */
static loop_device_t **find(tirtc_loop_t *loop, const tirtc_device_t *device)
{
    loop_device_t **at = bucket_of(loop->buckets, loop->bucket_count, device);
    while (*at != NULL && (*at)->device != device) {
        at = &(*at)->next_in_bucket;
    }
    return at;
}

static void grow_buckets(tirtc_loop_t *loop)
{
    size_t count = loop->bucket_count * 2;
    loop_device_t **buckets = calloc(count, sizeof *buckets);
    if (buckets == NULL) {
        return;
    }
    for (size_t i = 0; i < loop->bucket_count; i++) {
        loop_device_t *entry = loop->buckets[i];
        while (entry != NULL) {
            loop_device_t *next = entry->next_in_bucket;
            loop_device_t **bucket = bucket_of(buckets, count, entry->device);
            entry->next_in_bucket = *bucket;
            *bucket = entry;
            entry = next;
        }
    }
    free(loop->buckets);
    loop->buckets = buckets;
    loop->bucket_count = count;
}

static void insert(tirtc_loop_t *loop, loop_device_t *entry)
{
    if (loop->device_count >= loop->bucket_count) {
        grow_buckets(loop);
    }
    loop_device_t **bucket = bucket_of(loop->buckets, loop->bucket_count, entry->device);
    entry->next_in_bucket = *bucket;
    *bucket = entry;
    loop->device_count++;
}

static loop_device_t *take_out(tirtc_loop_t *loop, loop_device_t **at)
{
    loop_device_t *entry = *at;
    *at = entry->next_in_bucket;
    loop->device_count--;
    return entry;
}

/* Asking for a step. */

/** Returns true when the caller must ring once it has released the lock. Sockets and timers need no ring during the
 *  wait: the thread looks at the queue next. */
static bool end_sleep(tirtc_loop_t *loop)
{
    bool was_asleep = loop->asleep;
    loop->asleep = false;
    return was_asleep && !tirtc_loop_is_current(loop);
}

static void unlock_and_ring(tirtc_loop_t *loop, bool ring)
{
    pthread_mutex_unlock(&loop->mutex);
    if (ring) {
        ti_net_ring(&loop->net);
    }
}

/** Append an entry whose `queued` the caller has set. Under the lock. Returns as end_sleep(). */
static bool append(tirtc_loop_t *loop, loop_device_t *entry)
{
    entry->next_queued = NULL;
    *(loop->queue_first == NULL ? &loop->queue_first : &loop->queue_last->next_queued) = entry;
    loop->queue_last = entry;
    return end_sleep(loop);
}

/** Queue a device for a step. This is tirtc_port_t.wake; sockets, timers and the loop use it too. */
static void wake(void *context)
{
    loop_device_t *entry = context;
    tirtc_loop_t *loop = entry->loop;
    if (atomic_exchange(&entry->queued, true)) {
        return; /* the coming step will see what the caller did */
    }
    pthread_mutex_lock(&loop->mutex);
    unlock_and_ring(loop, append(loop, entry));
}

void tirtc_loop_wake(tirtc_loop_t *loop, tirtc_device_t *device)
{
    bool ring = false;
    pthread_mutex_lock(&loop->mutex);
    loop_device_t *entry = *find(loop, device);
    if (entry != NULL && !atomic_exchange(&entry->queued, true)) {
        ring = append(loop, entry);
    }
    unlock_and_ring(loop, ring);
}

static void on_timer(ti_timer_t *timer)
{
    wake(timer->owner);
}

static void write_log(void *context, int level, const char *module, const char *text, size_t size)
{
    const tirtc_loop_options_t *options = &((loop_device_t *)context)->loop->options;
    options->log(options->user, level, module, text, size);
}

static void *allocate(void *context, size_t size)
{
    const tirtc_loop_options_t *options = &((loop_device_t *)context)->loop->options;
    return options->allocate(options->user, size);
}

static void release(void *context, void *block, size_t size)
{
    const tirtc_loop_options_t *options = &((loop_device_t *)context)->loop->options;
    options->release(options->user, block, size);
}

/* Opening and closing devices. */

/** Initialise the port as the loop's options say. */
static void init_port(loop_device_t *entry)
{
    const tirtc_loop_options_t *options = &entry->loop->options;
    ti_posix_port_init(&entry->port, &entry->loop->net, wake);
    entry->port.functions.log = options->log == NULL ? NULL : write_log;
    if (options->allocate != NULL) {
        entry->port.functions.allocate = allocate;
        entry->port.functions.release = release;
    }
}

int tirtc_loop_device_open(tirtc_loop_t *loop, tirtc_loop_ready_t ready, void *user, tirtc_device_t **device)
{
    loop_device_t *entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    entry->loop = loop;
    init_port(entry);
    entry->ready = ready;
    entry->user = user;
    entry->timer.fired = on_timer;
    entry->timer.owner = entry;
    atomic_init(&entry->queued, true); /* wakes inside tirtc_device_open() rely on the append below */
    int result = tirtc_device_open(ti_secure_port(&entry->port), &entry->device);
    if (result != 0) {
        free(entry);
        return result;
    }
    *device = entry->device; /* set before `ready` can run */
    pthread_mutex_lock(&loop->mutex);
    insert(loop, entry);
    unlock_and_ring(loop, append(loop, entry));
    return 0;
}

/** Detach a device: it cannot be found any more, and nothing is called for it. Thread: the loop's. */
static void detach(tirtc_loop_t *loop, tirtc_device_t *device)
{
    pthread_mutex_lock(&loop->mutex);
    loop_device_t **at = find(loop, device);
    loop_device_t *entry = *at == NULL ? NULL : take_out(loop, at);
    pthread_mutex_unlock(&loop->mutex);
    if (entry != NULL) {
        entry->closing = true;
        entry->next_closing = loop->closing;
        loop->closing = entry;
    }
}

/** Close the detached devices. Not from inside a step or a callback. */
static void close_detached(tirtc_loop_t *loop)
{
    while (loop->closing != NULL) {
        loop_device_t *entry = loop->closing;
        loop->closing = entry->next_closing;
        tirtc_device_close(entry->device);
        ti_timer_clear(&loop->net.timers, &entry->timer);
        if (!atomic_exchange(&entry->queued, true)) {
            free(entry);
        } /* else it is in the queue, and is freed when it is taken out */
    }
}

void tirtc_loop_device_close(tirtc_loop_t *loop, tirtc_device_t *device)
{
    if (tirtc_loop_is_current(loop)) {
        detach(loop, device);
        return;
    }
    close_request_t request = {.device = device};
    pthread_mutex_lock(&loop->mutex);
    request.next = loop->requests;
    loop->requests = &request;
    if (end_sleep(loop)) {
        pthread_mutex_unlock(&loop->mutex);
        ti_net_ring(&loop->net);
        pthread_mutex_lock(&loop->mutex);
    }
    while (!request.done) {
        pthread_cond_wait(&loop->closed, &loop->mutex);
    }
    pthread_mutex_unlock(&loop->mutex);
}

static void serve_requests(tirtc_loop_t *loop)
{
    pthread_mutex_lock(&loop->mutex);
    while (loop->requests != NULL) {
        close_request_t *request = loop->requests;
        loop->requests = request->next;
        pthread_mutex_unlock(&loop->mutex);
        detach(loop, request->device);
        close_detached(loop);
        pthread_mutex_lock(&loop->mutex);
        request->done = true; /* the request is invalid once the lock is released */
        pthread_cond_broadcast(&loop->closed);
    }
    pthread_mutex_unlock(&loop->mutex);
}

/* The thread. */

static void step(loop_device_t *entry)
{
    ti_timers_t *timers = &entry->loop->net.timers;
    int wait_ms = tirtc_device_step(entry->device);
    if (!entry->closing) {
        entry->ready(entry->user, entry->device);
    }
    if (entry->closing) {
        return;
    }
    if (wait_ms == 0) {
        wake(entry); /* behind the devices that wait already */
    } else if (wait_ms > 0) {
        ti_timer_set(timers, &entry->timer, ti_clock_ms() + (uint64_t)wait_ms);
    } else {
        ti_timer_clear(timers, &entry->timer);
    }
}

static loop_device_t *take_queue(tirtc_loop_t *loop)
{
    pthread_mutex_lock(&loop->mutex);
    loop_device_t *first = loop->queue_first;
    loop->queue_first = NULL;
    pthread_mutex_unlock(&loop->mutex);
    return first;
}

/** Step each queued device once. */
static void step_queue(tirtc_loop_t *loop)
{
    loop_device_t *entry = take_queue(loop);
    while (entry != NULL) {
        loop_device_t *next = entry->next_queued;
        if (entry->closing) {
            free(entry);
        } else {
            /* Clear it before the step: anything that happens from here on may be too late for this step, so it must
             * queue the device again. */
            atomic_exchange(&entry->queued, false);
            step(entry);
            close_detached(loop);
            serve_requests(loop);
        }
        entry = next;
    }
}

/** Wait until there is something to do. Returns false when the loop must end. */
static bool wait_for_work(tirtc_loop_t *loop)
{
    pthread_mutex_lock(&loop->mutex);
    bool stopping = loop->stopping;
    bool sleep = !stopping && loop->queue_first == NULL && loop->requests == NULL;
    loop->asleep = sleep;
    pthread_mutex_unlock(&loop->mutex);
    if (stopping) {
        return false;
    }
    ti_net_wait(&loop->net, sleep);
    if (sleep) {
        pthread_mutex_lock(&loop->mutex);
        loop->asleep = false;
        pthread_mutex_unlock(&loop->mutex);
    }
    return true;
}

static void close_all(tirtc_loop_t *loop)
{
    for (size_t i = 0; i < loop->bucket_count; i++) {
        while (loop->buckets[i] != NULL) {
            detach(loop, loop->buckets[i]->device);
        }
    }
    close_detached(loop);
    step_queue(loop); /* only closed devices are in it now */
}

static void *run(void *argument)
{
    tirtc_loop_t *loop = argument;
    current_loop = loop;
    while (wait_for_work(loop)) {
        serve_requests(loop);
        step_queue(loop);
    }
    close_all(loop);
    return NULL;
}

/* Opening and closing the loop. */

static void free_loop(tirtc_loop_t *loop)
{
    ti_net_close(&loop->net);
    pthread_cond_destroy(&loop->closed);
    pthread_mutex_destroy(&loop->mutex);
    free(loop->buckets);
    free(loop);
}

static tirtc_loop_t *make_loop(bool use_poll)
{
    tirtc_loop_t *loop = calloc(1, sizeof *loop);
    if (loop == NULL) {
        return NULL;
    }
    loop->bucket_count = FIRST_BUCKETS;
    loop->buckets = calloc(loop->bucket_count, sizeof(loop_device_t *));
    if (loop->buckets != NULL && pthread_mutex_init(&loop->mutex, NULL) == 0) {
        if (pthread_cond_init(&loop->closed, NULL) == 0) {
            if (ti_net_open(&loop->net, use_poll, ti_lookup_name) == 0) {
                return loop;
            }
            pthread_cond_destroy(&loop->closed);
        }
        pthread_mutex_destroy(&loop->mutex);
    }
    free(loop->buckets);
    free(loop);
    return NULL;
}

int tirtc_loop_open(const tirtc_loop_options_t *options, tirtc_loop_t **loop)
{
    const tirtc_loop_options_t none = {0};
    const tirtc_loop_options_t *given = options == NULL ? &none : options;
    errno = 0; /* not every failure below sets it */
    tirtc_loop_t *made = make_loop(given->use_poll);
    if (made == NULL) {
        return ti_report_lack(given, errno);
    }
    made->options = *given;
    int error = ti_thread_start(&made->thread, run, made);
    if (error != 0) {
        free_loop(made);
        return ti_report_lack(given, error);
    }
    *loop = made;
    return 0;
}

void tirtc_loop_close(tirtc_loop_t *loop)
{
    pthread_mutex_lock(&loop->mutex);
    loop->stopping = true;
    unlock_and_ring(loop, end_sleep(loop));
    pthread_join(loop->thread, NULL);
    free_loop(loop);
}
