/* A device and a client that calls it: connect, accept, talk, disconnect, once and again. Whatever goes wrong on the
 * way, each connect and each disconnect is answered once, nothing leaks, and the next caller is served. */
#ifndef TEST_SUPPORT_SCENE_H
#define TEST_SUPPORT_SCENE_H

#include "sim_world.h"

enum {
    SCENE_SOON_MS = 200,
    SCENE_CONNECT_MS = 10000, /* a connect has ended by then */
    SCENE_LATER_MS = 14000,   /* and a connection whose peer has vanished */
    SCENE_BACK_MS = 60000     /* and a start is made again */
};

typedef struct scene {
    world_t world;
    tirtc_device_t *device;
    tirtc_device_t *client;
    size_t accepted;      /* by the device, during the last connect */
    size_t payload_bytes; /* of the audio frame that each side sends; 200 unless changed */
} scene_t;

/** Both are started. `spies` (may be NULL) stand between the device, then the client, and their ports. */
void scene_begin(scene_t *scene, spy_t spies[2]);

/** Ask for a connection. Returns what tirtc_device_connect() did. */
int scene_connect(scene_t *scene, tirtc_connection_t *connection);

/** Send a frame and a command. */
void scene_say(const scene_t *scene, tirtc_device_t *device, tirtc_connection_t connection);

/** Connect, and see it through. Returns the error of the connect, or of CONNECTED. */
int scene_talk(scene_t *scene);

/** End the faults: the device must come back, serve the next caller, and both must stop. */
void scene_end(scene_t *scene);

/** Events of one kind since the last connect began. */
size_t scene_count(const scene_t *scene, const tirtc_device_t *device, tirtc_event_kind_t kind);

#endif
