/* The reference for the binding: a thread that makes one ThreadSafeFunction call per event, with a copied Buffer.
 *
 *     run(size, count, handler)        handler(buffer) is called `count` times; the last call has undefined
 */
#include <node_api.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_SIZE 1024

typedef struct run {
    pthread_t thread;
    napi_threadsafe_function call;
    size_t size;
    unsigned count;
} run_t;

typedef struct event {
    size_t size;
    unsigned char data[];
} event_t;

static void on_call(napi_env env, napi_value handler, void *context, void *data)
{
    napi_value undefined, argument;
    event_t *event = data;
    (void)context;
    if (env == NULL) {
        free(event);
        return;
    }
    napi_get_undefined(env, &undefined);
    argument = undefined;
    if (event != NULL) {
        napi_create_buffer_copy(env, event->size, event->data, NULL, &argument);
    }
    napi_call_function(env, undefined, handler, 1, &argument, NULL);
    free(event);
}

static void *produce(void *argument)
{
    run_t *run = argument;
    unsigned char *source = calloc(1, run->size);
    for (unsigned i = 0; i < run->count && source != NULL; i++) {
        event_t *event = malloc(sizeof *event + run->size);
        if (event == NULL) {
            break;
        }
        event->size = run->size;
        memcpy(event->data, source, run->size);
        napi_call_threadsafe_function(run->call, event, napi_tsfn_blocking);
    }
    napi_call_threadsafe_function(run->call, NULL, napi_tsfn_blocking);
    napi_release_threadsafe_function(run->call, napi_tsfn_release);
    free(source);
    return NULL;
}

static void on_finalize(napi_env env, void *data, void *hint)
{
    run_t *run = data;
    (void)env;
    (void)hint;
    pthread_join(run->thread, NULL);
    free(run);
}

static napi_value start_run(napi_env env, napi_callback_info info)
{
    napi_value arguments[3], name;
    size_t count = 3;
    uint32_t size, events;
    run_t *run = calloc(1, sizeof *run);
    if (run == NULL || napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok) {
        free(run);
        return NULL;
    }
    napi_get_value_uint32(env, arguments[0], &size);
    napi_get_value_uint32(env, arguments[1], &events);
    run->size = size;
    run->count = events;
    napi_create_string_utf8(env, "copying_addon", NAPI_AUTO_LENGTH, &name);
    napi_create_threadsafe_function(env, arguments[2], NULL, name, QUEUE_SIZE, 1, run, on_finalize, NULL, on_call,
                                    &run->call);
    pthread_create(&run->thread, NULL, produce, run);
    return NULL;
}

NAPI_MODULE_INIT()
{
    napi_value function;
    napi_create_function(env, "run", NAPI_AUTO_LENGTH, start_run, NULL, &function);
    napi_set_named_property(env, exports, "run", function);
    return exports;
}
