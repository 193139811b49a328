/* What one peer asks of another, and bit rates. */
#include "facade.h"

enum { MAX_STREAM_ID = 15 };

static int refuse_stream(const char *function, uint8_t stream_id)
{
    ti_say(TI_LEVEL_ERROR, "%s: stream_id is %u; it must be 0 to 15", function, (unsigned)stream_id);
    return TIRTC_E_INVALID_PARAMETER;
}

static int request(const char *function, tirtc_conn_t hconn, tirtc_request_t what, uint8_t stream_id)
{
    ti_instance_t *instance = ti_enter();
    if (instance == NULL) {
        return TIRTC_E_NOT_INITIALIZED;
    }
    int error = tirtc_connection_request(instance->device, ti_token(hconn), what, stream_id);
    ti_leave(instance);
    return error == TIRTC_E_INVALID_PARAMETER ? refuse_stream(function, stream_id) : error;
}

int TiRtcRequestKeyFrame(tirtc_conn_t hconn, uint8_t stream_id)
{
    return request("TiRtcRequestKeyFrame", hconn, TIRTC_REQUEST_KEY_FRAME, stream_id);
}

int TiRtcSubscribeVideo(tirtc_conn_t hconn, uint8_t stream_id)
{
    return request("TiRtcSubscribeVideo", hconn, TIRTC_REQUEST_SUBSCRIBE_VIDEO, stream_id);
}

int TiRtcUnsubscribeVideo(tirtc_conn_t hconn, uint8_t stream_id)
{
    return request("TiRtcUnsubscribeVideo", hconn, TIRTC_REQUEST_UNSUBSCRIBE_VIDEO, stream_id);
}

int TiRtcSubscribeAudio(tirtc_conn_t hconn, uint8_t stream_id)
{
    return request("TiRtcSubscribeAudio", hconn, TIRTC_REQUEST_SUBSCRIBE_AUDIO, stream_id);
}

int TiRtcUnsubscribeAudio(tirtc_conn_t hconn, uint8_t stream_id)
{
    return request("TiRtcUnsubscribeAudio", hconn, TIRTC_REQUEST_UNSUBSCRIBE_AUDIO, stream_id);
}

/* Bit rates. Nothing estimates them yet, so arguments are checked and the 14th callback is never read. */

static int check_connection(ti_instance_t *instance, tirtc_conn_t hconn)
{
    TiRtcConnStats stats;
    return tirtc_connection_stats(instance->device, ti_token(hconn), &stats);
}

int TiRtcConnSetVideoBitrateParams(tirtc_conn_t hconn, uint8_t stream_id, uint32_t min_bps, uint32_t max_bps,
                                   uint32_t start_bps)
{
    ti_instance_t *instance = ti_enter();
    if (instance == NULL) {
        return TIRTC_E_NOT_INITIALIZED;
    }
    int error = check_connection(instance, hconn);
    ti_leave(instance);
    if (error == 0 && stream_id > MAX_STREAM_ID) {
        return refuse_stream("TiRtcConnSetVideoBitrateParams", stream_id);
    }
    if (error == 0 && !(min_bps > 0 && min_bps <= start_bps && start_bps <= max_bps)) {
        ti_say(TI_LEVEL_ERROR,
               "TiRtcConnSetVideoBitrateParams: min %u, start %u, max %u; they must be 0 < min <= start <= max",
               min_bps, start_bps, max_bps);
        return TIRTC_E_INVALID_PARAMETER;
    }
    return error;
}

int TiRtcConnSetVideoBitrateRequestCallback(tirtc_conn_t hconn, uint8_t stream_id,
                                            TiRtcVideoBitrateRequestCallback callback, void *user)
{
    (void)callback;
    (void)user;
    ti_instance_t *instance = ti_enter();
    if (instance == NULL) {
        return TIRTC_E_NOT_INITIALIZED;
    }
    int error = check_connection(instance, hconn);
    ti_leave(instance);
    if (error == 0 && stream_id > MAX_STREAM_ID) {
        return refuse_stream("TiRtcConnSetVideoBitrateRequestCallback", stream_id);
    }
    return error;
}
