/* What becomes of a change: see change_outcome.h. */
#include "change_outcome.h"

#include "fleet.h"

#include "ctl/base/document.h"
#include "term/term.h"

#include <apr_strings.h>

tg_ctl_change_outcome_t tg_ctl_change_outcome_none(apr_pool_t *pool)
{
    const tg_ctl_change_outcome_t none = { TG_CTL_CHANGE_UNKNOWN,
                                           apr_array_make(pool, 1, sizeof(const char *)),
                                           apr_array_make(pool, 1, sizeof(const char *)) };

    return none;
}

/* --- waiting --- */

/* What is known without httpd: it would refuse the file. */
static void add_store_problem(const tg_ctl_change_written_t *w, tg_ctl_change_outcome_t *out)
{
    const char *problem = w->store->problem(w->store, w->ctl->pool);

    if (problem) {
        APR_ARRAY_PUSH(out->idles, const char *) = problem;
        out->force = TG_CTL_CHANGE_PENDING;
    }
}

static tg_ctl_change_outcome_t wait_for_fleet(const tg_ctl_change_written_t *w, int64_t seconds)
{
    tg_ctl_change_outcome_t out = tg_ctl_change_outcome_none(w->ctl->pool);
    apr_pool_t *pool = w->ctl->pool;
    tg_ctl_fleet_t fleet;
    tg_fault_t fault;

    out.force = TG_CTL_CHANGE_PENDING;
    if (!tg_ctl_fleet_wait(w->ctl, w->store, seconds * 1000, &fleet, &fault)) {
        APR_ARRAY_PUSH(out.idles, const char *) = apr_pstrcat(
            pool, "which machines have it is not known: ", fault.reason, "; ", fault.fix, NULL);
        return out;
    }
    apr_array_cat(out.idles, fleet.others);
    if (fleet.count == 0) {
        APR_ARRAY_PUSH(out.idles, const char *) =
            apr_pstrcat(pool, tg_ctl_fleet_text(pool, &fleet),
                        "; start " TG_PROGRAM_NAME " follow on each", NULL);
        return out;
    }
    if (fleet.have > 0) {
        APR_ARRAY_PUSH(out.acts, const char *) = tg_ctl_fleet_text(pool, &fleet);
    }
    if (fleet.have == fleet.count) {
        out.force = TG_CTL_CHANGE_IN_FORCE;
    }
    return out;
}

/* --- keeping it --- */

/* Without it the audit says less than was said here. */
static void record_outcome(const tg_ctl_change_written_t *w, const tg_ctl_change_outcome_t *outcome)
{
    const char *word =
        outcome->force == TG_CTL_CHANGE_IN_FORCE ? TG_AUDIT_IN_FORCE : TG_AUDIT_PENDING;
    tg_fault_t fault;

    if (outcome->force != TG_CTL_CHANGE_UNKNOWN && w->store->confirm &&
        !w->store->confirm(w->store, w->ctl->pool, w->audit, word, outcome->acts, outcome->idles,
                           &fault)) {
        tg_term_warning("the outcome could not be added to the audit: %s", fault.reason);
    }
}

tg_ctl_change_outcome_t tg_ctl_change_outcome(const tg_ctl_change_written_t *w, int64_t wait)
{
    tg_ctl_change_outcome_t out = tg_ctl_change_outcome_none(w->ctl->pool);

    if (wait >= 0 && w->store->machines) {
        out = wait_for_fleet(w, wait ? wait : TG_CTL_CHANGE_WAIT_STORE);
    }
    else if (wait >= 0) {
        out = tg_ctl_change_wait_file(w->ctl, w->store->name, w->text,
                                      1000 * (wait ? wait : TG_CTL_CHANGE_WAIT_FILE));
    }
    if (out.acts->nelts == 0 && out.idles->nelts == 0) {
        add_store_problem(w, &out);
    }
    record_outcome(w, &out);
    return out;
}

/* --- saying it --- */

json_t *tg_ctl_change_outcome_json(apr_pool_t *pool, const tg_ctl_change_outcome_t *outcome)
{
    int is_known = outcome->force != TG_CTL_CHANGE_UNKNOWN;

    return json_pack("{s:o, s:o, s:o}", "in_force",
                     is_known ? json_boolean(outcome->force == TG_CTL_CHANGE_IN_FORCE)
                              : json_null(),
                     "acts", tg_ctl_document_lines(pool, outcome->acts), "pending",
                     tg_ctl_document_lines(pool, outcome->idles));
}

void tg_ctl_change_outcome_say(const tg_ctl_change_written_t *w,
                               const tg_ctl_change_outcome_t *outcome)
{
    int i;

    for (i = 0; i < outcome->acts->nelts; i++) {
        tg_term_note("done: %s is written; %s", w->store->name,
                     APR_ARRAY_IDX(outcome->acts, i, const char *));
    }
    for (i = 0; i < outcome->idles->nelts; i++) {
        tg_term_warning("%s is written, but not in force: %s", w->store->name,
                        APR_ARRAY_IDX(outcome->idles, i, const char *));
    }
    if (outcome->force == TG_CTL_CHANGE_UNKNOWN) {
        tg_term_note("written: %s; not waited for: %s", w->store->name, w->store->effect);
    }
}
