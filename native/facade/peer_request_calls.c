/* Requests to the peer, and bit rates. */
#include "facade.h"

static int refuse_stream(const char *function, uint8_t stream_id)
{
    ti_say(TIRTC_LOG_ERROR, "%s: stream_id is %u; it must be 0 to 15", function, (unsigned)stream_id);
    return TIRTC_E_INVALID_PARAMETER;
}

static int request(const char *function, tirtc_conn_t hconn, tirtc_request_t what, uint8_t stream_id)
{
    ti_instance_t *instance = ti_enter();
    int error = instance == NULL ? TIRTC_E_NOT_INITIALIZED
                                 : tirtc_connection_request(instance->device, ti_handle(hconn), what, stream_id);
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

int TiRtcConnSetVideoBitrateParams(tirtc_conn_t hconn, uint8_t stream_id, uint32_t min_bps, uint32_t max_bps,
                                   uint32_t start_bps)
{
    ti_instance_t *instance = ti_enter();
    int error = instance == NULL ? TIRTC_E_NOT_INITIALIZED
                                 : tirtc_connection_set_bitrate_range(instance->device, ti_handle(hconn), stream_id,
                                                                      min_bps, max_bps, start_bps);
    ti_leave(instance);
    if (error == TIRTC_E_INVALID_PARAMETER) {
        ti_say(
            TIRTC_LOG_ERROR,
            "TiRtcConnSetVideoBitrateParams: stream_id %u, min %u, start %u, max %u are invalid; use a stream of 0 to "
            "15, and 0 < min <= start <= max",
            (unsigned)stream_id, (unsigned)min_bps, (unsigned)start_bps, (unsigned)max_bps);
    }
    return error;
}

int TiRtcConnSetVideoBitrateRequestCallback(tirtc_conn_t hconn, uint8_t stream_id,
                                            TiRtcVideoBitrateRequestCallback callback, void *user)
{
    ti_instance_t *instance = ti_enter();
    int error = instance == NULL ? TIRTC_E_NOT_INITIALIZED
                                 : tirtc_connection_set_bitrate_handler(instance->device, ti_handle(hconn), stream_id,
                                                                        (void (*)(void))callback, user);
    ti_leave(instance);
    return error == TIRTC_E_INVALID_PARAMETER ? refuse_stream("TiRtcConnSetVideoBitrateRequestCallback", stream_id)
                                              : error;
}
