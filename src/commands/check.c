/* tlsgatectl check: httpd's own configuration test, with an exit status that also tells of
 * warnings about schedules, and whether what runs is what is configured.
 */
#include "commands.h"

#include "base/text.h"
#include "ctl/document.h"
#include "ctl/httpd_query.h"
#include "ctl/output.h"
#include "ctl/running_plan.h"
#include "term/term.h"

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

static void check_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    const json_t *lines = json_object_get(document, "lines"), *line;
    size_t i;

    (void)pool;
    (void)now;
    json_array_foreach (lines, i, line) {
        int finding = json_is_true(json_object_get(line, "finding"));

        tg_term_print(out, finding ? TG_TERM_WARN : TG_TERM_PLAIN, "%s",
                      tg_ctl_document_text(line, "text", ""));
    }
    fflush(out);
}

static tg_exit_t check_run(const tg_ctl_t *ctl)
{
    tg_ctl_running_plan_t plan = { 0 };
    json_t *lines = json_array();
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
    tg_ctl_output(ctl,
                  json_pack("{s:b, s:o, s:o}", "valid", is_valid, "lines", lines, "differences",
                            tg_ctl_document_lines(ctl->pool, plan.differences)),
                  check_text);
    if (!is_valid) {
        tg_term_error("httpd rejects its configuration");
        return TG_EXIT_ERROR;
    }
    tg_ctl_running_plan_warn(&plan);
    return findings > 0 || plan.differences->nelts > 0 ? TG_EXIT_FINDING : TG_EXIT_OK;
}

const tg_command_t tg_command_check = {
    .name = "check",
    .usage = (const char *const[]){ "[--json]", NULL },
    .summary = "Test the configuration: 0 clean, 1 warnings, 2 broken",
    .more = "Runs httpd -t, and compares what is configured with what runs.\n",
    .examples =
        (const tg_example_t[]){
            { "Before a reload", TG_PROGRAM_NAME " check" },
            { 0 },
        },
    .options = (const tg_option_t *const[]){ tg_ctl_output_options, NULL },
    .run = check_run,
};
