/* TiRtcInit, TiRtcStart, TiRtcStop, TiRtcUninit. */
#include <string.h>

#include "../base/wipe.h"
#include "facade.h"
#include "runner.h"
#include "start_notice.h"
#include "system.h"

enum { MAX_DEVICE_ID_BYTES = 63 };

/* ---- The loop: one for all instances, of which there are two only while one is being closed ---- */

static int claim_loop(tirtc_loop_t **loop)
{
    ti_facade_lock();
    *loop = ti_root.loop;
    ti_root.loop_users += *loop != NULL;
    ti_facade_unlock();
    if (*loop != NULL) {
        return 0;
    }
    tirtc_loop_options_t options = {.log = TI_LOOP_LOG};
    if (ti_root.static_memory != NULL) {
        options.allocate = ti_root.static_memory->take;
        options.release = ti_root.static_memory->give;
    }
    tirtc_loop_t *made;
    int error = tirtc_loop_open(&options, &made);
    if (error != 0) {
        return error;
    }
    ti_facade_lock();
    if (ti_root.loop == NULL) {
        ti_root.loop = made;
        made = NULL;
    }
    *loop = ti_root.loop;
    ti_root.loop_users++;
    ti_facade_unlock();
    if (made != NULL) {
        tirtc_loop_close(made);
    }
    return 0;
}

/* Remove the loop from the root if at most `users` use it. Returns NULL if it is needed, or there is none. */
static tirtc_loop_t *take_idle_loop(unsigned users)
{
    ti_facade_lock();
    tirtc_loop_t *loop = ti_root.loop_users <= users ? ti_root.loop : NULL;
    if (loop != NULL) {
        ti_root.loop = NULL;
    }
    ti_facade_unlock();
    return loop;
}

/* The loop's own thread cannot close it: it is kept for the next TiRtcInit() or TiRtcUninit(). */
static void release_loop(bool on_its_thread)
{
    tirtc_loop_t *idle = on_its_thread ? NULL : take_idle_loop(1);
    if (idle != NULL) {
        tirtc_loop_close(idle);
    }
    ti_facade_lock();
    ti_root.loop_users--;
    ti_facade_unlock();
}

/* ---- Instances ---- */

static void free_instance(ti_instance_t *instance)
{
    while (instance->connects != NULL) {
        ti_connect_drop(instance, instance->connects);
    }
    ti_memory_give(instance, sizeof *instance);
}

static int open_instance(ti_instance_t **instance)
{
    ti_instance_t *made = ti_memory_take(sizeof *made);
    if (made == NULL) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    int error = claim_loop(&made->loop);
    if (error == 0) {
        error = tirtc_loop_device_open(made->loop, ti_dispatch, made, &made->device);
        if (error != 0) {
            release_loop(tirtc_loop_is_current(made->loop));
        }
    }
    if (error != 0) {
        free_instance(made);
        return error;
    }
    *instance = made;
    return 0;
}

void ti_instance_close(ti_instance_t *instance)
{
    bool on_its_thread = tirtc_loop_is_current(instance->loop);
    tirtc_loop_device_close(instance->loop, instance->device);
    free_instance(instance);
    release_loop(on_its_thread);
}

void ti_instance_close_if_orphan(ti_instance_t *instance)
{
    ti_facade_lock();
    bool mine = instance->orphan && instance->calls == 0;
    ti_facade_unlock();
    if (mine) {
        ti_instance_close(instance);
    }
}

int TiRtcInit(void)
{
    ti_facade_lock();
    bool running = !ti_is_uninitialised();
    ti_facade_unlock();
    if (running) {
        return 0;
    }
    ti_runner_watch_forks();
    ti_instance_t *made;
    int error = ti_root.static_memory != NULL ? ti_root.static_memory->fix_sizes() : 0;
    if (error == 0) {
        error = open_instance(&made);
    }
    if (error != 0) {
        ti_say(TIRTC_LOG_ERROR, "TiRtcInit: %s", TiRtcGetErrorStr(error));
        return error;
    }
    ti_facade_lock();
    bool first = ti_is_uninitialised(); /* one that is ending continues by itself */
    if (first) {
        ti_root.instance = made;
    }
    ti_facade_unlock();
    if (!first) {
        ti_instance_close(made); /* another thread was faster */
    }
    return 0;
}

/* ---- Uninit ---- */

static bool is_being_used(const ti_instance_t *instance)
{
    ti_facade_lock();
    bool used = instance->calls != 0;
    ti_facade_unlock();
    return used;
}

static bool is_being_closed(void)
{
    ti_facade_lock();
    bool closing = ti_is_uninitialised() && ti_root.loop_users != 0;
    ti_facade_unlock();
    return closing;
}

/* Nothing is initialised, but a TiRtcUninit() on another thread or inside a callback may be unfinished. */
static void finish_other_uninit(void)
{
    while (is_being_closed()) {
        ti_runner_nap();
    }
    tirtc_loop_t *loop = take_idle_loop(0);
    if (loop != NULL) {
        tirtc_loop_close(loop);
    }
}

/* Make no more callbacks. The lock is held. */
static void detach(ti_instance_t *instance)
{
    if (ti_root.instance == instance) {
        ti_root.instance = NULL;
    }
    instance->detached = true;
}

/* Inside a callback, which must not be waited for: it becomes the last one. */
static void uninit_inside(void)
{
    ti_facade_lock();
    ti_instance_t *instance = ti_root.instance;
    if (instance != NULL) {
        detach(instance);
        instance->orphan = !instance->ending;
        tirtc_loop_wake(instance->loop, instance->device);
    }
    ti_facade_unlock();
    if (instance != NULL) {
        ti_options_forget();
    }
}

/* Returns the instance if this call has to end it; NULL if there is none or another call does. */
static ti_instance_t *begin_ending(void)
{
    ti_facade_lock();
    ti_instance_t *instance = ti_is_uninitialised() ? NULL : ti_root.instance;
    if (instance != NULL) {
        instance->ending = true;
        instance->ending_silently = ti_is_started(instance);
        tirtc_loop_wake(instance->loop, instance->device);
    }
    ti_facade_unlock();
    return instance;
}

/* Returns true when everything that is owed was reported, or a callback ended it; nothing is reported from then on. */
static bool is_ended(ti_instance_t *instance)
{
    ti_facade_lock();
    bool ended = instance->idle || instance->detached;
    if (ended) {
        detach(instance);
    }
    ti_facade_unlock();
    return ended;
}

void TiRtcUninit(void)
{
    if (ti_runner_marks()->inside != 0) {
        uninit_inside();
        return;
    }
    ti_instance_t *instance = begin_ending();
    if (instance == NULL) {
        finish_other_uninit();
        return;
    }
    ti_options_forget();
    while (!is_ended(instance)) {
        (void)tirtc_device_stop(instance->device); /* each time: a start on another thread may come between */
        ti_runner_nap();
    }
    while (is_being_used(instance)) {
        ti_runner_nap();
    }
    ti_instance_close(instance);
}

/* ---- Start and Stop ---- */

/* Parse "id" or "id,secret". `device` is not NULL. */
static int read_identity(const char *device, const ti_options_t *kept, tirtc_options_t *options)
{
    const char *comma = strchr(device, ',');
    size_t id_size = comma != NULL ? (size_t)(comma - device) : strlen(device);
    if (id_size == 0 || id_size > MAX_DEVICE_ID_BYTES) {
        ti_notice(TIRTC_LOG_ERROR, "TiRtcStart: the device id has %u bytes; it must have 1 to 63", (unsigned)id_size);
        return TIRTC_E_INVALID_LICENSE;
    }
    options->device_id = (tirtc_bytes_t){device, id_size};
    options->device_secret_key = ti_bytes(comma != NULL ? comma + 1 : kept->secret_key);
    if (options->device_secret_key.size == 0) {
        ti_notice(TIRTC_LOG_ERROR, "TiRtcStart: no secret key; set TIRTC_OPT_SECRET_KEY or start with \"id,secret\"");
        return TIRTC_E_NO_SECRET_KEY;
    }
    if (options->device_secret_key.size > TI_MAX_SECRET_KEY_BYTES) {
        ti_notice(TIRTC_LOG_ERROR, "TiRtcStart: the secret key is too long; it must have 1 to 63 bytes");
        return TIRTC_E_INVALID_PARAMETER;
    }
    return 0;
}

static int read_endpoint(const ti_options_t *kept, tirtc_options_t *options)
{
    const char *endpoint = kept->endpoint[0] != '\0' ? kept->endpoint : ti_system_endpoint();
    if (endpoint == NULL) {
        ti_notice(TIRTC_LOG_ERROR, "TiRtcStart: no endpoint; set TIRTC_OPT_SERVICE_ENDPOINT, the environment variable "
                                   "TIRTC_ENDPOINT, or TIRTC_DEFAULT_ENDPOINT when compiling firmware");
        return TIRTC_E_INVALID_PARAMETER;
    }
    options->endpoint = ti_bytes(endpoint);
    tirtc_endpoint_t parts;
    if (!ti_endpoint_read(options->endpoint, &parts)) {
        ti_notice(TIRTC_LOG_ERROR, "TiRtcStart: the endpoint in TIRTC_ENDPOINT is invalid; it must be %s",
                  TI_ENDPOINT_RULE);
        return TIRTC_E_INVALID_PARAMETER;
    }
    return 0;
}

/* Fill `options`; its texts point into `device` and `kept`. */
static int make_options(const char *device, const ti_options_t *kept, tirtc_options_t *options)
{
    memset(options, 0, sizeof *options);
    options->app_id = ti_bytes(kept->app_id);
    options->client_id = ti_bytes(kept->client_id);
    options->max_connections = kept->max_connections;
    options->max_send_buffer_bytes = kept->max_send_buffer_bytes;
    options->no_connect_cache = kept->no_connect_cache != 0;
    options->link_mode = (int)kept->link_mode;
    int error = device != NULL ? read_identity(device, kept, options) : 0;
    return error != 0 ? error : read_endpoint(kept, options);
}

static bool is_ending(const ti_instance_t *instance)
{
    ti_facade_lock();
    bool ending = instance->ending;
    ti_facade_unlock();
    return ending;
}

/* Start with the new callbacks, unless a session is running, which keeps its own. */
static int start_session(ti_instance_t *instance, const tirtc_options_t *options, const TIRTCCALLBACKS *callbacks)
{
    ti_facade_lock();
    bool fresh = !ti_is_started(instance);
    const TIRTCCALLBACKS *before = instance->callbacks;
    bool was_stopping = instance->stopping;
    if (fresh) {
        instance->callbacks = callbacks; /* before the first event can be reported */
        instance->sessions++;
        instance->stopping = false;
    }
    ti_facade_unlock();
    if (fresh) {
        ti_notice_start(options->device_id, options->endpoint);
    }
    int error = tirtc_device_start(instance->device, options);
    if (error == 0 && is_ending(instance)) { /* TiRtcUninit() may have found nothing to stop */
        (void)tirtc_device_stop(instance->device);
        return TIRTC_E_NOT_INITIALIZED;
    }
    if (error != 0 && fresh) {
        ti_facade_lock();
        instance->callbacks = before;
        instance->sessions--;
        instance->stopping = was_stopping;
        ti_facade_unlock();
    }
    return error;
}

int TiRtcStart(const char *device, const TIRTCCALLBACKS *callbacks)
{
    ti_instance_t *instance = ti_enter();
    if (instance == NULL) {
        return TIRTC_E_NOT_INITIALIZED;
    }
    int error = TIRTC_E_INVALID_PARAMETER;
    if (is_ending(instance)) {
        error = TIRTC_E_NOT_INITIALIZED;
    } else if (callbacks == NULL) {
        ti_notice(TIRTC_LOG_ERROR, "TiRtcStart: callbacks is NULL; pass a structure, whose members may be NULL");
    } else {
        ti_options_t kept;
        tirtc_options_t options;
        (void)ti_options_copy(&kept);
        error = make_options(device, &kept, &options);
        if (error == 0) {
            error = start_session(instance, &options, callbacks);
        }
        ti_wipe(&kept, sizeof kept);
    }
    ti_leave(instance);
    return error;
}

int TiRtcStop(void)
{
    ti_instance_t *instance = ti_enter();
    if (instance != NULL) {
        ti_facade_lock();
        instance->stopping = true;
        ti_facade_unlock();
        (void)tirtc_device_stop(instance->device);
        ti_leave(instance);
    }
    return 0;
}
