/* What the files of the lwIP port share: the pipe. lwIP's own configuration chooses the implementation: lwip_raw.c
 * without an operating system (NO_SYS=1), lwip_sockets.c with one. */
#ifndef TI_LWIP_LWIP_H
#define TI_LWIP_LWIP_H

#include "lwip/tcp.h"
#include "lwip/tcpip.h"
#include "tirtc_lwip.h"

#if !NO_SYS && !(LWIP_SOCKET && LWIP_SOCKET_SELECT && LWIP_TCPIP_CORE_LOCKING)
#error "TiRTC's lwIP port needs LWIP_SOCKET=1, LWIP_SOCKET_SELECT=1 and LWIP_TCPIP_CORE_LOCKING=1 in lwipopts.h"
#endif

enum { TI_LWIP_RESOLVE_TIMEOUT_MS = 5000 };

struct tirtc_pipe {
    tirtc_lwip_t *lwip;
    struct tirtc_pipe *next; /* in lwip->pipes */
    uint32_t resolve_by_ms;
    int error; /* TIRTC_E_HTTP_*, 0 while alive */
    uint16_t port;
    bool resolving; /* the address is not known yet */
    bool up;
    bool blocked;  /* send returned 0 */
    bool hung_up;  /* kept only until lwIP has answered its name */
    bool asking;   /* lwIP's DNS has a pointer to this pipe and will call back; until then it cannot be freed */
    bool answered; /* the name was answered with an address */
    ip_addr_t address;
#if NO_SYS
    struct tcp_pcb *pcb;   /* NULL before the address is known and after the connection ended */
    struct pbuf *received; /* received bytes that were not taken yet */
    bool peer_closed;      /* everything was received */
#else
    int socket;   /* negative before the address is known */
    bool starved; /* receive returned 0 */
#endif
};

/* lwIP's DNS belongs to its own thread, if it has one. */
static inline void ti_lwip_lock(void)
{
#if !NO_SYS
    LOCK_TCPIP_CORE();
#endif
}

static inline void ti_lwip_unlock(void)
{
#if !NO_SYS
    UNLOCK_TCPIP_CORE();
#endif
}

/** Begin the TCP connection of a pipe whose address is known. A failure is stored in the pipe. */
void ti_lwip_connect(tirtc_pipe_t *pipe);

/** End what ti_lwip_connect() began. */
void ti_lwip_disconnect(tirtc_pipe_t *pipe);

/** Mark a pipe dead and wake its device, unless it is dead already. */
void ti_lwip_fail(tirtc_pipe_t *pipe, int error);

/** The functions of tirtc_port_t. */
int ti_lwip_dial(void *context, const char *host, uint16_t port, bool secure, tirtc_pipe_t **pipe);
int ti_lwip_send(void *context, tirtc_pipe_t *pipe, const void *data, size_t size);
int ti_lwip_receive(void *context, tirtc_pipe_t *pipe, void *data, size_t size);
void ti_lwip_hang_up(void *context, tirtc_pipe_t *pipe);

/** Let lwIP run, at most `max_ms`; the results are stored in the pipes. */
void ti_lwip_run(tirtc_lwip_t *lwip, uint32_t max_ms);

/** Continue the dials whose names were resolved, and fail those that took too long. Returns true while names are being
 *  resolved. */
bool ti_lwip_check_names(tirtc_lwip_t *lwip);

#endif
