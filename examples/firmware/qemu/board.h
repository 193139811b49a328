/* The board: clock, entropy, console, network. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/** Start the clock and the network, and name them to the SDK. Ends the run when the network controller is missing. */
void board_open(void);

/** Milliseconds since board_open(). */
uint32_t board_now_ms(void);

#endif
