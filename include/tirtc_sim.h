/* tirtc_sim.h - port `sim`: a world of memory pipes and virtual time, for tests and for stepped runners.
 *
 * A *world* owns a clock, randomness, listeners and pipes. Nothing happens by itself: devices run when they are
 * stepped, and the clock moves when tirtc_sim_advance() is called. The same calls with the same seed give the same
 * bytes and the same log. Each device gets a port of its own (tirtc_sim_port), so that its dials can be scripted and
 * its wakes be seen. The listener holds the other end of each pipe, its *far end*.
 *
 * Thread: call all functions from one thread; from any thread if the options give locks.
 */
#ifndef TIRTC_SIM_H
#define TIRTC_SIM_H

#include "tirtc_port.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tirtc_sim tirtc_sim_t;
typedef struct tirtc_sim_listener tirtc_sim_listener_t;

/** The far end of a device's pipe. It is valid from tirtc_sim_accept() until tirtc_sim_far_end_close(). */
typedef struct tirtc_pipe tirtc_sim_far_end_t;

enum {
    TIRTC_SIM_DEFAULT_CAPACITY_BYTES = 65536, /**< capacity of one direction of a pipe, like a socket's buffer */
    TIRTC_SIM_LOG_BYTES = 65536               /**< size of the kept log; the oldest lines are dropped first */
};

/** The settings of a world. Zero is the default of every field. */
typedef struct tirtc_sim_options {
    uint64_t seed;     /**< of all randomness */
    uint32_t start_ms; /**< the clock's first value; 0xffffff00 is just before it wraps */
    bool secure_pipes; /**< the ports claim TLS; the bytes stay plain */
    /** Blocks are normally filled with a pattern, which reveals reads of unwritten memory. True: they are not, so that
     *  a large world takes only the memory that it uses. */
    bool memory_as_it_comes;
    const tirtc_threads_t *threads; /**< locks for the ports and the world itself; NULL: all runs on one thread */
    /** Called in addition to keeping the log. */
    void (*log)(void *user, int level, const char *module, const char *text, size_t size);
    void *user; /**< for log */
} tirtc_sim_options_t;

/** Make a world. `options` may be NULL. Returns NULL when there is no memory. */
tirtc_sim_t *tirtc_sim_open(const tirtc_sim_options_t *options);

/** Free the world with all its ports, listeners and pipes. Close the devices first. NULL is allowed. */
void tirtc_sim_close(tirtc_sim_t *sim);

/* ---- time, randomness, log ---- */

/** The clock, ms; wraps. */
uint32_t tirtc_sim_now_ms(tirtc_sim_t *sim);

/** Move the clock. Everything that becomes due meanwhile (bytes in transit, dials) happens, and its devices are
 *  woken. */
void tirtc_sim_advance(tirtc_sim_t *sim, uint32_t ms);

/** Returns the ms (at least 1) until something in transit becomes due, so that moving the clock by them misses nothing;
 *  -1: never. */
int tirtc_sim_next_due_ms(tirtc_sim_t *sim);

/** Fill `out` from the world's seeded randomness; does not fail. */
void tirtc_sim_random(tirtc_sim_t *sim, void *out, size_t size);

/** Make entropy() fail, or work again. */
void tirtc_sim_fail_entropy(tirtc_sim_t *sim, bool fail);

/** Returns the last logged lines, each "<mono_ms> <level> <module> <text>\n", ended by NUL. Valid until the next
 *  line. */
const char *tirtc_sim_log(tirtc_sim_t *sim);

/* ---- memory ---- */

/** Memory that the devices of this world took through their ports. */
typedef struct tirtc_sim_memory {
    size_t blocks;       /**< allocated and not released */
    size_t bytes;        /**< in them */
    size_t peak_bytes;   /**< the largest value of `bytes` so far */
    size_t allocations;  /**< calls of allocate so far, failed ones included */
    size_t bad_releases; /**< blocks released with another size than they were allocated with */
} tirtc_sim_memory_t;

tirtc_sim_memory_t tirtc_sim_memory(tirtc_sim_t *sim);

/** Make the n-th allocation from now (1: the next) and the ones after it fail, `count` in all. n = 0: none fails. */
void tirtc_sim_fail_allocation(tirtc_sim_t *sim, size_t n, size_t count);

/* ---- ports ---- */

/** Faults of one direction of a pipe. All zero: no fault. */
typedef struct tirtc_sim_flow {
    size_t capacity_bytes;        /**< bytes in transit or unread before the writer must wait; 0: the default */
    size_t most_per_call;         /**< limit of bytes for one send or receive of the device; 0: no limit */
    uint32_t delay_ms;            /**< how long bytes (and an end) travel */
    bool blocked;                 /**< the device's send or receive returns 0 until this is cleared ... */
    uint64_t blocked_after_bytes; /**< ... once this many bytes have passed the device in this direction */
    bool cut; /**< the pipe breaks when exactly `cut_after_bytes` have passed the device in this direction */
    uint64_t cut_after_bytes;
    int cut_error;            /**< the code that send and receive return then; 0: TIRTC_E_HTTP_RESET */
    uint8_t corrupt_mask;     /**< XORed with the byte at offset `corrupt_at_byte`; 0: no byte is changed */
    uint64_t corrupt_at_byte; /**< counted from the first byte of this direction */
} tirtc_sim_flow_t;

typedef struct tirtc_sim_faults {
    tirtc_sim_flow_t up;   /**< device to far end */
    tirtc_sim_flow_t down; /**< far end to device */
} tirtc_sim_faults_t;

/** The outcome of a dial. Zero: it reaches the listener of host and port at once; a host without any listener is not
 *  resolved (TIRTC_E_HTTP_RESOLVE), and another port of a known host refuses (TIRTC_E_HTTP_SERVER_DOWN). */
typedef struct tirtc_sim_dial {
    int fails_at_once;         /**< dial() itself returns this */
    int fails_later;           /**< the pipe fails with this code instead of coming up */
    bool never_answers;        /**< the pipe stays undecided: send and receive return 0 */
    uint32_t delay_ms;         /**< until the pipe is up, or fails later */
    tirtc_sim_faults_t faults; /**< the faults of the pipe when it comes up */
} tirtc_sim_dial_t;

/** Make a port for one device; the world owns it. Returns NULL when there is no memory. */
const tirtc_port_t *tirtc_sim_port(tirtc_sim_t *sim);

/** Returns true when the port's wake was called, or one of its pipes became ready, since the last call of this
 *  function. */
bool tirtc_sim_take_wake(const tirtc_port_t *port);

/** Add the outcome of one more dial, after those already scripted. Returns false when there is no memory. */
bool tirtc_sim_next_dial(const tirtc_port_t *port, const tirtc_sim_dial_t *dial);

/** Set the outcome of the dials that are not scripted one by one; NULL: the default again. */
void tirtc_sim_other_dials(const tirtc_port_t *port, const tirtc_sim_dial_t *dial);

/** Returns how many times this port dialled. */
size_t tirtc_sim_dials(const tirtc_port_t *port);

/** Returns how many pipes of this port are not hung up. */
size_t tirtc_sim_pipes(const tirtc_port_t *port);

/* ---- the far end ---- */

/** Listen at `host` (compared without case) and `port`. Returns NULL when there is no memory. */
tirtc_sim_listener_t *tirtc_sim_listen(tirtc_sim_t *sim, const char *host, uint16_t port);

/** Refuse new pipes from now on, or accept them again. Pipes that wait to be accepted are not affected. */
void tirtc_sim_listener_refuse(tirtc_sim_listener_t *listener, bool refuse);

/** Returns the far end of the next pipe that is up, in the order in which they came up; NULL when there is none. */
tirtc_sim_far_end_t *tirtc_sim_accept(tirtc_sim_listener_t *listener);

/** Read bytes that the device sent. Returns how many (1..size), 0 for none now, TIRTC_E_HTTP_PEER_CLOSED when the
 *  device hung up and everything has been read, TIRTC_E_HTTP_RESET when the pipe broke. */
int tirtc_sim_far_end_read(tirtc_sim_far_end_t *far_end, void *data, size_t size);

/** Send bytes to the device. Returns how many were accepted (0: the pipe is full), or a negative code as for read when
 *  the device is gone. */
int tirtc_sim_far_end_write(tirtc_sim_far_end_t *far_end, const void *data, size_t size);

/** End the direction to the device: it receives everything written, then TIRTC_E_HTTP_PEER_CLOSED. Reading
 *  continues. */
void tirtc_sim_far_end_shutdown(tirtc_sim_far_end_t *far_end);

/** Break the pipe: the device's next send and receive return TIRTC_E_HTTP_RESET; bytes in transit are lost. */
void tirtc_sim_far_end_reset(tirtc_sim_far_end_t *far_end);

/** Close gracefully and free the far end; the pointer is invalid afterwards. The device's sends return
 *  TIRTC_E_HTTP_RESET from now on; bytes that it has not received yet still arrive. */
void tirtc_sim_far_end_close(tirtc_sim_far_end_t *far_end);

/** Change the faults of a pipe and wake the device. */
void tirtc_sim_far_end_set_faults(tirtc_sim_far_end_t *far_end, const tirtc_sim_faults_t *faults);

typedef struct tirtc_sim_far_end_info {
    const tirtc_port_t *port; /**< the port that dialled */
    const char *host;         /**< the host that was dialled; valid as long as the far end */
    uint16_t host_port;
    bool secure;              /**< TLS was asked for */
    bool hung_up;             /**< the device ended its side */
    uint64_t sent_bytes;      /**< by the device, so far */
    uint64_t received_bytes;  /**< by the device, so far */
    size_t unread_up_bytes;   /**< sent by the device, not read here */
    size_t unread_down_bytes; /**< written here, not received by the device */
    tirtc_sim_faults_t faults;
} tirtc_sim_far_end_info_t;

tirtc_sim_far_end_info_t tirtc_sim_far_end_info(tirtc_sim_far_end_t *far_end);

#ifdef __cplusplus
}
#endif

#endif
