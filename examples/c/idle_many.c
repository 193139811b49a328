/* idle_many.c - a client that keeps many idle connections to one device, like a wall of screens at night.
 *
 *     export TIRTC_ENDPOINT=... TIRTC_TOKEN=...
 *     idle_many DEVICE_ID COUNT            until Ctrl-C
 *
 * The first connection uses the token; the others need none, because the service gave the first one a ticket. A broken
 * connection is closed and made again. Ends with 0 when all were up and all ended with on_disconnected.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/program.h"
#include "tiRTC.h"

enum { EVENT_STARTED = 2, EVENT_CHANGED = 4, PATIENCE_MS = 12000, PAUSE_MS = 200, MAX_COUNT = 1000 };

enum state { AWAY, CONNECTING, UP, BROKEN, LEAVING };

typedef struct seat {
    enum state state;
    tirtc_conn_t hconn;
} seat_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static seat_t seats[MAX_COUNT]; /* under the lock */
static int count;

static void set_state(seat_t *seat, enum state state, tirtc_conn_t hconn)
{
    pthread_mutex_lock(&lock);
    seat->state = state;
    seat->hconn = hconn;
    pthread_mutex_unlock(&lock);
    events_post(EVENT_CHANGED);
}

static enum state state_of(seat_t *seat, tirtc_conn_t *hconn)
{
    pthread_mutex_lock(&lock);
    enum state state = seat->state;
    *hconn = seat->hconn;
    pthread_mutex_unlock(&lock);
    return state;
}

static int count_of(enum state state)
{
    int found = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < count; i++) {
        found += seats[i].state == state;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static void on_event(int event, const void *data, int len)
{
    (void)data;
    (void)len;
    if (event == TIRTC_EVENT_SYS_STARTED) {
        events_post(EVENT_STARTED);
    }
}

static void on_connected(int error, tirtc_conn_t hconn, void *user)
{
    if (program_did("a connect", error)) {
        TiRtcConnSetUserData(hconn, user);
    }
    set_state(user, error == 0 ? UP : AWAY, hconn);
}

static void on_conn_error(tirtc_conn_t hconn, int error)
{
    printf("a connection broke: %s\n", TiRtcGetErrorStr(error));
    set_state(TiRtcConnGetUserData(hconn), BROKEN, hconn);
}

static void on_disconnected(tirtc_conn_t hconn)
{
    set_state(TiRtcConnGetUserData(hconn), AWAY, NULL);
}

static TIRTCCALLBACKS callbacks = {
    .on_event = on_event,
    .on_conn_error = on_conn_error,
    .on_disconnected = on_disconnected,
};

static void begin(seat_t *seat, const char *device, const char *token)
{
    set_state(seat, CONNECTING, NULL); /* before the callback can run */
    if (!program_did("TiRtcConnect", TiRtcConnect(device, token, on_connected, seat))) {
        set_state(seat, AWAY, NULL);
    }
}

static void leave(seat_t *seat)
{
    tirtc_conn_t hconn;
    enum state state = state_of(seat, &hconn);
    if (state == UP || state == BROKEN) {
        set_state(seat, LEAVING, hconn);
        TiRtcDisconnect(hconn);
    }
}

/* Make the connections that are missing, and close those that broke. */
static void tend(const char *device)
{
    for (int i = 0; i < count; i++) {
        tirtc_conn_t hconn;
        enum state state = state_of(&seats[i], &hconn);
        if (state == AWAY) {
            begin(&seats[i], device, NULL);
        } else if (state == BROKEN) {
            leave(&seats[i]);
        }
    }
}

/* Returns 1 when all were up at the same time. */
static int hold(const char *device, const char *token)
{
    int reached = 0;
    begin(&seats[0], device, token);
    while (count_of(CONNECTING) != 0) {
        events_wait(EVENT_CHANGED, PAUSE_MS);
    }
    if (count_of(UP) == 0) {
        return 0;
    }
    while (events_wait(EVENT_INTERRUPTED, count_of(UP) == count ? PAUSE_MS : PAUSE_MS / 10) == 0) {
        if (!reached && count_of(UP) == count) {
            printf("%d connections are up\n", count);
            reached = 1;
        }
        tend(device);
    }
    return reached;
}

static int leave_all(void)
{
    while (count_of(CONNECTING) != 0) {
        events_wait(EVENT_CHANGED, PAUSE_MS);
    }
    for (int i = 0; i < count; i++) {
        leave(&seats[i]);
    }
    while (count_of(AWAY) != count) {
        if (events_wait(EVENT_CHANGED, PATIENCE_MS) == 0) {
            return 0;
        }
    }
    return 1;
}

int main(int argc, char **argv)
{
    count = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0;
    if (count < 1 || count > MAX_COUNT) {
        fprintf(stderr, "usage: %s DEVICE_ID COUNT, with a COUNT of 1 to %d\n", argv[0], MAX_COUNT);
        return 2;
    }
    const char *endpoint = program_setting("TIRTC_ENDPOINT", "the URL of the service");
    const char *token = program_setting("TIRTC_TOKEN", "a token for the device");
    program_begin();
    if (!program_did("endpoint", TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint))) ||
        !program_did("connections", TiRtcSetOption(TIRTC_OPT_MAX_CONNECTIONS, &count, sizeof(count))) ||
        !program_did("TiRtcInit", TiRtcInit()) || !program_did("TiRtcStart", TiRtcStart(NULL, &callbacks)) ||
        events_wait(EVENT_STARTED, PATIENCE_MS) == 0) {
        return 1;
    }
    int held = hold(argv[1], token);
    int left = leave_all();
    TiRtcStop();
    TiRtcUninit();
    puts(held && left ? "all connections were up, and all ended" : "FAILED, see above");
    return held && left ? 0 : 1;
}
