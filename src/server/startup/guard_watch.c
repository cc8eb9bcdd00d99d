/* TlsGateGuard in a running httpd: see guard_watch.h.
 *
 * The parent looks, each time that it has collected what was counted. What it decides is one word in
 * the ledger, which every process asks for with the overrides. Only a trial that is enforced somewhere
 * rejects anything, so one that is report-only everywhere is never stopped.
 */
#include "guard_watch.h"

#include "server/base/log.h"
#include "server/ledger/ledger_memory.h"
#include "server/state/state_cache.h"

APLOG_USE_MODULE(tlsgate);

/* One schedule while it is looked at. */
typedef struct {
    server_rec *s;
    const tg_guard_t *guard;
    const tg_schedule_t *schedule;
    const tg_override_t *override; /* with the stop */
    int number;
    tg_instant_t now;
} watched_t;

/* A stop is forgotten when its trial is over, or was resumed: what is made by hand afterwards, and
 * ended again, does not bring it back. */
static void forget_stop(const watched_t *w)
{
    tg_ledger_stop_t stop = tg_ledger_stopped(tg_ledger_memory, w->number);

    if (!stop.until) {
        return;
    }
    if (!w->guard->share || w->guard->report_only || tg_override_resumes(w->override, stop.at)) {
        TG_LOG(
            0089, APLOG_NOTICE, 0, w->s,
            "schedule %s: what TlsGateGuard stopped was taken back; a trial that is open goes on",
            w->schedule->name);
    }
    else if (w->now < stop.until) {
        return;
    }
    tg_ledger_stop(tg_ledger_memory, w->number, (tg_ledger_stop_t){ 0, 0 });
}

static void stop_trial(const watched_t *w, const tg_guard_count_t *bucket, tg_instant_t until)
{
    char share[TG_GUARD_STRLEN], end[TG_INSTANT_STRLEN];

    tg_guard_share(w->guard, share);
    tg_instant_format(until, end);
    if (w->guard->report_only) {
        TG_LOG(0088, APLOG_WARNING, 0, w->s,
               "schedule %s: TlsGateGuard would stop its trial, but for report-only: it rejected "
               "%lu of %lu requests, more than %s for the second "
               "time in a row; the trial goes on until %s",
               w->schedule->name, (unsigned long)bucket->rejected, (unsigned long)bucket->requests,
               share, end);
        return;
    }
    TG_LOG(0087, APLOG_WARNING, 0, w->s,
           "schedule %s: TlsGateGuard stops its trial: it rejected %lu of %lu requests, more than "
           "%s for the second time in a row; until %s "
           "old clients are served. To go on with all of them: tlsgatectl trial %s",
           w->schedule->name, (unsigned long)bucket->rejected, (unsigned long)bucket->requests,
           share, end, w->schedule->name);
    __atomic_fetch_add(&tg_ledger_memory->guards[w->number].trips, 1, __ATOMIC_RELAXED);
    tg_ledger_stop(tg_ledger_memory, w->number, (tg_ledger_stop_t){ w->now, until });
}

static void watch_schedule(const watched_t *w)
{
    tg_guard_bucket_t *bucket = &tg_ledger_memory->guards[w->number].bucket;
    tg_guard_count_t counted = tg_ledger_guarded(tg_ledger_memory, w->number);
    int is_open =
        tg_phase_at(w->schedule, w->override, w->now, TG_BUCKET_EVERYONE) == TG_PHASE_TRIAL;
    tg_interval_t trial = { TG_NEVER, TG_NEVER };

    if (is_open &&
        !tg_phase_next_trial(w->schedule, w->override, w->now, TG_BUCKET_EVERYONE, &trial)) {
        return;
    }
    if (tg_guard_look(bucket, w->guard, trial.start, &counted, w->now)) {
        stop_trial(w, &bucket->last, trial.end);
    }
}

int tg_guard_watch_monitor(apr_pool_t *pool, server_rec *s)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;
    watched_t w = { .s = s, .guard = &main_conf->guard, .now = apr_time_sec(apr_time_now()) };
    const tg_override_set_t *overrides;
    apr_pool_t *scratch;
    int i;

    if (!tg_ledger_memory || (!w.guard->share && tg_ledger_memory->stops == 0) ||
        apr_pool_create(&scratch, pool) != APR_SUCCESS) {
        return DECLINED;
    }
    overrides = tg_state_cache_known(s, scratch);
    for (i = 0; i < main_conf->entries->nelts; i++) {
        const tg_server_schedule_t *entry =
            APR_ARRAY_IDX(main_conf->entries, i, const tg_server_schedule_t *);

        w.schedule = entry->schedule;
        w.number = entry->ledger_number;
        w.override = tg_override_find(overrides, w.schedule->name);
        if (w.number == TG_LEDGER_NO_SCHEDULE) {
            continue;
        }
        forget_stop(&w);
        if (w.guard->share) {
            watch_schedule(&w);
        }
    }
    apr_pool_destroy(scratch);
    return DECLINED;
}
