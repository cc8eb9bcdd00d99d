/* The document of `status` as text: see status_text.h. */
#include "status_text.h"

#include "entries.h"
#include "standing_text.h"

#include "base/program.h"
#include "base/text.h"
#include "ctl/base/document.h"
#include "ctl/base/problems.h"
#include "term/term.h"
#include "term/when.h"

#include <apr_strings.h>
#include <string.h>

/** How many exemptions of each list are shown; --json has more. */
#define EXEMPTIONS_SHOWN 5

static int is_known_from(const json_t *document, const char *name)
{
    return strcmp(tg_ctl_document_text(document, "known_from", ""), name) == 0;
}

/* Why an entry is not in force; NULL: that is said before it. */
static const char *reason_of(const json_t *document, const json_t *entry)
{
    const json_t *problems = json_object_get(document, "problems"), *problem;
    const char *why = tg_ctl_document_text(entry, "why", NULL);
    size_t i;

    json_array_foreach (problems, i, problem) {
        if (why && is_known_from(document, "start") &&
            strcmp(why, tg_ctl_document_text(problem, "text", "")) == 0) {
            return NULL;
        }
    }
    return why;
}

/* Why all of them are not in force, if it is the same for all; else NULL. */
static const char *common_reason(const json_t *document, const json_t *list)
{
    const char *common = reason_of(document, json_array_get(list, 0));
    const json_t *entry;
    size_t i;

    json_array_foreach (list, i, entry) {
        if (common && strcmp(tg_ctl_document_text(entry, "why", ""), common) != 0) {
            return NULL;
        }
    }
    return common;
}

static void print_listed(FILE *out, apr_pool_t *pool, const json_t *entry, const char *why,
                         tg_instant_t now)
{
    tg_term_wrap(out, TG_TERM_PLAIN,
                 apr_pstrcat(pool, "  ", tg_ctl_document_text(entry, "schedule", ""), ": ", NULL),
                 apr_pstrcat(pool, tg_ctl_entry_text(pool, entry, now), why ? "; " : "",
                             why ? why : "", NULL));
}

static int is_exemption(const json_t *entry)
{
    return strcmp(tg_ctl_document_text(entry, "kind", ""), "exempt") == 0;
}

/* Entries of a list, then how many exemptions it has besides. */
static void print_entries(FILE *out, apr_pool_t *pool, const json_t *document, const char *member,
                          const char *heading, tg_instant_t now)
{
    const json_t *list = json_object_get(document, member), *entry;
    const char *common = common_reason(document, list);
    json_int_t more =
        json_integer_value(json_object_get(json_object_get(document, "more_exemptions"), member));
    size_t i, shown = 0;

    if (json_array_size(list) > 0) {
        tg_term_wrap(out, TG_TERM_STRONG, "",
                     apr_pstrcat(pool, heading, common ? ": " : "", common ? common : "", NULL));
    }
    json_array_foreach (list, i, entry) {
        if (is_exemption(entry) && shown++ >= EXEMPTIONS_SHOWN) {
            more++;
        }
        else {
            print_listed(out, pool, entry, common ? NULL : reason_of(document, entry), now);
        }
    }
    if (more > 0) {
        tg_term_print(out, TG_TERM_PLAIN,
                      "  and %ld more exemption%s: " TG_PROGRAM_NAME " exempt list", (long)more,
                      more == 1 ? "" : "s");
    }
}

static void print_problems(FILE *out, const json_t *problems)
{
    const json_t *problem;
    size_t i;

    if (json_array_size(problems) > 0) {
        tg_term_print(out, TG_TERM_STRONG, "problems");
    }
    json_array_foreach (problems, i, problem) {
        const char *remedy = tg_ctl_document_text(problem, "remedy", NULL);
        int is_critical = strcmp(tg_ctl_document_text(problem, "severity", ""),
                                 tg_ctl_severity_name(TG_CTL_SEVERITY_CRITICAL)) == 0;

        tg_term_wrap(out, is_critical ? TG_TERM_BAD : TG_TERM_WARN, "  ",
                     tg_ctl_document_text(problem, "text", ""));
        if (remedy) {
            tg_term_wrap(out, TG_TERM_PLAIN, "    -> ", remedy);
        }
    }
}

/* --- where that is known from --- */

static void print_httpds(FILE *out, const json_t *document)
{
    const json_t *list = json_object_get(document, "httpd"), *httpd;
    size_t i;

    json_array_foreach (list, i, httpd) {
        tg_term_wrap(out, TG_TERM_PLAIN, "", tg_ctl_document_text(httpd, "says", ""));
    }
}

static void print_sources(FILE *out, apr_pool_t *pool, const json_t *document, tg_instant_t now)
{
    const char *follows = tg_ctl_document_text(document, "follows", NULL);
    const char *fleet = tg_ctl_document_text(document, "fleet", NULL);
    const char *plan = tg_ctl_document_text(document, "plan", NULL);
    tg_instant_t written = tg_ctl_document_instant(document, "plan_time", TG_ALWAYS);

    tg_term_wrap(out, TG_TERM_PLAIN, "state  ",
                 apr_pstrcat(pool, tg_ctl_document_text(document, "state", ""), " (",
                             tg_ctl_document_text(document, "stored", ""), ")", NULL));
    if (follows) {
        tg_term_wrap(out, TG_TERM_PLAIN, "file   ",
                     apr_pstrcat(pool, tg_ctl_document_text(document, "file", ""), " follows ",
                                 follows, NULL));
    }
    if (fleet) {
        tg_term_wrap(out, TG_TERM_PLAIN, "fleet  ", fleet);
    }
    print_httpds(out, document);
    tg_term_wrap(out, TG_TERM_PLAIN, "plan   ",
                 apr_pstrcat(pool, plan ? plan : "none", plan ? ", written at " : "",
                             plan ? tg_term_when_far(pool, written, now) : "", NULL));
}

/* Lines about schedules are not about now, where nothing runs. */
static void print_stopped_httpd(FILE *out, const json_t *document)
{
    if (is_known_from(document, "start")) {
        tg_term_wrap(out, TG_TERM_BAD, "",
                     "httpd does not run, so nothing is in force. If it starts now:");
    }
}

/* What the lines about schedules are worth. */
static void print_doubt(FILE *out, const json_t *document)
{
    if (json_is_null(json_object_get(document, "known_from"))) {
        tg_term_wrap(
            out, TG_TERM_BAD, "",
            "by the dates alone: nothing that was changed by hand is known to be in force");
    }
}

void tg_ctl_status_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    print_stopped_httpd(out, document);
    tg_ctl_standings_print(out, pool, json_object_get(document, "schedules"), now);
    print_doubt(out, document);
    print_entries(out, pool, document, "in_force",
                  is_known_from(document, "file")
                      ? "written; no httpd has confirmed that it acts on it"
                      : "in force",
                  now);
    print_entries(out, pool, document, "written_not_in_force",
                  is_known_from(document, "start") ? "written, and in force once httpd starts"
                                                   : "written, but not in force",
                  now);
    print_entries(out, pool, document, "over", "over", now);
    print_problems(out, json_object_get(document, "problems"));
    print_sources(out, pool, document, now);
}

/* --- for monitoring --- */

/* What follows a bar would be taken for measurements. */
static const char *without_bars(apr_pool_t *pool, const char *text)
{
    char *copy = apr_pstrdup(pool, text), *c;

    for (c = copy; *c; c++) {
        *c = (char)(*c == '|' ? '/' : *c);
    }
    return copy;
}

/* The first problem of that severity. */
static const json_t *first_of_severity(const json_t *document, const char *severity)
{
    const json_t *problems = json_object_get(document, "problems"), *problem;
    size_t i;

    json_array_foreach (problems, i, problem) {
        if (strcmp(tg_ctl_document_text(problem, "severity", ""), severity) == 0) {
            return problem;
        }
    }
    return NULL;
}

static const char *standing_line_of(apr_pool_t *pool, const json_t *standing, tg_instant_t now)
{
    return apr_pstrcat(pool, tg_ctl_document_text(standing, "name", ""), " ",
                       tg_ctl_standing_line(pool, standing, now), NULL);
}

void tg_ctl_status_nagios(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    const json_t *standings = json_object_get(document, "schedules"), *standing;
    const char *severity = tg_ctl_document_text(document, "severity", "");
    const json_t *problem = first_of_severity(document, severity);
    const char *line = tg_ctl_document_text(problem, "text", "nothing is wrong");
    size_t i;

    tg_term_print(out, TG_TERM_PLAIN, "TLSGATE %s: %s", tg_text_upper(pool, severity),
                  without_bars(pool, line));
    json_array_foreach (standings, i, standing) {
        tg_term_print(out, TG_TERM_PLAIN, "%s%s",
                      is_known_from(document, "start") ? "if httpd starts now: " : "",
                      without_bars(pool, standing_line_of(pool, standing, now)));
    }
}
