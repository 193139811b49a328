/* Log lines: level, time, module, text. To the program's callback, or to standard output and a file, or nowhere; and
 * beside that to the log that TIRTC_LOG asks for. */
#include <stdarg.h>
#include <string.h>

#include "facade.h"
#include "runner.h"
#include "system.h"

#if TIRTC_MAX_LOG_LEVEL > 0

enum { LINE_BYTES = 640, SAY_BYTES = 512 };

/* Guarded by ti_facade_lock(), except `file`, which has its own lock because writing to a disk can be slow. */
static struct {
    TIRTCLOGCALLBACK callback;
    tirtc_lock_t *file_lock; /* created for the first file, and kept */
    ti_log_file_t *file;
    int level; /* 0: not set */
    bool console;
    bool configured; /* TiRtcLogConfig() was called */
} log_state;

enum { DEFAULT_LEVEL = TIRTC_LOG_INFO };

static void write_to_file(tirtc_lock_t *lock, ti_span_t line)
{
    const tirtc_threads_t *threads = tirtc_loop_threads();
    threads->lock(lock);
    if (log_state.file != NULL) {
        ti_log_file_write(log_state.file, line);
    }
    threads->unlock(lock);
}

static void call_back(TIRTCLOGCALLBACK callback, ti_span_t line)
{
    ti_thread_marks_t *marks = ti_runner_marks();
    marks->logging = true;
    marks->inside++;
    callback((const char *)line.data, (uint32_t)line.size);
    marks->inside--;
    marks->logging = false;
}

/* Where the program wants its lines. */
struct outputs {
    TIRTCLOGCALLBACK callback; /* instead of the others */
    tirtc_lock_t *file_lock;
    bool console;
};

/* Returns false if the program wants no lines of this level. */
static bool find_outputs(int level, struct outputs *outputs)
{
    ti_facade_lock();
    *outputs = (struct outputs){log_state.callback, log_state.file_lock, log_state.console};
    bool wanted = level <= (log_state.level != 0 ? log_state.level : DEFAULT_LEVEL);
    ti_facade_unlock();
    return wanted && (outputs->callback != NULL || outputs->console || outputs->file_lock != NULL);
}

static void write_line(const struct outputs *outputs, ti_span_t line)
{
    if (outputs->callback != NULL) {
        call_back(outputs->callback, line);
        return;
    }
    if (outputs->console) {
        ti_system_print(line);
    }
    if (outputs->file_lock != NULL) {
        write_to_file(outputs->file_lock, line);
    }
}

void ti_log_line(void *user, int level, const char *module, const char *text, size_t size)
{
    static const char *const names[] = {"?    ", "error", "warn ", "ok   ", "info ", "verb "};
    struct outputs outputs;
    (void)user;
    bool wanted_inside = find_outputs(level, &outputs);
    bool wanted_outside = level <= ti_environment_log_level();
    if ((!wanted_inside && !wanted_outside) || ti_runner_marks()->logging) {
        return;
    }
    char buffer[LINE_BYTES];
    ti_text_t line;
    ti_text_init(&line, buffer, sizeof buffer);
    ti_text_add(&line, names[level >= TIRTC_LOG_ERROR && level <= TIRTC_LOG_VERBOSE ? level : 0]);
    ti_text_add_char(&line, ' ');
    ti_system_add_time(&line);
    ti_text_add_char(&line, ' ');
    ti_text_add(&line, module);
    ti_text_add(&line, ": ");
    ti_text_add_printable(&line, ti_span(text, size));
    if (wanted_outside) {
        ti_environment_log_write(ti_text_span(&line));
    }
    if (wanted_inside) {
        write_line(&outputs, ti_text_span(&line));
    }
}

static void add_argument(ti_text_t *text, char kind, va_list *arguments)
{
    switch (kind) {
    case 's':
        ti_text_add(text, va_arg(*arguments, const char *));
        break;
    case 'd':
        ti_text_add_i32(text, va_arg(*arguments, int));
        break;
    case 'u':
        ti_text_add_u32(text, va_arg(*arguments, unsigned));
        break;
    default:
        ti_text_add_hex(text, va_arg(*arguments, unsigned));
        break;
    }
}

static void add_formatted(ti_text_t *text, const char *format, va_list *arguments)
{
    for (const char *at = format; *at != '\0'; at++) {
        if (*at == '%') {
            add_argument(text, *++at, arguments);
        } else {
            ti_text_add_char(text, *at);
        }
    }
}

static bool is_configured(void)
{
    ti_facade_lock();
    bool configured = log_state.configured || log_state.callback != NULL;
    ti_facade_unlock();
    return configured || ti_environment_log_is_set();
}

/* Log a line. A notice goes to standard error if no log was configured. */
static void say(tirtc_log_level_t level, bool is_notice, const char *format, va_list *arguments)
{
    char buffer[SAY_BYTES];
    ti_text_t text;
    ti_text_init(&text, buffer, sizeof buffer);
    add_formatted(&text, format, arguments);
    if (is_notice && !is_configured()) {
        ti_system_complain(ti_text_span(&text));
    } else {
        ti_log_line(NULL, (int)level, "sdk", text.data, text.size);
    }
}

void ti_say_line(tirtc_log_level_t level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(level, false, format, &arguments);
    va_end(arguments);
}

void ti_notice_line(tirtc_log_level_t level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(level, true, format, &arguments);
    va_end(arguments);
}

/* Returns the lock of the file, which is created if it is `wanted`. NULL: no file was ever wanted, or no memory. */
static tirtc_lock_t *file_lock(bool wanted)
{
    const tirtc_threads_t *threads = tirtc_loop_threads();
    tirtc_lock_t *made = wanted ? threads->lock_open() : NULL;
    ti_facade_lock();
    if (log_state.file_lock == NULL) {
        log_state.file_lock = made;
        made = NULL;
    }
    tirtc_lock_t *lock = log_state.file_lock;
    ti_facade_unlock();
    if (made != NULL) {
        threads->lock_close(made);
    }
    return lock;
}

void TiRtcLogConfig(int console, const char *path, uint32_t size)
{
    bool wants_file = path != NULL && path[0] != '\0';
    ti_log_file_t *file = wants_file ? ti_log_file_open(path, size) : NULL;
    tirtc_lock_t *lock = file_lock(wants_file);
    if (lock != NULL) {
        const tirtc_threads_t *threads = tirtc_loop_threads();
        threads->lock(lock);
        ti_log_file_t *before = log_state.file;
        log_state.file = file;
        threads->unlock(lock);
        ti_log_file_close(before);
    } else {
        ti_log_file_close(file);
    }
    ti_facade_lock();
    log_state.console = console != 0;
    log_state.configured = true;
    ti_facade_unlock();
    if (wants_file && (file == NULL || lock == NULL)) {
        ti_say(TIRTC_LOG_ERROR, "TiRtcLogConfig: cannot write to %s; check that its directory exists and is writable",
               path);
    }
}

void TiRtcLogSetLevel(int level)
{
    int nearest = level < TIRTC_LOG_ERROR ? TIRTC_LOG_ERROR : level > TIRTC_LOG_VERBOSE ? TIRTC_LOG_VERBOSE : level;
    ti_facade_lock();
    log_state.level = nearest;
    ti_facade_unlock();
}

void TiRtcLogSetCallback(TIRTCLOGCALLBACK callback)
{
    ti_facade_lock();
    log_state.callback = callback;
    ti_facade_unlock();
}

#else /* no log lines */

void TiRtcLogConfig(int console, const char *path, uint32_t size)
{
    (void)console;
    (void)path;
    (void)size;
}

void TiRtcLogSetLevel(int level)
{
    (void)level;
}

void TiRtcLogSetCallback(TIRTCLOGCALLBACK callback)
{
    (void)callback;
}

#endif
