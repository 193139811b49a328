/* The test service behind sockets: bytes reach it and return, and it can go away. */
#define _GNU_SOURCE /* POSIX under -std=c11 */
#include "check.h"
#include "support/socket_service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { DEADLINE_MS = 10000 };

static const char upgrade[] = "GET /v1/start HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Protocol: tirtc.v1\r\nX-Tg-Device-Id: device-1\r\n\r\n";

/** Connect to the endpoint; -1 when it refuses. Reads from it end at a deadline. */
static int dial(const socket_service_t *server)
{
    const char *port = strrchr(socket_service_endpoint(server), ':') + 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    struct timeval deadline = {.tv_sec = DEADLINE_MS / 1000};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int dialled = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(dialled >= 0);
    REQUIRE(setsockopt(dialled, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline) == 0);
    if (connect(dialled, (struct sockaddr *)&address, sizeof address) == 0) {
        return dialled;
    }
    close(dialled);
    return -1;
}

static bool start_link_waits_for_proof(service_t *service, void *user)
{
    (void)user;
    const service_link_t *link = service_link_at(service, 0);
    return link != NULL && link->stage == SERVICE_PROVING;
}

static bool first_link_is_gone(service_t *service, void *user)
{
    (void)user;
    return service_link_at(service, 0)->stage == SERVICE_GONE;
}

TEST(a_start_is_challenged_over_a_socket_and_bye_ends_it_orderly)
{
    char bytes[2048];
    size_t size = 0;
    socket_service_t *server = socket_service_open(NULL);
    int client = dial(server);
    REQUIRE(client >= 0);
    CHECK_EQUAL(send(client, upgrade, strlen(upgrade), 0), strlen(upgrade));
    CHECK(socket_service_wait(server, start_link_waits_for_proof, NULL, DEADLINE_MS));
    service_t *service = socket_service_lock(server);
    service_bye(service_link_at(service, 0), TI_BYE_STOPPING, "x");
    socket_service_unlock(server);
    ssize_t some = 1;
    while (some > 0) {
        some = recv(client, bytes + size, sizeof bytes - size, 0);
        size += some > 0 ? (size_t)some : 0;
    }
    CHECK_EQUAL(some, 0);
    CHECK(size > 50 && memcmp(bytes, "HTTP/1.1 101 ", 13) == 0);
    static const char last[] = "\x82\x04\xff\x07\x05x\x88\x02\x03\xe8";
    CHECK_BYTES(bytes + size - 10, last, 10);
    close(client);
    CHECK(socket_service_wait(server, first_link_is_gone, NULL, DEADLINE_MS));
    socket_service_close(server);
}

TEST(a_service_that_goes_down_resets_links_and_refuses_dials_until_it_is_back)
{
    char byte;
    socket_service_t *server = socket_service_open(NULL);
    int client = dial(server);
    REQUIRE(client >= 0);
    CHECK_EQUAL(send(client, upgrade, strlen(upgrade), 0), strlen(upgrade));
    CHECK(socket_service_wait(server, start_link_waits_for_proof, NULL, DEADLINE_MS));
    socket_service_down(server, true);
    while (recv(client, &byte, 1, 0) > 0) {
    }
    CHECK_EQUAL(errno, ECONNRESET);
    close(client);
    CHECK_EQUAL(dial(server), -1);
    socket_service_down(server, false);
    client = dial(server);
    CHECK(client >= 0);
    close(client);
    socket_service_close(server);
}

TEST(a_condition_that_never_holds_is_waited_for_only_as_long_as_asked)
{
    socket_service_t *server = socket_service_open(NULL);
    CHECK(!socket_service_wait(server, start_link_waits_for_proof, NULL, 20));
    socket_service_close(server);
}

int main(void)
{
    RUN(a_start_is_challenged_over_a_socket_and_bye_ends_it_orderly);
    RUN(a_service_that_goes_down_resets_links_and_refuses_dials_until_it_is_back);
    RUN(a_condition_that_never_holds_is_waited_for_only_as_long_as_asked);
    return check_result();
}
