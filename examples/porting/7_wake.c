/* 7_wake.c - end a wait. Uses wake of your port and wait of your platform. */
#include "porting.h"

enum { LONG_MS = 4000, SHORT_MS = 200 };

/* Returns true when a wait ended early and returned true. */
static bool is_woken(void)
{
    uint32_t since_ms = porting_now_ms();
    return porting_wait(LONG_MS) && !porting_passed(since_ms, LONG_MS / 2);
}

int main(void)
{
    uint8_t byte;
    porting_begin();
    const tirtc_port_t *port = porting_port();
    porting_say("7 wake", NULL);
    if (porting_here()->platform->wait == NULL) {
        return porting_end("the platform has no wait");
    }
    port->wake(port->context);
    if (!is_woken()) {
        return porting_end("the wait after a wake does not return true");
    }
    porting_say("a wake ends a wait", NULL);
    for (int i = 0; i < 3 && porting_wait(SHORT_MS); i++) {
    }
    if (porting_wait(SHORT_MS)) {
        return porting_end("wait returns true again and again");
    }
    porting_say("once", NULL);
    tirtc_pipe_t *pipe = porting_ask("end 0 1"); /* the peer waits for the end of the line */
    if (pipe == NULL) {
        return porting_end("no pipe");
    }
    int received = port->receive(port->context, pipe, &byte, 1);
    (void)porting_send(pipe, "\n", 1);
    while (received == 0 && porting_wait(LONG_MS)) {
        received = port->receive(port->context, pipe, &byte, 1);
    }
    if (received != 1) {
        return porting_end("a byte does not end a wait");
    }
    porting_say("and so does a byte", NULL);
    porting_hang_up(pipe);
    return porting_end(NULL);
}
