/* 3_dial.c - pipes that come up, and pipes that do not. Uses dial of your port, and of send and receive the parts about
 * the dial: 0 while it is in progress, and the reason when it failed. Once the pipe is up, send takes bytes. */
#include "porting.h"

#include "peer_words.h"

enum { AT_ONCE_MS = 200, PATIENCE_MS = 10000 };

/* Returns the final result of send: how many bytes it took, or the reason of the failure. */
static int outcome(tirtc_pipe_t *pipe)
{
    const tirtc_port_t *port = porting_port();
    int sent = 0;
    for (uint32_t since_ms = porting_now_ms(); sent == 0 && !porting_passed(since_ms, PATIENCE_MS);) {
        sent = port->send(port->context, pipe, "count\n", 6);
        if (sent == 0) {
            (void)porting_wait(20);
        }
    }
    return sent;
}

int main(void)
{
    porting_begin();
    porting_say("3 dial", NULL);
    uint32_t begun_ms = porting_now_ms();
    tirtc_pipe_t *pipe = porting_dial(PEER_SERVES, NULL);
    if (pipe == NULL) {
        return porting_end("dial failed; is the peer running, and the network up?");
    }
    if (porting_passed(begun_ms, AT_ONCE_MS)) {
        return porting_end("dial waits; it must only begin the connection");
    }
    porting_say("a dial has begun", NULL);
    if (outcome(pipe) <= 0) {
        return porting_end("the pipe does not come up");
    }
    porting_say("the pipe is up", NULL);
    int error = 0;
    tirtc_pipe_t *refused = porting_dial(PEER_REFUSES, &error);
    if (refused != NULL) {
        error = outcome(refused);
    }
    if (error != TIRTC_E_HTTP_SERVER_DOWN) {
        return porting_end("a refused dial is not TIRTC_E_HTTP_SERVER_DOWN");
    }
    porting_say("another was refused", NULL);
    porting_hang_up(pipe);
    porting_hang_up(refused);
    return porting_end(NULL);
}
