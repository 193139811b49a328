#include "bye.h"

#include "../../include/tirtc_errors.h"
#include "../wire/message.h"

int ti_bye_connection_error(uint8_t reason)
{
    switch (reason) {
    case TI_BYE_PEER_CLOSED:
    case TI_BYE_OFFLINE:
    case TI_BYE_TOKEN_DEVICE:
        return TIRTC_E_CONN_REMOTECLOSE;
    case TI_BYE_PEER_SILENT:
        return TIRTC_E_CONN_TIMEOUTCLOSE;
    case TI_BYE_FULL:
        return TIRTC_E_BUSY;
    case TI_BYE_TICKET:
        return TIRTC_E_CACHE_EXPIRED;
    case TI_BYE_TIMEOUT:
        return TIRTC_E_TIMEOUTED;
    default:
        return reason >= TI_BYE_TOKEN_FORM && reason <= TI_BYE_TOKEN_USED ? TIRTC_E_SERVER_ERROR
                                                                          : TIRTC_E_CONN_OTHER_ERROR;
    }
}

int ti_bye_start_error(uint8_t reason)
{
    switch (reason) {
    case TI_BYE_REFUSED:
        return TIRTC_E_INVALID_LICENSE;
    case TI_BYE_REPLACED:
        return TIRTC_E_BUSY;
    case TI_BYE_PROTOCOL:
        return TIRTC_E_UNEXPECTED_RESPONSE;
    default: {
        int error = ti_bye_connection_error(reason);
        return error == TIRTC_E_CONN_OTHER_ERROR ? TIRTC_E_SERVER_ERROR : error;
    }
    }
}
