/* What a link's fault is in words. They are part of the program where log lines are. */
#include "link.h"
#include "tirtc_config.h"

#if TIRTC_MAX_LOG_LEVEL > 0

static ti_span_t port_text(int error)
{
    switch (error) {
    case TIRTC_E_HTTP_RESOLVE:
        return TI_SPAN("the host name of the endpoint was not resolved");
    case TIRTC_E_HTTP_SERVER_DOWN:
        return TI_SPAN("nothing listens at the endpoint, or it cannot be reached");
    case TIRTC_E_HTTP_SSL:
        return TI_SPAN("no secure link to the endpoint; a line of the port says why");
    case TIRTC_E_HTTP_SOCKET:
        return TI_SPAN("the system refused a socket; check the limit on open files (ulimit -n)");
    case TIRTC_E_HTTP_NOMEM:
        return TI_SPAN("out of memory");
    default:
        return TI_SPAN("the network ended the link");
    }
}

static ti_span_t status_text(int status)
{
    if (status >= 300 && status <= 399) {
        return TI_SPAN("the endpoint redirects elsewhere, which is not followed");
    }
    if (status == 401 || status == 403) {
        return TI_SPAN("the endpoint did not accept the credential");
    }
    if (status == 404) {
        return TI_SPAN("the endpoint has no such path; check its path");
    }
    return status >= 500 ? TI_SPAN("the service failed or is full") : TI_SPAN("the endpoint refused the upgrade");
}

ti_span_t ti_link_fault_text(const ti_link_t *link)
{
    switch (link->fault) {
    case TI_FAULT_PORT:
        return port_text(link->code);
    case TI_FAULT_TIMEOUT:
        return TI_SPAN("no answer to the upgrade in time");
    case TI_FAULT_STATUS:
        return status_text(link->code);
    case TI_FAULT_NOT_HTTP:
        return TI_SPAN("what answered is no tirtc.v1 service");
    case TI_FAULT_CLOSED:
        return TI_SPAN("the service closed the link without a word");
    case TI_FAULT_SILENT:
        return TI_SPAN("the link fell silent");
    case TI_FAULT_PROTOCOL:
        return TI_SPAN("the other side broke the protocol");
    case TI_FAULT_TOO_LARGE:
        return TI_SPAN("a message was too large");
    case TI_FAULT_MEMORY:
        return TI_SPAN("out of memory");
    case TI_FAULT_ENTROPY:
        return TI_SPAN("the port has no entropy");
    default:
        return TI_SPAN("");
    }
}

#else

ti_span_t ti_link_fault_text(const ti_link_t *link)
{
    (void)link;
    return ti_span(NULL, 0);
}

#endif
