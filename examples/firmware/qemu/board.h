/* The board: clock, entropy, console, network. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/** Start the clock and the network, and pass the platform and its memory to the SDK. Ends the program if there is no
 *  network controller. */
void board_open(void);

/** Returns the milliseconds since board_open(). */
uint32_t board_now_ms(void);

/** Write a line to the console. */
void board_print(const char *text);

#endif
