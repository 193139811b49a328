/* Included first by every file of this room: asks the C library for what lies beyond C11. */
#ifndef TI_POSIX_FEATURES_H
#define TI_POSIX_FEATURES_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* eventfd, getrandom, pipe2, EPOLLRDHUP, and POSIX itself under -std=c11 */
#endif

#endif
