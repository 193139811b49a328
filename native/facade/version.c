/* The version of the library, and the text of its errors. */
#include <string.h>

#include "tiRTC.h"
#include "tirtc_config.h"

#define QUOTE_(text) #text
#define QUOTE(text) QUOTE_(text)
#define VERSION "v" QUOTE(TIRTC_VERSION_MAJOR) "." QUOTE(TIRTC_VERSION_MINOR) "." QUOTE(TIRTC_VERSION_PATCH)

#ifdef TIRTC_HAS_TLS
#define TLS "mbedtls"
#else
#define TLS "off"
#endif

#ifdef CONFIG_SMALL_MEMORY
#define SMALL_MEMORY "true"
#else
#define SMALL_MEMORY "false"
#endif

#ifndef TIRTC_PORT_NAME
#define TIRTC_PORT_NAME "posix"
#endif

#if defined(__clang__)
#define COMPILER "clang " QUOTE(__clang_major__) "." QUOTE(__clang_minor__)
#elif defined(__GNUC__)
#define COMPILER "gcc " QUOTE(__GNUC__) "." QUOTE(__GNUC_MINOR__)
#else
#define COMPILER "unknown"
#endif

const char *TiRtcGetVersion(void)
{
    return VERSION;
}

const char *TiRtcGetBuildInfo(void)
{
    return "{\"name\":\"tirtc-emulator\",\"version\":\"" VERSION "\",\"compiler\":\"" COMPILER
           "\",\"port\":\"" TIRTC_PORT_NAME "\",\"tls\":\"" TLS "\",\"small_memory\":" SMALL_MEMORY "}";
}

#if TIRTC_MAX_LOG_LEVEL > 0
#define IN_WORDS(name, advice) #name " (" advice ")"
#else
#define IN_WORDS(name, advice) #name
#endif

#define WORDS(name, value, advice) IN_WORDS(name, advice) "\0"
#define DISTANCE(name, value, advice) (uint16_t)(-(value)),

/* The codes, and their words in the same order, one after another. */
const char *TiRtcGetErrorStr(int error)
{
    static const uint16_t below_zero[] = {TIRTC_ERRORS(DISTANCE)};
    static const char all_words[] = TIRTC_ERRORS(WORDS);
    if (error >= 0) {
        return "OK";
    }
    const char *words = all_words;
    for (size_t i = 0; i < sizeof below_zero / sizeof below_zero[0]; i++) {
        if (error == -(int)below_zero[i]) {
            return words;
        }
        words += strlen(words) + 1;
    }
    return "unknown error (not a code of this library)";
}
