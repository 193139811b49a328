/* What a program asks of the system and of the allocator, counted where it is linked with --wrap (CMakeLists.txt). */
#ifndef BENCH_COUNTERS_H
#define BENCH_COUNTERS_H

#include <stdatomic.h>

extern atomic_ulong counted_calls;       /* send, recv, epoll_wait, read, write */
extern atomic_ulong counted_allocations; /* malloc, calloc, realloc */
extern atomic_ulong counted_lock_waits;  /* pthread_mutex_lock that found the lock taken */

#endif
