/* tlsgatectl check: httpd's own configuration test, with an exit status that also tells of
 * warnings about schedules, whether what runs is what is configured, what a reload would do, and
 * whether customers were written to before a trial.
 */
#include "commands.h"

#include "base/json.h"
#include "base/rows.h"
#include "base/text.h"
#include "ctl/base/document.h"
#include "ctl/base/httpd_query.h"
#include "ctl/base/in_force.h"
#include "ctl/base/output.h"
#include "ctl/base/place.h"
#include "ctl/base/running_plan.h"
#include "ctl/report/letter_stamp_file.h"
#include "ctl/report/letters_due.h"
#include "format/plan_change.h"
#include "term/term.h"
#include "term/when.h"

#include <apr_strings.h>
#include <string.h>

/* TLSGATE0017: and the like, which is there whatever ErrorLogFormat leaves out. */
static int has_identifier(const char *line)
{
    const char *s = line;

    while ((s = strstr(s, TG_PROGRAM_MESSAGE)) != NULL) {
        s += strlen(TG_PROGRAM_MESSAGE);
        if (strspn(s, "0123456789") == 4 && s[4] == ':') {
            return 1;
        }
    }
    return 0;
}

/* A line of mod_tlsgate: of the error log, or about a directive, with its place before it. The
 * words of a message are not enough: paths contain them as well. */
static int is_own_message(const char *line)
{
    return has_identifier(line) || strstr(line, ": TlsGate") || strstr(line, ": <TlsGate");
}

/* Adds each line; the number of those that are findings. */
static int add_lines(const tg_ctl_t *ctl, json_t *lines, const char *text)
{
    char *rest = apr_pstrdup(ctl->pool, text), *state = NULL, *line;
    int findings = 0;

    for (line = apr_strtok(rest, "\n", &state); line; line = apr_strtok(NULL, "\n", &state)) {
        int finding = is_own_message(line);

        json_array_append_new(lines,
                              json_pack("{s:s, s:b}", "text", tg_text_printable(ctl->pool, line),
                                        "finding", finding));
        findings += finding;
    }
    return findings;
}

/* For programs. */
static const char *const change_words[] = { "rejects", "serves" };
TG_ROWS_ARE(change_words, TG_PLAN_CHANGES);

/* What a reload changes at once. Only where the plan that runs is known. */
static json_t *reload_changes(const tg_ctl_t *ctl, const tg_ctl_running_plan_t *found,
                              const tg_ctl_in_force_reload_t *overrides)
{
    const tg_plan_moment_t moment = { ctl->now, overrides->now, overrides->kept };
    const tg_plan_t *running = found->runs ? found->plan : NULL, *next = found->configured;
    json_t *changes = json_array();
    const apr_array_header_t *rows =
        running && next ? tg_plan_changes(ctl->pool, running, next, &moment) : NULL;
    int i;

    for (i = 0; rows && i < rows->nelts; i++) {
        const tg_plan_change_row_t *row = &APR_ARRAY_IDX(rows, i, tg_plan_change_row_t);

        json_array_append_new(
            changes, json_pack("{s:s, s:s, s:s, s:o}", "schedule", row->schedule, "effect",
                               change_words[row->change], "text", row->text, "at",
                               row->is_everywhere ? json_null()
                                                  : tg_ctl_document_lines(ctl->pool, row->places)));
    }
    return changes;
}

/* What the TlsGate lines make of a schedule. */
static const char *use_of(const tg_plan_t *plan, const char *name)
{
    const char *use = "none";
    int i;

    for (i = 0; i < plan->uses->nelts; i++) {
        const tg_plan_use_t *item = &APR_ARRAY_IDX(plan->uses, i, tg_plan_use_t);

        if (strcmp(item->binding.schedule->name, name) == 0) {
            if (!item->binding.report_only) {
                return "enforced";
            }
            use = "report-only";
        }
    }
    return use;
}

/* Each configured schedule at this moment, so that a date that is not as meant can be seen. Changes
 * by hand, which would hide that, do not count; stops by TlsGateGuard do, since httpd.conf asks for
 * them. */
static json_t *phases_after(const tg_ctl_t *ctl, const tg_plan_t *plan,
                            const tg_override_set_t *stops)
{
    json_t *phases = json_array();
    int i;

    for (i = 0; plan && i < plan->schedules->nelts; i++) {
        const tg_schedule_t *s = APR_ARRAY_IDX(plan->schedules, i, const tg_schedule_t *);
        const tg_override_t *stop = tg_override_find(stops, s->name);
        tg_phase_t next, phase = tg_phase_at(s, stop, ctl->now, TG_BUCKET_EVERYONE);
        tg_instant_t at = tg_phase_next_change(s, stop, ctl->now, TG_BUCKET_EVERYONE, &next);

        json_array_append_new(phases,
                              json_pack("{s:s, s:s, s:s, s:s?, s:o}", "schedule", s->name, "use",
                                        use_of(plan, s->name), "phase", tg_phase_name(phase),
                                        "next", at == TG_NEVER ? NULL : tg_phase_name(next), "at",
                                        tg_json_instant(at)));
    }
    return phases;
}

static const char *next_phase(apr_pool_t *pool, const json_t *row, tg_instant_t now)
{
    const char *next = tg_ctl_document_text(row, "next", NULL);
    tg_instant_t at = tg_ctl_document_instant(row, "at", TG_NEVER);

    return next ? apr_pstrcat(pool, ", next ", next, " at ", tg_term_when_far(pool, at, now), NULL)
                : ", for good";
}

/* One row for each schedule, their phases below each other. */
static void print_phases(apr_pool_t *pool, const json_t *phases, tg_instant_t now, FILE *out)
{
    const json_t *row;
    int width = 0;
    size_t i;

    json_array_foreach (phases, i, row) {
        int length = (int)strlen(tg_ctl_document_text(row, "schedule", ""));

        width = length > width ? length : width;
    }
    json_array_foreach (phases, i, row) {
        const char *use = tg_ctl_document_text(row, "use", "");

        tg_term_wrap(
            out, TG_TERM_PLAIN,
            apr_psprintf(pool, "  %-*s  ", width, tg_ctl_document_text(row, "schedule", "")),
            apr_pstrcat(pool, tg_ctl_document_text(row, "phase", ""), next_phase(pool, row, now),
                        strcmp(use, "enforced") == 0 ? ""
                        : strcmp(use, "none") == 0   ? "; no TlsGate line names it"
                                                     : "; report-only",
                        NULL));
    }
}

static void print_reload(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    const json_t *list = json_object_get(document, "reload"), *row;
    size_t i;

    if (json_array_size(list) > 0) {
        tg_term_print(out, TG_TERM_STRONG, "a reload now:");
    }
    json_array_foreach (list, i, row) {
        int rejects = strcmp(tg_ctl_document_text(row, "effect", ""), "rejects") == 0;
        const json_t *at = json_object_get(row, "at");

        tg_term_print(out, rejects ? TG_TERM_WARN : TG_TERM_PLAIN, "  %s%s%s: %s",
                      tg_ctl_document_text(row, "schedule", ""), json_is_array(at) ? " at " : "",
                      json_is_array(at) ? tg_ctl_places_text(pool, at) : "",
                      tg_ctl_document_text(row, "text", ""));
    }
    list = json_object_get(document, "phases");
    if (json_array_size(list) > 0) {
        tg_term_print(out, TG_TERM_STRONG, "by httpd.conf, if it were loaded now:");
    }
    print_phases(pool, list, now, out);
}

static void check_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    const json_t *lines = json_object_get(document, "lines"), *line;
    size_t i;

    json_array_foreach (lines, i, line) {
        int finding = json_is_true(json_object_get(line, "finding"));

        tg_term_print(out, finding ? TG_TERM_WARN : TG_TERM_PLAIN, "%s",
                      tg_ctl_document_text(line, "text", ""));
    }
    lines = json_object_get(document, "letters");
    json_array_foreach (lines, i, line) {
        tg_term_wrap(out, TG_TERM_WARN, "", tg_ctl_document_text(line, "text", ""));
    }
    print_reload(pool, document, now, out);
    fflush(out);
}

static tg_exit_t check_run(const tg_ctl_t *ctl)
{
    tg_ctl_running_plan_t plan = { 0 };
    tg_ctl_in_force_reload_t overrides;
    json_t *lines = json_array(), *due;
    tg_process_t result;
    tg_fault_t fault;
    int findings, is_valid;

    if (!tg_ctl_httpd_test(ctl, NULL, &result, &fault)) {
        json_decref(lines);
        tg_term_error("%s; %s", fault.reason, fault.fix);
        return TG_EXIT_ERROR;
    }
    is_valid = result.status == 0;
    findings = add_lines(ctl, lines, result.out) + add_lines(ctl, lines, result.err);
    plan.differences = apr_array_make(ctl->pool, 1, sizeof(const char *));
    /* Without a TlsGateState no plan of what runs was written. */
    if (is_valid) {
        tg_ctl_running_plan_look(ctl, &plan);
    }
    overrides = tg_ctl_in_force_reload(ctl, &plan);
    due = tg_ctl_letters_due(ctl, &plan, plan.configured ? plan.configured : plan.plan,
                             overrides.kept);
    findings += (int)json_array_size(due);
    tg_ctl_output(ctl,
                  json_pack("{s:b, s:o, s:o, s:o, s:o, s:o}", "valid", is_valid, "lines", lines,
                            "differences", tg_ctl_document_lines(ctl->pool, plan.differences),
                            "letters", due, "reload", reload_changes(ctl, &plan, &overrides),
                            "phases", phases_after(ctl, plan.configured, overrides.stops)),
                  check_text);
    if (!is_valid) {
        tg_term_error("httpd rejects its configuration: correct what it says above, or name "
                      "another one with --config FILE");
        return TG_EXIT_ERROR;
    }
    tg_ctl_running_plan_warn(&plan, ", and a reload would bring it");
    return findings > 0 || plan.differences->nelts > 0 ? TG_EXIT_FINDING : TG_EXIT_OK;
}

const tg_command_t tg_command_check = {
    .name = "check",
    .usage = (const char *const[]){ "[--stamp FILE] [--json]", NULL },
    .summary = "Test the configuration: 0 clean, 1 warnings, 2 broken",
    .more =
        "Runs httpd -t, compares what is configured with what runs, and says whom a reload\n"
        "would reject or serve at once. A trial in the next 14 days is a warning if no letters\n"
        "were made about its schedule.\n",
    .examples =
        (const tg_example_t[]){
            { "Before a reload", TG_PROGRAM_NAME " check" },
            { "For a deployment, which stops at a difference",
              TG_PROGRAM_NAME " check --json >/dev/null" },
            { 0 },
        },
    .options =
        (const tg_option_t *const[]){ tg_ctl_letter_stamp_options, tg_ctl_output_options, NULL },
    .run = check_run,
};
