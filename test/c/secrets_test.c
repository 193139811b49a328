/* Secrets, tokens and tickets: wiped from every block of memory before it is given back, and never in a log line. */
#include "check.h"
#include "service_inside.h"
#include "sim_world.h"

#define SECRET "the-secret-of-the-device"
#define TOKEN "v1.the-token.of-the-caller"

enum { SOON_MS = 100, MAX_SECRETS = 8 };

static world_t world;
static spy_t spies[2];
static ti_span_t secrets[MAX_SECRETS];
static size_t secret_count;

static void keep_secret(const void *data, size_t size)
{
    REQUIRE(secret_count < MAX_SECRETS);
    secrets[secret_count++] = ti_span(data, size);
}

static bool holds(const void *data, size_t size, ti_span_t secret)
{
    const uint8_t *at = data;
    for (; size >= secret.size; at++, size--) {
        if (memcmp(at, secret.data, secret.size) == 0) {
            return true;
        }
    }
    return false;
}

static void look(const void *data, size_t size, const char *where)
{
    for (size_t i = 0; i < secret_count; i++) {
        if (holds(data, size, secrets[i])) {
            check_failures++;
            fprintf(stderr, "secret %zu (%.24s) is left in %s of %zu bytes\n", i, (const char *)secrets[i].data, where,
                    size);
        }
    }
}

static void on_release(void *user, const void *block, size_t size)
{
    (void)user;
    look(block, size, "a block");
}

static void on_log(void *user, int level, const char *module, const char *text, size_t size)
{
    (void)user, (void)level, (void)module;
    look(text, size, "a log line");
}

static void begin(tirtc_device_t **device, tirtc_device_t **client)
{
    secret_count = 0;
    keep_secret(SECRET, strlen(SECRET));
    keep_secret(TOKEN, strlen(TOKEN));
    world_start(&world, &(world_options_t){.sim = {.log = on_log}});
    service_add_device(world.service, "device-1", SECRET);
    tirtc_options_t of_device = world_options("device-1", SECRET), of_client = world_options(NULL, NULL);
    *device = world_open_spied_device(&world, &spies[0]);
    *client = world_open_spied_device(&world, &spies[1]);
    spies[0].on_release = spies[1].on_release = on_release;
    CHECK_EQUAL(tirtc_device_start(*device, &of_device), 0);
    CHECK_EQUAL(tirtc_device_start(*client, &of_client), 0);
    REQUIRE(world_run_until(&world, *device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    keep_secret(service_start_link(world.service, "device-1")->accept_key, TI_MAC_BYTES);
}

static void talk(tirtc_device_t *client, const char *token)
{
    tirtc_connection_t connection;
    tirtc_bytes_t id = {"device-1", 8}, credential = {token, token != NULL ? strlen(token) : 0};
    REQUIRE(tirtc_device_connect(client, id, credential, NULL, &connection) == 0);
    const tirtc_event_t *connected = world_run_until(&world, client, TIRTC_CONNECTION_CONNECTED, SOON_MS);
    REQUIRE(connected != NULL && connected->error == 0);
    keep_secret(world.service->tickets->bytes, TI_TICKET_BYTES);
    CHECK_EQUAL(tirtc_connection_disconnect(client, connection), 0);
    CHECK(world_run_until(&world, client, TIRTC_CONNECTION_GONE, 1000) != NULL);
}

TEST(a_life_of_connections_leaves_no_secret_in_memory_or_logs)
{
    tirtc_device_t *device, *client;
    begin(&device, &client);
    talk(client, TOKEN);
    talk(client, NULL);
    CHECK_EQUAL(tirtc_device_stop(client), 0);
    world_run(&world, SOON_MS);
    world_close_device(&world, client);
    world_close_device(&world, device);
    world_end(&world);
}

TEST(attempts_that_fail_leave_no_secret)
{
    static const service_fault_t faults[] = {{.kind = SERVICE_ANSWER_STATUS, .status = 401},
                                             {.kind = SERVICE_BYE, .reason = TI_BYE_TOKEN_FORM, .text = "form"},
                                             {.kind = SERVICE_RESET_LINK},
                                             {.kind = SERVICE_HANG}};
    tirtc_device_t *device, *client;
    tirtc_bytes_t id = {"device-1", 8}, token = {TOKEN, strlen(TOKEN)}, bad_token = {TOKEN "\n", strlen(TOKEN) + 1};
    begin(&device, &client);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        service_script(world.service, &faults[i]);
        CHECK_EQUAL(tirtc_device_connect(client, id, token, NULL, NULL), 0);
        CHECK(world_run_until(&world, client, TIRTC_CONNECTION_CONNECTED, 15000) != NULL);
    }
    CHECK_EQUAL(tirtc_device_connect(client, id, bad_token, NULL, NULL), TIRTC_E_INVALID_PARAMETER);
    tirtc_sim_other_dials(world_port(&world, client), &(tirtc_sim_dial_t){.fails_at_once = TIRTC_E_HTTP_SOCKET});
    CHECK_EQUAL(tirtc_device_connect(client, id, token, NULL, NULL), 0);
    CHECK(world_run_until(&world, client, TIRTC_CONNECTION_CONNECTED, SOON_MS) != NULL);
    CHECK_EQUAL(tirtc_device_connect(client, id, token, NULL, NULL), 0); /* closed before it is dialled */
    world_close_device(&world, client);
    world_end(&world);
}

int main(void)
{
    RUN(a_life_of_connections_leaves_no_secret_in_memory_or_logs);
    RUN(attempts_that_fail_leave_no_secret);
    return check_result();
}
