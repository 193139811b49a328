/* connect_client.c - a client that connects to a device and compares what it receives with files, byte by byte.
 *
 *     export TIRTC_ENDPOINT=http://127.0.0.1:8080    where the service is
 *     export TIRTC_TOKEN=...                         from your backend, for this device; or from `tirtc token issue`
 *     connect_client DEVICE_ID VIDEO_FILE AUDIO_FILE
 *
 * It subscribes video stream 0 and audio stream 1, receives frames until it has both files, sends a command that the
 * device sends back, and hangs up. Ends with 0 when everything matched, 1 when something did not, 2 when something
 * above is missing. The token is read from the environment, because every process of the machine can see arguments.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clip.h"
#include "tiRTC.h"

enum { VIDEO_STREAM = 0, AUDIO_STREAM = 1, ECHO_COMMAND = 0x4001, PATIENCE_MS = 15000 };

static const char greeting[] = "hello from C";

/* ---- events: callbacks write to a pipe, on the SDK's thread; main() reads it, and then what they stored ---- */

enum {
    PROGRESS = 0,
    STARTED = 1,
    CONNECTED = 2,
    VIDEO_COMPLETE = 4,
    AUDIO_COMPLETE = 8,
    ANSWERED = 16,
    DISCONNECTED = 32,
    STOPPED = 64,
    FAILED = 128 /* the reason was printed already */
};

static int event_pipe[2];
static unsigned seen;  /* main()'s: the events so far */
static int hanging_up; /* main()'s: failures are expected from now on */

static void post(unsigned char what)
{
    if (write(event_pipe[1], &what, 1) != 1) {
        abort(); /* without this pipe main() would wait for ever */
    }
}

static void fail(const char *what, int code)
{
    fprintf(stderr, "%s, error %d: %s\n", what, code, TiRtcGetErrorStr(code));
    post(FAILED);
}

/* Wait for all events in `wanted`. Returns 1; or 0 on FAILED, or when no event arrived for PATIENCE_MS. */
static int wait_for(unsigned wanted, const char *what)
{
    struct pollfd readable = {.fd = event_pipe[0], .events = POLLIN};
    while ((seen & wanted) != wanted) {
        unsigned char one = PROGRESS;
        int ready = poll(&readable, 1, PATIENCE_MS);
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready != 1 || read(event_pipe[0], &one, 1) != 1) {
            fprintf(stderr, "nothing happened for %d s while waiting for %s\n", PATIENCE_MS / 1000, what);
            return 0;
        }
        if (one == FAILED && !hanging_up) {
            return 0;
        }
        seen |= one;
    }
    return 1;
}

static void on_signal(int number)
{
    static const char text[] = "interrupted\n";
    int kept = errno;
    (void)number;
    if (write(STDERR_FILENO, text, sizeof text - 1) >= 0) {
        post(FAILED);
    }
    errno = kept;
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* ---- callbacks ---- */

static clip_t video = {.name = "video"};
static clip_t audio = {.name = "audio"};
static double subscribed_ms;
static tirtc_conn_t connection;
static uint32_t sent_word;
static double sent_ms;

static void on_event(int event, const void *data, int len)
{
    (void)len;
    if (event == TiEVENT_SYS_STARTED) {
        post(STARTED);
    } else if (event == TiEVENT_SYS_STOPPED) {
        post(STOPPED);
    } else if (event == TIRTC_EVENT_START_FAILED) {
        fail("the client cannot start", ((const TIRTCRETRYINFO *)data)->error);
    }
}

static void on_connected(int error, tirtc_conn_t hconn, void *user)
{
    (void)user;
    if (error != 0) {
        fail("no connection", error);
        return;
    }
    connection = hconn;
    post(CONNECTED);
}

static void on_conn_error(tirtc_conn_t hconn, int error)
{
    (void)hconn;
    fail("the connection broke", error);
}

static void on_disconnected(tirtc_conn_t hconn)
{
    (void)hconn;
    post(DISCONNECTED);
}

static void receive(clip_t *clip, unsigned char complete, const TIRTCFRAMEINFO *info, const void *data)
{
    int result = clip_receive(clip, data, info->length);
    if (result > 0) {
        printf("%-13s%u frames, %zu bytes in %.0f ms, every byte as in %s\n", clip->name, clip->frames, clip->received,
               now_ms() - subscribed_ms, clip->path);
    }
    post(result < 0 ? FAILED : result > 0 ? complete : PROGRESS);
}

static void on_video(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, void *data)
{
    (void)hconn;
    if (info->stream_id == VIDEO_STREAM) {
        receive(&video, VIDEO_COMPLETE, info, data);
    }
}

static void on_audio(tirtc_conn_t hconn, const TIRTCFRAMEINFO *info, void *data)
{
    (void)hconn;
    if (info->stream_id == AUDIO_STREAM) {
        receive(&audio, AUDIO_COMPLETE, info, data);
    }
}

static void on_command(tirtc_conn_t hconn, uint32_t cmdw, const void *data, uint32_t len)
{
    (void)hconn;
    if (cmdw != (sent_word | RESPONSE_BIT)) {
        return; /* not our answer: a command of the device */
    }
    if (len != sizeof greeting - 1 || memcmp(data, greeting, len) != 0) {
        fprintf(stderr, "command: the answer is \"%.*s\" instead of \"%s\", which was sent\n", (int)len,
                (const char *)data, greeting);
        post(FAILED);
        return;
    }
    printf("%-13s0x%x \"%s\" came back in %.2f ms\n", "command", ECHO_COMMAND, greeting, now_ms() - sent_ms);
    post(ANSWERED);
}

/* The SDK keeps a pointer to this struct, so it must not be on the stack. */
static const TIRTCCALLBACKS callbacks = {
    .on_event = on_event,
    .on_conn_error = on_conn_error,
    .on_disconnected = on_disconnected,
    .on_audio = on_audio,
    .on_video = on_video,
    .on_command = on_command,
};

static void on_log(const char *line, uint32_t len)
{
    fprintf(stderr, "%.*s\n", (int)len, line);
}

/* ---- the steps ---- */

/* Returns whether a call succeeded; if not, prints the error. */
static int done(const char *call, int code)
{
    if (code < 0) {
        fprintf(stderr, "%s, error %d: %s\n", call, code, TiRtcGetErrorStr(code));
    }
    return code >= 0;
}

static int receive_media(void)
{
    subscribed_ms = now_ms();
    if (!done("TiRtcSubscribeVideo", TiRtcSubscribeVideo(connection, VIDEO_STREAM)) ||
        !done("TiRtcSubscribeAudio", TiRtcSubscribeAudio(connection, AUDIO_STREAM))) {
        return 0;
    }
    printf("%-13sto video stream %d and audio stream %d\n", "subscribed", VIDEO_STREAM, AUDIO_STREAM);
    return wait_for(VIDEO_COMPLETE | AUDIO_COMPLETE, "video and audio");
}

static int send_command(void)
{
    sent_word = MAKE_CMDW(ECHO_COMMAND, atomic_get_cmd_sn());
    sent_ms = now_ms();
    return done("TiRtcSendReq", TiRtcSendReq(connection, sent_word, greeting, sizeof greeting - 1)) &&
           wait_for(ANSWERED, "the answer to the command");
}

static int connect_and_compare(const char *remote_id, const char *token)
{
    double begin_ms = now_ms();
    if (!done("TiRtcConnect", TiRtcConnect(remote_id, token, on_connected, NULL)) ||
        !wait_for(CONNECTED, "the connection")) {
        return 0;
    }
    printf("%-13sto %s in %.0f ms\n", "connected", remote_id, now_ms() - begin_ms);
    return receive_media() && send_command();
}

static int hang_up(void)
{
    hanging_up = 1;
    if ((seen & CONNECTED) == 0) {
        return 1;
    }
    if (!done("TiRtcDisconnect", TiRtcDisconnect(connection)) || !wait_for(DISCONNECTED, "the end of the connection")) {
        return 0;
    }
    printf("%-13safter %zu of %zu bytes of video, %zu of %zu bytes of audio\n", "disconnected", video.received,
           video.size, audio.received, audio.size);
    return 1;
}

/* Returns 1 when everything matched and ended cleanly. */
static int run(const char *remote_id, const char *token)
{
    if (!done("TiRtcInit", TiRtcInit())) {
        return 0;
    }
    int matched = 0;
    if (done("TiRtcStart", TiRtcStart(NULL, &callbacks))) { /* without an id: a client, to which no one can connect */
        matched = wait_for(STARTED, "the start") && connect_and_compare(remote_id, token);
        matched &= hang_up();
        TiRtcStop();
        matched &= wait_for(STOPPED, "the stop");
    }
    TiRtcUninit();
    return matched;
}

int main(int argc, char **argv)
{
    const char *token = getenv("TIRTC_TOKEN");
    if (argc != 4) {
        fprintf(stderr, "usage: %s DEVICE_ID VIDEO_FILE AUDIO_FILE\n", argv[0]);
        return 2;
    }
    if (token == NULL || token[0] == '\0') {
        fprintf(stderr, "TIRTC_TOKEN is not set; set it to a token that your backend issued for %s\n", argv[1]);
        return 2;
    }
    if (!clip_load(&video, argv[2]) || !clip_load(&audio, argv[3])) {
        return 2;
    }
    struct sigaction action = {.sa_handler = on_signal};
    if (pipe(event_pipe) != 0 || sigaction(SIGINT, &action, NULL) != 0 || sigaction(SIGTERM, &action, NULL) != 0) {
        perror(argv[0]);
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    TiRtcLogSetLevel(2); /* the log of warnings says more than a code, such as why a token was refused */
    TiRtcLogSetCallback(on_log);
    int matched = run(argv[1], token);
    puts(matched ? "everything matched" : "FAILED, see above");
    clip_free(&video);
    clip_free(&audio);
    return matched ? 0 : 1;
}
