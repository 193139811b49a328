/* media.h - files that are played frame by frame in a loop. */
#ifndef COMMON_MEDIA_H
#define COMMON_MEDIA_H

#include <stddef.h>

#include "../clip.h"

enum {
    MEDIA_VIDEO_INTERVAL_MS = 66, /* 15 frames a second */
    MEDIA_AUDIO_INTERVAL_MS = 20,
    MEDIA_AUDIO_BYTES = 160 /* of A-law at 8 kHz, in that time */
};

/** A position in a file. Copy it to play the same file from another position. */
typedef struct media {
    const unsigned char *bytes;
    size_t size;
    size_t at;
} media_t;

typedef struct media_frame {
    const unsigned char *data;
    size_t size;
    int key_frame;
} media_frame_t;

/** Returns the beginning of a loaded file; `clip` must outlive it. */
media_t media_of(const clip_t *clip);

/** Returns the next access unit of H.264 in Annex-B form with access unit delimiters; after the last, the first
 *  again. */
media_frame_t media_next_h264(media_t *media);

/** Returns the next `size` bytes, fewer at the end of the file; after the end, the beginning again. */
media_frame_t media_next_bytes(media_t *media, size_t size);

#endif
