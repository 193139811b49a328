#include "name_server.h"

#include <lwip/dns.h>
#include <lwip/udp.h>

#include "base/bytes.h"
#include "world.h"

enum { HEAD_BYTES = 12, MOST_BYTES = 512, TYPE_A = 1, TYPE_AAAA = 28, NO_SUCH_NAME = 3, TTL_S = 1 };

typedef struct question {
    uint8_t message[MOST_BYTES]; /* head and question as received; the answer is made in place */
    size_t size;
    char name[64];
    uint16_t type;
    ip_addr_t from;
    uint16_t port;
} question_t;

static struct udp_pcb *server;
static question_t held;
static bool is_held;

/* Parse the one question of a message. */
static bool read_question(question_t *question)
{
    size_t at = HEAD_BYTES, out = 0;
    while (at < question->size && question->message[at] != 0) {
        size_t label = question->message[at++];
        if (at + label >= question->size || out + label + 1 >= sizeof question->name) {
            return false;
        }
        memcpy(question->name + out, question->message + at, label);
        out += label;
        question->name[out++] = '.';
        at += label;
    }
    if (out == 0 || at + 5 > question->size) {
        return false;
    }
    question->name[out - 1] = '\0';
    question->type = ti_get_u16_be(question->message + at + 1);
    question->size = at + 5;
    return true;
}

static void add_address(question_t *answer, const uint8_t *address, size_t size)
{
    uint8_t *at = answer->message + answer->size;
    ti_put_u16_be(at, 0xc000 | HEAD_BYTES); /* the name of the question */
    ti_put_u16_be(at + 2, answer->type);
    ti_put_u16_be(at + 4, 1);
    ti_put_u32_be(at + 6, TTL_S);
    ti_put_u16_be(at + 10, (uint16_t)size);
    memcpy(at + 12, address, size);
    answer->size += 12 + size;
    ti_put_u16_be(answer->message + 6, (uint16_t)(ti_get_u16_be(answer->message + 6) + 1));
}

static void send_answer(const question_t *answer)
{
    struct pbuf *bytes = pbuf_alloc(PBUF_TRANSPORT, (u16_t)answer->size, PBUF_RAM);
    if (bytes != NULL) {
        pbuf_take(bytes, answer->message, (u16_t)answer->size);
        (void)udp_sendto(server, bytes, &answer->from, answer->port);
        pbuf_free(bytes);
    }
}

static void answer(question_t *question)
{
    static const uint8_t here[] = {127, 0, 0, 1}, far[] = {10, 9, 9, 9}, farther[] = {10, 9, 9, 8};
    static const uint8_t here6[16] = {[15] = 1};
    const char *name = question->name;
    bool many = strcmp(name, "many.test") == 0;
    bool one = strcmp(name, "one.test") == 0 || strcmp(name, "held.test") == 0 || many;
    bool none = strcmp(name, "none.test") == 0;
    bool six = strcmp(name, "six.test") == 0;
    if (!one && !none && !six && strcmp(name, "empty.test") != 0) {
        return;
    }
    ti_put_u16_be(question->message + 2, 0x8180 | (none ? NO_SUCH_NAME : 0));
    memset(question->message + 6, 0, 6);
    if (one && question->type == TYPE_A) {
        add_address(question, here, sizeof here);
    }
    if (many && question->type == TYPE_A) {
        add_address(question, far, sizeof far);
        add_address(question, farther, sizeof farther);
    }
    if (six && question->type == TYPE_AAAA) {
        add_address(question, here6, sizeof here6);
    }
    send_answer(question);
}

static void on_question(void *user, struct udp_pcb *pcb, struct pbuf *bytes, const ip_addr_t *from, u16_t port)
{
    question_t question = {.from = *from, .port = port};
    (void)user;
    (void)pcb;
    question.size = pbuf_copy_partial(bytes, question.message, sizeof question.message / 2, 0);
    pbuf_free(bytes);
    REQUIRE(read_question(&question));
    if (strcmp(question.name, "held.test") == 0) {
        held = question;
        is_held = true;
    } else {
        answer(&question);
    }
}

void name_server_begin(void)
{
    ip_addr_t address = IPADDR4_INIT_BYTES(127, 0, 0, 1);
    world_lock();
    server = udp_new_ip_type(IPADDR_TYPE_V4);
    REQUIRE(server != NULL && udp_bind(server, &address, 53) == ERR_OK);
    udp_recv(server, on_question, NULL);
    dns_setserver(0, &address);
    world_unlock();
}

void name_server_release(void)
{
    world_lock();
    if (is_held) {
        answer(&held);
    }
    is_held = false;
    world_unlock();
}
