/* A choice of windows that grows and shrinks, for the steps of a cover: see cover_parts.h. */
#include "cover_parts.h"

#include <string.h>

tg_cover_choice_t tg_cover_choice_begin(apr_pool_t *pool, const tg_cover_question_t *q)
{
    tg_cover_choice_t choice = { .q = q };

    choice.times = apr_pcalloc(pool, (q->clients + (apr_size_t)1) * sizeof(*choice.times));
    choice.chosen = apr_palloc(pool, ((apr_size_t)q->count + 1) * sizeof(*choice.chosen));
    return choice;
}

void tg_cover_choice_add(tg_cover_choice_t *choice, int window)
{
    const tg_cover_window_t *w = &choice->q->windows[window];
    uint32_t i;

    for (i = 0; i < w->count; i++) {
        choice->met += choice->times[w->members[i]]++ == 0;
    }
    choice->cost += w->cost;
    choice->looks += w->count;
    choice->chosen[choice->count++] = window;
}

void tg_cover_choice_remove(tg_cover_choice_t *choice, int place)
{
    const tg_cover_window_t *w = &choice->q->windows[choice->chosen[place]];
    uint32_t i;

    for (i = 0; i < w->count; i++) {
        choice->met -= --choice->times[w->members[i]] == 0;
    }
    choice->cost -= w->cost;
    choice->count--;
    memmove(choice->chosen + place, choice->chosen + place + 1,
            (size_t)(choice->count - place) * sizeof(*choice->chosen));
}

uint32_t tg_cover_choice_gain(tg_cover_choice_t *choice, const tg_cover_window_t *window)
{
    uint32_t i, gain = 0;

    choice->looks += window->count;
    for (i = 0; i < window->count; i++) {
        gain += choice->times[window->members[i]] == 0;
    }
    return gain;
}

int tg_cover_windows_touch(const tg_cover_window_t *a, const tg_cover_window_t *b)
{
    return a->start <= b->end && b->start <= a->end;
}

int tg_cover_choice_touches(const tg_cover_choice_t *choice, const tg_cover_window_t *window)
{
    int i;

    for (i = 0; i < choice->count && !choice->q->may_touch; i++) {
        if (tg_cover_windows_touch(&choice->q->windows[choice->chosen[i]], window)) {
            return 1;
        }
    }
    return 0;
}

void tg_cover_keep(const tg_cover_choice_t *choice, tg_cover_t *to)
{
    to->count = choice->count;
    to->cost = choice->cost;
    to->met = choice->met;
    if (choice->count > 0) {
        memcpy(to->chosen, choice->chosen, (size_t)choice->count * sizeof(*to->chosen));
    }
}

#define BEYOND_ANY_COST 1e18

uint64_t tg_cover_whole(double bound)
{
    uint64_t whole;

    if (bound >= BEYOND_ANY_COST) {
        return UINT64_MAX;
    }
    bound -= 1e-6 + bound * 1e-12;
    if (bound <= 0) {
        return 0;
    }
    whole = (uint64_t)bound;
    return whole + ((double)whole < bound);
}
