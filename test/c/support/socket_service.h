/* The test service behind real sockets: a thread with a poll() loop on 127.0.0.1, port 0.
 *
 *   socket_service_t *server = socket_service_open(NULL);
 *   service_add_device(socket_service_lock(server), "device-1", "secret-1");
 *   socket_service_unlock(server);
 *   ... TIRTC_OPT_SERVICE_ENDPOINT, socket_service_endpoint(server) ...
 *   socket_service_close(server);
 */
#ifndef TEST_SUPPORT_SOCKET_SERVICE_H
#define TEST_SUPPORT_SOCKET_SERVICE_H

#include "service.h"

typedef struct socket_service socket_service_t;

/** Listen and start the thread. `options` may be NULL; without `random` it has its own, seeded. Ends the test when it
 *  cannot. */
socket_service_t *socket_service_open(const service_options_t *options);

/** Stop the thread, reset what is open, free everything. */
void socket_service_close(socket_service_t *server);

/** "http://127.0.0.1:PORT"; valid until close. */
const char *socket_service_endpoint(const socket_service_t *server);

/** Take the service from its thread, to script it or to look; not for longer than that. */
service_t *socket_service_lock(socket_service_t *server);

/** Give it back; what was done takes effect at once. */
void socket_service_unlock(socket_service_t *server);

/** Wait until `condition` holds (it is called with the service locked). False: not within `timeout_ms`. */
bool socket_service_wait(socket_service_t *server, bool (*condition)(service_t *service, void *user), void *user,
                         uint32_t timeout_ms);

/** Stop listening (dials are refused) and reset every link; or listen again at the same port. */
void socket_service_down(socket_service_t *server, bool down);

#endif
