#include "conformance.h"

const char conformance_skipped[] = "skipped";

static const conformance_t *const tables[] = {conformance_basics, conformance_dial, conformance_bytes};

enum { TABLES = sizeof tables / sizeof tables[0], HOUR_S = 3600 };

int conformance_count(void)
{
    int count = 0;
    for (int i = 0; i < TABLES; i++) {
        for (const conformance_t *check = tables[i]; check->name != NULL; check++) {
            count++;
        }
    }
    return count;
}

void conformance_jolt(void)
{
    static bool forward;
    const porting_site_t *site = porting_here();
    if (site->move_wall_clock != NULL) {
        forward = !forward;
        (void)site->move_wall_clock(site->platform->port->context, forward ? HOUR_S : -HOUR_S);
    }
}

int conformance_run(void (*report)(void *user, int number, const char *name, const char *wrong), void *user)
{
    int number = 0;
    int failures = 0;
    for (int i = 0; i < TABLES; i++) {
        for (const conformance_t *check = tables[i]; check->name != NULL; check++) {
            conformance_jolt();
            const char *wrong = check->check();
            failures += wrong != NULL && wrong != conformance_skipped ? 1 : 0;
            report(user, ++number, check->name, wrong);
            if (failures > 0 && number <= CONFORMANCE_NEEDED) {
                return failures;
            }
        }
    }
    return failures;
}
