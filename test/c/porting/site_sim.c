#include "sim_site.h"

const porting_site_t *porting_site(void)
{
    return sim_site_open();
}
