/* The board: clock, entropy, console, network. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/** Start the clock and the network, and name them and all memory to the SDK. Ends the run when the network controller
 *  is missing. */
void board_open(void);

/** Milliseconds since board_open(). */
uint32_t board_now_ms(void);

/** A line on the console. */
void board_print(const char *text);

#endif
