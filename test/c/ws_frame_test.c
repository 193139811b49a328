/* WebSocket frame headers and masking (RFC 6455 section 5). */
#include "../../native/wire/websocket.h"
#include "check.h"
#include "support/guard.h"

static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};

static int read_at_page(const void *bytes, size_t size, ti_ws_header_t *header)
{
    guard_t guard;
    guard_open(&guard, 64);
    int result = ti_ws_read_header(guard_put(&guard, ti_span(bytes, size)), header);
    guard_close(&guard);
    return result;
}

struct good_header {
    const char *bytes;
    int size;
    uint64_t payload_size;
    int opcode;
    bool final;
};

/* Lengths at the edges of each form, every opcode, fragments. */
static const struct good_header good_headers[] = {
    {"\x82\x00", 2, 0, TI_WS_BINARY, true},
    {"\x82\x7d", 2, 125, TI_WS_BINARY, true},
    {"\x82\x7e\x00\x7e", 4, 126, TI_WS_BINARY, true},
    {"\x82\x7e\xff\xff", 4, 65535, TI_WS_BINARY, true},
    {"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10, 65536, TI_WS_BINARY, true},
    {"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10, INT64_MAX, TI_WS_BINARY, true},
    {"\x81\x01", 2, 1, TI_WS_TEXT, true},
    {"\x02\x01", 2, 1, TI_WS_BINARY, false},
    {"\x00\x01", 2, 1, TI_WS_CONTINUATION, false},
    {"\x80\x01", 2, 1, TI_WS_CONTINUATION, true},
    {"\x88\x02", 2, 2, TI_WS_CLOSE, true},
    {"\x89\x7d", 2, 125, TI_WS_PING, true},
    {"\x8a\x00", 2, 0, TI_WS_PONG, true},
};

TEST(good_headers_are_read_whole_and_want_more_at_every_byte_before)
{
    for (size_t i = 0; i < sizeof good_headers / sizeof good_headers[0]; i++) {
        const struct good_header *good = &good_headers[i];
        ti_ws_header_t header;
        for (int size = 0; size < good->size; size++) {
            CHECK_EQUAL(read_at_page(good->bytes, (size_t)size, &header), 0);
        }
        CHECK_EQUAL(read_at_page(good->bytes, (size_t)good->size, &header), good->size);
        CHECK_EQUAL(header.opcode, good->opcode);
        CHECK_EQUAL(header.final, good->final);
        CHECK(header.payload_size == good->payload_size);
    }
}

/* The size at which each becomes visibly bad; more bytes do not mend it. */
static const struct {
    const char *bytes;
    int size;
    int visible_at;
} bad_headers[] = {
    {"\xc2\x00", 2, 1}, /* RSV1 */
    {"\xa2\x00", 2, 1}, /* RSV2 */
    {"\x92\x00", 2, 1}, /* RSV3 */
    {"\x83\x00", 2, 1}, /* reserved opcodes */
    {"\x87\x00", 2, 1},
    {"\x8b\x00", 2, 1},
    {"\x8f\x00", 2, 1},
    {"\x08\x00", 2, 1}, /* fragmented control frames */
    {"\x09\x00", 2, 1},
    {"\x0a\x00", 2, 1},
    {"\x82\x80", 2, 2},         /* masked by a server */
    {"\x89\x7e\x00\x7e", 4, 2}, /* control frames of 126 bytes and more */
    {"\x88\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10, 2},
    {"\x82\x7e\x00\x7d", 4, 4}, /* not the shortest form */
    {"\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff", 10, 10},
    {"\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00", 10, 10}, /* top bit */
    {"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10, 10},
};

TEST(bad_headers_are_refused_as_soon_as_it_can_be_seen)
{
    for (size_t i = 0; i < sizeof bad_headers / sizeof bad_headers[0]; i++) {
        ti_ws_header_t header;
        for (int size = 0; size <= bad_headers[i].size; size++) {
            int expected = size < bad_headers[i].visible_at ? 0 : -1;
            CHECK_EQUAL(read_at_page(bad_headers[i].bytes, (size_t)size, &header), expected);
        }
    }
}

TEST(of_the_sixteen_opcodes_six_are_known)
{
    int known = 0;
    for (int opcode = 0; opcode < 16; opcode++) {
        ti_ws_header_t header;
        const uint8_t bytes[2] = {(uint8_t)(0x80 | opcode), 0};
        known += ti_ws_read_header(ti_span(bytes, 2), &header) == 2;
    }
    CHECK_EQUAL(known, 6);
}

TEST(a_header_is_written_in_the_shortest_form_and_not_a_byte_beyond)
{
    static const struct {
        size_t payload_size;
        const char *bytes;
        int size;
    } cases[] = {
        {0, "\x82\x80", 6},
        {125, "\x82\xfd", 6},
        {126, "\x82\xfe\x00\x7e", 8},
        {65535, "\x82\xfe\xff\xff", 8},
        {65536, "\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00", 14},
        {0x12345678, "\x82\xff\x00\x00\x00\x00\x12\x34\x56\x78", 14},
    };
    guard_t guard;
    guard_open(&guard, TI_WS_MAX_HEADER_BYTES);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_EQUAL(ti_ws_header_size(cases[i].payload_size), cases[i].size);
        uint8_t *out = guard_room(&guard, (size_t)cases[i].size);
        CHECK_EQUAL(ti_ws_write_header(out, TI_WS_BINARY, cases[i].payload_size, mask), cases[i].size);
        CHECK_BYTES(out, cases[i].bytes, (size_t)cases[i].size - 4);
        CHECK_BYTES(out + cases[i].size - 4, mask, 4);
    }
    uint8_t *out = guard_room(&guard, 6);
    ti_ws_write_header(out, TI_WS_CLOSE, 2, mask);
    CHECK_BYTES(out, "\x88\x82", 2);
    guard_close(&guard);
}

/* RFC 6455 section 5.7, the masked "Hello" */
TEST(masking_gives_the_text_of_the_standard)
{
    uint8_t out[5];
    ti_ws_mask(out, (const uint8_t *)"Hello", 5, mask, 0);
    CHECK_BYTES(out, "\x7f\x9f\x4d\x51\x58", 5);
}

enum { MOST_BYTES = 200, ALIGNMENTS = 16 };

TEST(masking_agrees_with_the_plain_loop_at_every_alignment_length_and_offset)
{
    uint8_t in[ALIGNMENTS + MOST_BYTES], out[ALIGNMENTS + MOST_BYTES + 1], expected[MOST_BYTES];
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] = (uint8_t)(i * 31 + 7);
    }
    for (size_t in_at = 0; in_at < ALIGNMENTS; in_at++) {
        size_t out_at = (in_at * 5 + 3) % ALIGNMENTS;
        for (size_t size = 0; size <= MOST_BYTES; size++) {
            size_t offset = size + in_at;
            for (size_t i = 0; i < size; i++) {
                expected[i] = in[in_at + i] ^ mask[(offset + i) % 4];
            }
            memset(out, 0xee, sizeof out);
            ti_ws_mask(out + out_at, in + in_at, size, mask, offset);
            CHECK_BYTES(out + out_at, expected, size);
            CHECK(out[out_at + size] == 0xee && (out_at == 0 || out[out_at - 1] == 0xee));
        }
    }
}

TEST(masking_in_place_and_in_pieces_gives_the_same)
{
    uint8_t whole[MOST_BYTES] = {0}, pieces[MOST_BYTES] = {0};
    ti_ws_mask(whole, whole, sizeof whole, mask, 0);
    for (size_t cut = 0; cut <= sizeof pieces; cut++) {
        memset(pieces, 0, sizeof pieces);
        ti_ws_mask(pieces, pieces, cut, mask, 0);
        ti_ws_mask(pieces + cut, pieces + cut, sizeof pieces - cut, mask, cut);
        CHECK_BYTES(pieces, whole, sizeof whole);
    }
}

TEST(masking_stays_off_the_guard_page)
{
    guard_t guard;
    guard_open(&guard, MOST_BYTES);
    for (size_t size = 0; size <= MOST_BYTES; size++) {
        uint8_t *at = guard_room(&guard, size);
        ti_ws_mask(at, at, size, mask, 0);
    }
    guard_close(&guard);
}

int main(void)
{
    RUN(good_headers_are_read_whole_and_want_more_at_every_byte_before);
    RUN(bad_headers_are_refused_as_soon_as_it_can_be_seen);
    RUN(of_the_sixteen_opcodes_six_are_known);
    RUN(a_header_is_written_in_the_shortest_form_and_not_a_byte_beyond);
    RUN(masking_gives_the_text_of_the_standard);
    RUN(masking_agrees_with_the_plain_loop_at_every_alignment_length_and_offset);
    RUN(masking_in_place_and_in_pieces_gives_the_same);
    RUN(masking_stays_off_the_guard_page);
    return check_result();
}
