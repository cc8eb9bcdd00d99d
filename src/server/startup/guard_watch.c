/* TlsGateGuard in a running httpd: see guard_watch.h.
 *
 * The parent looks, each time that it has collected what was counted. What it decides is one word
 * in the ledger, which every process asks for with the overrides. Only a trial that is enforced
 * somewhere rejects anything, so one that is report-only everywhere is never stopped.
 */
#include "guard_watch.h"

#include "server/base/log.h"
#include "server/ledger/ledger_memory.h"
#include "server/ledger/ledger_snapshot.h"
#include "server/state/state_cache.h"

#include <apr_strings.h>
#include <http_main.h>
#include <string.h>

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

int tg_guard_watch_check(server_rec *s)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;

    if (!main_conf->guard.holds || main_conf->state) {
        return OK;
    }
    TG_LOG(0097, APLOG_STARTUP | APLOG_CRIT, 0, s,
           "TlsGateGuard %s: hold needs TlsGateState, because nothing else lifts the stop; write "
           "TlsGateState /var/lib/tlsgate/state.json, or remove hold",
           main_conf->guard_text);
    return HTTP_INTERNAL_SERVER_ERROR;
}

/** Room for stop_words(). */
#define STOP_WORDS_STRLEN (2 * TG_INSTANT_STRLEN + 80)

/* What a stop means: `until 2018-07-10T10:00:00Z old clients are served`. */
static const char *rest_of_stop(const tg_guard_trip_t *trip, char *buf)
{
    char until[TG_INSTANT_STRLEN];

    if (trip->until == TG_NEVER) {
        return "no further trial runs";
    }
    apr_snprintf(buf, STOP_WORDS_STRLEN, "until %s old clients are served",
                 tg_instant_format(trip->until, until));
    return buf;
}

/* The same while a trial by hand may run in spite of it, by an override that has the stop; NULL:
 * none. */
static const char *stop_words(const tg_guard_trip_t *trip, const tg_override_t *o, char *buf)
{
    char rest[STOP_WORDS_STRLEN], end[TG_INSTANT_STRLEN];
    const int is_trial = tg_override_active(o, apr_time_sec(apr_time_now())) == TG_OVERRIDE_TRIAL;

    if (!is_trial) {
        return rest_of_stop(trip, buf);
    }
    apr_snprintf(buf, STOP_WORDS_STRLEN, "a trial by hand runs until %s%s%s",
                 tg_instant_format(o->until, end), o->until < trip->until ? "; then " : "",
                 o->until < trip->until ? rest_of_stop(trip, rest) : "");
    return buf;
}

static void say_stopped_before(server_rec *s, const char *schedule, const tg_guard_trip_t *trip,
                               const tg_override_t *override)
{
    char at[TG_INSTANT_STRLEN], words[STOP_WORDS_STRLEN];

    TG_LOG(0058, APLOG_STARTUP | APLOG_NOTICE, 0, s,
           "TlsGateLedger \"%s\": TlsGateGuard stopped a trial of schedule %s at %s: %s; this "
           "outlasts a restart. To lift it: tlsgatectl resume %s --reason TEXT",
           tg_conf_of_server(s)->main_conf->ledger_file, schedule, tg_instant_format(trip->at, at),
           stop_words(trip, override, words), schedule);
}

void tg_guard_watch_foretell(apr_pool_t *pool, server_rec *s, const tg_reload_known_t *known)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;
    int i;

    for (i = 0; known->ledger && i < main_conf->entries->nelts; i++) {
        const char *name =
            APR_ARRAY_IDX(main_conf->entries, i, const tg_server_schedule_t *)->schedule->name;
        tg_guard_trip_t trip = tg_ledger_tripped_of(known->ledger, name);

        if (trip.at && apr_time_sec(apr_time_now()) < trip.until &&
            !tg_guard_withdraws(&main_conf->guard, &trip) &&
            !tg_override_resumes(tg_override_find(known->by_hand, name), trip.at)) {
            const tg_override_set_t *set =
                tg_override_set_stopped(pool, known->by_hand, name, trip.at, trip.until);

            say_stopped_before(s, name, &trip, tg_override_find(set, name));
        }
    }
}

static void say_taken_back(const watched_t *w)
{
    TG_LOG(0089, APLOG_NOTICE, 0, w->s,
           "schedule %s: the stop by TlsGateGuard was lifted; an open trial continues",
           w->schedule->name);
}

static void say_on_again(const watched_t *w, const tg_guard_trip_t *trip)
{
    char at[TG_INSTANT_STRLEN], words[STOP_WORDS_STRLEN];

    TG_LOG(0059, APLOG_NOTICE, 0, w->s,
           "schedule %s: the trial that TlsGateGuard stopped at %s is stopped again, because the "
           "resume that lifted the stop was removed; %s",
           w->schedule->name, tg_instant_format(trip->at, at),
           stop_words(trip, w->override, words));
}

/* A trial that continues is watched from its next bucket on, which begins now. */
static void watch_anew(const watched_t *w)
{
    memset(&tg_ledger_memory->guards[w->number].bucket, 0, sizeof(tg_guard_bucket_t));
}

/* --- what is kept of stops --- */

static int last_stop(const watched_t *w, tg_guard_stop_t *last)
{
    tg_guard_stop_t stops[TG_LEDGER_STOPS];
    int count = tg_ledger_stops(tg_ledger_memory, w->number, stops);

    if (count > 0) {
        *last = stops[count - 1];
    }
    return count > 0;
}

/* A file of an older version has none. */
static void note_unless_known(const watched_t *w, const tg_guard_trip_t *trip)
{
    tg_guard_stop_t last;

    if (!last_stop(w, &last) || last.trip.at < trip->at) {
        tg_ledger_stop_note(tg_ledger_memory, w->number, &(tg_guard_stop_t){ *trip, 0 });
    }
}

/* At that time, which may be before now: the resume was made while httpd did not run. */
static void note_taken_back(const watched_t *w, tg_instant_t at)
{
    tg_guard_stop_t last;

    if (last_stop(w, &last) && !last.back) {
        at = at < w->now ? at : w->now;
        tg_ledger_stop_back(tg_ledger_memory, w->number, at > last.trip.at ? at : last.trip.at);
    }
}

/* What was taken back is stopped again from now on. */
static void note_on(const watched_t *w, const tg_guard_trip_t *trip)
{
    tg_guard_stop_t last;

    if (last_stop(w, &last) && last.back && w->now < trip->until) {
        last = (tg_guard_stop_t){ *trip, 0 };
        last.trip.at = w->now;
        tg_ledger_stop_note(tg_ledger_memory, w->number, &last);
    }
}

static void note_course(const watched_t *w, const tg_guard_trip_t *trip)
{
    note_unless_known(w, trip);
    if (tg_override_resumes(w->override, trip->at)) {
        note_taken_back(w, w->override->resumed);
    }
    else {
        note_on(w, trip);
    }
}

/* --- what is stopped --- */

/* A stop is forgotten when it is over, or the directive is not what it was. */
static int forget_stop(const watched_t *w, const tg_guard_trip_t *trip)
{
    int withdrawn = tg_guard_withdraws(w->guard, trip);
    uint32_t found = tg_ledger_memory->guards[w->number].found;

    if (!withdrawn && w->now < trip->until) {
        return 0;
    }
    tg_ledger_trip_end(tg_ledger_memory, w->number);
    if (withdrawn) {
        note_taken_back(w, w->now);
    }
    if (withdrawn && found != TG_LEDGER_STOP_BACK) {
        watch_anew(w);
        say_taken_back(w);
    }
    tg_ledger_snapshot_now(w->s);
    return 1;
}

/* A stop that was lifted is kept until then: an undo of the resume brings it back as it was. After
 * a start nothing is said of it: nothing has changed. */
static void look_at_stop(const watched_t *w)
{
    tg_guard_trip_t trip = tg_ledger_tripped(tg_ledger_memory, w->number);
    uint32_t *found = &tg_ledger_memory->guards[w->number].found, before = *found;

    if (!trip.at) {
        return;
    }
    note_course(w, &trip);
    if (forget_stop(w, &trip)) {
        return;
    }
    *found = tg_override_resumes(w->override, trip.at) ? TG_LEDGER_STOP_BACK : TG_LEDGER_STOP_ON;
    if (before == TG_LEDGER_STOP_ON && *found == TG_LEDGER_STOP_BACK) {
        watch_anew(w);
        say_taken_back(w);
    }
    if (before == TG_LEDGER_STOP_BACK && *found == TG_LEDGER_STOP_ON) {
        say_on_again(w, &trip);
    }
}

static void say_would_stop(const watched_t *w, const tg_guard_count_t *met, tg_instant_t until)
{
    char share[TG_GUARD_STRLEN], end[TG_INSTANT_STRLEN];

    TG_LOG(0088, APLOG_WARNING, 0, w->s,
           "schedule %s: TlsGateGuard would stop its trial if it were not report-only: the trial "
           "rejected %lu of %lu requests, more than %s for the second "
           "time in a row; it continues until %s",
           w->schedule->name, (unsigned long)met->rejected, (unsigned long)met->requests,
           tg_guard_share(w->guard->share, share), tg_instant_format(until, end));
}

static void say_stopped(const watched_t *w, const tg_guard_trip_t *trip)
{
    char share[TG_GUARD_STRLEN], words[STOP_WORDS_STRLEN];

    TG_LOG(0087, APLOG_WARNING, 0, w->s,
           "schedule %s: TlsGateGuard stops its trial: it rejected %lu of %lu requests, more than "
           "%s for the second time in a row; %s. To lift it: tlsgatectl resume %s --reason TEXT",
           w->schedule->name, (unsigned long)trip->met.rejected, (unsigned long)trip->met.requests,
           tg_guard_share(trip->share, share), stop_words(trip, NULL, words), w->schedule->name);
}

/* A trial by hand may run in one that is stopped already, which stays so until its own end. */
static tg_instant_t end_of_stop(const watched_t *w, tg_instant_t until)
{
    tg_guard_trip_t before = tg_ledger_tripped(tg_ledger_memory, w->number);
    int is_on = before.at && !tg_override_resumes(w->override, before.at);

    return w->guard->holds ? TG_NEVER : is_on && before.until > until ? before.until : until;
}

/* What a trial by hand ran in spite of was over when that began. */
static void note_run_in_spite(const watched_t *w)
{
    tg_guard_stop_t last;

    if (last_stop(w, &last) && tg_guard_stop_end(&last) > w->now &&
        tg_override_active(w->override, w->now) == TG_OVERRIDE_TRIAL) {
        note_taken_back(w, w->override->since);
    }
}

/* It is written at once: a process that is killed a minute later must not go on with the trial. */
static void stop_trial(const watched_t *w, const tg_guard_count_t *met, tg_instant_t until)
{
    const tg_guard_trip_t trip = { w->now, end_of_stop(w, until), *met, w->guard->share };

    if (w->guard->report_only) {
        say_would_stop(w, met, until);
        return;
    }
    note_run_in_spite(w);
    tg_ledger_trip(tg_ledger_memory, w->number, &trip);
    tg_ledger_snapshot_now(w->s);
    say_stopped(w, &trip);
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

/* @param watches 1 to look at trials too, and not only at what was stopped */
static void look_at_all(apr_pool_t *pool, server_rec *s, int watches)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;
    watched_t w = { .s = s, .guard = &main_conf->guard, .now = apr_time_sec(apr_time_now()) };
    const tg_override_set_t *overrides;
    apr_pool_t *scratch;
    int i;

    if (!tg_ledger_memory || (!w.guard->share && tg_ledger_memory->stops == 0)) {
        return;
    }
    apr_pool_create(&scratch, pool);
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
        look_at_stop(&w);
        if (watches && w.guard->share) {
            watch_schedule(&w);
        }
    }
    apr_pool_destroy(scratch);
}

int tg_guard_watch_monitor(apr_pool_t *pool, server_rec *s)
{
    look_at_all(pool, s, 1);
    return DECLINED;
}

int tg_guard_watch_serve(apr_pool_t *pool, ap_scoreboard_e type)
{
    (void)type;
    look_at_all(pool, ap_server_conf, 0);
    return OK;
}
