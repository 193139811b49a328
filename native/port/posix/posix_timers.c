#include "posix_timers.h"

#include <stddef.h>

/** Merge two heaps. Both arguments are roots (next and previous are NULL), and either may be NULL. */
static ti_timer_t *meld(ti_timer_t *a, ti_timer_t *b)
{
    if (a == NULL || b == NULL) {
        return a == NULL ? b : a;
    }
    if (b->due_ms < a->due_ms) {
        ti_timer_t *earlier = b;
        b = a;
        a = earlier;
    }
    b->previous = a;
    b->next = a->child;
    if (b->next != NULL) {
        b->next->previous = b;
    }
    a->child = b;
    return a;
}

/** Merge a list of children into one heap: first in pairs, then all pairs; this order keeps it O(log n). */
static ti_timer_t *meld_children(ti_timer_t *first)
{
    ti_timer_t *pairs = NULL;
    while (first != NULL) {
        ti_timer_t *a = first;
        ti_timer_t *b = a->next;
        first = b == NULL ? NULL : b->next;
        a->next = a->previous = NULL;
        if (b != NULL) {
            b->next = b->previous = NULL;
        }
        a = meld(a, b);
        a->next = pairs;
        pairs = a;
    }
    ti_timer_t *root = NULL;
    while (pairs != NULL) {
        ti_timer_t *pair = pairs;
        pairs = pair->next;
        pair->next = NULL;
        root = meld(root, pair);
    }
    return root;
}

void ti_timer_clear(ti_timers_t *timers, ti_timer_t *timer)
{
    if (!timer->set) {
        return;
    }
    ti_timer_t *children = meld_children(timer->child);
    if (timer == timers->root) {
        timers->root = children;
    } else {
        if (timer->previous->child == timer) {
            timer->previous->child = timer->next;
        } else {
            timer->previous->next = timer->next;
        }
        if (timer->next != NULL) {
            timer->next->previous = timer->previous;
        }
        timers->root = meld(timers->root, children);
    }
    timer->child = timer->next = timer->previous = NULL;
    timer->set = false;
}

void ti_timer_set(ti_timers_t *timers, ti_timer_t *timer, uint64_t due_ms)
{
    if (timer->set && timer->due_ms == due_ms) {
        return;
    }
    ti_timer_clear(timers, timer);
    timer->due_ms = due_ms;
    timer->set = true;
    timers->root = meld(timers->root, timer);
}

int64_t ti_timers_wait_ms(const ti_timers_t *timers, uint64_t now_ms)
{
    if (timers->root == NULL) {
        return -1;
    }
    return timers->root->due_ms > now_ms ? (int64_t)(timers->root->due_ms - now_ms) : 0;
}

void ti_timers_fire(ti_timers_t *timers, uint64_t now_ms)
{
    while (timers->root != NULL && timers->root->due_ms <= now_ms) {
        ti_timer_t *timer = timers->root;
        ti_timer_clear(timers, timer);
        timer->fired(timer);
    }
}
