#include "pair.h"

#include "check.h"

static tirtc_bytes_t bytes_of(const char *text)
{
    return (tirtc_bytes_t){text, text == NULL ? 0 : strlen(text)};
}

int pair_connect(pair_t *pair, const char *id, const char *token, tirtc_connection_t *connection)
{
    return tirtc_device_connect(pair->client, bytes_of(id), bytes_of(token), pair, connection);
}

void pair_start(pair_t *pair, const world_options_t *world, void (*device)(tirtc_options_t *),
                void (*client)(tirtc_options_t *))
{
    tirtc_options_t device_options = world_options("device-1", "secret-1");
    tirtc_options_t client_options = world_options(NULL, NULL);
    if (device != NULL) {
        device(&device_options);
    }
    if (client != NULL) {
        client(&client_options);
    }
    world_start(&pair->world, world);
    pair->device = world_device(&pair->world, &device_options);
    pair->client = world_device(&pair->world, &client_options);
    REQUIRE(world_run_until(&pair->world, pair->device, TIRTC_DEVICE_STARTED, 1000) != NULL);
    REQUIRE(world_run_until(&pair->world, pair->client, TIRTC_DEVICE_STARTED, 0) != NULL);
    REQUIRE(pair_connect(pair, "device-1", "v1.token.x", &pair->caller) == 0);
    const tirtc_event_t *connected = world_run_until(&pair->world, pair->client, TIRTC_CONNECTION_CONNECTED, 1000);
    REQUIRE(connected != NULL && connected->error == 0 && connected->connection == pair->caller);
    const tirtc_event_t *accepted = world_run_until(&pair->world, pair->device, TIRTC_CONNECTION_ACCEPTED, 0);
    REQUIRE(accepted != NULL);
    pair->callee = accepted->connection;
}

void pair_end(pair_t *pair)
{
    world_end(&pair->world);
}

uint8_t *pattern(size_t size, uint32_t seed)
{
    uint8_t *bytes = malloc(size + 1);
    REQUIRE(bytes != NULL);
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(seed >> 24);
    }
    return bytes;
}
