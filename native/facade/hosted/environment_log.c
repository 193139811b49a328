/* The log that the user of a program asks for from outside, with TIRTC_LOG, and the lines that a user must see without
 * asking for a log. Lines are written by one call each, so that threads and processes may share a file. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../base/text.h"
#include "../system.h"
#include "tirtc_config.h"

enum { COMPLAINT_BYTES = 512, SHOWN_BYTES = 80 };

/* Written once. */
static struct {
    bool valid; /* TIRTC_LOG is set to a legal value */
    int level;
    int fd;
} setting;

static void write_line(int fd, ti_span_t line)
{
    (void)dprintf(fd, "%.*s\n", (int)line.size, (const char *)line.data);
}

void ti_system_complain(ti_span_t line)
{
    (void)dprintf(STDERR_FILENO, "tirtc: %.*s\n", (int)line.size, (const char *)line.data);
}

static void complain_about_value(const char *value)
{
    char buffer[COMPLAINT_BYTES];
    ti_text_t text;
    size_t size = strlen(value);
    ti_text_init(&text, buffer, sizeof buffer);
    ti_text_add(&text, "TIRTC_LOG is \"");
    ti_text_add_printable(&text, ti_span(value, size < SHOWN_BYTES ? size : SHOWN_BYTES));
    ti_text_add(&text,
                "\", and is ignored: set it to a level from 0 to 5 (0 nothing, 1 errors, 2 warnings, 3 successes, 4 "
                "what happens, 5 everything), or to a level, a comma and a file: TIRTC_LOG=4,/tmp/tirtc.log");
    ti_system_complain(ti_text_span(&text));
}

static void complain_about_file(const char *path, int error)
{
    char buffer[COMPLAINT_BYTES];
    ti_text_t text;
    ti_text_init(&text, buffer, sizeof buffer);
    ti_text_add(&text, "cannot write to ");
    ti_text_add_printable(&text, ti_span(path, strlen(path)));
    ti_text_add(&text, " of TIRTC_LOG (");
    ti_text_add(&text, strerror(error));
    ti_text_add(&text, "): check that its directory exists and is writable; the log goes to standard error");
    ti_system_complain(ti_text_span(&text));
}

static void open_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        complain_about_file(path, errno);
    } else {
        setting.fd = fd;
    }
}

static void read_setting(void)
{
    const char *value = getenv("TIRTC_LOG");
    if (value == NULL || value[0] == '\0') {
        return;
    }
    bool has_level = value[0] >= '0' && value[0] <= '0' + TIRTC_LOG_VERBOSE;
    bool has_file = has_level && value[1] == ',' && value[2] != '\0';
    if (!has_level || (value[1] != '\0' && !has_file)) {
        complain_about_value(value);
        return;
    }
    setting.valid = true;
    setting.level = value[0] - '0';
    setting.fd = STDERR_FILENO;
    if (has_file && setting.level > 0) {
        open_file(value + 2);
    }
}

static void read_setting_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, read_setting);
}

bool ti_environment_log_is_set(void)
{
    read_setting_once();
    return setting.valid;
}

int ti_environment_log_level(void)
{
    read_setting_once();
    return setting.level;
}

void ti_environment_log_write(ti_span_t line)
{
    write_line(setting.fd, line);
}
