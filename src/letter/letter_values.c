/* The values of a letter: see letter_values.h. */
#include "letter_values.h"

#include "letter_dates.h"
#include "letter_test.h"

#include "base/text.h"
#include "report/wording.h"
#include "tls/trait_words.h"

#include <apr_strings.h>
#include <string.h>

/* How much of a text from outside is shown, in bytes. */
#define SHOWN_MAX 200

/* --- texts of the log --- */

static const char *shown_span(apr_pool_t *pool, tg_span_t span)
{
    int cut = 0;
    const char *text =
        tg_text_clean(pool, apr_pstrmemdup(pool, span.at, span.length), SHOWN_MAX, &cut);

    return apr_pstrcat(pool, tg_text_printable(pool, text), cut ? "..." : "", NULL);
}

static const char *add_item(apr_pool_t *pool, const char *list, const char *item)
{
    return *list ? apr_pstrcat(pool, list, "\n", item, NULL) : item;
}

static int span_begins_with(tg_span_t text, const char *beginning)
{
    size_t length = strlen(beginning);

    return text.length >= length && memcmp(text.at, beginning, length) == 0;
}

static const char *listed_texts(apr_pool_t *pool, const tg_letter_facts_t *facts,
                                tg_tally_kind_t kind)
{
    tg_span_t texts[TG_TALLY_KEPT_MAX];
    int i, n = tg_letter_texts(facts, kind, texts);
    const char *list = "";

    for (i = 0; i < n; i++) {
        /* A hash tells its owner nothing. */
        if (!span_begins_with(texts[i], TG_TEXT_HASHED)) {
            list = add_item(pool, list, shown_span(pool, texts[i]));
        }
    }
    return list;
}

static const char *listed_protocols(apr_pool_t *pool, const tg_tally_ways_t *ways)
{
    const char *list = "";
    int i;

    for (i = 0; i < TG_PROTOCOLS; i++) {
        if (ways->protocols[i]) {
            list = apr_pstrcat(pool, list, *list ? ", " : "",
                               tg_wording_protocol(pool, (tg_protocol_t)i), NULL);
        }
    }
    return list;
}

static const char *listed_causes(apr_pool_t *pool, const tg_tally_ways_t *ways)
{
    const char *list = "";
    int i;

    for (i = 0; i < TG_CAUSES; i++) {
        if (ways->causes[i] && tg_wording_cause((tg_cause_t)i)) {
            list = add_item(pool, list, tg_wording_cause((tg_cause_t)i));
        }
    }
    return list;
}

/* --- what the plan says --- */

/* Without a schedule only the versions in a log show what is old. */
static const char *deprecated_words(apr_pool_t *pool, const tg_letter_facts_t *facts,
                                    const char *protocols)
{
    const char *words = "";
    int i;

    for (i = 0; i < facts->count; i++) {
        const tg_schedule_t *s = facts->outcomes[i].binding->schedule;

        words = apr_pstrcat(pool, words, *words ? "; " : "",
                            tg_trait_words(pool, s->traits,
                                           s->has_expr ? TG_WORDS_TRAITS_AND_EXPR : TG_WORDS_TRAITS,
                                           NULL),
                            NULL);
    }
    return *words ? words : protocols;
}

static const char *listed_info(apr_pool_t *pool, const tg_letter_facts_t *facts)
{
    const char *list = "";
    int i, j;

    for (i = 0; i < facts->count; i++) {
        const char *info = facts->outcomes[i].binding->schedule->info;

        for (j = 0; info && j < i; j++) {
            const char *other = facts->outcomes[j].binding->schedule->info;

            info = other && strcmp(info, other) == 0 ? NULL : info;
        }
        list = info ? add_item(pool, list, tg_text_printable(pool, info)) : list;
    }
    return list;
}

static const char *date_or_nothing(apr_pool_t *pool, tg_instant_t t)
{
    return t == TG_NEVER || t == TG_ALWAYS ? "" : tg_wording_instant(pool, t);
}

/* --- what was seen --- */

static const char *met_by(apr_pool_t *pool, const tg_letter_facts_t *facts,
                          const tg_trials_t *trials)
{
    const char *list = "";
    int i;

    for (i = 0; trials && i < trials->rows->nelts; i++) {
        const tg_trials_row_t *row = &APR_ARRAY_IDX(trials->rows, i, tg_trials_row_t);

        if (tg_trials_seen(row, facts->client) & TG_TRIALS_MET) {
            list =
                add_item(pool, list, tg_letter_met(pool, row, trials->stops, facts->subject->now));
        }
    }
    return list;
}

static const char *probable_sentence(apr_pool_t *pool, const tg_letter_probable_t *p)
{
    if (p->count == 0) {
        return "";
    }
    return apr_psprintf(
        pool,
        "Probably also yours: %" APR_UINT64_T_FMT
        " handshake%s that failed, the last at %s.\nA failed handshake carries no account. "
        "We have seen the address and\nfingerprint (JA4) of %s only with your account.",
        (apr_uint64_t)p->count, p->count == 1 ? "" : "s", tg_wording_instant(pool, p->last_seen),
        p->count == 1 ? "this one" : "these");
}

static const char *account_of(const char *client)
{
    const char *colon = strchr(client, ':');

    return colon ? colon + 1 : client;
}

void tg_letter_fill(apr_pool_t *pool, const tg_letter_facts_t *facts, const tg_trials_t *trials,
                    tg_letter_t *out)
{
    const tg_tally_client_t *c = tg_tally_client(facts->tally, facts->client);
    const tg_tally_ways_t ways = tg_tally_ways(facts->tally, c->facts);
    const char **v = out->values;

    v[TG_LETTER_CLIENT] = facts->name ? tg_text_printable(pool, facts->name)
                                      : shown_span(pool, tg_tally_text(facts->tally, c->client));
    v[TG_LETTER_ACCOUNT] = account_of(v[TG_LETTER_CLIENT]);
    v[TG_LETTER_COUNT] = apr_psprintf(pool, "%" APR_UINT64_T_FMT, (apr_uint64_t)c->count);
    v[TG_LETTER_FIRST_SEEN] = date_or_nothing(pool, c->first_seen);
    v[TG_LETTER_LAST_SEEN] = date_or_nothing(pool, c->last_seen);
    v[TG_LETTER_PROTOCOLS] = listed_protocols(pool, &ways);
    v[TG_LETTER_DEPRECATED] = deprecated_words(pool, facts, v[TG_LETTER_PROTOCOLS]);
    v[TG_LETTER_CAUSES] = listed_causes(pool, &ways);
    v[TG_LETTER_USER_AGENTS] = listed_texts(pool, facts, TG_TALLY_USER_AGENT);
    v[TG_LETTER_ADDRESSES] = listed_texts(pool, facts, TG_TALLY_ADDRESS);
    v[TG_LETTER_HOSTS] = listed_texts(pool, facts, TG_TALLY_HOST);
    v[TG_LETTER_ADVICE] = facts->advice.length ? shown_span(pool, facts->advice) : "";
    v[TG_LETTER_DATES] = tg_letter_dates(pool, facts);
    v[TG_LETTER_BREAKS_AT] = date_or_nothing(pool, tg_letter_breaks_at(facts));
    v[TG_LETTER_TRIALS] = met_by(pool, facts, trials);
    v[TG_LETTER_PROBABLE] = probable_sentence(pool, &facts->probable);
    v[TG_LETTER_TEST] = tg_letter_test(pool, facts);
    v[TG_LETTER_INFO] = listed_info(pool, facts);
}
