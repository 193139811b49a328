/* tiRTC.h - the application interface of the TiRTC Nano device SDK, as this emulator keeps it.
 *
 * Names, values and signatures are those used by programs written for any published generation of the SDK; the comments
 * and the implementation are our own. Where several spellings of one name were published, the first one below is the
 * primary one and the others are equivalent. Anything that only this emulator has is marked "extension".
 *
 * Order of calls. TiRtcSetOption, TiRtcInit, TiRtcSetOption, TiRtcStart, ... TiRtcStop, TiRtcUninit. Except where a
 * comment says otherwise, every function returns TIRTC_E_NOT_INITIALIZED before TiRtcInit, may be called from any
 * thread and from inside every callback, and does not block.
 *
 * Threads. On a platform with threads, one SDK thread makes all callbacks, one after the other; without threads,
 * TiRtcPoll() makes them. No other call makes a callback, except TIRTCLOGCALLBACK (on the thread that logs) and
 * TIRTCSERVICEREQUESTCALLBACK. No lock is held while a callback runs. The arguments of a callback (data, frame info,
 * text) are valid until it returns; the arguments of a function are copied before it returns, except the TIRTCCALLBACKS
 * structure, which is kept by pointer.
 *
 * Processes. In a child of fork() the SDK is as before TiRtcInit(), with the options kept; sockets close when the child
 * calls exec. A program that becomes a daemon must do so before TiRtcInit().
 *
 * Errors are negative TIRTC_E_* values (tirtc_errors.h), 0 or more is success.
 */
#ifndef TIRTC_TIRTC_H
#define TIRTC_TIRTC_H

#include "basedef.h"
#include "tirtc_errors.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------------------------- */
/* Version                                                                                                          */

/** The version of this header; TiRtcGetVersion() returns the version of the library. */
#define TIRTC_VERSION_MAJOR 2
#define TIRTC_VERSION_MINOR 3
#define TIRTC_VERSION_PATCH 0

/* ---------------------------------------------------------------------------------------------------------------- */
/* Options                                                                                                          */

/** The options of TiRtcSetOption(). They take effect at the next TiRtcStart(), unless a comment says otherwise: while
 *  the SDK is started, setting one returns 0 and logs a warning. They are kept by TiRtcStop() and forgotten by
 *  TiRtcUninit(). Strings are copied. */
typedef enum TIRTCOPTION {
    /** String. The service: http, https, ws or wss URL with a host, an optional port and an optional path; http and ws
     *  are equivalent, and so are https and wss. https requires a build with TLS; other builds refuse it at once. If
     *  not set: the environment variable TIRTC_ENDPOINT on hosted builds, TIRTC_DEFAULT_ENDPOINT (tirtc_config.h) on
     *  firmware. */
    TIRTC_OPT_SERVICE_ENDPOINT = 1,
    /** String, 1..63 bytes. The device's secret. "id,secret" in TiRtcStart() overrides it. Never logged. */
    TIRTC_OPT_SECRET_KEY = 2,
    TIRTC_OPT_DEVICE_SECRET_KEY = TIRTC_OPT_SECRET_KEY,
    /** int, 1 or more. The maximum of connections that are up or being made, incoming and outgoing together; failed
     *  ones do not count. Default TIRTC_DEFAULT_MAX_CONNECTIONS. */
    TIRTC_OPT_MAX_CONNECTIONS = 3,
    /** int, TIRTC_NETCONN_*. Checked; it does not change the behaviour of this emulator. */
    TIRTC_OPT_NETWORK_TYPE = 4,
    /** String, 1..64 bytes without control characters. The SIM card's number. Checked; this emulator does not
     *  use it. */
    TIRTC_OPT_ICCID = 5,
    /** int, 0 or 1. The service can wake the device. Checked; this emulator does not use it. */
    TIRTC_OPT_WAKEUP = 6,
    /** int, 0 or 1. The network lets only known addresses through. Checked; this emulator always connects to the one
     *  address of its endpoint. */
    TIRTC_OPT_RESTRICTED_NETWORK = 7,
    /** uint32_t, bytes: 0 for the default, or 16384 and more. The send buffer of each connection. Default
     *  TIRTC_DEFAULT_SEND_BUFFER_BYTES. */
    TIRTC_OPT_MAX_SEND_BUFFER = 8,
    /** int, 0 or 1; default 1. Keep the ticket that the service gives for a remote id, so that TiRtcConnect() can
     *  connect to it again without a token. */
    TIRTC_OPT_CONNECT_CACHE = 9,
    /** String, 1..64 bytes without control characters. The application; sent to the service. */
    TIRTC_OPT_APP_ID = 10,
    /** String, 1..64 printable ASCII characters. This client; sent to the service. */
    TIRTC_OPT_CLIENT_ID = 11,
    /** int, TIRTC_CONNECT_LINK_MODE_*; default AUTO. How TiRtcConnect() connects. */
    TIRTC_OPT_CONNECT_LINK_MODE = 12,
    /** int, ms, 1..50. How long one wait for the network may last in the published SDK; TiRtcSetOption() returns the
     *  value. Checked; this emulator waits for events, not for time. Published as 12 in some builds, where it collides
     *  with TIRTC_OPT_CONNECT_LINK_MODE. */
    TIRTC_OPT_TGTRP_POLL_TIMEOUT = 13
} TIRTCOPTION;

/** An older spelling of TIRTC_OPT_SERVICE_ENDPOINT. */
#define TIRTC_OPT_SERVICE_ENTRY TIRTC_OPT_SERVICE_ENDPOINT

/** Values of TIRTC_OPT_NETWORK_TYPE. */
enum { TIRTC_NETCONN_WIFI = 0, TIRTC_NETCONN_4G = 1 };

/** Values of TIRTC_OPT_CONNECT_LINK_MODE. This emulator relays everything through its service: with DIRECT_ONLY every
 *  connect fails, the other two are equivalent. */
enum {
    TIRTC_CONNECT_LINK_MODE_AUTO = 0,
    TIRTC_CONNECT_LINK_MODE_DIRECT_ONLY = 1,
    TIRTC_CONNECT_LINK_MODE_RELAY_ONLY = 2
};

/* ---------------------------------------------------------------------------------------------------------------- */
/* Events                                                                                                           */

/** The events of on_event(). Ignore unknown values. `data` is NULL and `len` 0 unless a comment describes them. */
enum {
    /** The device is registered with the service and can be called; for a client (no device id): it can connect. */
    TiEVENT_SYS_STARTED = 0,
    /** The start has ended. Reported exactly once for every TiRtcStart() that returned 0, within 1 s of TiRtcStop() and
     *  before TiRtcUninit() returns, unless that was called inside a callback. */
    TiEVENT_SYS_STOPPED = 1,
    /** The endpoint answered with a redirect, which is not followed. `data` is the Location text, not NUL-terminated,
     *  `len` its bytes. Something between the device and the service requires a login, or the endpoint is wrong. */
    TiEVENT_ACCESS_HIJACKING = 2,

    TIRTC_EVENT_SYS_STARTED = TiEVENT_SYS_STARTED,
    TIRTC_EVENT_SYS_STOPPED = TiEVENT_SYS_STOPPED,
    TIRTC_EVENT_ACCESS_HIJACKING = TiEVENT_ACCESS_HIJACKING,

    /** Extension. An attempt to start failed; `data` is a TIRTCRETRYINFO. */
    TIRTC_EVENT_START_FAILED = 0x1001,
    /** Extension. After TiEVENT_SYS_STARTED the link to the service was lost; connections may stay up. Reported again
     *  for each attempt to reconnect that failed. `data` is a TIRTCRETRYINFO. */
    TIRTC_EVENT_SERVICE_LOST = 0x1002,
    /** Extension. The device is registered again, after TIRTC_EVENT_SERVICE_LOST. */
    TIRTC_EVENT_SERVICE_BACK = 0x1003
};

/** Extension. The data of TIRTC_EVENT_START_FAILED and TIRTC_EVENT_SERVICE_LOST. Aligned, host byte order. */
typedef struct TIRTCRETRYINFO {
    int32_t error;        /**< why, TIRTC_E_* */
    uint32_t retry_in_ms; /**< when the next automatic attempt begins; 0: the failure is final */
} TIRTCRETRYINFO;

/* ---------------------------------------------------------------------------------------------------------------- */
/* Media                                                                                                            */

/** The `media` of a frame: the format of its payload. The SDK never reads the payload. */
enum {
    /** A message of the application, in the order of its stream; see TiRtcSendMessageStream(). */
    TIRTC_MEDIA_MESSAGE = 0,

    TIRTC_AUDIO_MIN = 1,
    TIRTC_AUDIO_PCM = 1,
    TIRTC_AUDIO_ALAW = 2,
    TIRTC_AUDIO_AAC = 3,
    TIRTC_AUDIO_OPUS = 4,
    TIRTC_AUDIO_AMR = 5,
    TIRTC_AUDIO_MAX = 64,

    TIRTC_VIDEO_MIN = 65,
    TIRTC_VIDEO_JPEG = 65,
    TIRTC_VIDEO_H264 = 66,
    TIRTC_VIDEO_H265 = 67,
    TIRTC_VIDEO_MAX = 127
};

/** True if `media` is an audio format, or a video format. The argument is evaluated twice. */
#define TIRTC_IS_AUDIO(media) ((media) >= TIRTC_AUDIO_MIN && (media) <= TIRTC_AUDIO_MAX)
#define TIRTC_IS_VIDEO(media) ((media) >= TIRTC_VIDEO_MIN && (media) <= TIRTC_VIDEO_MAX)

/** The `flags` of an audio frame: sample rate, bits of a sample, channels. */
enum {
    TIRTC_AUDIOSAMPLE_8K16B1C = 0,
    TIRTC_AUDIOSAMPLE_16K16B1C = 1,
    TIRTC_AUDIOSAMPLE_8K16B2C = 2,
    TIRTC_AUDIOSAMPLE_16K16B2C = 3
};

/** The `flags` of a video frame: bit 0 is set for a key frame, from which a decoder can start. */
enum { TIRTC_FRAME_FLAG_KEY_FRAME = 1 };
#define TIRTC_IS_KEY_FRAME(flags) ((TIRTC_FRAME_FLAG_KEY_FRAME & (flags)) != 0)

/** The head of a frame. 12 bytes, packed; numbers in host byte order. */
__BEGIN_PACKED__
typedef struct TIRTCFRAMEINFO {
    uint8_t stream_id; /**< 0..15; audio and video of a connection cannot share one, messages can use any */
    uint8_t media;     /**< TIRTC_MEDIA_MESSAGE, TIRTC_AUDIO_*, TIRTC_VIDEO_* */
    uint8_t flags;     /**< TIRTC_AUDIOSAMPLE_* or TIRTC_FRAME_FLAG_*; free for messages */
    uint8_t reserved;  /**< 0 */
    uint32_t ts;       /**< capture time in ms, from any origin, wraps; grows within a stream */
    uint32_t length;   /**< bytes of payload */
} __PACKED__ TIRTCFRAMEINFO;
__END_PACKED__

/** Round-trip times of a connection, end to end, in ms; 0 if not measured yet. */
typedef struct TiRtcConnStats {
    uint32_t audio_rtt_ms;
    uint32_t video_rtt_ms;
    uint32_t command_rtt_ms;
} TiRtcConnStats;

/* ---------------------------------------------------------------------------------------------------------------- */
/* Command words                                                                                                    */

/** A command word is a uint32_t: bit 0 marks a response, bits 1..15 are the command, bits 16..31 are a sequence number
 *  that the response repeats. Words below 0x2000 belong to the SDK; applications of the service's vendor use
 *  0x2000..0xffff; use 0x10000 and above, with commands 0x4000..0x7fff. */
#define RESPONSE_BIT 1u
#define GET_CMD(cmdw) ((uint16_t)(((uint32_t)(cmdw) >> 1) & 0x7fffu))
#define GET_SN(cmdw) ((uint16_t)((uint32_t)(cmdw) >> 16))
#define MAKE_CMDW(cmd, sn) ((uint32_t)(sn) << 16 | (((uint32_t)(cmd) << 1) & 0xffffu))
#define IS_RESERVED_CMDW(cmdw) ((uint32_t)(cmdw) < 0x2000u)

/** TiRtcSendCommand() with a word made a request (bit 0 cleared), built from its parts, or made a response (bit 0
 *  set). */
#define TiRtcSendReq(hconn, cmdw, data, len) TiRtcSendCommand((hconn), (uint32_t)(cmdw) & ~RESPONSE_BIT, (data), (len))
#define TiRtcSendReqWithSn(hconn, sn, cmd, data, len) TiRtcSendCommand((hconn), MAKE_CMDW(cmd, sn), (data), (len))
#define TiRtcSendResp(hconn, cmdw, data, len) TiRtcSendCommand((hconn), (uint32_t)(cmdw) | RESPONSE_BIT, (data), (len))

/* ---------------------------------------------------------------------------------------------------------------- */
/* Callbacks                                                                                                        */

/** The handle of a connection. It is not an address and is checked at every use: for an old, random or NULL handle,
 *  calls return TIRTC_E_INVALID_HANDLE. It stays valid until TiRtcDisconnect() is called, also after
 *  on_conn_error(). */
typedef struct _tirtc_conn *tirtc_conn_t;

/* Lets one member have two names without a warning in C99 and C++. */
#if defined(__GNUC__)
#define TIRTC_EXTENSION_ __extension__
#else
#define TIRTC_EXTENSION_
#endif

/** The callbacks of the application. Kept by pointer and read at every callback: the structure must stay valid and in
 *  place until TiRtcUninit() has returned. Members may be NULL; start from an all-zero structure. */
typedef struct TIRTCCALLBACKS {
    /** An event of the SDK itself: TiEVENT_SYS_STARTED and following. */
    void (*on_event)(int event, const void *data, int len);
    /** A peer has connected to this device. Commands, audio and video can be sent at once. Not called for connections
     *  of TiRtcConnect(), which has its own callback. */
    void (*on_conn_accepted)(tirtc_conn_t hconn);
    /** The connection is broken: nothing more is received, and sends return `error`. Call TiRtcDisconnect(), here or
     *  later. */
    void (*on_conn_error)(tirtc_conn_t hconn, int error);
    /** The disconnect that TiRtcDisconnect() began is complete, within 1 s. The last callback of a connection. A
     *  sending thread can be joined here. */
    void (*on_disconnected)(tirtc_conn_t hconn);
    /** A frame was received: info->length bytes at `data`. */
    void (*on_audio)(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, void *data);
    void (*on_video)(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, void *data);
    void (*on_message)(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, void *data);
    /** A command was received: `len` bytes at `data`. Words of the SDK itself are not reported. */
    void (*on_command)(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len);
    /** The peer wants the next frame of this video stream to be a key frame. */
    void (*on_request_key_frame)(tirtc_conn_t hconn, uint8_t stream_id);
    /** The peer subscribes to a stream. Return 0 to accept; any other value refuses, and is sent to the peer. If the
     *  member is NULL, the request is accepted. */
    int (*on_subscribe_video)(tirtc_conn_t hconn, uint8_t stream_id);
    /** The peer no longer wants the stream. */
    void (*on_unsubscribe_video)(tirtc_conn_t hconn, uint8_t stream_id);
    int (*on_subscribe_audio)(tirtc_conn_t hconn, uint8_t stream_id);
    void (*on_unsubscribe_audio)(tirtc_conn_t hconn, uint8_t stream_id);
    /** Encode this video stream with `target_bps` bits per second from now on. The member is only read and called for
     *  streams of TiRtcConnSetVideoBitrateParams(), so programs built before it existed are safe. It was published
     *  under two names. */
    TIRTC_EXTENSION_ union {
        void (*on_video_bitrate_required)(tirtc_conn_t hconn, uint8_t stream_id, uint32_t target_bps);
        void (*on_update_bitrate)(tirtc_conn_t hconn, uint8_t stream_id, uint32_t target_bps);
    };
} TIRTCCALLBACKS;

/** The result of a TiRtcConnect(): `error` is 0 and `hconn` the connection, or `error` is TIRTC_E_* and `hconn`
 *  NULL. */
typedef void (*TIRTCCONNECTCALLBACK)(int error, tirtc_conn_t hconn, void *user);

/** One log line: `len` bytes at `log`, not NUL-terminated, without a newline. Called on the thread that logs, without a
 *  lock; it may call everything except TiRtcUninit(). */
typedef void (*TIRTCLOGCALLBACK)(const char *log, uint32_t len);

/** As on_video_bitrate_required(), for one stream and with its own pointer. */
typedef void (*TiRtcVideoBitrateRequestCallback)(tirtc_conn_t hconn, uint8_t stream_id, uint32_t target_bps,
                                                 void *user);

/** The session description that answers an offer: `len` bytes at `sdp`. */
typedef void (*TIRTCWHIPSERVERONSDPREADYCB)(const char *sdp, int len, void *user);

/** The data in the service's response: JSON, NUL-terminated, valid during the call. */
typedef void (*TIRTCSERVICEREQUESTCALLBACK)(const char *body, void *user);

/* ---------------------------------------------------------------------------------------------------------------- */
/* Lifecycle                                                                                                        */

/** Returns the version of the library, "v2.3.0". Static text. Works before TiRtcInit(). */
const char *TiRtcGetVersion(void);

/** Returns how the library was built, as JSON. Static text. Works before TiRtcInit(). */
const char *TiRtcGetBuildInfo(void);

/** Returns an error code in words: "OK" for 0 and above, otherwise its name and what to do. Static text, also for
 *  unknown codes. Works before TiRtcInit(). */
const char *TiRtcGetErrorStr(int error);

/** Initialise the SDK. Returns 0, also if it is initialised already; TIRTC_E_LACK_OF_RESOURCE. */
int TiRtcInit(void);

/** Shut the SDK down: stop, free every connection, forget options and tickets. Blocks until the callbacks that are
 *  owed have returned: TiEVENT_SYS_STOPPED of every start, the callback of every pending TiRtcConnect()
 *  (TIRTC_E_CONN_OTHER_ERROR), and on_disconnected() after every TiRtcDisconnect(), for which queued bytes are sent for
 *  at most 500 ms. So do not hold a lock that a callback takes. Connections that were not disconnected are freed
 *  without a callback, unless TiRtcStop() was called before: then on_conn_error() is owed, too. Meanwhile TiRtcStart()
 *  and TiRtcConnect() return TIRTC_E_NOT_INITIALIZED. When it returns, no callback is running and none will follow.
 *  Inside a callback it takes effect when that callback returns, which is the last one. Legal without TiRtcInit() and
 *  when called twice. */
void TiRtcUninit(void);

/** Set an option, before or after TiRtcInit().
 *  data, len  a string: up to its first NUL, at most `len` bytes; a number: an int or uint32_t, `len`
 *             at least 4. Copied.
 *  Returns    0 (TIRTC_OPT_TGTRP_POLL_TIMEOUT: the value); TIRTC_E_INVALID_PARAMETER for NULL, an unknown
 *             option, an empty string, a short number, or a value out of range. */
int TiRtcSetOption(TIRTCOPTION option, const void *data, uint32_t len);

/** An older spelling of TiRtcSetOption(). */
#define TiRtcSetOpt TiRtcSetOption

/** Go online. Only checks its arguments and the options: TiEVENT_SYS_STARTED or TIRTC_EVENT_START_FAILED follows.
 *  Temporary failures are retried without limit, 0.5 s to 30 s apart.
 *  device     "id", "id,secret", or NULL for a client, which peers cannot call. An id is 1..63 bytes without control
 *             characters; everything after the first comma is the secret.
 *  callbacks  kept by pointer until TiRtcUninit() has returned.
 *  Returns    0, also if it is started with the same id already (nothing happens then); TIRTC_E_INVALID_PARAMETER
 *             (callbacks NULL, no endpoint, secret above 63 bytes, started with another id);
 *             TIRTC_E_INVALID_LICENSE (id malformed); TIRTC_E_NO_SECRET_KEY; TIRTC_E_LACK_OF_RESOURCE. */
int TiRtcStart(const char *device, const TIRTCCALLBACKS *callbacks);

/** Go offline. Pending connects end with TIRTC_E_CONN_OTHER_ERROR; connections report it by on_conn_error() and stay
 *  valid for TiRtcDisconnect(); then TiEVENT_SYS_STOPPED follows. Callbacks continue until TiRtcUninit(). Returns 0,
 *  also if it is not started (then no event follows). */
int TiRtcStop(void);

/** Extension. Do the SDK's work and make the callbacks that are due, on a build without threads (ports without
 *  tirtc_threads_t).
 *  max_ms   wait at most this long for something to happen, if the port can wait; 0 returns at once. 1 ms or more lets
 *           a port that can sleep do so.
 *  Thread   the one that calls every other function. Not from inside a callback.
 *  Returns  0; TIRTC_E_NOT_INITIALIZED; TIRTC_E_INVALID_PARAMETER (max_ms negative); TIRTC_E_BUSY (inside a callback);
 *           TIRTC_E_LACK_OF_RESOURCE if the SDK has its own thread for this: do not call it then. */
int TiRtcPoll(int max_ms);

/* ---------------------------------------------------------------------------------------------------------------- */
/* Connections                                                                                                      */

/** Connect to a device. TiRtcStart() must have been called; TiEVENT_SYS_STARTED is not needed.
 *  remote_id  "id", "device://id", "whip://id" or "whips://id". After whip(s)://, the id ends at the first ? or /; the
 *             rest, at most 255 bytes, is sent to the service for its log.
 *  token      a connect token issued for this remote id; or NULL to use the ticket of TIRTC_OPT_CONNECT_CACHE.
 *  callback   called exactly once if this returned 0, within 10 s, and before TiEVENT_SYS_STOPPED.
 *  user       passed to the callback.
 *  Returns    0; TIRTC_E_NOT_INITIALIZED (also if not started); TIRTC_E_INVALID_PARAMETER (remote_id or callback
 *             NULL, or malformed); TIRTC_E_CACHE_EXPIRED (no token and no ticket); TIRTC_E_BUSY
 *             (TIRTC_OPT_MAX_CONNECTIONS); TIRTC_E_LACK_OF_RESOURCE. */
int TiRtcConnect(const char *remote_id, const char *token, TIRTCCONNECTCALLBACK callback, void *user);

/** Disconnect. Queued bytes are still sent for at most 500 ms; then on_disconnected() follows, within 1 s. From now on
 *  the handle serves only TiRtcConnGetUserData(). Returns 0 or TIRTC_E_INVALID_HANDLE. */
int TiRtcDisconnect(tirtc_conn_t hconn);

/** Returns the bytes that are queued and not yet taken by the network; 0 for an invalid handle. */
size_t TiRtcGetSendBufferUsed(tirtc_conn_t hconn);

/** Read the round-trip times. Returns 0, TIRTC_E_INVALID_HANDLE, TIRTC_E_INVALID_PARAMETER (stats NULL). */
int TiRtcConnGetStats(tirtc_conn_t hconn, TiRtcConnStats *stats);

/** Keep a pointer with a connection; the SDK does not use it. Returns 0 or TIRTC_E_INVALID_HANDLE. */
int TiRtcConnSetUserData(tirtc_conn_t hconn, void *user_data);

/** Returns the pointer kept with the connection, or NULL. Works inside on_disconnected(), and afterwards until another
 *  connection takes the place of this one in the SDK's table, or TiRtcUninit(): a program that handles its callbacks
 *  later, on a thread of its own, still finds its data. Places are used in turn. */
void *TiRtcConnGetUserData(tirtc_conn_t hconn);

/* ---------------------------------------------------------------------------------------------------------------- */
/* Media                                                                                                            */

/** Queue a frame, info->length bytes at `frame`, copied. `info->media` must be of the class that the function names.
 *  The first video frame of a stream must be a key frame; so must the first one after a video frame that was refused
 *  with TIRTC_E_BUSY.
 *  Returns  bytes queued, 12 + info->length; TIRTC_E_INVALID_PARAMETER (media of another class, stream_id above 15,
 *           audio and video on one stream, NULL with a length, larger than the send buffer or than the peer accepts);
 *           TIRTC_E_BUSY (no room now, or a key frame is due); TIRTC_E_INVALID_HANDLE; after on_conn_error()
 *           its error. */
int TiRtcSendMessageStream(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, const void *frame);
int TiRtcSendVideoStream(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, const void *frame);
int TiRtcSendAudioStream(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, const void *frame);

/** Enable recommended bit rates for this video stream, between `min_bps` and `max_bps` (bits per second). `start_bps`
 *  is recommended at once; other rates follow when the send buffer drains faster or slower, or frames wait in it for a
 *  longer or shorter time. Rates are whole kbit/s if the range permits. They are reported to
 *  on_video_bitrate_required() or the stream's own callback.
 *  Returns 0; TIRTC_E_INVALID_PARAMETER (stream_id above 15; not 0 < min <= start <= max); TIRTC_E_INVALID_HANDLE;
 *  TIRTC_E_LACK_OF_RESOURCE; after on_conn_error() its error. */
int TiRtcConnSetVideoBitrateParams(tirtc_conn_t hconn, uint8_t stream_id, uint32_t min_bps, uint32_t max_bps,
                                   uint32_t start_bps);

/** Report the recommendations for a stream to `callback` instead of on_video_bitrate_required(); NULL: no longer.
 *  Without TiRtcConnSetVideoBitrateParams() a range of 64 kbit/s to 8 Mbit/s, starting at 1 Mbit/s, is assumed.
 *  Returns 0; TIRTC_E_INVALID_PARAMETER (stream_id above 15); TIRTC_E_INVALID_HANDLE; TIRTC_E_LACK_OF_RESOURCE; after
 *  on_conn_error() its error. */
int TiRtcConnSetVideoBitrateRequestCallback(tirtc_conn_t hconn, uint8_t stream_id,
                                            TiRtcVideoBitrateRequestCallback callback, void *user);

/* ---------------------------------------------------------------------------------------------------------------- */
/* Commands                                                                                                         */

/** Queue a command, `len` bytes at `data`, copied; `cmdw` as MAKE_CMDW() makes it.
 *  Returns  bytes queued, 4 + len; TIRTC_E_INVALID_PARAMETER (a word of the SDK, NULL with a length, larger than the
 *           send buffer or than the peer accepts); TIRTC_E_BUSY (no room now); TIRTC_E_INVALID_HANDLE; after
 *           on_conn_error() its error. */
int TiRtcSendCommand(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len);

/** Returns the next sequence number for MAKE_CMDW(): first 1; after 65535, 0. Threads never get the same number within
 *  a round. Works before TiRtcInit(). */
uint32_t atomic_get_cmd_sn(void);

/** Send a request about one of the peer's streams. The answer to a subscription is logged.
 *  Returns 0; TIRTC_E_INVALID_PARAMETER (stream_id above 15); TIRTC_E_BUSY (no room now); TIRTC_E_INVALID_HANDLE; after
 *  on_conn_error() its error. */
int TiRtcRequestKeyFrame(tirtc_conn_t hconn, uint8_t stream_id);
int TiRtcSubscribeVideo(tirtc_conn_t hconn, uint8_t stream_id);
int TiRtcUnsubscribeVideo(tirtc_conn_t hconn, uint8_t stream_id);
int TiRtcSubscribeAudio(tirtc_conn_t hconn, uint8_t stream_id);
int TiRtcUnsubscribeAudio(tirtc_conn_t hconn, uint8_t stream_id);

/* ---------------------------------------------------------------------------------------------------------------- */
/* WHIP                                                                                                             */

/** Answer a WHIP offer. This emulator has no WebRTC: arguments are checked, then it returns TIRTC_E_LACK_OF_RESOURCE,
 *  the log says why, and neither callback is called.
 *  offer, len  the session description of the client, `len` bytes
 *  candidate   an address to offer, or NULL
 *  Returns     TIRTC_E_INVALID_PARAMETER (offer, on_sdp_ready or callback NULL, len not positive);
 *              TIRTC_E_LACK_OF_RESOURCE. */
int TiRtcWhipAccept(const char *offer, int len, const char *candidate, TIRTCWHIPSERVERONSDPREADYCB on_sdp_ready,
                    TIRTCCONNECTCALLBACK callback, void *user);

/** Connect by WHIP. In this emulator this is TiRtcConnect() with `service_desc`, such as "whips://id?key=value", as the
 *  remote id. */
int TiRtcWhipConnect(const char *service_desc, const char *token, TIRTCCONNECTCALLBACK callback, void *user);

/* ---------------------------------------------------------------------------------------------------------------- */
/* Service requests and logs                                                                                        */

/** Send an HTTP/1.1 request to the service, {endpoint}{path}, and wait for the response, which is an envelope:
 *  {"code": 0, "message": "ok", "data": ...}. `code` is 0 or 200 for success, or a code of the service above 599;
 *  `message` and `data` may be missing. A start is not needed. Redirects are not followed.
 *  path      begins with /
 *  json      the body of a POST, NUL-terminated, at most 64 KiB; NULL for a GET
 *  token     for "Authorization: Bearer", or NULL
 *  callback  called on this thread, before this returns, with `data` of a successful answer as JSON without white space
 *            between tokens. Not called after a failure, or if `data` is missing or null: services write null where
 *            there is no data. May be NULL
 *  Thread    any, but not from inside a callback (TIRTC_E_BUSY). Blocks up to 10 s, or until TiRtcUninit().
 *  Returns   0 for success; the HTTP status if it is 300 to 599; `code` of the envelope if it is above 599; or an
 *            error: TIRTC_E_UNEXPECTED_RESPONSE for anything but an HTTP response with such an envelope in UTF-8, at
 *            most 32 levels deep; TIRTC_E_TIMEOUTED; TIRTC_E_LACK_OF_RESOURCE (memory, or a body above 64 KiB);
 *            TIRTC_E_INVALID_PARAMETER, also for an https endpoint in a build without TLS; TIRTC_E_HTTP_*.
 *            TiRtcGetErrorStr() has no text for positive results: the log has the message of the service. */
int TiRtcServiceRequest(const char *path, const char *json, const char *token, TIRTCSERVICEREQUESTCALLBACK callback,
                        void *user);

/** Set where log lines are written while there is no log callback; by default nowhere. Works before TiRtcInit().
 *  Extension: on hosted builds the environment variable TIRTC_LOG=0..5[,FILE] asks for a log beside this one, on
 *  standard error or in a file; and while neither this function nor a callback nor the variable configured a log, a
 *  start that fails is reported by a line on standard error. TiRtcLogConfig(0, NULL, 0) configures that there is none.
 *  console  not 0: standard output
 *  path     a file that lines are appended to, or NULL
 *  size     bytes after which a new file is started; 0: never */
void TiRtcLogConfig(int console, const char *path, uint32_t size);

/** Log lines up to this level, a tirtc_log_level_t (tirtc_config.h): 1 error, 2 warn, 3 ok, 4 info (default), 5
 *  verbose. The nearest one is used for other values. Works before TiRtcInit(). */
void TiRtcLogSetLevel(int level);

/** Pass log lines to `callback` instead; NULL: no longer. Works before TiRtcInit(). */
void TiRtcLogSetCallback(TIRTCLOGCALLBACK callback);

#ifdef __cplusplus
}
#endif

#endif
