/* The stragglers of the status page: see status_stragglers.h. */
#include "status_stragglers.h"

#include "policy/network.h"
#include "server/base/conf.h"
#include "server/ledger/straggler_memory.h"
#include "server/state/state_cache.h"

#include <string.h>

typedef struct {
    request_rec *r;
    const tg_report_t *report;
    apr_pool_t *scratch; /* cleared for each straggler */
} judging_t;

static const tg_report_schedule_t *schedule_of(const tg_report_t *report, const char *name)
{
    int i;

    for (i = 0; i < report->schedule_count; i++) {
        if (strcmp(report->schedules[i].schedule->name, name) == 0) {
            return &report->schedules[i];
        }
    }
    return NULL;
}

/* Of a client that is an address: which exempt networks it is in. A truncated or hashed address is
 * not an address, and must not be looked up as a name. */
static apr_sockaddr_t *address_of(apr_pool_t *pool, const char *client)
{
    apr_sockaddr_t *address = NULL;
    tg_network_t network;

    if (strncmp(client, "ip:", 3) == 0 && !strchr(client, '/') &&
        tg_network_parse(client + 3, &network) == TG_NETWORK_USABLE) {
        apr_sockaddr_info_get(&address, client + 3, APR_UNSPEC, 0, 0, pool);
    }
    return address;
}

/* Its exemptions, with all overrides, and its address if it is one. Until the next one is
 * judged. */
static tg_subject_t judged_subject(const judging_t *judging, const tg_straggler_t *straggler,
                                   tg_instant_t now)
{
    tg_subject_t subject = { .now = now, .client = straggler->client };

    apr_pool_clear(judging->scratch);
    subject.address = address_of(judging->scratch, straggler->client);
    subject.overrides = tg_state_cache_overrides(judging->r->server, judging->scratch,
                                                 subject.client, subject.address);
    return subject;
}

static tg_instant_t exempt_until(void *context, const tg_straggler_t *straggler)
{
    const judging_t *judging = context;
    const tg_report_schedule_t *item = schedule_of(judging->report, straggler->schedule);
    tg_instant_t now = judging->report->now;
    const tg_exemption_t *exemption;
    tg_subject_t subject;

    if (!item || !tg_override_has_exempt(item->override, now)) {
        return TG_ALWAYS;
    }
    subject = judged_subject(judging, straggler, now);
    exemption = tg_exemption_find(subject.overrides, straggler->schedule, subject.client,
                                  subject.address, now);
    return exemption ? exemption->until : TG_ALWAYS;
}

/* As if it were then. */
static tg_instant_t breaks_after(const judging_t *judging, const tg_straggler_t *straggler,
                                 tg_instant_t now)
{
    const tg_report_schedule_t *item = schedule_of(judging->report, straggler->schedule);
    tg_subject_t subject;

    if (!item || item->report_only) {
        return TG_NEVER;
    }
    subject = judged_subject(judging, straggler, now);
    return tg_binding_next_rejection(item->lines, &subject);
}

static tg_instant_t breaks_from(void *context, const tg_straggler_t *straggler)
{
    const judging_t *judging = context;

    return breaks_after(judging, straggler, judging->report->now);
}

static int is_met_in(void *context, const tg_straggler_t *straggler, const tg_interval_t *when)
{
    const judging_t *judging = context;
    tg_instant_t now = judging->report->now;

    return breaks_after(judging, straggler, when->start > now ? when->start : now) < when->end;
}

static const char *straggler_ja4(void *context)
{
    return context;
}

static const char *straggler_advice(void *context, const tg_straggler_t *straggler)
{
    const judging_t *judging = context;
    char ja4[TG_JA4_STRLEN];
    tg_advice_client_t client = { .ua = *straggler->user_agent ? straggler->user_agent : NULL,
                                  .cause = tg_cause_name(straggler->cause),
                                  .protocol = straggler->protocol,
                                  .ja4 = straggler_ja4,
                                  .context = NULL };

    if (*straggler->ja4) {
        memcpy(ja4, straggler->ja4, sizeof(ja4));
        client.context = ja4;
    }
    return tg_advice_find(tg_conf_of_server(judging->r->server)->advice, &client);
}

tg_straggler_judge_t tg_status_judge(request_rec *r, const tg_report_t *report)
{
    judging_t *judging = apr_palloc(r->pool, sizeof(*judging));
    tg_straggler_judge_t judge = { exempt_until, breaks_from, is_met_in, straggler_advice,
                                   judging };

    judging->r = r;
    judging->report = report;
    apr_pool_create(&judging->scratch, r->pool);
    return judge;
}

tg_straggler_list_t tg_status_straggler_numbers(void)
{
    tg_straggler_list_t numbers = { .is_complete = 1 };
    tg_stragglers_t table;

    if (tg_straggler_memory_numbers(&table)) {
        numbers.capacity = table.capacity;
        numbers.used = table.used;
        numbers.forgotten = table.forgotten;
        numbers.missed = table.missed;
    }
    return numbers;
}

tg_straggler_list_t tg_status_stragglers(request_rec *r, const tg_report_t *report,
                                         const tg_straggler_query_t *query)
{
    tg_straggler_judge_t judge;

    if (!tg_straggler_memory_has_table()) {
        return tg_status_straggler_numbers();
    }
    judge = tg_status_judge(r, report);
    return tg_straggler_list(r->pool, &tg_straggler_memory_source, query, &judge);
}
