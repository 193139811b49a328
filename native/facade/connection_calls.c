/* Connecting, disconnecting, and reading about connections. */
#include <string.h>

#include "facade.h"
#include "system.h"

struct ti_connect {
    ti_connect_t *next;
    TIRTCCONNECTCALLBACK callback;
    void *user;
};

ti_connect_t *ti_connect_keep(ti_instance_t *instance, TIRTCCONNECTCALLBACK callback, void *user)
{
    ti_connect_t *connect = ti_memory_take(sizeof *connect);
    if (connect != NULL) {
        connect->callback = callback;
        connect->user = user;
        ti_facade_lock();
        connect->next = instance->connects;
        instance->connects = connect;
        ti_facade_unlock();
    }
    return connect;
}

void ti_connect_drop(ti_instance_t *instance, ti_connect_t *connect)
{
    ti_facade_lock();
    ti_connect_t **at = &instance->connects;
    while (*at != connect) {
        at = &(*at)->next;
    }
    *at = connect->next;
    ti_facade_unlock();
    ti_memory_give(connect, sizeof *connect);
}

void ti_connect_end(ti_instance_t *instance, ti_connect_t *connect, int error, tirtc_conn_t connection)
{
    TIRTCCONNECTCALLBACK callback = connect->callback;
    void *user = connect->user;
    ti_connect_drop(instance, connect);
    callback(error, connection, user);
}

static int connect_to(ti_instance_t *instance, const char *remote_id, const char *token, TIRTCCONNECTCALLBACK callback,
                      void *user)
{
    ti_connect_t *connect = ti_connect_keep(instance, callback, user);
    if (connect == NULL) {
        return TIRTC_E_LACK_OF_RESOURCE;
    }
    int error = tirtc_device_connect(instance->device, ti_bytes(remote_id), ti_bytes(token), connect, NULL);
    if (error != 0) {
        ti_connect_drop(instance, connect);
    }
    return error;
}

static int checked_connect(const char *function, const char *remote_id, const char *token,
                           TIRTCCONNECTCALLBACK callback, void *user)
{
    ti_instance_t *instance = ti_enter();
    if (instance == NULL) {
        return TIRTC_E_NOT_INITIALIZED;
    }
    int error = TIRTC_E_INVALID_PARAMETER;
    if (remote_id != NULL && callback != NULL) {
        error = connect_to(instance, remote_id, token, callback, user);
    }
    ti_leave(instance);
    if (error == TIRTC_E_NOT_INITIALIZED) {
        ti_say(TIRTC_LOG_ERROR, "%s: not started; call TiRtcStart first, with a device id or with NULL", function);
    }
    if (error == TIRTC_E_INVALID_PARAMETER) {
        ti_say(TIRTC_LOG_ERROR, "%s: %s", function,
               callback == NULL
                   ? "callback is NULL; it is needed to report the result"
                   : "the remote id must be \"id\", \"device://id\" or \"whip(s)://id?suffix\" with an id of 1 to "
                     "63 bytes and a suffix of at most 255 without control characters, and a token must "
                     "be printable");
    }
    return error;
}

int TiRtcConnect(const char *remote_id, const char *token, TIRTCCONNECTCALLBACK callback, void *user)
{
    return checked_connect("TiRtcConnect", remote_id, token, callback, user);
}

int TiRtcWhipConnect(const char *service_desc, const char *token, TIRTCCONNECTCALLBACK callback, void *user)
{
    return checked_connect("TiRtcWhipConnect", service_desc, token, callback, user);
}

int TiRtcWhipAccept(const char *offer, int len, const char *candidate, TIRTCWHIPSERVERONSDPREADYCB on_sdp_ready,
                    TIRTCCONNECTCALLBACK callback, void *user)
{
    (void)candidate;
    (void)user;
    ti_instance_t *instance = ti_enter();
    if (instance == NULL) {
        return TIRTC_E_NOT_INITIALIZED;
    }
    ti_leave(instance);
    if (offer == NULL || len <= 0 || on_sdp_ready == NULL || callback == NULL) {
        ti_say(TIRTC_LOG_ERROR,
               "TiRtcWhipAccept: offer, on_sdp_ready and callback must not be NULL, and len must be above 0, but is %d",
               len);
        return TIRTC_E_INVALID_PARAMETER;
    }
    ti_say(TIRTC_LOG_ERROR,
           "TiRtcWhipAccept: this library has no WebRTC; use TiRtcConnect or TiRtcWhipConnect in the client");
    return TIRTC_E_LACK_OF_RESOURCE;
}

int TiRtcDisconnect(tirtc_conn_t hconn)
{
    ti_instance_t *instance = ti_enter();
    int error =
        instance == NULL ? TIRTC_E_NOT_INITIALIZED : tirtc_connection_disconnect(instance->device, ti_handle(hconn));
    ti_leave(instance);
    return error;
}

size_t TiRtcGetSendBufferUsed(tirtc_conn_t hconn)
{
    ti_instance_t *instance = ti_enter();
    size_t used = instance == NULL ? 0 : tirtc_connection_send_buffer_used(instance->device, ti_handle(hconn));
    ti_leave(instance);
    return used;
}

int TiRtcConnGetStats(tirtc_conn_t hconn, TiRtcConnStats *stats)
{
    ti_instance_t *instance = ti_enter();
    int error =
        instance == NULL ? TIRTC_E_NOT_INITIALIZED : tirtc_connection_stats(instance->device, ti_handle(hconn), stats);
    ti_leave(instance);
    if (error == TIRTC_E_INVALID_PARAMETER) {
        ti_say(TIRTC_LOG_ERROR, "TiRtcConnGetStats: stats is NULL; pass a structure to fill");
    }
    return error;
}

int TiRtcConnSetUserData(tirtc_conn_t hconn, void *user_data)
{
    ti_instance_t *instance = ti_enter();
    int error = instance == NULL ? TIRTC_E_NOT_INITIALIZED
                                 : tirtc_connection_set_user_data(instance->device, ti_handle(hconn), user_data);
    ti_leave(instance);
    return error;
}

void *TiRtcConnGetUserData(tirtc_conn_t hconn)
{
    ti_instance_t *instance = ti_enter();
    void *user_data = instance == NULL ? NULL : tirtc_connection_get_user_data(instance->device, ti_handle(hconn));
    ti_leave(instance);
    return user_data;
}
