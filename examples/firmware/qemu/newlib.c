/* What newlib asks of the platform below puts() and malloc(). */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "semihosting.h"

/* Of the linker script. */
extern uint8_t image_heap_begin[], image_heap_end[];

int _write(int file, const char *text, int size);
void *_sbrk(ptrdiff_t more);
int _close(int file);
int _fstat(int file, struct stat *status);
int _isatty(int file);
int _lseek(int file, int offset, int from);
int _read(int file, char *out, int size);

int _write(int file, const char *text, int size)
{
    (void)file;
    semihosting_write(text, (size_t)size);
    return size;
}

void *_sbrk(ptrdiff_t more)
{
    static uint8_t *heap = image_heap_begin;
    if (more > image_heap_end - heap) {
        errno = ENOMEM;
        return (void *)-1; // NOLINT(performance-no-int-to-ptr)
    }
    uint8_t *before = heap;
    heap += more;
    return before;
}

int _close(int file)
{
    (void)file;
    return 0;
}

int _fstat(int file, struct stat *status)
{
    (void)file;
    status->st_mode = S_IFCHR; /* a terminal: lines leave when they end */
    return 0;
}

int _isatty(int file)
{
    (void)file;
    return 1;
}

int _lseek(int file, int offset, int from)
{
    (void)file;
    (void)offset;
    (void)from;
    return 0;
}

int _read(int file, char *out, int size)
{
    (void)file;
    (void)out;
    (void)size;
    return 0;
}
