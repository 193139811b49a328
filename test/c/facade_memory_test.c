/* Static memory where there are threads: the devices of the SDK's thread live in the block too. */
#include "check.h"
#include "support/recorder.h"
#include "support/socket_service.h"
#include "tirtc_memory.h"

enum { CALLS = 20, BUFFER_BYTES = TIRTC_MIN_SEND_BUFFER_BYTES, BLOCK_BYTES = TIRTC_MEMORY_BYTES(1, BUFFER_BYTES) };

static TIRTC_MEMORY(memory, BLOCK_BYTES);

static void set_option(TIRTCOPTION option, uint32_t value)
{
    CHECK_EQUAL(TiRtcSetOption(option, &value, sizeof value), 0);
}

static void check_that_all_is_free(void)
{
    tirtc_memory_info_t info;
    CHECK_EQUAL(tirtc_memory_info(&info), 0);
    CHECK_EQUAL(info.free_bytes, info.bytes);
    CHECK_EQUAL(info.largest_free_bytes, info.bytes);
    CHECK_EQUAL(info.refusals, 0);
    CHECK(info.least_free_bytes < info.bytes - BUFFER_BYTES);
}

static void be_called(socket_service_t *server)
{
    recorded_t call;
    service_connection_t *peer = service_call(socket_service_lock(server), "device-1", "caller");
    socket_service_unlock(server);
    REQUIRE(peer != NULL && recorder_wait(ON_ACCEPTED, 0, &call, 5000));
    CHECK_EQUAL(TiRtcSendCommand(call.connection, MAKE_CMDW(0x4000, 1), "hello", 5), 4 + 5);
    CHECK_EQUAL(TiRtcDisconnect(call.connection), 0);
    CHECK(recorder_wait(ON_DISCONNECTED, 0, NULL, 5000));
}

TEST(sessions_on_the_sdks_thread_leave_the_block_as_it_was)
{
    socket_service_t *server = socket_service_open(NULL);
    const char *endpoint = socket_service_endpoint(server);
    service_add_device(socket_service_lock(server), "device-1", "secret-1");
    socket_service_unlock(server);
    CHECK_EQUAL(tirtc_set_memory(&memory, BLOCK_BYTES), 0);
    for (int session = 0; session < 2; session++) {
        recorder_reset();
        set_option(TIRTC_OPT_MAX_CONNECTIONS, 1);
        set_option(TIRTC_OPT_MAX_SEND_BUFFER, BUFFER_BYTES);
        CHECK_EQUAL(TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint)), 0);
        CHECK_EQUAL(TiRtcInit(), 0);
        CHECK_EQUAL(TiRtcStart("device-1,secret-1", &recorder_callbacks), 0);
        REQUIRE(recorder_wait(ON_EVENT, TiEVENT_SYS_STARTED, NULL, 5000));
        for (int i = 0; i < CALLS; i++) {
            be_called(server);
        }
        TiRtcUninit();
        check_that_all_is_free();
    }
    CHECK_EQUAL(tirtc_set_memory(NULL, 0), 0);
    socket_service_close(server);
}

int main(void)
{
    RUN(sessions_on_the_sdks_thread_leave_the_block_as_it_was);
    return check_result();
}
