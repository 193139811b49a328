/* The port's clock, memory and waiting. */
#include "lwip.h"

#include "lwip/mem.h"
#include "lwip/sys.h"

static uint32_t mono_ms(void *context)
{
    (void)context;
    return sys_now();
}

static int entropy(void *context, void *out, size_t size)
{
    const tirtc_lwip_board_t *board = ((tirtc_lwip_t *)context)->board;
    return board->entropy(board->context, out, size);
}

/* mem_size_t has 16 bits when the heap is small. */
static void *allocate(void *context, size_t size)
{
    const tirtc_lwip_board_t *board = ((tirtc_lwip_t *)context)->board;
    if (board->allocate != NULL) {
        return board->allocate(board->context, size);
    }
    return size <= (mem_size_t)-1 ? mem_malloc((mem_size_t)size) : NULL;
}

static void release(void *context, void *block, size_t size)
{
    const tirtc_lwip_board_t *board = ((tirtc_lwip_t *)context)->board;
    if (board->release != NULL) {
        board->release(board->context, block, size);
    } else {
        mem_free(block);
    }
}

static int64_t wall_s(void *context)
{
    const tirtc_lwip_board_t *board = ((tirtc_lwip_t *)context)->board;
    return board->wall_s != NULL ? board->wall_s(board->context) : 0;
}

static void wake(void *context)
{
    ((tirtc_lwip_t *)context)->woken = true;
}

static bool wait_for_events(void *context, uint32_t max_ms)
{
    return tirtc_lwip_wait(context, max_ms);
}

static void print(void *context, const char *line, size_t size)
{
    const tirtc_lwip_board_t *board = ((tirtc_lwip_t *)context)->board;
    if (board->print != NULL) {
        board->print(board->context, line, size);
    }
}

void tirtc_lwip_open(tirtc_lwip_t *lwip, const tirtc_lwip_board_t *board)
{
    *lwip = (tirtc_lwip_t){
        .port =
            {
                .context = lwip,
                .mono_ms = mono_ms,
                .entropy = entropy,
                .allocate = allocate,
                .release = release,
                .dial = ti_lwip_dial,
                .send = ti_lwip_send,
                .receive = ti_lwip_receive,
                .hang_up = ti_lwip_hang_up,
                .wake = wake,
                .wall_s = wall_s,
            },
        .platform = {.port = &lwip->port, .wait = wait_for_events, .print = print},
        .board = board,
    };
}

bool tirtc_lwip_wait(tirtc_lwip_t *lwip, uint32_t max_ms)
{
    enum { CHECK_NAMES_MS = 20 }; /* an answered name does not wake a task that waits for sockets */
    uint32_t begun_ms = sys_now();
    uint32_t passed_ms = 0;
    do {
        bool names = ti_lwip_check_names(lwip); /* a name that is not found sets `woken` */
        uint32_t rest_ms = lwip->woken ? 0 : max_ms - passed_ms;
        ti_lwip_run(lwip, names && rest_ms > CHECK_NAMES_MS ? CHECK_NAMES_MS : rest_ms);
        passed_ms = sys_now() - begun_ms;
    } while (!lwip->woken && passed_ms < max_ms);
    bool woken = lwip->woken;
    lwip->woken = false;
    return woken;
}
