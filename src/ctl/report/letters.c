/* Which stragglers get a letter: see letters.h. */
#include "letters.h"

#include "letter/letter_values.h"

#include <apr_strings.h>
#include <string.h>

/* --- what all letters need --- */

/* No letter mentions a schedule that is not announced yet, or that only observes; with a date on
 * the command line, every schedule is mentioned. */
static int is_told_of(const tg_ctl_report_question_t *q, const tg_schedule_t *s)
{
    const tg_override_t *o = tg_override_find(q->overrides, s->name);

    return q->at != TG_NEVER ||
           (!tg_plan_binding(q->plan, s).report_only &&
            tg_phase_at(s, o, q->ctl->now, TG_BUCKET_EVERYONE) != TG_PHASE_OBSERVE);
}

static const apr_array_header_t *bindings_of(const tg_ctl_report_question_t *q)
{
    apr_array_header_t *bindings = apr_array_make(q->ctl->pool, 4, sizeof(tg_binding_t));
    int i;

    for (i = 0; q->plan && i < q->plan->schedules->nelts; i++) {
        const tg_schedule_t *s = APR_ARRAY_IDX(q->plan->schedules, i, tg_schedule_t *);

        if (is_told_of(q, s)) {
            APR_ARRAY_PUSH(bindings, tg_binding_t) = (tg_binding_t){ .schedule = s };
        }
    }
    return bindings;
}

static void note_probable(tg_ctl_letters_t *letters, const tg_tally_failed_t *failed, uint32_t name)
{
    apr_pool_t *pool = apr_hash_pool_get(letters->probable);
    tg_letter_probable_t *p = apr_hash_get(letters->probable, &name, sizeof(name));

    if (!p) {
        p = apr_palloc(pool, sizeof(*p));
        *p = (tg_letter_probable_t){ 0, TG_NEVER, TG_ALWAYS };
        apr_hash_set(letters->probable, apr_pmemdup(pool, &name, sizeof(name)), sizeof(name), p);
    }
    p->count += failed->count;
    p->first_seen = failed->first_seen < p->first_seen ? failed->first_seen : p->first_seen;
    p->last_seen = failed->last_seen > p->last_seen ? failed->last_seen : p->last_seen;
}

/* What may belong to several clients is not mentioned to any of them. */
static void find_probable(tg_ctl_letters_t *letters)
{
    tg_tally_t *tally = letters->report.tally;
    uint32_t i;

    for (i = 0; i < tg_tally_failures(tally); i++) {
        const tg_tally_failed_t *failed = tg_tally_failed(tally, i);
        tg_tally_probable_t names = tg_tally_probable(tally, failed);

        if (names.count == 1) {
            note_probable(letters, failed, names.names[0]);
        }
        letters->ambiguous += names.count > 1;
    }
}

int tg_ctl_letters_begin(tg_ctl_letters_t *letters, const apr_array_header_t *logs)
{
    const tg_ctl_report_question_t *q = letters->report.question;

    letters->bindings = bindings_of(q);
    letters->probable = apr_hash_make(q->ctl->pool);
    if (!tg_ctl_report_read(&letters->report, logs)) {
        return 0;
    }
    tg_ctl_report_choose(&letters->report);
    find_probable(letters);
    return 1;
}

/* --- one client --- */

static int is_known_by_address(const char *client)
{
    return strncmp(client, "ip:", 3) == 0 || strchr(client, ':') == NULL;
}

static void find_outcomes(const tg_ctl_letters_t *letters, apr_pool_t *pool, tg_ctl_letter_t *out)
{
    const apr_array_header_t *bindings = letters->bindings;
    const tg_tally_client_t *c = tg_tally_client(letters->report.tally, out->facts.client);
    int i;

    out->outcomes = apr_palloc(pool, sizeof(tg_outcome_t) * (size_t)(bindings->nelts + 1));
    for (i = 0; i < bindings->nelts; i++) {
        const tg_binding_t *binding = &APR_ARRAY_IDX(bindings, i, tg_binding_t);

        if (tg_ctl_report_has_schedule(&letters->report, c, binding->schedule)) {
            out->outcomes[out->facts.count++] = tg_outcome_of(binding, &out->subject);
        }
    }
    out->facts.outcomes = out->outcomes;
    out->facts.subject = &out->subject;
}

static tg_ctl_letter_fate_t fate_of(const tg_ctl_letters_t *letters, const tg_ctl_letter_t *letter,
                                    const tg_tally_client_t *c)
{
    const tg_ctl_report_question_t *q = letters->report.question;

    if (letter->facts.count == 0 && (q->plan || q->at == TG_NEVER)) {
        return TG_CTL_LETTER_NOT_CONCERNED;
    }
    if (c->moved_at != TG_NEVER) {
        return TG_CTL_LETTER_MOVED;
    }
    if (letters->told &&
        letter->last_seen <= tg_letter_stamp_find(letters->told->clients, letter->client)) {
        return TG_CTL_LETTER_NOTHING_NEW;
    }
    if (letter->to || (!letters->book && !is_known_by_address(letter->client))) {
        return TG_CTL_LETTER_WRITTEN;
    }
    return is_known_by_address(letter->client) ? TG_CTL_LETTER_NO_ACCOUNT
                                               : TG_CTL_LETTER_NO_ADDRESS;
}

void tg_ctl_letter_of(const tg_ctl_letters_t *letters, apr_pool_t *pool, uint32_t row,
                      tg_ctl_letter_t *out)
{
    const tg_ctl_report_t *report = &letters->report;
    const tg_ctl_report_question_t *q = report->question;
    const tg_tally_client_t *c = tg_tally_client(report->tally, report->rows[row]);
    const tg_letter_probable_t *probable =
        apr_hash_get(letters->probable, &c->client, sizeof(c->client));
    tg_span_t name = tg_tally_text(report->tally, c->client);

    memset(out, 0, sizeof(*out));
    out->letters = letters;
    out->client = apr_pstrmemdup(pool, name.at, name.length);
    out->to = letters->book ? tg_ctl_address_book_find(letters->book, out->client) : NULL;
    out->subject =
        (tg_subject_t){ .now = q->ctl->now, .client = out->client, .overrides = q->overrides };
    out->facts = (tg_letter_facts_t){ .tally = report->tally,
                                      .client = report->rows[row],
                                      .at = q->at,
                                      .plan = q->plan,
                                      .test_path = letters->test_path };
    out->last_seen = c->last_seen;
    if (probable) {
        out->facts.probable = *probable;
        out->last_seen = probable->last_seen > c->last_seen ? probable->last_seen : c->last_seen;
    }
    find_outcomes(letters, pool, out);
    out->fate = fate_of(letters, out, c);
}

void tg_ctl_letter_fill(const tg_ctl_letter_t *letter, apr_pool_t *pool, tg_letter_t *out)
{
    const tg_ctl_report_t *report = &letter->letters->report;
    tg_letter_facts_t facts = letter->facts;

    facts.advice = tg_ctl_report_advice(report, pool, tg_tally_client(report->tally, facts.client));
    if (letter->to) {
        facts.name = letter->to->client;
    }
    tg_letter_fill(pool, &facts, report->question->counted.trials, out);
}
