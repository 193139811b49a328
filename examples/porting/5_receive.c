/* 5_receive.c - received bytes and the end after them. Uses receive of your port. */
#include "porting.h"

#include "peer_words.h"

enum { BYTES = 20000, PIECE_BYTES = 100, PATIENCE_MS = 10000 };

static const char *receive_all(tirtc_pipe_t *pipe)
{
    uint8_t piece[PIECE_BYTES];
    for (uint32_t offset = 0; offset < BYTES;) {
        int received = porting_receive(pipe, piece, sizeof piece, PATIENCE_MS);
        if (received <= 0) {
            return received == 0 ? "no more bytes arrive"
                                 : "receive says that the pipe is dead before all bytes have arrived";
        }
        for (int i = 0; i < received; i++) {
            if (piece[i] != peer_byte(offset++)) {
                return "received bytes differ from those that were sent";
            }
        }
    }
    return NULL;
}

int main(void)
{
    uint8_t byte;
    porting_begin();
    const tirtc_port_t *port = porting_port();
    porting_say("5 receive", NULL);
    tirtc_pipe_t *pipe = porting_ask("end 0 20000"); /* the peer waits for the end of the line */
    if (pipe == NULL) {
        return porting_end("no pipe, or send does not take a line");
    }
    if (port->receive(port->context, pipe, &byte, 1) != 0) {
        return porting_end("receive does not return 0 while nothing has arrived");
    }
    porting_say("nothing yet", NULL);
    const char *wrong = porting_send(pipe, "\n", 1) == 0 ? receive_all(pipe) : "send does not take the end of the line";
    if (wrong == NULL) {
        porting_say("20000 bytes", NULL);
        if (porting_receive(pipe, &byte, 1, PATIENCE_MS) != TIRTC_E_HTTP_PEER_CLOSED) {
            wrong = "an orderly end is not TIRTC_E_HTTP_PEER_CLOSED";
        } else {
            porting_say("and the end", NULL);
        }
    }
    porting_hang_up(pipe);
    return porting_end(wrong);
}
