/* Windows: see window.h. */
#include "window.h"

#define WINDOWS_OF(array) ((tg_window_t *)(void *)(array)->elts)

/* From the last to the first: what follows is linked already. */
static void link_following(tg_window_t *w, int n)
{
    int i, next;

    for (i = n - 1; i >= 0; i--) {
        for (next = i + 1; next < n && w[next].share <= w[i].share;) {
            next = w[next].wider;
        }
        w[i].wider = next;
        for (next = i + 1; next < n && w[next].share >= w[i].share;) {
            next = w[next].narrower;
        }
        w[i].narrower = next;
        w[i].run = i + 1 < n && w[i + 1].interval.start == w[i].interval.end ? w[i + 1].run : i;
    }
}

/* The other way round. */
static void link_preceding(tg_window_t *w, int n)
{
    int i, before;

    for (i = 0; i < n; i++) {
        for (before = i - 1; before >= 0 && w[before].share >= w[i].share;) {
            before = w[before].narrower_before;
        }
        w[i].narrower_before = before;
        w[i].first = i > 0 && w[i - 1].interval.end == w[i].interval.start ? w[i - 1].first : i;
    }
}

void tg_window_link(apr_array_header_t *windows)
{
    link_following(WINDOWS_OF(windows), windows->nelts);
    link_preceding(WINDOWS_OF(windows), windows->nelts);
}

/* The index of the first window that ends after t, or the number of windows. */
static int window_after(const apr_array_header_t *windows, tg_instant_t t)
{
    int low = 0, high = windows->nelts;

    while (low < high) {
        int middle = low + (high - low) / 2;

        if (WINDOWS_OF(windows)[middle].interval.end > t) {
            high = middle;
        }
        else {
            low = middle + 1;
        }
    }
    return low;
}

const tg_window_t *tg_window_next(const apr_array_header_t *windows, tg_instant_t t, int bucket)
{
    const tg_window_t *w = WINDOWS_OF(windows);
    int i = window_after(windows, t);

    while (i < windows->nelts && bucket >= w[i].share) {
        i = w[i].wider;
    }
    return i < windows->nelts ? &w[i] : NULL;
}

const tg_window_t *tg_window_open(const apr_array_header_t *windows, tg_instant_t t, int bucket)
{
    const tg_window_t *window = tg_window_next(windows, t, bucket);

    return window && tg_interval_has(&window->interval, t) ? window : NULL;
}

tg_instant_t tg_window_run_start(const apr_array_header_t *windows, const tg_window_t *window,
                                 int bucket)
{
    const tg_window_t *w = WINDOWS_OF(windows);
    int out = window->narrower_before;

    while (out >= window->first && bucket < w[out].share) {
        out = w[out].narrower_before;
    }
    return out >= window->first ? w[out].interval.end : w[window->first].interval.start;
}

tg_instant_t tg_window_run_end(const apr_array_header_t *windows, const tg_window_t *window,
                               int bucket)
{
    const tg_window_t *w = WINDOWS_OF(windows);
    int out = window->narrower;

    while (out <= window->run && bucket < w[out].share) {
        out = w[out].narrower;
    }
    return out <= window->run ? w[out].interval.start : w[window->run].interval.end;
}
