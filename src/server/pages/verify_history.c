/* What an authenticated caller of tlsgate-verify has used before: see verify_history.h. */
#include "verify_history.h"

#include "base/json.h"
#include "server/base/identity.h"
#include "server/ledger/straggler_memory.h"
#include "server/request/respond.h"

#include <apr_strings.h>

#define SECONDS_A_DAY INT64_C(86400)

const apr_array_header_t *tg_verify_history(request_rec *r, const tg_decision_t *d,
                                            const apr_array_header_t *gates)
{
    const char *client =
        tg_conf_of_server(r->server)->main_conf->shows_history ? tg_identity_proven(r) : NULL;
    apr_array_header_t *list;
    int i;

    if (!client) {
        return NULL;
    }
    list = apr_array_make(r->pool, 2, sizeof(tg_straggler_t));
    for (i = 0; i < gates->nelts; i++) {
        const tg_schedule_t *s = APR_ARRAY_IDX(gates, i, const tg_gate_ref_t *)->entry->schedule;
        const tg_override_t *o = tg_override_find(d->subject.overrides, s->name);
        tg_straggler_t entry;

        /* To the outside it does not exist before it is announced. */
        if (tg_phase_at(s, o, d->subject.now, TG_BUCKET_EVERYONE) != TG_PHASE_OBSERVE &&
            tg_straggler_memory_find(client, s->name, &entry) &&
            entry.last_seen > d->subject.now - TG_HISTORY_SHOWN_DAYS * SECONDS_A_DAY) {
            APR_ARRAY_PUSH(list, tg_straggler_t) = entry;
        }
    }
    return list;
}

tg_instant_t tg_verify_history_latest(const apr_array_header_t *history)
{
    tg_instant_t latest = TG_ALWAYS;
    int i;

    for (i = 0; history && i < history->nelts; i++) {
        tg_instant_t seen = APR_ARRAY_IDX(history, i, const tg_straggler_t).last_seen;

        latest = seen > latest ? seen : latest;
    }
    return latest;
}

/* 1 if it has as many programs as are kept: those before are not known. */
static int is_full(const tg_straggler_t *entry)
{
    return *entry->agents[TG_STRAGGLER_AGENTS - 1] != '\0';
}

/* The last one first; where it sent none last, it is not among them. */
static json_t *agents_json(const tg_straggler_t *entry)
{
    json_t *list = json_array();
    int i;

    if (*entry->user_agent) {
        json_array_append_new(list, tg_json_text(entry->user_agent));
    }
    for (i = 0; i < TG_STRAGGLER_AGENTS && *entry->agents[i]; i++) {
        json_array_append_new(list, tg_json_text(entry->agents[i]));
    }
    return list;
}

json_t *tg_verify_history_json(const apr_array_header_t *history)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < history->nelts; i++) {
        const tg_straggler_t *entry = &APR_ARRAY_IDX(history, i, const tg_straggler_t);
        json_t *item = json_object();

        json_object_set_new(item, "schedule", tg_json_text(entry->schedule));
        json_object_set_new(item, "requests", json_integer((json_int_t)entry->requests));
        json_object_set_new(item, "rejected", json_integer((json_int_t)entry->rejected));
        json_object_set_new(item, "first_seen", tg_json_instant(entry->first_seen));
        json_object_set_new(item, "last_seen", tg_json_instant(entry->last_seen));
        json_object_set_new(item, "protocol", tg_json_text(tg_protocol_name(entry->protocol)));
        json_object_set_new(item, "user_agent",
                            tg_json_text(*entry->user_agent ? entry->user_agent : NULL));
        json_object_set_new(item, "user_agents", agents_json(entry));
        json_object_set_new(item, "maybe_more_user_agents", json_boolean(is_full(entry)));
        json_object_set_new(item, "host", tg_json_text(*entry->host ? entry->host : NULL));
        json_array_append_new(list, item);
    }
    return list;
}

static void add_agent(tg_frame_t *frame, const char *label, const char *agent, int is_text)
{
    if (*agent) {
        agent = apr_pstrdup(frame->pool, agent);
        tg_frame_add(frame, TG_ITEM_FACT, label,
                     is_text ? tg_respond_unmarked(frame->pool, agent) : agent);
    }
}

/* `1 request`, `4 requests` */
static const char *requests_made(apr_pool_t *pool, uint64_t count)
{
    return apr_psprintf(pool, "%" APR_UINT64_T_FMT " request%s", count, count == 1 ? "" : "s");
}

static void add_history_entry(tg_frame_t *frame, const tg_straggler_t *entry, int is_text)
{
    apr_pool_t *pool = frame->pool;
    int i;

    tg_frame_add(
        frame, TG_ITEM_SENTENCE, NULL,
        apr_psprintf(pool,
                     "Since %s you have made %s that schedule %s deprecates; "
                     "%" APR_UINT64_T_FMT " %s rejected. The most recent was at %s over %s.",
                     tg_instant_text(pool, entry->first_seen), requests_made(pool, entry->requests),
                     entry->schedule, entry->rejected, entry->rejected == 1 ? "was" : "were",
                     tg_instant_text(pool, entry->last_seen), tg_protocol_name(entry->protocol)));
    add_agent(frame, "Last program", entry->user_agent, is_text);
    for (i = 0; i < TG_STRAGGLER_AGENTS; i++) {
        add_agent(frame, "Before that", entry->agents[i], is_text);
    }
    if (is_full(entry)) {
        tg_frame_add(frame, TG_ITEM_SENTENCE, NULL,
                     "These are the last four programs; of others before them nothing is kept.");
    }
}

void tg_verify_history_add(tg_frame_t *frame, const apr_array_header_t *history, int is_text)
{
    int i;

    if (!history) {
        return;
    }
    tg_frame_add_part(frame, TG_PART_SECTION, "What you used before");
    if (history->nelts == 0) {
        tg_frame_add(frame, TG_ITEM_SENTENCE, NULL,
                     "In the last 30 days you made no request that this host deprecates, apart "
                     "from tests on this page.");
    }
    for (i = 0; i < history->nelts; i++) {
        add_history_entry(frame, &APR_ARRAY_IDX(history, i, const tg_straggler_t), is_text);
    }
}
