/* Counters of calls of the system, the allocator and locks, in programs that are linked with --wrap
 * (CMakeLists.txt). */
#ifndef BENCH_COUNTERS_H
#define BENCH_COUNTERS_H

#include <stdatomic.h>

extern atomic_ulong counted_calls;       /* send, recv, epoll_wait, read, write */
extern atomic_ulong counted_allocations; /* malloc, calloc, realloc */
extern atomic_ulong counted_lock_waits;  /* pthread_mutex_lock that found the lock taken */

#endif
