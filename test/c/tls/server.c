/* The far end of the bench's pipes. */
#include "bench.h"

#include <mbedtls/net_sockets.h>
#include <mbedtls/version.h>
#include <string.h>

#include "check.h"
#include "server.h"

/* Where records begin: five bytes of header, the last two of which say what follows (RFC 5246 section 6.2.1). */
static void note_records(bench_server_t *server, const unsigned char *data, size_t size)
{
    for (size_t i = 0; i < size; i++, server->written++) {
        if (server->record_left > 0) {
            server->record_left--;
            continue;
        }
        if (server->header_size == 0 && server->record_count < BENCH_MAX_RECORDS) {
            server->records[server->record_count++] = server->written;
        }
        server->header[server->header_size++] = data[i];
        if (server->header_size == sizeof server->header) {
            server->record_left = (size_t)server->header[3] * 256 + server->header[4];
            server->header_size = 0;
        }
    }
}

static int put(void *context, const unsigned char *data, size_t size)
{
    bench_server_t *server = context;
    int sent = tirtc_sim_far_end_write(server->far_end, data, size);
    if (sent < 0) {
        return MBEDTLS_ERR_NET_CONN_RESET;
    }
    note_records(server, data, (size_t)sent);
    return sent == 0 ? MBEDTLS_ERR_SSL_WANT_WRITE : sent;
}

static int get(void *context, unsigned char *data, size_t size)
{
    bench_server_t *server = context;
    int got = tirtc_sim_far_end_read(server->far_end, data, size);
    if (got < 0) {
        return got == TIRTC_E_HTTP_PEER_CLOSED ? 0 : MBEDTLS_ERR_NET_CONN_RESET;
    }
    return got == 0 ? MBEDTLS_ERR_SSL_WANT_READ : got;
}

void server_open(bench_server_t *server)
{
    mbedtls_ssl_config_init(&server->config);
    mbedtls_x509_crt_init(&server->chain);
    mbedtls_ssl_cache_init(&server->cache);
    mbedtls_ssl_ticket_init(&server->ticket);
    REQUIRE(mbedtls_ssl_config_defaults(&server->config, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                        MBEDTLS_SSL_PRESET_DEFAULT) == 0);
    REQUIRE(mbedtls_ssl_ticket_setup(&server->ticket, test_random, NULL, MBEDTLS_CIPHER_AES_256_GCM, 86400) == 0);
    mbedtls_ssl_conf_rng(&server->config, test_random, NULL);
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    static const mbedtls_ecp_group_id quick[] = {MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_NONE};
    mbedtls_ssl_conf_curves(&server->config, quick);
#endif
}

static void let_go(bench_server_t *server)
{
    if (server->serving) {
        mbedtls_ssl_free(&server->ssl);
        tirtc_sim_far_end_close(server->far_end);
        server->serving = false;
    }
}

void server_close(bench_server_t *server)
{
    let_go(server);
    mbedtls_ssl_ticket_free(&server->ticket);
    mbedtls_ssl_cache_free(&server->cache);
    mbedtls_ssl_config_free(&server->config);
    mbedtls_x509_crt_free(&server->chain);
}

void bench_serve(bench_t *bench, const certificate_t *const *chain, size_t count)
{
    bench_server_t *server = &bench->server;
    for (size_t i = 0; i < count; i++) {
        REQUIRE(mbedtls_x509_crt_parse_der(&server->chain, chain[i]->der, chain[i]->der_size) == 0);
    }
    REQUIRE(mbedtls_ssl_conf_own_cert(&server->config, &server->chain, (mbedtls_pk_context *)&chain[0]->key) == 0);
}

void bench_behave(bench_t *bench, bench_server_habits_t habits)
{
    bench_server_t *server = &bench->server;
    server->habits = habits;
    if (habits.tickets) {
        mbedtls_ssl_conf_session_tickets_cb(&server->config, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse,
                                            &server->ticket);
    } else {
        mbedtls_ssl_conf_session_cache(&server->config, &server->cache, mbedtls_ssl_cache_get, mbedtls_ssl_cache_set);
    }
#ifdef MBEDTLS_SSL_RENEGOTIATION
    if (habits.renegotiates) {
        mbedtls_ssl_conf_renegotiation(&server->config, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
    }
#endif
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
    if (habits.by_12_only || habits.renegotiates || !habits.tickets) {
        mbedtls_ssl_conf_max_tls_version(&server->config, MBEDTLS_SSL_VERSION_TLS1_2);
    }
#else
    if (habits.tls_1_1) {
        mbedtls_ssl_conf_max_version(&server->config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_2);
    }
#endif
}

static void take_next(bench_server_t *server)
{
    tirtc_sim_far_end_t *far_end = NULL;
    for (size_t i = 0; i < server->listener_count && far_end == NULL; i++) {
        far_end = tirtc_sim_accept(server->listeners[i]);
    }
    if (far_end == NULL) {
        return;
    }
    let_go(server);
    server->far_end = far_end;
    server->serving = true;
    server->up = server->asked = server->failed = false;
    server->held_size = server->returned = server->written = 0;
    server->record_left = server->header_size = server->record_count = 0;
    mbedtls_ssl_init(&server->ssl);
    REQUIRE(mbedtls_ssl_setup(&server->ssl, &server->config) == 0);
    mbedtls_ssl_set_bio(&server->ssl, server, put, get, NULL);
}

static bool answer_plainly(bench_server_t *server)
{
    static const char answer[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    char request[1024];
    if (tirtc_sim_far_end_read(server->far_end, request, sizeof request) <= 0) {
        return false;
    }
    (void)tirtc_sim_far_end_write(server->far_end, answer, sizeof answer - 1);
    return true;
}

static bool must_wait(int result)
{
    return result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE;
}

static bool ask_again(bench_server_t *server)
{
#ifdef MBEDTLS_SSL_RENEGOTIATION
    if (server->habits.renegotiates && !server->asked) {
        server->asked = true;
        (void)mbedtls_ssl_renegotiate(&server->ssl);
        return true;
    }
#endif
    return false;
}

static bool end_if_wanted(bench_server_t *server)
{
    if (server->habits.ends_after == 0 || server->returned < server->habits.ends_after) {
        return false;
    }
    if (server->habits.says_goodbye) {
        (void)mbedtls_ssl_close_notify(&server->ssl);
    }
    tirtc_sim_far_end_shutdown(server->far_end);
    server->failed = true; /* that was all */
    return true;
}

/* Read, and send everything back as soon as possible. */
static bool echo(bench_server_t *server)
{
    bool moved = false;
    if (server->held_size < sizeof server->held) {
        int got =
            mbedtls_ssl_read(&server->ssl, server->held + server->held_size, sizeof server->held - server->held_size);
        if (got > 0) {
            server->held_size += (size_t)got;
            moved = true;
        } else if (!must_wait(got)) {
            server->failed = true;
            return false;
        }
    }
    if (server->held_size > 0) {
        int sent = mbedtls_ssl_write(&server->ssl, server->held, server->held_size < 1000 ? server->held_size : 1000);
        if (sent > 0) {
            server->held_size -= (size_t)sent;
            server->returned += (size_t)sent;
            memmove(server->held, server->held + sent, server->held_size);
            moved = true;
        } else if (!must_wait(sent)) {
            server->failed = true;
        }
    }
    return moved;
}

bool server_step(bench_server_t *server)
{
    take_next(server);
    if (!server->serving || server->failed) {
        return false;
    }
    if (server->habits.plain) {
        return answer_plainly(server);
    }
    if (!server->up) {
        size_t before = server->written;
        int result = mbedtls_ssl_handshake(&server->ssl);
        server->up = result == 0;
        if (result != 0 && !must_wait(result)) {
            server->failed = true;
            tirtc_sim_far_end_shutdown(server->far_end);
        }
        return server->up || server->written != before;
    }
    return ask_again(server) || echo(server) || end_if_wanted(server);
}
