/* The vector table, and the initialization that C needs before main(). */
#include "startup.h"

#include <stdint.h>
#include <string.h>

#include "arch/cc.h"
#include "semihosting.h"

int main(void);

/* Defined by the linker script. */
extern uint8_t image_stack_top[], image_data_load[], image_data_begin[], image_data_end[], image_bss_begin[],
    image_bss_end[];

#define CPACR (*(volatile uint32_t *)0xe000ed88)
#define CPACR_FPU_ON (0xfu << 20)

void startup_reset(void);

void startup_reset(void)
{
    CPACR |= CPACR_FPU_ON; /* before the compiler uses its registers */
    __asm__ volatile("dsb\n isb");
    memcpy(image_data_begin, image_data_load, (size_t)(image_data_end - image_data_begin));
    memset(image_bss_begin, 0, (size_t)(image_bss_end - image_bss_begin));
    semihosting_exit(main());
}

static void fault(void)
{
    board_panic("a fault or an unexpected interrupt");
}

typedef union vector {
    void (*handler)(void);
    void *stack;
} vector_t;

static const vector_t vectors[16] __attribute__((section(".vectors"), used)) = {
    {.stack = image_stack_top}, {.handler = startup_reset}, {.handler = fault}, {.handler = fault},
    {.handler = fault},         {.handler = fault},         {.handler = fault}, {.handler = fault},
    {.handler = fault},         {.handler = fault},         {.handler = fault}, {.handler = fault},
    {.handler = fault},         {.handler = fault},         {.handler = fault}, {.handler = startup_tick},
};
