/* What a tally says, as one text: to compare two of them. */
#ifndef SAID_TALLY_H
#define SAID_TALLY_H

#include "tally/tally.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

static inline const char *said_text(apr_pool_t *pool, const tg_tally_t *tally, uint32_t number)
{
    tg_span_t text = tg_tally_text(tally, number);

    return apr_pstrmemdup(pool, text.at, text.length);
}

static inline const char *said_facts(apr_pool_t *pool, const tg_tally_t *tally, uint32_t facts)
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

static inline const char *said_client(apr_pool_t *pool, const tg_tally_t *tally,
                                      const tg_tally_client_t *c)
{
    return apr_psprintf(
        pool, "%s: %d, %d rejected, %d-%d moved %s%d presence %d gap %d %d/%d %s, %s, %s, probable %u%s\n",
        said_text(pool, tally, c->client), (int)c->count, (int)c->rejected, (int)c->first_seen, (int)c->last_seen,
        c->moved_at == TG_NEVER ? "never" : "", (int)(c->moved_at == TG_NEVER ? 0 : c->moved_at),
        __builtin_popcountll(c->presence),
        (int)tg_presence_gap(c->presence, (tg_presence_range_t){ c->first_seen, c->last_seen }),
        (int)c->protocol, (int)c->cause, said_text(pool, tally, c->advice),
        said_text(pool, tally, c->user_agent), said_text(pool, tally, c->ja4), c->probable,
        said_facts(pool, tally, c->facts));
}

static inline const char *said_failed(apr_pool_t *pool, tg_tally_t *tally,
                                      const tg_tally_failed_t *f)
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

static inline int compare_lines(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/** All that a tally says. The clients are in no order: their lines are sorted. All else is as the tally has
 * it. In @p pool. */
static inline const char *said_all(apr_pool_t *pool, tg_tally_t *tally)
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

#endif
