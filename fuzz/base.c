/* native/base and base64url: text and the ring against simple models, base64url against a decoder of its own. */
#include "script.h"

#include <stdio.h>
#include <string.h>

#include "../native/base/ring.h"
#include "../native/base/text.h"
#include "../native/base/wipe.h"
#include "../native/base/wrap_time.h"
#include "../native/crypto/crypto.h"
#include "../test/c/support/base64url.h"

enum { MOST_TEXT = 64, MOST_RING = 37 };

/* ---- text: it equals the whole text, cut to the capacity ---- */

static void check_text(script_t *script)
{
    char cut_buffer[MOST_TEXT], whole_buffer[4096];
    ti_text_t cut, whole;
    ti_text_init(&cut, cut_buffer, script_u8(script) % (MOST_TEXT + 1));
    ti_text_init(&whole, whole_buffer, sizeof whole_buffer);
    for (unsigned kind = 1; kind != 0 && script_more(script) && whole.size < sizeof whole_buffer - 1000;) {
        char expected[16];
        size_t before = whole.size;
        kind = script_u8(script) % 5;
        uint32_t number = script_u32(script);
        ti_text_t *const texts[] = {&cut, &whole};
        for (int i = 0; i < 2; i++) {
            (kind == 0   ? (void)ti_text_add(texts[i], "text")
             : kind == 1 ? ti_text_add_u32(texts[i], number)
             : kind == 2 ? ti_text_add_i32(texts[i], (int32_t)number)
             : kind == 3 ? ti_text_add_hex(texts[i], number)
                         : ti_text_add_char(texts[i], (char)number));
        }
        static const char *const formats[] = {"text", "%u", "%d", "0x%x", "%c"};
        int size = snprintf(expected, sizeof expected, formats[kind], number);
        EXPECT(whole.size == before + (size_t)size && memcmp(whole.data + before, expected, (size_t)size) == 0);
    }
    EXPECT(!whole.cut && cut.cut == (whole.size > cut.capacity));
    EXPECT(cut.size == (cut.cut ? cut.capacity : whole.size) && memcmp(cut.data, whole.data, cut.size) == 0);
}

/* Returns whether the text can be decoded to `bytes`. */
static bool decodes_to(ti_span_t text, ti_span_t bytes)
{
    size_t at = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        if (at < text.size && text.data[at] == '%' && text.size - at >= 3) {
            int value = ti_hex_value(text.data[at + 1]) * 16 + ti_hex_value(text.data[at + 2]);
            if (value != bytes.data[i]) {
                return false;
            }
            at += 3;
        } else if (at >= text.size || text.data[at] != bytes.data[i]) {
            return false;
        } else {
            at++;
        }
    }
    return at == text.size;
}

static void check_encodings(script_t *script)
{
    char buffer[3 * UINT8_MAX], base64url[TI_BASE64URL_SIZE(UINT8_MAX)], base64[4 * ((UINT8_MAX + 2) / 3)];
    uint8_t decoded[UINT8_MAX];
    ti_text_t text;
    ti_span_t bytes = script_text(script);
    ti_text_init(&text, buffer, sizeof buffer);
    ti_text_add_percent_encoded(&text, bytes);
    EXPECT(!text.cut && decodes_to(ti_text_span(&text), bytes));

    ti_text_init(&text, buffer, script_u8(script) % (UINT8_MAX + 1));
    ti_text_add_printable(&text, bytes);
    for (size_t i = 0; i < text.size; i++) {
        EXPECT((uint8_t)buffer[i] >= ' ' && buffer[i] != 0x7f);
    }
    EXPECT(text.size <= bytes.size);

    size_t size = TI_BASE64URL_SIZE(bytes.size);
    ti_base64url_encode(bytes, base64url);
    EXPECT(base64url_decode(ti_span(base64url, size), decoded, sizeof decoded) == (int)bytes.size);
    EXPECT(bytes.size == 0 || memcmp(decoded, bytes.data, bytes.size) == 0);
    ti_base64_encode(bytes, base64);
    for (size_t i = 0; i < size; i++) {
        char url = base64[i] == '+' ? '-' : base64[i] == '/' ? '_' : base64[i];
        EXPECT(url == base64url[i]);
    }
}

/* ---- the ring: a queue ---- */

static void check_ring(script_t *script)
{
    uint8_t memory[MOST_RING];
    ti_ring_t ring;
    uint8_t pushed = 0, taken = 0; /* bytes are numbered */
    ti_ring_init(&ring, memory, 1 + script_u8(script) % MOST_RING);
    for (int turn = 0; turn < 200 && script_more(script); turn++) {
        uint8_t bits = script_u8(script);
        if ((bits & 1) != 0) {
            uint8_t *first, *second;
            size_t first_size, size = (size_t)(bits >> 1) % (ti_ring_free(&ring) + 1);
            ti_ring_reserve(&ring, size, &first, &first_size, &second);
            EXPECT(first_size <= size);
            for (size_t i = 0; i < size; i++) {
                *(i < first_size ? first + i : second + (i - first_size)) = pushed++;
            }
            ti_ring_commit(&ring, size);
        } else {
            ti_span_t waiting = ti_ring_peek(&ring);
            EXPECT(waiting.size <= ring.used && (waiting.size > 0) == (ring.used > 0));
            size_t size = (size_t)(bits >> 1) % (waiting.size + 1);
            for (size_t i = 0; i < size; i++) {
                EXPECT(waiting.data[i] == taken++);
            }
            ti_ring_take(&ring, size);
        }
        EXPECT(ring.used == (uint8_t)(pushed - taken) && ring.used <= ring.capacity);
    }
}

/* ---- spans and times ---- */

static void check_spans(script_t *script)
{
    ti_span_t a = script_text(script);
    ti_span_t b = script_text(script);
    bool equal = a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
    bool begins = b.size <= a.size && (b.size == 0 || memcmp(a.data, b.data, b.size) == 0);
    EXPECT(ti_span_equal(a, b) == equal && ti_span_starts_with(a, b) == begins);
    char text[UINT8_MAX + 1] = {0};
    if (b.size > 0) {
        memcpy(text, b.data, b.size);
    }
    bool is_text = equal && strlen(text) == b.size;
    EXPECT(!is_text || (ti_span_is(a, text) && ti_span_is_ignoring_case(a, text)));
    EXPECT(a.size != b.size || ti_equal_constant_time(a.data, b.data, a.size) == equal);
}

static void check_times(script_t *script)
{
    uint32_t now = script_u32(script);
    uint32_t ms = script_u32(script) % TI_MAX_SPAN_MS;
    EXPECT(ti_time_between(now, now + ms) == (int32_t)ms && ti_time_until(now, now + ms) == ms);
    EXPECT(ti_time_reached(now + ms, now) && ti_time_reached(now, now + ms) == (ms == 0));
    EXPECT(ti_sooner(-1, (int)ms) == (int)ms && ti_sooner((int)ms, -1) == (int)ms && ti_sooner(3, 4) == 3);
    uint8_t secret[4] = {1, 2, 3, 4};
    ti_wipe(secret, sizeof secret);
    EXPECT((secret[0] | secret[1] | secret[2] | secret[3]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const checks[])(script_t *) = {check_text, check_encodings, check_ring, check_spans, check_times};
    script_t script = {data, size};
    while (script_more(&script)) {
        SCRIPT_PICK(&script, checks)(&script);
    }
    return 0;
}
