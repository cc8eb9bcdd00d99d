/* The tally of a log: see tally.h. */
#include "tally.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#define DAY_SECONDS 86400

struct tg_tally_t {
    apr_pool_t *pool;
    tg_tally_options_t options;
    tg_tally_sums_t sums;
    tg_texts_t *texts;
    tg_texts_t *keys; /* of failed handshakes */
    tg_blocks_t clients, failed, facts;
    apr_array_header_t *days; /* of tg_tally_day_t, in no order */
    tg_tally_day_t *day;      /* the last one that was counted */
    tg_seen_with_t *seen_with;
    tg_seen_with_t *seen_stems; /* the same by the stems of JA4s; made when it is asked for */
};

/* --- counting --- */

tg_tally_t *tg_tally_create(apr_pool_t *pool, const tg_tally_options_t *options)
{
    tg_tally_t *tally = apr_pcalloc(pool, sizeof(*tally));

    tally->pool = pool;
    tally->options = *options;
    tally->sums.latest = TG_ALWAYS;
    tally->texts = tg_texts_create(pool);
    tally->keys = tg_texts_create(pool);
    tally->seen_with = tg_seen_with_create(pool);
    tally->days = apr_array_make(pool, 64, sizeof(tg_tally_day_t));
    tg_blocks_begin(&tally->clients, pool, sizeof(tg_tally_client_t));
    tg_blocks_begin(&tally->failed, pool, sizeof(tg_tally_failed_t));
    tg_blocks_begin(&tally->facts, pool, sizeof(tg_tally_fact_t));
    (void)tg_blocks_push(&tally->facts); /* no fact has the number 0 */
    return tally;
}

static void count_day(tg_tally_t *tally, const tg_record_t *r)
{
    int64_t day = (r->time - (r->time % DAY_SECONDS + DAY_SECONDS) % DAY_SECONDS) / DAY_SECONDS;
    int i;

    if (!tally->day || tally->day->day != day) {
        tally->day = NULL;
        for (i = tally->days->nelts - 1; i >= 0 && !tally->day; i--) {
            tg_tally_day_t *other = &APR_ARRAY_IDX(tally->days, i, tg_tally_day_t);

            tally->day = other->day == day ? other : NULL;
        }
    }
    if (!tally->day) {
        if (tally->days->nelts == TG_TALLY_DAYS_MAX) {
            tally->sums.left_out++;
            return;
        }
        tally->day = apr_array_push(tally->days);
        *tally->day = (tg_tally_day_t){ .day = day };
    }
    tally->day->count[r->protocol]++;
}

static void note_text(tg_tally_t *tally, uint32_t *facts, tg_tally_kind_t kind, tg_span_t text)
{
    if (text.length) {
        (void)tg_facts_count(&tally->facts, facts, kind, tg_texts_put(tally->texts, text),
                             TG_TALLY_KEPT_MAX);
    }
}

/* What is known of the last time. */
static void note_last(tg_tally_t *tally, tg_tally_client_t *c, const tg_record_t *r)
{
    if (c->last_seen != TG_ALWAYS && r->time - c->last_seen > c->longest_gap) {
        c->longest_gap =
            (uint32_t)(r->time - c->last_seen < UINT32_MAX ? r->time - c->last_seen : UINT32_MAX);
    }
    c->last_seen = r->time;
    c->protocol = (unsigned char)r->protocol;
    c->cause = (unsigned char)r->cause;
    c->advice = r->advice.length ? tg_texts_put(tally->texts, r->advice) : c->advice;
    c->user_agent =
        r->user_agent.length ? tg_texts_put(tally->texts, r->user_agent) : c->user_agent;
    c->ja4 = r->ja4.length ? tg_texts_put(tally->texts, r->ja4) : c->ja4;
    if (c->moved_at <= r->time) {
        c->moved_at = TG_NEVER;
    }
}

static void note_facts(tg_tally_t *tally, tg_tally_client_t *c, const tg_record_t *r)
{
    (void)tg_facts_count(&tally->facts, &c->facts, TG_TALLY_WAY,
                         TG_TALLY_WAY_OF(r->protocol, r->cause), TG_TALLY_WAYS);
    note_text(tally, &c->facts, TG_TALLY_USER_AGENT, r->user_agent);
    note_text(tally, &c->facts, TG_TALLY_ADDRESS,
              r->address.length ? r->address : tg_tally_without_kind(r->client));
    note_text(tally, &c->facts, TG_TALLY_HOST, r->host);
    note_text(tally, &c->facts, TG_TALLY_SCHEDULE, r->schedule);
}

static tg_tally_client_t *tallied_client(tg_tally_t *tally, uint32_t name, int may_add)
{
    uint32_t *mark = tg_texts_mark(tally->texts, name);
    tg_tally_client_t *c;

    if (*mark) {
        return tg_blocks_at(&tally->clients, *mark - 1);
    }
    if (!may_add || tally->clients.count == TG_TALLY_CLIENTS_MAX) {
        return NULL;
    }
    c = tg_blocks_push(&tally->clients);
    *mark = tally->clients.count;
    *c = (tg_tally_client_t){
        .client = name, .first_seen = TG_NEVER, .last_seen = TG_ALWAYS, .moved_at = TG_NEVER
    };
    return c;
}

static int is_known_by_more(tg_span_t client)
{
    return client.length < 3 || memcmp(client.at, "ip:", 3) != 0;
}

static void count_request(tg_tally_t *tally, const tg_record_t *r)
{
    char stem[TG_TALLY_STEM_SIZE];
    uint32_t name = tg_texts_put(tally->texts, tg_tally_key(tally->options.group, r, stem));
    tg_tally_client_t *c = tallied_client(tally, name, 1);

    tally->sums.requests++;
    if (!c) {
        tally->sums.left_out++;
        return;
    }
    c->count++;
    c->first_seen = r->time < c->first_seen ? r->time : c->first_seen;
    if (r->time >= c->last_seen) {
        note_last(tally, c, r);
    }
    note_facts(tally, c, r);
    if (tally->options.trials) {
        tg_trials_note(tally->options.trials, *tg_texts_mark(tally->texts, name) - 1, r);
    }
    if (r->ja4.length && r->address.length && is_known_by_more(r->client)) {
        tg_seen_with_add(tally->seen_with, tg_texts_put(tally->texts, r->address),
                         tg_texts_put(tally->texts, r->ja4), tg_texts_put(tally->texts, r->client));
    }
}

/* A request that nothing deprecates, of a client that was seen with something old before. */
static void count_modern(tg_tally_t *tally, const tg_record_t *r)
{
    char stem[TG_TALLY_STEM_SIZE];
    tg_tally_client_t *c = tallied_client(
        tally, tg_texts_put(tally->texts, tg_tally_key(tally->options.group, r, stem)), 0);

    if (c && r->time > c->last_seen && r->time < c->moved_at) {
        c->moved_at = r->time;
    }
}

/* At most so many bytes of each part of the key of a failed handshake. */
#define PART_MAX 256

static size_t put_part(char *to, tg_span_t text)
{
    size_t length = text.length < PART_MAX ? text.length : PART_MAX - 1;

    if (length > 0) {
        memcpy(to, text.at, length);
    }
    to[length] = '\n';
    return length + 1;
}

static uint32_t failed_key(tg_tally_t *tally, const tg_record_t *r)
{
    char key[3 * PART_MAX];
    size_t length = put_part(key, r->client);

    length += put_part(key + length, r->ja4);
    length += put_part(key + length, r->host);
    return tg_texts_put(tally->keys, (tg_span_t){ key, (uint32_t)length });
}

static void count_failed(tg_tally_t *tally, const tg_record_t *r)
{
    uint32_t *mark = tg_texts_mark(tally->keys, failed_key(tally, r));
    tg_tally_failed_t *f;

    tally->sums.failed++;
    if (!*mark && tally->failed.count == TG_TALLY_CLIENTS_MAX) {
        tally->sums.left_out++;
        return;
    }
    if (!*mark) {
        f = tg_blocks_push(&tally->failed);
        *mark = tally->failed.count;
        *f = (tg_tally_failed_t){ .client = tg_texts_put(tally->texts, r->client),
                                  .ja4 = tg_texts_put(tally->texts, r->ja4),
                                  .host = tg_texts_put(tally->texts, r->host),
                                  .first_seen = r->time,
                                  .last_seen = r->time };
    }
    f = tg_blocks_at(&tally->failed, *mark - 1);
    f->count++;
    f->refused += r->action == TG_ACTION_REFUSE && r->is_enforced;
    f->first_seen = r->time < f->first_seen ? r->time : f->first_seen;
    f->last_seen = r->time > f->last_seen ? r->time : f->last_seen;
    (void)tg_facts_count(&tally->facts, &f->facts, TG_TALLY_WAY,
                         TG_TALLY_WAY_OF(r->protocol, r->cause), TG_TALLY_WAYS);
}

void tg_tally_add(tg_tally_t *tally, const tg_record_t *record, int has_all)
{
    int is_old = !has_all || (tally->options.deprecated & TG_TRAIT_PROTOCOL(record->protocol));

    if (record->time < tally->options.since || record->time >= tally->options.until) {
        return;
    }
    tally->sums.records++;
    tally->sums.latest = record->time > tally->sums.latest ? record->time : tally->sums.latest;
    if (record->is_test) {
        tally->sums.tests++;
        return;
    }
    if (record->is_failed) {
        count_failed(tally, record);
        return;
    }
    count_day(tally, record);
    tally->sums.all += has_all != 0;
    tally->sums.old += has_all && is_old;
    (is_old ? count_request : count_modern)(tally, record);
}

/* --- asking --- */

const tg_tally_sums_t *tg_tally_sums(const tg_tally_t *tally)
{
    return &tally->sums;
}

uint32_t tg_tally_clients(const tg_tally_t *tally)
{
    return tally->clients.count;
}

tg_tally_client_t *tg_tally_client(const tg_tally_t *tally, uint32_t i)
{
    return i < tally->clients.count ? tg_blocks_at(&tally->clients, i) : NULL;
}

tg_tally_client_t *tg_tally_find(tg_tally_t *tally, tg_span_t name)
{
    return name.length ? tallied_client(tally, tg_texts_put(tally->texts, name), 0) : NULL;
}

uint32_t tg_tally_failures(const tg_tally_t *tally)
{
    return tally->failed.count;
}

const tg_tally_failed_t *tg_tally_failed(const tg_tally_t *tally, uint32_t i)
{
    return i < tally->failed.count ? tg_blocks_at(&tally->failed, i) : NULL;
}

static int compare_days(const void *a, const void *b)
{
    int64_t x = ((const tg_tally_day_t *)a)->day, y = ((const tg_tally_day_t *)b)->day;

    return (x > y) - (x < y);
}

const tg_tally_day_t *tg_tally_days(tg_tally_t *tally, int *count)
{
    *count = tally->days->nelts;
    if (*count > 0) {
        qsort(tally->days->elts, (size_t)*count, sizeof(tg_tally_day_t), compare_days);
    }
    tally->day = NULL;
    return (const tg_tally_day_t *)(const void *)tally->days->elts;
}

tg_span_t tg_tally_text(const tg_tally_t *tally, uint32_t number)
{
    return tg_texts_get(tally->texts, number);
}

const tg_tally_fact_t *tg_tally_fact(const tg_tally_t *tally, uint32_t fact, tg_tally_kind_t kind)
{
    while (fact) {
        const tg_tally_fact_t *found = tg_blocks_at(&tally->facts, fact);

        if (tg_tally_fact_kind(found) == kind) {
            return found;
        }
        fact = found->next;
    }
    return NULL;
}

tg_tally_ways_t tg_tally_ways(const tg_tally_t *tally, uint32_t facts)
{
    const tg_tally_fact_t *fact = tg_tally_fact(tally, facts, TG_TALLY_WAY);
    tg_tally_ways_t ways = { { 0 }, { 0 } };

    for (; fact; fact = tg_tally_fact(tally, fact->next, TG_TALLY_WAY)) {
        uint32_t way = tg_tally_fact_what(fact);

        ways.protocols[way >> 4] += fact->count;
        ways.causes[way & 15] += fact->count;
    }
    return ways;
}

tg_tally_probable_t tg_tally_probable(tg_tally_t *tally, const tg_tally_failed_t *failed)
{
    char stem[TG_TALLY_STEM_SIZE];
    uint32_t address =
        tg_texts_put(tally->texts, tg_tally_without_kind(tg_tally_text(tally, failed->client)));
    tg_tally_probable_t names = tg_seen_with_find(tally->seen_with, address, failed->ja4);

    if (names.count == 0 && failed->ja4) {
        if (!tally->seen_stems) {
            tally->seen_stems = tg_seen_with_stems(tally->pool, tally->seen_with, tally->texts);
        }
        names = tg_seen_with_find(
            tally->seen_stems, address,
            tg_texts_put(tally->texts, tg_tally_ja4_stem(tg_tally_text(tally, failed->ja4), stem)));
    }
    return names;
}

void tg_tally_join(tg_tally_t *tally)
{
    uint32_t i;

    for (i = 0; i < tally->failed.count; i++) {
        const tg_tally_failed_t *failed = tg_tally_failed(tally, i);
        tg_tally_probable_t names = tg_tally_probable(tally, failed);

        if (names.count == 1) {
            tg_tally_client_t *c = tg_tally_find(tally, tg_tally_text(tally, names.names[0]));

            if (c) {
                c->probable += (uint32_t)failed->count;
            }
        }
    }
}
