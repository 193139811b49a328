/* Messages at their edges; what they hold when they are whole is in vectors_test.c. */
#include "../../native/wire/message.h"
#include "../../native/wire/url.h"
#include "check.h"
#include "support/guard.h"
#include "support/vectors.h"

static guard_t guard;

TEST(each_media_value_has_at_most_one_channel)
{
    for (int media = 0; media < 256; media++) {
        int expected = media <= 64 ? TI_CHANNEL_AUDIO : media <= 127 ? TI_CHANNEL_VIDEO : -1;
        CHECK_EQUAL(ti_media_channel((uint8_t)media), expected);
    }
}

TEST(a_frame_of_any_stream_and_media_is_read_on_its_own_channel_only)
{
    for (int stream = 0; stream < 256; stream++) {
        for (int media = 0; media < 256; media++) {
            uint8_t body[TI_FRAME_HEADER_BYTES] = {(uint8_t)stream, (uint8_t)media};
            ti_frame_header_t header;
            ti_span_t payload;
            for (enum ti_channel channel = TI_CHANNEL_COMMAND; channel <= TI_CHANNEL_VIDEO; channel++) {
                bool expected = stream < TI_MAX_STREAMS && ti_media_channel((uint8_t)media) == (int)channel;
                CHECK_EQUAL(ti_frame_read(channel, ti_span(body, sizeof body), &header, &payload), expected);
            }
        }
    }
}

TEST(a_frame_cut_anywhere_is_refused)
{
    const uint8_t body[] = {1, 2, 0, 0, 0, 0, 0, 20, 0, 0, 0, 4, 'd', 'a', 't', 'a'};
    ti_frame_header_t header;
    ti_span_t payload = ti_span(NULL, 0);
    for (size_t size = 0; size < sizeof body; size++) {
        CHECK(!ti_frame_read(TI_CHANNEL_AUDIO, guard_put(&guard, ti_span(body, size)), &header, &payload));
    }
    ti_span_t whole = guard_put(&guard, ti_span(body, sizeof body));
    CHECK(ti_frame_read(TI_CHANNEL_AUDIO, whole, &header, &payload));
    CHECK(payload.data == whole.data + TI_FRAME_HEADER_BYTES && payload.size == 4);
}

/* True when this much of a message of this type is a message of its own. */
static bool is_whole(uint8_t type, size_t body_size)
{
    switch (type) {
    case TI_CONTROL_INCOMING:
        return body_size >= 1 + 4 + TI_ACCEPT_KEY_BYTES;
    case TI_CONTROL_READY:
        return body_size == 17 || body_size == 17 + TI_TICKET_BYTES;
    case TI_CONTROL_BYE:
        return body_size >= 2;
    case TI_CONTROL_CHALLENGE:
        return body_size == 1 + TI_NONCE_BYTES;
    case TI_CONTROL_STARTED:
        return body_size == 1 + TI_MAC_BYTES + 12;
    default:
        return false;
    }
}

TEST(every_control_message_cut_anywhere_is_refused_or_whole)
{
    vector_t vector;
    vectors_t *vectors = vectors_open();
    int messages = 0;
    while (vectors_next(vectors, &vector)) {
        if (strcmp(vector.kind, "control") != 0 || vector.mark[0] != '\0') {
            continue;
        }
        ti_span_t message = vector_bytes(&vector, "bytes");
        for (size_t size = 0; size < message.size; size++) {
            ti_control_t control;
            ti_span_t body = guard_put(&guard, ti_span(message.data + 1, size));
            CHECK_EQUAL(ti_control_read(body, &control), is_whole(message.data[1], size) ? 1 : -1);
        }
        messages++;
    }
    CHECK(messages >= 7);
    vectors_close(vectors);
}

TEST(unknown_control_types_are_ignored)
{
    for (int type = 0; type < 256; type++) {
        const uint8_t body[2] = {(uint8_t)type, 0};
        ti_control_t control;
        bool known = type >= TI_CONTROL_CHALLENGE && type <= TI_CONTROL_BYE;
        int expected = !known ? 0 : type == TI_CONTROL_BYE ? 1 : -1;
        CHECK_EQUAL(ti_control_read(ti_span(body, sizeof body), &control), expected);
    }
}

TEST(an_endpoint_cut_anywhere_is_read_within_its_bytes)
{
    const char url[] = "https://[2001:db8::1]:8443/a/b/";
    const size_t smallest[] = {21, 23}; /* "https://[2001:db8::1]", then with ":8" */
    for (size_t size = 0; size < sizeof url; size++) {
        ti_endpoint_t endpoint;
        bool expected = size == smallest[0] || size >= smallest[1];
        ti_span_t part = guard_put(&guard, ti_span(url, size));
        CHECK_EQUAL(ti_endpoint_parse(part, &endpoint), expected);
        if (expected) {
            CHECK(endpoint.host.data == part.data + 9 && endpoint.host.size == 11);
            CHECK(endpoint.prefix.data + endpoint.prefix.size <= part.data + part.size);
        }
    }
}

TEST(no_byte_but_visible_ascii_passes_in_a_host_or_path)
{
    for (int byte = 0; byte < 256; byte++) {
        char in_host[] = "http://a_b", in_path[] = "http://a/_b";
        in_host[8] = in_path[9] = (char)byte;
        ti_endpoint_t endpoint;
        bool visible = byte > ' ' && byte < 0x7f;
        bool has_meaning = byte != 0 && strchr("\"#%/:<>?@[\\]^`{|}", byte) != NULL;
        bool host_expected = byte == '/' || (visible && !has_meaning);
        bool path_expected = visible && byte != '?' && byte != '#';
        CHECK_EQUAL(ti_endpoint_parse(ti_span(in_host, sizeof in_host - 1), &endpoint), host_expected);
        CHECK_EQUAL(ti_endpoint_parse(ti_span(in_path, sizeof in_path - 1), &endpoint), path_expected);
    }
}

int main(void)
{
    guard_open(&guard, 8192);
    RUN(each_media_value_has_at_most_one_channel);
    RUN(a_frame_of_any_stream_and_media_is_read_on_its_own_channel_only);
    RUN(a_frame_cut_anywhere_is_refused);
    RUN(every_control_message_cut_anywhere_is_refused_or_whole);
    RUN(unknown_control_types_are_ignored);
    RUN(an_endpoint_cut_anywhere_is_read_within_its_bytes);
    RUN(no_byte_but_visible_ascii_passes_in_a_host_or_path);
    guard_close(&guard);
    return check_result();
}
