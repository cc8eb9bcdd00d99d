/* The memory of a tally: clients, days and failed handshakes, each within its bound; and what is
 * known of the last time, whatever comes last.
 */
#include "tally_memory.h"

tg_tally_t *tg_tally_create(apr_pool_t *pool, const tg_tally_options_t *options)
{
    tg_tally_t *tally = apr_pcalloc(pool, sizeof(*tally));
    tg_tally_options_t *o = &tally->options;

    tally->pool = pool;
    *o = *options;
    o->clients_max = o->clients_max ? o->clients_max : TG_TALLY_CLIENTS_MAX;
    o->room_max = o->room_max ? o->room_max : TG_TEXTS_ROOM_MAX;
    tally->sums.latest = TG_ALWAYS;
    tally->texts = tg_texts_create(pool, &o->key, o->room_max);
    tally->keys = tg_texts_create(pool, &o->key, o->room_max);
    tally->seen_with =
        tg_seen_with_create(pool, tally->texts, &o->key, TG_TALLY_PAIRS_A_CLIENT * o->clients_max);
    tally->days = apr_array_make(pool, 64, sizeof(tg_tally_day_t));
    tg_blocks_begin(&tally->clients, pool, sizeof(tg_tally_client_t));
    tg_blocks_begin(&tally->failed, pool, sizeof(tg_tally_failed_t));
    tg_blocks_begin(&tally->facts, pool, sizeof(tg_tally_fact_t));
    (void)tg_blocks_push(&tally->facts); /* no fact has the number 0 */
    return tally;
}

tg_tally_day_t *tg_tally_day(tg_tally_t *tally, int64_t day)
{
    int i;

    if (tally->day && tally->day->day == day) {
        return tally->day;
    }
    tally->day = NULL;
    for (i = tally->days->nelts - 1; i >= 0 && !tally->day; i--) {
        tg_tally_day_t *other = &APR_ARRAY_IDX(tally->days, i, tg_tally_day_t);

        tally->day = other->day == day ? other : NULL;
    }
    if (!tally->day && tally->days->nelts < TG_TALLY_DAYS_MAX) {
        tally->day = apr_array_push(tally->days);
        *tally->day = (tg_tally_day_t){ .day = day };
    }
    return tally->day;
}

tg_tally_client_t *tg_tally_named(const tg_tally_t *tally, uint32_t name)
{
    uint32_t mark = *tg_texts_mark(tally->texts, name);

    return mark ? tg_blocks_at(&tally->clients, mark - 1) : NULL;
}

tg_tally_client_t *tg_tally_new_client(tg_tally_t *tally, uint32_t name)
{
    tg_tally_client_t *c;

    if (!name || tally->clients.count >= tally->options.clients_max) {
        return NULL;
    }
    c = tg_blocks_push(&tally->clients);
    *tg_texts_mark(tally->texts, name) = tally->clients.count;
    *c = (tg_tally_client_t){
        .client = name, .first_seen = TG_NEVER, .last_seen = TG_ALWAYS, .moved_at = TG_NEVER
    };
    return c;
}

uint32_t tg_tally_seen(tg_tally_t *tally, const tg_seen_pair_t *pair)
{
    uint32_t number = tg_seen_with_add(tally->seen_with, pair);

    tally->sums.left_out += number == 0;
    return number;
}

uint32_t tg_tally_failed_text(tg_tally_t *tally, tg_span_t text)
{
    size_t room = ((size_t)tally->options.room_max << 20) / TG_TALLY_FAILED_SHARE;
    size_t before = tg_texts_used(tally->texts);
    int has_room = tally->failed.count < tally->options.clients_max && tally->failed_used < room;
    uint32_t number =
        has_room ? tg_texts_put(tally->texts, text) : tg_texts_find(tally->texts, text);

    tally->failed_used += tg_texts_used(tally->texts) - before;
    return number;
}

tg_tally_failed_t *tg_tally_new_failed(tg_tally_t *tally, uint32_t client, uint32_t ja4,
                                       uint32_t host)
{
    const uint32_t numbers[] = { client, ja4, host };
    tg_span_t key = { (const char *)numbers, sizeof(numbers) };
    int is_full = tally->failed.count >= tally->options.clients_max;
    uint32_t number = is_full ? tg_texts_find(tally->keys, key) : tg_texts_put(tally->keys, key);
    uint32_t *mark = tg_texts_mark(tally->keys, number);
    tg_tally_failed_t *f;

    if (!number || (!*mark && is_full)) {
        return NULL;
    }
    if (*mark) {
        return tg_blocks_at(&tally->failed, *mark - 1);
    }
    f = tg_blocks_push(&tally->failed);
    *mark = tally->failed.count;
    *f = (tg_tally_failed_t){
        .client = client, .ja4 = ja4, .host = host, .first_seen = TG_NEVER, .last_seen = TG_ALWAYS
    };
    return f;
}

void tg_tally_later(const tg_tally_t *tally, uint32_t *text, uint32_t *at, uint32_t other,
                    uint32_t other_at)
{
    if (other && (other_at > *at || !*text ||
                  (other_at == *at && other != *text &&
                   tg_texts_compare(tg_texts_get(tally->texts, other),
                                    tg_texts_get(tally->texts, *text)) > 0))) {
        *text = other;
        *at = other_at;
    }
}

void tg_tally_came(tg_tally_client_t *c, tg_presence_range_t range, tg_presence_t presence,
                   unsigned way)
{
    tg_presence_range_t has = { c->first_seen, c->last_seen };

    c->presence = presence ? tg_presence_join(c->presence, has, presence, range)
                           : tg_presence_note(c->presence, has, range.first);
    if (range.last > c->last_seen ||
        (range.last == c->last_seen && way > TG_TALLY_WAY_OF(c->protocol, c->cause))) {
        c->protocol = (unsigned char)(way >> 4);
        c->cause = way & 0xF;
    }
    c->first_seen = range.first < c->first_seen ? range.first : c->first_seen;
    c->last_seen = range.last > c->last_seen ? range.last : c->last_seen;
    c->moved_at = c->moved_at > c->last_seen ? c->moved_at : TG_NEVER;
}
