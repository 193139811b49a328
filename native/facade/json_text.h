/* The content of JSON strings, for log lines. */
#ifndef TI_FACADE_JSON_TEXT_H
#define TI_FACADE_JSON_TEXT_H

#include "../base/text.h"

/** Add the content of a JSON string, whose quotes are included, as ti_json_compact() wrote it: escapes are resolved,
 *  and control characters and half surrogate pairs become '?'. Adds nothing in builds without log lines. */
void ti_json_add_printable(ti_text_t *text, ti_span_t string);

#endif
