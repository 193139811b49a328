/* NO_SYS=1: a TCP connection as a byte pipe by lwIP's raw API. lwIP's callbacks store what happened in the pipe and set
 * the wake flag; the functions of the port, called from steps, act on it. */
#include "lwip.h"

#if NO_SYS

enum {
    POLL_EVERY = 1, /* in half seconds: the delay before a send that found no memory is tried again */
    MAX_BYTES = 0xffff
};

static void wake_device(tirtc_pipe_t *pipe)
{
    pipe->lwip->woken = true;
}

static err_t on_connected(void *user, struct tcp_pcb *pcb, err_t error)
{
    tirtc_pipe_t *pipe = user;
    (void)pcb;
    (void)error; /* always ERR_OK: on_error reports failures */
    pipe->up = true;
    wake_device(pipe);
    return ERR_OK;
}

/* The length of a pbuf chain has 16 bits. lwIP offers refused bytes again. */
static err_t on_received(void *user, struct tcp_pcb *pcb, struct pbuf *bytes, err_t error)
{
    tirtc_pipe_t *pipe = user;
    (void)pcb;
    (void)error;
    if (bytes == NULL) {
        pipe->peer_closed = true;
    } else if (pipe->received == NULL) {
        pipe->received = bytes;
    } else if (pipe->received->tot_len + bytes->tot_len > MAX_BYTES) {
        return ERR_MEM;
    } else {
        pbuf_cat(pipe->received, bytes);
    }
    wake_device(pipe);
    return ERR_OK;
}

static err_t on_room(tirtc_pipe_t *pipe)
{
    if (pipe->blocked) {
        pipe->blocked = false;
        wake_device(pipe);
    }
    return ERR_OK;
}

static err_t on_sent(void *user, struct tcp_pcb *pcb, u16_t size)
{
    (void)pcb;
    (void)size;
    return on_room(user);
}

/* Needed for a send that failed for lack of memory: if nothing is in transit, on_sent is not called. */
static err_t on_poll(void *user, struct tcp_pcb *pcb)
{
    (void)pcb;
    return on_room(user);
}

/* lwIP has freed the PCB. */
static void on_error(void *user, err_t error)
{
    tirtc_pipe_t *pipe = user;
    pipe->pcb = NULL;
    if (!pipe->up) {
        ti_lwip_fail(pipe, TIRTC_E_HTTP_SERVER_DOWN);
    } else {
        ti_lwip_fail(pipe, error == ERR_CLSD ? TIRTC_E_HTTP_PEER_CLOSED : TIRTC_E_HTTP_RESET);
    }
}

void ti_lwip_connect(tirtc_pipe_t *pipe)
{
    struct tcp_pcb *pcb = tcp_new_ip_type(IP_GET_TYPE(&pipe->address));
    if (pcb == NULL) {
        ti_lwip_fail(pipe, TIRTC_E_HTTP_SOCKET);
        return;
    }
    tcp_arg(pcb, pipe);
    tcp_recv(pcb, on_received);
    tcp_sent(pcb, on_sent);
    tcp_err(pcb, on_error);
    tcp_poll(pcb, on_poll, POLL_EVERY);
    tcp_nagle_disable(pcb);
    pipe->pcb = pcb;
    err_t error = tcp_connect(pcb, &pipe->address, pipe->port, on_connected);
    if (error != ERR_OK) {
        pipe->pcb = NULL;
        tcp_arg(pcb, NULL);
        tcp_err(pcb, NULL);
        tcp_abort(pcb);
        ti_lwip_fail(pipe, error == ERR_RTE ? TIRTC_E_HTTP_SERVER_DOWN : TIRTC_E_HTTP_SOCKET);
    }
}

/* Write as much as lwIP has room and memory for: on failure try half of it. */
static uint16_t write_some(struct tcp_pcb *pcb, const void *data, size_t size)
{
    size_t room = tcp_sndbuf(pcb);
    size_t most = size < room ? size : room;
    for (uint16_t bytes = (uint16_t)(most < MAX_BYTES ? most : MAX_BYTES); bytes > 0; bytes /= 2) {
        if (tcp_write(pcb, data, bytes, TCP_WRITE_FLAG_COPY) == ERR_OK) {
            return bytes;
        }
    }
    return 0;
}

int ti_lwip_send(void *context, tirtc_pipe_t *pipe, const void *data, size_t size)
{
    (void)context;
    if (pipe->error != 0) {
        return pipe->error;
    }
    if (!pipe->up) {
        return 0; /* on_connected wakes the device */
    }
    uint16_t bytes = write_some(pipe->pcb, data, size);
    pipe->blocked = bytes == 0;
    if (bytes > 0) {
        (void)tcp_output(pipe->pcb); /* bytes that cannot leave now leave with lwIP's timers */
    }
    return bytes;
}

int ti_lwip_receive(void *context, tirtc_pipe_t *pipe, void *data, size_t size)
{
    (void)context;
    if (pipe->received == NULL) {
        return pipe->error == 0 && pipe->peer_closed ? TIRTC_E_HTTP_PEER_CLOSED : pipe->error;
    }
    uint16_t bytes = (uint16_t)(size < pipe->received->tot_len ? size : pipe->received->tot_len);
    pbuf_copy_partial(pipe->received, data, bytes, 0);
    pipe->received = pbuf_free_header(pipe->received, bytes);
    if (pipe->pcb != NULL) {
        tcp_recved(pipe->pcb, bytes);
    }
    return bytes;
}

/* Acknowledge received bytes that were not taken: otherwise lwIP resets the connection, and the last bytes sent are
 * lost. */
static void close_pcb(tirtc_pipe_t *pipe)
{
    struct tcp_pcb *pcb = pipe->pcb;
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_sent(pcb, NULL);
    tcp_err(pcb, NULL);
    tcp_poll(pcb, NULL, 0);
    if (pipe->received != NULL) {
        tcp_recved(pcb, pipe->received->tot_len);
    }
    if (tcp_close(pcb) != ERR_OK) {
        tcp_abort(pcb);
    }
}

void ti_lwip_disconnect(tirtc_pipe_t *pipe)
{
    if (pipe->pcb != NULL) {
        close_pcb(pipe);
    }
    if (pipe->received != NULL) {
        pbuf_free(pipe->received);
    }
}

void ti_lwip_run(tirtc_lwip_t *lwip, uint32_t max_ms)
{
    lwip->board->run(lwip->board->context, max_ms);
}

#endif
