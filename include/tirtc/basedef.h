/* For programs that name a directory, tirtc/ or TiRTC/. Both spellings hold the same bytes: where case does not count,
 * they are one file. */
#include "../basedef.h"
