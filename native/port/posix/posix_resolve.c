#include "posix_system.h"

#include "posix_resolve.h"
#include "tirtc_errors.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

/* The lookup of one host, for all its queries. Freed by the helper that ran it or, if none did, when its last query is
 * forgotten. */
typedef struct ti_job {
    struct ti_job *next;
    ti_query_t *queries;
    bool running;
    char host[];
} ti_job_t;

struct ti_resolver {
    pthread_mutex_t mutex; /* guards all fields below, the jobs and the queries */
    ti_lookup_t lookup;
    ti_job_t *jobs; /* oldest first */
    int helpers;
    int references; /* the loop and each helper; the last one frees the resolver */
};

/** Append the address at `info` if it can be dialled. */
static void add_address(ti_addresses_t *found, const struct addrinfo *info)
{
    if (found->count < TI_MAX_ADDRESSES && info->ai_addrlen <= sizeof found->list[0]) {
        memcpy(&found->list[found->count++], info->ai_addr, info->ai_addrlen);
    }
}

static const struct addrinfo *next_of_family(const struct addrinfo *info, int family)
{
    while (info != NULL && info->ai_family != family) {
        info = info->ai_next;
    }
    return info;
}

static int lookup(const char *host, int flags, ti_addresses_t *found)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *all;
    found->count = 0;
    if (getaddrinfo(host, NULL, &hints, &all) != 0) {
        return TIRTC_E_HTTP_RESOLVE;
    }
    /* The system sorted each family. Begin with the family that it put first, then alternate. */
    const struct addrinfo *ipv6 = next_of_family(all, AF_INET6);
    const struct addrinfo *ipv4 = next_of_family(all, AF_INET);
    bool ipv6_turn = all->ai_family == AF_INET6;
    while (ipv6 != NULL || ipv4 != NULL) {
        if (ipv4 == NULL || (ipv6_turn && ipv6 != NULL)) {
            add_address(found, ipv6);
            ipv6 = next_of_family(ipv6->ai_next, AF_INET6);
        } else {
            add_address(found, ipv4);
            ipv4 = next_of_family(ipv4->ai_next, AF_INET);
        }
        ipv6_turn = !ipv6_turn;
    }
    freeaddrinfo(all);
    return found->count > 0 ? 0 : TIRTC_E_HTTP_RESOLVE;
}

int ti_lookup_name(const char *host, ti_addresses_t *found)
{
    return lookup(host, 0, found);
}

int ti_lookup_numeric(const char *host, ti_addresses_t *found)
{
    return lookup(host, AI_NUMERICHOST, found);
}

ti_resolver_t *ti_resolver_open(ti_lookup_t lookup_host)
{
    ti_resolver_t *resolver = calloc(1, sizeof *resolver);
    if (resolver != NULL && pthread_mutex_init(&resolver->mutex, NULL) != 0) {
        free(resolver);
        return NULL;
    }
    if (resolver != NULL) {
        resolver->lookup = lookup_host;
        resolver->references = 1;
    }
    return resolver;
}

/** Drop one reference. Called under the lock, which it releases. */
static void drop_reference(ti_resolver_t *resolver)
{
    bool last = --resolver->references == 0;
    pthread_mutex_unlock(&resolver->mutex);
    if (last) {
        pthread_mutex_destroy(&resolver->mutex);
        free(resolver);
    }
}

void ti_resolver_close(ti_resolver_t *resolver)
{
    pthread_mutex_lock(&resolver->mutex);
    drop_reference(resolver);
}

static void remove_job(ti_resolver_t *resolver, ti_job_t *job)
{
    ti_job_t **at = &resolver->jobs;
    while (*at != job) {
        at = &(*at)->next;
    }
    *at = job->next;
    free(job);
}

static ti_job_t *next_waiting_job(ti_resolver_t *resolver)
{
    ti_job_t *job = resolver->jobs;
    while (job != NULL && job->running) {
        job = job->next;
    }
    return job;
}

static void answer(ti_job_t *job, int error, const ti_addresses_t *found)
{
    ti_query_t *query = job->queries;
    while (query != NULL) {
        ti_query_t *next = query->next;
        query->job = NULL;
        query->error = error;
        query->found = *found;
        query->answered(query);
        query = next;
    }
}

static void *help(void *argument)
{
    ti_resolver_t *resolver = argument;
    pthread_mutex_lock(&resolver->mutex);
    ti_job_t *job;
    while ((job = next_waiting_job(resolver)) != NULL) {
        ti_addresses_t found = {0};
        job->running = true;
        pthread_mutex_unlock(&resolver->mutex);
        int error = resolver->lookup(job->host, &found);
        pthread_mutex_lock(&resolver->mutex);
        answer(job, error, &found);
        remove_job(resolver, job);
    }
    resolver->helpers--;
    drop_reference(resolver);
    return NULL;
}

/** Make sure that a helper will take the waiting jobs. Returns false when no helper runs and none can be started. */
static bool have_helper(ti_resolver_t *resolver)
{
    if (resolver->helpers < TI_MAX_RESOLVER_THREADS && ti_thread_start(NULL, help, resolver) == 0) {
        resolver->helpers++;
        resolver->references++;
    }
    return resolver->helpers > 0;
}

/** Returns the job for a host, a new one if there was none. NULL: no memory or no thread. */
static ti_job_t *job_for(ti_resolver_t *resolver, const char *host)
{
    ti_job_t **end = &resolver->jobs;
    for (; *end != NULL; end = &(*end)->next) {
        if (strcmp((*end)->host, host) == 0) {
            return *end;
        }
    }
    size_t size = strlen(host) + 1;
    ti_job_t *job = calloc(1, sizeof *job + size);
    if (job == NULL || !have_helper(resolver)) {
        free(job);
        return NULL;
    }
    memcpy(job->host, host, size);
    *end = job;
    return job;
}

int ti_resolver_ask(ti_resolver_t *resolver, const char *host, ti_query_t *query)
{
    pthread_mutex_lock(&resolver->mutex);
    query->job = job_for(resolver, host);
    if (query->job != NULL) {
        query->next = query->job->queries;
        query->job->queries = query;
    }
    int result = query->job == NULL ? TIRTC_E_HTTP_NOMEM : 0;
    pthread_mutex_unlock(&resolver->mutex);
    return result;
}

bool ti_resolver_answered(ti_resolver_t *resolver, ti_query_t *query)
{
    pthread_mutex_lock(&resolver->mutex);
    bool answered = query->job == NULL;
    pthread_mutex_unlock(&resolver->mutex);
    return answered;
}

void ti_resolver_forget(ti_resolver_t *resolver, ti_query_t *query)
{
    pthread_mutex_lock(&resolver->mutex);
    ti_job_t *job = query->job;
    if (job != NULL) {
        ti_query_t **at = &job->queries;
        while (*at != query) {
            at = &(*at)->next;
        }
        *at = query->next;
        query->job = NULL;
        if (job->queries == NULL && !job->running) {
            remove_job(resolver, job);
        }
    }
    pthread_mutex_unlock(&resolver->mutex);
}
