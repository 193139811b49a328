/* The functions that newlib needs from a system: heap, console, exit. */
#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>

#include "semihosting.h"
#include "startup.h"

extern uint8_t image_bss_end[], image_stack_top[];

enum { STACK_BYTES = 16384 };

void *_sbrk(ptrdiff_t bytes);
int _write(int file, const char *text, int size);
int _read(int file, char *text, int size);
int _close(int file);
int _fstat(int file, struct stat *status);
int _isatty(int file);
int _lseek(int file, int offset, int whence);
int _kill(int process, int signal);
int _getpid(void);
_Noreturn void _exit(int code);
_Noreturn void board_panic(const char *text);

void *_sbrk(ptrdiff_t bytes)
{
    static uint8_t *end = image_bss_end;
    if (bytes > image_stack_top - STACK_BYTES - end) {
        errno = ENOMEM;
        return (void *)-1;
    }
    uint8_t *block = end;
    end += bytes;
    return block;
}

int _write(int file, const char *text, int size)
{
    (void)file;
    semihosting_write(text, (size_t)size);
    return size;
}

int _read(int file, char *text, int size)
{
    (void)file;
    (void)text;
    (void)size;
    return 0;
}

int _close(int file)
{
    (void)file;
    return 0;
}

int _fstat(int file, struct stat *status)
{
    (void)file;
    status->st_mode = S_IFCHR;
    return 0;
}

int _isatty(int file)
{
    (void)file;
    return 1;
}

int _lseek(int file, int offset, int whence)
{
    (void)file;
    (void)offset;
    (void)whence;
    return 0;
}

int _kill(int process, int signal)
{
    (void)process;
    (void)signal;
    return -1;
}

int _getpid(void)
{
    return 1;
}

void _exit(int code)
{
    semihosting_exit(code);
}

void board_panic(const char *text)
{
    semihosting_write(text, __builtin_strlen(text));
    semihosting_exit(1);
}

void startup_tick(void)
{
}
