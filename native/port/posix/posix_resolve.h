/* Names to addresses without waiting: getaddrinfo() has no way to be given up, so it runs on helper threads that nobody
 * joins. A helper holds the resolver by a count and its job by itself; pipes hold queries, and may drop them at any
 * time. */
#ifndef TI_POSIX_RESOLVE_H
#define TI_POSIX_RESOLVE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

enum {
    TI_MAX_ADDRESSES = 8,       /* of one host; further ones are not tried */
    TI_MAX_RESOLVER_THREADS = 4 /* per loop; further names wait their turn */
};

typedef union ti_address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
} ti_address_t;

typedef struct ti_addresses {
    int count;
    ti_address_t list[TI_MAX_ADDRESSES]; /* in the order to try; the ports are 0 */
} ti_addresses_t;

/** Find the addresses of a host. May take its time. Returns 0 with at least one, or TIRTC_E_HTTP_RESOLVE. Thread: any.
 *  */
typedef int (*ti_lookup_t)(const char *host, ti_addresses_t *found);

/** The system's getaddrinfo(), with IPv6 and IPv4 taking turns, as in RFC 8305 section 4. */
int ti_lookup_name(const char *host, ti_addresses_t *found);

/** The same for numeric addresses only; never waits. */
int ti_lookup_numeric(const char *host, ti_addresses_t *found);

typedef struct ti_resolver ti_resolver_t;

/** One pipe's wait for the addresses of a name. `answered` and `owner` are filled in before it is asked. */
typedef struct ti_query {
    void (*answered)(struct ti_query *query); /* on a helper's thread, under the resolver's lock: take no time */
    void *owner;                              /* for answered */
    struct ti_job *job;                       /* NULL when not asked, or answered */
    struct ti_query *next;                    /* of the same job */
    int error;
    ti_addresses_t found;
} ti_query_t;

/** Returns NULL when there is no memory. Thread: any. */
ti_resolver_t *ti_resolver_open(ti_lookup_t lookup);

/** Let go; every query has been forgotten or answered. Helpers at work end by themselves. Thread: any. */
void ti_resolver_close(ti_resolver_t *resolver);

/** Begin to look up `host`, which is copied. Queries for the same host share one lookup.
 *  Returns 0 (and `answered` will be called), or TIRTC_E_HTTP_NOMEM. Thread: any. */
int ti_resolver_ask(ti_resolver_t *resolver, const char *host, ti_query_t *query);

/** True when the answer is there, in `error` and `found`. Thread: any. */
bool ti_resolver_answered(ti_resolver_t *resolver, ti_query_t *query);

/** Drop a query in any state; after this `answered` is not running and will not be called. Thread: any. */
void ti_resolver_forget(ti_resolver_t *resolver, ti_query_t *query);

#endif
