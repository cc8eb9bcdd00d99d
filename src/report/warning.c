/* What somebody should look at: see warning.h. */
#include "warning.h"

#include "base/program.h"
#include "base/rows.h"
#include "format/trip.h"

#include <apr_strings.h>
#include <ctype.h>
#include <string.h>

#define COUNT "%" APR_UINT64_T_FMT

/* --- what each number says; NULL: nothing --- */

static const char *state_refused_text(apr_pool_t *pool, const tg_report_t *report)
{
    (void)pool;
    return report->is_state_refused
               ? "httpd refuses the file of TlsGateState, or it is gone, so the last good state "
                 "stays in force; tlsgatectl status says why"
               : NULL;
}

static const char *ledger_unkept_text(apr_pool_t *pool, const tg_report_t *report)
{
    (void)pool;
    if (!report->totals || (report->has_ledger_file && !report->is_ledger_unwritten)) {
        return NULL;
    }
    return report->has_ledger_file
               ? "the numbers cannot be written to the file of TlsGateLedger, so they are lost "
                 "when httpd stops; the error log says why, at " TG_PROGRAM_MESSAGE "0083"
               : "the numbers are lost when httpd stops, because TlsGateLedger names no file; name "
                 "one, such as TlsGateLedger 16384 /var/lib/tlsgate/ledger";
}

static const char *ledger_refused_text(apr_pool_t *pool, const tg_report_t *report)
{
    return report->ledger_refused
               ? apr_pstrcat(pool,
                             "the ledger began empty at the start, because its file was refused: ",
                             report->ledger_refused, NULL)
               : NULL;
}

static const char *lines_lost_text(apr_pool_t *pool, const tg_report_t *report)
{
    return report->lines_lost
               ? apr_psprintf(pool,
                              COUNT " lines of TlsGateLog were lost, so the log has fewer requests "
                                    "than this page; the error log says why, at " TG_PROGRAM_MESSAGE
                                    "0009",
                              report->lines_lost)
               : NULL;
}

static const char *forgotten_text(apr_pool_t *pool, const tg_report_t *report)
{
    const tg_straggler_list_t *list = &report->stragglers;

    return list->forgotten
               ? apr_psprintf(pool,
                              COUNT
                              " entries were dropped from the list of remaining clients, which "
                              "holds %u; write a larger number in TlsGateLedger, then stop "
                              "httpd and start it again",
                              list->forgotten, list->capacity)
               : NULL;
}

static const char *missed_text(apr_pool_t *pool, const tg_report_t *report)
{
    uint64_t missed = report->stragglers.missed;

    return missed ? apr_psprintf(pool,
                                 COUNT " requests were not added to the list of remaining clients, "
                                       "because it was locked; all other numbers include them, and "
                                       "TlsGateLog has the clients",
                                 missed)
                  : NULL;
}

static const char *unsorted_text(apr_pool_t *pool, const tg_report_t *report)
{
    return report->unsorted
               ? apr_psprintf(pool,
                              COUNT " connections are missing from the census, which holds %d "
                                    "kinds; stop httpd and start it again without the file of "
                                    "TlsGateLedger",
                              report->unsorted, TG_LEDGER_KINDS - 1)
               : NULL;
}

/* In the order of importance. */
static const struct {
    const char *code, *topic;
    const char *(*text)(apr_pool_t *pool, const tg_report_t *report);
} number_warnings[] = {
    { "state-refused", "State file", state_refused_text },
    { "log-lines-lost", "Log", lines_lost_text },
    { "stragglers-forgotten", "Who is left", forgotten_text },
    { "stragglers-missed", "Who is left", missed_text },
    { "connections-unsorted", "Connections", unsorted_text },
    { "ledger-unkept", "Numbers", ledger_unkept_text },
    { TG_PROGRAM_MESSAGE "0082", "Numbers", ledger_refused_text },
};

static void push_warning(apr_array_header_t *list, const char *code, const char *topic,
                         const char *text)
{
    tg_warning_t *warning = apr_array_push(list);

    warning->code = code;
    warning->topic = topic;
    warning->text = text;
}

static const char *stopped_text(apr_pool_t *pool, const tg_report_schedule_t *item)
{
    const tg_guard_trip_t *trip = &item->stopped;
    int holds = trip->until == TG_NEVER;

    return trip->at == 0
               ? NULL
               : apr_pstrcat(pool, "TlsGateGuard stopped a trial of ", item->schedule->name, " at ",
                             tg_instant_text(pool, trip->at), ", because ", tg_trip_met(pool, trip),
                             ": ", holds ? "no trial of it runs" : "old clients are served until ",
                             holds ? "" : tg_instant_text(pool, trip->until),
                             "; see who is left, and to let trials go on: " TG_PROGRAM_NAME
                             " resume ",
                             item->schedule->name, " --reason TEXT", NULL);
}

static const char *postponement_text(apr_pool_t *pool, const tg_report_schedule_t *item)
{
    const tg_override_t *o = item->override;
    const char *name = item->schedule->name;

    return !o || o->postponed_from == TG_NEVER ||
                   tg_phase_postpones(item->schedule, o->postponed_from)
               ? NULL
               : apr_pstrcat(pool, "the postponement of ", name, " to ",
                             tg_instant_text(pool, o->postponed_to),
                             " has no effect, because it was made for the cutoff ",
                             tg_instant_text(pool, o->postponed_from),
                             ", which httpd.conf no longer has; postpone the new one, or end it "
                             "with " TG_PROGRAM_NAME " resume ",
                             name, NULL);
}

/* What is wrong with one schedule; NULL: nothing. */
typedef const char *schedule_text_t(apr_pool_t *pool, const tg_report_schedule_t *item);

static void warn_of_schedules(apr_array_header_t *list, const tg_report_t *report, const char *code,
                              const char *topic, schedule_text_t *text_of)
{
    int i;

    for (i = 0; i < report->schedule_count; i++) {
        const char *text = text_of(list->pool, &report->schedules[i]);

        if (text) {
            push_warning(list, code, topic, text);
        }
    }
}

void tg_warnings_of_report(apr_array_header_t *list, const tg_report_t *report)
{
    size_t i;

    warn_of_schedules(list, report, "trial-stopped", "Trials", stopped_text);
    for (i = 0; i < TG_ROWS(number_warnings); i++) {
        const char *text = number_warnings[i].text(list->pool, report);

        if (text) {
            push_warning(list, number_warnings[i].code, number_warnings[i].topic, text);
        }
    }
    warn_of_schedules(list, report, "postponement-ignored", "Changed by hand", postponement_text);
}

/* --- as a page --- */

int tg_warnings_count(const tg_report_t *report)
{
    return report->warnings->nelts + report->warnings_left_out;
}

const char *tg_warnings_lead(apr_pool_t *pool, const tg_report_t *report)
{
    int n = tg_warnings_count(report);

    return n == 0   ? ""
           : n == 1 ? " One warning is below."
                    : apr_psprintf(pool, " %d warnings are below.", n);
}

/* What is wrong; the page adds the period. */
static const char *problem_sentence(apr_pool_t *pool, const char *text, size_t length)
{
    char *sentence = apr_pstrmemdup(pool, text, length);

    /* Not the name of a host, a file or httpd, which are written as they are. */
    if (strncmp(text, "the ", 4) == 0 || strncmp(text, "a ", 2) == 0 ||
        strncmp(text, "no ", 3) == 0) {
        *sentence = (char)toupper((unsigned char)*sentence);
    }
    return sentence;
}

static const char *remedy_sentence(apr_pool_t *pool, const char *remedy)
{
    char *sentence = apr_pstrcat(pool, remedy, ".", NULL);

    if (strncmp(remedy, TG_PROGRAM_NAME, strlen(TG_PROGRAM_NAME)) != 0 &&
        strncmp(remedy, "httpd", 5) != 0) {
        *sentence = (char)toupper((unsigned char)*sentence);
    }
    return sentence;
}

static void add_warning(tg_frame_t *frame, const tg_warning_t *warning)
{
    tg_item_t row = { TG_FRAME_DATE, .label = warning->topic };
    const char *remedy = strstr(warning->text, "; ");
    size_t length = remedy ? (size_t)(remedy - warning->text) : strlen(warning->text);

    row.value = problem_sentence(frame->pool, warning->text, length);
    row.remedy = remedy ? remedy_sentence(frame->pool, remedy + 2) : NULL;
    tg_frame_add_date(frame, &row);
}

void tg_warning_frame(tg_frame_t *frame, const tg_report_t *report)
{
    int i;

    tg_frame_add_part(frame, TG_PART_SECTION, "Warnings");
    for (i = 0; i < report->warnings->nelts; i++) {
        add_warning(frame, &APR_ARRAY_IDX(report->warnings, i, const tg_warning_t));
    }
    if (report->warnings_left_out > 0) {
        tg_frame_add(frame, TG_ITEM_SENTENCE, NULL,
                     apr_psprintf(frame->pool, "%d more startup warning%s in the error log.",
                                  report->warnings_left_out,
                                  report->warnings_left_out == 1 ? " is" : "s are"));
    }
}

/* --- as JSON --- */

json_t *tg_warnings_json(const tg_report_t *report)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < report->warnings->nelts; i++) {
        const tg_warning_t *warning = &APR_ARRAY_IDX(report->warnings, i, const tg_warning_t);
        json_t *item = json_object();

        json_object_set_new(item, "code", tg_json_text(warning->code));
        json_object_set_new(item, "text", tg_json_text(warning->text));
        json_array_append_new(list, item);
    }
    return list;
}
