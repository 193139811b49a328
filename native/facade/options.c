/* TiRtcSetOption(): one table of rules. */
#include "options.h"

#include <string.h>

#include "facade.h"
#include "hosted.h"
#include "tirtc_config.h"

enum rule_kind {
    TEXT,       /* any bytes */
    LINE,       /* no control characters */
    PRINTABLE,  /* ASCII 0x20 to 0x7e */
    ENDPOINT,   /* a URL this build can use */
    NUMBER,     /* an int */
    SWITCH_OFF, /* an int 0 or 1, kept the other way round, so that zeroed memory holds the default, 1 */
    BUFFER_SIZE /* a uint32_t, 0 for the default */
};

enum { NOWHERE = -1 }; /* checked, and without effect in this emulator */

typedef struct rule {
    TIRTCOPTION option;
    const char *name;
    enum rule_kind kind;
    int64_t least; /* bytes of a text, value of a number */
    int64_t most;
    int offset; /* in ti_options_t */
    const char *legal;
} rule_t;

#ifdef TIRTC_HAS_TLS
const char ti_endpoint_rule[] = "http(s):// or ws(s)://host[:port][/path], at most 512 bytes";
enum { SECURE_LINKS = 1 };
#else
const char ti_endpoint_rule[] = "http:// or ws://host[:port][/path], at most 512 bytes (this build has no TLS)";
enum { SECURE_LINKS = 0 };
#endif

#define AT(field) (int)offsetof(ti_options_t, field)

#define RULE(option, kind, least, most, offset, legal) \
    { \
        option, #option, kind, least, most, offset, legal \
    }

static const rule_t rules[] = {
    RULE(TIRTC_OPT_SERVICE_ENDPOINT, ENDPOINT, 1, TI_MAX_ENDPOINT_BYTES, AT(endpoint), ti_endpoint_rule),
    RULE(TIRTC_OPT_SECRET_KEY, TEXT, 1, TI_MAX_SECRET_KEY_BYTES, AT(secret_key), "1 to 63 bytes"),
    RULE(TIRTC_OPT_MAX_CONNECTIONS, NUMBER, 1, INT32_MAX, AT(max_connections), "an int of 1 or more"),
    RULE(TIRTC_OPT_NETWORK_TYPE, NUMBER, 0, 1, NOWHERE, "TIRTC_NETCONN_WIFI (0) or TIRTC_NETCONN_4G (1)"),
    RULE(TIRTC_OPT_ICCID, LINE, 1, 64, NOWHERE, "1 to 64 bytes without control characters"),
    RULE(TIRTC_OPT_WAKEUP, NUMBER, 0, 1, NOWHERE, "an int, 0 or 1"),
    RULE(TIRTC_OPT_RESTRICTED_NETWORK, NUMBER, 0, 1, NOWHERE, "an int, 0 or 1"),
    RULE(TIRTC_OPT_MAX_SEND_BUFFER, BUFFER_SIZE, TIRTC_MIN_SEND_BUFFER_BYTES, UINT32_MAX, AT(max_send_buffer_bytes),
         "a uint32_t, 0 or 16384 and more"),
    RULE(TIRTC_OPT_CONNECT_CACHE, SWITCH_OFF, 0, 1, AT(no_connect_cache), "an int, 0 or 1"),
    RULE(TIRTC_OPT_APP_ID, LINE, 1, TI_MAX_APP_ID_BYTES, AT(app_id), "1 to 64 bytes without control characters"),
    RULE(TIRTC_OPT_CLIENT_ID, PRINTABLE, 1, TI_MAX_CLIENT_ID_BYTES, AT(client_id),
         "1 to 64 printable ASCII characters"),
    RULE(TIRTC_OPT_CONNECT_LINK_MODE, NUMBER, 0, 2, AT(link_mode), "AUTO (0), DIRECT_ONLY (1) or RELAY_ONLY (2)"),
    RULE(TIRTC_OPT_TGTRP_POLL_TIMEOUT, NUMBER, 1, 50, NOWHERE, "an int, 1 to 50 ms"),
};

enum { RULES = sizeof rules / sizeof rules[0] };

static const rule_t *find_rule(TIRTCOPTION option)
{
    for (int i = 0; i < RULES; i++) {
        if (rules[i].option == option) {
            return &rules[i];
        }
    }
    return NULL;
}

static bool is_text(const rule_t *rule)
{
    return rule->kind <= ENDPOINT;
}

bool ti_endpoint_is_legal(const char *endpoint, size_t size)
{
    return size <= TI_MAX_ENDPOINT_BYTES && tirtc_check_endpoint((tirtc_bytes_t){endpoint, size}, SECURE_LINKS) == 0;
}

static bool text_is_legal(const rule_t *rule, const char *text, size_t size)
{
    if ((int64_t)size < rule->least || (int64_t)size > rule->most) {
        return false;
    }
    if (rule->kind == ENDPOINT) {
        return ti_endpoint_is_legal(text, size);
    }
    for (size_t i = 0; i < size && rule->kind != TEXT; i++) {
        uint8_t byte = (uint8_t)text[i];
        if (byte < 0x20 || byte == 0x7f || (rule->kind == PRINTABLE && byte > 0x7e)) {
            return false;
        }
    }
    return true;
}

static bool read_number(const rule_t *rule, const void *data, uint32_t len, int64_t *value)
{
    uint32_t bits;
    if (len < sizeof bits) {
        return false;
    }
    memcpy(&bits, data, sizeof bits);
    *value = rule->kind == BUFFER_SIZE ? (int64_t)bits : (int64_t)(int32_t)bits;
    return (*value >= rule->least && *value <= rule->most) || (rule->kind == BUFFER_SIZE && bits == 0);
}

/* Put a legal value where it belongs. Returns false when there is no memory; `late`: a session runs with the old
 * value. */
static bool keep(const rule_t *rule, const void *value, size_t size, bool *late)
{
    ti_options_t *made = ti_hosted_allocate(sizeof *made);
    ti_facade_lock();
    if (ti_root.options == NULL) {
        ti_root.options = made;
        made = NULL;
    }
    ti_options_t *options = ti_root.options;
    if (options != NULL && rule->offset != NOWHERE) {
        char *field = (char *)options + rule->offset;
        if (is_text(rule)) {
            ti_hosted_wipe(field, (size_t)rule->most + 1);
        }
        memcpy(field, value, size);
    }
    *late = ti_root.instance != NULL && ti_is_started(ti_root.instance);
    ti_facade_unlock();
    ti_hosted_release(made, sizeof *made);
    return options != NULL;
}

static int refuse(const rule_t *rule)
{
    ti_say(TI_LEVEL_ERROR, "TiRtcSetOption: the value of %s is refused; it must be %s", rule->name, rule->legal);
    return TIRTC_E_INVALID_PARAMETER;
}

int TiRtcSetOption(TIRTCOPTION option, const void *data, uint32_t len)
{
    const rule_t *rule = find_rule(option);
    if (rule == NULL) {
        ti_say(TI_LEVEL_ERROR, "TiRtcSetOption: there is no option %d; it must be 1 to 13", (int)option);
        return TIRTC_E_INVALID_PARAMETER;
    }
    if (data == NULL) {
        return refuse(rule);
    }
    int64_t number = 0;
    const void *value = &number;
    size_t size = sizeof number;
    if (is_text(rule)) {
        const char *nul = memchr(data, '\0', len);
        value = data;
        size = nul != NULL ? (size_t)(nul - (const char *)data) : len;
        if (!text_is_legal(rule, data, size)) {
            return refuse(rule);
        }
    } else if (!read_number(rule, data, len, &number)) {
        return refuse(rule);
    }
    int result = option == TIRTC_OPT_TGTRP_POLL_TIMEOUT ? (int)number : 0;
    if (rule->kind == SWITCH_OFF) {
        number = !number;
    }
    bool late = false;
    if (!keep(rule, value, size, &late)) {
        ti_say(TI_LEVEL_ERROR, "TiRtcSetOption: no memory for %s", rule->name);
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    if (late && rule->offset != NOWHERE) {
        ti_say(TI_LEVEL_WARN, "TiRtcSetOption: %s comes too late for this start; it counts from the next one",
               rule->name);
    }
    return result;
}

void ti_options_copy(ti_options_t *copy)
{
    ti_facade_lock();
    if (ti_root.options != NULL) {
        *copy = *ti_root.options;
    } else {
        memset(copy, 0, sizeof *copy);
    }
    ti_facade_unlock();
}

void ti_options_forget(void)
{
    ti_facade_lock();
    ti_options_t *options = ti_root.options;
    ti_root.options = NULL;
    ti_facade_unlock();
    ti_hosted_release(options, sizeof *options);
}

tirtc_bytes_t ti_bytes(const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;
    return (tirtc_bytes_t){size != 0 ? text : NULL, size};
}
