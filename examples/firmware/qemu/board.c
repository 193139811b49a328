#include "board.h"

#include <string.h>

#include "arch/cc.h"
#include "lwip/sys.h"
#include "network.h"
#include "semihosting.h"
#include "startup.h"
#include "tirtc_lwip.h"
#include "tirtc_memory.h"

#ifndef CPU_HZ
#error "define CPU_HZ as the frequency of the processor's clock; see CMakeLists.txt"
#endif

/* SysTick, Armv7-M and Armv8-M Architecture Reference Manuals. */
#define SYST_CSR (*(volatile uint32_t *)0xe000e010)
#define SYST_RVR (*(volatile uint32_t *)0xe000e014)
#define SYST_CVR (*(volatile uint32_t *)0xe000e018)
#define SYST_CSR_CPU_CLOCK_INTERRUPT_ON 7u

static volatile uint32_t now_ms;

void startup_tick(void)
{
    now_ms++;
}

uint32_t board_now_ms(void)
{
    return now_ms;
}

u32_t sys_now(void)
{
    return now_ms;
}

void board_panic(const char *text)
{
    static const char prefix[] = "panic: ";
    semihosting_write(prefix, sizeof prefix - 1);
    semihosting_write(text, strlen(text));
    semihosting_write("\n", 1);
    semihosting_exit(1);
}

/* The machine has no random generator. On a real chip, use the generator of the chip here. */
static int entropy(void *context, void *out, size_t size)
{
    static int handle = -1;
    (void)context;
    if (handle < 0) {
        handle = semihosting_open("/dev/urandom");
    }
    return handle < 0 ? -1 : semihosting_read(handle, out, size);
}

uint32_t board_random(void)
{
    uint32_t number;
    if (entropy(NULL, &number, sizeof number) != 0) {
        board_panic("no entropy: /dev/urandom of the host cannot be read");
    }
    return number;
}

/* Serve the network. If there was nothing to do, sleep until the next interrupt, at most one tick. */
static void run(void *context, uint32_t max_ms)
{
    (void)context;
    if (!network_poll() && max_ms > 0) {
        __asm__ volatile("wfi");
    }
}

void board_print(const char *text)
{
    semihosting_write(text, strlen(text));
    semihosting_write("\n", 1);
}

static void print(void *context, const char *line, size_t size)
{
    (void)context;
    semihosting_write(line, size);
    semihosting_write("\n", 1);
}

static const tirtc_lwip_board_t board = {
    .entropy = entropy,
    .run = run,
    .print = print,
};

void board_open(void)
{
    static tirtc_lwip_t lwip;
    static TIRTC_MEMORY(memory, TIRTC_MEMORY_BYTES(TIRTC_DEFAULT_MAX_CONNECTIONS, TIRTC_DEFAULT_SEND_BUFFER_BYTES));
    SYST_RVR = CPU_HZ / 1000 - 1;
    SYST_CVR = 0;
    SYST_CSR = SYST_CSR_CPU_CLOCK_INTERRUPT_ON;
    if (!network_open()) {
        board_panic("no LAN9118 network controller");
    }
    tirtc_lwip_open(&lwip, &board);
    tirtc_use_platform(&lwip.platform);
    if (tirtc_set_memory(&memory, sizeof memory) != 0) {
        board_panic("the SDK refuses its memory");
    }
}
