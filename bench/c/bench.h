/* What the programs of the bench share. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

/** Nanoseconds of a clock that never jumps. */
uint64_t bench_now_ns(void);

/** Say why on stderr and end with 1. */
_Noreturn void bench_fail(const char *what);

/** A program's argument as a number of at least 1, or the end. */
unsigned long bench_number(const char *text);

#endif
