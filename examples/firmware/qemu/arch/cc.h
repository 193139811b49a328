/* The definitions that lwIP needs from the compiler and the board. */
#ifndef ARCH_CC_H
#define ARCH_CC_H

#include <stdint.h>

/** Print what went wrong and end the program with a failure. */
_Noreturn void board_panic(const char *text);

/** Returns an unpredictable number, for ports and sequence numbers. */
uint32_t board_random(void);

#define LWIP_PLATFORM_DIAG(arguments) ((void)0)
#define LWIP_PLATFORM_ASSERT(text) board_panic(text)
#define LWIP_RAND() board_random()

#endif
