/* What the port takes from the system: time, randomness, memory, threads. Every file of this port includes this first,
 * as it asks the C library for more than C11. */
#ifndef TI_POSIX_SYSTEM_H
#define TI_POSIX_SYSTEM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* eventfd, getrandom, pipe2, EPOLLRDHUP, and POSIX itself under -std=c11 */
#endif

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "tirtc_loop.h"

/** Returns CLOCK_MONOTONIC in milliseconds; does not wrap. Thread: any. */
uint64_t ti_clock_ms(void);

/** The functions of tirtc_port_t that need no loop; `context` is not used. Thread: any. */
uint32_t ti_port_mono_ms(void *context);
int64_t ti_port_wall_s(void *context);
int ti_port_entropy(void *context, void *out, size_t size);
void *ti_port_allocate(void *context, size_t size);
void ti_port_release(void *context, void *block, size_t size);

/** Start a thread with all signals blocked, so that the program's handlers never run on it. If `thread` is NULL, it is
 *  detached. Returns 0 or an errno value. Thread: any. */
int ti_thread_start(pthread_t *thread, void *(*run)(void *), void *argument);

/** Log why a loop or a waiter could not be opened; `error` is an errno value. Returns TIRTC_E_LACK_OF_RESOURCE. */
int ti_report_lack(const tirtc_loop_options_t *options, int error);

#endif
