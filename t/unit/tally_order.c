/* The tally of a log does not depend on the order of its records, nor on the parts in which they are
 * counted: random records in one order are compared with the same in others, and in parts.
 */
#include "unit.h"

#include "said_tally.h"

#include "tally/tally_memory.h"

#include <apr_strings.h>
#include <stdlib.h>

#define RECORDS 400
#define ORDERS 60

/* One record, and whether its log has all. */
typedef struct {
    tg_record_t record;
    int has_all;
} input_t;

static tg_span_t span_of(const char *text)
{
    return (tg_span_t){ text, (uint32_t)strlen(text) };
}

static unsigned below(unsigned n)
{
    return (unsigned)rand() % n;
}

/* Few instants, so that many records have the same; few clients, so that each has many. */
static input_t random_input(apr_pool_t *pool, unsigned instants)
{
    static const tg_protocol_t protocols[] = { TG_PROTOCOL_TLS1_0, TG_PROTOCOL_TLS1_1,
                                               TG_PROTOCOL_TLS1_2 };
    unsigned client = below(6), ip = below(4);
    input_t in = { .has_all = client > 3 };
    tg_record_t *r = &in.record;

    r->time = 1000000 + (int64_t)below(instants) * 5000;
    r->protocol = protocols[below(ROWS(protocols))];
    if (in.has_all && r->time > 1000000 + (int64_t)instants * 3500) {
        r->protocol = TG_PROTOCOL_TLS1_2; /* they move at last */
    }
    r->cause = (tg_cause_t)below(TG_CAUSES);
    r->address = span_of(apr_psprintf(pool, "192.0.2.%u", ip));
    r->ja4 = span_of(apr_psprintf(pool, "t10d0%u0600_c491f621fb4c_195413a0cc0f", below(3)));
    r->host = span_of(apr_psprintf(pool, "h%u.example", below(40)));
    if (below(10) == 0) {
        r->is_failed = 1;
        r->client = span_of(apr_psprintf(pool, "ip:192.0.2.%u", ip));
        return in;
    }
    r->is_test = below(20) == 0;
    r->client = span_of(apr_psprintf(pool, "account:%u", client));
    r->user_agent = below(5) ? span_of(apr_psprintf(pool, "agent %u", below(60))) : span_of("");
    r->advice = below(5) ? span_of(apr_psprintf(pool, "advice %u", below(3))) : span_of("");
    r->schedule = span_of("legacy");
    r->action = below(3) ? TG_ACTION_WARN : TG_ACTION_REJECT;
    r->is_enforced = below(4) > 0;
    return in;
}

/* --- orders and parts --- */

static tg_tally_t *new_tally(apr_pool_t *pool)
{
    tg_tally_options_t options = { .group = TG_TALLY_BY_ACCOUNT,
                                   .since = TG_ALWAYS,
                                   .until = TG_NEVER,
                                   .deprecated = TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_0) |
                                                 TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_1),
                                   .key = { below(1000), below(1000) } };

    options.visits = tg_visits_create(pool, NULL);
    return tg_tally_create(pool, &options);
}

/* Each visit with the name of its client, in the order of names. */
static const char *said_visits(apr_pool_t *pool, const tg_tally_t *tally, tg_visits_t *visits)
{
    const char **lines = apr_palloc(pool, (visits->count + 1) * sizeof(*lines));
    const char *said = apr_psprintf(pool, "left out %d\n", (int)visits->left_out);
    size_t i;

    tg_visits_sort(visits);
    for (i = 0; i < visits->count; i++) {
        const tg_visit_t *v = &visits->list[i];

        lines[i] = apr_psprintf(pool, "%s %u: %u\n",
                                said_text(pool, tally, tg_tally_client(tally, v->client)->client),
                                v->period, v->count);
    }
    qsort(lines, visits->count, sizeof(*lines), compare_lines);
    for (i = 0; i < visits->count; i++) {
        said = apr_pstrcat(pool, said, lines[i], NULL);
    }
    return said;
}

static void finish_tally(tg_tally_t *tally, const input_t *in)
{
    int i;

    for (i = 0; tg_tally_is_unsure(tally) && i < RECORDS; i++) {
        tg_tally_again(tally, &in[i].record, in[i].has_all);
    }
    tg_tally_join(tally);
}

static void shuffle(input_t *in)
{
    unsigned i;

    for (i = RECORDS - 1; i > 0; i--) {
        unsigned j = below(i + 1);
        input_t other = in[i];

        in[i] = in[j];
        in[j] = other;
    }
}

static const char *counted_in_order(apr_pool_t *pool, const input_t *in)
{
    tg_tally_t *tally = new_tally(pool);
    int i;

    for (i = 0; i < RECORDS; i++) {
        tg_tally_add(tally, &in[i].record, in[i].has_all);
    }
    finish_tally(tally, in);
    return apr_pstrcat(pool, said_all(pool, tally), said_visits(pool, tally, tally->options.visits),
                       NULL);
}

static const char *counted_in_parts(apr_pool_t *pool, const input_t *in)
{
    tg_tally_t *tally = new_tally(pool);
    int i = 0, end;

    while (i < RECORDS) {
        tg_tally_t *part = tg_tally_part(pool, tally);

        for (end = i + 1 + (int)below(RECORDS / 3); i < end && i < RECORDS; i++) {
            tg_tally_add(part, &in[i].record, in[i].has_all);
        }
        tg_tally_merge(tally, part);
    }
    finish_tally(tally, in);
    return apr_pstrcat(pool, said_all(pool, tally), said_visits(pool, tally, tally->options.visits),
                       NULL);
}

static void any_order_and_any_parts_are_one(void **state)
{
    static const unsigned instants[] = { 4, 40, 4000 };
    apr_pool_t *pool;
    size_t row;
    int i;

    (void)state;
    srand(7);
    for (row = 0; row < ROWS(instants); row++) {
        input_t in[RECORDS];
        const char *want;

        for (i = 0; i < RECORDS; i++) {
            in[i] = random_input(unit_pool, instants[row]);
        }
        want = counted_in_order(unit_pool, in);
        for (i = 0; i < ORDERS; i++) {
            apr_pool_create(&pool, unit_pool);
            same_text(counted_in_parts(pool, in), want, "parts in this order");
            shuffle(in);
            same_text(counted_in_order(pool, in), want, "another order");
            apr_pool_destroy(pool);
        }
    }
}

/* What was modern is passed over while its client is not known, and when an old request takes back
 * an earlier one; otherwise nothing is. */
static void what_was_passed_over_is_noticed(void **state)
{
    static const struct {
        const char *row, *steps; /* o: old, m: modern, each later than the one before; O: earlier */
        int is_unsure;
    } rows[] = {
        { "in order", "mmommomm", 0 },
        { "only what is old", "oooo", 0 },
        { "an old one before all", "mO", 1 },
        { "an old one before the last, of a known client", "ommO", 1 },
        { "an old one before the only one", "ooO", 0 },
    };
    size_t i, n;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        tg_tally_t *tally = new_tally(unit_pool);
        int64_t now = 1000000;

        for (n = 0; rows[i].steps[n]; n++) {
            tg_record_t r = { .client = span_of("account:a"), .protocol = TG_PROTOCOL_TLS1_0 };

            now += 10;
            r.time = rows[i].steps[n] == 'O' ? now - 15 : now;
            r.protocol = rows[i].steps[n] == 'm' ? TG_PROTOCOL_TLS1_3 : TG_PROTOCOL_TLS1_0;
            tg_tally_add(tally, &r, 1);
        }
        same_number(tg_tally_is_unsure(tally), rows[i].is_unsure, rows[i].row);
    }
}

/* What no client has here is left out, and what a count cannot hold stays at the most. */
static void visits_are_merged(void **state)
{
    static const uint32_t places[] = { 7, TG_VISITS_NOBODY, 3 };
    static const tg_visit_t parts[] = { { 0, 1, 5 }, { 1, 1, 6 }, { 2, 1, UINT32_MAX - 2 },
                                        { 2, 1, 2 }, { 0, 2, 1 }, { 2, 9, UINT32_MAX } };
    static const tg_visit_t want[] = {
        { 3, 1, UINT32_MAX }, { 3, 9, UINT32_MAX }, { 7, 1, 8 }, { 7, 2, 1 }
    };
    tg_visits_t *all = tg_visits_create(unit_pool, NULL);
    tg_visits_t *part = tg_visits_create(unit_pool, NULL);
    size_t i;

    (void)state;
    tg_visits_add(all, &(const tg_visit_t){ 7, 1, 3 });
    tg_visits_add(all, &(const tg_visit_t){ 3, 9, 1 });
    tg_visits_add(all, &(const tg_visit_t){ 3, 1, 1 });
    for (i = 0; i < ROWS(parts); i++) {
        tg_visits_add(part, &parts[i]);
    }
    all->left_out = 2;
    part->left_out = 3;
    tg_visits_merge(all, part, places);
    tg_visits_sort(all);
    same_number((long)all->left_out, 5, "left out");
    same_number((long)all->count, ROWS(want), "visits");
    for (i = 0; i < ROWS(want); i++) {
        CHECK(memcmp(&all->list[i], &want[i], sizeof(*want)) == 0, "row %d: %u %u %u", (int)i,
              all->list[i].client, all->list[i].period, all->list[i].count);
    }
}

/* --- what has no room --- */

/* Until not one more text has room. */
static void fill_texts(tg_texts_t *texts)
{
    static const int lengths[] = { 200, 20, 9 };
    size_t row;
    int i = 0;

    for (row = 0; row < ROWS(lengths); row++) {
        while (tg_texts_put(texts, span_of(apr_psprintf(unit_pool, "%0*d", lengths[row], i++)))) {
        }
    }
}

/* A pair of which one text found no room is none: with the others it would be that of somebody else. */
static void a_pair_without_room_is_left_out(void **state)
{
    const char *const texts[] = { "192.0.2.1", "t10d090600_c491f621fb4c_195413a0cc0f",
                                  "account:a" };
    size_t missing, i;

    (void)state;
    for (missing = 0; missing <= ROWS(texts); missing++) { /* the last time none is */
        tg_tally_options_t options = { .group = TG_TALLY_BY_ACCOUNT,
                                       .since = TG_ALWAYS,
                                       .until = TG_NEVER,
                                       .deprecated = TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_0),
                                       .room_max = 1 };
        tg_tally_t *tally = tg_tally_create(unit_pool, &options);
        tg_tally_t *part = tg_tally_part(unit_pool, tally);
        tg_record_t r = { .time = 1000000, .protocol = TG_PROTOCOL_TLS1_0 };
        uint32_t address, ja4;
        tg_tally_probable_t names;

        for (i = 0; i < ROWS(texts); i++) {
            if (i != missing) {
                tg_texts_put(tally->texts, span_of(texts[i]));
            }
        }
        fill_texts(tally->texts);
        r.address = span_of(texts[0]);
        r.ja4 = span_of(texts[1]);
        r.client = span_of(texts[2]);
        tg_tally_add(part, &r, 0);
        tg_tally_merge(tally, part);
        same_number(tg_seen_with_at(tally->seen_with, 0, &address, &ja4, &names),
                    missing == ROWS(texts), missing < ROWS(texts) ? texts[missing] : "all");
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(visits_are_merged),
    cmocka_unit_test(a_pair_without_room_is_left_out),
    cmocka_unit_test(any_order_and_any_parts_are_one),
    cmocka_unit_test(what_was_passed_over_is_noticed),
};

UNIT_MAIN(tests)
