#include "clip.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int clip_load(clip_t *clip, const char *path)
{
    FILE *file = fopen(path, "rb");
    long size = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        size = ftell(file);
        rewind(file);
    }
    clip->path = path;
    clip->size = size > 0 ? (size_t)size : 0;
    clip->bytes = size > 0 ? malloc(clip->size) : NULL;
    int loaded = clip->bytes != NULL && fread(clip->bytes, 1, clip->size, file) == clip->size;
    if (!loaded) {
        fprintf(stderr, "%s: %s\n", path, size == 0 ? "the file is empty" : strerror(errno));
    }
    if (file != NULL) {
        fclose(file);
    }
    return loaded;
}

int clip_receive(clip_t *clip, const void *frame, size_t size)
{
    if (clip->failed) {
        return 0;
    }
    const char *mismatch = NULL;
    if (size > clip->size - clip->received) {
        mismatch = "continues after the end of the file";
    } else if (memcmp(clip->bytes + clip->received, frame, size) != 0) {
        mismatch = "differs from the file";
    }
    if (mismatch != NULL) {
        fprintf(stderr, "%s: frame %u, at byte %zu of %s, %s\n", clip->name, clip->frames + 1, clip->received,
                clip->path, mismatch);
        clip->failed = 1;
        return -1;
    }
    clip->frames++;
    clip->received += size;
    return clip->received == clip->size;
}

void clip_free(clip_t *clip)
{
    free(clip->bytes);
    clip->bytes = NULL;
}
