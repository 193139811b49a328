/* The functions of a hosted C library that the facade needs: memory, an environment, the date, standard output and
 * files. Firmware without them uses bare_system.c instead of hosted_system.c. */
#ifndef TI_FACADE_SYSTEM_H
#define TI_FACADE_SYSTEM_H

#include "../base/text.h"

/** Allocate zeroed memory. Returns NULL if there is none. */
void *ti_system_allocate(size_t size);

/** Release `size` bytes of ti_system_allocate(). */
void ti_system_release(void *block, size_t size);

/** Returns the endpoint to use if the program has set none, or NULL. */
const char *ti_system_endpoint(void);

/** Add the date and time of day in UTC, "2026-01-31T12:00:00.000Z". */
void ti_system_add_time(ti_text_t *text);

/** Write one line, without its newline, to standard output. */
void ti_system_print(ti_span_t line);

/** Write one line to standard error, if there is one. */
void ti_system_complain(ti_span_t line);

/** Returns true if the environment variable TIRTC_LOG has a legal value. It is read once; a bad one is reported. */
bool ti_environment_log_is_set(void);

/** Returns the level of the log that TIRTC_LOG asks for; 0: none. */
int ti_environment_log_level(void);

/** Write one line to that log, after ti_environment_log_level() has returned more than 0. */
void ti_environment_log_write(ti_span_t line);

/** A file that lines are appended to. Not thread-safe. */
typedef struct ti_log_file ti_log_file_t;

/** Open `path`, which is copied. Before a line that would make the file larger than `max_bytes` (0: no limit), the file
 *  is renamed to `path`.1, replacing an older one, and a new one is started. Returns NULL if it cannot be opened. */
ti_log_file_t *ti_log_file_open(const char *path, uint32_t max_bytes);
void ti_log_file_write(ti_log_file_t *file, ti_span_t line);
/** NULL is allowed. */
void ti_log_file_close(ti_log_file_t *file);

#endif
