/* Writes a file of the ledger with a past: made_ledger NOW SCHEDULE, where the first instant is the end
 * of ninety days in which fewer and fewer requests are old. For pictures: the numbers are invented. */
#include "unit.h"

#include "ledger/ledger_file.h"

#include <stdlib.h>

#define DAY INT64_C(86400)
#define DAYS 88 /* and the last one */

/* Old requests in a thousand: slowly fewer, and fewer sooner after the trial. */
static uint64_t old_share(int day)
{
    return day < 73 ? 62 - (uint64_t)day / 4 : 36 - 2 * (uint64_t)(day - 73);
}

/* Weekends have half of a workday. */
static uint64_t requests_of_day(int64_t day)
{
    uint64_t wanders = (uint64_t)(day * 7919 % 97);

    return ((day + 3) % 7 >= 5 ? 21000 : 42000) + 40 * wanders;
}

static void count_many(uint64_t *counter, uint64_t n)
{
    *counter += n;
}

static void count_old(tg_ledger_numbers_t *numbers, int group, int schedule, uint64_t n,
                      tg_fate_t fate)
{
    count_many(&numbers->groups[group].n[TG_PROTOCOL_TLS1_0][fate], n * 2 / 3);
    count_many(&numbers->groups[group].n[TG_PROTOCOL_TLS1_1][fate], n / 3);
    count_many(&numbers->schedules[schedule].n[TG_PROTOCOL_TLS1_0][fate], n * 2 / 3);
    count_many(&numbers->schedules[schedule].n[TG_PROTOCOL_TLS1_1][fate], n / 3);
}

static void count_offers(tg_ledger_t *ledger, tg_ledger_numbers_t *numbers, tg_census_kind_t kind,
                         uint64_t n)
{
    tg_census_kind_t hello = kind;

    hello.got = TG_CENSUS_HELLO;
    hello.group = 0;
    count_many(&numbers->kinds[tg_ledger_kind(ledger, hello)], n);
    count_many(&numbers->kinds[tg_ledger_kind(ledger, kind)], n);
}

static void count_day(tg_ledger_t *ledger, int64_t noon, int day, int group, int schedule)
{
    static const tg_census_kind_t modern = { TG_PROTOCOL_TLS1_3, 0, TG_PROTOCOL_TLS1_2, 29 },
                                  plain = { TG_PROTOCOL_TLS1_2, 0, TG_PROTOCOL_TLS1_2, 23 },
                                  old = { TG_PROTOCOL_TLS1_0, 0, TG_PROTOCOL_TLS1_0, 23 };
    tg_ledger_numbers_t *numbers = tg_ledger_numbers_at(ledger, 0, noon / TG_HISTORY_PERIOD);
    uint64_t all = requests_of_day(noon / DAY), n = all * old_share(day) / 1000;

    count_old(numbers, group, schedule, n, TG_FATE_WARN);
    count_many(&numbers->groups[group].n[TG_PROTOCOL_TLS1_2][TG_FATE_NONE], all - n);
    count_offers(ledger, numbers, modern, all * 7 / 10);
    count_offers(ledger, numbers, plain, all * 3 / 10 - n);
    count_offers(ledger, numbers, old, n);
    tg_ledger_collect(ledger, noon);
}

/* The trial of 10 July 2018, from 09:00 to 10:23. */
static void count_trial(tg_ledger_t *ledger, int group, int schedule)
{
    int64_t t = INT64_C(1531213200);
    int i;

    for (i = 0; i < 16; i++, t += TG_HISTORY_PERIOD) {
        tg_ledger_numbers_t *numbers = tg_ledger_numbers_at(ledger, 0, t / TG_HISTORY_PERIOD);

        count_old(numbers, group, schedule, 6, TG_FATE_REJECT);
        count_many(&numbers->groups[group].n[TG_PROTOCOL_TLS1_2][TG_FATE_NONE], 150);
        tg_ledger_collect(ledger, t);
    }
}

static tg_ledger_t *ledger_with_past(tg_instant_t now, const char *name)
{
    tg_ledger_t *ledger = aligned_alloc(_Alignof(tg_ledger_t), sizeof(*ledger));
    int schedule, group, day;

    memset(ledger, 0, sizeof(*ledger));
    ledger->since = now - DAYS * DAY;
    schedule = tg_ledger_schedule(ledger, name);
    group = tg_ledger_group(ledger, 1U << schedule);
    for (day = 0; day < DAYS; day++) {
        int64_t noon = (now / DAY - DAYS + day) * DAY + DAY / 2;

        if (noon / DAY == INT64_C(1531213200) / DAY) {
            count_trial(ledger, group, schedule);
        }
        count_day(ledger, noon, day, group, schedule);
    }
    count_day(ledger, now - 1, DAYS, group, schedule);
    return ledger;
}

int main(int argc, char **argv)
{
    tg_ledger_file_t what = { 0 };
    const char *bytes;
    size_t length;

    if (argc != 3 || apr_initialize() != APR_SUCCESS) {
        return 2;
    }
    apr_pool_create(&unit_pool, NULL);
    what.time = at(argv[1]);
    what.ledger = ledger_with_past(what.time, argv[2]);
    what.kept = tg_ledger_read(what.ledger, unit_pool, what.time);
    bytes = tg_ledger_file_write(unit_pool, &what, &length);
    return bytes && fwrite(bytes, 1, length, stdout) == length ? 0 : 1;
}
