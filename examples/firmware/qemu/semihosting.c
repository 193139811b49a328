/* Arm's "Semihosting for AArch32 and AArch64", release 2.0: operation in r0, a pointer to its arguments in r1. */
#include "semihosting.h"

#include <stdint.h>
#include <string.h>

enum { SYS_OPEN = 0x01, SYS_WRITE0 = 0x04, SYS_READ = 0x06, SYS_EXIT_EXTENDED = 0x20 };
enum { OPEN_READ_BINARY = 1, STOPPED_APPLICATION_EXIT = 0x20026 };

static int call(uint32_t operation, const void *arguments)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = arguments;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return (int)r0;
}

void semihosting_write(const char *text, size_t size)
{
    while (size > 0) {
        char part[128];
        size_t bytes = size < sizeof part - 1 ? size : sizeof part - 1;
        memcpy(part, text, bytes);
        part[bytes] = '\0';
        (void)call(SYS_WRITE0, part);
        text += bytes;
        size -= bytes;
    }
}

int semihosting_open(const char *path)
{
    const uintptr_t arguments[] = {(uintptr_t)path, OPEN_READ_BINARY, strlen(path)};
    return call(SYS_OPEN, arguments);
}

int semihosting_read(int handle, void *out, size_t size)
{
    const uintptr_t arguments[] = {(uintptr_t)handle, (uintptr_t)out, size};
    return call(SYS_READ, arguments) == 0 ? 0 : -1; /* the call returns the number of missing bytes */
}

_Noreturn void semihosting_exit(int code)
{
    const uintptr_t arguments[] = {STOPPED_APPLICATION_EXIT, (uintptr_t)code};
    for (;;) {
        (void)call(SYS_EXIT_EXTENDED, arguments);
    }
}
