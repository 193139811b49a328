/* Notices about starts that fail, on builds with a standard error; nothing on firmware. */
#ifndef TI_FACADE_START_NOTICE_H
#define TI_FACADE_START_NOTICE_H

#include "tirtc_device.h"

/** Keep what is started for the notices about it. Takes the lock. */
void ti_notice_start(tirtc_bytes_t device_id, tirtc_bytes_t endpoint);

/** Say why an attempt failed: once per start while it is tried again, and once when it is not. `event` is a
 *  DEVICE_START_FAILED. Takes the lock. */
void ti_notice_failed(const tirtc_event_t *event);

#endif
