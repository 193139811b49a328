#include "porting.h"

#include <string.h>

#include "peer_words.h"

enum {
    LINE_BYTES = 160,
    PATIENCE_MS = 10000,
    WAIT_MS = 20,
    MOST_READS = 10000000 /* limit of reads, in case the clock stands still */
};

static const porting_site_t *site;

void porting_begin(void)
{
    site = porting_site();
}

const porting_site_t *porting_here(void)
{
    return site;
}

const tirtc_port_t *porting_port(void)
{
    return site->platform->port;
}

static void print(const char *line, size_t size)
{
    site->platform->print(porting_port()->context, line, size);
}

void porting_say(const char *text, const char *more)
{
    char line[LINE_BYTES];
    size_t size = strlen(text);
    size_t more_size = more != NULL ? strlen(more) : 0;
    if (size + more_size > sizeof line) {
        print(text, size);
        print(more, more_size);
        return;
    }
    memcpy(line, text, size);
    if (more_size > 0) {
        memcpy(line + size, more, more_size);
    }
    print(line, size + more_size);
}

int porting_end(const char *wrong)
{
    porting_say(wrong == NULL ? "ok" : "wrong: ", wrong);
    return wrong == NULL ? 0 : 1;
}

uint32_t porting_now_ms(void)
{
    return porting_port()->mono_ms(porting_port()->context);
}

bool porting_passed(uint32_t since_ms, uint32_t ms)
{
    return porting_now_ms() - since_ms >= ms;
}

bool porting_wait(uint32_t max_ms)
{
    const tirtc_platform_t *platform = site->platform;
    if (platform->wait != NULL) {
        return platform->wait(platform->port->context, max_ms);
    }
    uint32_t since_ms = porting_now_ms();
    for (long reads = 0; reads < MOST_READS && !porting_passed(since_ms, max_ms); reads++) {
    }
    return false;
}

void porting_rest(uint32_t ms)
{
    for (uint32_t since_ms = porting_now_ms(); !porting_passed(since_ms, ms);) {
        (void)porting_wait(WAIT_MS);
    }
}

tirtc_pipe_t *porting_dial(uint16_t offset, int *error)
{
    const tirtc_port_t *port = porting_port();
    tirtc_pipe_t *pipe = NULL;
    int failed = port->dial(port->context, site->peer_host, (uint16_t)(site->peer_port + offset), false, &pipe);
    if (error != NULL) {
        *error = failed;
    }
    return failed == 0 ? pipe : NULL;
}

int porting_send(tirtc_pipe_t *pipe, const void *data, size_t size)
{
    const tirtc_port_t *port = porting_port();
    const char *at = data;
    uint32_t since_ms = porting_now_ms();
    while (size > 0) {
        int sent = port->send(port->context, pipe, at, size);
        if (sent < 0) {
            return sent;
        }
        if (sent == 0 && porting_passed(since_ms, PATIENCE_MS)) {
            return TIRTC_E_TIMEOUTED;
        }
        if (sent == 0) {
            (void)porting_wait(WAIT_MS);
        } else {
            since_ms = porting_now_ms();
        }
        at += sent;
        size -= (size_t)sent;
    }
    return 0;
}

tirtc_pipe_t *porting_ask(const char *request)
{
    tirtc_pipe_t *pipe = porting_dial(PEER_SERVES, NULL);
    if (pipe != NULL && porting_send(pipe, request, strlen(request)) != 0) {
        porting_hang_up(pipe);
        return NULL;
    }
    return pipe;
}

int porting_receive(tirtc_pipe_t *pipe, void *data, size_t size, uint32_t ms)
{
    const tirtc_port_t *port = porting_port();
    uint32_t since_ms = porting_now_ms();
    int received = port->receive(port->context, pipe, data, size);
    while (received == 0 && !porting_passed(since_ms, ms)) {
        (void)porting_wait(WAIT_MS);
        received = port->receive(port->context, pipe, data, size);
    }
    return received;
}

int porting_receive_all(tirtc_pipe_t *pipe, void *data, size_t size, uint32_t ms)
{
    char *at = data;
    while (size > 0) {
        int received = porting_receive(pipe, at, size, ms);
        if (received <= 0) {
            return received < 0 ? received : TIRTC_E_TIMEOUTED;
        }
        at += received;
        size -= (size_t)received;
    }
    return 0;
}

bool porting_hears(tirtc_pipe_t *pipe, const char *text)
{
    char heard[32];
    size_t size = strlen(text);
    return size <= sizeof heard && porting_receive_all(pipe, heard, size, PATIENCE_MS) == 0 &&
           memcmp(heard, text, size) == 0;
}

void porting_hang_up(tirtc_pipe_t *pipe)
{
    const tirtc_port_t *port = porting_port();
    if (pipe != NULL && port->hang_up != NULL) { /* hang_up may not be written yet */
        port->hang_up(port->context, pipe);
    }
}
