/* lwIP on the LAN9118, with the fixed address that QEMU's user network expects. */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>

/** Start lwIP and the interface. Returns false when the controller is missing. */
bool network_open(void);

/** Give lwIP what has been received, and its timers. Returns true when something was received. */
bool network_poll(void);

#endif
