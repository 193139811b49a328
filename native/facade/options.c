/* TiRtcSetOption(): one table of rules. */
#include "options.h"
#include "../base/wipe.h"

#include <string.h>

#include "facade.h"
#include "system.h"
#include "tirtc_config.h"

enum rule_kind {
    TEXT,       /* any bytes */
    LINE,       /* no control characters */
    PRINTABLE,  /* ASCII 0x20 to 0x7e */
    ENDPOINT,   /* a URL this build can use */
    NUMBER,     /* an int */
    SWITCH_OFF, /* an int 0 or 1, stored inverted, so that zeroed memory means the default, 1 */
    BUFFER_SIZE /* a uint32_t, 0 for the default */
};

enum { NOWHERE = 0xffff }; /* checked, but without effect in this emulator */

typedef struct rule {
    uint8_t kind;
    uint16_t offset; /* in ti_options_t */
    uint32_t least;  /* bytes of a text, value of a number */
    uint32_t most;
} rule_t;

typedef struct words {
    const char *name;
    const char *legal;
} words_t;

#ifdef TIRTC_HAS_TLS
enum { SECURE_LINKS = 1 };
#else
enum { SECURE_LINKS = 0 };
#endif

#define AT(field) (uint16_t) offsetof(ti_options_t, field)

#define RULES(X) \
    X(TIRTC_OPT_SERVICE_ENDPOINT, ENDPOINT, 1, TI_MAX_ENDPOINT_BYTES, AT(endpoint), TI_ENDPOINT_RULE) \
    X(TIRTC_OPT_SECRET_KEY, TEXT, 1, TI_MAX_SECRET_KEY_BYTES, AT(secret_key), "1 to 63 bytes") \
    X(TIRTC_OPT_MAX_CONNECTIONS, NUMBER, 1, INT32_MAX, AT(max_connections), "an int of 1 or more") \
    X(TIRTC_OPT_NETWORK_TYPE, NUMBER, 0, 1, NOWHERE, "TIRTC_NETCONN_WIFI (0) or TIRTC_NETCONN_4G (1)") \
    X(TIRTC_OPT_ICCID, LINE, 1, 64, NOWHERE, "1 to 64 bytes without control characters") \
    X(TIRTC_OPT_WAKEUP, NUMBER, 0, 1, NOWHERE, "an int, 0 or 1") \
    X(TIRTC_OPT_RESTRICTED_NETWORK, NUMBER, 0, 1, NOWHERE, "an int, 0 or 1") \
    X(TIRTC_OPT_MAX_SEND_BUFFER, BUFFER_SIZE, TIRTC_MIN_SEND_BUFFER_BYTES, UINT32_MAX, AT(max_send_buffer_bytes), \
      "a uint32_t, 0 or 16384 and more") \
    X(TIRTC_OPT_CONNECT_CACHE, SWITCH_OFF, 0, 1, AT(no_connect_cache), "an int, 0 or 1") \
    X(TIRTC_OPT_APP_ID, LINE, 1, TI_MAX_APP_ID_BYTES, AT(app_id), "1 to 64 bytes without control characters") \
    X(TIRTC_OPT_CLIENT_ID, PRINTABLE, 1, TI_MAX_CLIENT_ID_BYTES, AT(client_id), "1 to 64 printable ASCII characters") \
    X(TIRTC_OPT_CONNECT_LINK_MODE, NUMBER, 0, 2, AT(link_mode), "AUTO (0), DIRECT_ONLY (1) or RELAY_ONLY (2)") \
    X(TIRTC_OPT_TGTRP_POLL_TIMEOUT, NUMBER, 1, 50, NOWHERE, "an int, 1 to 50 ms")

/* Two tables, by option: builds without log lines leave the words out. */
#define RULE(option, kind, least, most, offset, legal) [option] = {kind, offset, least, most},
#define WORDS(option, kind, least, most, offset, legal) [option] = {#option, legal},
static const rule_t rules[] = {RULES(RULE)};
static const words_t words[] = {RULES(WORDS)};

enum { RULES_END = sizeof rules / sizeof rules[0] };

static bool is_text(const rule_t *rule)
{
    return rule->kind <= ENDPOINT;
}

bool ti_endpoint_read(tirtc_bytes_t endpoint, tirtc_endpoint_t *parts)
{
    return endpoint.size <= TI_MAX_ENDPOINT_BYTES && tirtc_read_endpoint(endpoint, SECURE_LINKS, parts) == 0;
}

static bool text_is_legal(const rule_t *rule, const char *text, size_t size)
{
    if (size < rule->least || size > rule->most) {
        return false;
    }
    if (rule->kind == ENDPOINT) {
        tirtc_endpoint_t parts;
        return ti_endpoint_read((tirtc_bytes_t){text, size}, &parts);
    }
    for (size_t i = 0; i < size && rule->kind != TEXT; i++) {
        uint8_t byte = (uint8_t)text[i];
        if (byte < 0x20 || byte == 0x7f || (rule->kind == PRINTABLE && byte > 0x7e)) {
            return false;
        }
    }
    return true;
}

/* No rule allows negative values: as a uint32_t, they are above the maximum. */
static bool read_number(const rule_t *rule, const void *data, uint32_t len, uint32_t *value)
{
    if (len < sizeof *value) {
        return false;
    }
    memcpy(value, data, sizeof *value);
    return (*value >= rule->least && *value <= rule->most) || (rule->kind == BUFFER_SIZE && *value == 0);
}

enum when { IN_TIME, NEXT_START, TOO_LATE };

/* Returns when a value takes effect. In static memory sizes are fixed at TiRtcInit(). The lock is held. */
static enum when when_it_counts(const rule_t *rule)
{
    bool is_size = rule->offset == AT(max_connections) || rule->offset == AT(max_send_buffer_bytes);
    if (ti_root.instance == NULL || rule->offset == NOWHERE) {
        return IN_TIME;
    }
    if (is_size && ti_root.static_memory != NULL) {
        return TOO_LATE;
    }
    return ti_is_started(ti_root.instance) ? NEXT_START : IN_TIME;
}

/* Store a legal value. Returns false if there is no memory. */
static bool keep(const rule_t *rule, const void *value, size_t size, enum when *when)
{
    ti_options_t *made = NULL;
    ti_facade_lock();
    if (ti_root.options == NULL) {
        ti_facade_unlock();
        made = ti_memory_take(sizeof *made);
        ti_facade_lock();
    }
    if (ti_root.options == NULL) { /* no other thread was faster */
        ti_root.options = made;
        made = NULL;
    }
    ti_options_t *options = ti_root.options;
    *when = when_it_counts(rule);
    if (options != NULL && rule->offset != NOWHERE && *when != TOO_LATE) {
        char *field = (char *)options + rule->offset;
        if (is_text(rule)) {
            ti_wipe(field, (size_t)rule->most + 1);
        }
        memcpy(field, value, size);
    }
    ti_facade_unlock();
    ti_memory_give(made, sizeof *made);
    return options != NULL;
}

#define REFUSED "TiRtcSetOption: the value of %s is invalid: it must be %s; "

/* Texts are not logged: one may be a secret that was passed to the wrong option. */
static int refuse(TIRTCOPTION option, const void *data, size_t size)
{
    int number;
    if (data == NULL) {
        ti_say(TIRTC_LOG_ERROR, REFUSED "NULL was given", words[option].name, words[option].legal);
    } else if (is_text(&rules[option]) || size < sizeof number) {
        ti_say(TIRTC_LOG_ERROR, REFUSED "%u bytes were given", words[option].name, words[option].legal, (unsigned)size);
    } else {
        memcpy(&number, data, sizeof number);
        ti_say(TIRTC_LOG_ERROR, REFUSED "%d was given", words[option].name, words[option].legal, number);
    }
    return TIRTC_E_INVALID_PARAMETER;
}

int TiRtcSetOption(TIRTCOPTION option, const void *data, uint32_t len)
{
    if ((int)option < (int)TIRTC_OPT_SERVICE_ENDPOINT || (int)option >= RULES_END) {
        ti_say(TIRTC_LOG_ERROR, "TiRtcSetOption: unknown option %d; use 1 to 13", (int)option);
        return TIRTC_E_INVALID_PARAMETER;
    }
    if (data == NULL) {
        return refuse(option, NULL, 0);
    }
    const rule_t *rule = &rules[option];
    uint32_t number = 0;
    const void *value = &number;
    size_t size = sizeof number;
    if (is_text(rule)) {
        const char *nul = memchr(data, '\0', len);
        value = data;
        size = nul != NULL ? (size_t)(nul - (const char *)data) : len;
        if (!text_is_legal(rule, data, size)) {
            return refuse(option, data, size);
        }
    } else if (!read_number(rule, data, len, &number)) {
        return refuse(option, data, len);
    }
    int result = option == TIRTC_OPT_TGTRP_POLL_TIMEOUT ? (int)number : 0;
    if (rule->kind == SWITCH_OFF) {
        number = !number;
    }
    enum when when;
    if (!keep(rule, value, size, &when)) {
        ti_say(TIRTC_LOG_ERROR, "TiRtcSetOption: no memory for %s", words[option].name);
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    if (when == NEXT_START) {
        ti_say(TIRTC_LOG_WARN, "TiRtcSetOption: %s is too late for this start; it applies from the next one",
               words[option].name);
    } else if (when == TOO_LATE) {
        ti_say(TIRTC_LOG_WARN, "TiRtcSetOption: %s cannot change after TiRtcInit() in static memory; set it before",
               words[option].name);
    }
    return result;
}

bool ti_options_copy(ti_options_t *copy)
{
    ti_facade_lock();
    bool any = ti_root.options != NULL;
    if (any) {
        *copy = *ti_root.options;
    } else {
        memset(copy, 0, sizeof *copy);
    }
    ti_facade_unlock();
    return any;
}

bool ti_options_restore(const ti_options_t *copy)
{
    ti_options_t *made = ti_memory_take(sizeof *made);
    if (made == NULL) {
        return false;
    }
    *made = *copy;
    ti_facade_lock();
    ti_root.options = made;
    ti_facade_unlock();
    return true;
}

void ti_options_forget(void)
{
    ti_facade_lock();
    ti_options_t *options = ti_root.options;
    ti_root.options = NULL;
    ti_facade_unlock();
    ti_memory_give(options, sizeof *options);
}

tirtc_bytes_t ti_bytes(const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;
    return (tirtc_bytes_t){size != 0 ? text : NULL, size};
}
