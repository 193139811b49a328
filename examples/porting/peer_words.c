#include "peer_words.h"

#include <string.h>

enum { DRIP_MS = 3 };

uint8_t peer_byte(uint32_t offset)
{
    return (uint8_t)(offset * 7 + offset / 251);
}

peer_link_t *peer_arrive(peer_t *peer)
{
    for (int i = 0; i < PEER_LINKS; i++) {
        peer_link_t *link = &peer->links[i];
        if (!link->used) {
            memset(link, 0, offsetof(peer_link_t, out));
            link->used = true;
            return link;
        }
    }
    return NULL;
}

static void say(peer_link_t *link, const char *text)
{
    size_t size = strlen(text);
    memcpy(link->out + link->out_size, text, size);
    link->out_size += size;
}

static void say_number(peer_link_t *link, uint32_t number)
{
    char digits[12];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    say(link, digits + at);
}

static void answer_seen(const peer_t *peer, peer_link_t *link)
{
    uint32_t name = link->numbers[0] % PEER_NAMES;
    bool open = false;
    for (int i = 0; i < PEER_LINKS; i++) {
        const peer_link_t *other = &peer->links[i];
        open |= other->used && other->word == 'n' && other->numbers[0] == name;
    }
    say(link, open ? "open\n" : peer->named[name] ? "gone\n" : "none\n");
}

static void answer_count(const peer_t *peer, peer_link_t *link)
{
    uint32_t count = 0;
    for (int i = 0; i < PEER_LINKS; i++) {
        count += peer->links[i].used ? 1 : 0;
    }
    say_number(link, count);
    say(link, "\n");
}

static void wait_for(peer_t *peer, peer_link_t *link, uint32_t ms)
{
    link->waiting = true;
    link->due_ms = peer->now_ms + ms;
}

static void obey(peer_t *peer, peer_link_t *link)
{
    switch (link->word) {
    case 'g': /* give */
    case 'd': /* drip */
        link->left = link->numbers[0];
        break;
    case 't': /* take */
        link->left = link->numbers[0];
        wait_for(peer, link, link->numbers[1]);
        break;
    case 'e': /* end; echo has no number */
    case 'r': /* reset */
        link->left = link->numbers[1];
        wait_for(peer, link, link->numbers[0]);
        break;
    case 'n': /* name */
        link->numbers[0] %= PEER_NAMES;
        peer->named[link->numbers[0]] = true;
        break;
    case 's': /* seen */
        answer_seen(peer, link);
        break;
    case 'c': /* count */
        answer_count(peer, link);
        break;
    default:
        say(link, "what?\n");
        link->verdict = PEER_END;
    }
}

static void read_line(peer_t *peer, peer_link_t *link)
{
    const char *at = link->line;
    for (int i = 0; i < 2; i++) {
        while (*at != '\0' && (*at < '0' || *at > '9')) {
            at++;
        }
        while (*at >= '0' && *at <= '9') {
            link->numbers[i] = link->numbers[i] * 10 + (uint32_t)(*at++ - '0');
        }
    }
    link->word = strcmp(link->line, "echo") == 0 ? 'E' : link->line[0];
    if (link->word != 'E') {
        obey(peer, link);
    }
}

static size_t room(const peer_link_t *link)
{
    return sizeof link->out - link->out_size;
}

size_t peer_wants(const peer_link_t *link)
{
    if (link->word == 'E') {
        return room(link);
    }
    if (link->word == 't' && (link->waiting || link->left > 0)) {
        return link->waiting ? 0 : link->left;
    }
    return 1; /* of the first line no more than it has */
}

static void take(peer_link_t *link, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        link->bad |= data[i] != peer_byte(link->offset++);
    }
    link->left -= (uint32_t)size;
    if (link->left == 0) {
        say(link, link->bad ? "bad\n" : "good\n");
    }
}

void peer_feed(peer_t *peer, peer_link_t *link, const uint8_t *data, size_t size)
{
    if (link->word == 'E') {
        memcpy(link->out + link->out_size, data, size);
        link->out_size += size;
    } else if (link->word == 't' && link->left > 0) {
        take(link, data, size);
    } else if (link->word == 0 && data[0] == '\n') {
        read_line(peer, link);
    } else if (link->word == 0 && link->line_size < sizeof link->line - 1) {
        link->line[link->line_size++] = (char)data[0];
    }
}

static void give(peer_link_t *link, size_t most)
{
    while (link->left > 0 && most > 0 && room(link) > 0) {
        link->out[link->out_size++] = peer_byte(link->offset++);
        link->left--;
        most--;
    }
}

static void go_on(peer_t *peer, peer_link_t *link)
{
    if (link->waiting && (int32_t)(peer->now_ms - link->due_ms) < 0) {
        return;
    }
    link->waiting = false;
    if (link->word == 'g' || link->word == 'e') {
        give(link, sizeof link->out);
    } else if (link->word == 'd' && link->left > 0) {
        give(link, 1);
        wait_for(peer, link, DRIP_MS);
    }
    if (link->word == 'e' && link->left == 0) {
        link->verdict = PEER_END;
    } else if (link->word == 'r') {
        link->verdict = PEER_RESET;
    }
}

void peer_tick(peer_t *peer, uint32_t now_ms)
{
    peer->now_ms = now_ms;
    for (int i = 0; i < PEER_LINKS; i++) {
        if (peer->links[i].used) {
            go_on(peer, &peer->links[i]);
        }
    }
}

void peer_sent(peer_link_t *link, size_t size)
{
    link->out_size -= size;
    memmove(link->out, link->out + size, link->out_size);
}

void peer_leave(peer_link_t *link)
{
    link->used = false;
}
