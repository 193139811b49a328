#include "log_capture.h"

#include <pthread.h>
#include <string.h>

#include "tiRTC.h"

static struct {
    pthread_mutex_t mutex;
    char text[65536]; /* lines, each followed by a newline; NUL-terminated */
    size_t size;
    size_t lines;
} capture = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void keep_line(const char *log, uint32_t len)
{
    pthread_mutex_lock(&capture.mutex);
    capture.lines++;
    if (capture.size + len + 2 < sizeof capture.text) {
        memcpy(capture.text + capture.size, log, len);
        capture.size += len;
        capture.text[capture.size++] = '\n';
        capture.text[capture.size] = '\0';
    }
    pthread_mutex_unlock(&capture.mutex);
}

void log_capture_begin(void)
{
    log_capture_clear();
    TiRtcLogSetCallback(keep_line);
}

void log_capture_clear(void)
{
    pthread_mutex_lock(&capture.mutex);
    capture.size = 0;
    capture.lines = 0;
    capture.text[0] = '\0';
    pthread_mutex_unlock(&capture.mutex);
}

bool log_capture_has(const char *text)
{
    pthread_mutex_lock(&capture.mutex);
    bool found = strstr(capture.text, text) != NULL;
    pthread_mutex_unlock(&capture.mutex);
    return found;
}

size_t log_capture_count(void)
{
    pthread_mutex_lock(&capture.mutex);
    size_t lines = capture.lines;
    pthread_mutex_unlock(&capture.mutex);
    return lines;
}
