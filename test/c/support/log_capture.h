/* What the SDK logged, for tests that look. */
#ifndef TEST_SUPPORT_LOG_CAPTURE_H
#define TEST_SUPPORT_LOG_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

/** Become the log callback, with nothing logged yet. */
void log_capture_begin(void);

/** Forget what was logged. */
void log_capture_clear(void);

/** True when one line since then holds `text`. */
bool log_capture_has(const char *text);

/** Lines since then. */
size_t log_capture_count(void);

#endif
