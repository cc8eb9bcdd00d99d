/* Lengths and distances in time, as people read them. */
#include "unit.h"

#include "base/relative.h"

#define DAY INT64_C(86400)

static const struct {
    int64_t seconds;
    const char *text;
} lengths[] = {
    { 0, "0 s" },
    { 1, "1 s" },
    { 59, "59 s" },
    { 60, "1 min" },
    { 89, "1 min" },
    { 90, "2 min" },
    { 3569, "59 min" },
    { 3570, "1 h" }, /* rounded: never 60 min */
    { 3600, "1 h" },
    { 3629, "1 h" },
    { 3900, "1 h 5 min" },
    { 7199, "2 h" }, /* one second after --for 2h */
    { 86369, "23 h 59 min" },
    { 86370, "1 day" },
    { DAY, "1 day" },
    { DAY + 3 * 3600, "1 day 3 h" },
    { 2 * DAY, "2 days" },
    { 7 * DAY - 1801, "6 days 23 h" },
    { 7 * DAY - 1800, "7 days" },
    { 7 * DAY, "7 days" },
    { 7 * DAY + 43199, "7 days" },
    { 66 * DAY, "66 days" },
    { 400 * DAY, "400 days" },
    { TG_INSTANT_MAX - TG_INSTANT_MIN, "3652425 days" },
};

static void lengths_are_told(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(lengths); i++) {
        same_text(tg_relative_length(unit_pool, lengths[i].seconds), lengths[i].text,
                  lengths[i].text);
    }
}

static const struct {
    tg_instant_t t;
    const char *text;
} distances[] = {
    { 1000, "now" },
    { 1001, "in 1 s" },
    { 999, "1 s ago" },
    { 1000 + 7199, "in 2 h" },
    { 1000 - 3900, "1 h 5 min ago" },
    { 1000 + 66 * DAY, "in 66 days" },
};

static void distances_are_told(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(distances); i++) {
        same_text(tg_relative_text(unit_pool, distances[i].t, 1000), distances[i].text,
                  distances[i].text);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(lengths_are_told),
    cmocka_unit_test(distances_are_told),
};

UNIT_MAIN(tests)
