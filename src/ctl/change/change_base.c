/* What a change starts from: see change_base.h. */
#include "change_base.h"

#include "base/rows.h"
#include "ctl/base/acknowledgement.h"
#include "term/term.h"

#include <apr_strings.h>

/* One state file that is missing or damaged. */
typedef struct {
    const tg_ctl_t *ctl;
    tg_ctl_change_t *change;
    const char *state;
    const char *what; /* is wrong with it */
    tg_store_snapshot_t *before;
} lost_file_t;

/* The record of which httpd began to act on its document last; NULL: none acts on any. */
static const tg_ack_record_t *latest_record(const apr_array_header_t *records)
{
    const tg_ack_record_t *latest = NULL;
    int i;

    for (i = 0; i < records->nelts; i++) {
        const tg_ack_record_t *r = &APR_ARRAY_IDX(records, i, tg_ack_record_t);

        if (r->ack.document.generation &&
            (!latest || r->ack.document.since > latest->ack.document.since)) {
            latest = r;
        }
    }
    return latest;
}

static const char *kept_text(const lost_file_t *l, const tg_ack_record_t *r)
{
    int n = l->before->state.overrides->nelts + l->before->state.exemptions->nelts;

    return apr_psprintf(l->ctl->pool,
                        "%s is %s; httpd (pid %" APR_INT64_T_FMT
                        ") still applies %d of its changes, %s kept",
                        l->state, l->what, r->ack.pid, n, n == 1 ? "which is" : "which are");
}

static int take_held(const lost_file_t *l, const tg_ack_record_t *r)
{
    tg_ack_held_t held;
    tg_fault_t fault;

    if (!tg_ack_records_held(l->ctl->pool, r, &held, &fault)) {
        tg_term_error("nothing was changed: %s is %s, and what httpd (pid %" APR_INT64_T_FMT
                      ") acts on cannot be read: %s; %s",
                      l->state, l->what, r->ack.pid, fault.reason, fault.fix);
        return 0;
    }
    l->before->state = held.state;
    l->change->has_base = 1;
    tg_ctl_change_note(l->change, kept_text(l, r));
    return 1;
}

/* 1 if an httpd does not tell in a way that can be read. */
static int is_other_among(const apr_array_header_t *records)
{
    int i = 0;

    while (i < records->nelts &&
           APR_ARRAY_IDX(records, i, tg_ack_record_t).ack.condition != TG_ACK_OTHER) {
        i++;
    }
    return i < records->nelts;
}

/* Whether no httpd can act on anything that the file had. */
static int is_nobody_left(const lost_file_t *l, const apr_array_header_t *records)
{
    /* A httpd that runs may have lost its record, or never had one. */
    static const int is_certain[] = { 1, 0, 0, 0, 0 };
    TG_ROWS_ARE(is_certain, TG_CTL_ABSENCES);

    if (is_other_among(records)) {
        return 0;
    }
    return records->nelts > 0 || is_certain[tg_ctl_acknowledgement_absence(l->ctl, l->state).kind];
}

/* No document is in force, as far as this machine tells. */
static int begin_anew(const lost_file_t *l, const apr_array_header_t *records)
{
    if (is_nobody_left(l, records)) {
        tg_ctl_change_note(l->change, apr_pstrcat(l->ctl->pool, l->state, " is gone, and ",
                                                  records->nelts ? "httpd acts on no document"
                                                                 : "no httpd acts on what it had",
                                                  ": a new, empty document is started", NULL));
        return 1;
    }
    if (!l->change->may_begin_anew) {
        tg_term_error("nothing was changed: %s is gone, and an httpd may still use what it read "
                      "last, although no acknowledgement says so: a change would end all of that. "
                      "Restore the file, or end all of it: " TG_PROGRAM_NAME " resume --all",
                      l->state);
        return 0;
    }
    tg_ctl_change_note(l->change, TG_CTL_CHANGE_ANEW);
    return 1;
}

int tg_ctl_change_base(const tg_ctl_t *ctl, tg_ctl_change_t *change, const char *state,
                       tg_store_snapshot_t *before, const tg_fault_t *damage)
{
    const lost_file_t l = { ctl, change, state, damage ? "damaged" : "missing", before };
    const apr_array_header_t *records;
    const tg_ack_record_t *latest;

    if (before->text && !damage) {
        return 1;
    }
    records = tg_ack_records_read(ctl->pool, state);
    latest = latest_record(records);
    if (latest) {
        return take_held(&l, latest);
    }
    if (damage) {
        tg_term_error("nothing was changed: %s: %s; %s", state, damage->reason, damage->fix);
        return 0;
    }
    return !before->is_lost || begin_anew(&l, records);
}
