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

tg_ctl_report_trial_t tg_ctl_report_trial(const tg_ctl_report_t *report, const tg_trials_row_t *row)
{
    tg_ctl_report_trial_t sum = { 0 };
    uint32_t i, count = tg_tally_clients(report->tally);

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

const char *tg_ctl_report_trial_text(apr_pool_t *pool, const tg_ctl_report_trial_t *trial)
{
    const char *text =
        apr_psprintf(pool, "met %u of %u: %u moved since, %u came again as before, %u silent since",
                     trial->met, trial->present, trial->moved, trial->retried, trial->silent);

    return trial->hourly > trial->met
               ? apr_psprintf(pool, "%s; ten minutes an hour would have met %u", text,
                              trial->hourly)
               : text;
}
