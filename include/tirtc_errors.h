/* tirtc_errors.h - every error code of tiRTC.h, once.
 *
 * TIRTC_ERRORS(X) calls X(name, value, advice) for each code. The enum below, TiRtcGetErrorStr(), the TypeScript
 * `ErrorCode` and the table in docs/errors.md are all made from this list.
 */
#ifndef TIRTC_ERRORS_H
#define TIRTC_ERRORS_H

/* clang-format off */
#define TIRTC_ERRORS(X) \
    X(TIRTC_E_NOT_INITIALIZED,   -40001, "call TiRtcInit first") \
    X(TIRTC_E_INVALID_HANDLE,    -40002, "the handle is invalid or its connection is gone; forget it") \
    X(TIRTC_E_INVALID_PARAMETER, -40003, "an argument is NULL, out of range or of the wrong kind; the log names it") \
    X(TIRTC_E_INVALID_LICENSE,   -40004, "the service does not accept this device id with this key; check both") \
    X(TIRTC_E_TIMEOUTED,         -40005, "no answer in time; check that the device is online, then connect again") \
    X(TIRTC_E_BUSY,              -40006, "no room now, or a newer instance took over; wait, or send a key frame next") \
    X(TIRTC_E_CONN_TIMEOUTCLOSE, -40007, "the peer fell silent; disconnect, then connect again") \
    X(TIRTC_E_CONN_REMOTECLOSE,  -40008, "the peer closed or is offline; disconnect, then connect again later") \
    X(TIRTC_E_CONN_OTHER_ERROR,  -40009, "the connection broke; disconnect, then connect again") \
    X(TIRTC_E_LACK_OF_RESOURCE,  -40010, "out of memory or connections, or not supported; see the log") \
    X(TIRTC_E_CACHE_EXPIRED,     -40011, "no usable cached parameters; connect with a fresh token") \
    X(TIRTC_E_SERVER_ERROR,      -40012, "the service refused or failed; the log has its reason") \
    X(TIRTC_E_INTERNAL_ERROR,    -40013, "a defect in this library or its port; please report it with the log") \
    X(TIRTC_E_NO_SECRET_KEY,     -40014, "set TIRTC_OPT_SECRET_KEY, or start with \"id,secret\"") \
    X(TIRTC_E_UNEXPECTED_RESPONSE, -40015, "the endpoint is not a TiRTC service; check it") \
    X(TIRTC_E_HTTP_TIMEOUT,       -2, "the endpoint did not answer in time; check address and firewall") \
    X(TIRTC_E_HTTP_RESET,         -3, "the link was reset; check the network") \
    X(TIRTC_E_HTTP_PEER_CLOSED,   -4, "the other side closed the link") \
    X(TIRTC_E_HTTP_RESOLVE,       -5, "the host name could not be resolved; check the endpoint and DNS") \
    X(TIRTC_E_HTTP_CONNECT,       -6, "the link could not be opened; check the network") \
    X(TIRTC_E_HTTP_SSL,           -7, "TLS failed; check the certificate and the clock") \
    X(TIRTC_E_HTTP_GENERIC,       -8, "the HTTP exchange failed") \
    X(TIRTC_E_HTTP_WS_HANDSHAKE,  -9, "the WebSocket handshake failed; check the endpoint") \
    X(TIRTC_E_HTTP_INVALID_HANDLE, -10, "the link is gone") \
    X(TIRTC_E_HTTP_SERVER_DOWN,  -11, "nothing listens at the endpoint; start the service or check host and port") \
    X(TIRTC_E_HTTP_INVALID_PROTO, -12, "the endpoint speaks another protocol") \
    X(TIRTC_E_HTTP_SOCKET,       -13, "the system refused a socket; check limits on open files") \
    X(TIRTC_E_HTTP_NOMEM,        -14, "out of memory for a link") \
    X(TIRTC_E_HTTP_HEADER,      -101, "the response head is malformed or too long") \
    X(TIRTC_E_HTTP_URL,         -102, "the URL is malformed; use http(s)://host[:port][/path]")
/* clang-format on */

#define TIRTC_ERROR_ENUM_(name, value, advice) name = value,
enum { TIRTC_ERRORS(TIRTC_ERROR_ENUM_) };
#undef TIRTC_ERROR_ENUM_

#endif
