/* From a host's name or address to a TCP connection under way. */
#include "lwip.h"

#include "lwip/dns.h"
#include "lwip/sys.h"

void ti_lwip_fail(tirtc_link_t *link, int error)
{
    if (link->error == 0) {
        link->error = error;
        link->lwip->woken = true;
    }
}

void ti_lwip_free(tirtc_link_t *link)
{
    link->lwip->port.release(link->lwip, link, sizeof *link);
}

void ti_lwip_forget_name(tirtc_link_t *link)
{
    for (tirtc_link_t **at = &link->lwip->resolving; *at != NULL; at = &(*at)->next) {
        if (*at == link) {
            *at = link->next;
            return;
        }
    }
}

void ti_lwip_expire_names(tirtc_lwip_t *lwip)
{
    for (tirtc_link_t *link = lwip->resolving; link != NULL; link = link->next) {
        if ((int32_t)(sys_now() - link->resolve_by_ms) >= 0) {
            ti_lwip_fail(link, TIRTC_E_HTTP_RESOLVE);
        }
    }
}

#if LWIP_DNS

static void found(const char *name, const ip_addr_t *address, void *user)
{
    tirtc_link_t *link = user;
    (void)name;
    link->asking = false;
    if (link->hung_up) {
        ti_lwip_free(link);
        return;
    }
    ti_lwip_forget_name(link);
    if (address == NULL) {
        ti_lwip_fail(link, TIRTC_E_HTTP_RESOLVE);
    } else if (link->error == 0) {
        ti_lwip_connect(link, address);
    }
}

/* A numeric address, or one that lwIP remembers, is known at once. */
static int resolve(tirtc_link_t *link, const char *host)
{
    ip_addr_t address;
    switch (dns_gethostbyname(host, &address, found, link)) {
    case ERR_OK:
        ti_lwip_connect(link, &address);
        return 0;
    case ERR_INPROGRESS:
        link->asking = true;
        link->resolve_by_ms = sys_now() + TI_LWIP_RESOLVE_TIMEOUT_MS;
        link->next = link->lwip->resolving;
        link->lwip->resolving = link;
        return 0;
    default: /* no name server, no room in the table, a name that is none */
        return TIRTC_E_HTTP_RESOLVE;
    }
}

#else

static int resolve(tirtc_link_t *link, const char *host)
{
    ip_addr_t address;
    if (!ipaddr_aton(host, &address)) {
        return TIRTC_E_HTTP_RESOLVE;
    }
    ti_lwip_connect(link, &address);
    return 0;
}

#endif

int ti_lwip_dial(void *context, const char *host, uint16_t port, bool secure, tirtc_link_t **link)
{
    tirtc_lwip_t *lwip = context;
    (void)secure; /* never: port.secure_links is false */
    tirtc_link_t *made = lwip->port.allocate(lwip, sizeof *made);
    if (made == NULL) {
        return TIRTC_E_HTTP_SOCKET;
    }
    *made = (tirtc_link_t){.lwip = lwip, .port = port};
    int error = resolve(made, host);
    if (error == 0 && made->error != 0) {
        error = made->error;
    }
    if (error != 0) {
        ti_lwip_free(made);
        return error;
    }
    *link = made;
    return 0;
}
