/* Log lines of the core. They go to the port, on the thread that logs, and never while a lock is held. */
#ifndef TI_CORE_LOG_H
#define TI_CORE_LOG_H

#include <string.h>

#include "../base/text.h"
#include "../wire/url.h"
#include "tirtc_config.h"
#include "tirtc_port.h"

enum { TI_LOG_LINE_BYTES = 256 };

/** A line being built; longer ones are cut. */
typedef struct ti_log_line {
    ti_text_t text;
    char buffer[TI_LOG_LINE_BYTES];
} ti_log_line_t;

/** Begin a line with `start`. Returns the text to add to. */
ti_text_t *ti_log_begin(ti_log_line_t *line, const char *start);

/** Add the endpoint of a link. It contains no secret: an endpoint has no user info. */
static inline void ti_log_add_endpoint(ti_text_t *text, const ti_endpoint_t *endpoint)
{
    ti_text_add(text, endpoint->secure ? "; endpoint https://" : "; endpoint http://");
    ti_text_add_span(text, endpoint->authority);
    ti_text_add_span(text, endpoint->prefix);
}

/** Hand the line to the port. */
void ti_log_end(const tirtc_port_t *port, tirtc_log_level_t level, const char *module, const ti_log_line_t *line);

/** Returns true if lines of this level are compiled in and the port has a log. Check before building a line. */
static inline bool ti_log_wanted(const tirtc_port_t *port, tirtc_log_level_t level)
{
    return TIRTC_MAX_LOG_LEVEL > 0 && (int)level <= TIRTC_MAX_LOG_LEVEL && port->log != NULL;
}

/** A literal that says why something happened; empty in builds without log lines. */
#if TIRTC_MAX_LOG_LEVEL > 0
#define TI_WORDS(literal) TI_SPAN(literal)
#else
#define TI_WORDS(literal) ti_span(NULL, 0)
#endif

/** Log a line that is one literal. */
static inline void ti_log_text(const tirtc_port_t *port, tirtc_log_level_t level, const char *module, const char *text)
{
    if (ti_log_wanted(port, level)) {
        port->log(port->context, level, module, text, strlen(text));
    }
}

#endif
