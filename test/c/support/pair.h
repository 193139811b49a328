/* A device and a client with one connection between them, in a simulated world. */
#ifndef TEST_SUPPORT_PAIR_H
#define TEST_SUPPORT_PAIR_H

#include "sim_world.h"

typedef struct pair {
    world_t world;
    tirtc_device_t *device;
    tirtc_device_t *client;
    tirtc_connection_t callee; /* the connection as the device knows it */
    tirtc_connection_t caller; /* as the client does */
} pair_t;

/** Connect; without, the test stops. `client` and `device` adjust the options (either may be NULL). */
void pair_start(pair_t *pair, const world_options_t *world, void (*device)(tirtc_options_t *),
                void (*client)(tirtc_options_t *));
void pair_end(pair_t *pair);

/** Ask for a connection of the client to `id`; NULL token: by ticket. Returns what tirtc_device_connect() did. */
int pair_connect(pair_t *pair, const char *id, const char *token, tirtc_connection_t *connection);

/** The test's bytes: size, then a pattern that a shift or a swap would break. The caller frees. */
uint8_t *pattern(size_t size, uint32_t seed);

#endif
