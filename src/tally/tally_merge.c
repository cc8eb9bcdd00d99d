/* Tallies of parts, made one: see tally.h. The order of the parts matters only where there is no
 * room. */
#include "tally_memory.h"

tg_tally_t *tg_tally_part(apr_pool_t *pool, const tg_tally_t *tally)
{
    tg_tally_options_t options = tally->options;

    options.trials = options.trials ? tg_trials_copy(pool, options.trials) : NULL;
    options.visits = options.visits ? tg_visits_create(pool, options.visits->schedule) : NULL;
    return tg_tally_create(pool, &options);
}

/* The number of a text of the part. */
static uint32_t merged_text(tg_tally_t *tally, const tg_tally_t *part, uint32_t number)
{
    uint32_t copy = tg_texts_copy(tally->texts, part->texts, number);

    tally->sums.left_out += number && !copy;
    return copy;
}

static void merge_facts(tg_tally_t *tally, uint32_t *facts, const tg_tally_t *part, uint32_t number)
{
    while (number) {
        const tg_tally_fact_t *fact = tg_blocks_at(&part->facts, number);
        uint32_t what = tg_tally_fact_what(fact);
        tg_tally_kind_t kind = tg_tally_fact_kind(fact);

        if (kind == TG_TALLY_WAY) {
            tg_facts_count(&tally->facts, facts, what, fact->count);
        }
        else if ((what = merged_text(tally, part, what)) != 0) {
            tg_facts_note(&tally->facts, tally->texts, facts, kind, what, fact->last);
        }
        number = fact->next;
    }
}

static tg_tally_client_t *merged_client(tg_tally_t *tally, const tg_tally_t *part, uint32_t name)
{
    int is_full = tally->clients.count >= tally->options.clients_max;
    uint32_t number = is_full ? tg_texts_find(tally->texts, tg_texts_get(part->texts, name))
                              : tg_texts_copy(tally->texts, part->texts, name);
    tg_tally_client_t *c = tg_tally_named(tally, number);

    return c ? c : tg_tally_new_client(tally, number);
}

static void merge_client(tg_tally_t *tally, const tg_tally_t *part, uint32_t i)
{
    const tg_tally_client_t *p = tg_blocks_at(&part->clients, i);
    tg_tally_client_t *c = merged_client(tally, part, p->client);

    if (!c) {
        tally->sums.left_out += p->count;
        return;
    }
    c->count += p->count;
    c->rejected += p->rejected;
    tg_tally_came(c, (tg_presence_range_t){ p->first_seen, p->last_seen }, p->presence,
                  TG_TALLY_WAY_OF(p->protocol, p->cause));
    if (p->moved_at > c->last_seen && p->moved_at < c->moved_at) {
        c->moved_at = p->moved_at;
    }
    merge_facts(tally, &c->facts, part, p->facts);
    tg_tally_later(tally, &c->advice, &c->advice_at, merged_text(tally, part, p->advice),
                   p->advice_at);
    tg_tally_later(tally, &c->ja4, &c->ja4_at, merged_text(tally, part, p->ja4), p->ja4_at);
    if (tally->options.trials) {
        tg_trials_add(tally->options.trials, *tg_texts_mark(tally->texts, c->client) - 1,
                      part->options.trials, i);
    }
}

static void merge_failed(tg_tally_t *tally, const tg_tally_t *part, uint32_t i)
{
    const tg_tally_failed_t *p = tg_blocks_at(&part->failed, i);
    uint32_t client = tg_tally_failed_text(tally, tg_texts_get(part->texts, p->client));
    uint32_t ja4 = tg_tally_failed_text(tally, tg_texts_get(part->texts, p->ja4));
    uint32_t host = tg_tally_failed_text(tally, tg_texts_get(part->texts, p->host));
    int is_whole = client && (ja4 || !p->ja4) && (host || !p->host);
    tg_tally_failed_t *f = is_whole ? tg_tally_new_failed(tally, client, ja4, host) : NULL;

    if (!f) {
        tally->sums.left_out += p->count;
        return;
    }
    f->count += p->count;
    f->refused += p->refused;
    f->first_seen = p->first_seen < f->first_seen ? p->first_seen : f->first_seen;
    f->last_seen = p->last_seen > f->last_seen ? p->last_seen : f->last_seen;
    merge_facts(tally, &f->facts, part, p->facts);
}

static void merge_pairs(tg_tally_t *tally, const tg_tally_t *part)
{
    uint32_t i, address, ja4, client;
    tg_tally_probable_t names;
    int n;

    for (i = 0; tg_seen_with_at(part->seen_with, i, &address, &ja4, &names); i++) {
        address = merged_text(tally, part, address);
        ja4 = merged_text(tally, part, ja4);
        for (n = 0; n < names.count; n++) {
            client = merged_text(tally, part, names.names[n]);
            if (address && ja4 && client) {
                (void)tg_tally_seen(tally, &(tg_seen_pair_t){ address, ja4, client });
            }
        }
    }
}

static void merge_days(tg_tally_t *tally, const tg_tally_t *part)
{
    int i, p;

    for (i = 0; i < part->days->nelts; i++) {
        const tg_tally_day_t *other = &APR_ARRAY_IDX(part->days, i, tg_tally_day_t);
        tg_tally_day_t *day = tg_tally_day(tally, other->day);

        for (p = 0; p < TG_PROTOCOLS; p++) {
            if (day) {
                day->count[p] += other->count[p];
            }
            else {
                tally->sums.left_out += other->count[p];
            }
        }
    }
}

/* After all clients. */
static void merge_visits(tg_tally_t *tally, const tg_tally_t *part)
{
    uint32_t *places, i;

    if (!tally->options.visits) {
        return;
    }
    places = apr_palloc(tally->pool, (part->clients.count + (apr_size_t)1) * sizeof(*places));
    for (i = 0; i < part->clients.count; i++) {
        const tg_tally_client_t *p = tg_blocks_at(&part->clients, i);
        uint32_t name = tg_texts_find(tally->texts, tg_texts_get(part->texts, p->client));

        places[i] = name && *tg_texts_mark(tally->texts, name)
                        ? *tg_texts_mark(tally->texts, name) - 1
                        : TG_VISITS_NOBODY;
    }
    tg_visits_merge(tally->options.visits, part->options.visits, places);
}

static void merge_sums(tg_tally_sums_t *sums, const tg_tally_sums_t *other)
{
    sums->records += other->records;
    sums->requests += other->requests;
    sums->all += other->all;
    sums->old += other->old;
    sums->tests += other->tests;
    sums->failed += other->failed;
    sums->left_out += other->left_out;
    sums->latest = other->latest > sums->latest ? other->latest : sums->latest;
}

void tg_tally_merge(tg_tally_t *tally, const tg_tally_t *part)
{
    uint32_t i;

    merge_sums(&tally->sums, &part->sums);
    for (i = 0; i < part->clients.count; i++) {
        merge_client(tally, part, i);
    }
    for (i = 0; i < part->failed.count; i++) {
        merge_failed(tally, part, i);
    }
    if (tally->options.trials) {
        tg_trials_join(tally->options.trials, part->options.trials);
    }
    merge_visits(tally, part);
    merge_pairs(tally, part);
    merge_days(tally, part);
    /* A modern request of a client that only another part knows was passed over. */
    tally->is_unsure |= part->is_unsure || part->modern;
}
