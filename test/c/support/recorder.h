/* Every callback of tiRTC.h, recorded, for tests that wait for one. */
#ifndef TEST_SUPPORT_RECORDER_H
#define TEST_SUPPORT_RECORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "tiRTC.h"

enum { RECORDED_BYTES = 64 };

enum recorded_kind {
    ANY_CALLBACK,
    ON_EVENT,
    ON_ACCEPTED,
    ON_ERROR,
    ON_DISCONNECTED,
    ON_FRAME, /* audio, video or message: see frame.media */
    ON_COMMAND,
    ON_KEY_FRAME,
    ON_SUBSCRIBE_VIDEO,
    ON_UNSUBSCRIBE_VIDEO,
    ON_SUBSCRIBE_AUDIO,
    ON_UNSUBSCRIBE_AUDIO,
    ON_BITRATE, /* value: bits per second */
    ON_CONNECT  /* of recorder_connected() */
};

typedef struct recorded {
    enum recorded_kind kind;
    long long value; /* event, error, command word or stream */
    tirtc_conn_t connection;
    void *user; /* of a connect; of ON_DISCONNECTED, what TiRtcConnGetUserData() gave inside it */
    TIRTCFRAMEINFO frame;
    size_t size;
    unsigned char data[RECORDED_BYTES]; /* the first of them */
} recorded_t;

/** For TiRtcStart() and TiRtcConnect(). */
extern const TIRTCCALLBACKS recorder_callbacks;
void recorder_connected(int error, tirtc_conn_t connection, void *user);

/** Forget everything, the hook and the answer too. */
void recorder_reset(void);

/** Called inside each callback once it is written down. */
void recorder_set_hook(void (*hook)(const recorded_t *call));

/** What subscriptions are answered with; 0 after a reset. */
void recorder_set_answer(int status);

/** Wait for a callback of this kind and value that was not taken yet, and take it. Returns false after `ms`. `call`
 *  may be NULL. */
bool recorder_wait(enum recorded_kind kind, long long value, recorded_t *call, int ms);

/** Returns how many were made, taken or not. */
size_t recorder_count(enum recorded_kind kind, long long value);

/** Returns how many of any kind were made. */
size_t recorder_total(void);

/** Returns the position of the first one of this kind and value among all callbacks; -1: none yet. */
int recorder_position(enum recorded_kind kind, long long value);

/** Wait until no callback of tiRTC.h is running. */
void recorder_wait_until_idle(void);

/** True while a callback of tiRTC.h is running. */
bool recorder_is_busy(void);

#endif
