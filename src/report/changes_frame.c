/* What was changed by hand: see changes_frame.h. */
#include "changes_frame.h"

#include <apr_strings.h>

/* `by ops: the incident of Monday` */
static const char *who_and_why(apr_pool_t *pool, const char *by, const char *reason)
{
    return apr_pstrcat(pool, "by ", by, ": ", reason, NULL);
}

static void add_override_row(tg_frame_t *frame, const tg_state_override_t *o)
{
    tg_item_t row = { TG_FRAME_DATE };

    row.label = apr_pstrcat(frame->pool, tg_state_kind_name(o->kind), " ", o->schedule, NULL);
    if (o->kind == TG_STATE_POSTPONE) {
        row.from = o->cutoff;
    }
    else {
        row.until = row.over = o->until;
    }
    row.value = who_and_why(frame->pool, o->by, o->reason);
    tg_frame_add_date(frame, &row);
}

static void add_exempt_row(tg_frame_t *frame, const tg_state_exemption_t *e)
{
    tg_item_t row = { TG_FRAME_DATE };

    row.label = e->network ? e->network : e->exemption.client;
    row.until = row.over = e->exemption.until;
    row.value = apr_pstrcat(frame->pool, "from ", e->exemption.schedule, ", for ",
                            e->exemption.owner, ": ", e->exemption.reason, NULL);
    tg_frame_add_date(frame, &row);
}

static void add_overrides(tg_frame_t *frame, const apr_array_header_t *overrides)
{
    int i;

    tg_frame_add_part(frame, TG_PART_SECTION, "Changed by hand");
    for (i = 0; overrides && i < overrides->nelts; i++) {
        add_override_row(frame, &APR_ARRAY_IDX(overrides, i, const tg_state_override_t));
    }
}

void tg_changes_frame(tg_frame_t *frame, const tg_report_t *report)
{
    int i;

    add_overrides(frame, report->overrides);
    tg_frame_add_part(frame, TG_PART_SECTION, "Exempt clients and networks");
    for (i = 0; report->exemptions && i < report->exemptions->nelts; i++) {
        add_exempt_row(frame, &APR_ARRAY_IDX(report->exemptions, i, const tg_state_exemption_t));
    }
    if (report->exemptions && report->exemption_count > report->exemptions->nelts) {
        tg_frame_add(frame, TG_ITEM_SENTENCE, NULL,
                     apr_psprintf(frame->pool,
                                  "These end first, of %d: tlsgatectl exempt list shows all.",
                                  report->exemption_count));
    }
}
