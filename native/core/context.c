#include "context.h"

#include <string.h>

enum { MAX_LOCATION_BYTES = 1024 };

#if TIRTC_THREADS

void ti_lock(ti_context_t *context)
{
    if (context->lock != NULL) {
        context->port->threads->lock(context->lock);
    }
}

void ti_unlock(ti_context_t *context)
{
    if (context->lock != NULL) {
        context->port->threads->unlock(context->lock);
    }
}

#endif

void ti_unlock_and_wake(ti_context_t *context)
{
    bool first = !context->wake_pending;
    context->wake_pending = true;
    ti_unlock(context);
    if (first) {
        context->port->wake(context->port->context);
    }
}

uint32_t ti_now(ti_context_t *context)
{
    return context->port->mono_ms(context->port->context);
}

void *ti_allocate(ti_context_t *context, size_t size)
{
    return context->port->allocate(context->port->context, size);
}

void ti_release(ti_context_t *context, void *block, size_t size)
{
    if (block != NULL) {
        context->port->release(context->port->context, block, size);
    }
}

char *ti_copy(ti_context_t *context, ti_span_t bytes)
{
    char *copy = bytes.size > 0 ? ti_allocate(context, bytes.size) : NULL;
    if (copy != NULL) {
        memcpy(copy, bytes.data, bytes.size);
    }
    return copy;
}

uint32_t ti_random_u32(ti_context_t *context)
{
    ti_lock(context);
    uint32_t value = ti_random_next(&context->random);
    ti_unlock(context);
    return value;
}

bool ti_entropy(ti_context_t *context, void *bytes, size_t size)
{
    return context->port->entropy(context->port->context, bytes, size) == 0;
}

void ti_redirect_set(ti_context_t *context, ti_span_t location)
{
    ti_redirect_clear(context);
    size_t size = location.size < MAX_LOCATION_BYTES ? location.size : MAX_LOCATION_BYTES;
    context->redirect = ti_copy(context, ti_span(location.data, size));
    context->redirect_size = context->redirect != NULL ? size : 0;
    context->redirect_pending = true;
}

void ti_redirect_clear(ti_context_t *context)
{
    ti_release(context, context->redirect, context->redirect_size);
    context->redirect = NULL;
    context->redirect_pending = false;
}
