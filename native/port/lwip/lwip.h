/* What the files of the lwIP port share: the link. */
#ifndef TI_LWIP_LWIP_H
#define TI_LWIP_LWIP_H

#include "lwip/tcp.h"
#include "tirtc_lwip.h"

enum { TI_LWIP_RESOLVE_TIMEOUT_MS = 5000 };

struct tirtc_link {
    tirtc_lwip_t *lwip;
    struct tirtc_link *next; /* in lwip->resolving */
    struct tcp_pcb *pcb;     /* NULL before the address is known and after the end */
    struct pbuf *received;   /* what has come and was not taken yet */
    uint32_t resolve_by_ms;
    int error; /* TIRTC_E_HTTP_*, 0 while alive */
    uint16_t port;
    bool up;
    bool blocked;     /* send returned 0 */
    bool asking;      /* lwIP's DNS holds this link and will call back; until then it cannot be freed */
    bool peer_closed; /* everything has come */
    bool hung_up;     /* kept only for that call */
};

/** Begin the TCP connection of a link whose address is known now. A failure is left in the link. */
void ti_lwip_connect(tirtc_link_t *link, const ip_addr_t *address);

/** Mark a link dead, unless it is, and have its owner told. */
void ti_lwip_fail(tirtc_link_t *link, int error);

/** The functions of tirtc_port_t. */
int ti_lwip_dial(void *context, const char *host, uint16_t port, bool secure, tirtc_link_t **link);
int ti_lwip_send(void *context, tirtc_link_t *link, const void *data, size_t size);
int ti_lwip_receive(void *context, tirtc_link_t *link, void *data, size_t size);
void ti_lwip_hang_up(void *context, tirtc_link_t *link);

/** Fail the links whose names took too long. */
void ti_lwip_expire_names(tirtc_lwip_t *lwip);

/** Take a link off the list of those that wait for an address; it may not be on it. Free it, and nothing else. */
void ti_lwip_forget_name(tirtc_link_t *link);
void ti_lwip_free(tirtc_link_t *link);

#endif
