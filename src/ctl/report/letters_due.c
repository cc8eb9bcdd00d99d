/* Trials that are near although no letters were written: see letters_due.h. */
#include "letters_due.h"

#include "letter_stamp_file.h"
#include "letters.h"

#include "base/json.h"
#include "base/relative.h"
#include "format/state.h"
#include "term/term.h"

#include <apr_strings.h>

/* How long before a trial a customer needs a letter. */
#define SECONDS_BEFORE ((int64_t)14 * 86400)

static int has_log(const tg_plan_t *plan)
{
    int i;

    for (i = 0; i < plan->settings->nelts; i++) {
        if (APR_ARRAY_IDX(plan->settings, i, tg_plan_settings_t).log) {
            return 1;
        }
    }
    return 0;
}

static json_t *due_row(const tg_ctl_t *ctl, const char *schedule, const tg_interval_t *trial)
{
    const char *text =
        apr_psprintf(ctl->pool,
                     "%s: a trial %s at %s, %s, and no letters were written to the clients that it "
                     "rejects: see " TG_PROGRAM_NAME " letters --help",
                     schedule, trial->start <= ctl->now ? "began" : "begins",
                     tg_instant_text(ctl->pool, trial->start),
                     tg_relative_text(ctl->pool, trial->start, ctl->now));

    return json_pack("{s:s, s:o, s:s}", "schedule", schedule, "trial",
                     tg_json_instant(trial->start), "text", text);
}

/* The stamp, empty if there is none. 1, or 0 after a warning was printed. */
static int read_stamp_beside(const tg_ctl_t *ctl, const char *state, tg_letter_stamp_t *stamp)
{
    const char *path = tg_ctl_letter_stamp_path(ctl->pool, state);
    tg_fault_t fault;

    *stamp = tg_letter_stamp_empty(ctl->pool);
    if (path && tg_ctl_letter_stamp_read(ctl->pool, path, stamp, &fault) == TG_CTL_STAMP_WRONG) {
        tg_term_warning("%s: %s; %s", path, fault.reason, fault.fix);
        return 0;
    }
    return 1;
}

json_t *tg_ctl_letters_due(const tg_ctl_t *ctl, const tg_ctl_running_plan_t *found,
                           const tg_plan_t *plan, const tg_override_set_t *overrides)
{
    json_t *due = json_array();
    tg_letter_stamp_t stamp;
    int i;

    if (!plan || !has_log(plan) || !read_stamp_beside(ctl, found->state, &stamp)) {
        return due;
    }
    for (i = 0; i < plan->schedules->nelts; i++) {
        const tg_schedule_t *s = APR_ARRAY_IDX(plan->schedules, i, tg_schedule_t *);
        tg_interval_t trial;

        if (!tg_plan_binding(plan, s).report_only &&
            tg_phase_next_trial(s, tg_override_find(overrides, s->name), ctl->now,
                                TG_BUCKET_EVERYONE, &trial) &&
            trial.start <= ctl->now + SECONDS_BEFORE &&
            tg_letter_stamp_find(stamp.schedules, s->name) == TG_ALWAYS) {
            json_array_append_new(due, due_row(ctl, s->name, &trial));
        }
    }
    return due;
}
