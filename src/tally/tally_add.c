/* The tally of a log, record by record: see tally.h. */
#include "tally_memory.h"

#include <string.h>

#define DAY_SECONDS 86400

/* --- a request --- */

/* The numbers of the texts of a record: each is looked up once. */
typedef struct {
    uint32_t key, client, address, user_agent, host, ja4, schedule, advice;
    tg_seen_pair_t last; /* with which the client came before */
    int is_whole;        /* 0: one of them found no room */
} record_texts_t;

static uint32_t record_text(tg_tally_t *tally, record_texts_t *texts, tg_span_t text)
{
    uint32_t number = tg_texts_put(tally->texts, text);

    texts->is_whole &= number || text.length == 0;
    return number;
}

/* The same of a text that is mostly the one of that number. */
static uint32_t repeated_text(tg_tally_t *tally, record_texts_t *texts, tg_span_t text,
                              uint32_t last)
{
    tg_span_t before = tg_texts_get(tally->texts, last);

    if (text.length == 0) {
        return 0;
    }
    return before.length == text.length && memcmp(before.at, text.at, text.length) == 0
               ? last
               : record_text(tally, texts, text);
}

static int is_address(tg_span_t client)
{
    return client.length > 3 && memcmp(client.at, "ip:", 3) == 0;
}

/* Not before it is known that the record has a place. A client mostly comes as it came before. */
static void record_texts(tg_tally_t *tally, tg_tally_client_t *c, const tg_record_t *r,
                         record_texts_t *texts)
{
    texts->is_whole = 1;
    texts->last = tg_seen_with_pair(tally->seen_with, c->pair);
    texts->address = repeated_text(tally, texts, tg_tally_address(r), texts->last.address);
    texts->ja4 = repeated_text(tally, texts, r->ja4, c->ja4);
    texts->user_agent = repeated_text(tally, texts, r->user_agent, c->user_agent);
    texts->advice = repeated_text(tally, texts, r->advice, c->advice);
    texts->host = repeated_text(tally, texts, r->host, tally->last.host);
    texts->schedule = repeated_text(tally, texts, r->schedule, tally->last.schedule);
    texts->client = tally->options.group == TG_TALLY_BY_ACCOUNT ? texts->key
                    : is_address(r->client)
                        ? 0
                        : repeated_text(tally, texts, r->client, texts->last.client);
    c->user_agent = texts->user_agent;
    tally->last.host = texts->host;
    tally->last.schedule = texts->schedule;
}

static void note_text(tg_tally_t *tally, tg_tally_client_t *c, tg_tally_kind_t kind, uint32_t text,
                      uint32_t at)
{
    if (text) {
        tg_facts_note(&tally->facts, tally->texts, &c->facts, kind, text, at);
    }
}

static void note_texts(tg_tally_t *tally, tg_tally_client_t *c, const record_texts_t *texts,
                       uint32_t at)
{
    note_text(tally, c, TG_TALLY_USER_AGENT, texts->user_agent, at);
    note_text(tally, c, TG_TALLY_ADDRESS, texts->address, at);
    note_text(tally, c, TG_TALLY_HOST, texts->host, at);
    note_text(tally, c, TG_TALLY_SCHEDULE, texts->schedule, at);
    tg_tally_later(tally, &c->advice, &c->advice_at, texts->advice, at);
    tg_tally_later(tally, &c->ja4, &c->ja4_at, texts->ja4, at);
}

static void note_pair(tg_tally_t *tally, tg_tally_client_t *c, const tg_record_t *r,
                      const record_texts_t *texts)
{
    const tg_seen_pair_t pair = { texts->address, texts->ja4, texts->client };

    if (pair.address && pair.ja4 && pair.client && !is_address(r->client) &&
        memcmp(&pair, &texts->last, sizeof(pair)) != 0) {
        uint32_t number = tg_tally_seen(tally, &pair);

        c->pair = number ? number : c->pair;
    }
}

/* The place of the client's last modern request. Of a name that is cut when it is kept, only what
 * is kept in any case is looked at. */
static uint32_t *modern_place(const tg_tally_t *tally, tg_span_t key)
{
    size_t length = key.length < TG_TEXTS_LENGTH_MAX / 2 ? key.length : TG_TEXTS_LENGTH_MAX / 2;

    return &tally->modern[tg_siphash(&tally->options.key, key.at, length) % TG_TALLY_MODERN_PLACES];
}

/* A modern request after this one may have been passed over: that of an unknown client, or one that
 * was not the first. */
static void doubt_moved(tg_tally_t *tally, const tg_tally_client_t *c, const tg_record_t *r,
                        tg_span_t key)
{
    int is_forgotten = c->count == 0 || (c->moved_at <= r->time && r->time > c->last_seen);

    if (tally->modern && is_forgotten && *modern_place(tally, key) > tg_facts_time(r->time)) {
        tally->is_unsure = 1;
    }
}

static tg_tally_client_t *tallied_client(tg_tally_t *tally, tg_span_t key, uint32_t *name)
{
    tg_tally_client_t *c;

    *name = tally->clients.count < tally->options.clients_max ? tg_texts_put(tally->texts, key)
                                                              : tg_texts_find(tally->texts, key);
    c = tg_tally_named(tally, *name);
    return c ? c : tg_tally_new_client(tally, *name);
}

static void count_request(tg_tally_t *tally, const tg_record_t *r)
{
    char stem[TG_TALLY_STEM_SIZE];
    tg_span_t key = tg_tally_key(tally->options.group, r, stem);
    uint32_t way = TG_TALLY_WAY_OF(r->protocol, r->cause);
    record_texts_t texts;
    tg_tally_client_t *c = tallied_client(tally, key, &texts.key);

    tally->sums.requests++;
    if (!c) {
        tally->sums.left_out++;
        return;
    }
    record_texts(tally, c, r, &texts);
    tally->sums.left_out += !texts.is_whole;
    doubt_moved(tally, c, r, key);
    c->count++;
    c->rejected += r->action == TG_ACTION_REJECT && r->is_enforced;
    tg_tally_came(c, (tg_presence_range_t){ r->time, r->time }, 0, way);
    tg_facts_count(&tally->facts, &c->facts, way, 1);
    note_texts(tally, c, &texts, tg_facts_time(r->time));
    if (tally->options.trials) {
        tg_trials_note(tally->options.trials, *tg_texts_mark(tally->texts, texts.key) - 1, r);
    }
    if (tally->options.visits) {
        tg_visits_note(tally->options.visits, *tg_texts_mark(tally->texts, texts.key) - 1, r, 1);
    }
    note_pair(tally, c, r, &texts);
}

/* --- a request that nothing deprecates --- */

/* Of a client that was seen with something old before. */
static void count_modern(tg_tally_t *tally, const tg_record_t *r)
{
    char stem[TG_TALLY_STEM_SIZE];
    tg_span_t key = tg_tally_key(tally->options.group, r, stem);
    tg_tally_client_t *c = tg_tally_named(tally, tg_texts_find(tally->texts, key));
    uint32_t time = tg_facts_time(r->time), *place;

    if (!tally->modern) {
        tally->modern = apr_pcalloc(tally->pool, TG_TALLY_MODERN_PLACES * sizeof(uint32_t));
    }
    place = modern_place(tally, key);
    *place = time > *place ? time : *place;
    if (c && r->time > c->last_seen && r->time < c->moved_at) {
        c->moved_at = r->time;
    }
}

int tg_tally_is_unsure(const tg_tally_t *tally)
{
    return tally->is_unsure;
}

static int is_counted(const tg_tally_t *tally, const tg_record_t *record)
{
    return record->time >= tally->options.since && record->time < tally->options.until;
}

static int is_old(const tg_tally_t *tally, const tg_record_t *record, int has_all)
{
    return !has_all || (tally->options.deprecated & TG_TRAIT_PROTOCOL(record->protocol));
}

void tg_tally_again(tg_tally_t *tally, const tg_record_t *r, int has_all)
{
    char stem[TG_TALLY_STEM_SIZE];
    tg_tally_client_t *c;
    tg_instant_t moved;

    if (!is_counted(tally, r) || r->is_test || r->is_failed || is_old(tally, r, has_all)) {
        return;
    }
    c = tg_tally_named(tally,
                       tg_texts_find(tally->texts, tg_tally_key(tally->options.group, r, stem)));
    if (!c || r->time <= c->last_seen) {
        return;
    }
    moved = __atomic_load_n(&c->moved_at, __ATOMIC_RELAXED);
    while (r->time < moved && !__atomic_compare_exchange_n(&c->moved_at, &moved, r->time, 1,
                                                           __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

/* --- a handshake that failed --- */

static void count_failed(tg_tally_t *tally, const tg_record_t *r)
{
    uint32_t client = tg_tally_failed_text(tally, r->client);
    uint32_t ja4 = tg_tally_failed_text(tally, r->ja4);
    uint32_t host = tg_tally_failed_text(tally, r->host);
    int is_whole = client && (ja4 || r->ja4.length == 0) && (host || r->host.length == 0);
    tg_tally_failed_t *f = is_whole ? tg_tally_new_failed(tally, client, ja4, host) : NULL;

    tally->sums.failed++;
    if (!f) {
        tally->sums.left_out++;
        return;
    }
    f->count++;
    f->refused += r->action == TG_ACTION_REFUSE && r->is_enforced;
    f->first_seen = r->time < f->first_seen ? r->time : f->first_seen;
    f->last_seen = r->time > f->last_seen ? r->time : f->last_seen;
    tg_facts_count(&tally->facts, &f->facts, TG_TALLY_WAY_OF(r->protocol, r->cause), 1);
}

/* --- any record --- */

static void count_day(tg_tally_t *tally, const tg_record_t *r)
{
    tg_tally_day_t *day = tg_tally_day(
        tally, (r->time - (r->time % DAY_SECONDS + DAY_SECONDS) % DAY_SECONDS) / DAY_SECONDS);

    if (day) {
        day->count[r->protocol]++;
    }
    else {
        tally->sums.left_out++;
    }
}

void tg_tally_add(tg_tally_t *tally, const tg_record_t *record, int has_all)
{
    int old = is_old(tally, record, has_all);

    if (!is_counted(tally, record)) {
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
    tally->sums.old += has_all && old;
    (old ? count_request : count_modern)(tally, record);
}
