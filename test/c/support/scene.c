#include "scene.h"

#include "check.h"
#include "tirtc_config.h"

enum { PAYLOAD_BYTES = 200, MOST_PAYLOAD_BYTES = 16000 };

void scene_say(const scene_t *scene, tirtc_device_t *device, tirtc_connection_t connection)
{
    static const uint8_t bytes[MOST_PAYLOAD_BYTES];
    TIRTCFRAMEINFO frame = {.media = TIRTC_AUDIO_PCM, .length = (uint32_t)scene->payload_bytes};
    int sent = tirtc_connection_send_frame(device, connection, &frame, bytes, NULL);
    CHECK_EQUAL(sent, (int)scene->payload_bytes + 12);
    sent = tirtc_connection_send_command(device, connection, MAKE_CMDW(0x4000, 1), "hello", 5, NULL);
    CHECK_EQUAL(sent, 4 + 5);
}

/* Both programs: say something when up, and let go when the other has spoken or it failed. */
static void on_event(world_t *world, tirtc_device_t *device, const tirtc_event_t *event)
{
    const scene_t *scene = world->user;
    bool up =
        event->kind == TIRTC_CONNECTION_ACCEPTED || (event->kind == TIRTC_CONNECTION_CONNECTED && event->error == 0);
    if (up) {
        scene_say(scene, device, event->connection);
    } else if (event->kind == TIRTC_CONNECTION_FAILED || (event->kind == TIRTC_COMMAND && device == scene->client)) {
        CHECK_EQUAL(tirtc_connection_disconnect(device, event->connection), 0);
    }
}

static tirtc_device_t *start(scene_t *scene, spy_t *spy, const char *id, const char *secret)
{
    tirtc_options_t options = world_options(id, secret);
    options.max_send_buffer_bytes = TIRTC_MIN_SEND_BUFFER_BYTES;
    tirtc_device_t *device = world_open_spied_device(&scene->world, spy);
    CHECK_EQUAL(tirtc_device_start(device, &options), 0);
    return device;
}

void scene_begin(scene_t *scene, spy_t spies[2])
{
    world_start(&scene->world, NULL);
    scene->world.on_event = on_event;
    scene->world.user = scene;
    scene->world.complaints_expected = true;
    scene->payload_bytes = PAYLOAD_BYTES;
    service_add_device(scene->world.service, "device-1", "secret-1");
    scene->device = start(scene, spies != NULL ? &spies[0] : NULL, "device-1", "secret-1");
    scene->client = start(scene, spies != NULL ? &spies[1] : NULL, NULL, NULL);
    REQUIRE(world_run_until(&scene->world, scene->device, TIRTC_DEVICE_STARTED, SCENE_SOON_MS) != NULL);
    REQUIRE(world_run_until(&scene->world, scene->client, TIRTC_DEVICE_STARTED, SCENE_SOON_MS) != NULL);
}

int scene_connect(scene_t *scene, tirtc_connection_t *connection)
{
    return tirtc_device_connect(scene->client, (tirtc_bytes_t){"device-1", 8}, (tirtc_bytes_t){"v1.token.x", 10}, NULL,
                                connection);
}

size_t scene_count(const scene_t *scene, const tirtc_device_t *device, tirtc_event_kind_t kind)
{
    return world_count(&scene->world, device, kind);
}

/* Until everybody has let go, or a peer that vanished has been found out. */
static void run_to_the_end(scene_t *scene, bool connected)
{
    if (scene_count(scene, scene->client, TIRTC_CONNECTION_GONE) != (connected ? 1 : 0) ||
        scene_count(scene, scene->device, TIRTC_CONNECTION_GONE) !=
            scene_count(scene, scene->device, TIRTC_CONNECTION_ACCEPTED)) {
        world_run(&scene->world, SCENE_LATER_MS);
    }
    world_run(&scene->world, SCENE_SOON_MS);
}

int scene_talk(scene_t *scene)
{
    tirtc_connection_t connection;
    world_forget(&scene->world);
    int error = scene_connect(scene, &connection);
    if (error != 0) {
        return error;
    }
    const tirtc_event_t *connected =
        world_run_until(&scene->world, scene->client, TIRTC_CONNECTION_CONNECTED, SCENE_CONNECT_MS);
    REQUIRE(connected != NULL);
    CHECK_EQUAL(connected->connection, connection);
    error = connected->error;
    world_run(&scene->world, SCENE_SOON_MS);
    if (error == 0 && scene_count(scene, scene->client, TIRTC_CONNECTION_GONE) == 0) {
        (void)tirtc_connection_disconnect(scene->client, connection); /* its peer sent nothing */
    }
    run_to_the_end(scene, error == 0);
    CHECK_EQUAL(scene_count(scene, scene->client, TIRTC_CONNECTION_CONNECTED), 1);
    CHECK_EQUAL(scene_count(scene, scene->client, TIRTC_CONNECTION_GONE), error == 0);
    CHECK(scene_count(scene, scene->client, TIRTC_CONNECTION_FAILED) <= (error == 0));
    scene->accepted = scene_count(scene, scene->device, TIRTC_CONNECTION_ACCEPTED);
    CHECK(scene->accepted <= 1);
    CHECK_EQUAL(scene_count(scene, scene->device, TIRTC_CONNECTION_FAILED), scene->accepted);
    CHECK_EQUAL(scene_count(scene, scene->device, TIRTC_CONNECTION_GONE), scene->accepted);
    CHECK_EQUAL(tirtc_connection_disconnect(scene->client, connection), TIRTC_E_INVALID_HANDLE);
    return error;
}

void scene_end(scene_t *scene)
{
    tirtc_sim_fail_allocation(scene->world.sim, 0, 0);
    tirtc_sim_fail_entropy(scene->world.sim, false);
    if (service_start_link(scene->world.service, "device-1") == NULL) {
        CHECK(world_run_until(&scene->world, scene->device, TIRTC_DEVICE_SERVICE_BACK, SCENE_BACK_MS) != NULL);
    }
    CHECK_EQUAL(scene_talk(scene), 0);
    CHECK_EQUAL(scene->accepted, 1);
    CHECK_EQUAL(scene_count(scene, scene->client, TIRTC_COMMAND), 1);
    CHECK_EQUAL(scene_count(scene, scene->client, TIRTC_AUDIO), 1);
    CHECK_EQUAL(tirtc_device_stop(scene->device), 0);
    CHECK_EQUAL(tirtc_device_stop(scene->client), 0);
    world_run(&scene->world, SCENE_SOON_MS);
    CHECK_EQUAL(scene_count(scene, scene->device, TIRTC_DEVICE_STOPPED), 1);
    CHECK_EQUAL(scene_count(scene, scene->client, TIRTC_DEVICE_STOPPED), 1);
    world_end(&scene->world);
}
