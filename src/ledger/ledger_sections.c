/* What is in each section of the file of the ledger: see ledger_sections.h. */
#include "ledger_sections.h"

#include <string.h>

#define SECONDS_A_DAY 86400

/* --- when --- */

static void keep_times(tg_ledger_out_t *out, const tg_ledger_file_t *what)
{
    tg_ledger_bytes_put(out, (uint64_t)what->time, 8);
    tg_ledger_bytes_put(out, (uint64_t)what->ledger->since, 8);
}

static void restore_times(tg_ledger_in_t *in, tg_ledger_file_t *what)
{
    what->time = tg_ledger_bytes_get_time(in);
    what->ledger->since = tg_ledger_bytes_get_time(in);
}

/* --- requests --- */

/* What is zero is left out, so that a program with one more protocol or fate reads it as it is. */
static void write_counts(tg_ledger_out_t *out, const tg_counts_t *counts)
{
    size_t place = out->length;
    unsigned used = 0;
    int protocol, fate;

    tg_ledger_bytes_put(out, 0, 1);
    for (protocol = 0; protocol < TG_PROTOCOLS; protocol++) {
        for (fate = 0; fate < TG_FATES; fate++) {
            if (counts->n[protocol][fate]) {
                tg_ledger_bytes_put(out, (uint64_t)protocol, 1);
                tg_ledger_bytes_put(out, (uint64_t)fate, 1);
                tg_ledger_bytes_put(out, counts->n[protocol][fate], 8);
                used++;
            }
        }
    }
    tg_ledger_bytes_put_at(out, place, used, 1);
}

static void read_counts(tg_ledger_in_t *in, tg_counts_t *counts)
{
    unsigned left = (unsigned)tg_ledger_bytes_get(in, 1);

    memset(counts, 0, sizeof(*counts));
    while (left-- > 0 && in->is_whole) {
        uint64_t protocol = tg_ledger_bytes_get_most(in, 1, TG_PROTOCOLS - 1);
        uint64_t fate = tg_ledger_bytes_get_most(in, 1, TG_FATES - 1);

        counts->n[protocol][fate] = tg_ledger_bytes_get(in, 8);
    }
}

static void write_places(tg_ledger_out_t *out, const tg_history_place_t *places, int count)
{
    size_t place = out->length;
    unsigned used = 0;
    int i;

    tg_ledger_bytes_put(out, 0, 2);
    for (i = 0; i < count; i++) {
        if (places[i].number) {
            tg_ledger_bytes_put(out, (uint64_t)places[i].number, 8);
            write_counts(out, &places[i].counts);
            used++;
        }
    }
    tg_ledger_bytes_put_at(out, place, used, 2);
}

/* Each belongs where its number puts it. @return the newest number; 0: there is none */
static int64_t read_places(tg_ledger_in_t *in, tg_history_place_t *places, int count)
{
    uint64_t left = tg_ledger_bytes_get_most(in, 2, (uint64_t)count);
    int64_t newest = 0;

    while (left-- > 0 && in->is_whole) {
        int64_t number = tg_ledger_bytes_get_time(in);
        tg_history_place_t *place = &places[number % count];

        place->number = number;
        read_counts(in, &place->counts);
        newest = number > newest ? number : newest;
    }
    return newest;
}

static void write_row(tg_ledger_out_t *out, const char *name, const tg_ledger_kept_t *kept, int row)
{
    tg_ledger_bytes_put_text(out, name);
    write_counts(out, &kept->totals[row]);
    write_places(out, kept->rows[row].periods, TG_HISTORY_PERIODS);
    write_places(out, kept->rows[row].days, TG_HISTORY_DAYS);
}

static void write_requests(tg_ledger_out_t *out, const tg_ledger_file_t *what)
{
    uint32_t i;

    tg_ledger_bytes_put(out, what->ledger->schedules_used, 2);
    write_row(out, "", what->kept, TG_LEDGER_ROW_ALL);
    for (i = 0; i < what->ledger->schedules_used; i++) {
        write_row(out, what->ledger->names[i], what->kept, 1 + (int)i);
    }
}

/* A schedule that is no longer configured stays while one of its days is kept and there is room. */
static int row_of_schedule(tg_ledger_file_t *what, const char *name, int64_t newest_day)
{
    int number = TG_LEDGER_NO_SCHEDULE;

    if (tg_ledger_schedule_known(what->ledger, name) != TG_LEDGER_NO_SCHEDULE ||
        newest_day > what->time / SECONDS_A_DAY - TG_HISTORY_DAYS) {
        number = tg_ledger_schedule(what->ledger, name);
    }
    return number == TG_LEDGER_NO_SCHEDULE ? -1 : 1 + number;
}

static void read_row(tg_ledger_in_t *in, tg_ledger_file_t *what, int is_all)
{
    tg_ledger_kept_t *kept = &what->ledger->kept;
    char name[TG_SCHEDULE_NAME_MAX + 1];
    tg_counts_t totals;
    tg_history_t history;
    int64_t newest;
    int row;

    memset(&history, 0, sizeof(history));
    tg_ledger_bytes_get_text(in, name, sizeof(name));
    read_counts(in, &totals);
    read_places(in, history.periods, TG_HISTORY_PERIODS);
    newest = read_places(in, history.days, TG_HISTORY_DAYS);
    if ((*name == '\0') != is_all) {
        in->is_whole = 0;
        return;
    }
    row = is_all ? TG_LEDGER_ROW_ALL : row_of_schedule(what, name, newest);
    if (in->is_whole && row >= 0) {
        kept->totals[row] = totals;
        kept->rows[row] = history;
    }
}

static void read_requests(tg_ledger_in_t *in, tg_ledger_file_t *what)
{
    uint64_t left = tg_ledger_bytes_get_most(in, 2, TG_LEDGER_SCHEDULES);

    read_row(in, what, 1);
    while (left-- > 0 && in->is_whole) {
        read_row(in, what, 0);
    }
}

/* --- connections --- */

/* Only of those that are used, each with its number in this memory; the first has no key. */
static void write_kinds(tg_ledger_out_t *out, const tg_ledger_t *ledger, const uint64_t *kinds)
{
    size_t place = out->length;
    unsigned used = 0;
    int i;

    tg_ledger_bytes_put(out, 0, 2);
    for (i = 0; i < TG_LEDGER_KINDS; i++) {
        if (kinds[i]) {
            tg_ledger_bytes_put(out, ledger->kind_keys[i], 4);
            tg_ledger_bytes_put(out, kinds[i], 8);
            used++;
        }
    }
    tg_ledger_bytes_put_at(out, place, used, 2);
}

/* Version 1 had one number for both, that of the protocol after TLS 1.3. */
#define VERSION_1_OTHER 7U

static tg_census_kind_t kind_of_version_1(tg_census_kind_t kind)
{
    kind.offered = kind.offered == VERSION_1_OTHER ? TG_CENSUS_NEWER : kind.offered;
    kind.got = kind.got == VERSION_1_OTHER ? TG_CENSUS_HELLO : kind.got;
    return kind;
}

static void read_kinds(tg_ledger_in_t *in, tg_ledger_t *ledger, int is_version_1, uint64_t *kinds)
{
    uint64_t left = tg_ledger_bytes_get_most(in, 2, TG_LEDGER_KINDS);

    while (left-- > 0 && in->is_whole) {
        uint32_t key = (uint32_t)tg_ledger_bytes_get(in, 4);
        tg_census_kind_t kind = tg_census_unpack(key);

        kind = is_version_1 ? kind_of_version_1(kind) : kind;
        if (key && !tg_census_is_known(kind)) {
            in->is_whole = 0;
            return;
        }
        kinds[key ? tg_ledger_kind(ledger, kind) : 0] += tg_ledger_bytes_get(in, 8);
    }
}

static void write_census(tg_ledger_out_t *out, const tg_ledger_file_t *what)
{
    size_t place;
    unsigned used = 0;
    int i;

    write_kinds(out, what->ledger, what->kept->kinds);
    place = out->length;
    tg_ledger_bytes_put(out, 0, 1);
    for (i = 0; i < TG_HISTORY_DAYS; i++) {
        if (what->kept->days[i].number) {
            tg_ledger_bytes_put(out, (uint64_t)what->kept->days[i].number, 8);
            write_kinds(out, what->ledger, what->kept->days[i].kinds);
            used++;
        }
    }
    tg_ledger_bytes_put_at(out, place, used, 1);
}

static void read_any_census(tg_ledger_in_t *in, tg_ledger_file_t *what, int is_version_1)
{
    uint64_t left;

    read_kinds(in, what->ledger, is_version_1, what->ledger->kept.kinds);
    left = tg_ledger_bytes_get_most(in, 1, TG_HISTORY_DAYS);
    while (left-- > 0 && in->is_whole) {
        int64_t number = tg_ledger_bytes_get_time(in);
        tg_ledger_census_day_t *day = &what->ledger->kept.days[number % TG_HISTORY_DAYS];

        memset(day, 0, sizeof(*day));
        day->number = number;
        read_kinds(in, what->ledger, is_version_1, day->kinds);
    }
}

static void read_census(tg_ledger_in_t *in, tg_ledger_file_t *what)
{
    read_any_census(in, what, 0);
}

static void read_census_1(tg_ledger_in_t *in, tg_ledger_file_t *what)
{
    read_any_census(in, what, 1);
}

/* --- what only grows --- */

static void write_sums(tg_ledger_out_t *out, const tg_ledger_file_t *what)
{
    int i;

    for (i = 0; i < TG_LEDGER_ALERTS; i++) {
        tg_ledger_bytes_put(out, __atomic_load_n(&what->ledger->alerts[i], __ATOMIC_RELAXED), 8);
    }
    tg_ledger_bytes_put(out, __atomic_load_n(&what->ledger->ignored_requests, __ATOMIC_RELAXED), 8);
    tg_ledger_bytes_put(out, __atomic_load_n(&what->ledger->ignored_connections, __ATOMIC_RELAXED),
                        8);
    tg_ledger_bytes_put(out, __atomic_load_n(&what->ledger->ignored_failures, __ATOMIC_RELAXED), 8);
}

static void read_sums(tg_ledger_in_t *in, tg_ledger_file_t *what)
{
    int i;

    for (i = 0; i < TG_LEDGER_ALERTS; i++) {
        what->ledger->alerts[i] = tg_ledger_bytes_get(in, 8);
    }
    what->ledger->ignored_requests = tg_ledger_bytes_get(in, 8);
    what->ledger->ignored_connections = tg_ledger_bytes_get(in, 8);
    what->ledger->ignored_failures = tg_ledger_bytes_get(in, 8);
}

/* --- stragglers --- */

static void write_straggler(tg_ledger_out_t *out, const tg_straggler_t *entry)
{
    tg_ledger_bytes_put_text(out, entry->client);
    tg_ledger_bytes_put_text(out, entry->schedule);
    tg_ledger_bytes_put_text(out, entry->user_agent);
    tg_ledger_bytes_put_text(out, entry->host);
    tg_ledger_bytes_put_text(out, entry->ja4);
    tg_ledger_bytes_put(out, entry->protocol, 1);
    tg_ledger_bytes_put(out, entry->cause, 1);
    tg_ledger_bytes_put(out, entry->is_probable, 1);
    tg_ledger_bytes_put(out, entry->requests, 8);
    tg_ledger_bytes_put(out, entry->rejected, 8);
    tg_ledger_bytes_put(out, (uint64_t)entry->first_seen, 8);
    tg_ledger_bytes_put(out, (uint64_t)entry->last_seen, 8);
    tg_ledger_bytes_put(out, (uint64_t)entry->moved_at, 8);
    tg_ledger_bytes_put_raw(out, entry->week, sizeof(entry->week));
    tg_ledger_bytes_put(out, entry->failed, 4);
}

static void read_straggler(tg_ledger_in_t *in, tg_straggler_t *entry, int has_failed)
{
    memset(entry, 0, sizeof(*entry));
    tg_ledger_bytes_get_text(in, entry->client, sizeof(entry->client));
    tg_ledger_bytes_get_text(in, entry->schedule, sizeof(entry->schedule));
    tg_ledger_bytes_get_text(in, entry->user_agent, sizeof(entry->user_agent));
    tg_ledger_bytes_get_text(in, entry->host, sizeof(entry->host));
    tg_ledger_bytes_get_text(in, entry->ja4, sizeof(entry->ja4));
    entry->protocol = (tg_protocol_t)tg_ledger_bytes_get_most(in, 1, TG_PROTOCOLS - 1);
    entry->cause = (tg_cause_t)tg_ledger_bytes_get_most(in, 1, TG_CAUSES - 1);
    entry->is_probable = (uint32_t)tg_ledger_bytes_get_most(in, 1, 1);
    entry->requests = tg_ledger_bytes_get(in, 8);
    entry->rejected = tg_ledger_bytes_get(in, 8);
    entry->first_seen = tg_ledger_bytes_get_time(in);
    entry->last_seen = tg_ledger_bytes_get_time(in);
    entry->moved_at = tg_ledger_bytes_get_time(in);
    tg_ledger_bytes_get_raw(in, entry->week, sizeof(entry->week));
    entry->failed = has_failed ? (uint32_t)tg_ledger_bytes_get(in, 4) : 0;
}

static void write_stragglers(tg_ledger_out_t *out, const tg_ledger_file_t *what)
{
    int count = what->stragglers ? what->stragglers->nelts : 0, i;

    tg_ledger_bytes_put(out, what->table ? what->table->forgotten : 0, 8);
    tg_ledger_bytes_put(out, what->table ? what->table->missed : 0, 8);
    tg_ledger_bytes_put(out, (uint64_t)count, 4);
    for (i = 0; i < count; i++) {
        write_straggler(out, &APR_ARRAY_IDX(what->stragglers, i, const tg_straggler_t));
    }
}

/* If the table is smaller than it was, the newest entries stay. */
static void read_all_stragglers(tg_ledger_in_t *in, tg_ledger_file_t *what, int has_failed)
{
    uint64_t forgotten = tg_ledger_bytes_get(in, 8), missed = tg_ledger_bytes_get(in, 8);
    uint64_t left = tg_ledger_bytes_get_most(in, 4, TG_STRAGGLERS_MAX);

    what->found = (uint32_t)left;
    while (left-- > 0 && in->is_whole) {
        tg_straggler_t entry;

        read_straggler(in, &entry, has_failed);
        if (what->table && in->is_whole) {
            tg_stragglers_restore(what->table, &entry);
        }
    }
    if (what->table) {
        what->table->forgotten += forgotten;
        what->table->missed += missed;
    }
}

static void read_stragglers(tg_ledger_in_t *in, tg_ledger_file_t *what)
{
    read_all_stragglers(in, what, 1);
}

/* Version 1 counted handshakes that failed as requests. */
static void read_stragglers_1(tg_ledger_in_t *in, tg_ledger_file_t *what)
{
    read_all_stragglers(in, what, 0);
}

const tg_ledger_section_t tg_ledger_sections[TG_LEDGER_SECTIONS] = {
    { "TIME", 1, 0, keep_times, restore_times, NULL },
    { "REQU", 1, 0, write_requests, read_requests, NULL },
    { "CONN", 2, 0, write_census, read_census, read_census_1 },
    { "SUMS", 1, 0, write_sums, read_sums, NULL },
    { "STRA", 2, 0, write_stragglers, read_stragglers, read_stragglers_1 },
    { "GUAR", 1, 1, tg_ledger_guards_put, tg_ledger_guards_get, NULL },
    { "AGEN", 1, 1, tg_ledger_agents_put, tg_ledger_agents_get, NULL },
    { "STOP", 1, 1, tg_ledger_stops_put, tg_ledger_stops_get, NULL },
};
