#include "spy_port.h"

static uint32_t mono_ms(void *context)
{
    const spy_t *spy = context;
    uint32_t now_ms = spy->under->mono_ms(spy->under->context);
    return spy->on_clock != NULL ? spy->on_clock(spy->user, now_ms) : now_ms;
}

static int entropy(void *context, void *out, size_t size)
{
    const tirtc_port_t *under = ((spy_t *)context)->under;
    return under->entropy(under->context, out, size);
}

static void *allocate(void *context, size_t size)
{
    spy_t *spy = context;
    spy->allocations++;
    if (spy->on_allocate != NULL) {
        spy->on_allocate(spy->user);
    }
    return spy->under->allocate(spy->under->context, size);
}

static void release(void *context, void *block, size_t size)
{
    spy_t *spy = context;
    if (spy->on_release != NULL) {
        spy->on_release(spy->user, block, size);
    }
    spy->under->release(spy->under->context, block, size);
}

static int dial(void *context, const char *host, uint16_t port, bool secure, tirtc_pipe_t **pipe)
{
    const tirtc_port_t *under = ((spy_t *)context)->under;
    return under->dial(under->context, host, port, secure, pipe);
}

static int send_bytes(void *context, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    spy_t *spy = context;
    int sent = spy->under->send(spy->under->context, pipe, data, size);
    spy->sends += sent > 0 ? 1 : 0;
    spy->sent_bytes += sent > 0 ? (size_t)sent : 0;
    if (sent > 0 && spy->on_send != NULL) {
        spy->on_send(spy->user, pipe, data, (size_t)sent);
    }
    return sent;
}

static int receive_bytes(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    spy_t *spy = context;
    int received = spy->under->receive(spy->under->context, pipe, data, size);
    spy->received_bytes += received > 0 ? (size_t)received : 0;
    return received;
}

static void hang_up(void *context, tirtc_pipe_t *pipe)
{
    spy_t *spy = context;
    if (spy->on_hang_up != NULL) {
        spy->on_hang_up(spy->user, pipe);
    }
    spy->under->hang_up(spy->under->context, pipe);
}

static void wake(void *context)
{
    spy_t *spy = context;
    spy->wakes++;
    spy->under->wake(spy->under->context);
}

static void log_line(void *context, int level, const char *module, const char *text, size_t size)
{
    const tirtc_port_t *under = ((spy_t *)context)->under;
    under->log(under->context, level, module, text, size);
}

void spy_init(spy_t *spy, const tirtc_port_t *under)
{
    *spy = (spy_t){.under = under};
    spy->port = (tirtc_port_t){
        .context = spy,
        .mono_ms = mono_ms,
        .entropy = entropy,
        .allocate = allocate,
        .release = release,
        .dial = dial,
        .send = send_bytes,
        .receive = receive_bytes,
        .hang_up = hang_up,
        .wake = wake,
        .log = under->log != NULL ? log_line : NULL,
        .threads = under->threads,
        .secure_pipes = under->secure_pipes,
    };
}
