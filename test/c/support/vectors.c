#include "vectors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINE_BYTES = 16384, MAX_PATH_BYTES = 4096, MAX_FIELDS = 32 };

struct vectors {
    FILE *file;
    int line;
    char path[MAX_PATH_BYTES];
    char text[MAX_LINE_BYTES];
    uint8_t decoded[MAX_LINE_BYTES]; /* what vector_bytes() gave out for this line */
    size_t decoded_size;
    char *fields[MAX_FIELDS]; /* "key=value" */
    int field_count;
};

static void fail(const vectors_t *vectors, const char *what, const char *value)
{
    fprintf(stderr, "%s:%d: %s %s\n", vectors->path, vectors->line, what, value);
    exit(1);
}

vectors_t *vectors_open(void)
{
    vectors_t *vectors = calloc(1, sizeof *vectors);
    if (vectors == NULL) {
        perror("vectors");
        exit(1);
    }
    const char *here = __FILE__; /* test/c/support/vectors.c */
    const char *name = strrchr(here, '/');
    int directory = name == NULL ? 0 : (int)(name + 1 - here);
    snprintf(vectors->path, sizeof vectors->path, "%.*s../../vectors/wire.txt", directory, here);
    vectors->file = fopen(vectors->path, "r");
    if (vectors->file == NULL) {
        fail(vectors, "cannot be opened:", strerror(errno));
    }
    return vectors;
}

void vectors_close(vectors_t *vectors)
{
    fclose(vectors->file);
    free(vectors);
}

static bool is_mark(const char *word)
{
    return strcmp(word, "reads") == 0 || strcmp(word, "ignored") == 0 || strcmp(word, "bad") == 0;
}

bool vectors_next(vectors_t *vectors, vector_t *vector)
{
    do {
        if (fgets(vectors->text, sizeof vectors->text, vectors->file) == NULL) {
            return false;
        }
        vectors->line++;
        size_t end = strcspn(vectors->text, "\n");
        if (vectors->text[end] == '\0') {
            fail(vectors, "line is too long or has no end:", "16383 bytes at most");
        }
        vectors->text[end] = '\0';
    } while (vectors->text[0] == '#' || vectors->text[0] == '\0');

    vectors->decoded_size = 0;
    vectors->field_count = 0;
    char *word = strtok(vectors->text, " ");
    *vector = (vector_t){.line = vectors->line, .mark = "", .owner = vectors};
    if (is_mark(word)) {
        vector->mark = word;
        word = strtok(NULL, " ");
    }
    if (word == NULL) {
        fail(vectors, "line has no", "kind");
    }
    vector->kind = word;
    while ((word = strtok(NULL, " ")) != NULL) {
        if (vectors->field_count == MAX_FIELDS) {
            fail(vectors, "too many fields at", word);
        }
        vectors->fields[vectors->field_count++] = word;
    }
    return true;
}

const char *vector_word(const vector_t *vector, const char *key)
{
    size_t size = strlen(key);
    for (int i = 0; i < vector->owner->field_count; i++) {
        const char *field = vector->owner->fields[i];
        if (strncmp(field, key, size) == 0 && field[size] == '=') {
            return field + size + 1;
        }
    }
    fail(vector->owner, "no field", key);
    return NULL;
}

long long vector_number(const vector_t *vector, const char *key)
{
    const char *word = vector_word(vector, key);
    char *end;
    long long value = strtoll(word, &end, 10);
    if (end == word || *end != '\0') {
        fail(vector->owner, "not a number:", word);
    }
    return value;
}

static int hex_digit(char character)
{
    const char *digits = "0123456789abcdef";
    const char *at = character == '\0' ? NULL : strchr(digits, character);
    return at == NULL ? -1 : (int)(at - digits);
}

ti_span_t vector_bytes(const vector_t *vector, const char *key)
{
    vectors_t *vectors = vector->owner;
    const char *word = vector_word(vector, key);
    size_t size = strlen(word) / 2;
    if (strlen(word) % 2 != 0 || size > sizeof vectors->decoded - vectors->decoded_size) {
        fail(vectors, "odd or too much hex:", word);
    }
    uint8_t *out = vectors->decoded + vectors->decoded_size;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(word[2 * i]), low = hex_digit(word[2 * i + 1]);
        if (high < 0 || low < 0) {
            fail(vectors, "not hex:", word);
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    vectors->decoded_size += size;
    return ti_span(out, size);
}
