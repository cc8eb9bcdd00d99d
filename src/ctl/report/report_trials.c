/* Whether a trial worked: what became of the clients that it met. */
#include "report.h"

#include "base/relative.h"
#include "format/state.h"

#include <apr_strings.h>
#include <string.h>

/* A client has moved if it is away for this many times its longest absence, and for at least this
 * long; not one whose handshakes fail, which is away because it is refused. */
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

/* --- what is known of its end --- */

static void know_stop(const tg_trials_t *trials, const char *schedule, tg_override_kind_t by,
                      tg_interval_t time)
{
    APR_ARRAY_PUSH(trials->stops, tg_trials_stop_t) =
        (tg_trials_stop_t){ schedule, by, time.start, time.end };
}

/* Whether that one is among those that are kept, or an undo began it anew. */
static int is_stop_kept(const apr_array_header_t *stops, const tg_override_t *o)
{
    int i;

    for (i = 0; stops && i < stops->nelts; i++) {
        const tg_state_stop_t *s = &APR_ARRAY_IDX(stops, i, const tg_state_stop_t);

        if (strcmp(s->schedule, o->schedule) == 0 && s->stop.trip.at >= o->stopped_at) {
            return 1;
        }
    }
    return 0;
}

static void know_in_force(const tg_ctl_report_question_t *q, const tg_override_t *o)
{
    if (o->kind == TG_OVERRIDE_SUSPEND) {
        know_stop(q->counted.trials, o->schedule, TG_OVERRIDE_SUSPEND,
                  (tg_interval_t){ o->since, o->until });
    }
    if (o->stopped_at != TG_ALWAYS && !is_stop_kept(q->stops, o)) {
        know_stop(q->counted.trials, o->schedule, TG_OVERRIDE_GUARD,
                  (tg_interval_t){ o->stopped_at, o->stopped_until });
    }
}

/* httpd notes a moment later that a stop was lifted than the state has it. */
static void know_kept(const tg_ctl_report_question_t *q, const tg_state_stop_t *s)
{
    const tg_override_t *o = tg_override_find(q->overrides, s->schedule);
    tg_instant_t end = tg_guard_stop_end(&s->stop);

    if (!s->stop.back && tg_override_resumes(o, s->stop.trip.at) && o->resumed < end) {
        end = o->resumed;
    }
    know_stop(q->counted.trials, s->schedule, TG_OVERRIDE_GUARD,
              (tg_interval_t){ s->stop.trip.at, end });
}

void tg_ctl_report_know_stops(const tg_ctl_report_question_t *q)
{
    int i;

    for (i = 0; i < q->plan->schedules->nelts; i++) {
        const tg_override_t *o = tg_override_find(
            q->overrides, APR_ARRAY_IDX(q->plan->schedules, i, const tg_schedule_t *)->name);

        if (o) {
            know_in_force(q, o);
        }
    }
    for (i = 0; q->stops && i < q->stops->nelts; i++) {
        know_kept(q, &APR_ARRAY_IDX(q->stops, i, const tg_state_stop_t));
    }
}

static void find_course(const tg_ctl_report_t *report, const tg_trials_row_t *row,
                        tg_ctl_report_trial_t *sum)
{
    const tg_ctl_report_question_t *q = report->question;
    const tg_instant_t until = q->counted.until < q->ctl->now ? q->counted.until : q->ctl->now;

    sum->start = row->start;
    sum->end = row->end;
    /* A line whose clock was ahead tells nothing of the time until then. */
    sum->latest = tg_tally_sums(report->tally)->latest;
    sum->latest = sum->latest < until ? sum->latest : until;
    sum->course = tg_trial_course(q->ctl->pool, row, q->counted.trials->stops, until);
    sum->is_on = sum->course.end == TG_NEVER && until == q->ctl->now && until < row->end;
    sum->known_to = until < row->end ? until : row->end;
    if (sum->course.end != TG_NEVER && sum->latest > sum->course.end) {
        sum->since = sum->latest - sum->course.end;
    }
    sum->is_hourly_known =
        until >= row->start + TG_TRIALS_DAY && sum->latest >= row->start + TG_TRIALS_DAY;
}

/* --- the figures --- */

/* What a client did that it met. */
static void add_met(const tg_ctl_report_t *report, const tg_tally_client_t *c,
                    tg_ctl_report_trial_t *sum)
{
    const int is_moved = sum->since && has_moved(report, c);
    const int is_back = sum->since && !is_moved && c->last_seen >= sum->course.end;

    sum->met++;
    sum->moved += is_moved ? 1 : 0;
    sum->retried += is_back ? 1 : 0;
    sum->silent += sum->since && !is_moved && !is_back ? 1 : 0;
}

tg_ctl_report_trial_t tg_ctl_report_trial(const tg_ctl_report_t *report, const tg_trials_row_t *row)
{
    tg_ctl_report_trial_t sum = { 0 };
    uint32_t i, count = tg_tally_clients(report->tally);

    find_course(report, row, &sum);
    sum.first = TG_NEVER;
    for (i = 0; i < count; i++) {
        const tg_instant_t first = tg_tally_client(report->tally, i)->first_seen;

        sum.first = first < sum.first ? first : sum.first;
    }
    sum.is_before = sum.first != TG_NEVER && sum.first >= row->end;
    for (i = 0; !sum.is_before && i < count; i++) {
        const unsigned seen = tg_trials_seen(row, i);

        sum.present += (seen & (TG_TRIALS_PRESENT | TG_TRIALS_MET)) != 0;
        sum.hourly += sum.is_hourly_known && (seen & TG_TRIALS_HOURLY_MET);
        if (seen & TG_TRIALS_MET) {
            add_met(report, tg_tally_client(report->tally, i), &sum);
        }
    }
    return sum;
}

/* --- in a sentence --- */

static const char *before_figures(apr_pool_t *pool, const tg_ctl_report_trial_t *trial)
{
    if (trial->is_on) {
        return apr_psprintf(
            pool, "still on until %s, figures so far: ", tg_instant_text(pool, trial->end));
    }
    return trial->course.end == TG_NEVER
               ? apr_psprintf(pool, "figures to %s, before its end at %s: ",
                              tg_instant_text(pool, trial->known_to),
                              tg_instant_text(pool, trial->end))
               : "";
}

/* What they did since, or why that is not known. */
static const char *since_figures(apr_pool_t *pool, const tg_ctl_report_trial_t *trial)
{
    if (trial->is_on) {
        return "; what they do afterwards is known after its end";
    }
    if (trial->course.end == TG_NEVER) {
        return "; what they did afterwards is not looked at";
    }
    if (trial->since == 0) {
        return trial->latest == TG_ALWAYS
                   ? "; the log is empty, so what they did since is not known"
                   : apr_psprintf(pool,
                                  "; what they did since is not known yet: the log ends at %s",
                                  tg_instant_text(pool, trial->latest));
    }
    return apr_psprintf(
        pool, ": %u moved since, %u came again as before, %u silent in the %s since", trial->moved,
        trial->retried, trial->silent, tg_relative_length(pool, trial->since));
}

/* One that has no end, as far as is known. */
static const char *cut_figures(apr_pool_t *pool, const tg_ctl_report_trial_t *trial,
                               const tg_trial_gap_t *gap)
{
    const tg_instant_t rejected = trial->course.rejected_until;

    if (trial->course.end == trial->start) {
        return " before it began";
    }
    return apr_psprintf(pool, "%s at %s%s%s", gap->is_from_exact ? "" : ", first seen",
                        tg_instant_text(pool, gap->from),
                        rejected == TG_ALWAYS ? "" : ", and somebody was rejected until ",
                        rejected == TG_ALWAYS ? "" : tg_instant_text(pool, rejected));
}

static const char *gap_figures(apr_pool_t *pool, const tg_ctl_report_trial_t *trial,
                               const tg_trial_gap_t *gap)
{
    const char *from = tg_instant_text(pool, gap->from);

    if (gap->to == TG_NEVER) {
        return cut_figures(pool, trial, gap);
    }
    if (gap->to == gap->from) {
        return apr_pstrcat(pool, ", seen at ", from, NULL);
    }
    return apr_psprintf(pool, "%s from %s to %s",
                        gap->is_from_exact && gap->is_to_exact ? "" : ", as far as is known,", from,
                        tg_instant_text(pool, gap->to));
}

/* Whom it met, or why that is not known. */
static const char *all_figures(apr_pool_t *pool, const tg_ctl_report_trial_t *trial)
{
    return trial->is_before
               ? apr_psprintf(pool,
                              "whom it met is not known: the first client was seen at %s, after it",
                              tg_instant_text(pool, trial->first))
               : apr_psprintf(pool, "%smet %u of %u%s", before_figures(pool, trial), trial->met,
                              trial->present, since_figures(pool, trial));
}

/* `TlsGateGuard stopped it`, and when; each time. */
static const char *stop_figures(apr_pool_t *pool, const tg_ctl_report_trial_t *trial)
{
    const tg_trial_gap_t *gap = NULL;
    const char *text = "";
    int i;

    for (i = 0; i < trial->course.gaps->nelts; i++) {
        gap = &APR_ARRAY_IDX(trial->course.gaps, i, const tg_trial_gap_t);
        text = apr_pstrcat(pool, text,
                           gap->by == TG_OVERRIDE_GUARD ? "; TlsGateGuard stopped it"
                                                        : "; it was suspended",
                           gap_figures(pool, trial, gap), NULL);
    }
    if (!gap || gap->to == TG_NEVER) {
        return text;
    }
    return apr_pstrcat(
        pool, text, gap->to > trial->known_to ? ", and it goes on then" : ", and it ran on", NULL);
}

const char *tg_ctl_report_trial_text(apr_pool_t *pool, const tg_ctl_report_trial_t *trial)
{
    const char *text = apr_pstrcat(pool, all_figures(pool, trial), stop_figures(pool, trial), NULL);

    return trial->is_hourly_known && !trial->is_before && trial->hourly > trial->met
               ? apr_psprintf(pool, "%s; ten minutes an hour would have met %u", text,
                              trial->hourly)
               : text;
}
