/* Ports that are wrong in one way each: the check that names it fails. Over the sim port. */
#include "check.h"
#include "conformance.h"
#include "mutants.h"
#include "sim_site.h"

static porting_site_t site;
static tirtc_platform_t platform;
static tirtc_port_t port;

const porting_site_t *porting_site(void)
{
    return &site;
}

static const char *expected;
static bool found;
static const char *other; /* the last one that failed */

static void report(void *user, int number, const char *name, const char *wrong)
{
    int *failures = user;
    (void)number;
    if (wrong != NULL) {
        found |= expected != NULL && strcmp(name, expected) == 0;
        other = name;
        (*failures)++;
    }
}

#define REPLACE(member) port.member = mutant->port.member != NULL ? mutant->port.member : port.member

static int run_against(const mutant_t *mutant)
{
    int failures = 0;
    const porting_site_t *under = sim_site_open();
    good = under->platform;
    site = *under;
    platform = *good;
    port = *good->port;
    site.platform = &platform;
    platform.port = &port;
    if (mutant != NULL) {
        REPLACE(mono_ms);
        REPLACE(entropy);
        REPLACE(allocate);
        REPLACE(release);
        REPLACE(dial);
        REPLACE(send);
        REPLACE(receive);
        REPLACE(hang_up);
        REPLACE(wake);
        platform.wait = mutant->wait != NULL ? mutant->wait : platform.wait;
    }
    expected = mutant != NULL ? mutant->fails : NULL;
    found = false;
    porting_begin();
    (void)conformance_run(report, &failures);
    sim_site_close();
    return failures;
}

TEST(a_port_that_is_right_passes)
{
    CHECK_EQUAL(run_against(NULL), 0);
}

TEST(each_wrong_port_fails_the_check_that_names_it)
{
    for (int i = 0; mutants[i].what != NULL; i++) {
        int failures = run_against(&mutants[i]);
        CHECK(found);
        if (!found) {
            fprintf(stderr, "%s is not found by '%s'; %d others failed, '%s' last\n", mutants[i].what, mutants[i].fails,
                    failures, failures > 0 ? other : "");
        }
    }
}

TEST(a_check_that_fails_leaves_no_pipes_to_those_after_it)
{
    CHECK_EQUAL(run_against(&two_pipes), 1);
    CHECK(found);
}

TEST(every_check_finds_something)
{
    static const conformance_t *const tables[] = {conformance_basics, conformance_dial, conformance_bytes};
    for (int i = 0; i < 3; i++) {
        for (const conformance_t *check = tables[i]; check->name != NULL; check++) {
            bool named = false;
            for (int j = 0; mutants[j].what != NULL; j++) {
                named |= strcmp(mutants[j].fails, check->name) == 0;
            }
            CHECK(named);
            if (!named) {
                fprintf(stderr, "no wrong port for '%s'\n", check->name);
            }
        }
    }
}

int main(void)
{
    RUN(a_port_that_is_right_passes);
    RUN(each_wrong_port_fails_the_check_that_names_it);
    RUN(a_check_that_fails_leaves_no_pipes_to_those_after_it);
    RUN(every_check_finds_something);
    return check_result();
}
