/* A pipe from its dial to its end, except its bytes: the address of a name, then a TCP connection. */
#include "lwip.h"

#include "lwip/dns.h"
#include "lwip/sys.h"

void ti_lwip_fail(tirtc_pipe_t *pipe, int error)
{
    if (pipe->error == 0) {
        pipe->error = error;
        pipe->lwip->woken = true;
    }
}

static void free_pipe(tirtc_pipe_t *pipe)
{
    tirtc_pipe_t **at = &pipe->lwip->pipes;
    while (*at != pipe) {
        at = &(*at)->next;
    }
    *at = pipe->next;
    pipe->lwip->port.release(pipe->lwip, pipe, sizeof *pipe);
}

#if LWIP_DNS

/* Called on lwIP's thread, which holds the lock. Stores the answer for ti_lwip_check_names(). */
static void found(const char *name, const ip_addr_t *address, void *user)
{
    tirtc_pipe_t *pipe = user;
    (void)name;
    pipe->asking = false;
    pipe->answered = address != NULL;
    if (address != NULL) {
        pipe->address = *address;
    }
}

/* Ask for an address. Returns true when it is known at once: a numeric one, or one that lwIP has cached. */
static bool ask(tirtc_pipe_t *pipe, const char *host)
{
    ti_lwip_lock();
    err_t error = dns_gethostbyname(host, &pipe->address, found, pipe);
    pipe->asking = error == ERR_INPROGRESS; /* set before the lock is released: the answer may arrive at once */
    ti_lwip_unlock();
    if (error != ERR_OK && error != ERR_INPROGRESS) { /* no name server, no room in the table, or an invalid name */
        ti_lwip_fail(pipe, TIRTC_E_HTTP_RESOLVE);
    }
    return error == ERR_OK;
}

#else

static bool ask(tirtc_pipe_t *pipe, const char *host)
{
    if (!ipaddr_aton(host, &pipe->address)) {
        ti_lwip_fail(pipe, TIRTC_E_HTTP_RESOLVE);
        return false;
    }
    return true;
}

#endif

static void check_name(tirtc_pipe_t *pipe)
{
    ti_lwip_lock();
    bool asking = pipe->asking;
    bool answered = pipe->answered;
    ti_lwip_unlock();
    if (!asking && pipe->hung_up) {
        free_pipe(pipe);
    } else if (!asking) {
        pipe->resolving = false;
        if (!answered) {
            ti_lwip_fail(pipe, TIRTC_E_HTTP_RESOLVE);
        } else if (pipe->error == 0) {
            ti_lwip_connect(pipe);
        }
    } else if ((int32_t)(sys_now() - pipe->resolve_by_ms) >= 0) {
        ti_lwip_fail(pipe, TIRTC_E_HTTP_RESOLVE);
    }
}

bool ti_lwip_check_names(tirtc_lwip_t *lwip)
{
    bool in_progress = false;
    tirtc_pipe_t *next;
    for (tirtc_pipe_t *pipe = lwip->pipes; pipe != NULL; pipe = next) {
        next = pipe->next;
        if (pipe->resolving) {
            in_progress = true;
            check_name(pipe);
        }
    }
    return in_progress;
}

int ti_lwip_dial(void *context, const char *host, uint16_t port, bool secure, tirtc_pipe_t **pipe)
{
    tirtc_lwip_t *lwip = context;
    (void)secure; /* always false: port.secure_pipes is false */
    tirtc_pipe_t *made = lwip->port.allocate(lwip, sizeof *made);
    if (made == NULL) {
        return TIRTC_E_HTTP_SOCKET;
    }
    *made = (tirtc_pipe_t)
    {
        .lwip = lwip, .next = lwip->pipes, .port = port, .resolve_by_ms = sys_now() + TI_LWIP_RESOLVE_TIMEOUT_MS,
#if !NO_SYS
        .socket = -1,
#endif
    };
    lwip->pipes = made;
    if (ask(made, host)) {
        ti_lwip_connect(made);
    } else {
        made->resolving = made->error == 0;
    }
    int error = made->error;
    if (error != 0) {
        ti_lwip_hang_up(lwip, made);
        return error;
    }
    *pipe = made;
    return 0;
}

void ti_lwip_hang_up(void *context, tirtc_pipe_t *pipe)
{
    (void)context;
    ti_lwip_disconnect(pipe);
    if (pipe->resolving) {
        pipe->hung_up = true; /* freed when the name is answered */
    } else {
        free_pipe(pipe);
    }
}
