/* native/base/json: valid and invalid JSON, whole, in place, cut at every byte, and against a guard page. */
#include "../../native/base/json.h"
#include "../../native/facade/json_text.h"
#include "check.h"
#include "support/guard.h"

enum { MAX_BYTES = 70000 };

static guard_t guard;
static char output[MAX_BYTES];

static ti_span_t span(const char *string)
{
    return ti_span(string, strlen(string));
}

/* Compacts in place and to other memory; both must agree. Returns the result, or "" if it is refused. */
static const char *compact(ti_span_t json)
{
    static char in_place[MAX_BYTES];
    ti_span_t input = guard_put(&guard, json);
    size_t size = ti_json_compact(input, output);
    REQUIRE(json.size < sizeof in_place && size <= json.size);
    if (json.size > 0) {
        memcpy(in_place, json.data, json.size);
    }
    CHECK_EQUAL(ti_json_compact(ti_span(in_place, json.size), in_place), size);
    CHECK(size == 0 || memcmp(in_place, output, size) == 0);
    output[size] = '\0';
    return output;
}

TEST(white_space_between_tokens_is_dropped_and_nothing_else)
{
    static const char *const cases[][2] = {
        {" { \"a b\" : [ 1 , true , null , \" \\\" \\u00e9 \" ] , \"c\" : { } } ",
         "{\"a b\":[1,true,null,\" \\\" \\u00e9 \"],\"c\":{}}"},
        {"\t\r\n0\t\r\n", "0"},
        {"[ ]", "[]"},
        {"-0.50E+07", "-0.50E+07"},
        {"\"\"", "\"\""},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\ud800\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\ud800\""},
        {"\"\x7f\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x8e\xa5\"", "\"\x7f\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x8e\xa5\""},
        {"[[],[[]],{\"\":[{}]}]", "[[],[[]],{\"\":[{}]}]"},
        {"{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK(strcmp(compact(span(cases[i][0])), cases[i][1]) == 0);
    }
}

static const char *const not_json[] = {
    "",
    " ",
    "hello",
    "nul",
    "nulll",
    "True",
    "NaN",
    "Infinity",
    "1 2",
    "01",
    "-",
    "+1",
    ".5",
    "1.",
    "1e",
    "1e+",
    "1.e5",
    "0x10",
    "--1",
    "-01",
    "\"",
    "\"a",
    "'a'",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\",
    "\"\\\"",
    "\"\n\"",
    "\"\t\"",
    "\"\x1f\"",
    "\"\x80\"",
    "\"\xc0\x80\"",
    "\"\xed\xa0\x80\"",
    "\"\xf5\x80\x80\x80\"",
    "\"\xe4\xbd\"",
    "\xef\xbb\xbf{}",
    "[",
    "]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1:2]",
    "[}",
    "{",
    "}",
    "{]",
    "{1:2}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,}",
    "{\"a\" 1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1:2}",
    "{\"a\",1}",
    "{a:1}",
    "[1]]",
    "{}{}",
    "[]1",
    "1,",
    ",",
    ":",
    "[\"a\":1]",
    "// x\n1",
    "[1]//",
    "{\"a\":1}\f",
    "\v1",
};

TEST(text_that_is_not_json_is_refused)
{
    for (size_t i = 0; i < sizeof not_json / sizeof not_json[0]; i++) {
        CHECK_EQUAL(strlen(compact(span(not_json[i]))), 0);
    }
    CHECK_EQUAL(strlen(compact(ti_span("1\0", 2))), 0);
    CHECK_EQUAL(strlen(compact(ti_span("\"\0\"", 3))), 0);
}

TEST(a_document_that_is_cut_anywhere_is_refused)
{
    const char *const json = "{\"a\":[1.5e-3,\"\\u00e9\xc3\xa9\\n\",true,false,null,{\"b\":{}}]}";
    for (size_t size = 0; size < strlen(json); size++) {
        CHECK_EQUAL(strlen(compact(ti_span(json, size))), 0);
    }
    CHECK(strcmp(compact(span(json)), json) == 0);
}

TEST(nesting_ends_at_32)
{
    char json[2 * (TI_JSON_MAX_DEPTH + 1) + 1];
    for (size_t depth = 1; depth <= TI_JSON_MAX_DEPTH + 1; depth++) {
        memset(json, '[', depth);
        memset(json + depth, ']', depth);
        CHECK_EQUAL(strlen(compact(ti_span(json, 2 * depth))), depth <= TI_JSON_MAX_DEPTH ? 2 * depth : 0);
    }
    /* Objects and arrays alternate, so that every level must be remembered. */
    char mixed[8 * TI_JSON_MAX_DEPTH];
    size_t size = 0;
    for (int i = 0; i < TI_JSON_MAX_DEPTH / 2; i++) {
        size += (size_t)snprintf(mixed + size, sizeof mixed - size, "{\"\":[");
    }
    for (int i = 0; i < TI_JSON_MAX_DEPTH / 2; i++) {
        size += (size_t)snprintf(mixed + size, sizeof mixed - size, "]}");
    }
    CHECK_EQUAL(strlen(compact(ti_span(mixed, size))), size);
    mixed[size - 1] = ']';
    CHECK_EQUAL(strlen(compact(ti_span(mixed, size))), 0);
}

TEST(large_documents_take_no_memory_but_their_own)
{
    static char json[65536];
    memset(json, '[', 40000);
    CHECK_EQUAL(strlen(compact(ti_span(json, 40000))), 0);
    memset(json, '"', sizeof json);
    memset(json + 1, 'x', sizeof json - 2);
    CHECK_EQUAL(strlen(compact(ti_span(json, sizeof json))), sizeof json);
    memset(json, ' ', sizeof json);
    json[sizeof json - 1] = '7';
    CHECK(strcmp(compact(ti_span(json, sizeof json)), "7") == 0);
}

static bool next_is(ti_span_t *members, const char *name, const char *value)
{
    ti_span_t read_name;
    ti_span_t read_value;
    return ti_json_next_member(members, &read_name, &read_value) && ti_span_equal(read_name, span(name)) &&
           ti_span_equal(read_value, span(value));
}

static bool is_end(ti_span_t members)
{
    ti_span_t name;
    ti_span_t value;
    return !ti_json_next_member(&members, &name, &value);
}

TEST(members_are_read_in_order)
{
    ti_span_t members = span("{\"a\":1,\"b}\":{\"x\":[1,2]},\"c\":\"},\\\"\",\"\":[]}");
    CHECK(next_is(&members, "\"a\"", "1"));
    CHECK(next_is(&members, "\"b}\"", "{\"x\":[1,2]}"));
    CHECK(next_is(&members, "\"c\"", "\"},\\\"\""));
    CHECK(next_is(&members, "\"\"", "[]"));
    CHECK(is_end(members));
    CHECK(is_end(span("{}")) && is_end(span("[1]")) && is_end(span("1")) && is_end(ti_span(NULL, 0)));
    const char *const json = "{\"a\":{\"b\":\"c\"}}";
    for (size_t size = 0; size < strlen(json); size++) { /* not what ti_json_compact() wrote, and still harmless */
        ti_span_t cut = guard_put(&guard, ti_span(json, size));
        while (!is_end(cut)) {
            ti_span_t name;
            ti_span_t value;
            (void)ti_json_next_member(&cut, &name, &value);
        }
    }
}

TEST(whole_numbers_have_digits_only)
{
    static const char *const refused[] = {"",      "-1",  "1.0", "1e2", "00", "2147483648", "99999999999999999999",
                                          "\"1\"", "true"};
    int32_t number = -1;
    CHECK(ti_json_read_whole_number(span("0"), &number) && number == 0);
    CHECK(ti_json_read_whole_number(span("2147483647"), &number) && number == INT32_MAX);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK(!ti_json_read_whole_number(span(refused[i]), &number));
    }
}

static bool shows(const char *string, const char *content, size_t room)
{
    char buffer[64];
    ti_text_t text;
    ti_text_init(&text, buffer, room);
    ti_json_add_printable(&text, guard_put(&guard, span(string)));
    return ti_span_equal(ti_text_span(&text), span(content));
}

TEST(a_string_is_shown_without_escapes_and_control_characters)
{
    CHECK(shows("\"a\\u0020\\\"\\\\\\/b\"", "a \"\\/b", 64));
    CHECK(shows("\"\\n\\t\\u0000\\u001b\\u007f\\u0085\"", "??????", 64));
    CHECK(shows("\"\\u00e9\\u4f60\\ud83c\\udfa5\"", "\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x8e\xa5", 64));
    CHECK(shows("\"\\ud83c\\ud83c\\udfa5\\udfa5\"", "?\xf0\x9f\x8e\xa5?", 64));
    CHECK(shows("\"\\ud83c\\n\\ud83c\"", "???", 64));
    CHECK(shows("\"abc\\u4f60\"", "abc", 5));
    CHECK(shows("\"\"", "", 64));
}

int main(void)
{
    guard_open(&guard, MAX_BYTES);
    RUN(white_space_between_tokens_is_dropped_and_nothing_else);
    RUN(text_that_is_not_json_is_refused);
    RUN(a_document_that_is_cut_anywhere_is_refused);
    RUN(nesting_ends_at_32);
    RUN(large_documents_take_no_memory_but_their_own);
    RUN(members_are_read_in_order);
    RUN(whole_numbers_have_digits_only);
    RUN(a_string_is_shown_without_escapes_and_control_characters);
    guard_close(&guard);
    return check_result();
}
