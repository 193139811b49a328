/* cancel_race.c - a client that connects and stops, a little later each time, so that success and cancellation race
 * each other.
 *
 *     export TIRTC_ENDPOINT=... TIRTC_REMOTE_ID=... TIRTC_TOKEN=...      a token that may be used more than once
 *     cancel_race ROUNDS
 *
 * In every case each TiRtcConnect() is answered once, each connection ends with one on_disconnected(), and each start
 * ends with one TiEVENT_SYS_STOPPED. Ends with 0 when that was so.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/program.h"
#include "tiRTC.h"

enum { EVENT_STARTED = 2, EVENT_FAILED = 4, EVENT_STOPPED = 8, EVENT_ANSWERED = 16, EVENT_GONE = 32 };
enum { PATIENCE_MS = 10000, STEP_US = 250, STEPS = 40, MICROSECONDS = 1000000 };

typedef struct counts {
    unsigned answers;
    unsigned connected;
    unsigned gone;
    unsigned stops;
} counts_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static counts_t counts;        /* under the lock */
static int stop_when_answered; /* set before a connect, read in its answer */

static void count(unsigned *counter, unsigned events)
{
    pthread_mutex_lock(&lock);
    ++*counter;
    pthread_mutex_unlock(&lock);
    events_post(events);
}

static counts_t counted(void)
{
    pthread_mutex_lock(&lock);
    counts_t now = counts;
    pthread_mutex_unlock(&lock);
    return now;
}

static void on_event(int event, const void *data, int len)
{
    (void)data;
    (void)len;
    if (event == TiEVENT_SYS_STARTED) {
        events_post(EVENT_STARTED);
    } else if (event == TIRTC_EVENT_START_FAILED) {
        events_post(EVENT_FAILED);
    } else if (event == TiEVENT_SYS_STOPPED) {
        count(&counts.stops, EVENT_STOPPED);
    }
}

static void on_conn_error(tirtc_conn_t hconn, int error)
{
    (void)error;
    TiRtcDisconnect(hconn);
}

static void on_disconnected(tirtc_conn_t hconn)
{
    (void)hconn;
    count(&counts.gone, EVENT_GONE);
}

static const TIRTCCALLBACKS callbacks = {
    .on_event = on_event,
    .on_conn_error = on_conn_error,
    .on_disconnected = on_disconnected,
};

static void on_connect(int error, tirtc_conn_t hconn, void *user)
{
    (void)error;
    (void)user;
    if (stop_when_answered) {
        TiRtcStop();
    }
    if (hconn != NULL) {
        count(&counts.connected, EVENT_ANSWERED);
    }
    count(&counts.answers, EVENT_ANSWERED);
}

static void rest_us(long us)
{
    struct timespec rest = {.tv_sec = us / MICROSECONDS, .tv_nsec = us % MICROSECONDS * 1000};
    nanosleep(&rest, NULL);
}

/* Returns 0 when an expected event did not arrive. */
static int race(unsigned round, unsigned rounds, const char *remote_id, const char *token)
{
    if (!program_did("TiRtcStart", TiRtcStart(NULL, &callbacks))) {
        return 0;
    }
    if (events_wait(EVENT_STARTED | EVENT_FAILED, PATIENCE_MS) != EVENT_STARTED) {
        puts("the client did not start");
        return 0;
    }
    stop_when_answered = round + 1 == rounds; /* the latest possible moment */
    if (!program_did("TiRtcConnect", TiRtcConnect(remote_id, token, on_connect, NULL))) {
        return 0;
    }
    if (!stop_when_answered) {
        rest_us((long)(round % STEPS) * STEP_US);
        TiRtcStop();
    }
    if (events_wait(EVENT_STOPPED, PATIENCE_MS) == 0) {
        puts("TiEVENT_SYS_STOPPED did not arrive");
        return 0;
    }
    for (counts_t now = counted(); now.answers <= round || now.gone < now.connected; now = counted()) {
        if (events_wait(EVENT_ANSWERED | EVENT_GONE, PATIENCE_MS) == 0) {
            printf("round %u: %u answers, %u connections of which %u ended\n", round + 1, now.answers, now.connected,
                   now.gone);
            return 0;
        }
    }
    return 1;
}

int main(int argc, char **argv)
{
    unsigned rounds = argc == 2 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
    if (rounds < 2) {
        fprintf(stderr, "usage: %s ROUNDS      two or more\n", argv[0]);
        return 2;
    }
    const char *endpoint = program_setting("TIRTC_ENDPOINT", "the URL of the service");
    const char *remote_id = program_setting("TIRTC_REMOTE_ID", "the id of the device to connect to");
    const char *token = program_setting("TIRTC_TOKEN", "a token for that device");
    program_begin();
    TiRtcLogSetLevel(0); /* failures are expected here */
    if (!program_did("TiRtcInit", TiRtcInit()) ||
        !program_did("endpoint", TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint)))) {
        return 1;
    }
    int well = 1;
    for (unsigned round = 0; well && round < rounds; round++) {
        well = race(round, rounds, remote_id, token);
    }
    TiRtcUninit();
    counts_t sum = counted();
    well = well && sum.answers == rounds && sum.stops == rounds && sum.gone == sum.connected;
    printf("%u rounds: %u answers, %u connected, %u cancelled, %u ended, %u stops\n", rounds, sum.answers,
           sum.connected, sum.answers - sum.connected, sum.gone, sum.stops);
    return well ? 0 : 1;
}
