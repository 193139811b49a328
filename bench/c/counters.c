#include "counters.h"

#include <pthread.h>
#include <stddef.h>
#include <sys/types.h>

struct epoll_event;

atomic_ulong counted_calls;
atomic_ulong counted_allocations;
atomic_ulong counted_lock_waits;

#define WRAP(counter, result, name, parameters, arguments) \
    result __real_##name parameters; \
    result __wrap_##name parameters; \
    result __wrap_##name parameters \
    { \
        atomic_fetch_add_explicit(&counter, 1, memory_order_relaxed); \
        return __real_##name arguments; \
    }

WRAP(counted_allocations, void *, malloc, (size_t size), (size))
WRAP(counted_allocations, void *, calloc, (size_t count, size_t size), (count, size))
WRAP(counted_allocations, void *, realloc, (void *block, size_t size), (block, size))
WRAP(counted_calls, ssize_t, send, (int fd, const void *data, size_t size, int flags), (fd, data, size, flags))
WRAP(counted_calls, ssize_t, recv, (int fd, void *data, size_t size, int flags), (fd, data, size, flags))
WRAP(counted_calls, ssize_t, read, (int fd, void *data, size_t size), (fd, data, size))
WRAP(counted_calls, ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
WRAP(counted_calls, int, epoll_wait, (int fd, struct epoll_event *events, int size, int ms), (fd, events, size, ms))

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (pthread_mutex_trylock(mutex) == 0) {
        return 0;
    }
    atomic_fetch_add_explicit(&counted_lock_waits, 1, memory_order_relaxed);
    return __real_pthread_mutex_lock(mutex);
}
