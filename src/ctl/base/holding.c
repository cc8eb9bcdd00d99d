/* What httpd holds: see holding.h. */
#include "holding.h"

#include "problems.h"

#include "base/json.h"
#include "base/rows.h"
#include "base/text.h"
#include "format/ack_text.h"

#include <apr_strings.h>
#include <string.h>

const char *tg_ctl_holding_name(tg_ctl_holding_kind_t kind)
{
    static const char *const holding_names[] = { "httpd", "file", NULL };
    TG_ROWS_ARE(holding_names, TG_CTL_HOLDINGS);

    return holding_names[kind];
}

/* --- no httpd says anything --- */

/* What each absence means: which problem it is, and whether httpd may act on the file all the
 * same. */
static const struct {
    tg_ctl_problem_t problem;
    tg_ctl_holding_kind_t kind;
} absences[] = {
    { TG_CTL_PROBLEM_NO_HTTPD, TG_CTL_HOLDING_NOTHING }, /* it does not run */
    { TG_CTL_PROBLEM_NO_HTTPD, TG_CTL_HOLDING_NOTHING }, /* without this file */
    { TG_CTL_PROBLEM_NO_HTTPD, TG_CTL_HOLDING_NOTHING }, /* with another directory */
    { TG_CTL_PROBLEM_SILENT, TG_CTL_HOLDING_ASSUMED },   /* it may not write there */
    { TG_CTL_PROBLEM_SILENT, TG_CTL_HOLDING_ASSUMED },   /* it cannot be asked */
};
TG_ROWS_ARE(absences, TG_CTL_ABSENCES);

static void hold_by_absence(const tg_ctl_t *ctl, const tg_ctl_written_t *written,
                            apr_array_header_t *problems, tg_ctl_holding_t *out)
{
    tg_ctl_absence_t absence = tg_ctl_acknowledgement_absence(ctl, written->state);

    tg_ctl_problem_add(problems, absences[absence.kind].problem, absence.reason, absence.fix);
    out->kind = absences[absence.kind].kind;
    out->why = absence.reason;
    out->is_stopped = absence.kind == TG_CTL_ABSENT_STOPPED;
    if (out->kind == TG_CTL_HOLDING_ASSUMED && written->problem) {
        out->kind = TG_CTL_HOLDING_NOTHING;
        out->why = written->problem;
    }
}

/* --- what it says --- */

static void compare_records(apr_pool_t *pool, const apr_array_header_t *records,
                            const tg_ack_record_t *with, apr_array_header_t *problems)
{
    int i;

    for (i = 0; i < records->nelts; i++) {
        const tg_ack_t *ack = &APR_ARRAY_IDX(records, i, tg_ack_record_t).ack;

        if (ack->condition == TG_ACK_OTHER) {
            tg_ctl_problem_add_message(problems, TG_CTL_PROBLEM_SILENT, tg_ack_text(pool, ack));
        }
        else if (with->ack.condition != TG_ACK_OTHER &&
                 strcmp(ack->document.digest, with->ack.document.digest) != 0) {
            tg_ctl_problem_add(
                problems, TG_CTL_PROBLEM_DIFFERENT,
                apr_psprintf(pool,
                             "httpd (pid %" APR_INT64_T_FMT
                             ") acts on another document than httpd (pid "
                             "%" APR_INT64_T_FMT ")",
                             ack->pid, with->ack.pid),
                "wait until both have looked, or give each a TlsGateState of its own");
        }
    }
}

static void add_refusal(const tg_ctl_t *ctl, const tg_ack_t *ack, apr_array_header_t *problems,
                        tg_ctl_holding_t *out)
{
    out->why = apr_pstrcat(ctl->pool, "httpd refuses the state: ", ack->fault.reason, NULL);
    tg_ctl_problem_add(
        problems, TG_CTL_PROBLEM_REFUSED,
        apr_psprintf(ctl->pool, "%s (since %s)", out->why, tg_instant_text(ctl->pool, ack->since)),
        apr_pstrdup(ctl->pool, ack->fault.fix));
}

/* It looks by its watchdog, or when somebody connects. */
static void add_not_yet(const tg_ctl_t *ctl, const tg_ctl_written_t *written, const tg_ack_t *ack,
                        apr_array_header_t *problems, tg_ctl_holding_t *out)
{
    out->why = written->is_store ? "the httpd of this machine does not have it yet"
                                 : "httpd has not looked at it since it was written";
    tg_ctl_problem_add(problems, TG_CTL_PROBLEM_NOT_YET,
                       apr_pstrcat(ctl->pool, out->why, "; its last look was at ",
                                   tg_instant_text(ctl->pool, ack->looked), NULL),
                       written->is_store
                           ? "wait until it is installed here"
                           : "wait: httpd checks every second or two, and at each connection");
}

/* 1 if httpd acts on what is written, or on the document of a file that is gone. */
static int is_in_force(const tg_ctl_holding_t *out, const tg_ctl_written_t *written)
{
    const char *text = written->snapshot->text;

    return !written->is_good || written->snapshot->is_lost ||
           (text ? out->text && strcmp(out->text, text) == 0 : !out->text);
}

static void hold_by_word(const tg_ctl_t *ctl, const tg_ctl_written_t *written,
                         apr_array_header_t *problems, tg_ctl_holding_t *out)
{
    const tg_ack_record_t *record = tg_ack_records_newest(out->records);
    tg_ack_held_t held;
    tg_fault_t fault;

    compare_records(ctl->pool, out->records, record, problems);
    if (record->ack.condition == TG_ACK_OTHER) {
        out->why = tg_ack_text(ctl->pool, &record->ack);
        return;
    }
    if (!tg_ack_records_held(ctl->pool, record, &held, &fault)) {
        tg_ctl_problem_add(
            problems, TG_CTL_PROBLEM_SILENT,
            apr_pstrcat(ctl->pool, "what httpd says cannot be read: ", fault.reason, NULL),
            apr_pstrdup(ctl->pool, fault.fix));
        out->why = "what httpd says cannot be read";
        return;
    }
    out->kind = TG_CTL_HOLDING_TOLD;
    out->text = held.text;
    out->state = held.state;
    out->state.trips = tg_ack_record_trips(ctl->pool, record);
    out->state.stops = tg_ack_record_stops(ctl->pool, record);
    if (record->ack.condition == TG_ACK_REFUSES) {
        add_refusal(ctl, &record->ack, problems, out);
    }
    else if (!is_in_force(out, written)) {
        add_not_yet(ctl, written, &record->ack, problems, out);
    }
}

void tg_ctl_holding_find(const tg_ctl_t *ctl, const tg_ctl_written_t *written,
                         apr_array_header_t *problems, tg_ctl_holding_t *out)
{
    memset(out, 0, sizeof(*out));
    out->kind = TG_CTL_HOLDING_NOTHING;
    out->state = tg_state_empty(ctl->pool);
    out->records = written->state ? tg_ack_records_read(ctl->pool, written->state)
                                  : apr_array_make(ctl->pool, 1, sizeof(tg_ack_record_t));
    if (out->records->nelts > 0) {
        hold_by_word(ctl, written, problems, out);
        return;
    }
    if (written->state) {
        hold_by_absence(ctl, written, problems, out);
    }
    else {
        out->kind = TG_CTL_HOLDING_ASSUMED;
    }
    if (out->kind == TG_CTL_HOLDING_ASSUMED) {
        out->text = written->snapshot->text;
        out->state = written->snapshot->state;
        out->why = NULL;
    }
}

/* --- as a document --- */

static json_t *record_document(apr_pool_t *pool, const tg_ack_t *ack)
{
    const tg_ack_document_t *d = &ack->document;
    int has_document = d->generation > 0;

    return json_pack("{s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "pid", (json_int_t)ack->pid,
                     "condition", tg_ack_condition_name(ack->condition), "since",
                     tg_json_instant(ack->since), "looked", tg_json_instant(ack->looked), "started",
                     tg_json_instant(ack->started), "generation",
                     has_document ? json_integer(d->generation) : json_null(), "digest",
                     has_document ? json_string(d->digest) : json_null(), "says",
                     json_string(tg_text_printable(pool, tg_ack_text(pool, ack))));
}

json_t *tg_ctl_holding_document(apr_pool_t *pool, const tg_ctl_holding_t *holding)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < holding->records->nelts; i++) {
        json_array_append_new(
            list, record_document(pool, &APR_ARRAY_IDX(holding->records, i, tg_ack_record_t).ack));
    }
    return list;
}
