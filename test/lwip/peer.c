#include "peer.h"

#include <lwip/tcp.h>

static void send_more(peer_t *peer)
{
    uint8_t block[512];
    while (peer->pcb != NULL && peer->sent_bytes < peer->sending_bytes) {
        size_t left = peer->sending_bytes - peer->sent_bytes;
        size_t size = left < sizeof block ? left : sizeof block;
        for (size_t i = 0; i < size; i++) {
            block[i] = pattern_byte(peer->sent_bytes + i);
        }
        if (tcp_sndbuf(peer->pcb) < size || tcp_write(peer->pcb, block, (u16_t)size, TCP_WRITE_FLAG_COPY) != ERR_OK) {
            break;
        }
        peer->sent_bytes += size;
    }
    if (peer->pcb != NULL) {
        (void)tcp_output(peer->pcb);
    }
}

static err_t on_received(void *user, struct tcp_pcb *pcb, struct pbuf *bytes, err_t error)
{
    peer_t *peer = user;
    (void)error;
    if (bytes == NULL) {
        peer->ended = true;
        return ERR_OK;
    }
    REQUIRE(peer->received_bytes + bytes->tot_len <= PEER_MOST_BYTES);
    pbuf_copy_partial(bytes, peer->received + peer->received_bytes, bytes->tot_len, 0);
    peer->received_bytes += bytes->tot_len;
    if (peer->reading) {
        tcp_recved(pcb, bytes->tot_len);
    } else {
        peer->unacknowledged += bytes->tot_len;
    }
    pbuf_free(bytes);
    return ERR_OK;
}

static err_t on_sent(void *user, struct tcp_pcb *pcb, u16_t size)
{
    (void)pcb;
    (void)size;
    send_more(user);
    return ERR_OK;
}

static err_t on_poll(void *user, struct tcp_pcb *pcb)
{
    (void)pcb;
    send_more(user);
    return ERR_OK;
}

static void on_error(void *user, err_t error)
{
    peer_t *peer = user;
    (void)error;
    peer->pcb = NULL;
    peer->broken = true;
}

static err_t on_accepted(void *user, struct tcp_pcb *pcb, err_t error)
{
    peer_t *peer = user;
    REQUIRE(error == ERR_OK && peer->pcb == NULL);
    peer->pcb = pcb;
    peer->came = true;
    peer->over_ipv6 = IP_IS_V6(&pcb->remote_ip);
    tcp_arg(pcb, peer);
    tcp_recv(pcb, on_received);
    tcp_sent(pcb, on_sent);
    tcp_poll(pcb, on_poll, 1);
    tcp_err(pcb, on_error);
    return ERR_OK;
}

void peer_open(peer_t *peer)
{
    memset(peer, 0, sizeof *peer);
    peer->reading = true;
    world_lock();
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);
    REQUIRE(pcb != NULL && tcp_bind(pcb, IP_ANY_TYPE, 0) == ERR_OK);
    peer->port = pcb->local_port;
    peer->listener = tcp_listen(pcb);
    REQUIRE(peer->listener != NULL);
    tcp_arg(peer->listener, peer);
    tcp_accept(peer->listener, on_accepted);
    world_unlock();
}

void peer_close(peer_t *peer)
{
    peer_reset(peer);
    world_lock();
    tcp_close(peer->listener);
    world_unlock();
}

void peer_read(peer_t *peer, bool reading)
{
    world_lock();
    peer->reading = reading;
    if (reading && peer->pcb != NULL) {
        tcp_recved(peer->pcb, (u16_t)peer->unacknowledged);
        peer->unacknowledged = 0;
    }
    world_unlock();
}

void peer_send(peer_t *peer, size_t bytes)
{
    world_lock();
    peer->sending_bytes = bytes;
    send_more(peer);
    world_unlock();
}

void peer_end(peer_t *peer)
{
    world_lock();
    REQUIRE(peer->pcb != NULL && tcp_shutdown(peer->pcb, 0, 1) == ERR_OK);
    world_unlock();
}

void peer_reset(peer_t *peer)
{
    world_lock();
    if (peer->pcb != NULL) {
        tcp_err(peer->pcb, NULL);
        tcp_abort(peer->pcb);
        peer->pcb = NULL;
    }
    world_unlock();
}

size_t peer_received(peer_t *peer)
{
    world_lock();
    size_t bytes = peer->received_bytes;
    world_unlock();
    return bytes;
}

bool peer_came(void *user)
{
    peer_t *peer = user;
    world_lock();
    bool came = peer->came;
    world_unlock();
    return came;
}

bool peer_saw_the_end(void *user)
{
    peer_t *peer = user;
    world_lock();
    bool ended = peer->ended || peer->broken;
    world_unlock();
    return ended;
}
