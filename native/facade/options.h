/* The options that TiRtcSetOption() has set. */
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
    uint32_t max_connections;
    uint32_t max_send_buffer_bytes;
    uint32_t no_connect_cache;
    uint32_t link_mode;
} ti_options_t;

/** Copy the options. Wipe the copy after use: it contains the secret. Returns false if none is set. Takes the lock. */
bool ti_options_copy(ti_options_t *copy);

/** Set all options again, after ti_options_forget(). Returns false if there is no memory. Takes the lock. */
bool ti_options_restore(const ti_options_t *copy);

/** Forget all options. Takes the lock. */
void ti_options_forget(void);

/** Parse an endpoint. Returns false if this build cannot use it. */
bool ti_endpoint_read(tirtc_bytes_t endpoint, tirtc_endpoint_t *parts);

/** The form of an endpoint in this build, for log lines. */
#ifdef TIRTC_HAS_TLS
#define TI_ENDPOINT_RULE "http(s):// or ws(s)://host[:port][/path], at most 512 bytes"
#else
#define TI_ENDPOINT_RULE "http:// or ws://host[:port][/path], at most 512 bytes (this build has no TLS)"
#endif

/** Convert a NUL-terminated text for the core; an empty one is "not given". */
tirtc_bytes_t ti_bytes(const char *text);

#endif
