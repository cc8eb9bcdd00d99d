/* The tally of a log does not depend on the order of its records, nor on the parts in which they are
 * counted: random records in one order are compared with the same in others, and in parts.
 */
#include "unit.h"

#include "report/tally.h"

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
    return in;
}

/* --- what a tally says --- */

static const char *said_text(apr_pool_t *pool, const tg_tally_t *tally, uint32_t number)
{
    tg_span_t text = tg_tally_text(tally, number);

    return apr_pstrmemdup(pool, text.at, text.length);
}

static const char *said_facts(apr_pool_t *pool, const tg_tally_t *tally, uint32_t facts)
{
    tg_tally_ways_t ways = tg_tally_ways(tally, facts);
    const char *said = "";
    int i;

    for (i = 0; i < TG_PROTOCOLS; i++) {
        said = apr_psprintf(pool, "%s %d", said, (int)ways.protocols[i]);
    }
    for (i = 0; i < TG_CAUSES; i++) {
        said = apr_psprintf(pool, "%s %d", said, (int)ways.causes[i]);
    }
    for (i = TG_TALLY_USER_AGENT; i < TG_TALLY_KINDS; i++) {
        const tg_tally_fact_t *fact = tg_tally_fact(tally, facts, (tg_tally_kind_t)i);

        for (; fact; fact = tg_tally_fact(tally, fact->next, (tg_tally_kind_t)i)) {
            said = apr_pstrcat(pool, said, "|", said_text(pool, tally, tg_tally_fact_what(fact)),
                               NULL);
        }
    }
    return said;
}

static const char *said_client(apr_pool_t *pool, const tg_tally_t *tally,
                               const tg_tally_client_t *c)
{
    return apr_psprintf(
        pool, "%s: %d %d-%d moved %s%d presence %d gap %d %d/%d %s, %s, %s, probable %u%s\n",
        said_text(pool, tally, c->client), (int)c->count, (int)c->first_seen, (int)c->last_seen,
        c->moved_at == TG_NEVER ? "never" : "", (int)(c->moved_at == TG_NEVER ? 0 : c->moved_at),
        __builtin_popcountll(c->presence),
        (int)tg_presence_gap(c->presence, (tg_presence_range_t){ c->first_seen, c->last_seen }),
        (int)c->protocol, (int)c->cause, said_text(pool, tally, c->advice),
        said_text(pool, tally, c->user_agent), said_text(pool, tally, c->ja4), c->probable,
        said_facts(pool, tally, c->facts));
}

static const char *said_failed(apr_pool_t *pool, tg_tally_t *tally, const tg_tally_failed_t *f)
{
    tg_tally_probable_t names = tg_tally_probable(tally, f);
    const char *said =
        apr_psprintf(pool, "%s %s %s: %d %d-%d%s", said_text(pool, tally, f->client),
                     said_text(pool, tally, f->ja4), said_text(pool, tally, f->host), (int)f->count,
                     (int)f->first_seen, (int)f->last_seen, said_facts(pool, tally, f->facts));
    int i;

    for (i = 0; i < names.count; i++) {
        said = apr_pstrcat(pool, said, " ", said_text(pool, tally, names.names[i]), NULL);
    }
    return apr_pstrcat(pool, said, "\n", NULL);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The clients are in no order: their lines are sorted. All else is as the tally has it. */
static const char *said_all(apr_pool_t *pool, tg_tally_t *tally)
{
    const tg_tally_sums_t *sums = tg_tally_sums(tally);
    uint32_t i, count = tg_tally_clients(tally);
    const char **lines = apr_palloc(pool, (count + 1) * sizeof(*lines));
    int d, days;
    const tg_tally_day_t *day = tg_tally_days(tally, &days);
    const char *said =
        apr_psprintf(pool, "%d %d %d %d %d %d %d %d\n", (int)sums->records, (int)sums->requests,
                     (int)sums->all, (int)sums->old, (int)sums->tests, (int)sums->failed,
                     (int)sums->latest, (int)sums->left_out);

    for (i = 0; i < count; i++) {
        lines[i] = said_client(pool, tally, tg_tally_client(tally, i));
    }
    qsort(lines, count, sizeof(*lines), compare_lines);
    for (i = 0; i < count; i++) {
        said = apr_pstrcat(pool, said, lines[i], NULL);
    }
    for (i = 0; i < tg_tally_failures(tally); i++) {
        said = apr_pstrcat(pool, said, said_failed(pool, tally, tg_tally_failed(tally, i)), NULL);
    }
    for (d = 0; d < days; d++) {
        said = apr_psprintf(
            pool, "%s%d: %d %d %d\n", said, (int)day[d].day, (int)day[d].count[TG_PROTOCOL_TLS1_0],
            (int)day[d].count[TG_PROTOCOL_TLS1_1], (int)day[d].count[TG_PROTOCOL_TLS1_2]);
    }
    return said;
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

    return tg_tally_create(pool, &options);
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
    return said_all(pool, tally);
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
    return said_all(pool, tally);
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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(any_order_and_any_parts_are_one),
    cmocka_unit_test(what_was_passed_over_is_noticed),
};

UNIT_MAIN(tests)
