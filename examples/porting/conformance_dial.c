/* Pipes that begin, and pipes that are hung up. */
#include "conformance.h"

#include <string.h>

#include "peer_words.h"

enum {
    AT_ONCE_MS = 1000,
    RESOLVE_MS = 8000, /* 5 s, and some more for a slow machine */
    PATIENCE_MS = 10000
};

static int offer(tirtc_pipe_t *pipe)
{
    return porting_port()->send(porting_port()->context, pipe, "echo\n", 5);
}

static int receive(tirtc_pipe_t *pipe)
{
    uint8_t byte;
    return porting_port()->receive(porting_port()->context, pipe, &byte, 1);
}

/* Returns the error of a dial that cannot succeed; 0: none in that time; 1: it took bytes, which is wrong. */
static int failure(tirtc_pipe_t *pipe, uint32_t ms)
{
    uint32_t since_ms = porting_now_ms();
    int sent = offer(pipe);
    while (sent == 0 && !porting_passed(since_ms, ms)) {
        (void)porting_wait(20);
        conformance_jolt();
        sent = offer(pipe);
    }
    return sent > 0 ? 1 : sent;
}

static const char *check_dial_does_not_wait(void)
{
    uint32_t since_ms = porting_now_ms();
    tirtc_pipe_t *pipe = porting_dial(PEER_NEVER_ANSWERS, NULL);
    bool late = porting_passed(since_ms, AT_ONCE_MS);
    porting_hang_up(pipe);
    if (late) {
        return "dial to a host that does not answer takes more than 1 s; it must only begin the connection";
    }
    const tirtc_port_t *port = porting_port();
    since_ms = porting_now_ms();
    int error = port->dial(port->context, "no-such-host.invalid", 80, false, &pipe);
    late = porting_passed(since_ms, AT_ONCE_MS);
    porting_hang_up(error == 0 ? pipe : NULL);
    return late ? "dial waits for the name to be resolved" : NULL;
}

static const char *check_pipes_come_up(void)
{
    tirtc_pipe_t *pipe = porting_ask("echo\n");
    if (pipe == NULL || porting_send(pipe, "hello", 5) != 0) {
        porting_hang_up(pipe);
        return "a pipe does not come up, or does not take bytes";
    }
    bool heard = porting_hears(pipe, "hello");
    porting_hang_up(pipe);
    return heard ? NULL : "the bytes that the peer sends back do not arrive";
}

static const char *check_refusal(void)
{
    int error = 0;
    tirtc_pipe_t *pipe = porting_dial(PEER_REFUSES, &error);
    if (pipe != NULL) {
        error = failure(pipe, PATIENCE_MS);
    }
    porting_hang_up(pipe);
    return error == TIRTC_E_HTTP_SERVER_DOWN ? NULL : "a refused dial does not end with TIRTC_E_HTTP_SERVER_DOWN";
}

static const char *check_unknown_name(void)
{
    const tirtc_port_t *port = porting_port();
    tirtc_pipe_t *pipe = NULL;
    int error = port->dial(port->context, "no-such-host.invalid", 80, false, &pipe);
    if (error == 0) {
        error = failure(pipe, RESOLVE_MS);
        porting_hang_up(pipe);
    }
    return error == TIRTC_E_HTTP_RESOLVE ? NULL : "an unknown name does not end with TIRTC_E_HTTP_RESOLVE within 5 s";
}

static const char *check_unanswered_dial(void)
{
    tirtc_pipe_t *pipe = porting_dial(PEER_NEVER_ANSWERS, NULL);
    if (pipe == NULL) {
        return "a dial that is not answered fails at once";
    }
    int sent = failure(pipe, 500), received = receive(pipe);
    porting_hang_up(pipe);
    if (sent != 0 || received != 0) {
        return "send and receive do not return 0 while a dial is in progress";
    }
    return NULL;
}

static const char *check_pipes_are_independent(void)
{
    static const char *const texts[] = {"first", "second", "third"};
    tirtc_pipe_t *pipes[3] = {NULL};
    const char *wrong = NULL;
    for (int i = 0; i < 3 && wrong == NULL; i++) {
        pipes[i] = porting_ask("echo\n");
        if (pipes[i] == NULL) {
            wrong = "three pipes at the same time are not possible";
        }
    }
    for (int i = 0; i < 3 && wrong == NULL; i++) {
        if (porting_send(pipes[i], texts[i], strlen(texts[i])) != 0) {
            wrong = "one pipe of three does not take bytes";
        }
    }
    for (int i = 2; i >= 0 && wrong == NULL; i--) {
        if (!porting_hears(pipes[i], texts[i])) {
            wrong = "the bytes that arrive on a pipe belong to another, or to none";
        }
    }
    porting_hang_up(pipes[1]);
    if (wrong == NULL && (porting_send(pipes[0], "still", 5) != 0 || !porting_hears(pipes[0], "still"))) {
        wrong = "a pipe ends when another is hung up";
    }
    porting_hang_up(pipes[0]);
    porting_hang_up(pipes[2]);
    return wrong;
}

static bool ask_and_hear(const char *question, const char *answer)
{
    tirtc_pipe_t *pipe = porting_ask(question);
    bool heard = pipe != NULL && porting_hears(pipe, answer);
    porting_hang_up(pipe);
    return heard;
}

/* Repeats the question, because an end takes time to arrive. */
static bool comes_to_hear(const char *question, const char *answer)
{
    uint32_t since_ms = porting_now_ms();
    while (!ask_and_hear(question, answer)) {
        if (porting_passed(since_ms, PATIENCE_MS)) {
            return false;
        }
        porting_rest(100);
    }
    return true;
}

static const char *check_hang_up_is_seen(void)
{
    tirtc_pipe_t *pipe = porting_ask("name 7\n");
    if (pipe == NULL || !comes_to_hear("seen 7\n", "open\n")) {
        porting_hang_up(pipe);
        return "the peer does not see a pipe";
    }
    porting_hang_up(pipe);
    return comes_to_hear("seen 7\n", "gone\n") ? NULL : "the peer still sees a pipe 10 s after it was hung up";
}

static const char *check_hang_up_in_any_state(void)
{
    for (int round = 0; round < 20; round++) {
        porting_hang_up(porting_dial(PEER_SERVES, NULL));
        porting_hang_up(porting_dial(PEER_REFUSES, NULL));
        porting_hang_up(porting_dial(PEER_NEVER_ANSWERS, NULL));
        tirtc_pipe_t *pipe = porting_ask("give 5000\n"); /* with bytes that are not received */
        if (pipe == NULL) {
            return "after some pipes were hung up, no new one is possible";
        }
        (void)porting_wait(20);
        porting_hang_up(pipe);
        pipe = porting_ask("reset 0\n");
        (void)porting_wait(20);
        porting_hang_up(pipe);
    }
    return comes_to_hear("count\n", "1\n") ? NULL : "the peer still has pipes that were hung up";
}

const conformance_t conformance_dial[] = {
    {"dial does not wait", check_dial_does_not_wait},
    {"pipes come up and carry bytes both ways", check_pipes_come_up},
    {"a refused dial is TIRTC_E_HTTP_SERVER_DOWN", check_refusal},
    {"an unknown name is TIRTC_E_HTTP_RESOLVE within 5 s", check_unknown_name},
    {"an unanswered dial is quiet, and can be hung up", check_unanswered_dial},
    {"pipes are independent of one another", check_pipes_are_independent},
    {"hanging up ends the pipe at the peer", check_hang_up_is_seen},
    {"pipes can be hung up in any state, and do not run out", check_hang_up_in_any_state},
    {NULL, NULL},
};
