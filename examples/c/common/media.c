#include "media.h"

enum { NAL_IDR = 5, NAL_DELIMITER = 9, NAL_TYPE_MASK = 31, START_CODE_BYTES = 3 };

media_t media_of(const clip_t *clip)
{
    media_t media = {clip->bytes, clip->size, 0};
    return media;
}

/* Returns where the next start code at or after `at` begins; `size` when there is none. */
static size_t find_start_code(const media_t *media, size_t at)
{
    for (; at + START_CODE_BYTES < media->size; at++) {
        const unsigned char *here = media->bytes + at;
        if (here[0] == 0 && here[1] == 0 && here[2] == 1) {
            return at;
        }
    }
    return media->size;
}

media_frame_t media_next_h264(media_t *media)
{
    size_t begin = media->at < media->size ? media->at : 0;
    size_t end = begin;
    media_frame_t frame = {media->bytes + begin, 0, 0};
    for (int delimiters = 0; end < media->size;) {
        size_t code = find_start_code(media, end);
        int type = code < media->size ? media->bytes[code + START_CODE_BYTES] & NAL_TYPE_MASK : 0;
        if (type == NAL_DELIMITER && delimiters++ == 1) {
            end = media->bytes[code - 1] == 0 ? code - 1 : code; /* the longer start code has one more 0 */
            break;
        }
        frame.key_frame |= type == NAL_IDR;
        end = code < media->size ? code + START_CODE_BYTES : media->size;
    }
    frame.size = end - begin;
    media->at = end;
    return frame;
}

media_frame_t media_next_bytes(media_t *media, size_t size)
{
    size_t begin = media->at < media->size ? media->at : 0;
    size_t left = media->size - begin;
    media_frame_t frame = {media->bytes + begin, left < size ? left : size, 0};
    media->at = begin + frame.size;
    return frame;
}
