#define _POSIX_C_SOURCE 200809L

#include "../system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tirtc_config.h"

void *ti_system_allocate(size_t size)
{
    return calloc(1, size);
}

void ti_system_release(void *block, size_t size)
{
    (void)size;
    free(block);
}

const char *ti_system_endpoint(void)
{
    const char *endpoint = getenv("TIRTC_ENDPOINT");
    if (endpoint != NULL && endpoint[0] != '\0') {
        return endpoint;
    }
#ifdef TIRTC_DEFAULT_ENDPOINT
    return TIRTC_DEFAULT_ENDPOINT;
#else
    return NULL;
#endif
}

static void add_padded(ti_text_t *text, unsigned value, unsigned digits)
{
    unsigned unit = 1;
    for (unsigned i = 1; i < digits; i++) {
        unit *= 10;
    }
    for (; unit > 0; unit /= 10) {
        ti_text_add_char(text, (char)('0' + value / unit % 10));
    }
}

void ti_system_add_time(ti_text_t *text)
{
    struct timespec now;
    struct tm date;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || gmtime_r(&now.tv_sec, &date) == NULL) {
        ti_text_add(text, "(no date)");
        return;
    }
    add_padded(text, (unsigned)date.tm_year + 1900, 4);
    ti_text_add_char(text, '-');
    add_padded(text, (unsigned)date.tm_mon + 1, 2);
    ti_text_add_char(text, '-');
    add_padded(text, (unsigned)date.tm_mday, 2);
    ti_text_add_char(text, 'T');
    add_padded(text, (unsigned)date.tm_hour, 2);
    ti_text_add_char(text, ':');
    add_padded(text, (unsigned)date.tm_min, 2);
    ti_text_add_char(text, ':');
    add_padded(text, (unsigned)date.tm_sec, 2);
    ti_text_add_char(text, '.');
    add_padded(text, (unsigned)(now.tv_nsec / 1000000), 3);
    ti_text_add_char(text, 'Z');
}

static void put_line(FILE *stream, ti_span_t line)
{
    (void)fprintf(stream, "%.*s\n", (int)line.size, (const char *)line.data);
    (void)fflush(stream);
}

void ti_system_print(ti_span_t line)
{
    put_line(stdout, line);
}

struct ti_log_file {
    FILE *stream; /* NULL after a rotation that failed: the disk is full or gone */
    uint64_t size_bytes;
    uint32_t max_bytes;
    size_t allocated_bytes;
    char *older_path;
    char path[]; /* NUL, then older_path */
};

ti_log_file_t *ti_log_file_open(const char *path, uint32_t max_bytes)
{
    static const char suffix[] = ".1";
    size_t path_size = strlen(path);
    size_t size = sizeof(ti_log_file_t) + path_size + 1 + path_size + sizeof suffix;
    ti_log_file_t *file = ti_system_allocate(size);
    if (file == NULL) {
        return NULL;
    }
    file->max_bytes = max_bytes;
    file->allocated_bytes = size;
    memcpy(file->path, path, path_size);
    file->older_path = file->path + path_size + 1;
    memcpy(file->older_path, path, path_size);
    memcpy(file->older_path + path_size, suffix, sizeof suffix);
    file->stream = fopen(path, "ae");
    if (file->stream == NULL || fseek(file->stream, 0, SEEK_END) != 0) {
        ti_log_file_close(file);
        return NULL;
    }
    file->size_bytes = (uint64_t)ftell(file->stream);
    return file;
}

static void rotate(ti_log_file_t *file)
{
    (void)fclose(file->stream);
    (void)rename(file->path, file->older_path);
    file->stream = fopen(file->path, "we");
    file->size_bytes = 0;
}

void ti_log_file_write(ti_log_file_t *file, ti_span_t line)
{
    uint64_t bytes = line.size + 1;
    if (file->stream != NULL && file->max_bytes != 0 && file->size_bytes != 0 &&
        file->size_bytes + bytes > file->max_bytes) {
        rotate(file);
    }
    if (file->stream != NULL) {
        put_line(file->stream, line);
        file->size_bytes += bytes;
    }
}

void ti_log_file_close(ti_log_file_t *file)
{
    if (file != NULL) {
        if (file->stream != NULL) {
            (void)fclose(file->stream);
        }
        ti_system_release(file, file->allocated_bytes);
    }
}
