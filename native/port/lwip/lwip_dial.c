/* A link from its dial to its end, but for its bytes: the address of a name, then a TCP connection. */
#include "lwip.h"

#include "lwip/dns.h"
#include "lwip/sys.h"

void ti_lwip_fail(tirtc_pipe_t *link, int error)
{
    if (link->error == 0) {
        link->error = error;
        link->lwip->woken = true;
    }
}

static void free_link(tirtc_pipe_t *link)
{
    tirtc_pipe_t **at = &link->lwip->links;
    while (*at != link) {
        at = &(*at)->next;
    }
    *at = link->next;
    link->lwip->port.release(link->lwip, link, sizeof *link);
}

#if LWIP_DNS

/* On lwIP's thread, which holds the lock: a note for ti_lwip_look_at_names(). */
static void found(const char *name, const ip_addr_t *address, void *user)
{
    tirtc_pipe_t *link = user;
    (void)name;
    link->asking = false;
    link->answered = address != NULL;
    if (address != NULL) {
        link->address = *address;
    }
}

/* Returns true when the address is known at once: a numeric one, or one that lwIP remembers. */
static bool ask(tirtc_pipe_t *link, const char *host)
{
    ti_lwip_lock();
    err_t error = dns_gethostbyname(host, &link->address, found, link);
    link->asking = error == ERR_INPROGRESS; /* before the lock is given back: the answer may come at once */
    ti_lwip_unlock();
    if (error != ERR_OK && error != ERR_INPROGRESS) { /* no name server, no room in the table, a name that is none */
        ti_lwip_fail(link, TIRTC_E_HTTP_RESOLVE);
    }
    return error == ERR_OK;
}

#else

static bool ask(tirtc_pipe_t *link, const char *host)
{
    if (!ipaddr_aton(host, &link->address)) {
        ti_lwip_fail(link, TIRTC_E_HTTP_RESOLVE);
        return false;
    }
    return true;
}

#endif

static void look_at_name(tirtc_pipe_t *link)
{
    ti_lwip_lock();
    bool asking = link->asking;
    bool answered = link->answered;
    ti_lwip_unlock();
    if (!asking && link->hung_up) {
        free_link(link);
    } else if (!asking) {
        link->resolving = false;
        if (!answered) {
            ti_lwip_fail(link, TIRTC_E_HTTP_RESOLVE);
        } else if (link->error == 0) {
            ti_lwip_connect(link);
        }
    } else if ((int32_t)(sys_now() - link->resolve_by_ms) >= 0) {
        ti_lwip_fail(link, TIRTC_E_HTTP_RESOLVE);
    }
}

bool ti_lwip_look_at_names(tirtc_lwip_t *lwip)
{
    bool under_way = false;
    tirtc_pipe_t *next;
    for (tirtc_pipe_t *link = lwip->links; link != NULL; link = next) {
        next = link->next;
        if (link->resolving) {
            under_way = true;
            look_at_name(link);
        }
    }
    return under_way;
}

int ti_lwip_dial(void *context, const char *host, uint16_t port, bool secure, tirtc_pipe_t **link)
{
    tirtc_lwip_t *lwip = context;
    (void)secure; /* never: port.secure_links is false */
    tirtc_pipe_t *made = lwip->port.allocate(lwip, sizeof *made);
    if (made == NULL) {
        return TIRTC_E_HTTP_SOCKET;
    }
    *made = (tirtc_pipe_t)
    {
        .lwip = lwip, .next = lwip->links, .port = port, .resolve_by_ms = sys_now() + TI_LWIP_RESOLVE_TIMEOUT_MS,
#if !NO_SYS
        .socket = -1,
#endif
    };
    lwip->links = made;
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
    *link = made;
    return 0;
}

void ti_lwip_hang_up(void *context, tirtc_pipe_t *link)
{
    (void)context;
    ti_lwip_disconnect(link);
    if (link->resolving) {
        link->hung_up = true; /* freed when the name is answered */
    } else {
        free_link(link);
    }
}
