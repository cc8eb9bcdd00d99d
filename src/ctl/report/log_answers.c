/* What the clients of a log get: see log_simulation.h. Each row is asked about in every way that
 * the log leaves open.
 */
#include "log_simulation.h"

#include "base/rows.h"
#include "ctl/status/simulation.h"
#include "term/term.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

/** Answers that follow each other: more than a day has with a trial each minute. */
#define STEPS_MAX 4096

/** Instants of a past time at which what was changed by hand is looked at again. */
#define CHANGES_MAX 64

#define PLACE(row, i) (&APR_ARRAY_IDX((row)->where->apart, i, const tg_ctl_place_t))

/* --- changes by hand --- */

static int compare_instants(const void *a, const void *b)
{
    const tg_instant_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* When entries were made within a time. */
static void push_instant(apr_array_header_t *instants, tg_instant_t since, tg_instant_t from,
                         tg_instant_t until)
{
    if (since > from && since < until) {
        APR_ARRAY_PUSH(instants, tg_instant_t) = since;
    }
}

/* In the order of time, each once: a list of exemptions was made at one instant. Of very many only
 * the first ones. */
static void sort_instants(apr_array_header_t *instants)
{
    tg_instant_t *at = (tg_instant_t *)instants->elts;
    int i, kept = 1;

    qsort(at, (size_t)instants->nelts, sizeof(*at), compare_instants);
    for (i = 1; i < instants->nelts; i++) {
        if (at[i] != at[kept - 1]) {
            at[kept++] = at[i];
        }
    }
    if (kept > CHANGES_MAX) {
        tg_term_note("what was changed by hand after %s is left out: the log has more than %d such "
                     "changes; simulate a part of it",
                     tg_instant_text(instants->pool, at[CHANGES_MAX - 1]), CHANGES_MAX);
        kept = CHANGES_MAX;
    }
    instants->nelts = kept;
}

apr_array_header_t *tg_ctl_log_changes(const tg_ctl_t *ctl, const tg_ctl_in_force_t *in_force,
                                       tg_instant_t from, tg_instant_t until)
{
    const tg_state_t *state = &in_force->state;
    apr_array_header_t *changes = apr_array_make(ctl->pool, 1, sizeof(tg_ctl_log_change_t));
    apr_array_header_t *instants = apr_array_make(ctl->pool, 4, sizeof(tg_instant_t));
    tg_instant_t past = until < ctl->now ? until : ctl->now;
    int i;

    APR_ARRAY_PUSH(instants, tg_instant_t) = from;
    for (i = 0; i < state->overrides->nelts; i++) {
        push_instant(instants, APR_ARRAY_IDX(state->overrides, i, tg_state_override_t).since, from,
                     past);
    }
    for (i = 0; i < state->exemptions->nelts; i++) {
        push_instant(instants, APR_ARRAY_IDX(state->exemptions, i, tg_state_exemption_t).since,
                     from, past);
    }
    sort_instants(instants);
    for (i = 0; i < instants->nelts; i++) {
        tg_instant_t t = APR_ARRAY_IDX(instants, i, tg_instant_t);
        tg_state_t entries = tg_ctl_in_force_entries(ctl->pool, state, NULL, t, ctl->now);

        APR_ARRAY_PUSH(changes, tg_ctl_log_change_t) =
            (tg_ctl_log_change_t){ t, tg_state_set(ctl->pool, &entries) };
    }
    return changes;
}

static const tg_override_set_t *set_at(const apr_array_header_t *changes, tg_instant_t t)
{
    int i = changes->nelts - 1;

    while (i > 0 && APR_ARRAY_IDX(changes, i, tg_ctl_log_change_t).from > t) {
        i--;
    }
    return APR_ARRAY_IDX(changes, i, tg_ctl_log_change_t).set;
}

/* --- one way --- */

/* A row at one of its places. */
typedef struct {
    const tg_ctl_log_row_t *row;
    tg_ctl_question_t question;
    tg_ctl_kind_t kind;
} way_t;

/* A log of another server does not know the accounts that httpd does. */
static int is_account_unknown(const tg_ctl_log_row_t *row, const tg_ctl_place_t *place)
{
    return !row->is_own && place->settings->identity->nelts > 0;
}

/* What it lacks to tell whether a client that would be turned away is spared. */
static unsigned lacks_of_identity(const way_t *way, const tg_ctl_answer_t *answer)
{
    const tg_ctl_question_t *q = &way->question;
    const tg_override_t *override;
    const char *schedule;
    unsigned lacks = 0;

    if ((answer->kind != TG_CTL_REJECTED && answer->kind != TG_CTL_REFUSED) || !answer->decides) {
        return 0;
    }
    schedule = answer->decides->binding->schedule->name;
    override = tg_override_find(q->overrides, schedule);
    /* Refuse waits for exempt clients: this much is known of them. */
    if (!q->client && answer->kind == TG_CTL_REJECTED &&
        (answer->share < 100 || (override && q->t < override->refuse_waits_until))) {
        lacks |=
            is_account_unknown(way->row, q->place) ? TG_CTL_LACKS_CLIENT : TG_CTL_LACKS_ADDRESS;
    }
    if (!q->address && tg_exemption_has_network(q->pool, q->overrides, schedule, q->t)) {
        lacks |= TG_CTL_LACKS_ADDRESS;
    }
    return lacks;
}

static tg_ctl_log_step_t step_of(const way_t *way, const tg_ctl_answer_t *answer)
{
    static const tg_ctl_log_answer_t answers[] = { TG_CTL_LOG_SERVED, TG_CTL_LOG_REJECTED,
                                                   TG_CTL_LOG_REFUSED, TG_CTL_LOG_KEPT_OUT };
    TG_ROWS_ARE(answers, TG_CTL_ANSWERS);
    tg_ctl_log_step_t step = { .answer = answers[answer->kind],
                               .status = answer->status,
                               .alert = answer->alert,
                               .lacks = lacks_of_identity(way, answer),
                               .from = way->question.t };

    if (answer->kind == TG_CTL_KEPT_OUT) {
        step.why = answer->kept_out ? answer->kept_out->reason : NULL;
    }
    else if (answer->decides) {
        step.schedule = answer->decides->binding->schedule->name;
        step.phase = answer->decides->phase;
        step.why =
            apr_pstrcat(way->question.pool, tg_ctl_outcome_why(way->question.pool, answer->decides),
                        answer->decides->enforced ? "" : ", only logged", NULL);
        if (answer->kind == TG_CTL_SERVED && tg_outcome_warns(answer->decides)) {
            step.answer = TG_CTL_LOG_WARNED;
        }
    }
    return step;
}

static int is_same_answer(const tg_ctl_log_step_t *a, const tg_ctl_log_step_t *b)
{
    return a->answer == b->answer && a->status == b->status && a->alert == b->alert;
}

/* The traits by which a schedule refuses are those of the cipher or group alone: a client that also
 * offers a better one gets that. The cause tells, if it is about that schedule. */
static tg_ctl_log_step_t step_by_offers(way_t *way, const tg_ctl_answer_t *answer)
{
    const tg_schedule_t *schedule = answer->decides->binding->schedule;
    tg_ctl_log_step_t step = step_of(way, answer), better;
    tg_ctl_answer_t other;

    if ((schedule->traits & TG_TRAIT_PROTOCOL(way->kind.protocol)) ||
        (way->row->decided == schedule &&
         (way->row->cause == TG_CAUSE_OLD || way->row->cause == TG_CAUSE_PINNED))) {
        return step;
    }
    way->kind.traits &= ~TG_TRAITS_NEGOTIATED;
    other = tg_ctl_answer_now(&way->question);
    better = step_of(way, &other);
    if (way->row->decided == schedule && way->row->cause == TG_CAUSE_CAPABLE) {
        return better;
    }
    step.lacks |= is_same_answer(&step, &better) ? 0 : TG_CTL_LACKS_OFFERS;
    return step;
}

/* Which traits a way has that the log does not tell, in bits. */
enum { WAY_TRAITS = 1, WAY_EXPR = 2, WAYS = 4 };

static way_t way_of(apr_pool_t *pool, const tg_ctl_log_row_t *row, int place, unsigned which)
{
    way_t way = { .row = row,
                  .kind = row->kind,
                  .question = {
                      .pool = pool, .place = PLACE(row, place), .address = row->address } };

    way.kind.traits |= which & WAY_TRAITS ? row->possible : 0;
    way.kind.has_any_expr = (which & WAY_EXPR) != 0;
    way.question.client = is_account_unknown(row, way.question.place) ? NULL : row->key;
    return way;
}

static tg_ctl_log_step_t answer_way(way_t *way, const tg_override_set_t *set, tg_instant_t t)
{
    tg_ctl_answer_t answer;

    way->question.kind = &way->kind;
    way->question.t = t;
    way->question.overrides = set;
    answer = tg_ctl_answer_now(&way->question);
    return answer.kind == TG_CTL_REFUSED ? step_by_offers(way, &answer) : step_of(way, &answer);
}

/* --- all ways --- */

static unsigned lacks_of_way(const tg_ctl_log_row_t *row, unsigned which)
{
    unsigned lacks = which & WAY_EXPR ? TG_CTL_LACKS_EXPR : 0;

    if (which & WAY_TRAITS) {
        lacks |= (row->possible & TG_TRAITS_CIPHER) ? TG_CTL_LACKS_CIPHER : 0;
        lacks |= (row->possible & TG_TRAIT_KX_CLASSICAL) ? TG_CTL_LACKS_GROUP : 0;
    }
    return lacks;
}

/* The answer at one place, and what is lacking there. */
static tg_ctl_log_step_t answer_at(apr_pool_t *pool, const tg_ctl_log_row_t *row, int place,
                                   const tg_override_set_t *set, tg_instant_t t)
{
    way_t way = way_of(pool, row, place, 0);
    tg_ctl_log_step_t step = answer_way(&way, set, t);
    unsigned which;

    for (which = 1; which < WAYS; which++) {
        tg_ctl_log_step_t other;

        way = way_of(pool, row, place, which);
        other = answer_way(&way, set, t);
        step.lacks |= other.lacks;
        if (!is_same_answer(&other, &step)) {
            step.lacks |= lacks_of_way(row, which);
        }
    }
    return step;
}

static tg_ctl_log_step_t answer_row(apr_pool_t *pool, const tg_ctl_log_row_t *row,
                                    const tg_override_set_t *set, tg_instant_t t)
{
    tg_ctl_log_step_t step = { .answer = TG_CTL_LOG_UNKNOWN, .from = t };
    int i, count = 0;

    for (i = 0; i < row->where->apart->nelts; i++) {
        if (tg_ctl_place_meets(PLACE(row, i), &row->kind)) {
            tg_ctl_log_step_t here = answer_at(pool, row, i, set, t);
            unsigned lacks = step.lacks | here.lacks;

            if (count == 0) {
                step = here;
            }
            else if (!is_same_answer(&step, &here)) {
                lacks |= row->where->lacks ? row->where->lacks : (unsigned)TG_CTL_LACKS_SERVER;
            }
            step.lacks = lacks;
            count++;
        }
    }
    step.lacks |= count == 0 ? TG_CTL_LACKS_SERVER : 0;
    if (step.lacks) {
        step = (tg_ctl_log_step_t){ .answer = TG_CTL_LOG_UNKNOWN, .lacks = step.lacks, .from = t };
    }
    return step;
}

/* The first instant after t at which any way may have another answer. */
static tg_instant_t next_answer(apr_pool_t *pool, const tg_ctl_log_row_t *row,
                                const apr_array_header_t *changes, tg_instant_t t)
{
    tg_instant_t found = TG_NEVER, change;
    int i;

    for (i = 0; i < changes->nelts; i++) {
        change = APR_ARRAY_IDX(changes, i, tg_ctl_log_change_t).from;
        found = change > t && change < found ? change : found;
    }
    for (i = 0; i < row->where->apart->nelts; i++) {
        way_t way = way_of(pool, row, i, WAYS - 1);

        way.question.kind = &way.kind;
        way.question.t = t;
        way.question.overrides = set_at(changes, t);
        change = tg_ctl_answer_next(&way.question);
        found = change < found ? change : found;
    }
    return found;
}

static int is_same_step(const tg_ctl_log_step_t *a, const tg_ctl_log_step_t *b)
{
    return is_same_answer(a, b) && a->lacks == b->lacks &&
           (a->schedule == b->schedule ||
            (a->schedule && b->schedule && strcmp(a->schedule, b->schedule) == 0));
}

apr_array_header_t *tg_ctl_log_answers(apr_pool_t *pool, const tg_ctl_log_row_t *row,
                                       const apr_array_header_t *changes, tg_instant_t from,
                                       tg_instant_t until)
{
    apr_array_header_t *steps = apr_array_make(pool, 2, sizeof(tg_ctl_log_step_t));
    tg_ctl_log_step_t *last = NULL;
    apr_pool_t *scratch;
    tg_instant_t t = from;

    apr_pool_create(&scratch, pool);
    while (t < until && steps->nelts < STEPS_MAX) {
        tg_ctl_log_step_t step = answer_row(scratch, row, set_at(changes, t), t);

        if (!last || !is_same_step(last, &step)) {
            last = apr_array_push(steps);
            *last = step;
            last->why = step.why ? apr_pstrdup(pool, step.why) : NULL;
        }
        else if (step.phase > last->phase) { /* the same, though it might have been worse */
            last->phase = step.phase;
            last->why = step.why ? apr_pstrdup(pool, step.why) : NULL;
        }
        t = next_answer(scratch, row, changes, t);
        last->until = t < until ? t : until;
        apr_pool_clear(scratch);
    }
    apr_pool_destroy(scratch);
    return steps;
}
