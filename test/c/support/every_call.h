/* Every function of tiRTC.h in one table, each with arguments that are right but for the handle, and what it may
 * answer. Tests call all of them from some place, or any of them at random. */
#ifndef TEST_SUPPORT_EVERY_CALL_H
#define TEST_SUPPORT_EVERY_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "tiRTC.h"

/** What is known of the handle that a call is made with. */
enum handle_state {
    HANDLE_DEAD,   /* NULL, nonsense, or disconnected before */
    HANDLE_ALIVE,  /* up for as long as the call takes */
    HANDLE_FAILED, /* after on_conn_error(), before its disconnect */
    HANDLE_GOING,  /* inside its on_disconnected() */
    HANDLE_RACING  /* another thread may be connecting, disconnecting or stopping it right now */
};

typedef struct every_call {
    const char *name;
    int (*make)(tirtc_conn_t handle);
    enum {
        CALL_OF_SDK,
        CALL_THAT_SENDS,
        CALL_THAT_SETS,
        CALL_THAT_READS,
        CALL_THAT_REMEMBERS,
        CALL_THAT_DISCONNECTS
    } kind;
} every_call_t;

/** Those that change nothing that others rely on, then TiRtcDisconnect(). TiRtcStop() and TiRtcUninit() are not
 *  here. */
extern const every_call_t every_call[];
extern const size_t every_call_count;

/** The id that TiRtcConnect() calls, and what TiRtcStart() is given. */
#define EVERY_CALL_REMOTE_ID "played-1"
#define EVERY_CALL_DEVICE "device-1,secret-1"

/** Whether `result` is legal; `error` is that of a failed connection. */
bool every_call_may_answer(const every_call_t *call, int result, enum handle_state state, int error);

/** Make all of them, TiRtcDisconnect() only if `disconnect`, and CHECK the answers. Under TiRtcUninit() of somebody
 *  else (`uninit`) everything may say TIRTC_E_NOT_INITIALIZED. Returns how many were wrong, each of them printed. */
int every_call_make(tirtc_conn_t handle, enum handle_state state, int error, bool disconnect, bool uninit);

#endif
