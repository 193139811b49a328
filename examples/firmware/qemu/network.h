/* lwIP on the LAN9118, with the fixed address that QEMU's user network expects. */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>

/** Start lwIP and the interface. Returns false when the controller is missing. */
bool network_open(void);

/** Pass received frames to lwIP and run its timers. Returns true when a frame was received. */
bool network_poll(void);

#endif
