/* The ledger: see ledger.h. */
#include "ledger.h"

#include <apr_strings.h>
#include <apr_time.h>
#include <stddef.h>
#include <string.h>

/** How many places are looked at for a kind of connection. */
#define PROBES 32

/** How often a reader begins anew because the parent was collecting, and when. */
#define READS_MAX 50
#define READ_PAUSE apr_time_from_msec(1)

int tg_ledger_schedule_known(const tg_ledger_t *ledger, const char *name)
{
    uint32_t i, used = tg_ledger_schedules(ledger);

    for (i = 0; i < used; i++) {
        if (strcmp(ledger->names[i], name) == 0) {
            return (int)i;
        }
    }
    return TG_LEDGER_NO_SCHEDULE;
}

int tg_ledger_schedule(tg_ledger_t *ledger, const char *name)
{
    int known = tg_ledger_schedule_known(ledger, name);
    uint32_t i = ledger->schedules_used;

    if (known != TG_LEDGER_NO_SCHEDULE) {
        return known;
    }
    if (i == TG_LEDGER_SCHEDULES || strlen(name) > TG_SCHEDULE_NAME_MAX) {
        return TG_LEDGER_NO_SCHEDULE;
    }
    apr_cpystrn(ledger->names[i], name, sizeof(ledger->names[i]));
    __atomic_store_n(&ledger->schedules_used, i + 1, __ATOMIC_RELEASE);
    return (int)i;
}

int tg_ledger_group(tg_ledger_t *ledger, uint32_t mask)
{
    uint32_t i;

    if (ledger->groups_used == 0) { /* the one without schedules */
        __atomic_store_n(&ledger->groups_used, 1, __ATOMIC_RELEASE);
    }
    for (i = 0; i < ledger->groups_used; i++) {
        if (ledger->masks[i] == mask) {
            return (int)i;
        }
    }
    if (i == TG_LEDGER_GROUPS) {
        return 0;
    }
    ledger->masks[i] = mask;
    __atomic_store_n(&ledger->groups_used, i + 1, __ATOMIC_RELEASE);
    return (int)i;
}

int tg_ledger_kind(tg_ledger_t *ledger, tg_census_kind_t kind)
{
    uint32_t key = tg_census_pack(kind);
    uint32_t at = key * 2654435761U >> 24;
    int i;

    for (i = 0; i < PROBES; i++, at++) {
        uint32_t *place = &ledger->kind_keys[at % TG_LEDGER_KINDS];
        uint32_t known = __atomic_load_n(place, __ATOMIC_RELAXED);

        if (at % TG_LEDGER_KINDS == 0) {
            continue; /* for those that find no room */
        }
        if (known == key ||
            (known == 0 && (__atomic_compare_exchange_n(place, &known, key, 0, __ATOMIC_RELAXED,
                                                        __ATOMIC_RELAXED) ||
                            known == key))) {
            return (int)(at % TG_LEDGER_KINDS);
        }
    }
    return 0;
}

/* What all stripes have, for @p count numbers that begin at that distance in each; less what is
 * known of them, which becomes it. In a copy that is torn that may be more: then there is nothing
 * new. */
static void take_new(const tg_ledger_set_t *set, size_t distance, size_t count,
                     tg_ledger_numbers_t *known, uint64_t *more)
{
    uint64_t *before = (uint64_t *)(void *)((char *)known + distance);
    size_t i, s;

    for (i = 0; i < count; i++) {
        uint64_t sum = 0;

        for (s = 0; s < TG_LEDGER_STRIPES; s++) {
            const char *stripe = (const char *)&set->stripes[s].numbers;

            sum += __atomic_load_n((const uint64_t *)(const void *)(stripe + distance) + i,
                                   __ATOMIC_ACQUIRE);
        }
        more[i] = sum > before[i] ? sum - before[i] : 0;
        before[i] = sum;
    }
}

#define COUNTS (sizeof(tg_counts_t) / sizeof(uint64_t))

static void add_to_row(tg_ledger_kept_t *kept, int row, int64_t period, const tg_counts_t *more)
{
    static const tg_counts_t nothing;

    if (memcmp(more, &nothing, sizeof(nothing)) != 0) {
        tg_counts_add(&kept->totals[row], more);
        tg_history_add(&kept->rows[row], period, more);
    }
}

/* Of the requests in hosts of a schedule, those that it does not deprecate. */
static void add_undeprecated(tg_counts_t *own, const tg_counts_t *hosts)
{
    int protocol;

    for (protocol = 0; protocol < TG_PROTOCOLS; protocol++) {
        own->n[protocol][TG_FATE_NONE] = tg_counts_requests(hosts, (tg_protocol_t)protocol) -
                                         tg_counts_requests(own, (tg_protocol_t)protocol);
    }
}

static void gather_requests(const tg_ledger_t *ledger, tg_ledger_kept_t *kept, uint32_t schedules,
                            int k, int64_t period)
{
    const tg_ledger_set_t *set = &ledger->sets[k];
    tg_counts_t own[TG_LEDGER_SCHEDULES], hosts[TG_LEDGER_SCHEDULES], all, group;
    uint32_t groups = __atomic_load_n(&ledger->groups_used, __ATOMIC_ACQUIRE), g, s;

    memset(&all, 0, sizeof(all));
    memset(hosts, 0, sizeof(hosts));
    /* In this order: a request that is seen in a schedule is seen in its host. */
    for (s = 0; s < schedules; s++) {
        take_new(set, offsetof(tg_ledger_numbers_t, schedules) + s * sizeof(tg_counts_t), COUNTS,
                 &kept->known[k], &own[s].n[0][0]);
    }
    for (g = 0; g < groups; g++) {
        take_new(set, offsetof(tg_ledger_numbers_t, groups) + g * sizeof(tg_counts_t), COUNTS,
                 &kept->known[k], &group.n[0][0]);
        tg_counts_add(&all, &group);
        for (s = 0; s < schedules; s++) {
            if (ledger->masks[g] >> s & 1) {
                tg_counts_add(&hosts[s], &group);
            }
        }
    }
    add_to_row(kept, TG_LEDGER_ROW_ALL, period, &all);
    for (s = 0; s < schedules; s++) {
        add_undeprecated(&own[s], &hosts[s]);
        add_to_row(kept, 1 + (int)s, period, &own[s]);
    }
}

static void gather_connections(const tg_ledger_t *ledger, tg_ledger_kept_t *kept, int k,
                               int64_t period)
{
    const tg_ledger_set_t *set = &ledger->sets[k];
    int64_t day = period / TG_HISTORY_PERIODS_A_DAY;
    tg_ledger_census_day_t *place = &kept->days[day % TG_HISTORY_DAYS];
    uint64_t more[TG_LEDGER_KINDS];
    int i;

    take_new(set, offsetof(tg_ledger_numbers_t, kinds), TG_LEDGER_KINDS, &kept->known[k], more);
    for (i = 0; i < TG_LEDGER_KINDS; i++) {
        if (more[i] == 0) {
            continue;
        }
        if (place->number != day) {
            memset(place, 0, sizeof(*place));
            place->number = day;
        }
        kept->kinds[i] += more[i];
        place->kinds[i] += more[i];
    }
}

/* Adds what was counted since to what is kept, for that number of schedules. */
static void gather_all(const tg_ledger_t *ledger, tg_ledger_kept_t *kept, uint32_t schedules,
                       int64_t now)
{
    int64_t newest = now / TG_HISTORY_PERIOD, period;

    /* The older period first, so that the newer one keeps a place that both want. */
    for (period = newest - TG_LEDGER_SETS + 1; period <= newest; period++) {
        int k = (int)(period & (TG_LEDGER_SETS - 1));

        gather_requests(ledger, kept, schedules, k, period);
        gather_connections(ledger, kept, k, period);
    }
}

void tg_ledger_collect(tg_ledger_t *ledger, int64_t now)
{
    __atomic_fetch_add(&ledger->changes, 1, __ATOMIC_SEQ_CST);
    gather_all(ledger, &ledger->kept, ledger->schedules_used, now);
    ledger->collected = now;
    __atomic_fetch_add(&ledger->changes, 1, __ATOMIC_SEQ_CST);
}

/* Copies so many bytes of what was collected, and the total of all, as they are between two times
 * that the parent collects. */
static void copy_collected(tg_ledger_t *ledger, void *copy, size_t size, tg_counts_t *total)
{
    uint32_t before, after;
    int tries = 0;

    do {
        if (tries > 0) {
            apr_sleep(READ_PAUSE);
        }
        before = __atomic_load_n(&ledger->changes, __ATOMIC_SEQ_CST);
        memcpy(copy, &ledger->kept, size);
        *total = ledger->kept.totals[TG_LEDGER_ROW_ALL];
        /* No read of the copy moves past a read that also writes; ThreadSanitizer knows no
         * fence. */
        after = __atomic_fetch_add(&ledger->changes, 0, __ATOMIC_SEQ_CST);
    } while ((before != after || (before & 1)) && ++tries < READS_MAX);
}

tg_counts_t tg_ledger_total(tg_ledger_t *ledger, apr_pool_t *pool)
{
    tg_ledger_numbers_t *known = apr_palloc(pool, sizeof(ledger->kept.known));
    uint32_t groups = __atomic_load_n(&ledger->groups_used, __ATOMIC_ACQUIRE), g;
    tg_counts_t total, more;
    int k;

    copy_collected(ledger, known, sizeof(ledger->kept.known), &total);
    for (k = 0; k < TG_LEDGER_SETS; k++) {
        for (g = 0; g < groups; g++) {
            take_new(&ledger->sets[k],
                     offsetof(tg_ledger_numbers_t, groups) + g * sizeof(tg_counts_t), COUNTS,
                     &known[k], &more.n[0][0]);
            tg_counts_add(&total, &more);
        }
    }
    return total;
}

const tg_ledger_kept_t *tg_ledger_read(tg_ledger_t *ledger, apr_pool_t *pool, int64_t now)
{
    /* Once: a graceful restart may add one meanwhile, for which the copy has no room. */
    uint32_t schedules = tg_ledger_schedules(ledger);
    size_t size = offsetof(tg_ledger_kept_t, rows) + (1 + schedules) * sizeof(tg_history_t);
    tg_ledger_kept_t *copy = apr_palloc(pool, size);
    tg_counts_t total;

    copy_collected(ledger, copy, size, &total);
    gather_all(ledger, copy, schedules, now);
    return copy;
}
