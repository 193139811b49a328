/* The options of one start, checked and copied into one block of memory. */
#ifndef TI_CORE_CONFIG_H
#define TI_CORE_CONFIG_H

#include "../wire/url.h"
#include "tirtc_device.h"

typedef struct ti_config {
    size_t allocated_bytes;
    ti_endpoint_t endpoint;
    ti_span_t device_id; /* empty: client only */
    ti_span_t device_secret_key;
    ti_span_t app_id;
    ti_span_t client_id;
    ti_span_t platform;
    char start_id[22]; /* distinguishes a reconnect from a newer start */
    uint32_t max_connections;
    uint32_t max_send_buffer_bytes;
    uint32_t connect_timeout_ms;
    uint32_t keep_alive_ms; /* 0: the service's value */
    uint32_t silence_ms;
    bool connect_cache;
    int link_mode;
} ti_config_t;

/** Check and copy the options. Returns 0 and *config (free it with ti_config_free()), or an error of
 *  tirtc_device_start(), with a log line that names the option. Thread: any. */
int ti_config_make(const tirtc_port_t *port, const tirtc_options_t *options, ti_config_t **config);

/** Wipe and free. NULL is allowed. */
void ti_config_free(const tirtc_port_t *port, ti_config_t *config);

enum { TI_MAX_SUFFIX_BYTES = 255 };

/** Split a remote id (docs/wire.md section 1). Returns false if its id is not 1..63 bytes, or its suffix is above
 *  TI_MAX_SUFFIX_BYTES, or either has control characters. */
bool ti_remote_id_read(tirtc_bytes_t remote_id, ti_span_t *id, ti_span_t *suffix);

#endif
