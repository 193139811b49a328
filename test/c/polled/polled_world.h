/* The platform of the tests here: the sim port, whose clock runs while TiRtcPoll() waits. */
#ifndef TEST_POLLED_WORLD_H
#define TEST_POLLED_WORLD_H

#include "sim_world.h"
#include "tirtc_polled.h"

extern world_t world;
extern tirtc_platform_t platform;

/** A world whose service knows device-1 with secret-1, and the platform in it, which is named to the SDK. With
 *  `static_memory` the platform has no memory of its own for the SDK. */
void polled_world_start(bool static_memory);

#endif
