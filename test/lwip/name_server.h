/* A name server at 127.0.0.1 in the same lwIP. What it says, the name decides:
 *
 *   one.test     127.0.0.1
 *   many.test    127.0.0.1, 10.9.9.9 and 10.9.9.8
 *   six.test     no IPv4 address; ::1
 *   none.test    there is no such name
 *   empty.test   the name is there, without an address
 *   held.test    nothing, until name_server_release(); then 127.0.0.1
 *   all others   nothing
 */
#ifndef TEST_LWIP_NAME_SERVER_H
#define TEST_LWIP_NAME_SERVER_H

/** Once; lwIP asks it from then on. */
void name_server_begin(void);

/** Answer what was held. */
void name_server_release(void);

#endif
