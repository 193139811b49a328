/* Instructions and memory of a device, counted by the device itself and printed as lines of "name number".
 *
 * QEMU runs with -icount shift=10, which makes an instruction take 1024 ns; SysTick counts at 25 MHz, so 25.6 ticks are
 * one instruction. Calls into the core are counted, with what the sim port does under them (a copy of the bytes, a few
 * pointers); the service's work is not.
 */
#include <stdio.h>

#include "check.h"
#include "sim_world.h"
#include "tirtc_config.h"

#define SYST_CSR (*(volatile uint32_t *)0xe000e010)
#define SYST_RVR (*(volatile uint32_t *)0xe000e014)
#define SYST_CVR (*(volatile uint32_t *)0xe000e018)

enum { SYSTICK_ON = 5, SYSTICK_MASK = 0xffffff, SEND_BUFFER_BYTES = TIRTC_MIN_SEND_BUFFER_BYTES, SOON_MS = 1000 };

static uint64_t ticks;
static uint32_t ticks_of_counting;

static uint32_t begin_count(void)
{
    return SYST_CVR;
}

/* The counter counts down and wraps after 655,000 instructions, more than any single call takes. */
static void end_count(uint32_t began)
{
    ticks += ((began - SYST_CVR) & SYSTICK_MASK) - ticks_of_counting;
}

static void start_counter(void)
{
    SYST_RVR = SYSTICK_MASK;
    SYST_CVR = 0;
    SYST_CSR = SYSTICK_ON;
    end_count(begin_count());
    ticks_of_counting = (uint32_t)ticks;
    ticks = 0;
}

int __real_tirtc_device_start(tirtc_device_t *device, const tirtc_options_t *options);
int __real_tirtc_device_step(tirtc_device_t *device);
bool __real_tirtc_device_next(tirtc_device_t *device, tirtc_event_t *event);
int __real_tirtc_connection_send_frame(tirtc_device_t *device, tirtc_connection_t connection,
                                       const TIRTCFRAMEINFO *frame, const void *data, tirtc_refusal_t *refusal);
int __wrap_tirtc_device_start(tirtc_device_t *device, const tirtc_options_t *options);
int __wrap_tirtc_device_step(tirtc_device_t *device);
bool __wrap_tirtc_device_next(tirtc_device_t *device, tirtc_event_t *event);
int __wrap_tirtc_connection_send_frame(tirtc_device_t *device, tirtc_connection_t connection,
                                       const TIRTCFRAMEINFO *frame, const void *data, tirtc_refusal_t *refusal);

int __wrap_tirtc_device_start(tirtc_device_t *device, const tirtc_options_t *options)
{
    uint32_t began = begin_count();
    int result = __real_tirtc_device_start(device, options);
    end_count(began);
    return result;
}

int __wrap_tirtc_device_step(tirtc_device_t *device)
{
    uint32_t began = begin_count();
    int result = __real_tirtc_device_step(device);
    end_count(began);
    return result;
}

bool __wrap_tirtc_device_next(tirtc_device_t *device, tirtc_event_t *event)
{
    uint32_t began = begin_count();
    bool result = __real_tirtc_device_next(device, event);
    end_count(began);
    return result;
}

int __wrap_tirtc_connection_send_frame(tirtc_device_t *device, tirtc_connection_t connection,
                                       const TIRTCFRAMEINFO *frame, const void *data, tirtc_refusal_t *refusal)
{
    uint32_t began = begin_count();
    int result = __real_tirtc_connection_send_frame(device, connection, frame, data, refusal);
    end_count(began);
    return result;
}

static void print(const char *name, size_t number)
{
    printf("%s %lu\n", name, (unsigned long)number);
}

static void print_instructions(const char *name)
{
    print(name, (size_t)(ticks * 10 / 256));
    ticks = 0;
}

static size_t bytes_in_use(world_t *world)
{
    return tirtc_sim_memory(world->sim).bytes;
}

static void send(world_t *world, tirtc_device_t *device, tirtc_connection_t connection, uint32_t length)
{
    static const uint8_t bytes[16000];
    TIRTCFRAMEINFO frame = {.media = TIRTC_VIDEO_H264, .flags = TIRTC_FRAME_FLAG_KEY_FRAME, .length = length};
    ticks = 0;
    REQUIRE(tirtc_connection_send_frame(device, connection, &frame, bytes, NULL) > 0);
    world_settle(world);
}

static void hear(world_t *world, service_link_t *link, tirtc_device_t *device)
{
    static const uint8_t command[] = {0,   1,   0x40, 0,   0,   'a', 'b', 'c', 'd', 'e', 'f',
                                      'g', 'h', 'i',  'j', 'k', 'l', 'm', 'n', 'o', 'p'};
    service_send_message(link, command, sizeof command);
    ticks = 0;
    REQUIRE(world_run_until(world, device, TIRTC_COMMAND, SOON_MS) != NULL);
}

int main(void)
{
    world_t world;
    world_options_t quiet = {.sim = {.seed = 1}};
    tirtc_options_t options = world_options("device-1", "secret-1");
    options.max_send_buffer_bytes = SEND_BUFFER_BYTES;
    options.max_connections = 1;
    start_counter();
    world_start(&world, &quiet);
    service_add_device(world.service, "device-1", "secret-1");
    tirtc_device_t *device = world_open_device(&world);
    ticks = 0;
    REQUIRE(tirtc_device_start(device, &options) == 0);
    REQUIRE(world_run_until(&world, device, TIRTC_DEVICE_STARTED, SOON_MS) != NULL);
    print_instructions("instructions_start");
    size_t idle = bytes_in_use(&world);
    print("bytes_idle", idle);
    print("bytes_peak_start", tirtc_sim_memory(world.sim).peak_bytes);

    service_connection_t *call = service_call(world.service, "device-1", "subject-1");
    const tirtc_event_t *accepted = world_run_until(&world, device, TIRTC_CONNECTION_ACCEPTED, SOON_MS);
    REQUIRE(accepted != NULL);
    tirtc_connection_t connection = accepted->connection;
    print_instructions("instructions_accept");
    print("bytes_connection", bytes_in_use(&world) - idle);
    print("bytes_buffers", SEND_BUFFER_BYTES + TIRTC_INITIAL_RECEIVE_BYTES);

    send(&world, device, connection, 160);
    send(&world, device, connection, 160);
    print_instructions("instructions_send_160");
    send(&world, device, connection, 1024);
    print_instructions("instructions_send_1024");
    send(&world, device, connection, 16000);
    print_instructions("instructions_send_16000");
    hear(&world, call->device_link, device);
    print_instructions("instructions_command_16");
    world.complaints_expected = true;
    world_end(&world);
    return check_result();
}
