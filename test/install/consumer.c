/* The smallest program: which library did I get? */
#include <stdio.h>

#ifndef SPELLING
#define SPELLING <tiRTC.h>
#endif
#include SPELLING

int main(void)
{
    if (TiRtcInit() != 0) {
        return 1;
    }
    puts(TiRtcGetVersion());
    TiRtcUninit();
    return 0;
}
