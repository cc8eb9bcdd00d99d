/* What a change will do to whom: see confirm.h. */
#include "confirm.h"

#include "time_options.h"

#include "base/text.h"
#include "format/plan.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>
#include <unistd.h>

/* A schedule and what overrides it. */
typedef struct {
    apr_pool_t *pool;
    const tg_schedule_t *schedule;
    const tg_override_t *override;
    tg_instant_t now;
} view_t;

static const char *phase_now(const view_t *v)
{
    return tg_phase_name(tg_phase_at(v->schedule, v->override, v->now, TG_BUCKET_EVERYONE));
}

static const char *phase_then(const view_t *v)
{
    tg_phase_t next;
    tg_instant_t t =
        tg_phase_next_change(v->schedule, v->override, v->now, TG_BUCKET_EVERYONE, &next);

    return t == TG_NEVER ? "it stays"
                         : apr_pstrcat(v->pool, tg_phase_name(next), " from ",
                                       tg_instant_text(v->pool, t), NULL);
}

static const char *date_text(const view_t *v, tg_date_t date)
{
    return tg_instant_text(v->pool, tg_phase_date(v->schedule, v->override, date));
}

static const char *for_good(const view_t *v)
{
    return tg_instant_text(v->pool, tg_phase_rejected_for_good(v->schedule, v->override));
}

/* --- for people --- */

static void print_row(FILE *out, const char *label, const char *before, const char *after)
{
    if (strcmp(before, after) == 0) {
        tg_term_row(out, label, before);
        return;
    }
    tg_term_print(out, TG_TERM_PLAIN, "  %-11s %s  ->  %s", label, before, after);
}

static const char *member(const json_t *entry, const char *name)
{
    return json_string_value(json_object_get(entry, name));
}

/* `suspend until 2018-08-21T09:00:00Z, by ops: customers asked` */
static const char *entry_text(apr_pool_t *pool, const json_t *entry)
{
    const char *kind = member(entry, "kind"), *client = member(entry, "client");
    const char *until = member(entry, "until");

    client = client ? client : member(entry, "network");
    return apr_pstrcat(pool, kind ? kind : "exempt ", kind ? "" : client,
                       until ? " until " : " to ", until ? until : member(entry, "cutoff"), ", by ",
                       member(entry, "by"), ": ", member(entry, "reason"), NULL);
}

static void print_uses(FILE *out, apr_pool_t *pool, const tg_plan_t *plan,
                       const tg_schedule_t *schedule)
{
    int i, used = 0;

    for (i = 0; i < plan->uses->nelts; i++) {
        const tg_plan_use_t *use = &APR_ARRAY_IDX(plan->uses, i, tg_plan_use_t);

        if (use->binding.schedule == schedule) {
            tg_term_row(out, "used by",
                        apr_pstrcat(pool, tg_ctl_running_plan_use(pool, use),
                                    use->binding.has_as ? " (as= beats every change)" : "", NULL));
            used = 1;
        }
    }
    if (!used) {
        tg_term_row(out, "used by", "nothing: no TlsGate line names it");
    }
}

static void print_dates(FILE *out, const tg_ctl_t *ctl, const tg_schedule_t *s,
                        const tg_override_set_t *before, const tg_override_set_t *after)
{
    const view_t was = { ctl->pool, s, tg_override_find(before, s->name), ctl->now };
    const view_t is = { ctl->pool, s, tg_override_find(after, s->name), ctl->now };
    int date;

    print_row(out, "now", phase_now(&was), phase_now(&is));
    print_row(out, "then", phase_then(&was), phase_then(&is));
    for (date = TG_DATE_CUTOFF; date < TG_DATES; date++) {
        const tg_date_row_t *row = &tg_schedule_dates[date];

        if (row->kind == TG_DATE_KIND_INSTANT) {
            print_row(out, row->label, date_text(&was, (tg_date_t)date),
                      date_text(&is, (tg_date_t)date));
        }
    }
    print_row(out, "for good", for_good(&was), for_good(&is));
}

static void print_edit(FILE *out, apr_pool_t *pool, const tg_state_edit_t *edit)
{
    if (edit->from) {
        tg_term_row(out, edit->to ? "replaces" : "ends", entry_text(pool, edit->from));
    }
    if (edit->to) {
        tg_term_row(out, edit->from ? "by" : "adds", entry_text(pool, edit->to));
    }
}

static void print_edits(FILE *out, apr_pool_t *pool, const tg_ctl_change_t *change,
                        const char *name)
{
    int i;

    for (i = 0; i < change->edits->nelts; i++) {
        const tg_state_edit_t *edit = &APR_ARRAY_IDX(change->edits, i, tg_state_edit_t);

        if (strcmp(edit->schedule, name) == 0) {
            print_edit(out, pool, edit);
        }
    }
}

void tg_ctl_confirm_print(FILE *out, const tg_ctl_t *ctl, const tg_ctl_change_t *change,
                          const tg_state_t *before, const tg_state_t *after)
{
    const tg_override_set_t *was = tg_state_set(ctl->pool, before);
    const tg_override_set_t *is = tg_state_set(ctl->pool, after);
    const tg_plan_t *plan = change->plan.plan;
    int i;

    for (i = 0; i < change->count; i++) {
        const char *name = change->names[i];
        const tg_schedule_t *s = plan ? tg_plan_schedule(plan, name) : NULL;

        tg_term_print(out, TG_TERM_STRONG, "%s %s", change->command, name);
        print_edits(out, ctl->pool, change, name);
        if (s) {
            print_dates(out, ctl, s, was, is);
            print_uses(out, ctl->pool, plan, s);
        }
    }
    tg_term_print(out, TG_TERM_PLAIN, "%s then has %d override%s and %d exemption%s", change->where,
                  after->overrides->nelts, after->overrides->nelts == 1 ? "" : "s",
                  after->exemptions->nelts, after->exemptions->nelts == 1 ? "" : "s");
    fflush(out);
    for (i = 0; i < change->notes->nelts; i++) {
        tg_term_warning("%s", APR_ARRAY_IDX(change->notes, i, const char *));
    }
}

/* --- for programs --- */

static json_t *dates_json(const tg_ctl_t *ctl, const tg_schedule_t *s, const tg_state_t *state)
{
    return s ? tg_plan_json(s, tg_override_find(tg_state_set(ctl->pool, state), s->name), ctl->now)
             : json_null();
}

static json_t *edits_json(const tg_ctl_change_t *change, const char *name)
{
    json_t *edits = json_array();
    int i;

    for (i = 0; i < change->edits->nelts; i++) {
        const tg_state_edit_t *edit = &APR_ARRAY_IDX(change->edits, i, tg_state_edit_t);

        if (strcmp(edit->schedule, name) == 0) {
            json_array_append_new(edits,
                                  json_pack("{s:O?, s:O?}", "from", edit->from, "to", edit->to));
        }
    }
    return edits;
}

static json_t *notes_json(const tg_ctl_change_t *change)
{
    json_t *notes = json_array();
    int i;

    for (i = 0; i < change->notes->nelts; i++) {
        json_array_append_new(notes, json_string(APR_ARRAY_IDX(change->notes, i, const char *)));
    }
    return notes;
}

json_t *tg_ctl_confirm_json(const tg_ctl_t *ctl, const tg_ctl_change_t *change,
                            const tg_state_t *before, const tg_state_t *after, json_t *made)
{
    const tg_plan_t *plan = change->plan.plan;
    json_t *schedules = json_array();
    int i;

    for (i = 0; i < change->count; i++) {
        const char *name = change->names[i];
        const tg_schedule_t *s = plan ? tg_plan_schedule(plan, name) : NULL;

        json_array_append_new(
            schedules,
            json_pack("{s:s, s:o, s:o, s:o, s:o}", "name", name, "edits", edits_json(change, name),
                      "before", dates_json(ctl, s, before), "after", dates_json(ctl, s, after),
                      "used_by", tg_ctl_running_plan_uses_json(ctl->pool, plan, name)));
    }
    return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:i, s:i}", "command", change->command,
                     "state", tg_text_printable(ctl->pool, change->where), "dry_run",
                     ctl->given[TG_CTL_DRY_RUN] != NULL, "made", made, "schedules", schedules,
                     "notes", notes_json(change), "overrides", after->overrides->nelts,
                     "exemptions", after->exemptions->nelts);
}

/* --- the question --- */

int tg_ctl_confirm_ask(const tg_ctl_t *ctl)
{
    char answer[16] = "";

    if (ctl->given[TG_CTL_YES]) {
        return TG_CTL_OK;
    }
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        tg_term_error("nobody can be asked here: add --yes to do it, or --dry-run to look");
        return TG_CTL_ERROR;
    }
    fputs("Do it? [y/N] ", stderr);
    if (fgets(answer, sizeof(answer), stdin) &&
        (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0)) {
        return TG_CTL_OK;
    }
    tg_term_note("nothing was changed");
    return TG_CTL_FINDING;
}
