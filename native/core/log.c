#include "log.h"

ti_text_t *ti_log_begin(ti_log_line_t *line, const char *start)
{
    ti_text_init(&line->text, line->buffer, sizeof line->buffer);
    ti_text_add(&line->text, start);
    return &line->text;
}

void ti_log_end(const tirtc_port_t *port, tirtc_log_level_t level, const char *module, const ti_log_line_t *line)
{
    if (ti_log_wanted(port, level)) {
        port->log(port->context, level, module, line->text.data, line->text.size);
    }
}
