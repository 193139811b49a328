/* The checks of examples/porting over the sim port: the peer is at the far end of memory pipes, time is virtual. */
#ifndef TEST_PORTING_SIM_SITE_H
#define TEST_PORTING_SIM_SITE_H

#include "porting.h"

/** A new world with a peer. */
const porting_site_t *sim_site_open(void);
void sim_site_close(void);

/** By how much the date was moved. */
int64_t sim_site_moved_s(void);

/** Inside what call_later() was given. */
bool sim_site_is_elsewhere(void);

#endif
