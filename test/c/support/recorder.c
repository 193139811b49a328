#define _POSIX_C_SOURCE 200809L

#include "recorder.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

enum { MAX_CALLS = 4096 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static recorded_t calls[MAX_CALLS];
static bool taken[MAX_CALLS];
static size_t total;
static void (*hook)(const recorded_t *call);
static int answer;
static int running;

static void record(recorded_t *call, const void *data, size_t size)
{
    call->size = size;
    if (data != NULL) {
        memcpy(call->data, data, size < RECORDED_BYTES ? size : RECORDED_BYTES);
    }
    pthread_mutex_lock(&mutex);
    running++;
    if (total < MAX_CALLS) {
        taken[total] = false;
        calls[total++] = *call;
    }
    void (*then)(const recorded_t *) = hook;
    pthread_cond_broadcast(&more);
    pthread_mutex_unlock(&mutex);
    if (then != NULL) {
        then(call);
    }
    pthread_mutex_lock(&mutex);
    running--;
    pthread_cond_broadcast(&more);
    pthread_mutex_unlock(&mutex);
}

static void record_value(enum recorded_kind kind, tirtc_conn_t connection, long long value)
{
    recorded_t call = {.kind = kind, .connection = connection, .value = value};
    if (kind == ON_DISCONNECTED) {
        call.user = TiRtcConnGetUserData(connection);
    }
    record(&call, NULL, 0);
}

static void on_event(int event, const void *data, int len)
{
    recorded_t call = {.kind = ON_EVENT, .value = event};
    record(&call, data, (size_t)len);
}

static void on_accepted(tirtc_conn_t connection)
{
    record_value(ON_ACCEPTED, connection, 0);
}

static void on_error(tirtc_conn_t connection, int error)
{
    record_value(ON_ERROR, connection, error);
}

static void on_disconnected(tirtc_conn_t connection)
{
    record_value(ON_DISCONNECTED, connection, 0);
}

static void on_frame(tirtc_conn_t connection, const TIRTCFRAMEINFO *info, void *data)
{
    recorded_t call = {.kind = ON_FRAME, .connection = connection, .value = info->media, .frame = *info};
    record(&call, data, info->length);
}

static void on_command(tirtc_conn_t connection, uint32_t cmdw, const void *data, uint32_t len)
{
    recorded_t call = {.kind = ON_COMMAND, .connection = connection, .value = cmdw};
    record(&call, data, len);
}

static void on_key_frame(tirtc_conn_t connection, uint8_t stream)
{
    record_value(ON_KEY_FRAME, connection, stream);
}

static int answer_subscribe(enum recorded_kind kind, tirtc_conn_t connection, uint8_t stream)
{
    record_value(kind, connection, stream);
    pthread_mutex_lock(&mutex);
    int status = answer;
    pthread_mutex_unlock(&mutex);
    return status;
}

static int on_subscribe_video(tirtc_conn_t connection, uint8_t stream)
{
    return answer_subscribe(ON_SUBSCRIBE_VIDEO, connection, stream);
}

static void on_unsubscribe_video(tirtc_conn_t connection, uint8_t stream)
{
    record_value(ON_UNSUBSCRIBE_VIDEO, connection, stream);
}

static int on_subscribe_audio(tirtc_conn_t connection, uint8_t stream)
{
    return answer_subscribe(ON_SUBSCRIBE_AUDIO, connection, stream);
}

static void on_unsubscribe_audio(tirtc_conn_t connection, uint8_t stream)
{
    record_value(ON_UNSUBSCRIBE_AUDIO, connection, stream);
}

static void on_bitrate(tirtc_conn_t connection, uint8_t stream, uint32_t target_bps)
{
    (void)stream;
    record_value(ON_BITRATE, connection, target_bps);
}

const TIRTCCALLBACKS recorder_callbacks = {
    .on_event = on_event,
    .on_conn_accepted = on_accepted,
    .on_conn_error = on_error,
    .on_disconnected = on_disconnected,
    .on_audio = on_frame,
    .on_video = on_frame,
    .on_message = on_frame,
    .on_command = on_command,
    .on_request_key_frame = on_key_frame,
    .on_subscribe_video = on_subscribe_video,
    .on_unsubscribe_video = on_unsubscribe_video,
    .on_subscribe_audio = on_subscribe_audio,
    .on_unsubscribe_audio = on_unsubscribe_audio,
    .on_update_bitrate = on_bitrate,
};

void recorder_connected(int error, tirtc_conn_t connection, void *user)
{
    recorded_t call = {.kind = ON_CONNECT, .connection = connection, .value = error, .user = user};
    record(&call, NULL, 0);
}

void recorder_reset(void)
{
    pthread_mutex_lock(&mutex);
    total = 0;
    hook = NULL;
    answer = 0;
    pthread_mutex_unlock(&mutex);
}

void recorder_set_hook(void (*new_hook)(const recorded_t *call))
{
    pthread_mutex_lock(&mutex);
    hook = new_hook;
    pthread_mutex_unlock(&mutex);
}

void recorder_set_answer(int status)
{
    pthread_mutex_lock(&mutex);
    answer = status;
    pthread_mutex_unlock(&mutex);
}

static bool fits(const recorded_t *call, enum recorded_kind kind, long long value)
{
    return kind == ANY_CALLBACK || (call->kind == kind && call->value == value);
}

static bool take(enum recorded_kind kind, long long value, recorded_t *call)
{
    for (size_t i = 0; i < total; i++) {
        if (!taken[i] && fits(&calls[i], kind, value)) {
            taken[i] = true;
            if (call != NULL) {
                *call = calls[i];
            }
            return true;
        }
    }
    return false;
}

bool recorder_wait(enum recorded_kind kind, long long value, recorded_t *call, int ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&mutex);
    bool found;
    int error = 0;
    while (!(found = take(kind, value, call)) && error == 0) {
        error = pthread_cond_timedwait(&more, &mutex, &until);
    }
    pthread_mutex_unlock(&mutex);
    return found;
}

size_t recorder_count(enum recorded_kind kind, long long value)
{
    size_t count = 0;
    pthread_mutex_lock(&mutex);
    for (size_t i = 0; i < total; i++) {
        count += fits(&calls[i], kind, value);
    }
    pthread_mutex_unlock(&mutex);
    return count;
}

size_t recorder_total(void)
{
    return recorder_count(ANY_CALLBACK, 0);
}

int recorder_position(enum recorded_kind kind, long long value)
{
    int position = -1;
    pthread_mutex_lock(&mutex);
    for (size_t i = 0; i < total && position < 0; i++) {
        position = fits(&calls[i], kind, value) ? (int)i : -1;
    }
    pthread_mutex_unlock(&mutex);
    return position;
}

void recorder_wait_until_idle(void)
{
    pthread_mutex_lock(&mutex);
    while (running != 0) {
        pthread_cond_wait(&more, &mutex);
    }
    pthread_mutex_unlock(&mutex);
}

bool recorder_is_busy(void)
{
    pthread_mutex_lock(&mutex);
    bool busy = running != 0;
    pthread_mutex_unlock(&mutex);
    return busy;
}
