/* A test is a program: it runs its cases, prints one line for each, and ends with 1 when a check failed.
 *
 *   TEST(a_name_that_states_the_behaviour) { CHECK_EQUAL(add(1, 2), 3); }
 *   int main(void) { RUN(a_name_that_states_the_behaviour); return check_result(); }
 */
#ifndef TEST_CHECK_H
#define TEST_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One of each for the whole program: what support/ checks counts, too. */
__attribute__((weak)) int check_failures;
__attribute__((weak)) int check_cases;

#define TEST(name) static void name(void)

#define RUN(name) \
    do { \
        int before_ = check_failures; \
        check_cases++; \
        name(); \
        printf("%s %s\n", check_failures == before_ ? "ok    " : "FAILED", #name); \
        fflush(stdout); \
    } while (0)

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            check_failures++; \
            fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #condition); \
        } \
    } while (0)

#define CHECK_EQUAL(actual, expected) \
    do { \
        long long actual_ = (long long)(actual), expected_ = (long long)(expected); \
        if (actual_ != expected_) { \
            check_failures++; \
            fprintf(stderr, "%s:%d: %s is %lld, expected %lld\n", __FILE__, __LINE__, #actual, actual_, expected_); \
        } \
    } while (0)

#define CHECK_BYTES(actual, expected, size) \
    do { \
        if (memcmp((actual), (expected), (size)) != 0) { \
            check_failures++; \
            fprintf(stderr, "%s:%d: %s is not %s\n", __FILE__, __LINE__, #actual, #expected); \
        } \
    } while (0)

/* For what the rest of the test cannot do without. */
#define REQUIRE(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: cannot go on without %s\n", __FILE__, __LINE__, #condition); \
            exit(1); \
        } \
    } while (0)

static inline int check_result(void)
{
    printf("%d cases, %d failed checks\n", check_cases, check_failures);
    return check_failures == 0 ? 0 : 1;
}

#endif
