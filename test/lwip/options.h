/* lwIP for both variants of the tests: loopback only, IPv4 and IPv6, names, and so little memory that it runs out. */
#ifndef TEST_LWIP_OPTIONS_H
#define TEST_LWIP_OPTIONS_H

#define LWIP_ARP 0
#define LWIP_ETHERNET 0
#define LWIP_IPV4 1
#define LWIP_IPV6 1
#define LWIP_DNS 1
#define LWIP_NETIF_LOOPBACK 1
#define LWIP_HAVE_LOOPIF 1
#define LWIP_STATS 1
#define MEM_STATS 1
#define MEMP_STATS 1

#define MEM_ALIGNMENT 8
#define MEM_SIZE (96 * 1024)
#define MEMP_NUM_TCP_PCB 10
#define MEMP_NUM_TCP_SEG 64
#define MEMP_NUM_UDP_PCB 8
#define MEMP_NUM_NETCONN 10
#define PBUF_POOL_SIZE 32

#define TCP_MSS 1460
#define TCP_WND (4 * TCP_MSS)
#define TCP_SND_BUF (4 * TCP_MSS)
#define TCP_SND_QUEUELEN 32
#define TCP_MSL 250 /* ms: the side that closes first keeps a PCB for twice as long */

#endif
