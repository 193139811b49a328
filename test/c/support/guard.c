#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void guard_open(guard_t *guard, size_t capacity)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t readable = (capacity / page + 1) * page;
    guard->mapped_bytes = readable + page;
    guard->mapping = mmap(NULL, guard->mapped_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (guard->mapping == MAP_FAILED || mprotect(guard->mapping + readable, page, PROT_NONE) != 0) {
        perror("guard page");
        exit(1);
    }
    guard->end = guard->mapping + readable;
}

void guard_close(guard_t *guard)
{
    munmap(guard->mapping, guard->mapped_bytes);
}

uint8_t *guard_room(guard_t *guard, size_t size)
{
    if (size > (size_t)(guard->end - guard->mapping)) {
        fprintf(stderr, "guard: %zu bytes do not fit\n", size);
        exit(1);
    }
    return guard->end - size;
}

ti_span_t guard_put(guard_t *guard, ti_span_t bytes)
{
    uint8_t *at = guard_room(guard, bytes.size);
    if (bytes.size > 0) {
        memmove(at, bytes.data, bytes.size);
    }
    return ti_span(at, bytes.size);
}
