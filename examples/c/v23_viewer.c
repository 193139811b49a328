/* v23_viewer.c - a client in the style of 2.3: link mode, statistics, bit rates by a callback, and connects without a
 * token for as long as the service's ticket is valid.
 *
 *     export TIRTC_ENDPOINT=...
 *     export TIRTC_TOKEN_FILE=...          one token per line, from your backend; each is used once
 *     v23_viewer DEVICE_ID WATCH_MS        ends when no token remains
 *
 * It watches for WATCH_MS, hangs up, connects again with a NULL token, and uses the next token when the error is
 * -40011. Ends with 0 when the last connection was made and ended well.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/program.h"
#include "tiRTC.h"

enum { EVENT_STARTED = 2, EVENT_ENDED = 4, EVENT_BROKEN = 8, EVENT_DISCONNECTED = 16, EVENT_STOPPED = 32 };
enum { VIDEO_STREAM = 0, PATIENCE_MS = 12000, MAX_TOKEN_BYTES = 4096 };
enum { MIN_BPS = 100000, MAX_BPS = 2000000, START_BPS = 800000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned frames;         /* under the lock: frames of this connection */
static unsigned long long bits; /* under the lock: the recommended bit rate, 0 until there is one */
static int connect_error;       /* written before EVENT_ENDED */
static tirtc_conn_t connection;

static void on_event(int event, const void *data, int len)
{
    (void)data;
    (void)len;
    if (event == TIRTC_EVENT_SYS_STARTED) {
        events_post(EVENT_STARTED);
    } else if (event == TIRTC_EVENT_SYS_STOPPED) {
        events_post(EVENT_STOPPED);
    }
}

static void on_video(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, void *data)
{
    (void)hconn;
    (void)info;
    (void)data;
    pthread_mutex_lock(&lock);
    frames++;
    pthread_mutex_unlock(&lock);
}

static void on_conn_error(tirtc_conn_t hconn, int error)
{
    (void)hconn;
    printf("broken: %s\n", TiRtcGetErrorStr(error));
    events_post(EVENT_BROKEN);
}

static void on_disconnected(tirtc_conn_t hconn)
{
    (void)hconn;
    events_post(EVENT_DISCONNECTED);
}

/* A recommendation for what this side sends; a viewer that talks back would follow it. */
static void on_bitrate(tirtc_conn_t hconn, uint8_t stream_id, uint32_t bps, void *user)
{
    (void)hconn;
    (void)stream_id;
    pthread_mutex_lock(&lock);
    *(unsigned long long *)user = bps;
    pthread_mutex_unlock(&lock);
}

static void on_connected(int error, tirtc_conn_t hconn, void *user)
{
    (void)user;
    connect_error = error;
    connection = hconn;
    if (error == 0) {
        TiRtcConnSetVideoBitrateRequestCallback(hconn, VIDEO_STREAM, on_bitrate, &bits);
        TiRtcConnSetVideoBitrateParams(hconn, VIDEO_STREAM, MIN_BPS, MAX_BPS, START_BPS);
        TiRtcSubscribeVideo(hconn, VIDEO_STREAM);
        TiRtcRequestKeyFrame(hconn, VIDEO_STREAM);
    }
    events_post(EVENT_ENDED);
}

static TIRTCCALLBACKS callbacks = {
    .on_event = on_event,
    .on_video = on_video,
    .on_conn_error = on_conn_error,
    .on_disconnected = on_disconnected,
};

/* Returns 0 or the error of the connect. */
static int connect_to(const char *device, const char *token)
{
    int error = TiRtcConnect(device, token, on_connected, NULL);
    if (error == 0) {
        error = events_wait(EVENT_ENDED, PATIENCE_MS) != 0 ? connect_error : TIRTC_E_TIMEOUTED;
    }
    printf("%s: %s\n", token != NULL ? "with a token" : "without a token", TiRtcGetErrorStr(error));
    return error;
}

/* Returns 1 when the connection lasted and ended well. */
static int watch(unsigned watch_ms)
{
    TiRtcConnStats stats;
    int lasted = events_wait(EVENT_BROKEN | EVENT_INTERRUPTED, (int)watch_ms) == 0;
    int known = TiRtcConnGetStats(connection, &stats) == 0;
    TiRtcDisconnect(connection);
    int ended = events_wait(EVENT_DISCONNECTED, PATIENCE_MS) != 0;
    pthread_mutex_lock(&lock);
    printf("watched %u frames", frames);
    frames = 0;
    if (bits != 0) {
        printf("; may send %llu bits a second", bits);
    }
    pthread_mutex_unlock(&lock);
    if (known) {
        printf("; round trips of audio %u, video %u, commands %u ms", (unsigned)stats.audio_rtt_ms,
               (unsigned)stats.video_rtt_ms, (unsigned)stats.command_rtt_ms);
    }
    puts("");
    return lasted && ended;
}

/* Read the next token of the file. Returns 1 when there is one. */
static int next_token(FILE *file, char *token)
{
    if (fgets(token, MAX_TOKEN_BYTES, file) == NULL) {
        return 0;
    }
    token[strcspn(token, "\r\n")] = '\0';
    return token[0] != '\0';
}

static int watch_until_out_of_tokens(const char *device, unsigned watch_ms, FILE *tokens)
{
    char token[MAX_TOKEN_BYTES];
    int well = 0;
    while (next_token(tokens, token)) {
        int error = connect_to(device, token);
        while (error == 0) {
            well = watch(watch_ms);
            error = well ? connect_to(device, NULL) : TIRTC_E_CONN_OTHER_ERROR;
        }
        if (error != TIRTC_E_CACHE_EXPIRED) {
            return 0;
        }
        puts("a new token is needed");
    }
    puts("no token remains");
    return well;
}

int main(int argc, char **argv)
{
    int mode = TIRTC_CONNECT_LINK_MODE_RELAY_ONLY, keep = 1;
    long watch_ms = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    if (watch_ms <= 0 || watch_ms > 3600000) {
        fprintf(stderr, "usage: %s DEVICE_ID WATCH_MS\n", argv[0]);
        return 2;
    }
    const char *endpoint = program_setting("TIRTC_ENDPOINT", "the URL of the service");
    FILE *tokens = fopen(program_setting("TIRTC_TOKEN_FILE", "a file with one token per line"), "r");
    if (tokens == NULL) {
        perror("TIRTC_TOKEN_FILE");
        return 2;
    }
    program_begin();
    int well =
        program_did("TiRtcInit", TiRtcInit()) &&
        program_did("endpoint", TiRtcSetOption(TIRTC_OPT_SERVICE_ENDPOINT, endpoint, (uint32_t)strlen(endpoint))) &&
        program_did("link mode", TiRtcSetOption(TIRTC_OPT_CONNECT_LINK_MODE, &mode, sizeof(mode))) &&
        program_did("cache", TiRtcSetOption(TIRTC_OPT_CONNECT_CACHE, &keep, sizeof(keep))) &&
        program_did("TiRtcStart", TiRtcStart(NULL, &callbacks)) && events_wait(EVENT_STARTED, PATIENCE_MS) != 0 &&
        watch_until_out_of_tokens(argv[1], (unsigned)watch_ms, tokens);
    TiRtcStop();
    TiRtcUninit();
    fclose(tokens);
    return well ? 0 : 1;
}
