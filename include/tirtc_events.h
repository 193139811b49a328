/* tirtc_events.h - every kind of event a device reports, once. Included by tirtc_device.h.
 *
 * TIRTC_EVENTS(X) calls X(kind, value, name) for each kind. The enum below, the layout that the Node addon exports and
 * the names in TypeScript are all made from this list. The comment of each kind names the fields of tirtc_event_t that
 * are set beside `kind`.
 */
#ifndef TIRTC_EVENTS_H
#define TIRTC_EVENTS_H

/* clang-format off */
#define TIRTC_EVENTS(X) \
    X(TIRTC_DEVICE_STARTED, 1, started)          /* online; a client is online at once */ \
    X(TIRTC_DEVICE_STOPPED, 2, stopped)          /* exactly one for every start that returned 0 */ \
    X(TIRTC_DEVICE_START_FAILED, 3, startFailed) /* error, retry_in_ms (0: final) */ \
    /* error, retry_in_ms; connections may stay up. Again for each attempt to reconnect that failed. */ \
    X(TIRTC_DEVICE_SERVICE_LOST, 4, serviceLost) \
    X(TIRTC_DEVICE_SERVICE_BACK, 5, serviceBack) /* online again */ \
    X(TIRTC_DEVICE_HIJACKED, 6, hijacked)        /* data, size: the Location of a redirect, which is not followed */ \
    X(TIRTC_CONNECTION_ACCEPTED, 7, accepted)    /* connection; data, size: the subject of the caller's token */ \
    /* connection, user, error; data, size: the service's reason when error is not 0. Exactly one for every connect \
       that returned 0; on an error the handle is invalid. */ \
    X(TIRTC_CONNECTION_CONNECTED, 8, connected) \
    X(TIRTC_CONNECTION_FAILED, 9, failed)        /* connection, error; data, size: the reason. Disconnect it now. */ \
    /* connection: the disconnect is complete; the handle still serves tirtc_connection_get_user_data() */ \
    X(TIRTC_CONNECTION_GONE, 10, gone) \
    X(TIRTC_COMMAND, 11, command)                /* connection, command_word, data, size */ \
    X(TIRTC_AUDIO, 12, audio)                    /* connection, frame, data, size */ \
    X(TIRTC_VIDEO, 13, video)                    /* connection, frame, data, size */ \
    X(TIRTC_MESSAGE, 14, message)                /* connection, frame, data, size */ \
    X(TIRTC_KEY_FRAME_REQUESTED, 15, keyFrameRequested) /* connection, stream */ \
    /* Answer both subscribes with tirtc_connection_answer_subscribe(). */ \
    X(TIRTC_SUBSCRIBE_VIDEO, 16, subscribeVideo)     /* connection, stream */ \
    X(TIRTC_UNSUBSCRIBE_VIDEO, 17, unsubscribeVideo) /* connection, stream */ \
    X(TIRTC_SUBSCRIBE_AUDIO, 18, subscribeAudio)     /* connection, stream */ \
    X(TIRTC_UNSUBSCRIBE_AUDIO, 19, unsubscribeAudio) /* connection, stream */ \
    /* connection, stream, command_word (TIRTC_REQUEST_SUBSCRIBE_*), error: the peer's status, 0 accepted */ \
    X(TIRTC_SUBSCRIBE_ANSWERED, 20, subscribeAnswered) \
    /* connection, stream, bitrate_bps, handler, user: encode this stream at this rate */ \
    X(TIRTC_BITRATE_CHANGED, 21, bitrateChanged)
/* clang-format on */

#define TIRTC_EVENT_ENUM_(kind, value, name) kind = value,
typedef enum tirtc_event_kind { TIRTC_EVENTS(TIRTC_EVENT_ENUM_) } tirtc_event_kind_t;
#undef TIRTC_EVENT_ENUM_

#endif
