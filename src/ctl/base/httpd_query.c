/* Asking httpd: see httpd_query.h. */
#include "httpd_query.h"

#include "base/shell.h"
#include "term/term.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIX "name it with --httpd PROGRAM, and its httpd.conf with --config FILE"

static const char *find_in_path(apr_pool_t *pool, const char *name)
{
    const char *path = getenv("PATH");
    char *rest = apr_pstrdup(pool, path ? path : ""), *state = NULL, *directory;

    for (directory = apr_strtok(rest, ":", &state); directory;
         directory = apr_strtok(NULL, ":", &state)) {
        const char *program = apr_pstrcat(pool, directory, "/", name, NULL);

        if (access(program, X_OK) == 0) {
            return program;
        }
    }
    return NULL;
}

/* The control scripts come first: on Debian apache2 alone lacks its environment. */
const char *tg_ctl_httpd_program(const tg_ctl_t *ctl)
{
    static const char *const names[] = { "apache2ctl", "apachectl", "httpd", "apache2" };
    const char *program = ctl->httpd;
    size_t i;

    for (i = 0; !program && i < sizeof(names) / sizeof(names[0]); i++) {
        program = find_in_path(ctl->pool, names[i]);
    }
    return program;
}

const char *tg_ctl_httpd_reload(const tg_ctl_t *ctl)
{
    const char *program = tg_ctl_httpd_program(ctl);

    return apr_pstrcat(ctl->pool, tg_shell_word(ctl->pool, program ? program : "apachectl"),
                       ctl->config ? " -f " : "",
                       ctl->config ? tg_shell_word(ctl->pool, ctl->config) : "", " -k graceful",
                       NULL);
}

/* Negative: not a number of seconds. */
static int patience_of(const tg_ctl_t *ctl)
{
    char *end;
    long seconds;

    if (!ctl->patience) {
        return TG_CTL_HTTPD_PATIENCE;
    }
    seconds = strtol(ctl->patience, &end, 10);
    return apr_isdigit(ctl->patience[0]) && *end == '\0' && seconds <= TG_CTL_HTTPD_PATIENCE_MAX
               ? (int)seconds
               : -1;
}

int tg_ctl_httpd_check_patience(const tg_ctl_t *ctl)
{
    if (patience_of(ctl) < 0) {
        tg_term_error("--patience \"%s\": write a number of seconds, up to %d", ctl->patience,
                      TG_CTL_HTTPD_PATIENCE_MAX);
        return 0;
    }
    return 1;
}

int tg_ctl_httpd_test(const tg_ctl_t *ctl, const char *define, tg_process_t *result,
                      tg_fault_t *fault)
{
    const char *argv[7] = { tg_ctl_httpd_program(ctl) };
    int n = 1, seconds = patience_of(ctl);

    if (seconds == 0) {
        return tg_fault_set(fault, "leave out --patience 0", "httpd is not asked");
    }
    if (!argv[0]) {
        return tg_fault_set(fault, FIX, "there is no httpd in PATH");
    }
    if (ctl->config) {
        argv[n++] = "-f";
        argv[n++] = ctl->config;
    }
    argv[n++] = "-t";
    if (define) {
        argv[n++] = "-D";
        argv[n++] = define;
    }
    return tg_process_run(ctl->pool, argv, seconds, TG_PLAN_MAX, result, fault) &&
           (result->status != 127 || tg_fault_set(fault, FIX, "%s cannot be run", argv[0]));
}

/* The last line, which has the error. */
static const char *last_line(apr_pool_t *pool, const char *text)
{
    char *rest = apr_pstrdup(pool, text), *state = NULL, *line;
    const char *last = "it printed nothing";

    for (line = apr_strtok(rest, "\n", &state); line; line = apr_strtok(NULL, "\n", &state)) {
        last = line;
    }
    return last;
}

static int ask_for_plan(const tg_ctl_t *ctl, tg_plan_t *plan, tg_fault_t *fault)
{
    const char *program = tg_ctl_httpd_program(ctl);
    tg_process_t result;
    const char *document;

    if (!tg_ctl_httpd_test(ctl, "DUMP_TLSGATE_JSON", &result, fault)) {
        return 0;
    }
    if (result.status != 0) {
        return tg_fault_set(fault, "correct httpd.conf, or name another one with --config",
                            "%s -t: %s", program, last_line(ctl->pool, result.err));
    }
    document = strchr(result.out, '{'); /* a control script may print something first */
    if (!document) {
        return tg_fault_set(fault, "load mod_tlsgate in httpd.conf",
                            "%s has no plan: mod_tlsgate is not loaded", program);
    }
    return tg_plan_parse(ctl->pool, document,
                         result.out_length - (apr_size_t)(document - result.out), plan, fault);
}

/* Its answer, in the pool of the call: httpd may take long, so it is asked once. */
static struct {
    int is_known, has_plan;
    tg_plan_t plan;
    tg_fault_t fault;
} plan_answer;

int tg_ctl_httpd_plan(const tg_ctl_t *ctl, tg_plan_t *plan, tg_fault_t *fault)
{
    if (!plan_answer.is_known) {
        plan_answer.has_plan = ask_for_plan(ctl, &plan_answer.plan, &plan_answer.fault);
        plan_answer.is_known = 1;
    }
    *plan = plan_answer.plan;
    *fault = plan_answer.fault;
    return plan_answer.has_plan;
}
