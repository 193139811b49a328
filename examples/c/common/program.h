/* program.h - what the programs of this directory have in common: settings from the environment, and a main() that
 * waits for events from callbacks and signals. It hides nothing of the SDK. */
#ifndef COMMON_PROGRAM_H
#define COMMON_PROGRAM_H

/** The first event, a bit; each program adds its own. */
enum { EVENT_INTERRUPTED = 1 };

/** Print line by line, show the SDK's warnings on stderr, and turn SIGINT and SIGTERM into EVENT_INTERRUPTED. Call it
 *  before any thread is started. */
void program_begin(void);

/** Returns an environment variable. If it is not set, says what to set it to, and ends the program with 2. */
const char *program_setting(const char *name, const char *what);

/** Returns whether a call succeeded; if not, prints the error. */
int program_did(const char *call, int code);

/** Returns milliseconds from any origin. */
unsigned program_now_ms(void);

void program_sleep_ms(unsigned ms);

/** Report events to main(). Call it from any thread, including callbacks. */
void events_post(unsigned bits);

/** Wait until any of these events was posted, and take them. Returns 0 after `max_ms`; -1 waits for ever. */
unsigned events_wait(unsigned bits, int max_ms);

#endif
