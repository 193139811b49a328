/* What a `bye` means to the program (docs/wire.md section 3, reasons of bye). */
#ifndef TI_CORE_BYE_H
#define TI_CORE_BYE_H

#include <stdint.h>

/** The TIRTC_E_* value that a `bye` with this reason gives to a connection. Unknown reasons count as TI_BYE_OTHER. */
int ti_bye_connection_error(uint8_t reason);

/** The same for a start link. Only TI_BYE_REFUSED and TI_BYE_REPLACED are final there. */
int ti_bye_start_error(uint8_t reason);

#endif
