/* One client with a TLS port around a simulated one, and one TLS server at the far end of its pipe.
 *
 *   bench_t bench;
 *   bench_open(&bench, &trust);
 *   bench_serve(&bench, chain, 2);
 *   CHECK_EQUAL(bench_exchange(&bench, "service.test", 10), 0);
 *   bench_close(&bench);
 *
 * The client calls its port again only when something moved or it was woken: a port that forgets to wake gets stuck
 * here, as it would anywhere.
 */
#ifndef TEST_TLS_BENCH_H
#define TEST_TLS_BENCH_H

#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cache.h>
#include <mbedtls/ssl_ticket.h>

#include "certificates.h"
#include "tirtc_sim.h"
#include "tirtc_tls.h"

#define BENCH_HOST "service.test"
enum {
    BENCH_PORT = 443,
    BENCH_2001_S = 978307200 + 180 * 86400, /* a day in the summer of 2001 */
    BENCH_STUCK = 1,                        /* nothing moves any more, and no error was reported */
    BENCH_WRONG_BYTES = 2,                  /* other bytes were returned than were sent */
    BENCH_MAX_RECORDS = 64,
    BENCH_MAX_HOSTS = 20
};

/** What the server does after the handshake, besides sending everything back. */
typedef struct bench_server_habits {
    bool plain;        /* no TLS: answers everything with a line of HTTP */
    bool renegotiates; /* asks for another handshake first */
    bool tickets;      /* resumes by tickets; else by session ids */
    bool tls_1_1;      /* speaks nothing newer */
    bool by_12_only;   /* no TLS 1.3, where mbedTLS has it */
    bool says_goodbye; /* with close_notify, after `ends_after` bytes */
    size_t ends_after; /* ends its side after this many bytes were returned; 0: it does not */
} bench_server_habits_t;

typedef struct bench_server {
    tirtc_sim_listener_t *listeners[BENCH_MAX_HOSTS];
    size_t listener_count;
    tirtc_sim_far_end_t *far_end;
    mbedtls_ssl_config config;
    mbedtls_x509_crt chain;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_cache_context cache;
    mbedtls_ssl_ticket_context ticket;
    bench_server_habits_t habits;
    bool serving; /* far_end and ssl are in use */
    bool up;
    bool asked; /* to renegotiate */
    bool failed;
    unsigned char held[65536]; /* to be sent back */
    size_t held_size;
    size_t returned; /* bytes sent back */
    size_t written;  /* bytes of TLS on this pipe, records with headers */
    size_t record_left;
    unsigned char header[5];
    size_t header_size;
    size_t records[BENCH_MAX_RECORDS]; /* where they begin */
    size_t record_count;
} bench_server_t;

typedef struct bench {
    tirtc_sim_t *sim;
    const tirtc_port_t *sim_port;
    tirtc_port_t below; /* the same with a date */
    tirtc_tls_t *tls;
    tirtc_tls_port_t secure;
    bench_server_t server;

    const size_t *offers; /* most bytes of each send, in turn; NULL: everything that is left */
    size_t offer_count;
    size_t sends;
} bench_t;

/** The date of every bench, s since 1970; 0: not known. */
extern int64_t bench_wall_s;

void bench_open(bench_t *bench, const tirtc_trust_t *trust);
/** Check that all memory was given back and every pipe hung up. */
void bench_close(bench_t *bench);

/** Listen at another host, too. */
void bench_listen(bench_t *bench, const char *host);

/** Have the server show these certificates, the first with its key. */
void bench_serve(bench_t *bench, const certificate_t *const *chain, size_t count);

/** Have it behave so. Before the first exchange. */
void bench_behave(bench_t *bench, bench_server_habits_t habits);

/** Dial, send `size` bytes and wait until they came back, then hang up. Returns 0, the error of the port, BENCH_STUCK
 *  or BENCH_WRONG_BYTES. */
int bench_exchange(bench_t *bench, const char *host, size_t size);

/** The same over a pipe that stays, which must be up or coming up. */
int bench_dial(bench_t *bench, const char *host, tirtc_pipe_t **pipe);
int bench_talk(bench_t *bench, tirtc_pipe_t *pipe, size_t size);
void bench_hang_up(bench_t *bench, tirtc_pipe_t *pipe);

/** Receive until the pipe ends. Returns why, or BENCH_STUCK. */
int bench_wait_for_end(bench_t *bench, tirtc_pipe_t *pipe);

/** Whether a byte the server sent belongs to the header of a record. */
bool bench_is_header(const bench_t *bench, size_t at);

/** Whether the log has this text. */
bool bench_logged(const bench_t *bench, const char *text);

#endif
