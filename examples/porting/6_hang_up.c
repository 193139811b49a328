/* 6_hang_up.c - hang up pipes in any state. Uses hang_up of your port. */
#include "porting.h"

#include "peer_words.h"

enum { ROUNDS = 20 };

int main(void)
{
    porting_begin();
    porting_say("6 hang up", NULL);
    tirtc_pipe_t *named = porting_ask("name 6\n");
    porting_rest(200);
    tirtc_pipe_t *question = porting_ask("seen 6\n");
    if (named == NULL || question == NULL || !porting_hears(question, "open\n")) {
        return porting_end("the peer does not see the pipe");
    }
    porting_hang_up(question);
    porting_hang_up(named);
    porting_rest(200);
    question = porting_ask("seen 6\n");
    if (question == NULL || !porting_hears(question, "gone\n")) {
        return porting_end("the peer still sees a pipe that was hung up");
    }
    porting_hang_up(question);
    porting_say("the peer sees it go", NULL);
    porting_hang_up(porting_dial(PEER_NEVER_ANSWERS, NULL));
    porting_say("one that was not up yet", NULL);
    for (int i = 0; i < ROUNDS; i++) {
        porting_hang_up(porting_dial(PEER_SERVES, NULL));
        porting_hang_up(porting_ask("echo\n"));
    }
    porting_rest(500);
    question = porting_ask("count\n");
    if (question == NULL || !porting_hears(question, "1\n")) {
        return porting_end("the peer still has pipes that were hung up");
    }
    porting_hang_up(question);
    porting_say("and forty more", NULL);
    return porting_end(NULL);
}
