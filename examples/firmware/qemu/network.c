#include "network.h"

#include <string.h>

#include "lan9118.h"
#include "lwip/dns.h"
#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/netif.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"

/* A locally administered address, and the addresses of QEMU's user network: guest, router and name server. */
static const uint8_t mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
#define ADDRESS LWIP_MAKEU32(10, 0, 2, 15)
#define NETMASK LWIP_MAKEU32(255, 255, 255, 0)
#define GATEWAY LWIP_MAKEU32(10, 0, 2, 2)
#define NAME_SERVER LWIP_MAKEU32(10, 0, 2, 3)

enum { FRAME_WORDS = (LAN9118_MAX_FRAME_BYTES + 3) / 4 };

static struct netif interface;
static uint32_t frame[FRAME_WORDS]; /* lwIP copies the bytes that it keeps */

static err_t send_frame(struct netif *netif, struct pbuf *bytes)
{
    (void)netif;
    if (bytes->tot_len > LAN9118_MAX_FRAME_BYTES) {
        return ERR_BUF;
    }
    pbuf_copy_partial(bytes, frame, bytes->tot_len, 0);
    return lan9118_send(frame, bytes->tot_len) ? ERR_OK : ERR_MEM;
}

static err_t open_interface(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->output = etharp_output;
    netif->linkoutput = send_frame;
    netif->mtu = 1500;
    netif->hwaddr_len = sizeof mac;
    memcpy(netif->hwaddr, mac, sizeof mac);
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
    return lan9118_open(mac) ? ERR_OK : ERR_IF;
}

static ip4_addr_t ip4(uint32_t address)
{
    return (ip4_addr_t){lwip_htonl(address)};
}

bool network_open(void)
{
    ip4_addr_t address = ip4(ADDRESS), netmask = ip4(NETMASK), gateway = ip4(GATEWAY), name_server = ip4(NAME_SERVER);
    lwip_init();
    if (netif_add(&interface, &address, &netmask, &gateway, NULL, open_interface, ethernet_input) == NULL) {
        return false;
    }
    netif_set_default(&interface);
    netif_set_up(&interface);
    dns_setserver(0, &name_server);
    return true;
}

bool network_poll(void)
{
    size_t size = lan9118_receive(frame);
    struct pbuf *bytes = size > 0 ? pbuf_alloc(PBUF_RAW, (u16_t)size, PBUF_POOL) : NULL;
    if (bytes != NULL) { /* without memory the frame is lost, and TCP sends it again */
        pbuf_take(bytes, frame, (u16_t)size);
        if (interface.input(bytes, &interface) != ERR_OK) {
            pbuf_free(bytes);
        }
    }
    sys_check_timeouts();
    return size > 0;
}
