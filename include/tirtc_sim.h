/* tirtc_sim.h - port `sim`: a world of memory far_ends and virtual time, for tests and for stepped runners.
 *
 * A *world* owns a clock, randomness, listeners and pipes. Nothing happens by itself: devices move when they are
 * stepped, the clock when tirtc_sim_advance() is called. The same calls with the same seed give the same bytes and the
 * same log. Each device gets a port of its own (tirtc_sim_port), so that its dials can be scripted and its wakes be
 * seen. The far end of each pipe, a *far_end*, is in the hands of whoever listens.
 *
 * Thread: all functions from one thread, unless the options give locks; then from any.
 */
#ifndef TIRTC_SIM_H
#define TIRTC_SIM_H

#include "tirtc_port.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tirtc_sim tirtc_sim_t;
typedef struct tirtc_sim_listener tirtc_sim_listener_t;

/** The far end of a device's pipe. Valid from tirtc_sim_accept() until tirtc_sim_far_end_close(). */
typedef struct tirtc_pipe tirtc_sim_far_end_t;

enum {
    TIRTC_SIM_DEFAULT_CAPACITY_BYTES = 65536, /**< what one direction of a pipe holds, as a socket would */
    TIRTC_SIM_LOG_BYTES = 65536               /**< how much of the log is kept; the oldest lines go first */
};

/** What a world begins with. Zero is the default of every field. */
typedef struct tirtc_sim_options {
    uint64_t seed;                  /**< of all randomness */
    uint32_t start_ms;              /**< what the clock says at first; 0xffffff00 is just before it wraps */
    bool secure_pipes;              /**< the ports claim TLS; the bytes stay plain */
    bool memory_as_it_comes;        /**< blocks are not filled with a pattern, which shows who reads them unwritten:
                                         large worlds then take what they use */
    const tirtc_threads_t *threads; /**< given to the ports, and used by the world itself; NULL: one thread */
    void (*log)(void *user, int level, const char *module, const char *text, size_t size); /**< beside the kept log */
    void *user;                                                                            /**< for log */
} tirtc_sim_options_t;

/** Make a world. `options` may be NULL. Returns NULL when there is no memory. */
tirtc_sim_t *tirtc_sim_open(const tirtc_sim_options_t *options);

/** Free the world with all its ports, listeners, pipes and far_ends. Devices must be closed before. NULL is allowed. */
void tirtc_sim_close(tirtc_sim_t *sim);

/* ---- time, chance, log ---- */

/** The clock, ms; wraps. */
uint32_t tirtc_sim_now_ms(tirtc_sim_t *sim);

/** Move the clock. What falls due on the way (bytes under way, dials) happens, and the devices concerned are woken. */
void tirtc_sim_advance(tirtc_sim_t *sim, uint32_t ms);

/** Ms (at least 1) until something on the way falls due, so that stepping the clock there misses nothing; -1: never. */
int tirtc_sim_next_due_ms(tirtc_sim_t *sim);

/** Fill `out` from the world's seeded randomness; does not fail. */
void tirtc_sim_random(tirtc_sim_t *sim, void *out, size_t size);

/** Let entropy() fail, or work again. */
void tirtc_sim_fail_entropy(tirtc_sim_t *sim, bool fail);

/** The last lines logged, each "<mono_ms> <level> <module> <text>\n", ended by NUL. Valid until the next line. */
const char *tirtc_sim_log(tirtc_sim_t *sim);

/* ---- memory ---- */

/** What the devices of this world took through their ports. */
typedef struct tirtc_sim_memory {
    size_t blocks;       /**< taken and not given back */
    size_t bytes;        /**< in them */
    size_t peak_bytes;   /**< the most there ever were */
    size_t allocations;  /**< calls of allocate so far, failed ones included */
    size_t bad_releases; /**< blocks given back with another size than they were taken with */
} tirtc_sim_memory_t;

tirtc_sim_memory_t tirtc_sim_memory(tirtc_sim_t *sim);

/** Let the n-th allocation from now (1: the next) fail and those behind it too, `count` in all. n = 0: none fails. */
void tirtc_sim_fail_allocation(tirtc_sim_t *sim, size_t n, size_t count);

/* ---- ports ---- */

/** Faults of one direction of a pipe. Zero is no fault. */
typedef struct tirtc_sim_flow {
    size_t capacity_bytes;        /**< bytes on the way or unread before the writer must wait; 0: the default */
    size_t most_per_call;         /**< bytes one send or receive of the device moves at most; 0: any number */
    uint32_t delay_ms;            /**< how long bytes (and an end) travel */
    bool blocked;                 /**< the device's send or receive says "not now" until this is taken back ... */
    uint64_t blocked_after_bytes; /**< ... once so many bytes went through this direction at the device */
    bool cut; /**< the pipe dies when exactly `cut_after_bytes` went through this direction at the device */
    uint64_t cut_after_bytes;
    int cut_error;            /**< what send and receive return then; 0: TIRTC_E_HTTP_RESET */
    uint8_t corrupt_mask;     /**< XORed with the byte at offset `corrupt_at_byte`; 0: no byte is changed */
    uint64_t corrupt_at_byte; /**< counted from the first byte of this direction */
} tirtc_sim_flow_t;

typedef struct tirtc_sim_faults {
    tirtc_sim_flow_t up;   /**< device to far end */
    tirtc_sim_flow_t down; /**< far end to device */
} tirtc_sim_faults_t;

/** How a dial goes. Zero: it reaches the listener of host and port at once; a host without any listener is not resolved
 *  (TIRTC_E_HTTP_RESOLVE), another port of a known host refuses (TIRTC_E_HTTP_SERVER_DOWN). */
typedef struct tirtc_sim_dial {
    int fails_at_once;         /**< dial() itself returns this */
    int fails_later;           /**< the pipe dies with this instead of coming up */
    bool never_answers;        /**< the pipe stays as it is: send and receive return 0 */
    uint32_t delay_ms;         /**< until the pipe is up, or fails later */
    tirtc_sim_faults_t faults; /**< what the pipe begins with */
} tirtc_sim_dial_t;

/** A port for one device; owned by the world. Returns NULL when there is no memory. */
const tirtc_port_t *tirtc_sim_port(tirtc_sim_t *sim);

/** True when the port's wake was called, or one of its pipes became ready, since this was last asked. */
bool tirtc_sim_take_wake(const tirtc_port_t *port);

/** Script the dial after those already scripted. Returns false when there is no memory. */
bool tirtc_sim_next_dial(const tirtc_port_t *port, const tirtc_sim_dial_t *dial);

/** What becomes of dials that are not scripted one by one; NULL: the default again. */
void tirtc_sim_other_dials(const tirtc_port_t *port, const tirtc_sim_dial_t *dial);

/** How many times this port dialled. */
size_t tirtc_sim_dials(const tirtc_port_t *port);

/** How many pipes of this port are not hung up. */
size_t tirtc_sim_pipes(const tirtc_port_t *port);

/* ---- the far end ---- */

/** Listen at `host` (compared without case) and `port`. Returns NULL when there is no memory. */
tirtc_sim_listener_t *tirtc_sim_listen(tirtc_sim_t *sim, const char *host, uint16_t port);

/** Refuse new pipes from now on, or take them again. Pipes waiting to be accepted stay. */
void tirtc_sim_listener_refuse(tirtc_sim_listener_t *listener, bool refuse);

/** The next far_end that is up, in the order they came up; NULL when there is none. */
tirtc_sim_far_end_t *tirtc_sim_accept(tirtc_sim_listener_t *listener);

/** Take bytes the device sent. Returns how many (1..size), 0 for none now, TIRTC_E_HTTP_PEER_CLOSED when the device
 *  hung up and everything has been read, TIRTC_E_HTTP_RESET when the pipe died. */
int tirtc_sim_far_end_read(tirtc_sim_far_end_t *far_end, void *data, size_t size);

/** Send bytes to the device. Returns how many were taken (0: full), or negative as read when nobody is there. */
int tirtc_sim_far_end_write(tirtc_sim_far_end_t *far_end, const void *data, size_t size);

/** End orderly what is written: the device receives everything, then TIRTC_E_HTTP_PEER_CLOSED. Reading goes on. */
void tirtc_sim_far_end_end(tirtc_sim_far_end_t *far_end);

/** Break the pipe: the device's next send and receive return TIRTC_E_HTTP_RESET; bytes under way are lost. */
void tirtc_sim_far_end_reset(tirtc_sim_far_end_t *far_end);

/** End orderly, and let go of the far_end: the pointer is dead. The device's sends return TIRTC_E_HTTP_RESET from now
 *  on; what it has not received yet still arrives. */
void tirtc_sim_far_end_close(tirtc_sim_far_end_t *far_end);

/** Change the faults of a pipe; the device is woken. */
void tirtc_sim_far_end_set_faults(tirtc_sim_far_end_t *far_end, const tirtc_sim_faults_t *faults);

typedef struct tirtc_sim_far_end_info {
    const tirtc_port_t *port; /**< who dialled */
    const char *host;         /**< what was dialled; valid as long as the far_end */
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
