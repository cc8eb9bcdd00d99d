/* tlsgatectl check: httpd's own configuration test, with an exit status that also knows
 * warnings about schedules, and whether what runs is what is configured.
 */
#include "cmd.h"

#include "ctl/httpd_query.h"
#include "ctl/running_plan.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* httpd writes what it finds in two forms, the second as ErrorLogFormat has it. Only the
 * words are always there. */
static int is_finding(const char *line)
{
    static const char *const words[] = { "TlsGate", "tlsgate:", "schedule " };
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]) && !strstr(line, words[i]); i++) {
    }
    return i < sizeof(words) / sizeof(words[0]);
}

/* Shows every line, and counts the findings. */
static int show(const tg_ctl_t *ctl, const char *text)
{
    char *rest = apr_pstrdup(ctl->pool, text), *state = NULL, *line;
    int findings = 0;

    for (line = apr_strtok(rest, "\n", &state); line; line = apr_strtok(NULL, "\n", &state)) {
        int finding = is_finding(line);

        tg_term_print(stdout, finding ? TG_TERM_WARN : TG_TERM_PLAIN, "%s", line);
        findings += finding;
    }
    return findings;
}

/* Differences between what runs and what is configured: said as they are found. */
static int differences(const tg_ctl_t *ctl)
{
    tg_ctl_running_plan_t plan;

    /* Without a TlsGateState there is nothing that could run beside it. */
    return tg_ctl_running_plan_look(ctl, &plan) ? plan.differences->nelts : 0;
}

int tg_cmd_check(tg_ctl_t *ctl)
{
    tg_process_t result;
    tg_fault_t fault;
    int findings;

    if (!tg_ctl_httpd_test(ctl, NULL, &result, &fault)) {
        tg_term_error("%s; %s", fault.reason, fault.fix);
        return TG_CTL_ERROR;
    }
    findings = show(ctl, result.out) + show(ctl, result.err);
    fflush(stdout);
    if (result.status != 0) {
        tg_term_error("httpd does not take its configuration");
        return TG_CTL_ERROR;
    }
    findings += differences(ctl);
    return findings ? TG_CTL_FINDING : TG_CTL_OK;
}
