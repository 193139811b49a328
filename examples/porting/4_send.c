/* 4_send.c - send more bytes than the network can hold. Uses send of your port. The peer prints what it received. */
#include "porting.h"

#include "peer_words.h"

enum { BYTES = 300000, CHUNK_BYTES = 1000, PATIENCE_MS = 20000 };

static const char *send_all(tirtc_pipe_t *pipe)
{
    const tirtc_port_t *port = porting_port();
    uint8_t chunk[CHUNK_BYTES];
    uint32_t offset = 0;
    for (uint32_t since_ms = porting_now_ms(); offset < BYTES && !porting_passed(since_ms, PATIENCE_MS);) {
        uint32_t size = BYTES - offset < CHUNK_BYTES ? BYTES - offset : CHUNK_BYTES;
        for (uint32_t i = 0; i < size; i++) {
            chunk[i] = peer_byte(offset + i);
        }
        int sent = port->send(port->context, pipe, chunk, size);
        if (sent < 0 || (uint32_t)sent > size) {
            return sent < 0 ? "send says that the pipe is dead" : "send took more bytes than it was offered";
        }
        offset += (uint32_t)sent;
        if (sent == 0) { /* full: offer the same bytes again when there is room */
            (void)porting_wait(20);
        }
    }
    return offset == BYTES ? NULL : "send takes no more bytes";
}

int main(void)
{
    porting_begin();
    porting_say("4 send", NULL);
    tirtc_pipe_t *pipe = porting_ask("take 300000 500\n");
    if (pipe == NULL) {
        return porting_end("no pipe, or send does not take a line");
    }
    const char *wrong = send_all(pipe);
    if (wrong == NULL) {
        porting_say("300000 bytes sent; the peer prints what it received", NULL);
        porting_rest(2000);
    }
    porting_hang_up(pipe);
    return porting_end(wrong);
}
