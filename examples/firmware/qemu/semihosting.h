/* Semihosting: the debugger, here QEMU, provides services of an operating system to the program. */
#ifndef SEMIHOSTING_H
#define SEMIHOSTING_H

#include <stddef.h>

/** Write to the console of the debugger. */
void semihosting_write(const char *text, size_t size);

/** Open a file of the host for reading. Returns a handle, or -1. */
int semihosting_open(const char *path);

/** Read exactly `size` bytes. Returns 0, or -1. */
int semihosting_read(int handle, void *out, size_t size);

/** End the run with an exit code. */
_Noreturn void semihosting_exit(int code);

#endif
