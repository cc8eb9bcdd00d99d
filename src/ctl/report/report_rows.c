/* The lines of a report: which stragglers are listed, when they break and what helps them. */
#include "report.h"

#include "policy/advice.h"
#include "policy/network.h"
#include "policy/verdict.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

/* --- when a client breaks --- */

static const char *own_text(apr_pool_t *pool, tg_span_t text)
{
    return text.length ? apr_pstrmemdup(pool, text.at, text.length) : NULL;
}

int tg_ctl_report_has_schedule(const tg_ctl_report_t *report, const tg_tally_client_t *c,
                               const tg_schedule_t *schedule)
{
    const tg_tally_fact_t *fact = tg_tally_fact(report->tally, c->facts, TG_TALLY_SCHEDULE);
    int has_any = fact != NULL;

    for (; fact; fact = tg_tally_fact(report->tally, fact->next, TG_TALLY_SCHEDULE)) {
        tg_span_t name = tg_tally_text(report->tally, tg_tally_fact_what(fact));

        if (strlen(schedule->name) == name.length &&
            memcmp(schedule->name, name.at, name.length) == 0) {
            return 1;
        }
    }
    /* The logs of others do not tell the schedule. */
    return !has_any && (schedule->traits & TG_TRAIT_PROTOCOL(c->protocol)) != 0;
}

static tg_instant_t breaks_for(const tg_binding_t *binding, const tg_subject_t *subject)
{
    const tg_outcome_t outcome = tg_outcome_of(binding, subject);

    if (binding->has_as) {
        return tg_outcome_rejects(&outcome) ? subject->now : TG_NEVER;
    }
    return tg_outcome_sunset(&outcome, subject);
}

/* At the first of its addresses that is rejected: others may be in a network that is exempt. A
 * truncated or hashed address is not an address, and must not be looked up as a name. */
static tg_instant_t breaks_at_addresses(apr_pool_t *pool, const tg_ctl_report_t *report,
                                        const tg_tally_fact_t *fact, const tg_binding_t *binding,
                                        const tg_subject_t *client)
{
    tg_instant_t first = TG_NEVER, t;

    for (; fact; fact = tg_tally_fact(report->tally, fact->next, TG_TALLY_ADDRESS)) {
        const char *text = own_text(pool, tg_tally_text(report->tally, tg_tally_fact_what(fact)));
        tg_subject_t subject = *client;
        tg_network_t network;

        if (text && !strchr(text, '/') && tg_network_parse(text, &network) == TG_NETWORK_USABLE) {
            apr_sockaddr_info_get(&subject.address, text, APR_UNSPEC, 0, 0, pool);
        }
        t = breaks_for(binding, &subject);
        first = t < first ? t : first;
    }
    return first;
}

static tg_instant_t breaks_by(const tg_ctl_report_t *report, const tg_tally_client_t *client,
                              const tg_ctl_report_use_t *use, const tg_subject_t *subject)
{
    const tg_tally_fact_t *fact = tg_tally_fact(report->tally, client->facts, TG_TALLY_ADDRESS);
    tg_instant_t t;
    apr_pool_t *pool;

    if (!fact || !use->has_networks) {
        return breaks_for(&use->binding, subject);
    }
    apr_pool_create(&pool, report->question->ctl->pool);
    t = breaks_at_addresses(pool, report, fact, &use->binding, subject);
    apr_pool_destroy(pool);
    return t;
}

tg_instant_t tg_ctl_report_breaks_at(const tg_ctl_report_t *report, const tg_tally_client_t *client)
{
    const tg_ctl_report_question_t *q = report->question;
    tg_instant_t first = TG_NEVER, t;
    char name[TG_TEXTS_LENGTH_MAX + 1];
    tg_span_t text = tg_tally_text(report->tally, client->client);
    tg_subject_t subject = { .now = q->ctl->now, .overrides = q->overrides };
    int i;

    if (q->at != TG_NEVER || !q->plan) {
        return q->at;
    }
    memcpy(name, text.at, text.length);
    name[text.length] = '\0';
    subject.client = q->counted.group == TG_TALLY_BY_ACCOUNT ? name : NULL;
    for (i = 0; i < q->plan->schedules->nelts; i++) {
        const tg_ctl_report_use_t *use = &q->uses[i];

        if (!use->binding.report_only &&
            tg_ctl_report_has_schedule(report, client, use->binding.schedule)) {
            t = breaks_by(report, client, use, &subject);
            first = t < first ? t : first;
        }
    }
    return first;
}

/* --- what helps --- */

static const char *known_ja4(void *context)
{
    return context;
}

tg_span_t tg_ctl_report_advice(const tg_ctl_report_t *report, apr_pool_t *pool,
                               const tg_tally_client_t *c)
{
    tg_advice_client_t asks = { .ua = own_text(pool, tg_tally_text(report->tally, c->user_agent)),
                                .cause = tg_cause_name((tg_cause_t)c->cause),
                                .protocol = (tg_protocol_t)c->protocol };
    char *ja4 = (char *)own_text(pool, tg_tally_text(report->tally, c->ja4));
    const char *text;

    asks.ja4 = ja4 ? known_ja4 : NULL;
    asks.context = ja4;
    text = report->question->advice ? tg_advice_find(report->question->advice, &asks) : NULL;
    return text ? (tg_span_t){ text, (uint32_t)strlen(text) }
                : tg_tally_text(report->tally, c->advice);
}

/* --- over what, and why --- */

static const char *append_name(apr_pool_t *pool, const char *text, const char *between,
                               const char *name)
{
    return name ? apr_pstrcat(pool, text, *text ? between : "", name, NULL) : text;
}

const char *tg_ctl_report_protocols(const tg_ctl_report_t *report, apr_pool_t *pool, uint32_t facts,
                                    const char *between)
{
    tg_tally_ways_t ways = tg_tally_ways(report->tally, facts);
    const char *text = "";
    int i;

    for (i = 0; i < TG_PROTOCOLS; i++) {
        text = ways.protocols[i]
                   ? append_name(pool, text, between, tg_protocol_name((tg_protocol_t)i))
                   : text;
    }
    return text;
}

const char *tg_ctl_report_causes(const tg_ctl_report_t *report, apr_pool_t *pool, uint32_t facts,
                                 const char *between)
{
    tg_tally_ways_t ways = tg_tally_ways(report->tally, facts);
    const char *text = "";
    int i;

    for (i = 0; i < TG_CAUSES; i++) {
        text =
            ways.causes[i] ? append_name(pool, text, between, tg_cause_name((tg_cause_t)i)) : text;
    }
    return text;
}

/* --- which are listed --- */

static int compare_texts(tg_span_t a, tg_span_t b)
{
    int order = memcmp(a.at, b.at, a.length < b.length ? a.length : b.length);

    return order ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_rows(const void *a, const void *b, void *context)
{
    const tg_tally_t *tally = context;
    const tg_tally_client_t *x = tg_tally_client(tally, *(const uint32_t *)a);
    const tg_tally_client_t *y = tg_tally_client(tally, *(const uint32_t *)b);

    if (x->count != y->count) {
        return x->count < y->count ? 1 : -1;
    }
    return compare_texts(tg_tally_text(tally, x->client), tg_tally_text(tally, y->client));
}

static int is_asked_client(const tg_ctl_report_t *report, const tg_tally_client_t *c)
{
    const char *client = report->question->client;
    tg_span_t name = tg_tally_text(report->tally, c->client);

    return !client || (strlen(client) == name.length && memcmp(client, name.at, name.length) == 0);
}

/* A name without a kind is an address as well. */
int tg_ctl_report_moved_probably(const tg_ctl_report_t *report, const tg_tally_client_t *c)
{
    tg_span_t name = tg_tally_text(report->tally, c->client);

    return c->moved_at != TG_NEVER && (report->question->counted.group != TG_TALLY_BY_ACCOUNT ||
                                       (name.length > 3 && memcmp(name.at, "ip:", 3) == 0) ||
                                       !memchr(name.at, ':', name.length));
}

static int is_listed(const tg_ctl_report_t *report, const tg_tally_client_t *c)
{
    if (!is_asked_client(report, c)) {
        return 0;
    }
    return !report->question->only_breaking ||
           (c->moved_at == TG_NEVER && tg_ctl_report_breaks_at(report, c) != TG_NEVER);
}

void tg_ctl_report_choose(tg_ctl_report_t *report)
{
    uint32_t i, count = tg_tally_clients(report->tally);
    uint32_t top = (uint32_t)report->question->top;

    report->rows = apr_palloc(report->question->ctl->pool, (count + 1) * sizeof(uint32_t));
    for (i = 0; i < count; i++) {
        if (is_listed(report, tg_tally_client(report->tally, i))) {
            report->rows[report->found++] = i;
        }
    }
    qsort_r(report->rows, report->found, sizeof(uint32_t), compare_rows, report->tally);
    report->row_count = top > 0 && top < report->found ? top : report->found;
    report->found += report->unlisted;
}

uint32_t tg_ctl_report_failures(const tg_ctl_report_t *report, uint32_t *found)
{
    uint32_t count = tg_tally_failures(report->tally), top = (uint32_t)report->question->top;

    *found = count + report->failures_unlisted;
    return top > 0 && top < count ? top : count;
}
