/* Which certificates are trusted, which are not, and what the log says. */
#include "bench.h"
#include "check.h"

static certificate_t root;
static certificate_t other_root;
static certificate_t intermediate;
static certificate_t good;
static certificate_t by_intermediate;

static void make(certificate_t *made, const char *dns, certificate_wish_t wish)
{
    wish.subject = wish.subject != NULL ? wish.subject : "CN=Service";
    wish.dns = dns;
    certificate_make(made, &wish);
}

static void make_authorities(void)
{
    const certificate_wish_t first = {.subject = "CN=Root of the Test", .authority = true};
    const certificate_wish_t second = {.subject = "CN=Root of Others", .authority = true};
    const certificate_wish_t below = {.subject = "CN=Intermediate of the Test", .authority = true, .by = &root};
    certificate_make(&root, &first);
    certificate_make(&other_root, &second);
    certificate_make(&intermediate, &below);
    make(&good, BENCH_HOST, (certificate_wish_t){.by = &root});
    make(&by_intermediate, BENCH_HOST, (certificate_wish_t){.by = &intermediate});
}

/* Exchange bytes with a server that shows this chain. `log` must be in the log; NULL: nothing of TLS may be. */
static int try_chain(const tirtc_trust_t *trust, const certificate_t *const *chain, size_t count, const char *host,
                     const char *log)
{
    bench_t bench;
    bench_open(&bench, trust);
    if (strcmp(host, BENCH_HOST) != 0) {
        bench_listen(&bench, host);
    }
    bench_serve(&bench, chain, count);
    int result = bench_exchange(&bench, host, 100);
    CHECK_EQUAL(bench_logged(&bench, " error tls "), log != NULL);
    if (log != NULL && !bench_logged(&bench, log)) {
        fprintf(stderr, "\"%s\" is not in the log:\n%s", log, tirtc_sim_log(bench.sim));
        check_failures++;
    }
    bench_close(&bench);
    return result;
}

static int try_one(const tirtc_trust_t *trust, const certificate_t *certificate, const char *log)
{
    return try_chain(trust, &certificate, 1, BENCH_HOST, log);
}

TEST(a_certificate_of_a_trusted_authority_is_trusted)
{
    const tirtc_trust_t trust = {.ca_text = root.pem};
    CHECK_EQUAL(try_one(&trust, &good, NULL), 0);
}

TEST(an_intermediate_certificate_is_followed_and_its_absence_is_named)
{
    const tirtc_trust_t trust = {.ca_text = root.pem};
    const certificate_t *whole[] = {&by_intermediate, &intermediate};
    CHECK_EQUAL(try_chain(&trust, whole, 2, BENCH_HOST, NULL), 0);
    CHECK_EQUAL(try_one(&trust, &by_intermediate,
                        "Intermediate of the Test\"; trust the authority or, if it is an intermediate one, "
                        "have the service send its certificate too"),
                TIRTC_E_HTTP_SSL);
}

TEST(a_bundle_of_authorities_is_read_to_its_end)
{
    char bundle[2 * CERTIFICATE_PEM_BYTES + 64];
    snprintf(bundle, sizeof bundle, "words before\n%s\nand between\n%s", other_root.pem, root.pem);
    const tirtc_trust_t trust = {.ca_text = bundle};
    CHECK_EQUAL(try_one(&trust, &good, NULL), 0);
}

TEST(an_expired_certificate_is_refused_with_its_date)
{
    certificate_t late;
    make(&late, BENCH_HOST, (certificate_wish_t){.by = &root, .to = "20010301120304"});
    const tirtc_trust_t trust = {.ca_text = root.pem};
    CHECK_EQUAL(try_one(&trust, &late, "it expired at 2001-03-01T12:03:04Z"), TIRTC_E_HTTP_SSL);
    certificate_free(&late);
}

TEST(a_certificate_of_the_future_is_refused_with_its_date)
{
    certificate_t early;
    make(&early, BENCH_HOST, (certificate_wish_t){.by = &root, .from = "20011224000000"});
    const tirtc_trust_t trust = {.ca_text = root.pem};
    CHECK_EQUAL(try_one(&trust, &early, "it is not valid before 2001-12-24T00:00:00Z"), TIRTC_E_HTTP_SSL);
    certificate_free(&early);
}

TEST(dates_count_to_the_second)
{
    const tirtc_trust_t trust = {.ca_text = root.pem};
    static const int64_t from_s = 946684800; /* CERTIFICATE_FROM and CERTIFICATE_TO */
    static const int64_t to_s = 1009843200;
    const struct {
        int64_t wall_s;
        int expected;
    } days[] = {{from_s - 1, TIRTC_E_HTTP_SSL}, {from_s, 0}, {to_s, 0}, {to_s + 1, TIRTC_E_HTTP_SSL}};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        bench_wall_s = days[i].wall_s;
        CHECK_EQUAL(try_one(&trust, &good, days[i].expected == 0 ? NULL : "certificate is refused"), days[i].expected);
    }
    bench_wall_s = BENCH_2001_S;
}

TEST(an_expired_authority_is_refused_too)
{
    certificate_t old_root;
    certificate_t leaf;
    const certificate_wish_t wish = {.subject = "CN=Old", .authority = true, .to = "20010101000000"};
    certificate_make(&old_root, &wish);
    make(&leaf, BENCH_HOST, (certificate_wish_t){.by = &old_root});
    const tirtc_trust_t trust = {.ca_text = old_root.pem};
    CHECK_EQUAL(try_one(&trust, &leaf, "it expired at 2001-01-01T00:00:00Z"), TIRTC_E_HTTP_SSL);
    certificate_free(&leaf);
    certificate_free(&old_root);
}

TEST(a_certificate_for_another_host_is_refused_and_says_for_whom)
{
    certificate_t stranger;
    make(&stranger, "other.test", (certificate_wish_t){.by = &root});
    const tirtc_trust_t trust = {.ca_text = root.pem};
    CHECK_EQUAL(try_one(&trust, &stranger, "it is for another host: \"other.test\""), TIRTC_E_HTTP_SSL);
    certificate_free(&stranger);
}

/* A line of test/vectors/tls-names.txt: host, name in the certificate, verdict. */
TEST(names_match_as_in_typescript)
{
    char line[256];
    char host[80];
    char dns[80];
    char verdict[8];
    int count = 0;
    FILE *file = fopen(TLS_NAMES, "r");
    REQUIRE(file != NULL);
    const tirtc_trust_t trust = {.ca_text = root.pem};
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#' || sscanf(line, "%79s %79s %7s", host, dns, verdict) != 3) {
            continue;
        }
        certificate_t named;
        make(&named, dns, (certificate_wish_t){.by = &root});
        const certificate_t *chain[] = {&named};
        bool accepted = strcmp(verdict, "yes") == 0;
        int result = try_chain(&trust, chain, 1, host, accepted ? NULL : "it is for another host");
        if (result != (accepted ? 0 : TIRTC_E_HTTP_SSL)) {
            fprintf(stderr, "host %s, certificate for %s: %d\n", host, dns, result);
            check_failures++;
        }
        certificate_free(&named);
        count++;
    }
    fclose(file);
    CHECK(count > 15);
}

TEST(a_certificate_without_alternative_names_is_refused)
{
    certificate_t nameless;
    make(&nameless, NULL, (certificate_wish_t){.subject = "CN=" BENCH_HOST, .by = &root});
    const tirtc_trust_t trust = {.ca_text = root.pem};
    const tirtc_trust_t pinned = {.pinned_keys = nameless.key_hash};
    CHECK_EQUAL(try_one(&trust, &nameless, "it has no subjectAltName; get one that has the host there"),
                TIRTC_E_HTTP_SSL);
    CHECK_EQUAL(try_one(&pinned, &nameless, NULL), 0);
    certificate_free(&nameless);
}

TEST(the_signature_of_a_certificate_that_is_trusted_itself_does_not_matter)
{
    certificate_t self;
    make(&self, BENCH_HOST, (certificate_wish_t){.weak_hash = true});
    const tirtc_trust_t trust = {.ca_text = self.pem};
    CHECK_EQUAL(try_one(&trust, &self, NULL), 0);
    certificate_free(&self);
}

TEST(an_unknown_authority_is_named)
{
    const tirtc_trust_t trust = {.ca_text = other_root.pem};
    CHECK_EQUAL(try_one(&trust, &good, "its authority is not trusted: \"CN=Root of the Test\""), TIRTC_E_HTTP_SSL);
}

TEST(a_certificate_signed_by_itself_is_refused_unless_it_is_trusted)
{
    certificate_t self;
    make(&self, BENCH_HOST, (certificate_wish_t){.subject = "CN=Self"});
    const tirtc_trust_t others = {.ca_text = root.pem};
    CHECK_EQUAL(try_one(&others, &self, "self-signed"), TIRTC_E_HTTP_SSL);
    CHECK_EQUAL(try_one(&others, &self, self.key_hash), TIRTC_E_HTTP_SSL);
    const tirtc_trust_t itself = {.ca_text = self.pem};
    CHECK_EQUAL(try_one(&itself, &self, NULL), 0);
    certificate_free(&self);
}

TEST(a_certificate_that_is_not_an_authority_cannot_sign_another)
{
    certificate_t leaf;
    make(&leaf, BENCH_HOST, (certificate_wish_t){.subject = "CN=Leaf", .by = &good});
    const tirtc_trust_t trust = {.ca_text = root.pem};
    const certificate_t *chain[] = {&leaf, &good};
    CHECK_EQUAL(try_chain(&trust, chain, 2, BENCH_HOST, "not trusted"), TIRTC_E_HTTP_SSL);
    certificate_free(&leaf);
}

TEST(a_forged_signature_is_refused)
{
    certificate_t forged = good;
    forged.der[forged.der_size - 3] ^= 1;
    const tirtc_trust_t trust = {.ca_text = root.pem};
    CHECK_EQUAL(try_one(&trust, &forged, "not trusted"), TIRTC_E_HTTP_SSL);
}

/* Every byte of the certificates is changed once: the parser meets broken lengths and types, the verdict odd names. */
TEST(a_certificate_with_a_changed_byte_is_refused)
{
    const tirtc_trust_t trust = {.ca_text = root.pem};
    const certificate_t *chain[] = {&by_intermediate, &intermediate};
    size_t accepted = 0;
    for (size_t i = 0; i < by_intermediate.der_size + intermediate.der_size; i++) {
        bench_t bench;
        bench_open(&bench, &trust);
        bench_serve(&bench, chain, 2);
        bool first = i < by_intermediate.der_size;
        mbedtls_x509_crt *sent = first ? &bench.server.chain : bench.server.chain.next;
        size_t at = first ? i : i - by_intermediate.der_size;
        sent->raw.p[at] ^= (unsigned char)(1U << (i % 8));
        int result = bench_exchange(&bench, BENCH_HOST, 10);
        accepted += result == 0;
        CHECK(result == TIRTC_E_HTTP_SSL);
        bench_close(&bench);
    }
    CHECK_EQUAL(accepted, 0);
}

TEST(a_weak_key_and_a_weak_hash_are_refused)
{
    certificate_t weak;
    certificate_t hashed;
    make(&weak, BENCH_HOST, (certificate_wish_t){.by = &root, .key = KEY_RSA_1024});
    make(&hashed, BENCH_HOST, (certificate_wish_t){.by = &root, .weak_hash = true});
    const tirtc_trust_t trust = {.ca_text = root.pem};
    const tirtc_trust_t pinned = {.pinned_keys = weak.key_hash};
    CHECK_EQUAL(try_one(&trust, &weak, "too weak; use RSA of at least 2048 bits"), TIRTC_E_HTTP_SSL);
    CHECK_EQUAL(try_one(&pinned, &weak, "too weak; use RSA of at least 2048 bits"), TIRTC_E_HTTP_SSL);
    CHECK_EQUAL(try_one(&trust, &hashed, "a hash that is too weak"), TIRTC_E_HTTP_SSL);
    certificate_free(&hashed);
    certificate_free(&weak);
}

static int try_address(const char *host, const uint8_t *address, size_t size, const char *log)
{
    certificate_t numeric;
    make(&numeric, BENCH_HOST, (certificate_wish_t){.by = &root, .address = address, .address_size = size});
    const tirtc_trust_t trust = {.ca_text = root.pem};
    const certificate_t *chain[] = {&numeric};
    int result = try_chain(&trust, chain, 1, host, log);
    certificate_free(&numeric);
    return result;
}

TEST(a_numeric_host_must_be_among_the_addresses)
{
    static const uint8_t v4[] = {192, 0, 2, 1};
    static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 1};
    CHECK_EQUAL(try_address("192.0.2.1", v4, 4, NULL), 0);
    CHECK_EQUAL(try_address("192.0.2.2", v4, 4, "another host"), TIRTC_E_HTTP_SSL);
    CHECK_EQUAL(try_address("192.0.2.1.", v4, 4, "another host"), TIRTC_E_HTTP_SSL);
    CHECK_EQUAL(try_address("2001:db8::1", v6, 16, NULL), 0);
    CHECK_EQUAL(try_address("2001:DB8:0:0:0:0:0:1", v6, 16, NULL), 0);
    CHECK_EQUAL(try_address("2001:db8::2", v6, 16, "another host"), TIRTC_E_HTTP_SSL);
    CHECK_EQUAL(try_address("::ffff:192.0.2.1", mapped, 16, NULL), 0);
    CHECK_EQUAL(try_address("192.0.2.1", mapped, 16, "another host"), TIRTC_E_HTTP_SSL);
    static const char *const malformed[] = {"2001:db8::1::", ":2001:db8::1",      "2001:db8:1",
                                            "2001:db8::1:",  "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:192.0.2.1",
                                            "12345::",       "1::2:3:4:5:6:7:8:9"};
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        CHECK_EQUAL(try_address(malformed[i], v6, 16, "another host"), TIRTC_E_HTTP_SSL);
    }
}

TEST(an_ip_address_among_dns_names_does_not_match)
{
    certificate_t named;
    make(&named, "192.0.2.1", (certificate_wish_t){.by = &root});
    const tirtc_trust_t trust = {.ca_text = root.pem};
    const certificate_t *chain[] = {&named};
    CHECK_EQUAL(try_chain(&trust, chain, 1, "192.0.2.1", "another host"), TIRTC_E_HTTP_SSL);
    certificate_free(&named);
}

/* ---- Pinned keys ---- */

TEST(a_pinned_key_alone_needs_no_date_no_name_and_no_authority)
{
    certificate_t any;
    make(&any, "other.test", (certificate_wish_t){.to = "20000201000000"});
    const tirtc_trust_t trust = {.pinned_keys = any.key_hash};
    CHECK_EQUAL(try_one(&trust, &any, NULL), 0);
    bench_wall_s = 0;
    CHECK_EQUAL(try_one(&trust, &any, NULL), 0);
    bench_wall_s = BENCH_2001_S;
    certificate_free(&any);
}

TEST(another_key_than_the_pinned_one_is_refused_and_named)
{
    const tirtc_trust_t trust = {.pinned_keys = root.key_hash};
    CHECK_EQUAL(try_one(&trust, &good, "its key is not the pinned one"), TIRTC_E_HTTP_SSL);
    CHECK_EQUAL(try_one(&trust, &good, good.key_hash), TIRTC_E_HTTP_SSL);
}

TEST(one_of_several_pinned_keys_is_enough)
{
    char pins[4 * (KEY_HASH_DIGITS + 1)];
    snprintf(pins, sizeof pins, "%s,%s", root.key_hash, good.key_hash);
    for (char *at = pins; *at != '\0'; at++) {
        *at = *at >= 'a' && *at <= 'f' ? (char)(*at - 32) : *at;
    }
    const tirtc_trust_t trust = {.pinned_keys = pins};
    CHECK_EQUAL(try_one(&trust, &good, NULL), 0);
}

TEST(with_an_authority_and_a_pinned_key_both_must_hold)
{
    const tirtc_trust_t both = {.ca_text = root.pem, .pinned_keys = good.key_hash};
    const tirtc_trust_t other_key = {.ca_text = root.pem, .pinned_keys = root.key_hash};
    const tirtc_trust_t other_authority = {.ca_text = other_root.pem, .pinned_keys = good.key_hash};
    CHECK_EQUAL(try_one(&both, &good, NULL), 0);
    CHECK_EQUAL(try_one(&other_key, &good, "its key is not the pinned one"), TIRTC_E_HTTP_SSL);
    CHECK_EQUAL(try_one(&other_authority, &good, "its authority is not trusted"), TIRTC_E_HTTP_SSL);
}

/* ---- What cannot be trusted at all ---- */

static void refuses_to_dial(const tirtc_trust_t *trust, const char *log)
{
    bench_t bench;
    tirtc_pipe_t *pipe;
    bench_open(&bench, trust);
    CHECK_EQUAL(bench_dial(&bench, BENCH_HOST, &pipe), TIRTC_E_HTTP_SSL);
    CHECK_EQUAL(tirtc_sim_dials(bench.sim_port), 0);
    if (!bench_logged(&bench, log)) {
        fprintf(stderr, "\"%s\" is not in the log:\n%s", log, tirtc_sim_log(bench.sim));
        check_failures++;
    }
    bench_close(&bench);
}

TEST(without_anything_trusted_nothing_is_dialled)
{
    const tirtc_trust_t nothing = {.ca_text = NULL};
    refuses_to_dial(&nothing, "nothing is trusted");
    refuses_to_dial(NULL, "nothing is trusted");
}

TEST(without_a_date_an_authority_is_worth_nothing)
{
    const tirtc_trust_t trust = {.ca_text = root.pem};
    bench_wall_s = 0;
    refuses_to_dial(&trust, "the date is not known");
    bench_wall_s = BENCH_2001_S;
}

TEST(unreadable_trust_settings_fail)
{
    const tirtc_trust_t no_file = {.ca_file = "/nowhere/ca.pem"};
    const tirtc_trust_t no_certificate = {.ca_text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"};
    const tirtc_trust_t words = {.ca_text = "trust me"};
    const tirtc_trust_t empty = {.ca_text = ""};
    refuses_to_dial(&no_file, "the file of trusted certificates cannot be read: /nowhere/ca.pem");
    refuses_to_dial(&no_certificate, "no certificate in PEM or DER can be read from ca_text");
    refuses_to_dial(&words, "no certificate in PEM or DER can be read");
    refuses_to_dial(&empty, "no certificate in PEM or DER can be read");
}

TEST(malformed_pinned_keys_are_refused)
{
    char five[5 * (KEY_HASH_DIGITS + 1)] = "";
    for (int i = 0; i < 5; i++) {
        strcat(five, good.key_hash);
        strcat(five, i < 4 ? "," : "");
    }
    const struct {
        const char *before;
        int digits;
        const char *behind;
    } forms[] = {{"", 63, ""},  {"", 64, "0"},       {"", 64, ","}, {",", 64, ""},
                 {"", 64, " "}, {"sha256/", 64, ""}, {"x", 63, ""}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char text[2 * KEY_HASH_DIGITS];
        snprintf(text, sizeof text, "%s%.*s%s", forms[i].before, forms[i].digits, good.key_hash, forms[i].behind);
        const tirtc_trust_t trust = {.pinned_keys = text};
        refuses_to_dial(&trust, "the pinned keys are malformed or too many");
    }
    const tirtc_trust_t too_many = {.pinned_keys = five};
    refuses_to_dial(&too_many, "the pinned keys are malformed or too many");
    const tirtc_trust_t none = {.pinned_keys = ""};
    refuses_to_dial(&none, "nothing is trusted");
}

int main(void)
{
    make_authorities();
    RUN(a_certificate_of_a_trusted_authority_is_trusted);
    RUN(an_intermediate_certificate_is_followed_and_its_absence_is_named);
    RUN(a_bundle_of_authorities_is_read_to_its_end);
    RUN(an_expired_certificate_is_refused_with_its_date);
    RUN(a_certificate_of_the_future_is_refused_with_its_date);
    RUN(dates_count_to_the_second);
    RUN(an_expired_authority_is_refused_too);
    RUN(a_certificate_for_another_host_is_refused_and_says_for_whom);
    RUN(names_match_as_in_typescript);
    RUN(a_certificate_without_alternative_names_is_refused);
    RUN(the_signature_of_a_certificate_that_is_trusted_itself_does_not_matter);
    RUN(an_unknown_authority_is_named);
    RUN(a_certificate_signed_by_itself_is_refused_unless_it_is_trusted);
    RUN(a_certificate_that_is_not_an_authority_cannot_sign_another);
    RUN(a_forged_signature_is_refused);
    RUN(a_certificate_with_a_changed_byte_is_refused);
    RUN(a_weak_key_and_a_weak_hash_are_refused);
    RUN(a_numeric_host_must_be_among_the_addresses);
    RUN(an_ip_address_among_dns_names_does_not_match);
    RUN(a_pinned_key_alone_needs_no_date_no_name_and_no_authority);
    RUN(another_key_than_the_pinned_one_is_refused_and_named);
    RUN(one_of_several_pinned_keys_is_enough);
    RUN(with_an_authority_and_a_pinned_key_both_must_hold);
    RUN(without_anything_trusted_nothing_is_dialled);
    RUN(without_a_date_an_authority_is_worth_nothing);
    RUN(unreadable_trust_settings_fail);
    RUN(malformed_pinned_keys_are_refused);
    certificate_t *all[] = {&root, &other_root, &intermediate, &good, &by_intermediate};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        certificate_free(all[i]);
    }
    return check_result();
}
