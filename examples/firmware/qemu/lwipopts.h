/* lwIP for this image: no operating system, one interface, IPv4 with a fixed address, TCP and names. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0 /* only main() calls lwIP */
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#define LWIP_STATS 0
#define LWIP_IPV6 0
#define LWIP_DNS 1
#define LWIP_NETIF_LOOPBACK 0

#define MEM_ALIGNMENT 8
#define MEM_SIZE (48 * 1024) /* frames to send, and the port's pipes; TiRTC has its own memory (board.c) */
#define MEMP_NUM_TCP_SEG 64
#define MEMP_NUM_TCP_PCB 8
#define PBUF_POOL_SIZE 24

#define TCP_MSS 1460
#define TCP_WND (4 * TCP_MSS) /* the capacity of the LAN9118's receive FIFO; a larger window overruns it */
#define TCP_SND_BUF (8 * TCP_MSS)
#define TCP_SND_QUEUELEN 64

#endif
