/* Digests and encodings against published vectors. */
#include "../../native/crypto/crypto.h"
#include "base64url.h"
#include "check.h"
#include "support/guard.h"

enum { MILLION = 1000000, PIECE = 1000 };

static ti_span_t text(const char *string)
{
    return ti_span(string, strlen(string));
}

/* Lower-case hex of a digest, to compare with what is printed in the standards. */
static const char *hex(const uint8_t *bytes, size_t size)
{
    static char out[2 * TI_SHA256_BYTES + 1];
    for (size_t i = 0; i < size; i++) {
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
    return out;
}

#define CHECK_HEX(bytes, size, expected) CHECK(strcmp(hex(bytes, size), expected) == 0)

static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
static const char four_blocks[] = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
                                  "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";

/* NIST, Examples with Intermediate Values, and FIPS 180-2 appendices A and B */
TEST(sha1_gives_the_digests_of_the_standard)
{
    uint8_t digest[TI_SHA1_BYTES];
    ti_sha1(text("abc"), digest);
    CHECK_HEX(digest, sizeof digest, "a9993e364706816aba3e25717850c26c9cd0d89d");
    ti_sha1(text(""), digest);
    CHECK_HEX(digest, sizeof digest, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    ti_sha1(text(two_blocks), digest);
    CHECK_HEX(digest, sizeof digest, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    ti_sha1(text(four_blocks), digest);
    CHECK_HEX(digest, sizeof digest, "a49b2446a02c645bf419f995b67091253a04a259");
    uint8_t *million = malloc(MILLION);
    REQUIRE(million != NULL);
    memset(million, 'a', MILLION);
    ti_sha1(ti_span(million, MILLION), digest);
    CHECK_HEX(digest, sizeof digest, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    free(million);
}

static void sha256(ti_span_t message, uint8_t digest[TI_SHA256_BYTES])
{
    ti_sha256_t hash;
    ti_sha256_init(&hash);
    ti_sha256_add(&hash, message);
    ti_sha256_finish(&hash, digest);
}

TEST(sha256_gives_the_digests_of_the_standard)
{
    uint8_t digest[TI_SHA256_BYTES];
    sha256(text("abc"), digest);
    CHECK_HEX(digest, sizeof digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256(ti_span(NULL, 0), digest);
    CHECK_HEX(digest, sizeof digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256(text(two_blocks), digest);
    CHECK_HEX(digest, sizeof digest, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    sha256(text(four_blocks), digest);
    CHECK_HEX(digest, sizeof digest, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
    uint8_t piece[PIECE];
    memset(piece, 'a', sizeof piece);
    ti_sha256_t hash;
    ti_sha256_init(&hash);
    for (int i = 0; i < MILLION / PIECE; i++) {
        ti_sha256_add(&hash, ti_span(piece, sizeof piece));
    }
    ti_sha256_finish(&hash, digest);
    CHECK_HEX(digest, sizeof digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Each digest over its own digests of 0, 1, ... 299 bytes 'x', so every length of the padding counts. Computed with
 * Python's hashlib. */
TEST(every_length_around_the_block_size_is_padded_right)
{
    uint8_t message[300];
    memset(message, 'x', sizeof message);
    guard_t guard;
    guard_open(&guard, sizeof message);
    uint8_t digest[TI_SHA256_BYTES];
    uint8_t sha1_digests[300 * TI_SHA1_BYTES];
    ti_sha256_t all;
    ti_sha256_init(&all);
    for (size_t size = 0; size < sizeof message; size++) {
        ti_span_t at_the_page = guard_put(&guard, ti_span(message, size));
        sha256(at_the_page, digest);
        ti_sha256_add(&all, ti_span(digest, sizeof digest));
        ti_sha1(at_the_page, sha1_digests + size * TI_SHA1_BYTES);
    }
    ti_sha256_finish(&all, digest);
    CHECK_HEX(digest, sizeof digest, "3068c8c08e804c2be19cb16d8f13fb8cbdff841c789d00ce28ded624674b6d55");
    ti_sha1(ti_span(sha1_digests, sizeof sha1_digests), digest);
    CHECK_HEX(digest, TI_SHA1_BYTES, "4ee55c5e082bdd64918ce81e1c13898cfa230941");
    guard_close(&guard);
}

TEST(sha256_does_not_care_how_a_message_is_cut)
{
    uint8_t message[200];
    for (size_t i = 0; i < sizeof message; i++) {
        message[i] = (uint8_t)(i * 7);
    }
    uint8_t whole[TI_SHA256_BYTES], pieces[TI_SHA256_BYTES];
    sha256(ti_span(message, sizeof message), whole);
    for (size_t first = 0; first <= sizeof message; first++) {
        ti_sha256_t hash;
        ti_sha256_init(&hash);
        ti_sha256_add(&hash, ti_span(message, first));
        ti_sha256_add(&hash, ti_span(NULL, 0));
        ti_sha256_add(&hash, ti_span(message + first, sizeof message - first));
        ti_sha256_finish(&hash, pieces);
        CHECK_BYTES(pieces, whole, sizeof whole);
    }
    ti_sha256_t hash;
    ti_sha256_init(&hash);
    for (size_t i = 0; i < sizeof message; i++) {
        ti_sha256_add(&hash, ti_span(message + i, 1));
    }
    ti_sha256_finish(&hash, pieces);
    CHECK_BYTES(pieces, whole, sizeof whole);
}

struct hmac_case {
    uint8_t key_byte; /* 0: the key is `key` */
    size_t key_size;
    const char *key;
    uint8_t data_byte; /* 0: the data is `data` */
    const char *data;
    size_t compared; /* case 5 publishes a truncated MAC */
    const char *mac;
};

/* RFC 4231 section 4 */
static const struct hmac_case rfc4231[] = {
    {0x0b, 20, NULL, 0, "Hi There", 32, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {0, 4, "Jefe", 0, "what do ya want for nothing?", 32,
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {0xaa, 20, NULL, 0xdd, NULL, 32, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {0, 25, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19",
     0xcd, NULL, 32, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {0x0c, 20, NULL, 0, "Test With Truncation", 16, "a3b6167473100ee06e0c796c2955552b"},
    {0xaa, 131, NULL, 0, "Test Using Larger Than Block-Size Key - Hash Key First", 32,
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {0xaa, 131, NULL, 0,
     "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed "
     "before being used by the HMAC algorithm.",
     32, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

TEST(hmac_gives_the_macs_of_rfc_4231_wherever_the_message_is_cut)
{
    for (size_t i = 0; i < sizeof rfc4231 / sizeof rfc4231[0]; i++) {
        const struct hmac_case *c = &rfc4231[i];
        uint8_t filled_key[131], filled_data[50];
        memset(filled_key, c->key_byte, sizeof filled_key);
        memset(filled_data, c->data_byte, sizeof filled_data);
        ti_span_t key = c->key_byte != 0 ? ti_span(filled_key, c->key_size) : ti_span(c->key, c->key_size);
        ti_span_t data = c->data_byte != 0 ? ti_span(filled_data, sizeof filled_data) : text(c->data);
        for (size_t cut = 0; cut <= data.size; cut++) {
            uint8_t mac[TI_SHA256_BYTES];
            ti_hmac_sha256(key, ti_span(data.data, cut), ti_span(data.data + cut, data.size - cut), mac);
            CHECK_HEX(mac, c->compared, c->mac);
        }
    }
}

/* Keys of 64 bytes are used as they are, of 65 hashed first. Computed with Python's hmac. */
TEST(hmac_keys_around_the_block_size_and_empty_ones_work)
{
    uint8_t key[65], mac[TI_SHA256_BYTES];
    memset(key, 'k', sizeof key);
    ti_hmac_sha256(ti_span(key, 64), text("m"), text(""), mac);
    CHECK_HEX(mac, sizeof mac, "3b7a8d453e76edb519238a515105a57508d0f169f480ebeee120a9e7803289fa");
    ti_hmac_sha256(ti_span(key, 65), text("m"), text(""), mac);
    CHECK_HEX(mac, sizeof mac, "c2d7d4c2256ddb097409ec0c67e1d58fa1a007fc6932cac0d892a525d08af7cc");
    ti_hmac_sha256(ti_span(NULL, 0), ti_span(NULL, 0), ti_span(NULL, 0), mac);
    CHECK_HEX(mac, sizeof mac, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* The signature part of a connect token: HMAC(secret key, P "." D), D = b64url(HMAC(device secret, P)), P the claims.
 * */
static void check_token_signature(const char *claims, const char *expected)
{
    char payload[300], device_part[TI_BASE64URL_SIZE(TI_SHA256_BYTES)], signature[sizeof device_part];
    uint8_t mac[TI_SHA256_BYTES];
    ti_base64url_encode(text(claims), payload);
    ti_span_t p = ti_span(payload, TI_BASE64URL_SIZE(strlen(claims)));
    ti_hmac_sha256(text("device-secret"), p, text(""), mac);
    ti_base64url_encode(ti_span(mac, sizeof mac), device_part);
    char tail[1 + sizeof device_part] = {'.'};
    memcpy(tail + 1, device_part, sizeof device_part);
    ti_hmac_sha256(text("sid-test"), p, ti_span(tail, sizeof tail), mac);
    ti_base64url_encode(ti_span(mac, sizeof mac), signature);
    CHECK(ti_span_equal(ti_span(signature, sizeof signature), text(expected)));
}

TEST(token_signatures_match_known_ones)
{
    check_token_signature("{\"sub\":\"subject-test\",\"scope\":\"connect:device-001\",\"iss\":\"ak-test\","
                          "\"iat\":1700000000,\"exp\":1700000300,\"nonce\":\"AAECAwQFBgcICQoLDA0ODw\"}",
                          "5nArs_Cb5XZcYZzVDDX26jpXFb7N-GLUkBw7v3cAeuU");
    check_token_signature("{\"sub\":\"subject-test\",\"scope\":\"connect:device://device-001\",\"iss\":\"ak-test\","
                          "\"iat\":1700000000,\"exp\":1700000300,\"nonce\":\"AAECAwQFBgcICQoLDA0ODw\"}",
                          "ttJRiSYSBjJIMXLi9ZTufCjaxPHYojtkH6VProqdB1U");
}

/* RFC 4648 section 10 */
static const struct {
    const char *plain;
    const char *base64;
} rfc4648[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"}};

TEST(base64_gives_the_texts_of_rfc_4648_and_writes_not_a_byte_more)
{
    guard_t guard;
    guard_open(&guard, 64);
    for (size_t i = 0; i < sizeof rfc4648 / sizeof rfc4648[0]; i++) {
        ti_span_t plain = text(rfc4648[i].plain), expected = text(rfc4648[i].base64);
        char *out = (char *)guard_room(&guard, expected.size);
        ti_base64_encode(plain, out);
        CHECK(ti_span_equal(ti_span(out, expected.size), expected));

        size_t unpadded = strcspn(rfc4648[i].base64, "=");
        CHECK_EQUAL(TI_BASE64URL_SIZE(plain.size), unpadded);
        out = (char *)guard_room(&guard, unpadded);
        ti_base64url_encode(plain, out);
        CHECK_BYTES(out, rfc4648[i].base64, unpadded);

        uint8_t *back = guard_room(&guard, plain.size);
        CHECK_EQUAL(base64url_decode(ti_span(rfc4648[i].base64, unpadded), back, plain.size), plain.size);
        CHECK_BYTES(back, rfc4648[i].plain, plain.size);
    }
    guard_close(&guard);
}

TEST(the_two_alphabets_differ_in_two_characters)
{
    const uint8_t bytes[] = {0xfb, 0xff, 0xbf};
    char out[4];
    ti_base64_encode(ti_span(bytes, 3), out);
    CHECK_BYTES(out, "+/+/", 4);
    ti_base64url_encode(ti_span(bytes, 3), out);
    CHECK_BYTES(out, "-_-_", 4);
}

TEST(every_byte_that_is_not_a_base64url_character_is_refused)
{
    const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (int byte = 0; byte < 256; byte++) {
        uint8_t input[4] = {'A', 'A', 'A', (uint8_t)byte}, out[3];
        const char *at = byte == 0 ? NULL : strchr(alphabet, byte);
        CHECK_EQUAL(base64url_decode(ti_span(input, 4), out, sizeof out), at == NULL ? -1 : 3);
        CHECK(at == NULL || out[2] == (uint8_t)(at - alphabet));
    }
}

TEST(decoding_refuses_one_byte_too_little_room_bad_lengths_and_spare_bits)
{
    uint8_t out[8];
    CHECK_EQUAL(base64url_decode(text("Zm9vYmE"), out, 5), 5);
    CHECK_EQUAL(base64url_decode(text("Zm9vYmE"), out, 4), -1);
    CHECK_EQUAL(base64url_decode(text("Z"), out, sizeof out), -1);
    CHECK_EQUAL(base64url_decode(text("Zm9vY"), out, sizeof out), -1);
    CHECK_EQUAL(base64url_decode(text("Zg=="), out, sizeof out), -1);
    CHECK_EQUAL(base64url_decode(text("Zh"), out, sizeof out), -1);
    CHECK_EQUAL(base64url_decode(text("Zm9"), out, sizeof out), -1);
    CHECK_EQUAL(base64url_decode(ti_span(NULL, 0), NULL, 0), 0);
}

TEST(secrets_are_equal_only_when_every_bit_is)
{
    uint8_t a[32] = {0}, b[32] = {0};
    CHECK(ti_equal_constant_time(a, b, sizeof a));
    CHECK(ti_equal_constant_time(a, b, 0));
    for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
        b[bit / 8] = (uint8_t)(1u << bit % 8);
        CHECK(!ti_equal_constant_time(a, b, sizeof a));
        b[bit / 8] = 0;
    }
}

TEST(wiping_clears_all_of_a_secret_and_nothing_else)
{
    uint8_t secret[10], expected[10] = {0};
    memset(secret, 0xee, sizeof secret);
    expected[0] = expected[9] = 0xee;
    ti_wipe(secret + 1, 8);
    CHECK_BYTES(secret, expected, sizeof secret);
}

int main(void)
{
    RUN(sha1_gives_the_digests_of_the_standard);
    RUN(sha256_gives_the_digests_of_the_standard);
    RUN(every_length_around_the_block_size_is_padded_right);
    RUN(sha256_does_not_care_how_a_message_is_cut);
    RUN(hmac_gives_the_macs_of_rfc_4231_wherever_the_message_is_cut);
    RUN(hmac_keys_around_the_block_size_and_empty_ones_work);
    RUN(token_signatures_match_known_ones);
    RUN(base64_gives_the_texts_of_rfc_4648_and_writes_not_a_byte_more);
    RUN(the_two_alphabets_differ_in_two_characters);
    RUN(every_byte_that_is_not_a_base64url_character_is_refused);
    RUN(decoding_refuses_one_byte_too_little_room_bad_lengths_and_spare_bits);
    RUN(secrets_are_equal_only_when_every_bit_is);
    RUN(wiping_clears_all_of_a_secret_and_nothing_else);
    return check_result();
}
