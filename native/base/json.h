/* JSON (RFC 8259), checked and read in one pass, without recursion and without memory of its own. */
#ifndef TI_BASE_JSON_H
#define TI_BASE_JSON_H

#include "span.h"

enum { TI_JSON_MAX_DEPTH = 32 }; /* arrays and objects inside one another */

/** Copy JSON without the white space between its tokens; the bytes of strings and numbers stay as they are.
 *  input    one value, in UTF-8
 *  output   has room for input.size bytes; may be input.data itself
 *  Returns  the bytes written, or 0 if the input is not JSON or is nested too deeply; `output` is undefined then. */
size_t ti_json_compact(ti_span_t input, char *output);

/** Take the next member off *members, which is at first an object that ti_json_compact() wrote.
 *  Returns false if there are no more. `name` includes its quotes, and its escapes are kept. */
bool ti_json_next_member(ti_span_t *members, ti_span_t *name, ti_span_t *value);

/** Read a whole number of 0 to 2147483647, written with digits only. Returns false for anything else. */
bool ti_json_read_whole_number(ti_span_t value, int32_t *number);

#endif
