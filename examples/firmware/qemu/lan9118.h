/* The LAN9118 Ethernet controller (Microchip LAN9118 data sheet), polled. */
#ifndef LAN9118_H
#define LAN9118_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LAN9118_MAX_FRAME_BYTES = 1514 }; /* without the check sum, which the controller adds and removes */

/** Reset the controller and begin to receive frames for `mac` and broadcasts. Returns false when there is no
 *  controller. */
bool lan9118_open(const uint8_t mac[6]);

/** Send one frame. Returns false when there is no room for it now. */
bool lan9118_send(const void *frame, size_t size);

/** Read one received frame; `buffer` has LAN9118_MAX_FRAME_BYTES rounded up to a multiple of 4. Returns its size in
 *  bytes, 0 when there is no frame. */
size_t lan9118_receive(uint32_t *buffer);

#endif
