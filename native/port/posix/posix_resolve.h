/* Names to addresses without waiting: getaddrinfo() cannot be cancelled, so it runs on helper threads that are never
 * joined. A helper holds a reference to the resolver and owns its job; pipes own queries and may drop them at any
 * time. */
#ifndef TI_POSIX_RESOLVE_H
#define TI_POSIX_RESOLVE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

enum {
    TI_MAX_ADDRESSES = 8,       /* of one host; further ones are not tried */
    TI_MAX_RESOLVER_THREADS = 4 /* per loop; further names wait */
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

/** Find the addresses of a host. May block. Returns 0 with at least one address, or TIRTC_E_HTTP_RESOLVE. Thread:
 *  any. */
typedef int (*ti_lookup_t)(const char *host, ti_addresses_t *found);

/** Look up with the system's getaddrinfo(); IPv6 and IPv4 addresses alternate, as in RFC 8305 section 4. */
int ti_lookup_name(const char *host, ti_addresses_t *found);

/** The same for numeric addresses only; never blocks. */
int ti_lookup_numeric(const char *host, ti_addresses_t *found);

typedef struct ti_resolver ti_resolver_t;

/** A pipe's request for the addresses of a name. Set `answered` and `owner` before ti_resolver_ask(). */
typedef struct ti_query {
    void (*answered)(
        struct ti_query *query); /* called on a helper's thread, under the resolver's lock: must be quick */
    void *owner;                 /* for answered */
    struct ti_job *job;          /* NULL before it is asked and once it is answered */
    struct ti_query *next;       /* of the same job */
    int error;
    ti_addresses_t found;
} ti_query_t;

/** Returns NULL when there is no memory. Thread: any. */
ti_resolver_t *ti_resolver_open(ti_lookup_t lookup);

/** Release the resolver. Every query must have been forgotten or answered. Running helpers end by themselves. Thread:
 *  any. */
void ti_resolver_close(ti_resolver_t *resolver);

/** Look up `host`, which is copied. Queries for the same host share one lookup. Returns 0 (then `answered` will be
 *  called), or TIRTC_E_HTTP_NOMEM. Thread: any. */
int ti_resolver_ask(ti_resolver_t *resolver, const char *host, ti_query_t *query);

/** Returns true when the answer is in `error` and `found`. Thread: any. */
bool ti_resolver_answered(ti_resolver_t *resolver, ti_query_t *query);

/** Drop a query in any state. When this returns, `answered` is not running and will not be called. Thread: any. */
void ti_resolver_forget(ti_resolver_t *resolver, ti_query_t *query);

#endif
