/* Code that the programs of the benchmark share. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

/** Returns the nanoseconds of a clock that never jumps. */
uint64_t bench_now_ns(void);

/** Print the reason on stderr and end the program with 1. */
_Noreturn void bench_fail(const char *what);

/** Returns an argument as a number of at least 1; ends the program if it is not one. */
unsigned long bench_number(const char *text);

#endif
