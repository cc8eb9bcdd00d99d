/* Whether a trial worked: what became of the clients that it met. */
#include "report.h"

#include <apr_strings.h>

/* A client that is away for so many times its longest absence has moved, if it is so long at least; not
 * one whose handshakes fail, which is away because it is refused. */
#define GAPS_AWAY 3
#define LEAST_AWAY 86400

static int has_moved(const tg_ctl_report_t *report, const tg_tally_client_t *c)
{
    int64_t away = tg_tally_sums(report->tally)->latest - c->last_seen;
    int64_t gap =
        tg_presence_gap(c->presence, (tg_presence_range_t){ c->first_seen, c->last_seen });

    return c->moved_at != TG_NEVER ||
           (c->probable == 0 && gap > 0 && away > LEAST_AWAY && away > GAPS_AWAY * gap);
}

/* What is known of its end: from the log, or from what is in force by hand. */
static void find_trial_end(const tg_ctl_report_t *report, const tg_trials_row_t *row,
                           tg_ctl_report_trial_t *sum)
{
    const tg_ctl_report_question_t *q = report->question;
    const tg_override_t *o = tg_override_find(q->overrides, row->schedule->name);
    const tg_interval_t whole = { row->start, row->end };
    tg_instant_t until = q->counted.until < q->ctl->now ? q->counted.until : q->ctl->now;

    sum->end = row->end;
    sum->is_on = q->ctl->now < row->end;
    sum->known_to = until < row->end ? until : TG_NEVER;
    sum->cut_by = row->cut_by;
    sum->cut_at = row->cut_at;
    if (o && o->kind == TG_OVERRIDE_SUSPEND && tg_interval_has(&whole, o->since)) {
        sum->cut_by = TG_OVERRIDE_SUSPEND;
        sum->cut_at = o->since;
        sum->is_exact = 1;
    }
    if (o && tg_interval_has(&whole, o->stopped_at)) {
        sum->cut_by = TG_OVERRIDE_GUARD;
        sum->cut_at = o->stopped_at;
        sum->is_exact = 1;
    }
}

tg_ctl_report_trial_t tg_ctl_report_trial(const tg_ctl_report_t *report, const tg_trials_row_t *row)
{
    tg_ctl_report_trial_t sum = { 0 };
    uint32_t i, count = tg_tally_clients(report->tally);

    find_trial_end(report, row, &sum);
    for (i = 0; i < count; i++) {
        unsigned seen = tg_trials_seen(row, i);
        int is_moved;

        sum.present += (seen & (TG_TRIALS_PRESENT | TG_TRIALS_MET)) != 0;
        sum.hourly += (seen & TG_TRIALS_HOURLY_MET) != 0;
        if (seen & TG_TRIALS_MET) {
            is_moved = has_moved(report, tg_tally_client(report->tally, i));
            sum.met++;
            sum.moved += is_moved != 0;
            sum.retried += !is_moved && (seen & TG_TRIALS_AFTER);
            sum.silent += !is_moved && !(seen & TG_TRIALS_AFTER);
        }
    }
    return sum;
}

/* How it ended, where it did not run to its end. */
static const char *before_figures(apr_pool_t *pool, const tg_ctl_report_trial_t *trial)
{
    if (trial->is_on) {
        return apr_psprintf(
            pool, "still on until %s, figures so far: ", tg_instant_text(pool, trial->end));
    }
    return trial->known_to == TG_NEVER ? ""
                                       : apr_psprintf(pool, "figures to %s, before its end at %s: ",
                                                      tg_instant_text(pool, trial->known_to),
                                                      tg_instant_text(pool, trial->end));
}

static const char *cut_short_text(apr_pool_t *pool, const tg_ctl_report_trial_t *trial)
{
    if (trial->cut_by == TG_OVERRIDE_NONE) {
        return "";
    }
    return apr_psprintf(
        pool, "; %s%s at %s",
        trial->cut_by == TG_OVERRIDE_GUARD ? "TlsGateGuard stopped it" : "it was suspended",
        trial->is_exact ? "" : ", first seen", tg_instant_text(pool, trial->cut_at));
}

const char *tg_ctl_report_trial_text(apr_pool_t *pool, const tg_ctl_report_trial_t *trial)
{
    const char *text = apr_psprintf(
        pool, "%smet %u of %u: %u moved since, %u came again as before, %u silent since%s",
        before_figures(pool, trial), trial->met, trial->present, trial->moved, trial->retried,
        trial->silent, cut_short_text(pool, trial));

    return trial->hourly > trial->met
               ? apr_psprintf(pool, "%s; ten minutes an hour would have met %u", text,
                              trial->hourly)
               : text;
}
