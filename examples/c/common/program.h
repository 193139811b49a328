/* program.h - what the programs of this directory have in common: settings from the environment, and a main() that
 * waits for what callbacks and signals tell it. Nothing of the SDK is hidden here. */
#ifndef COMMON_PROGRAM_H
#define COMMON_PROGRAM_H

/** The first bit of news; each program has more of its own. */
enum { NEWS_INTERRUPTED = 1 };

/** Print line by line, show the SDK's warnings on stderr, and turn SIGINT and SIGTERM into NEWS_INTERRUPTED. Call it
 *  before anything has a thread. */
void program_begin(void);

/** An environment variable; ends the program with 2 when it is not set, saying what it should be. */
const char *program_setting(const char *name, const char *what);

/** Whether a call succeeded; if not, says so. */
int program_did(const char *call, int code);

/** Milliseconds from any origin, and a rest. */
unsigned program_now_ms(void);
void program_sleep_ms(unsigned ms);

/** Tell main() something. Any thread, callbacks too. */
void news_tell(unsigned bits);

/** Wait until any of these bits has been told, and take them. Returns 0 after `max_ms`; -1 waits for ever. */
unsigned news_wait(unsigned bits, int max_ms);

#endif
