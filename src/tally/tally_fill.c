/* Filling a tally with sums: see tally_fill.h. */
#include "tally_fill.h"

#include "tally_memory.h"

static uint32_t bounded_count(uint64_t count)
{
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

void tg_tally_fill_client(tg_tally_t *tally, tg_span_t client, const tg_tally_sum_t *sum)
{
    uint32_t name = tg_texts_put(tally->texts, client);
    uint32_t way = TG_TALLY_WAY_OF(sum->protocol, sum->cause);
    tg_tally_client_t *c = tg_tally_named(tally, name);

    c = c ? c : tg_tally_new_client(tally, name);
    if (!c) {
        tally->sums.left_out += sum->count;
        return;
    }
    c->count += sum->count;
    c->rejected += sum->refused;
    tg_tally_came(c, (tg_presence_range_t){ sum->first, sum->last }, 0, way);
    tg_facts_count(&tally->facts, &c->facts, way, bounded_count(sum->count));
}

void tg_tally_fill_latest(tg_tally_t *tally, tg_instant_t time)
{
    tally->sums.latest = time > tally->sums.latest ? time : tally->sums.latest;
}

void tg_tally_fill_visits(tg_tally_t *tally, const tg_record_t *record, uint64_t count,
                          tg_instant_t last)
{
    tg_tally_sum_t sum = { .protocol = record->protocol,
                           .cause = record->cause,
                           .count = count,
                           .first = record->time,
                           .last = last };
    const tg_tally_client_t *c;

    tg_tally_fill_latest(tally, last);
    tg_tally_fill_client(tally, record->client, &sum);
    c = tg_tally_find(tally, record->client);
    if (c) {
        tg_visits_note(tally->options.visits, *tg_texts_mark(tally->texts, c->client) - 1, record,
                       bounded_count(count));
    }
}

void tg_tally_fill_text(tg_tally_t *tally, tg_tally_client_t *client, tg_tally_kind_t kind,
                        tg_span_t text, int64_t last)
{
    uint32_t number = tg_texts_put(tally->texts, text);

    if (number) {
        tg_facts_note(&tally->facts, tally->texts, &client->facts, kind, number,
                      tg_facts_time(last));
    }
}

void tg_tally_fill_last(tg_tally_t *tally, tg_tally_client_t *client, tg_span_t advice,
                        int64_t advice_at, tg_span_t ja4, int64_t ja4_at)
{
    tg_tally_later(tally, &client->advice, &client->advice_at, tg_texts_put(tally->texts, advice),
                   tg_facts_time(advice_at));
    tg_tally_later(tally, &client->ja4, &client->ja4_at, tg_texts_put(tally->texts, ja4),
                   tg_facts_time(ja4_at));
}

void tg_tally_fill_trial(tg_tally_t *tally, const tg_tally_client_t *client, int trial,
                         unsigned seen)
{
    tg_trials_set(&APR_ARRAY_IDX(tally->options.trials->rows, trial, tg_trials_row_t),
                  *tg_texts_mark(tally->texts, client->client) - 1, seen);
}

void tg_tally_fill_day(tg_tally_t *tally, int64_t day, tg_protocol_t protocol, uint64_t count)
{
    tg_tally_day_t *of_day = tg_tally_day(tally, day);

    if (of_day) {
        of_day->count[protocol] += count;
    }
    else {
        tally->sums.left_out += count;
    }
}

void tg_tally_fill_failed(tg_tally_t *tally, tg_span_t client, tg_span_t ja4, tg_span_t host,
                          const tg_tally_sum_t *sum)
{
    uint32_t name = tg_tally_failed_text(tally, client);
    uint32_t hello = tg_tally_failed_text(tally, ja4);
    uint32_t of_host = tg_tally_failed_text(tally, host);
    int is_whole = name && (hello || !ja4.length) && (of_host || !host.length);
    tg_tally_failed_t *f = is_whole ? tg_tally_new_failed(tally, name, hello, of_host) : NULL;

    if (!f) {
        tally->sums.left_out += sum->count;
        return;
    }
    f->count += sum->count;
    f->refused += sum->refused;
    f->first_seen = sum->first < f->first_seen ? sum->first : f->first_seen;
    f->last_seen = sum->last > f->last_seen ? sum->last : f->last_seen;
    tg_facts_count(&tally->facts, &f->facts, TG_TALLY_WAY_OF(sum->protocol, sum->cause),
                   bounded_count(sum->count));
}

void tg_tally_fill_seen(tg_tally_t *tally, tg_span_t address, tg_span_t ja4, tg_span_t client)
{
    const uint32_t place = tg_texts_put(tally->texts, address);
    const uint32_t hello = tg_texts_put(tally->texts, ja4);
    const uint32_t name = tg_texts_put(tally->texts, client);

    if (place && hello && name) {
        (void)tg_tally_seen(tally, &(tg_seen_pair_t){ place, hello, name });
    }
    else {
        tally->sums.left_out++;
    }
}

tg_tally_sums_t *tg_tally_fill_sums(tg_tally_t *tally)
{
    return &tally->sums;
}
