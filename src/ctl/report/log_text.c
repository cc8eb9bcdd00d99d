/* The answers to the clients of a log, for a person: see log_simulation.h. */
#include "log_simulation.h"

#include "base/rows.h"
#include "ctl/base/document.h"
#include "term/term.h"
#include "tls/registry.h"

#include <apr_strings.h>
#include <string.h>

/** How many times of a day a line names. */
#define TIMES_MAX 3

/* In the words of people, by those of the document. */
static const struct {
    const char *answer, *words;
    tg_term_look_t look;
} answer_titles[] = {
    { "refused", "refused in the handshake", TG_TERM_BAD },
    { "kept_out", "kept out by the TLS settings of the server", TG_TERM_BAD },
    { "rejected", "rejected", TG_TERM_WARN },
    { "unknown", "not known, since the log lacks something", TG_TERM_STRONG },
    { "warned", "served, with headers that say what is coming", TG_TERM_STRONG },
    { "served", "served", TG_TERM_STRONG },
};
TG_ROWS_ARE(answer_titles, TG_CTL_LOG_ANSWERS);

static size_t title_of(const json_t *object)
{
    const char *answer = tg_ctl_document_text(object, "answer", "");
    size_t i = 0;

    while (i + 1 < TG_ROWS(answer_titles) && strcmp(answer_titles[i].answer, answer) != 0) {
        i++;
    }
    return i;
}

static json_int_t member_number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static int is_same_number(const json_t *a, const json_t *b, const char *name)
{
    return member_number(a, name) == member_number(b, name);
}

/* `1 client`, `2 clients` */
static const char *counted_noun(apr_pool_t *pool, json_int_t n, const char *what)
{
    return apr_psprintf(pool, "%" APR_INT64_T_FMT " %s%s", (apr_int64_t)n, what, n == 1 ? "" : "s");
}

static const char *joined_list(apr_pool_t *pool, const json_t *list, const char *between)
{
    const char *text = "";
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        text = apr_pstrcat(pool, text, i ? between : "", json_string_value(item), NULL);
    }
    return text;
}

/* Without the date; empty if there is no such instant. */
static const char *time_of_day(const json_t *time, const char *name)
{
    const char *day = strchr(tg_ctl_document_text(time, name, ""), 'T');

    return day ? day + 1 : "";
}

/* `09:00Z to 10:23Z`, and with seconds where they are not of whole minutes. */
static const char *times_span(apr_pool_t *pool, const json_t *time)
{
    const char *from = time_of_day(time, "from"), *until = time_of_day(time, "until");
    int digits = (int)strlen("09:00");

    if (strcmp(from, "") == 0 || strcmp(until, "") == 0 || strncmp(from + digits, ":00", 3) != 0 ||
        strncmp(until + digits, ":00", 3) != 0) {
        digits = (int)strlen("09:00:00");
    }
    return apr_psprintf(pool, "%.*sZ to %.*sZ", digits, from, digits, until);
}

/* `09:00Z to 10:23Z, 14:00Z to 14:10Z and 22 more times`: when it is that answer; empty: all
 * day. */
static const char *times_text(apr_pool_t *pool, const json_t *client)
{
    const json_t *times = json_object_get(client, "times"), *time;
    const char *text = "";
    int count = 0;
    size_t i;

    json_array_foreach (times, i, time) {
        if (title_of(time) != title_of(client) || !is_same_number(time, client, "status")) {
            continue;
        }
        if (count++ < TIMES_MAX) {
            text = apr_pstrcat(pool, text, ", ", times_span(pool, time), NULL);
        }
    }
    if (json_array_size(times) <= 1) {
        return "";
    }
    return count > TIMES_MAX ? apr_psprintf(pool, "%s and %d more times", text, count - TIMES_MAX)
                             : text;
}

/* `  account:acme  TLSv1, 12 requests at vhost api.example.com:443, 09:00Z to 10:23Z: why` */
static void print_client(FILE *out, apr_pool_t *pool, const json_t *client)
{
    const json_t *lacks = json_object_get(client, "lacks");
    const char *schedule = tg_ctl_document_text(client, "schedule", NULL);
    const char *why = tg_ctl_document_text(client, "why", NULL);
    const char *places = tg_ctl_places_text(pool, json_object_get(client, "at"));

    if (schedule) {
        schedule =
            apr_pstrcat(pool, schedule, " (", tg_ctl_document_text(client, "phase", ""), ")", NULL);
    }
    if (json_array_size(lacks) > 0) {
        why = apr_pstrcat(pool, "the log lacks ", joined_list(pool, lacks, ", "), NULL);
    }
    tg_term_wrap(out, TG_TERM_PLAIN,
                 apr_pstrcat(pool, "  ", tg_ctl_document_text(client, "client", ""), "  ", NULL),
                 apr_pstrcat(pool, joined_list(pool, json_object_get(client, "traits"), " "), ", ",
                             counted_noun(pool, member_number(client, "requests"), "request"),
                             *places ? " at " : "", places, times_text(pool, client),
                             why || schedule ? ": " : "", schedule ? schedule : "",
                             why && schedule ? ", " : "", why ? why : "", NULL));
}

/* `rejected with 426: 3 clients, 40 requests` */
static void print_total(FILE *out, apr_pool_t *pool, const json_t *total)
{
    size_t title = title_of(total);
    json_int_t status = member_number(total, "status"), alert = member_number(total, "alert");

    tg_term_print(out, answer_titles[title].look, "%s%s: %s, %s", answer_titles[title].words,
                  status  ? apr_psprintf(pool, " with %d", (int)status)
                  : alert ? apr_psprintf(pool, " (TLS alert %d %s)", (int)alert,
                                         tg_registry_alert((unsigned)alert))
                          : "",
                  counted_noun(pool, member_number(total, "clients"), "client"),
                  counted_noun(pool, member_number(total, "requests"), "request"));
}

static void print_heading(FILE *out, apr_pool_t *pool, const json_t *document)
{
    const json_t *log = json_object_get(document, "log");
    const char *time = tg_ctl_document_text(document, "time", "");
    json_int_t tests = member_number(log, "tests"),
               failed = member_number(log, "failed_handshakes");

    tg_term_wrap(
        out, TG_TERM_PLAIN, "",
        apr_psprintf(pool, "%s %.*s: %s of the log%s%s%s%s",
                     json_is_null(json_object_get(document, "until")) ? "at" : "on",
                     json_is_null(json_object_get(document, "until")) ? (int)strlen(time)
                                                                      : (int)strlen("2027-01-01"),
                     time, counted_noun(pool, member_number(log, "requests"), "request"),
                     tests ? "; left aside: " : "", tests ? counted_noun(pool, tests, "test") : "",
                     failed ? (tests ? " and " : "; left aside: ") : "",
                     failed ? counted_noun(pool, failed, "failed handshake") : ""));
}

void tg_ctl_log_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    const json_t *totals = json_object_get(document, "totals"), *total;
    const json_t *clients = json_object_get(document, "clients"), *client;
    json_int_t unlisted = member_number(document, "unlisted");
    size_t i, j;

    (void)now;
    print_heading(out, pool, document);
    json_array_foreach (totals, i, total) {
        print_total(out, pool, total);
        json_array_foreach (clients, j, client) {
            if (title_of(client) == title_of(total) && is_same_number(client, total, "status") &&
                is_same_number(client, total, "alert")) {
                print_client(out, pool, client);
            }
        }
    }
    if (unlisted > 0) {
        tg_term_print(out, TG_TERM_PLAIN, "%s not listed",
                      counted_noun(pool, unlisted, "more row"));
    }
}
