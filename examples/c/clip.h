/* clip.h - a file, and how much of it has been received in frames. */
#ifndef CLIP_H
#define CLIP_H

#include <stddef.h>

typedef struct clip {
    const char *name; /* for printed lines */
    const char *path;
    unsigned char *bytes;
    size_t size;
    size_t received;
    unsigned frames;
    int failed; /* frames after a mismatch are not compared */
} clip_t;

/** Read the whole file; keeps the pointer `path`. Returns 1; or prints what is wrong with the file and returns 0. */
int clip_load(clip_t *clip, const char *path);

/** Compare a frame with the next bytes of the file. Returns 1 when the file is complete, 0 when more frames are
 *  expected. Prints the first mismatch and returns -1 for it; returns 0 for all frames after it. */
int clip_receive(clip_t *clip, const void *frame, size_t size);

void clip_free(clip_t *clip);

#endif
