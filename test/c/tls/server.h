/* What bench.c drives. */
#ifndef TEST_TLS_SERVER_H
#define TEST_TLS_SERVER_H

#include "bench.h"

void server_open(bench_server_t *server);
void server_close(bench_server_t *server);

/** Do what can be done. Returns whether anything moved. */
bool server_step(bench_server_t *server);

#endif
