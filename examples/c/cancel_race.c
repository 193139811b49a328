/* cancel_race.c - a client that changes its mind: it connects and stops, a little later each time, so that success and
 * cancel race each other.
 *
 *     export TIRTC_ENDPOINT=... TIRTC_REMOTE_ID=... TIRTC_TOKEN=...      a token that may be used more than once
 *     cancel_race ROUNDS
 *
 * Whoever wins: every TiRtcConnect() is answered once, every connection it brought ends with one on_disconnected(), and
 * every start with one TiEVENT_SYS_STOPPED. Ends with 0 when that was so.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/program.h"
#include "tiRTC.h"

enum { NEWS_STARTED = 2, NEWS_FAILED = 4, NEWS_STOPPED = 8, NEWS_ANSWERED = 16, NEWS_GONE = 32 };
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

static void count(unsigned *counter, unsigned news)
{
    pthread_mutex_lock(&lock);
    ++*counter;
    pthread_mutex_unlock(&lock);
    news_tell(news);
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
        news_tell(NEWS_STARTED);
    } else if (event == TIRTC_EVENT_START_FAILED) {
        news_tell(NEWS_FAILED);
    } else if (event == TiEVENT_SYS_STOPPED) {
        count(&counts.stops, NEWS_STOPPED);
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
    count(&counts.gone, NEWS_GONE);
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
        count(&counts.connected, NEWS_ANSWERED);
    }
    count(&counts.answers, NEWS_ANSWERED);
}

static void rest_us(long us)
{
    struct timespec rest = {.tv_sec = us / MICROSECONDS, .tv_nsec = us % MICROSECONDS * 1000};
    nanosleep(&rest, NULL);
}

/* Returns 0 when something that must come did not. */
static int race(unsigned round, unsigned rounds, const char *remote_id, const char *token)
{
    if (!program_did("TiRtcStart", TiRtcStart(NULL, &callbacks))) {
        return 0;
    }
    if (news_wait(NEWS_STARTED | NEWS_FAILED, PATIENCE_MS) != NEWS_STARTED) {
        puts("it did not start");
        return 0;
    }
    stop_when_answered = round + 1 == rounds; /* nothing is later than that */
    if (!program_did("TiRtcConnect", TiRtcConnect(remote_id, token, on_connect, NULL))) {
        return 0;
    }
    if (!stop_when_answered) {
        rest_us((long)(round % STEPS) * STEP_US);
        TiRtcStop();
    }
    if (news_wait(NEWS_STOPPED, PATIENCE_MS) == 0) {
        puts("TiEVENT_SYS_STOPPED did not come");
        return 0;
    }
    for (counts_t now = counted(); now.answers <= round || now.gone < now.connected; now = counted()) {
        if (news_wait(NEWS_ANSWERED | NEWS_GONE, PATIENCE_MS) == 0) {
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
    TiRtcLogSetLevel(0); /* failures are what this is about */
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
