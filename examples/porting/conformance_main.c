/* conformance_main.c - runs the checks for ports and prints the results in the Test Anything Protocol, version 13. */
#include "conformance.h"

#include <string.h>

enum { LINE_BYTES = 160 };

static void add(char line[LINE_BYTES], const char *text)
{
    size_t used = strlen(line), size = strlen(text);
    size_t room = LINE_BYTES - 1 - used;
    size = size < room ? size : room;
    memcpy(line + used, text, size);
    line[used + size] = '\0';
}

static void add_number(char line[LINE_BYTES], int number)
{
    char digits[3] = {(char)('0' + number / 10), (char)('0' + number % 10), '\0'};
    add(line, number < 10 ? digits + 1 : digits);
}

static void report(void *user, int number, const char *name, const char *wrong)
{
    char line[LINE_BYTES] = "";
    bool skipped = wrong == conformance_skipped;
    (void)user;
    add(line, wrong != NULL && !skipped ? "not ok " : "ok ");
    add_number(line, number);
    add(line, " - ");
    add(line, name);
    add(line, skipped ? " # SKIP not possible here" : "");
    porting_say(line, NULL);
    if (wrong != NULL && !skipped) {
        porting_say("# ", wrong);
    }
    if (wrong != NULL && !skipped && number <= CONFORMANCE_NEEDED) {
        porting_say("Bail out! Everything else needs a clock.", NULL);
    }
}

int main(void)
{
    char plan[LINE_BYTES] = "1..";
    porting_begin();
    add_number(plan, conformance_count());
    porting_say("TAP version 13", NULL);
    porting_say(plan, NULL);
    return conformance_run(report, NULL) == 0 ? 0 : 1;
}
