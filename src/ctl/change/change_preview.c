/* The effect of a change: see change_preview.h. */
#include "change_preview.h"

#include "effect.h"
#include "exempt_many.h"

#include "base/text.h"
#include "ctl/base/document.h"
#include "ctl/base/entry_words.h"
#include "format/plan.h"
#include "term/term.h"
#include "term/when.h"

#include <apr_strings.h>
#include <string.h>

/* --- the document --- */

static json_t *dates_document(const tg_ctl_t *ctl, const tg_schedule_t *s, const tg_state_t *state)
{
    return s ? tg_plan_json(s, tg_override_find(tg_state_set(ctl->pool, state), s->name), ctl->now)
             : json_null();
}

static json_t *edits_document(const tg_ctl_change_t *change, const char *name)
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

/* Both states and where they apply: what all schedules of a change have in common. */
typedef struct {
    const tg_ctl_t *ctl;
    const tg_ctl_change_t *change;
    const tg_state_t *before, *after;
    const tg_override_set_t *set_before, *set_after;
    const apr_array_header_t *places; /* NULL without a plan */
    json_t *warnings;
} preview_t;

static json_t *effect_document(const preview_t *p, const tg_schedule_t *s)
{
    const tg_ctl_change_t *change = p->change;
    const tg_ctl_effect_t effect = {
        p->ctl,        s,           p->places, change->samples ? change->samples : change->edits,
        p->set_before, p->set_after
    };

    return s ? tg_ctl_effect(&effect, p->warnings) : json_array();
}

static json_t *schedule_document(const preview_t *p, const char *name)
{
    const tg_ctl_t *ctl = p->ctl;
    const tg_plan_t *plan = p->change->plan.plan;
    const tg_schedule_t *s = plan ? tg_plan_schedule(plan, name) : NULL;

    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "name", name, "edits",
                     edits_document(p->change, name), "effect", effect_document(p, s), "before",
                     dates_document(ctl, s, p->before), "after", dates_document(ctl, s, p->after),
                     "used_by", tg_ctl_running_plan_uses(ctl->pool, plan, name, TG_CTL_USES_ALL),
                     "fixed", tg_ctl_running_plan_uses(ctl->pool, plan, name, TG_CTL_USES_FIXED));
}

json_t *tg_ctl_change_document(const tg_ctl_t *ctl, const tg_ctl_change_t *change,
                               const tg_state_t *before, const tg_state_t *after, json_t *made)
{
    const tg_plan_t *plan = change->plan.plan;
    const preview_t p = { ctl,
                          change,
                          before,
                          after,
                          tg_state_set(ctl->pool, before),
                          tg_state_set(ctl->pool, after),
                          plan ? tg_ctl_places(ctl->pool, plan) : NULL,
                          json_array() };
    json_t *schedules = json_array();
    int i;

    for (i = 0; i < change->count; i++) {
        json_array_append_new(schedules, schedule_document(&p, change->names[i]));
    }
    return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:i, s:i}", "command", change->command,
                     "state", tg_text_printable(ctl->pool, change->where), "dry_run",
                     change->is_dry_run, "made", made, "schedules", schedules, "warnings",
                     p.warnings, "notes", tg_ctl_document_lines(ctl->pool, change->notes),
                     "overrides", after->overrides->nelts, "exemptions", after->exemptions->nelts);
}

/* --- as text --- */

/* A member of a schedule that is shown before and after. */
typedef struct {
    const char *label, *member;
    const char *what;      /* the member that is put before it; or NULL */
    const char *otherwise; /* if it is null */
} preview_row_t;

static const char *preview_text(apr_pool_t *pool, const json_t *dates, const preview_row_t *row)
{
    const char *text = tg_ctl_document_text(dates, row->member, NULL);

    if (!text) {
        return row->otherwise;
    }
    return row->what
               ? apr_pstrcat(pool, tg_ctl_document_text(dates, row->what, ""), " from ", text, NULL)
               : text;
}

static void print_row(FILE *out, apr_pool_t *pool, const json_t *schedule, preview_row_t row)
{
    const char *was = preview_text(pool, json_object_get(schedule, "before"), &row);
    const char *is = preview_text(pool, json_object_get(schedule, "after"), &row);

    tg_term_row(out, row.label,
                strcmp(was, is) == 0 ? was : apr_pstrcat(pool, was, "  ->  ", is, NULL));
}

static void print_dates(FILE *out, apr_pool_t *pool, const json_t *schedule)
{
    int date;

    print_row(out, pool, schedule, (preview_row_t){ "now", "phase", NULL, "" });
    print_row(out, pool, schedule,
              (preview_row_t){ "then", "next_change", "next_phase", "it stays" });
    for (date = TG_DATE_CUTOFF; date < TG_DATES; date++) {
        const tg_date_row_t *row = &tg_schedule_dates[date];

        if (row->kind == TG_DATE_KIND_INSTANT) {
            print_row(out, pool, schedule,
                      (preview_row_t){ row->label, row->member, NULL, "never" });
        }
    }
    print_row(out, pool, schedule,
              (preview_row_t){ "for good", "rejected_for_good", NULL, "never" });
}

static int is_resume(const json_t *entry)
{
    return tg_state_kind_parse(tg_ctl_document_text(entry, "kind", "")) == TG_STATE_RESUME;
}

/* What a change of many does; its entries need not be shown one by one. 1 if it is one. */
static int print_many(FILE *out, apr_pool_t *pool, const json_t *edits)
{
    const json_t *edit;
    int is_many = 0;
    size_t i;

    json_array_foreach (edits, i, edit) {
        const json_t *to = json_object_get(edit, "to");
        const char *words = tg_ctl_many_words(pool, to);
        const char *left_alone = tg_ctl_many_left_alone(pool, to);
        const char *no_longer = tg_ctl_many_no_longer(pool, to);

        if (words) {
            tg_term_row(out, "imports", words);
            is_many = 1;
        }
        if (left_alone) {
            tg_term_row(out, "left alone", left_alone);
        }
        if (no_longer) {
            tg_term_row(out, "no longer", no_longer);
        }
    }
    return is_many;
}

/* What is over has ended by itself: it is only taken out. */
static const char *label_of_from(const json_t *from, const json_t *to, tg_instant_t now)
{
    return json_is_object(to) ? "replaces" : tg_ctl_entry_is_over(from, now) ? "removes" : "ends";
}

static void print_edit(FILE *out, apr_pool_t *pool, const json_t *edit, tg_instant_t now)
{
    const json_t *from = json_object_get(edit, "from"), *to = json_object_get(edit, "to");

    if (json_is_object(from)) {
        tg_term_row(out, label_of_from(from, to, now), tg_ctl_entry_words(pool, from, now));
    }
    if (json_is_object(to)) {
        tg_term_row(out, json_is_object(from) ? "by" : "adds", tg_ctl_entry_words(pool, to, now));
    }
}

static int has_text(const json_t *list, const json_t *text)
{
    const json_t *other;
    size_t i;

    json_array_foreach (list, i, other) {
        if (json_equal(other, text)) {
            return 1;
        }
    }
    return 0;
}

static void print_change_uses(FILE *out, apr_pool_t *pool, const json_t *schedule)
{
    const json_t *uses = json_object_get(schedule, "used_by"), *use;
    size_t i;

    json_array_foreach (uses, i, use) {
        int is_fixed = has_text(json_object_get(schedule, "fixed"), use);

        tg_term_row(out, "used by",
                    apr_pstrcat(pool, json_string_value(use),
                                is_fixed ? " (as= beats every change)" : "", NULL));
    }
    if (json_array_size(uses) == 0) {
        tg_term_row(out, "used by", "nothing: no TlsGate line names it");
    }
}

static void print_change_of(FILE *out, apr_pool_t *pool, const char *command,
                            const json_t *schedule, tg_instant_t now)
{
    const json_t *edits = json_object_get(schedule, "edits"), *edit;
    size_t i;

    tg_term_print(out, TG_TERM_STRONG, "%s %s", command,
                  tg_ctl_document_text(schedule, "name", ""));
    if (!print_many(out, pool, edits)) {
        json_array_foreach (edits, i, edit) {
            print_edit(out, pool, edit, now);
        }
    }
    tg_ctl_effect_print(out, json_object_get(schedule, "effect"));
    if (json_is_object(json_object_get(schedule, "before"))) {
        print_dates(out, pool, schedule);
        print_change_uses(out, pool, schedule);
    }
}

void tg_ctl_change_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    const json_t *schedules = json_object_get(document, "schedules"), *schedule;
    int overrides = (int)json_integer_value(json_object_get(document, "overrides"));
    int exemptions = (int)json_integer_value(json_object_get(document, "exemptions"));
    size_t i;

    json_array_foreach (schedules, i, schedule) {
        print_change_of(out, pool, tg_ctl_document_text(document, "command", ""), schedule, now);
    }
    tg_term_print(out, TG_TERM_PLAIN, "%s then has %d override%s and %d exemption%s",
                  tg_ctl_document_text(document, "state", ""), overrides, overrides == 1 ? "" : "s",
                  exemptions, exemptions == 1 ? "" : "s");
}

void tg_ctl_change_warn(const json_t *document)
{
    const json_t *warnings = json_object_get(document, "warnings"), *warning;
    size_t i;

    json_array_foreach (warnings, i, warning) {
        tg_term_warning("%s", tg_ctl_document_text(warning, "text", ""));
    }
}

static void say_many_done(apr_pool_t *pool, const json_t *schedule)
{
    const char *name = tg_ctl_document_text(schedule, "name", "");
    const json_t *edits = json_object_get(schedule, "edits"), *edit;
    size_t i;

    json_array_foreach (edits, i, edit) {
        const json_t *to = json_object_get(edit, "to");
        const char *left_alone = tg_ctl_many_left_alone(pool, to);
        const char *no_longer = tg_ctl_many_no_longer(pool, to);

        if (left_alone) {
            tg_term_note("%s now leaves alone %s", name, left_alone);
        }
        if (no_longer) {
            tg_term_note("%s no longer leaves alone %s", name, no_longer);
        }
    }
}

/* 1 if the edit lifts a stop. An undo that brings back an earlier resume does not. */
static int is_taking_back(const json_t *edit)
{
    const json_t *from = json_object_get(edit, "from"), *to = json_object_get(edit, "to");

    return is_resume(to) && (!is_resume(from) || tg_ctl_document_instant(from, "since", 0) <
                                                     tg_ctl_document_instant(to, "since", 0));
}

/* The resume that an undo brings back lifts no stop that came after it. */
static void say_resumed(const tg_ctl_t *ctl, const json_t *schedule, const tg_state_t *after)
{
    const char *name = tg_ctl_document_text(schedule, "name", "");
    const tg_guard_trip_t *trip =
        tg_state_trip(after, tg_state_set(ctl->pool, after), name, ctl->now);
    const json_t *edits = json_object_get(schedule, "edits"), *edit;
    size_t i;

    json_array_foreach (edits, i, edit) {
        if (is_taking_back(edit)) {
            tg_term_note(trip ? "%s: this changes nothing: TlsGateGuard stopped its trial again at "
                                "%s"
                              : "%s: the stop by TlsGateGuard is lifted",
                         name, trip ? tg_term_when(ctl->pool, trip->at, ctl->now) : "");
        }
    }
}

void tg_ctl_change_say_done(const tg_ctl_t *ctl, const json_t *document, const tg_state_t *after)
{
    const json_t *schedules = json_object_get(document, "schedules"), *schedule;
    size_t i;

    json_array_foreach (schedules, i, schedule) {
        say_many_done(ctl->pool, schedule);
        say_resumed(ctl, schedule, after);
        tg_ctl_effect_say_done(json_object_get(schedule, "effect"));
    }
}
