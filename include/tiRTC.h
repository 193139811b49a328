/* tiRTC.h - the application interface of the TiRTC Nano device SDK, as this emulator keeps it.
 *
 * Names, values and signatures are those that programs written for any published generation of the SDK use; the
 * comments and everything behind them are our own. Where several spellings of one name were published, the first one
 * below is the primary one and the others are equal. What only this emulator has is marked "extension".
 *
 * Order of calls. TiRtcSetOption, TiRtcInit, TiRtcSetOption, TiRtcStart, ... TiRtcStop, TiRtcUninit. Except where a
 * comment says otherwise, every function returns TIRTC_E_NOT_INITIALIZED before TiRtcInit, may be called from any
 * thread and from inside every callback, and does not block.
 *
 * Threads. Where the platform has threads, all callbacks come one after the other from one SDK thread; where it has
 * none, they come from inside TiRtcPoll(). No callback comes from inside another call, but for TIRTCLOGCALLBACK (on the
 * thread that logs) and TIRTCSERVICEREQUESTCALLBACK. No lock is held while a callback runs. What a callback is given
 * (data, frame info, text) is borrowed until it returns; what a function is given is copied before it returns, but for
 * the TIRTCCALLBACKS structure, which is kept by pointer.
 *
 * Processes. A child of fork() begins as before TiRtcInit(), with the options kept; sockets close when the child calls
 * exec. A program that becomes a daemon does so before TiRtcInit().
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

/** The interface this header describes; TiRtcGetVersion() tells which one was linked. */
#define TIRTC_VERSION_MAJOR 2
#define TIRTC_VERSION_MINOR 3
#define TIRTC_VERSION_PATCH 0

/* ---------------------------------------------------------------------------------------------------------------- */
/* Options                                                                                                          */

/** What TiRtcSetOption() sets. Options take effect at the next TiRtcStart(), unless one says otherwise; set while the
 *  SDK is started, they return 0, warn in the log, and wait for the next start. They outlive TiRtcStop(), and end with
 *  TiRtcUninit(). Strings are copied. */
typedef enum TIRTCOPTION {
    /** String. The service: http, https, ws or wss URL with a host, an optional port and an optional path; http and ws
     *  are the same, https and wss too. https needs a build with TLS, and is refused at once without. Not set: the
     *  environment variable TIRTC_ENDPOINT on hosted builds, TIRTC_DEFAULT_ENDPOINT (tirtc_config.h) on firmware. */
    TIRTC_OPT_SERVICE_ENDPOINT = 1,
    /** String, 1..63 bytes. The device's secret. "id,secret" given to TiRtcStart() goes before it. Never logged. */
    TIRTC_OPT_SECRET_KEY = 2,
    TIRTC_OPT_DEVICE_SECRET_KEY = TIRTC_OPT_SECRET_KEY,
    /** int, 1 or more. Connections up or being made, in and out together; one that failed does not count. Default
     *  TIRTC_DEFAULT_MAX_CONNECTIONS. */
    TIRTC_OPT_MAX_CONNECTIONS = 3,
    /** int, TIRTC_NETCONN_*. Checked; this emulator does not behave differently. */
    TIRTC_OPT_NETWORK_TYPE = 4,
    /** String, 1..64 bytes without control characters. The SIM card's number. Checked; this emulator does not
     *  use it. */
    TIRTC_OPT_ICCID = 5,
    /** int, 0 or 1. The device can be woken by the service. Checked; this emulator does not use it. */
    TIRTC_OPT_WAKEUP = 6,
    /** int, 0 or 1. The network lets only known addresses through. Checked; this emulator always connects to the one
     *  address of its endpoint. */
    TIRTC_OPT_RESTRICTED_NETWORK = 7,
    /** uint32_t, bytes: 0 for the default, else 16384 or more. The send buffer of each connection. Default
     *  TIRTC_DEFAULT_SEND_BUFFER_BYTES. */
    TIRTC_OPT_MAX_SEND_BUFFER = 8,
    /** int, 0 or 1; default 1. Keep what the service says about a remote id, so that TiRtcConnect() can go there again
     *  without a token. */
    TIRTC_OPT_CONNECT_CACHE = 9,
    /** String, 1..64 bytes without control characters. The application, told to the service. */
    TIRTC_OPT_APP_ID = 10,
    /** String, 1..64 printable ASCII characters. This client, told to the service. */
    TIRTC_OPT_CLIENT_ID = 11,
    /** int, TIRTC_CONNECT_LINK_MODE_*; default AUTO. How connections are made by TiRtcConnect(). */
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

/** Values of TIRTC_OPT_CONNECT_LINK_MODE. This emulator relays everything through its service: DIRECT_ONLY makes every
 *  connect fail, the other two are the same. */
enum {
    TIRTC_CONNECT_LINK_MODE_AUTO = 0,
    TIRTC_CONNECT_LINK_MODE_DIRECT_ONLY = 1,
    TIRTC_CONNECT_LINK_MODE_RELAY_ONLY = 2
};

/* ---------------------------------------------------------------------------------------------------------------- */
/* Events                                                                                                           */

/** What on_event() is told. Ignore values you do not know. `data` is NULL and `len` 0 where nothing is said of them. */
enum {
    /** The device is registered with the service and can be called; for a client (no device id): it can connect. */
    TiEVENT_SYS_STARTED = 0,
    /** What TiRtcStart() began has ended. Comes exactly once for every TiRtcStart() that returned 0, within 1 s of
     *  TiRtcStop(). */
    TiEVENT_SYS_STOPPED = 1,
    /** The endpoint answered with a redirect, which is not followed. `data` is the Location text, not NUL-terminated,
     *  `len` its bytes. Something between the device and the service wants a login, or the endpoint is wrong. */
    TiEVENT_ACCESS_HIJACKING = 2,

    TIRTC_EVENT_SYS_STARTED = TiEVENT_SYS_STARTED,
    TIRTC_EVENT_SYS_STOPPED = TiEVENT_SYS_STOPPED,
    TIRTC_EVENT_ACCESS_HIJACKING = TiEVENT_ACCESS_HIJACKING,

    /** Extension. An attempt to start failed; `data` is a TIRTCRETRYINFO. */
    TIRTC_EVENT_START_FAILED = 0x1001,
    /** Extension. After TiEVENT_SYS_STARTED the link to the service was lost; connections may live on. `data` is a
     *  TIRTCRETRYINFO. */
    TIRTC_EVENT_SERVICE_LOST = 0x1002,
    /** Extension. The device is registered again, after TIRTC_EVENT_SERVICE_LOST. */
    TIRTC_EVENT_SERVICE_BACK = 0x1003
};

/** Extension. The data of TIRTC_EVENT_START_FAILED and TIRTC_EVENT_SERVICE_LOST. Aligned, host byte order. */
typedef struct TIRTCRETRYINFO {
    int32_t error;        /**< why, TIRTC_E_* */
    uint32_t retry_in_ms; /**< when the next attempt begins, by itself; 0: never, the failure is final */
} TIRTCRETRYINFO;

/* ---------------------------------------------------------------------------------------------------------------- */
/* Media                                                                                                            */

/** The `media` of a frame: what the payload is. The payload itself is never looked into. */
enum {
    /** A message of the application's own that travels in the order of its stream; TiRtcSendMessageStream(). */
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

/** True when `media` is an audio, a video format. The argument is evaluated twice. */
#define TIRTC_IS_AUDIO(media) ((media) >= TIRTC_AUDIO_MIN && (media) <= TIRTC_AUDIO_MAX)
#define TIRTC_IS_VIDEO(media) ((media) >= TIRTC_VIDEO_MIN && (media) <= TIRTC_VIDEO_MAX)

/** The `flags` of an audio frame: sample rate, bits of a sample, channels. */
enum {
    TIRTC_AUDIOSAMPLE_8K16B1C = 0,
    TIRTC_AUDIOSAMPLE_16K16B1C = 1,
    TIRTC_AUDIOSAMPLE_8K16B2C = 2,
    TIRTC_AUDIOSAMPLE_16K16B2C = 3
};

/** The `flags` of a video frame: bit 0 is set for a key frame, which a decoder can begin with. */
enum { TIRTC_FRAME_FLAG_KEY_FRAME = 1 };
#define TIRTC_IS_KEY_FRAME(flags) ((TIRTC_FRAME_FLAG_KEY_FRAME & (flags)) != 0)

/** The head of a frame. 12 bytes, packed; numbers in host byte order. */
__BEGIN_PACKED__
typedef struct TIRTCFRAMEINFO {
    uint8_t stream_id; /**< 0..15; audio and video of one connection do not share one, messages may ride on any */
    uint8_t media;     /**< TIRTC_MEDIA_MESSAGE, TIRTC_AUDIO_*, TIRTC_VIDEO_* */
    uint8_t flags;     /**< TIRTC_AUDIOSAMPLE_* or TIRTC_FRAME_FLAG_*; the application's own for a message */
    uint8_t reserved;  /**< 0 */
    uint32_t ts;       /**< capture time in ms, from any origin, wraps; grows within a stream */
    uint32_t length;   /**< bytes of payload */
} __PACKED__ TIRTCFRAMEINFO;
__END_PACKED__

/** Round-trip times of a connection, end to end, in ms; 0 where nothing was measured yet. */
typedef struct TiRtcConnStats {
    uint32_t audio_rtt_ms;
    uint32_t video_rtt_ms;
    uint32_t command_rtt_ms;
} TiRtcConnStats;

/* ---------------------------------------------------------------------------------------------------------------- */
/* Command words                                                                                                    */

/** A command word is a uint32_t: bit 0 says "response", bits 1..15 are the command, bits 16..31 a sequence number that
 *  a response repeats. Words below 0x2000 belong to the SDK; 0x2000..0xffff are used by applications of the service's
 *  maker; use 0x10000 and above, commands 0x4000..0x7fff. */
#define RESPONSE_BIT 1u
#define GET_CMD(cmdw) ((uint16_t)(((uint32_t)(cmdw) >> 1) & 0x7fffu))
#define GET_SN(cmdw) ((uint16_t)((uint32_t)(cmdw) >> 16))
#define MAKE_CMDW(cmd, sn) ((uint32_t)(sn) << 16 | (((uint32_t)(cmd) << 1) & 0xffffu))
#define IS_RESERVED_CMDW(cmdw) ((uint32_t)(cmdw) < 0x2000u)

/** TiRtcSendCommand() with a word that is made a request (bit 0 cleared), put together from its parts, or made a
 *  response (bit 0 set). */
#define TiRtcSendReq(hconn, cmdw, data, len) TiRtcSendCommand((hconn), (uint32_t)(cmdw) & ~RESPONSE_BIT, (data), (len))
#define TiRtcSendReqWithSn(hconn, sn, cmd, data, len) TiRtcSendCommand((hconn), MAKE_CMDW(cmd, sn), (data), (len))
#define TiRtcSendResp(hconn, cmdw, data, len) TiRtcSendCommand((hconn), (uint32_t)(cmdw) | RESPONSE_BIT, (data), (len))

/* ---------------------------------------------------------------------------------------------------------------- */
/* Callbacks                                                                                                        */

/** A connection. Not an address: a handle that is checked at every use, so that an old, random or NULL one is answered
 *  with TIRTC_E_INVALID_HANDLE. It is the application's until it calls TiRtcDisconnect(), also
 *  after on_conn_error(). */
typedef struct _tirtc_conn *tirtc_conn_t;

/* Lets one member have two names without a warning in C99 and C++. */
#if defined(__GNUC__)
#define TIRTC_EXTENSION_ __extension__
#else
#define TIRTC_EXTENSION_
#endif

/** What the SDK tells the application. Kept by pointer, and read at every callback: it must stay valid and in place
 *  until TiRtcUninit() has returned. Members may be NULL; start from an all-zero structure. */
typedef struct TIRTCCALLBACKS {
    /** News of the SDK itself; see TiEVENT_SYS_STARTED and following. */
    void (*on_event)(int event, const void *data, int len);
    /** Somebody connected to this device. Commands, audio and video flow at once. Not called for connections of
     *  TiRtcConnect(), which has its own callback. */
    void (*on_conn_accepted)(tirtc_conn_t hconn);
    /** The connection is broken: nothing more is received, sends return `error`. Call TiRtcDisconnect(), here
     *  or later. */
    void (*on_conn_error)(tirtc_conn_t hconn, int error);
    /** Answers TiRtcDisconnect(), and only that; within 1 s. The last callback of a connection: TiRtcConnGetUserData()
     *  still works inside it, and nothing after it. A good place to join the thread that was sending. */
    void (*on_disconnected)(tirtc_conn_t hconn);
    /** A frame came; info->length bytes at `data`. */
    void (*on_audio)(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, void *data);
    void (*on_video)(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, void *data);
    void (*on_message)(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, void *data);
    /** A command came; `len` bytes at `data`. Words of the SDK itself never arrive here. */
    void (*on_command)(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len);
    /** The peer wants the next frame of this video stream to be a key frame. */
    void (*on_request_key_frame)(tirtc_conn_t hconn, uint8_t stream_id);
    /** The peer wants to receive a stream. Return 0 to accept; anything else is told to the peer as a refusal. When the
     *  member is NULL the request is accepted: a program without it sends what it sends. */
    int (*on_subscribe_video)(tirtc_conn_t hconn, uint8_t stream_id);
    /** The peer does not want the stream any more. */
    void (*on_unsubscribe_video)(tirtc_conn_t hconn, uint8_t stream_id);
    int (*on_subscribe_audio)(tirtc_conn_t hconn, uint8_t stream_id);
    void (*on_unsubscribe_audio)(tirtc_conn_t hconn, uint8_t stream_id);
    /** Encode this video stream with `target_bps` bits per second from now on. Only called, and this member only read,
     *  for streams of TiRtcConnSetVideoBitrateParams(): a program built before this member existed is safe.
     *  One member with the two names it was published under. */
    TIRTC_EXTENSION_ union {
        void (*on_video_bitrate_required)(tirtc_conn_t hconn, uint8_t stream_id, uint32_t target_bps);
        void (*on_update_bitrate)(tirtc_conn_t hconn, uint8_t stream_id, uint32_t target_bps);
    };
} TIRTCCALLBACKS;

/** How a TiRtcConnect() ended. `error` is 0 and `hconn` the connection; or `error` is TIRTC_E_* and `hconn` NULL. */
typedef void (*TIRTCCONNECTCALLBACK)(int error, tirtc_conn_t hconn, void *user);

/** One line of log: `len` bytes at `log`, not NUL-terminated, without a newline. Comes on the thread that logs, under
 *  no lock; may call everything but TiRtcUninit(). */
typedef void (*TIRTCLOGCALLBACK)(const char *log, uint32_t len);

/** As on_video_bitrate_required(), for one stream and with a pointer of its own. */
typedef void (*TiRtcVideoBitrateRequestCallback)(tirtc_conn_t hconn, uint8_t stream_id, uint32_t target_bps,
                                                 void *user);

/** The session description that answers an offer: `len` bytes at `sdp`. */
typedef void (*TIRTCWHIPSERVERONSDPREADYCB)(const char *sdp, int len, void *user);

/** The body of the service's answer, NUL-terminated. */
typedef void (*TIRTCSERVICEREQUESTCALLBACK)(const char *body, void *user);

/* ---------------------------------------------------------------------------------------------------------------- */
/* Lifecycle                                                                                                        */

/** The version of the library, "v2.3.0". Static text. Works before TiRtcInit(). */
const char *TiRtcGetVersion(void);

/** How the library was built, as JSON. Static text. Works before TiRtcInit(). */
const char *TiRtcGetBuildInfo(void);

/** An error code in words: "OK" for 0 and above, else its name and what to do. Static text, also for unknown codes.
 *  Works before TiRtcInit(). */
const char *TiRtcGetErrorStr(int error);

/** Set up the SDK. Returns 0, also when it is set up already; TIRTC_E_LACK_OF_RESOURCE. */
int TiRtcInit(void);

/** Take the SDK down: stop without events, free every connection, forget options and kept tickets. When it returns, no
 *  callback is running and none will come. Inside a callback it takes effect when the callback returns. Harmless
 *  without TiRtcInit() and when called twice. Blocks until the callback that is running has returned. */
void TiRtcUninit(void);

/** Set an option, before or after TiRtcInit().
 *  data, len  a string: up to its first NUL or `len` bytes, whichever comes first; a number: an int or uint32_t, `len`
 *             at least 4. Copied.
 *  Returns    0 (TIRTC_OPT_TGTRP_POLL_TIMEOUT: the value that applies); TIRTC_E_INVALID_PARAMETER for NULL, an unknown
 *             option, an empty string, a short number, or a value out of range. */
int TiRtcSetOption(TIRTCOPTION option, const void *data, uint32_t len);

/** An older spelling of TiRtcSetOption(). */
#define TiRtcSetOpt TiRtcSetOption

/** Go online. Only checks its arguments and the options: TiEVENT_SYS_STARTED or TIRTC_EVENT_START_FAILED come later.
 *  Failures that may pass are tried again for ever, 0.5 s to 30 s apart.
 *  device     "id", "id,secret", or NULL for a client that nobody can call. An id is 1..63 bytes without control
 *             characters; everything after the first comma is the secret.
 *  callbacks  kept by pointer until TiRtcUninit() has returned.
 *  Returns    0, also when started already with the same id (nothing happens then); TIRTC_E_INVALID_PARAMETER
 *             (callbacks NULL, no endpoint, secret above 63 bytes, started with another id);
 *             TIRTC_E_INVALID_LICENSE (id malformed); TIRTC_E_NO_SECRET_KEY; TIRTC_E_LACK_OF_RESOURCE. */
int TiRtcStart(const char *device, const TIRTCCALLBACKS *callbacks);

/** Go offline. Connects under way end with TIRTC_E_CONN_OTHER_ERROR, connections get on_conn_error() with it and stay
 *  valid for TiRtcDisconnect(), then comes TiEVENT_SYS_STOPPED. Callbacks go on until TiRtcUninit(). Returns 0, also
 *  when not started (and then there is no event). */
int TiRtcStop(void);

/** Extension. Do the SDK's work and make the callbacks that are due, on a build without threads (ports without
 *  tirtc_threads_t), where nothing else does.
 *  max_ms   wait so long at most for something to happen, when the port can wait; 0 returns at once. 1 ms or more lets
 *           a port that can sleep do so.
 *  Thread   the one that calls every other function. Not from inside a callback.
 *  Returns  0; TIRTC_E_NOT_INITIALIZED; TIRTC_E_INVALID_PARAMETER (max_ms negative); TIRTC_E_BUSY (inside a callback);
 *           TIRTC_E_LACK_OF_RESOURCE where the SDK has a thread of its own that does this: do not call it there. */
int TiRtcPoll(int max_ms);

/* ---------------------------------------------------------------------------------------------------------------- */
/* Connections                                                                                                      */

/** Connect to a device, once started (before TiEVENT_SYS_STARTED, too).
 *  remote_id  "id" or "device://id".
 *  token      a connect token, made for this remote id; or NULL to go again where TIRTC_OPT_CONNECT_CACHE remembers the
 *             way.
 *  callback   comes exactly once when this returned 0, within 10 s, and before TiEVENT_SYS_STOPPED.
 *  user       handed to the callback; not touched.
 *  Returns    0; TIRTC_E_NOT_INITIALIZED (not started, too); TIRTC_E_INVALID_PARAMETER (remote_id or callback
 *             NULL, or malformed); TIRTC_E_CACHE_EXPIRED (no token, nothing remembered); TIRTC_E_BUSY
 *             (TIRTC_OPT_MAX_CONNECTIONS); TIRTC_E_LACK_OF_RESOURCE. */
int TiRtcConnect(const char *remote_id, const char *token, TIRTCCONNECTCALLBACK callback, void *user);

/** Give a connection up. What was queued is still sent for at most 500 ms; then comes on_disconnected(), within 1 s.
 *  From now on the handle serves only TiRtcConnGetUserData(), inside on_disconnected(). Returns 0 or
 *  TIRTC_E_INVALID_HANDLE. */
int TiRtcDisconnect(tirtc_conn_t hconn);

/** Bytes that are queued and not yet taken by the network; 0 for a handle that is not alive. */
size_t TiRtcGetSendBufferUsed(tirtc_conn_t hconn);

/** Round-trip times. Returns 0, TIRTC_E_INVALID_HANDLE, TIRTC_E_INVALID_PARAMETER (stats NULL). */
int TiRtcConnGetStats(tirtc_conn_t hconn, TiRtcConnStats *stats);

/** Keep a pointer with a connection; the SDK does not touch what it points to. Returns 0 or TIRTC_E_INVALID_HANDLE. */
int TiRtcConnSetUserData(tirtc_conn_t hconn, void *user_data);

/** The pointer kept, or NULL. */
void *TiRtcConnGetUserData(tirtc_conn_t hconn);

/* ---------------------------------------------------------------------------------------------------------------- */
/* Media                                                                                                            */

/** Queue a frame, info->length bytes at `frame`, copied. `info->media` must be of the class the function names. The
 *  first video frame of a stream must be a key frame; so must the first one after a video frame that was refused with
 *  TIRTC_E_BUSY.
 *  Returns  bytes queued, 12 + info->length; TIRTC_E_INVALID_PARAMETER (media of another class, stream_id above 15,
 *           audio and video on one stream, NULL with a length, larger than the send buffer or than the peer takes);
 *           TIRTC_E_BUSY (no room now, or a key frame is due); TIRTC_E_INVALID_HANDLE; after on_conn_error()
 *           its error. */
int TiRtcSendMessageStream(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, const void *frame);
int TiRtcSendVideoStream(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, const void *frame);
int TiRtcSendAudioStream(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, const void *frame);

/** Have this video stream's bit rate recommended, between `min_bps` and `max_bps` (bits per second). The first
 *  recommendation, `start_bps`, comes at once; later ones when how fast the send buffer empties, and how long frames
 *  wait in it, say something else. They are whole kbit/s where the range has room for that, and come to
 *  on_video_bitrate_required() or the stream's own callback.
 *  Returns 0; TIRTC_E_INVALID_PARAMETER (stream_id above 15; not 0 < min <= start <= max); TIRTC_E_INVALID_HANDLE;
 *  TIRTC_E_LACK_OF_RESOURCE; after on_conn_error() its error. */
int TiRtcConnSetVideoBitrateParams(tirtc_conn_t hconn, uint8_t stream_id, uint32_t min_bps, uint32_t max_bps,
                                   uint32_t start_bps);

/** Have the recommendations of a stream told to `callback` instead of on_video_bitrate_required(); NULL to end that.
 *  Without TiRtcConnSetVideoBitrateParams() a range of 64 kbit/s to 8 Mbit/s is assumed, beginning at 1 Mbit/s.
 *  Returns 0; TIRTC_E_INVALID_PARAMETER (stream_id above 15); TIRTC_E_INVALID_HANDLE; TIRTC_E_LACK_OF_RESOURCE; after
 *  on_conn_error() its error. */
int TiRtcConnSetVideoBitrateRequestCallback(tirtc_conn_t hconn, uint8_t stream_id,
                                            TiRtcVideoBitrateRequestCallback callback, void *user);

/* ---------------------------------------------------------------------------------------------------------------- */
/* Commands                                                                                                         */

/** Queue a command, `len` bytes at `data`, copied; `cmdw` as MAKE_CMDW() makes it.
 *  Returns  bytes queued, 4 + len; TIRTC_E_INVALID_PARAMETER (a word of the SDK, NULL with a length, larger than the
 *           send buffer or than the peer takes); TIRTC_E_BUSY (no room now); TIRTC_E_INVALID_HANDLE; after
 *           on_conn_error() its error. */
int TiRtcSendCommand(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len);

/** The next sequence number for MAKE_CMDW(): 1 first, after 65535 comes 0. No number comes twice in a round, on any
 *  threads. Works before TiRtcInit(). */
uint32_t atomic_get_cmd_sn(void);

/** Ask the peer for something about one of its streams. What the peer answers to a subscription is logged.
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
 *  the log says why, and neither callback comes.
 *  offer, len  the session description of the client, `len` bytes
 *  candidate   an address to offer, or NULL
 *  Returns     TIRTC_E_INVALID_PARAMETER (offer, on_sdp_ready or callback NULL, len not positive);
 *              TIRTC_E_LACK_OF_RESOURCE. */
int TiRtcWhipAccept(const char *offer, int len, const char *candidate, TIRTCWHIPSERVERONSDPREADYCB on_sdp_ready,
                    TIRTCCONNECTCALLBACK callback, void *user);

/** Connect by WHIP. `service_desc` is "id", "device://id", "whip://id" or "whips://id"; in this emulator all of them
 *  are TiRtcConnect() with that id, and so are the other arguments and the result. */
int TiRtcWhipConnect(const char *service_desc, const char *token, TIRTCCONNECTCALLBACK callback, void *user);

/* ---------------------------------------------------------------------------------------------------------------- */
/* Service requests and logs                                                                                        */

/** Send a request to the service, POST {endpoint}{path} as HTTP/1.1, and wait for the answer. A start is not needed.
 *  path      begins with /
 *  json      the body, NUL-terminated; at most 64 KiB, as the answer's
 *  token     for "Authorization: Bearer", or NULL
 *  callback  comes on this thread, before this returns, when there is a whole answer, whatever its status; may be NULL
 *  Thread    any, but not from inside a callback (TIRTC_E_BUSY). Blocks up to 10 s, or until TiRtcUninit().
 *  Returns   0 for a status of 2xx; TIRTC_E_SERVER_ERROR for 401, 403 and 5xx; TIRTC_E_UNEXPECTED_RESPONSE for another
 *            status, a redirect too, and for what is no HTTP answer; TIRTC_E_TIMEOUTED; TIRTC_E_LACK_OF_RESOURCE
 *            (memory, or too large an answer); TIRTC_E_INVALID_PARAMETER; TIRTC_E_HTTP_*. */
int TiRtcServiceRequest(const char *path, const char *json, const char *token, TIRTCSERVICEREQUESTCALLBACK callback,
                        void *user);

/** Where log lines go when there is no log callback. Works before TiRtcInit(). By default they go nowhere.
 *  console  not 0: standard output
 *  path     a file that is appended to, or NULL for none
 *  size     bytes after which the file starts anew; 0: never */
void TiRtcLogConfig(int console, const char *path, uint32_t size);

/** How much is logged: 1 error, 2 warn, 3 ok, 4 info (default), 5 verbose. Values outside are moved to the nearest one.
 *  Works before TiRtcInit(). */
void TiRtcLogSetLevel(int level);

/** Have log lines told to `callback` instead; NULL to end that. Works before TiRtcInit(). */
void TiRtcLogSetCallback(TIRTCLOGCALLBACK callback);

#ifdef __cplusplus
}
#endif

#endif
