/* Problems: see problems.h. */
#include "problems.h"

#include "base/json.h"
#include "base/rows.h"
#include "base/text.h"

#include <apr_strings.h>
#include <string.h>

/* In the order of tg_ctl_problem_t. */
static const struct {
    const char *code;
    tg_ctl_severity_t severity;
} problem_rows[] = {
    { "no-plan", TG_CTL_SEVERITY_WARNING },      { "no-state", TG_CTL_SEVERITY_WARNING },
    { "not-reloaded", TG_CTL_SEVERITY_WARNING }, { "broken", TG_CTL_SEVERITY_CRITICAL },
    { "unreadable", TG_CTL_SEVERITY_WARNING },   { "gone", TG_CTL_SEVERITY_CRITICAL },
    { "unsafe", TG_CTL_SEVERITY_CRITICAL },      { "refused", TG_CTL_SEVERITY_CRITICAL },
    { "not-yet", TG_CTL_SEVERITY_WARNING },      { "no-httpd", TG_CTL_SEVERITY_CRITICAL },
    { "silent", TG_CTL_SEVERITY_WARNING },       { "different", TG_CTL_SEVERITY_CRITICAL },
    { "idle", TG_CTL_SEVERITY_WARNING },         { "follow", TG_CTL_SEVERITY_WARNING },
    { "machines", TG_CTL_SEVERITY_WARNING },     { "stopped", TG_CTL_SEVERITY_WARNING },
};
TG_ROWS_ARE(problem_rows, TG_CTL_PROBLEMS);

const char *tg_ctl_severity_name(tg_ctl_severity_t severity)
{
    static const char *const severities[] = { "ok", "warning", "critical" };
    TG_ROWS_ARE(severities, TG_CTL_SEVERITIES);

    return severities[severity];
}

apr_array_header_t *tg_ctl_problems(apr_pool_t *pool)
{
    return apr_array_make(pool, 4, sizeof(tg_ctl_problem_row_t));
}

void tg_ctl_problem_add(apr_array_header_t *problems, tg_ctl_problem_t code, const char *text,
                        const char *remedy)
{
    APR_ARRAY_PUSH(problems, tg_ctl_problem_row_t) = (tg_ctl_problem_row_t){ code, text, remedy };
}

void tg_ctl_problem_add_message(apr_array_header_t *problems, tg_ctl_problem_t code,
                                const char *message)
{
    const char *last = NULL, *s = message;

    while ((s = strstr(s, "; ")) != NULL) {
        last = s;
        s += 2;
    }
    tg_ctl_problem_add(problems, code,
                       last ? apr_pstrmemdup(problems->pool, message, (apr_size_t)(last - message))
                            : message,
                       last ? last + 2 : NULL);
}

tg_ctl_severity_t tg_ctl_problems_severity(const apr_array_header_t *problems)
{
    tg_ctl_severity_t worst = TG_CTL_SEVERITY_OK;
    int i;

    for (i = 0; i < problems->nelts; i++) {
        tg_ctl_problem_t code = APR_ARRAY_IDX(problems, i, tg_ctl_problem_row_t).code;

        worst = problem_rows[code].severity > worst ? problem_rows[code].severity : worst;
    }
    return worst;
}

static json_t *printable_json(apr_pool_t *pool, const char *text)
{
    return tg_json_text(text ? tg_text_printable(pool, text) : NULL);
}

json_t *tg_ctl_problems_document(const apr_array_header_t *problems)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < problems->nelts; i++) {
        const tg_ctl_problem_row_t *p = &APR_ARRAY_IDX(problems, i, tg_ctl_problem_row_t);

        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o}", "code",
                                              problem_rows[p->code].code, "severity",
                                              tg_ctl_severity_name(problem_rows[p->code].severity),
                                              "text", printable_json(problems->pool, p->text),
                                              "remedy", printable_json(problems->pool, p->remedy)));
    }
    return list;
}
