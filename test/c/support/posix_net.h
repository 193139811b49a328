/* For tests of port posix without a loop: a net and a port on the test's own thread, and loopback sockets as the far
 * end. Nothing waits for ever: SIGALRM ends the program when a test takes longer than DEADLINE_S. */
#ifndef TEST_SUPPORT_POSIX_NET_H
#define TEST_SUPPORT_POSIX_NET_H

#include "port/posix/posix_system.h"

#include "port/posix/posix.h"

enum { DEADLINE_S = 20 };

typedef struct posix_net {
    ti_posix_port_t port; /* first: the context of the port's functions */
    ti_net_t net;
    ti_timer_t timer; /* for the test; `timer_fired` says so */
    bool timer_fired;
    pthread_t thread; /* the one that waits */
    int waits;        /* how often posix_net_wait() has returned */
    int descriptors_before;
} posix_net_t;

void posix_net_open(posix_net_t *self, bool use_poll, ti_lookup_t lookup);

/** Close; returns how many descriptors more are open than when it was opened. */
int posix_net_close(posix_net_t *self);

/** Wait for any change. */
void posix_net_wait(posix_net_t *self);

/** Have timer_fired set in this much time. */
void posix_net_set_timer(posix_net_t *self, uint32_t after_ms);

/** Dial, which must begin well. */
tirtc_pipe_t *posix_net_dial(posix_net_t *self, const char *host, uint16_t tcp_port);

/** As the port's functions, but waiting until they have something to say. */
int posix_net_send(posix_net_t *self, tirtc_pipe_t *pipe, const void *data, size_t size);
int posix_net_receive(posix_net_t *self, tirtc_pipe_t *pipe, void *data, size_t size);

void posix_net_hang_up(posix_net_t *self, tirtc_pipe_t *pipe);

/** A socket that listens on `address`, at `tcp_port` or any free one when 0; -1 when it cannot. */
int listen_at(const char *address, uint16_t tcp_port, int backlog);
uint16_t port_of(int fd);

/** Accept with a deadline on it and on all that is done with the result. */
int accept_from(int listener);

/** Read exactly `size` bytes; false at an end or a deadline. */
bool read_all(int fd, void *data, size_t size);

/** Close so that the other side sees a reset. */
void reset(int fd);

/** Open descriptors of this process. */
int count_descriptors(void);

#endif
