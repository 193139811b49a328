#include "peer_words.h"

#include <string.h>

enum { DRIP_MS = 3 };

uint8_t peer_byte(uint32_t offset)
{
    return (uint8_t)(offset * 7 + offset / 251);
}

peer_pipe_t *peer_arrive(peer_t *peer)
{
    for (int i = 0; i < PEER_PIPES; i++) {
        peer_pipe_t *pipe = &peer->pipes[i];
        if (!pipe->used) {
            memset(pipe, 0, offsetof(peer_pipe_t, out));
            pipe->used = true;
            return pipe;
        }
    }
    return NULL;
}

static void say(peer_pipe_t *pipe, const char *text)
{
    size_t size = strlen(text);
    memcpy(pipe->out + pipe->out_size, text, size);
    pipe->out_size += size;
}

static void say_number(peer_pipe_t *pipe, uint32_t number)
{
    char digits[12];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    say(pipe, digits + at);
}

static void answer_seen(const peer_t *peer, peer_pipe_t *pipe)
{
    uint32_t name = pipe->numbers[0] % PEER_NAMES;
    bool open = false;
    for (int i = 0; i < PEER_PIPES; i++) {
        const peer_pipe_t *other = &peer->pipes[i];
        open |= other->used && other->word == 'n' && other->numbers[0] == name;
    }
    say(pipe, open ? "open\n" : peer->named[name] ? "gone\n" : "none\n");
}

static void answer_count(const peer_t *peer, peer_pipe_t *pipe)
{
    uint32_t count = 0;
    for (int i = 0; i < PEER_PIPES; i++) {
        count += peer->pipes[i].used ? 1 : 0;
    }
    say_number(pipe, count);
    say(pipe, "\n");
}

static void wait_for(peer_t *peer, peer_pipe_t *pipe, uint32_t ms)
{
    pipe->waiting = true;
    pipe->due_ms = peer->now_ms + ms;
}

static void obey(peer_t *peer, peer_pipe_t *pipe)
{
    switch (pipe->word) {
    case 'g': /* give */
    case 'd': /* drip */
        pipe->left = pipe->numbers[0];
        break;
    case 't': /* take */
        pipe->left = pipe->numbers[0];
        wait_for(peer, pipe, pipe->numbers[1]);
        break;
    case 'e': /* end; echo has no number */
    case 'r': /* reset */
        pipe->left = pipe->numbers[1];
        wait_for(peer, pipe, pipe->numbers[0]);
        break;
    case 'n': /* name */
        pipe->numbers[0] %= PEER_NAMES;
        peer->named[pipe->numbers[0]] = true;
        break;
    case 's': /* seen */
        answer_seen(peer, pipe);
        break;
    case 'c': /* count */
        answer_count(peer, pipe);
        break;
    default:
        say(pipe, "what?\n");
        pipe->verdict = PEER_END;
    }
}

static void read_line(peer_t *peer, peer_pipe_t *pipe)
{
    const char *at = pipe->line;
    for (int i = 0; i < 2; i++) {
        while (*at != '\0' && (*at < '0' || *at > '9')) {
            at++;
        }
        while (*at >= '0' && *at <= '9') {
            pipe->numbers[i] = pipe->numbers[i] * 10 + (uint32_t)(*at++ - '0');
        }
    }
    pipe->word = strcmp(pipe->line, "echo") == 0 ? 'E' : pipe->line[0];
    if (pipe->word != 'E') {
        obey(peer, pipe);
    }
}

static size_t room(const peer_pipe_t *pipe)
{
    return sizeof pipe->out - pipe->out_size;
}

size_t peer_wants(const peer_pipe_t *pipe)
{
    if (pipe->word == 'E') {
        return room(pipe);
    }
    if (pipe->word == 't' && (pipe->waiting || pipe->left > 0)) {
        return pipe->waiting ? 0 : pipe->left;
    }
    return 1; /* read the first line byte by byte, and nothing after it */
}

static void take(peer_pipe_t *pipe, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        pipe->bad |= data[i] != peer_byte(pipe->offset++);
    }
    pipe->left -= (uint32_t)size;
    if (pipe->left == 0) {
        say(pipe, pipe->bad ? "bad\n" : "good\n");
    }
}

void peer_feed(peer_t *peer, peer_pipe_t *pipe, const uint8_t *data, size_t size)
{
    if (pipe->word == 'E') {
        memcpy(pipe->out + pipe->out_size, data, size);
        pipe->out_size += size;
    } else if (pipe->word == 't' && pipe->left > 0) {
        take(pipe, data, size);
    } else if (pipe->word == 0 && data[0] == '\n') {
        read_line(peer, pipe);
    } else if (pipe->word == 0 && pipe->line_size < sizeof pipe->line - 1) {
        pipe->line[pipe->line_size++] = (char)data[0];
    }
}

static void give(peer_pipe_t *pipe, size_t most)
{
    while (pipe->left > 0 && most > 0 && room(pipe) > 0) {
        pipe->out[pipe->out_size++] = peer_byte(pipe->offset++);
        pipe->left--;
        most--;
    }
}

static void go_on(peer_t *peer, peer_pipe_t *pipe)
{
    if (pipe->waiting && (int32_t)(peer->now_ms - pipe->due_ms) < 0) {
        return;
    }
    pipe->waiting = false;
    if (pipe->word == 'g' || pipe->word == 'e') {
        give(pipe, sizeof pipe->out);
    } else if (pipe->word == 'd' && pipe->left > 0) {
        give(pipe, 1);
        wait_for(peer, pipe, DRIP_MS);
    }
    if (pipe->word == 'e' && pipe->left == 0) {
        pipe->verdict = PEER_END;
    } else if (pipe->word == 'r') {
        pipe->verdict = PEER_RESET;
    }
}

void peer_tick(peer_t *peer, uint32_t now_ms)
{
    peer->now_ms = now_ms;
    for (int i = 0; i < PEER_PIPES; i++) {
        if (peer->pipes[i].used) {
            go_on(peer, &peer->pipes[i]);
        }
    }
}

void peer_sent(peer_pipe_t *pipe, size_t size)
{
    pipe->out_size -= size;
    memmove(pipe->out, pipe->out + size, pipe->out_size);
}

void peer_leave(peer_pipe_t *pipe)
{
    pipe->used = false;
}
