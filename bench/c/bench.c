#define _POSIX_C_SOURCE 200809L

#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t bench_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void bench_fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

unsigned long bench_number(const char *text)
{
    unsigned long number = strtoul(text, NULL, 10);
    if (number == 0) {
        bench_fail("an argument is not a number above 0");
    }
    return number;
}
