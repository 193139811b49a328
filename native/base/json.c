#include "json.h"

#include <string.h>

#include "text.h"

static ti_span_t from(ti_span_t span, size_t at)
{
    return ti_span(span.data + at, span.size - at);
}

static bool is_one_of(uint8_t byte, const char *bytes)
{
    while (*bytes != '\0' && (uint8_t)*bytes != byte) {
        bytes++;
    }
    return *bytes != '\0';
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* ---- Scalars. Each function returns the size of the token at the start of `text`, or 0 if there is none. ---- */

static size_t escape_size(ti_span_t text)
{
    size_t size = text.size > 1 && text.data[1] == 'u' ? 6 : 2;
    if (text.size < size || (size == 2 && !is_one_of(text.data[1], "\"\\/bfnrt"))) {
        return 0;
    }
    for (size_t i = 2; i < size; i++) {
        if (ti_hex_value(text.data[i]) < 0) {
            return 0;
        }
    }
    return size;
}

static size_t string_size(ti_span_t text)
{
    size_t at = 1;
    if (text.size == 0 || text.data[0] != '"') {
        return 0;
    }
    while (at < text.size && text.data[at] != '"') {
        uint8_t byte = text.data[at];
        size_t size = byte == '\\'  ? escape_size(from(text, at))
                      : byte < 0x20 ? 0
                                    : ti_utf8_size(text.data + at, text.size - at);
        if (size == 0) {
            return 0;
        }
        at += size;
    }
    return at < text.size ? at + 1 : 0;
}

static size_t skip_digits(ti_span_t text, size_t at)
{
    while (at < text.size && is_digit(text.data[at])) {
        at++;
    }
    return at;
}

static size_t number_size(ti_span_t text)
{
    size_t first = text.size > 0 && text.data[0] == '-';
    size_t at = skip_digits(text, first);
    if (at == first || (text.data[first] == '0' && at > first + 1)) {
        return 0;
    }
    if (at < text.size && text.data[at] == '.') {
        size_t fraction = at + 1;
        at = skip_digits(text, fraction);
        if (at == fraction) {
            return 0;
        }
    }
    if (at < text.size && is_one_of(text.data[at], "eE")) {
        at++;
        at += at < text.size && is_one_of(text.data[at], "+-");
        size_t exponent = at;
        at = skip_digits(text, exponent);
        if (at == exponent) {
            return 0;
        }
    }
    return at;
}

static size_t word_size(ti_span_t text)
{
    static const char words[][6] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t size = strlen(words[i]);
        if (ti_span_starts_with(text, ti_span(words[i], size))) {
            return size;
        }
    }
    return 0;
}

/* ---- Structure ---- */

enum expected { VALUE, VALUE_OR_END, NAME, NAME_OR_END, COLON, COMMA_OR_END, NOTHING };

typedef struct place {
    enum expected expected;
    unsigned depth;
    uint32_t objects; /* a bit for each open array (0) or object (1); the innermost is bit 0 */
} place_t;

static bool expects_value(const place_t *place)
{
    return place->expected == VALUE || place->expected == VALUE_OR_END;
}

static void end_value(place_t *place)
{
    place->expected = place->depth > 0 ? COMMA_OR_END : NOTHING;
}

static bool open_container(place_t *place, bool is_object)
{
    if (!expects_value(place) || place->depth == TI_JSON_MAX_DEPTH) {
        return false;
    }
    place->depth++;
    place->objects = place->objects << 1 | is_object;
    place->expected = is_object ? NAME_OR_END : VALUE_OR_END;
    return true;
}

static bool close_container(place_t *place, bool is_object)
{
    bool may_end = place->expected == COMMA_OR_END || place->expected == (is_object ? NAME_OR_END : VALUE_OR_END);
    if (place->depth == 0 || (place->objects & 1) != is_object || !may_end) {
        return false;
    }
    place->depth--;
    place->objects >>= 1;
    end_value(place);
    return true;
}

static size_t take_scalar(place_t *place, ti_span_t text)
{
    uint8_t byte = text.data[0];
    if (place->expected == NAME || place->expected == NAME_OR_END) {
        place->expected = COLON;
        return string_size(text);
    }
    if (!expects_value(place)) {
        return 0;
    }
    end_value(place);
    return byte == '"' ? string_size(text) : byte == '-' || is_digit(byte) ? number_size(text) : word_size(text);
}

/* Returns the size of the token at the start of `text`, or 0 if it is invalid at this place. */
static size_t take_token(place_t *place, ti_span_t text)
{
    bool in_object = (place->objects & 1) != 0;
    switch (text.data[0]) {
    case '{':
    case '[':
        return open_container(place, text.data[0] == '{');
    case '}':
    case ']':
        return close_container(place, text.data[0] == '}');
    case ',':
        if (place->expected != COMMA_OR_END) {
            return 0;
        }
        place->expected = in_object ? NAME : VALUE;
        return 1;
    case ':':
        if (place->expected != COLON) {
            return 0;
        }
        place->expected = VALUE;
        return 1;
    default:
        return take_scalar(place, text);
    }
}

size_t ti_json_compact(ti_span_t input, char *output)
{
    place_t place = {VALUE, 0, 0};
    size_t written = 0;
    size_t at = 0;
    while (at < input.size) {
        uint8_t byte = input.data[at];
        if (is_one_of(byte, " \t\r\n")) {
            at++;
            continue;
        }
        size_t size = take_token(&place, from(input, at));
        if (size == 0) {
            return 0;
        }
        memmove(output + written, input.data + at, size);
        written += size;
        at += size;
    }
    return place.expected == NOTHING ? written : 0;
}

/* ---- Reading what ti_json_compact() wrote ---- */

/* Returns the size of the value at the start of `text`, which goes on behind it. */
static size_t value_size(ti_span_t text)
{
    size_t depth = 0;
    size_t at = 0;
    while (at < text.size) {
        uint8_t byte = text.data[at];
        bool closes = byte == '}' || byte == ']';
        if (depth == 0 && (closes || byte == ',')) {
            return at;
        }
        size_t size = byte == '"' ? string_size(from(text, at)) : 1;
        if (size == 0) {
            return 0;
        }
        depth += byte == '{' || byte == '[';
        depth -= closes;
        at += size;
    }
    return 0;
}

bool ti_json_next_member(ti_span_t *members, ti_span_t *name, ti_span_t *value)
{
    ti_span_t rest = *members;
    if (rest.size == 0 || (rest.data[0] != '{' && rest.data[0] != ',')) {
        return false;
    }
    rest = from(rest, 1);
    *name = ti_span(rest.data, string_size(rest));
    if (name->size == 0) {
        return false;
    }
    rest = from(rest, name->size);
    if (rest.size == 0 || rest.data[0] != ':') {
        return false;
    }
    rest = from(rest, 1);
    *value = ti_span(rest.data, value_size(rest));
    *members = from(rest, value->size);
    return value->size > 0;
}

bool ti_json_read_whole_number(ti_span_t value, int32_t *number)
{
    uint32_t read = 0;
    for (size_t i = 0; i < value.size; i++) {
        uint32_t digit = (uint32_t)value.data[i] - '0';
        if (digit > 9 || read > (INT32_MAX - digit) / 10) {
            return false;
        }
        read = read * 10 + digit;
    }
    *number = (int32_t)read;
    return value.size > 0 && number_size(value) == value.size;
}
