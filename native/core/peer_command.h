/* Commands by which peers ask each other for streams and time: words below 0x2000 (docs/wire.md section 2). */
#ifndef TI_CORE_PEER_COMMAND_H
#define TI_CORE_PEER_COMMAND_H

#include "connection.h"

/** Body of an answer to a subscribe: the stream and a status. */
enum { TI_ANSWER_BYTES = 5 };

/** Handle such a word from the peer. Returns true if it makes an event. */
bool ti_command_from_peer(ti_context_t *context, ti_connection_t *connection, uint32_t word, ti_span_t body,
                          tirtc_event_t *event);

/** Send a round-trip probe if one is due. Returns ms until the next. */
int ti_command_probe(ti_context_t *context, ti_connection_t *connection, uint32_t now);

/** Queue a command of any word, within the part of the ring that such commands may fill. The lock is held. Returns
 *  false if it does not fit. */
bool ti_command_queue_locked(ti_context_t *context, ti_connection_t *connection, uint32_t word, ti_span_t body);

#endif
