/* site.c - this image's port for the programs of examples/porting. The peer runs on the host. The board has no date to
 * set and no second thread. */
#include "porting.h"

#include "board.h"

const porting_site_t *porting_site(void)
{
    static porting_site_t site = {.peer_host = "10.0.2.2", .peer_port = PEER_PORT};
    board_open();
    site.platform = tirtc_platform();
    return &site;
}
