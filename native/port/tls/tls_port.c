/* The port around a port. */
#include "tls.h"

static const tirtc_port_t *below_of(void *context)
{
    return ((const tirtc_tls_port_t *)context)->below;
}

static uint32_t mono_ms(void *context)
{
    const tirtc_port_t *below = below_of(context);
    return below->mono_ms(below->context);
}

static int64_t wall_s(void *context)
{
    return ti_tls_wall_s(below_of(context));
}

static int entropy(void *context, void *out, size_t size)
{
    const tirtc_port_t *below = below_of(context);
    return below->entropy(below->context, out, size);
}

static void *allocate(void *context, size_t size)
{
    const tirtc_port_t *below = below_of(context);
    return below->allocate(below->context, size);
}

static void release(void *context, void *block, size_t size)
{
    const tirtc_port_t *below = below_of(context);
    below->release(below->context, block, size);
}

static void wake(void *context)
{
    const tirtc_port_t *below = below_of(context);
    below->wake(below->context);
}

static void write_log(void *context, int level, const char *module, const char *text, size_t size)
{
    const tirtc_port_t *below = below_of(context);
    below->log(below->context, level, module, text, size);
}

void tirtc_tls_wrap(tirtc_tls_port_t *secure, tirtc_tls_t *tls, const tirtc_port_t *below)
{
    *secure = (tirtc_tls_port_t){
        .port =
            {
                .context = secure,
                .mono_ms = mono_ms,
                .entropy = entropy,
                .allocate = allocate,
                .release = release,
                .dial = ti_tls_dial,
                .send = ti_tls_send,
                .receive = ti_tls_receive,
                .pending = ti_tls_pending,
                .hang_up = ti_tls_hang_up,
                .wake = wake,
                .log = below->log != NULL ? write_log : NULL,
                .threads = below->threads,
                .secure_pipes = true,
                .wall_s = wall_s,
            },
        .below = below,
        .tls = tls,
    };
}
