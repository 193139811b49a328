#include "request.h"

#include <stdlib.h>
#include <string.h>

static bool equal_names(const char *a, size_t size, const char *b)
{
    return ti_span_is_ignoring_case(ti_span(a, size), b);
}

/** Where the empty line ends, or 0. */
static size_t head_size(ti_span_t input)
{
    for (size_t i = 3; i < input.size; i++) {
        if (memcmp(input.data + i - 3, "\r\n\r\n", 4) == 0) {
            return i + 1;
        }
    }
    return 0;
}

/** Cut the text at the next separator; returns the rest, or NULL if there is none. */
static char *cut(char *text, const char *separator)
{
    char *at = strstr(text, separator);
    if (at == NULL) {
        return NULL;
    }
    *at = '\0';
    return at + strlen(separator);
}

static bool read_lines(request_t *request)
{
    request->method = request->text;
    char *target = cut(request->text, " ");
    char *version = target == NULL ? NULL : cut(target, " ");
    char *line = version == NULL ? NULL : cut(version, "\r\n");
    if (line == NULL || strcmp(version, "HTTP/1.1") != 0 || target[0] != '/') {
        return false;
    }
    request->target = target;
    while (line[0] != '\r') {
        char *next = cut(line, "\r\n");
        char *value = next == NULL ? NULL : cut(line, ": ");
        if (value == NULL || request->count == REQUEST_MAX_HEADERS) {
            return false;
        }
        request->headers[request->count].name = line;
        request->headers[request->count++].value = value;
        line = next;
    }
    return true;
}

int request_read(ti_span_t input, request_t *request)
{
    *request = (request_t){0};
    size_t size = head_size(input);
    if (size == 0) {
        return input.size < REQUEST_MAX_BYTES ? 0 : -1;
    }
    request->text = malloc(size + 1);
    if (request->text == NULL || memchr(input.data, '\0', size) != NULL) {
        return -1;
    }
    memcpy(request->text, input.data, size);
    request->text[size] = '\0';
    return read_lines(request) ? (int)size : -1;
}

void request_free(request_t *request)
{
    free(request->text);
    *request = (request_t){0};
}

const char *request_header(const request_t *request, const char *name)
{
    for (size_t i = 0; i < request->count; i++) {
        const char *candidate = request->headers[i].name;
        if (equal_names(candidate, strlen(candidate), name)) {
            return request->headers[i].value;
        }
    }
    return NULL;
}

size_t request_header_count(const request_t *request, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->count; i++) {
        const char *candidate = request->headers[i].name;
        count += equal_names(candidate, strlen(candidate), name) ? 1 : 0;
    }
    return count;
}

bool request_header_lists(const request_t *request, const char *name, const char *word)
{
    const char *value = request_header(request, name);
    while (value != NULL && *value != '\0') {
        value += strspn(value, ", ");
        size_t size = strcspn(value, ", ");
        if (equal_names(value, size, word)) {
            return true;
        }
        value += size;
    }
    return false;
}

static int hex_digit(char digit)
{
    const char *digits = "0123456789ABCDEF";
    const char *at = digit == '\0' ? NULL : strchr(digits, digit);
    return at == NULL ? -1 : (int)(at - digits);
}

bool percent_decode(const char *text, const char *end, char *out, size_t capacity)
{
    size_t size = 0;
    while (text != end && *text != '\0') {
        char decoded = *text++;
        if (decoded == '%') {
            int high = hex_digit(text[0]);
            int low = high < 0 ? -1 : hex_digit(text[1]);
            if (low < 0) {
                return false;
            }
            decoded = (char)(high * 16 + low);
            text += 2;
        }
        if (size + 1 >= capacity || decoded == '\0' || decoded == '\r' || decoded == '\n') {
            return false;
        }
        out[size++] = decoded;
    }
    out[size] = '\0';
    return true;
}

bool request_decoded(const request_t *request, const char *name, char *out, size_t capacity)
{
    const char *value = request_header(request, name);
    return percent_decode(value == NULL ? "" : value, NULL, out, capacity);
}
