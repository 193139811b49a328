/* A name server at 127.0.0.1 in the same lwIP. The name decides the answer:
 *
 *   one.test     127.0.0.1
 *   many.test    127.0.0.1, 10.9.9.9 and 10.9.9.8
 *   six.test     no IPv4 address; ::1
 *   none.test    the name does not exist
 *   empty.test   the name exists, without an address
 *   held.test    no answer until name_server_release(); then 127.0.0.1
 *   all others   no answer
 */
#ifndef TEST_LWIP_NAME_SERVER_H
#define TEST_LWIP_NAME_SERVER_H

/** Start the server. Call it once; lwIP uses it from then on. */
void name_server_begin(void);

/** Answer the question that was held. */
void name_server_release(void);

#endif
