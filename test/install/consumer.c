/* The smallest program: prints the version of the library. */
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
