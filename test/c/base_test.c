/* native/base: spans, text, rings, integers, time that wraps. */
#include "../../native/base/bytes.h"
#include "../../native/base/ring.h"
#include "../../native/base/text.h"
#include "../../native/base/wrap_time.h"
#include "check.h"
#include "support/guard.h"

static ti_span_t span(const char *string)
{
    return ti_span(string, strlen(string));
}

TEST(spans_are_equal_when_their_bytes_are)
{
    CHECK(ti_span_equal(span("abc"), span("abc")));
    CHECK(!ti_span_equal(span("abc"), span("abd")));
    CHECK(!ti_span_equal(span("abc"), span("ab")));
    CHECK(!ti_span_equal(span("abc"), span("ABC")));
    CHECK(ti_span_equal(ti_span(NULL, 0), span("")));
}

TEST(a_span_is_a_string_when_its_bytes_are_and_it_is_no_longer)
{
    CHECK(ti_span_is(span("abc"), "abc"));
    CHECK(!ti_span_is(span("abc"), "ab"));
    CHECK(!ti_span_is(span("ab"), "abc"));
    CHECK(!ti_span_is(span("abc"), "ABC"));
    CHECK(!ti_span_is(ti_span("a\0b", 3), "a"));
    CHECK(ti_span_is(ti_span(NULL, 0), ""));
}

TEST(case_is_ignored_in_ascii_letters_only)
{
    CHECK(ti_span_is_ignoring_case(span("WebSocket-Z"), "wEBsOCKET-z"));
    CHECK(!ti_span_is_ignoring_case(span("@"), "`"));
    CHECK(!ti_span_is_ignoring_case(span("["), "{"));
    CHECK(!ti_span_is_ignoring_case(span("\xc3\x84"), "\xc3\xa4"));
    CHECK(!ti_span_is_ignoring_case(span("ab"), "abc"));
    CHECK(ti_span_is_ignoring_case(ti_span(NULL, 0), ""));
}

TEST(hexadecimal_digits_have_values_and_nothing_else_has)
{
    const char *const digits = "0123456789abcdef0123456789ABCDEF";
    for (int byte = 0; byte < 256; byte++) {
        const char *at = memchr(digits, byte, 32);
        CHECK_EQUAL(ti_hex_value((uint8_t)byte), at != NULL ? (at - digits) % 16 : -1);
    }
}

TEST(a_span_starts_with_its_prefixes)
{
    CHECK(ti_span_starts_with(span("device://x"), span("device://")));
    CHECK(ti_span_starts_with(span("x"), span("x")));
    CHECK(ti_span_starts_with(span("x"), ti_span(NULL, 0)));
    CHECK(!ti_span_starts_with(span("devic"), span("device")));
    CHECK(!ti_span_starts_with(span("Device://"), span("device://")));
}

TEST(integers_are_written_in_their_order_at_any_address)
{
    uint8_t buffer[9] = {0};
    ti_put_u16_be(buffer + 1, 0x0102);
    CHECK_BYTES(buffer + 1, "\x01\x02", 2);
    ti_put_u32_be(buffer + 1, 0x01020384);
    CHECK_BYTES(buffer + 1, "\x01\x02\x03\x84", 4);
    CHECK_EQUAL(ti_get_u32_be(buffer + 1), 0x01020384);
    CHECK_EQUAL(ti_get_u16_be(buffer + 3), 0x0384);
    ti_put_u32_le(buffer + 1, 0xfedcba98);
    CHECK_BYTES(buffer + 1, "\x98\xba\xdc\xfe", 4);
    CHECK_EQUAL(ti_get_u32_le(buffer + 1), 0xfedcba98);
    ti_put_u64_be(buffer + 1, 0xfedcba9876543210);
    CHECK_BYTES(buffer + 1, "\xfe\xdc\xba\x98\x76\x54\x32\x10", 8);
    CHECK(ti_get_u64_be(buffer + 1) == 0xfedcba9876543210);
}

TEST(time_goes_on_when_the_counter_wraps)
{
    CHECK_EQUAL(ti_time_between(0xfffffff0, 0x10), 0x20);
    CHECK_EQUAL(ti_time_between(0x10, 0xfffffff0), -0x20);
    CHECK(ti_time_reached(5, 0xfffffffb));
    CHECK(ti_time_reached(5, 5));
    CHECK(!ti_time_reached(0xfffffffb, 5));
    CHECK_EQUAL(ti_time_until(0xfffffffb, 5), 10);
    CHECK_EQUAL(ti_time_until(5, 5), 0);
    CHECK_EQUAL(ti_time_until(6, 5), 0);
}

/* What `statement` adds to an empty text of this many bytes, which end at a guard page. */
#define CHECK_TEXT(bytes, statement, expected, expected_cut) \
    do { \
        guard_t guard_; \
        guard_open(&guard_, 4096); \
        ti_text_t text; \
        ti_text_init(&text, (char *)guard_room(&guard_, bytes), bytes); \
        statement; \
        CHECK(ti_span_equal(ti_text_span(&text), span(expected))); \
        CHECK_EQUAL(text.cut, expected_cut); \
        guard_close(&guard_); \
    } while (0)

TEST(text_fits_to_the_last_byte_and_is_cut_at_the_next)
{
    CHECK_TEXT(5, ti_text_add(&text, "hello"), "hello", false);
    CHECK_TEXT(4, ti_text_add(&text, "hello"), "hell", true);
    CHECK_TEXT(0, ti_text_add(&text, ""), "", false);
    CHECK_TEXT(0, ti_text_add_char(&text, 'x'), "", true);
    CHECK_TEXT(1, ti_text_add_char(&text, 'x'), "x", false);
    CHECK_TEXT(3, ti_text_add_span(&text, ti_span(NULL, 0)), "", false);
}

TEST(nothing_is_added_behind_a_cut)
{
    CHECK_TEXT(3, (ti_text_add_printable(&text, span("ab\xc3\xa9")), ti_text_add_char(&text, 'x')), "ab", true);
}

TEST(numbers_are_written_in_full)
{
    CHECK_TEXT(10, ti_text_add_u32(&text, 0), "0", false);
    CHECK_TEXT(10, ti_text_add_u32(&text, 4294967295), "4294967295", false);
    CHECK_TEXT(9, ti_text_add_u32(&text, 4294967295), "429496729", true);
    CHECK_TEXT(11, ti_text_add_i32(&text, INT32_MIN), "-2147483648", false);
    CHECK_TEXT(11, ti_text_add_i32(&text, INT32_MAX), "2147483647", false);
    CHECK_TEXT(11, ti_text_add_i32(&text, -1), "-1", false);
    CHECK_TEXT(10, ti_text_add_hex(&text, 0), "0x0", false);
    CHECK_TEXT(10, ti_text_add_hex(&text, 0x40a), "0x40a", false);
    CHECK_TEXT(10, ti_text_add_hex(&text, 0xffffffff), "0xffffffff", false);
    CHECK_TEXT(9, ti_text_add_hex(&text, 0xffffffff), "0xfffffff", true);
}

TEST(percent_encoding_keeps_unreserved_bytes_only)
{
    CHECK_TEXT(
        66,
        ti_text_add_percent_encoded(&text, span("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")),
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", false);
    CHECK_TEXT(9, ti_text_add_percent_encoded(&text, span("\r\xc3\xff")), "%0D%C3%FF", false);
    CHECK_TEXT(3, ti_text_add_percent_encoded(&text, ti_span("\0", 1)), "%00", false);
    CHECK_TEXT(2, ti_text_add_percent_encoded(&text, span("/")), "%2", true);
    int kept = 0;
    for (int byte = 0; byte < 256; byte++) {
        char buffer[3];
        uint8_t one = (uint8_t)byte;
        ti_text_t text;
        ti_text_init(&text, buffer, sizeof buffer);
        ti_text_add_percent_encoded(&text, ti_span(&one, 1));
        CHECK(text.size == 3 || (text.size == 1 && buffer[0] == (char)one));
        kept += text.size == 1;
    }
    CHECK_EQUAL(kept, 66);
}

TEST(control_characters_become_question_marks_and_utf8_passes)
{
    CHECK_TEXT(64, ti_text_add_printable(&text, span("a\r\n\t\x1b[0m\x7f~")), "a????[0m?~", false);
    CHECK_TEXT(64, ti_text_add_printable(&text, ti_span("a\0b", 3)), "a?b", false);
    CHECK_TEXT(64, ti_text_add_printable(&text, span("Zo\xc3\xab \xe4\xbd\xa0 \xf0\x9f\x8e\xa5 \xf4\x8f\xbf\xbf")),
               "Zo\xc3\xab \xe4\xbd\xa0 \xf0\x9f\x8e\xa5 \xf4\x8f\xbf\xbf", false);
    CHECK_TEXT(64, ti_text_add_printable(&text, span("\xc2\x80\xc2\x9f\xc2\xa0")), "??\xc2\xa0", false);
}

TEST(bytes_that_are_no_utf8_become_question_marks)
{
    CHECK_TEXT(64, ti_text_add_printable(&text, span("\x80\xbf")), "??", false);           /* no lead */
    CHECK_TEXT(64, ti_text_add_printable(&text, span("\xc0\x80\xc1\xbf")), "????", false); /* overlong, 2 bytes */
    CHECK_TEXT(64, ti_text_add_printable(&text, span("\xe0\x9f\xbf")), "???", false);      /* overlong, 3 bytes */
    CHECK_TEXT(64, ti_text_add_printable(&text, span("\xf0\x8f\xbf\xbf")), "????", false); /* overlong, 4 bytes */
    CHECK_TEXT(64, ti_text_add_printable(&text, span("\xed\xa0\x80")), "???", false);      /* a surrogate */
    CHECK_TEXT(64, ti_text_add_printable(&text, span("\xf4\x90\x80\x80")), "????", false); /* above U+10FFFF */
    CHECK_TEXT(64, ti_text_add_printable(&text, span("\xf5\xff")), "??", false);
    CHECK_TEXT(64,
               ti_text_add_printable(&text, span("\xe4\xbd"
                                                 "a")),
               "??a", false); /* broken off inside */
    guard_t guard;
    guard_open(&guard, 16);
    ti_span_t broken_off = guard_put(&guard, span("\xf0\x9f\x8e"));
    CHECK_TEXT(64, ti_text_add_printable(&text, broken_off), "???", false);
    guard_close(&guard);
}

TEST(a_character_is_never_cut_in_half)
{
    CHECK_TEXT(4, ti_text_add_printable(&text, span("abc\xc3\xab")), "abc", true);
    CHECK_TEXT(5, ti_text_add_printable(&text, span("abc\xc3\xab")), "abc\xc3\xab", false);
    CHECK_TEXT(2, ti_text_add_printable(&text, span("\n\n\n")), "??", true);
}

/* xorshift32, so that a run can be repeated */
static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

TEST(a_ring_begins_again_at_the_front_when_it_is_empty)
{
    uint8_t memory[8];
    uint8_t *first, *second;
    size_t first_size;
    ti_ring_t ring;
    ti_ring_init(&ring, memory, sizeof memory);
    CHECK_EQUAL(ti_ring_free(&ring), 8);
    CHECK_EQUAL(ti_ring_peek(&ring).size, 0);
    ti_ring_commit(&ring, 5);
    ti_ring_take(&ring, 3);
    CHECK(ti_ring_peek(&ring).data == memory + 3);
    ti_ring_take(&ring, 2);
    ti_ring_reserve(&ring, 8, &first, &first_size, &second);
    CHECK(first == memory && first_size == 8);
}

TEST(a_ring_wraps_and_fills_to_its_last_byte)
{
    uint8_t memory[8];
    uint8_t *first, *second;
    size_t first_size;
    ti_ring_t ring;
    ti_ring_init(&ring, memory, sizeof memory);
    ti_ring_commit(&ring, 6);
    ti_ring_take(&ring, 5);
    ti_ring_reserve(&ring, 7, &first, &first_size, &second);
    CHECK(first == memory + 6 && first_size == 2 && second == memory);
    ti_ring_commit(&ring, 7);
    CHECK_EQUAL(ti_ring_free(&ring), 0);
    CHECK(ti_ring_peek(&ring).data == memory + 5 && ti_ring_peek(&ring).size == 3);
    ti_ring_take(&ring, 3);
    CHECK(ti_ring_peek(&ring).data == memory && ti_ring_peek(&ring).size == 5);
    ti_ring_take(&ring, 0);
    CHECK_EQUAL(ti_ring_peek(&ring).size, 5);
}

/* Append `size` bytes that count on from *written. */
static void append(ti_ring_t *ring, size_t size, uint8_t *written)
{
    uint8_t *first, *second;
    size_t first_size;
    ti_ring_reserve(ring, size, &first, &first_size, &second);
    REQUIRE(first_size <= size);
    for (size_t i = 0; i < size; i++) {
        *(i < first_size ? first + i : second + (i - first_size)) = (*written)++;
    }
    ti_ring_commit(ring, size);
}

/* All waiting bytes count up to *written; they are read through a copy of the ring, so nothing is taken. */
static bool holds(ti_ring_t ring, size_t used, uint8_t written)
{
    uint8_t expected = (uint8_t)(written - used);
    int runs = 0;
    while (ring.used > 0) {
        ti_span_t run = ti_ring_peek(&ring);
        for (size_t i = 0; i < run.size; i++) {
            if (run.data[i] != expected++) {
                return false;
            }
        }
        ti_ring_take(&ring, run.size);
        runs++;
    }
    return expected == written && runs <= 2;
}

TEST(a_ring_keeps_order_and_bytes_through_any_sequence)
{
    uint32_t random = 20240607;
    for (size_t capacity = 1; capacity <= 65; capacity++) {
        guard_t guard;
        guard_open(&guard, capacity);
        ti_ring_t ring;
        ti_ring_init(&ring, guard_room(&guard, capacity), capacity);
        size_t used = 0;
        uint8_t written = 0;
        for (int step = 0; step < 2000; step++) {
            if (next_random(&random) & 1) {
                size_t size = next_random(&random) % (ti_ring_free(&ring) + 1);
                append(&ring, size, &written);
                used += size;
            } else {
                size_t size = next_random(&random) % (used + 1);
                ti_ring_take(&ring, size);
                used -= size;
            }
            REQUIRE(ring.used == used && ti_ring_free(&ring) == capacity - used);
            REQUIRE(holds(ring, used, written));
            REQUIRE(used > 0 || ring.tail == 0);
        }
        guard_close(&guard);
    }
}

int main(void)
{
    RUN(spans_are_equal_when_their_bytes_are);
    RUN(a_span_is_a_string_when_its_bytes_are_and_it_is_no_longer);
    RUN(case_is_ignored_in_ascii_letters_only);
    RUN(hexadecimal_digits_have_values_and_nothing_else_has);
    RUN(a_span_starts_with_its_prefixes);
    RUN(integers_are_written_in_their_order_at_any_address);
    RUN(time_goes_on_when_the_counter_wraps);
    RUN(text_fits_to_the_last_byte_and_is_cut_at_the_next);
    RUN(nothing_is_added_behind_a_cut);
    RUN(numbers_are_written_in_full);
    RUN(percent_encoding_keeps_unreserved_bytes_only);
    RUN(control_characters_become_question_marks_and_utf8_passes);
    RUN(bytes_that_are_no_utf8_become_question_marks);
    RUN(a_character_is_never_cut_in_half);
    RUN(a_ring_begins_again_at_the_front_when_it_is_empty);
    RUN(a_ring_wraps_and_fills_to_its_last_byte);
    RUN(a_ring_keeps_order_and_bytes_through_any_sequence);
    return check_result();
}
