/* clip.h - a file, and how much of it has come in frames. */
#ifndef CLIP_H
#define CLIP_H

#include <stddef.h>

typedef struct clip {
    const char *name; /* for what is printed */
    const char *path;
    unsigned char *bytes;
    size_t size;
    size_t received;
    unsigned frames;
    int failed; /* what comes behind a mismatch is not compared */
} clip_t;

/** Read the whole file at `path`, which is kept. Returns 1; or prints what is wrong with it, and returns 0. */
int clip_load(clip_t *clip, const char *path);

/** Compare a frame with the bytes behind those that have come. Returns 1 when the file is complete, 0 when more is to
 *  come. Prints the first mismatch, returns -1 for it, and 0 for everything behind it. */
int clip_receive(clip_t *clip, const void *frame, size_t size);

void clip_free(clip_t *clip);

#endif
