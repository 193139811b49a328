/* The timers of port posix, against a plain array that is searched. */
#include "port/posix/posix_timers.h"

#include "check.h"

enum { TIMERS = 300, ROUNDS = 20000 };

typedef struct model {
    ti_timers_t timers;
    ti_timer_t list[TIMERS];
    uint64_t due_ms[TIMERS]; /* 0: not set */
    uint64_t now_ms;
    uint64_t last_fired_ms;
    int wrong;
} model_t;

static void on_fired(ti_timer_t *timer)
{
    model_t *model = timer->owner;
    size_t index = (size_t)(timer - model->list);
    model->wrong += timer->due_ms != model->due_ms[index] || timer->due_ms > model->now_ms || timer->set;
    model->wrong += timer->due_ms < model->last_fired_ms; /* earliest first */
    model->last_fired_ms = timer->due_ms;
    model->due_ms[index] = 0;
}

static int64_t expected_wait_ms(const model_t *model)
{
    int64_t wait_ms = -1;
    for (int i = 0; i < TIMERS; i++) {
        if (model->due_ms[i] != 0) {
            int64_t left = model->due_ms[i] > model->now_ms ? (int64_t)(model->due_ms[i] - model->now_ms) : 0;
            wait_ms = wait_ms < 0 || left < wait_ms ? left : wait_ms;
        }
    }
    return wait_ms;
}

static uint32_t random_below(uint32_t *state, uint32_t limit)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(*state >> 8) * limit >> 24);
}

TEST(timers_fire_in_order_and_only_when_due)
{
    static model_t model;
    uint32_t state = 1;
    model.now_ms = 1000;
    for (int i = 0; i < TIMERS; i++) {
        model.list[i].fired = on_fired;
        model.list[i].owner = &model;
    }
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t index = random_below(&state, TIMERS);
        if (random_below(&state, 3) == 0) {
            ti_timer_clear(&model.timers, &model.list[index]);
            model.due_ms[index] = 0;
        } else {
            model.due_ms[index] = model.now_ms + 1 + random_below(&state, 500);
            ti_timer_set(&model.timers, &model.list[index], model.due_ms[index]);
        }
        if (random_below(&state, 20) == 0) {
            model.now_ms += random_below(&state, 100);
            model.last_fired_ms = 0;
            ti_timers_fire(&model.timers, model.now_ms);
        }
        int64_t wait_ms = ti_timers_wait_ms(&model.timers, model.now_ms);
        model.wrong += wait_ms != expected_wait_ms(&model) || wait_ms == 0;
    }
    CHECK_EQUAL(model.wrong, 0);
    model.now_ms += 1000;
    model.last_fired_ms = 0;
    ti_timers_fire(&model.timers, model.now_ms);
    CHECK_EQUAL(ti_timers_wait_ms(&model.timers, model.now_ms), -1);
    CHECK_EQUAL(expected_wait_ms(&model), -1);
    CHECK_EQUAL(model.wrong, 0);
}

int main(void)
{
    RUN(timers_fire_in_order_and_only_when_due);
    return check_result();
}
