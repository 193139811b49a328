/* Turns events of the core into callbacks of the program, on the loop's thread and without a lock. */
#include "facade.h"
#include "runner.h"
#include "start_notice.h"

/* Returns the current callbacks; NULL if none may be called any more. */
static const TIRTCCALLBACKS *current_callbacks(const ti_instance_t *instance)
{
    ti_facade_lock();
    const TIRTCCALLBACKS *callbacks = instance->detached ? NULL : instance->callbacks;
    ti_facade_unlock();
    return callbacks;
}

static void report(const TIRTCCALLBACKS *callbacks, int number, const void *data, size_t size)
{
    if (callbacks->on_event != NULL) {
        callbacks->on_event(number, size != 0 ? data : NULL, (int)size);
    }
}

static void report_retry(const TIRTCCALLBACKS *callbacks, int number, const tirtc_event_t *event)
{
    TIRTCRETRYINFO info = {.error = event->error, .retry_in_ms = event->retry_in_ms};
    report(callbacks, number, &info, sizeof info);
}

static void end_session(ti_instance_t *instance)
{
    ti_facade_lock();
    instance->sessions -= instance->sessions != 0;
    ti_facade_unlock();
}

/* A start that failed for good has ended, though its SYS_STOPPED follows only when it is stopped. */
static void end_failed_start(ti_instance_t *instance)
{
    ti_facade_lock();
    instance->stopping = true;
    ti_facade_unlock();
}

/* TiRtcUninit() without TiRtcStop() frees connections without on_conn_error(). */
static bool reports_failures(const ti_instance_t *instance)
{
    ti_facade_lock();
    bool reports = !instance->ending_silently;
    ti_facade_unlock();
    return reports;
}

static void dispatch_frame(const tirtc_event_t *event, void (*callback)(tirtc_conn_t, const TIRTCFRAMEINFO *, void *))
{
    if (callback != NULL) {
        TIRTCFRAMEINFO info = event->frame;
        callback(ti_hconn(event->connection), &info, (void *)(uintptr_t)event->data);
    }
}

/* A program without the callback accepts every subscription. */
static void answer(ti_instance_t *instance, const tirtc_event_t *event, tirtc_request_t request,
                   int (*handler)(tirtc_conn_t, uint8_t))
{
    int status = handler != NULL ? handler(ti_hconn(event->connection), event->stream) : 0;
    int error = tirtc_connection_answer_subscribe(instance->device, event->connection, request, event->stream, status);
    if (error < 0 && error != TIRTC_E_INVALID_HANDLE) {
        ti_say(TIRTC_LOG_WARN, "the answer %d to the subscription of stream %u was not sent: %s", status,
               (unsigned)event->stream, TiRtcGetErrorStr(error));
    }
}

static const char *medium_of(const tirtc_event_t *event)
{
    return event->command_word == TIRTC_REQUEST_SUBSCRIBE_VIDEO ? "video" : "audio";
}

static void report_answer(const tirtc_event_t *event)
{
    if (event->error == 0) {
        ti_say(TIRTC_LOG_INFO, "the peer accepted the subscription of %s stream %u", medium_of(event),
               (unsigned)event->stream);
    } else {
        ti_say(TIRTC_LOG_WARN, "the peer refused the subscription of %s stream %u with status %d", medium_of(event),
               (unsigned)event->stream, event->error);
    }
}

static void notify(const tirtc_event_t *event, void (*callback)(tirtc_conn_t, uint8_t))
{
    if (callback != NULL) {
        callback(ti_hconn(event->connection), event->stream);
    }
}

/* Requests of the peer, and its answers to ours. */
static void dispatch_request(ti_instance_t *instance, const TIRTCCALLBACKS *callbacks, const tirtc_event_t *event)
{
    switch (event->kind) {
    case TIRTC_KEY_FRAME_REQUESTED:
        notify(event, callbacks->on_request_key_frame);
        break;
    case TIRTC_SUBSCRIBE_VIDEO:
        answer(instance, event, TIRTC_REQUEST_SUBSCRIBE_VIDEO, callbacks->on_subscribe_video);
        break;
    case TIRTC_UNSUBSCRIBE_VIDEO:
        notify(event, callbacks->on_unsubscribe_video);
        break;
    case TIRTC_SUBSCRIBE_AUDIO:
        answer(instance, event, TIRTC_REQUEST_SUBSCRIBE_AUDIO, callbacks->on_subscribe_audio);
        break;
    case TIRTC_UNSUBSCRIBE_AUDIO:
        notify(event, callbacks->on_unsubscribe_audio);
        break;
    default:
        report_answer(event);
        break;
    }
}

/* The 14th callback is read only if the program set a range and no handler: a program built for thirteen callbacks does
 * neither (tiRTC.h). */
static void dispatch_bitrate(const TIRTCCALLBACKS *callbacks, const tirtc_event_t *event)
{
    tirtc_conn_t connection = ti_hconn(event->connection);
    if (event->handler != NULL) {
        ((TiRtcVideoBitrateRequestCallback)event->handler)(connection, event->stream, event->bitrate_bps, event->user);
    } else if (callbacks->on_update_bitrate != NULL) {
        callbacks->on_update_bitrate(connection, event->stream, event->bitrate_bps);
    }
}

static void dispatch_connection(ti_instance_t *instance, const TIRTCCALLBACKS *callbacks, const tirtc_event_t *event)
{
    tirtc_conn_t hconn = ti_hconn(event->connection);
    switch (event->kind) {
    case TIRTC_CONNECTION_CONNECTED:
        ti_connect_end(instance, event->user, event->error, event->error == 0 ? hconn : NULL);
        break;
    case TIRTC_CONNECTION_ACCEPTED:
        if (callbacks->on_conn_accepted != NULL) {
            callbacks->on_conn_accepted(hconn);
        }
        break;
    case TIRTC_CONNECTION_FAILED:
        if (callbacks->on_conn_error != NULL && reports_failures(instance)) {
            callbacks->on_conn_error(hconn, event->error);
        }
        break;
    case TIRTC_CONNECTION_GONE:
        if (callbacks->on_disconnected != NULL) {
            callbacks->on_disconnected(hconn);
        }
        break;
    case TIRTC_COMMAND:
        if (callbacks->on_command != NULL) {
            callbacks->on_command(hconn, event->command_word, event->data, (uint32_t)event->size);
        }
        break;
    case TIRTC_AUDIO:
        dispatch_frame(event, callbacks->on_audio);
        break;
    case TIRTC_VIDEO:
        dispatch_frame(event, callbacks->on_video);
        break;
    case TIRTC_MESSAGE:
        dispatch_frame(event, callbacks->on_message);
        break;
    case TIRTC_BITRATE_CHANGED:
        dispatch_bitrate(callbacks, event);
        break;
    default:
        dispatch_request(instance, callbacks, event);
        break;
    }
}

static void dispatch_event(ti_instance_t *instance, const TIRTCCALLBACKS *callbacks, const tirtc_event_t *event)
{
    switch (event->kind) {
    case TIRTC_DEVICE_STARTED:
        report(callbacks, TiEVENT_SYS_STARTED, NULL, 0);
        break;
    case TIRTC_DEVICE_STOPPED:
        end_session(instance);
        report(callbacks, TiEVENT_SYS_STOPPED, NULL, 0);
        break;
    case TIRTC_DEVICE_START_FAILED:
        if (event->retry_in_ms == 0) {
            end_failed_start(instance);
        }
        ti_notice_failed(event);
        report_retry(callbacks, TIRTC_EVENT_START_FAILED, event);
        break;
    case TIRTC_DEVICE_SERVICE_LOST:
        report_retry(callbacks, TIRTC_EVENT_SERVICE_LOST, event);
        break;
    case TIRTC_DEVICE_SERVICE_BACK:
        report(callbacks, TIRTC_EVENT_SERVICE_BACK, NULL, 0);
        break;
    case TIRTC_DEVICE_HIJACKED:
        report(callbacks, TiEVENT_ACCESS_HIJACKING, event->data, event->size);
        break;
    default:
        dispatch_connection(instance, callbacks, event);
        break;
    }
}

/* TiRtcUninit() waits for this. The core is not called under the lock. */
static void note_idle(ti_instance_t *instance, tirtc_device_t *device)
{
    ti_facade_lock();
    bool ending = instance->ending;
    ti_facade_unlock();
    if (ending && tirtc_device_is_idle(device)) {
        ti_facade_lock();
        instance->idle = true;
        ti_facade_unlock();
    }
}

void ti_dispatch(void *user, tirtc_device_t *device)
{
    ti_instance_t *instance = user;
    const TIRTCCALLBACKS *callbacks;
    tirtc_event_t event;
    ti_runner_marks()->inside++;
    while ((callbacks = current_callbacks(instance)) != NULL && tirtc_device_next(device, &event)) {
        dispatch_event(instance, callbacks, &event);
    }
    ti_runner_marks()->inside--;
    note_idle(instance, device);
    ti_instance_close_if_orphan(instance);
}
