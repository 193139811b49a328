/* What TiRtcSetOption() has set. */
#ifndef TI_FACADE_OPTIONS_H
#define TI_FACADE_OPTIONS_H

#include "tirtc_device.h"

enum {
    TI_MAX_ENDPOINT_BYTES = 512,
    TI_MAX_SECRET_KEY_BYTES = 63,
    TI_MAX_APP_ID_BYTES = 64,
    TI_MAX_CLIENT_ID_BYTES = 64
};

/** Texts end with a NUL; an empty one is not set. A number that is 0 is not set. */
typedef struct ti_options {
    char endpoint[TI_MAX_ENDPOINT_BYTES + 1];
    char secret_key[TI_MAX_SECRET_KEY_BYTES + 1];
    char app_id[TI_MAX_APP_ID_BYTES + 1];
    char client_id[TI_MAX_CLIENT_ID_BYTES + 1];
    int64_t max_connections;
    int64_t max_send_buffer_bytes;
    int64_t no_connect_cache;
    int64_t link_mode;
} ti_options_t;

/** A copy of what is set; wipe it after use, the secret is in it. Takes the lock. */
void ti_options_copy(ti_options_t *copy);

/** Forget everything. Takes the lock. */
void ti_options_forget(void);

/** True when this build can use the endpoint. */
bool ti_endpoint_is_legal(const char *endpoint, size_t size);

/** What an endpoint has to look like in this build, for log lines. */
extern const char ti_endpoint_rule[];

/** A NUL-terminated text as the core wants it; an empty one is "not given". */
tirtc_bytes_t ti_bytes(const char *text);

#endif
