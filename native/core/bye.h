/* The errors that a `bye` causes (docs/wire.md section 3, reasons of bye). */
#ifndef TI_CORE_BYE_H
#define TI_CORE_BYE_H

#include <stdint.h>

/** Returns the TIRTC_E_* value of a connection that was ended by a `bye` with this reason. Unknown reasons count as
 *  TI_BYE_OTHER. */
int ti_bye_connection_error(uint8_t reason);

/** Returns the same for a start link. Only TI_BYE_REFUSED and TI_BYE_REPLACED are final there. */
int ti_bye_start_error(uint8_t reason);

#endif
