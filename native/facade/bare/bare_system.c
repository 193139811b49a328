/* The functions of system.h on a platform without a C library: memory and time come from the port, lines go to the
 * platform's console; there is no environment and there are no files. */
#include "../system.h"

#include <string.h>

#include "../start_notice.h"
#include "tirtc_config.h"
#include "tirtc_polled.h"

void *ti_system_allocate(size_t size)
{
    const tirtc_platform_t *platform = tirtc_platform();
    void *block = platform != NULL ? platform->port->allocate(platform->port->context, size) : NULL;
    if (block != NULL) {
        memset(block, 0, size);
    }
    return block;
}

void ti_system_release(void *block, size_t size)
{
    const tirtc_port_t *port = tirtc_platform()->port;
    port->release(port->context, block, size);
}

const char *ti_system_endpoint(void)
{
#ifdef TIRTC_DEFAULT_ENDPOINT
    return TIRTC_DEFAULT_ENDPOINT;
#else
    return NULL;
#endif
}

/* Without a date, the port's clock is used: "123456ms". */
void ti_system_add_time(ti_text_t *text)
{
    const tirtc_platform_t *platform = tirtc_platform();
    ti_text_add_u32(text, platform != NULL ? platform->port->mono_ms(platform->port->context) : 0);
    ti_text_add(text, "ms");
}

void ti_system_print(ti_span_t line)
{
    const tirtc_platform_t *platform = tirtc_platform();
    if (platform != NULL && platform->print != NULL) {
        platform->print(platform->port->context, (const char *)line.data, line.size);
    }
}

void ti_system_complain(ti_span_t line)
{
    (void)line;
}

bool ti_environment_log_is_set(void)
{
    return false;
}

int ti_environment_log_level(void)
{
    return 0;
}

void ti_environment_log_write(ti_span_t line)
{
    (void)line;
}

void ti_notice_start(tirtc_bytes_t device_id, tirtc_bytes_t endpoint)
{
    (void)device_id;
    (void)endpoint;
}

void ti_notice_failed(const tirtc_event_t *event)
{
    (void)event;
}

ti_log_file_t *ti_log_file_open(const char *path, uint32_t max_bytes)
{
    (void)path;
    (void)max_bytes;
    return NULL;
}

void ti_log_file_write(ti_log_file_t *file, ti_span_t line)
{
    (void)file;
    (void)line;
}

void ti_log_file_close(ti_log_file_t *file)
{
    (void)file;
}
