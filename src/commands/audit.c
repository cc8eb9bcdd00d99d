/* tlsgatectl audit: who changed what, when and why, and what came of it. */
#include "commands.h"

#include "base/json.h"
#include "base/rows.h"
#include "base/text.h"
#include "ctl/base/document.h"
#include "ctl/base/output.h"
#include "ctl/base/running_plan.h"
#include "ctl/base/time_options.h"
#include "ctl/change/audit_find.h"
#include "term/term.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <string.h>

/* Written once, while the command line is read. */
static const char *since_given, *schedule_given;

static const tg_option_t audit_options[] = {
    { "since", "WHEN", "from then on: 24h, 'yesterday 09:00Z', RFC 3339", &since_given,
      TG_COMPLETE_NOTHING },
    { "schedule", "NAME", "only changes of that schedule", &schedule_given, TG_COMPLETE_SCHEDULE },
    { 0 },
};

static int is_of_schedule(const tg_audit_change_t *change, const char *name)
{
    int i;

    for (i = 0; i < change->edits->nelts; i++) {
        const char *schedule = APR_ARRAY_IDX(change->edits, i, tg_state_edit_t).schedule;

        if (schedule && strcmp(schedule, name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* 1 if there are changes of the schedule that was asked for, or there is such a schedule, as far as
 * that is known. 0 after an error was printed. */
static int is_name_known(const tg_ctl_t *ctl, const tg_audit_log_t *log)
{
    const tg_plan_t *plan;
    int i;

    for (i = 0; schedule_given && i < log->changes->nelts; i++) {
        if (is_of_schedule(APR_ARRAY_IDX(log->changes, i, tg_audit_change_t *), schedule_given)) {
            return 1;
        }
    }
    plan = schedule_given ? tg_ctl_running_plan_any(ctl) : NULL;
    if (!plan || tg_plan_schedule(plan, schedule_given)) {
        return 1;
    }
    tg_ctl_running_plan_no_schedule(ctl->pool, plan, schedule_given);
    return 0;
}

/* For each change that was undone the id of the last one that did. */
static apr_hash_t *all_undone_by(apr_pool_t *pool, const tg_audit_log_t *log)
{
    apr_hash_t *by = apr_hash_make(pool);
    int i;

    for (i = 0; i < log->changes->nelts; i++) {
        const tg_audit_change_t *change = APR_ARRAY_IDX(log->changes, i, tg_audit_change_t *);

        if (change->undoes && tg_ctl_audit_may_have_changed(change)) {
            apr_hash_set(by, change->undoes, APR_HASH_KEY_STRING, change->id);
        }
    }
    return by;
}

static json_t *change_line(const tg_ctl_t *ctl, const tg_audit_change_t *change,
                           apr_hash_t *undone_by)
{
    json_t *line = tg_ctl_audit_document(change);

    json_object_set_new(
        line, "undone_by",
        tg_json_text(change->id ? apr_hash_get(undone_by, change->id, APR_HASH_KEY_STRING) : NULL));
    json_object_set_new(
        line, "what",
        json_string(tg_text_printable(ctl->pool, tg_ctl_audit_words(ctl->pool, change, ctl->now))));
    return line;
}

static json_t *audit_document(const tg_ctl_t *ctl, const tg_audit_log_t *log, const char *name,
                              tg_instant_t since)
{
    apr_hash_t *undone_by = all_undone_by(ctl->pool, log);
    json_t *changes = json_array();
    int i;

    for (i = 0; i < log->changes->nelts; i++) {
        const tg_audit_change_t *change = APR_ARRAY_IDX(log->changes, i, tg_audit_change_t *);

        if (change->time >= since && (!schedule_given || is_of_schedule(change, schedule_given))) {
            json_array_append_new(changes, change_line(ctl, change, undone_by));
        }
    }
    return json_pack("{s:s, s:o, s:o}", "state", tg_text_printable(ctl->pool, name), "changes",
                     changes, "damaged", tg_ctl_document_lines(ctl->pool, log->damaged));
}

/* What each outcome means, as far as it was known. */
static const struct {
    const char *outcome, *words;
} outcome_rows[] = {
    { TG_AUDIT_BEGUN, "begun, and how it ended is not known: the program was killed" },
    { TG_AUDIT_WRITTEN, "written; whether it came into force is not recorded" },
    { TG_AUDIT_PENDING, "written, but not in force then" },
};

static const char *outcome_words(apr_pool_t *pool, const json_t *change)
{
    static const char *const members[] = { "acts", "pending" };
    const char *outcome = tg_ctl_document_text(change, "outcome", ""), *words = outcome;
    const json_t *who;
    size_t i, j, told = 0;

    for (i = 0; i < TG_ROWS(outcome_rows); i++) {
        words = strcmp(outcome, outcome_rows[i].outcome) == 0 ? outcome_rows[i].words : words;
    }
    for (i = 0; i < TG_ROWS(members); i++) {
        json_array_foreach (json_object_get(change, members[i]), j, who) {
            words = apr_pstrcat(pool, words, told++ ? "; " : ": ", json_string_value(who), NULL);
        }
    }
    return words;
}

static void print_audit_change(FILE *out, apr_pool_t *pool, const json_t *change)
{
    const char *id = tg_ctl_document_text(change, "id", "-");
    const char *undoes = tg_ctl_document_text(change, "undoes", NULL);
    const char *undone = tg_ctl_document_text(change, "undone_by", NULL);

    tg_term_wrap(out, TG_TERM_PLAIN, apr_psprintf(pool, "%-7s  ", tg_text_printable(pool, id)),
                 apr_pstrcat(pool, tg_ctl_document_text(change, "time", ""), "  ",
                             tg_ctl_document_text(change, "by", ""), "  ",
                             tg_ctl_document_text(change, "what", ""), undoes ? " (undoes " : "",
                             undoes ? undoes : "", undoes ? ")" : "", undone ? " (undone by " : "",
                             undone ? undone : "", undone ? ")" : "", "  \"",
                             tg_ctl_document_text(change, "reason", ""), "\"  ",
                             outcome_words(pool, change), NULL));
}

static void audit_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    const json_t *changes = json_object_get(document, "changes"), *change;
    size_t i;

    (void)now;
    json_array_foreach (changes, i, change) {
        print_audit_change(out, pool, change);
    }
    if (json_array_size(changes) == 0) {
        tg_term_note("the audit of %s has no %s", tg_ctl_document_text(document, "state", ""),
                     since_given || schedule_given ? "such change" : "change yet");
    }
}

static tg_exit_t audit_run(const tg_ctl_t *ctl)
{
    tg_audit_log_t log;
    tg_instant_t since = TG_ALWAYS;
    const char *name;

    if (!tg_ctl_time_past(ctl, "since", since_given, &since) ||
        !tg_ctl_audit_read(ctl, &log, &name) || !is_name_known(ctl, &log)) {
        return TG_EXIT_ERROR;
    }
    tg_ctl_output(ctl, audit_document(ctl, &log, name, since), audit_text);
    return log.damaged->nelts ? TG_EXIT_FINDING : TG_EXIT_OK;
}

const tg_command_t tg_command_audit = {
    .name = "audit",
    .usage = (const char *const[]){ "[--since WHEN] [--schedule NAME] [--json]", NULL },
    .summary = "Show who changed what, when and why",
    .more = "The first word of each line names the change for undo.\n",
    .examples =
        (const tg_example_t[]){
            { "What was done since yesterday morning",
              TG_PROGRAM_NAME " audit --since 'yesterday 09:00Z'" },
            { "What was done to a schedule", TG_PROGRAM_NAME " audit --schedule legacy-tls" },
            { 0 },
        },
    .options = (const tg_option_t *const[]){ audit_options, tg_ctl_output_options, NULL },
    .run = audit_run,
};
