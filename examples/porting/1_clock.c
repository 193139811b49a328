/* 1_clock.c - the clock. Uses mono_ms of your port; of your platform, print, and wait if there is one. */
#include "porting.h"

enum { WAITS = 100, READS = 10000 };

static bool moves(void)
{
    uint32_t begun_ms = porting_now_ms();
    for (int waits = 0; waits < WAITS && porting_now_ms() == begun_ms; waits++) {
        (void)porting_wait(1);
    }
    return porting_now_ms() != begun_ms;
}

static bool goes_back(void)
{
    uint32_t last_ms = porting_now_ms();
    for (int reads = 0; reads < READS; reads++) {
        uint32_t now_ms = porting_now_ms();
        if ((int32_t)(now_ms - last_ms) < 0) {
            return true;
        }
        last_ms = now_ms;
    }
    return false;
}

int main(void)
{
    porting_begin();
    porting_say("1 clock", NULL);
    if (!moves()) {
        return porting_end("mono_ms stands still");
    }
    porting_say("it moves", NULL);
    if (goes_back()) {
        return porting_end("mono_ms went back");
    }
    porting_say("it never goes back", NULL);
    porting_say("three seconds, by your watch: begin", NULL);
    porting_rest(3000);
    porting_say("end", NULL);
    return porting_end(NULL);
}
