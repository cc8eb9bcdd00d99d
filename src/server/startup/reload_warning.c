/* What a reload rejects at once: see reload_warning.h. */
#include "reload_warning.h"

#include "dump.h"

#include "format/plan_change.h"
#include "format/plan_scope.h"
#include "format/state.h"
#include "os/file.h"
#include "os/link.h"
#include "server/base/conf.h"
#include "server/base/log.h"

#include <apr_strings.h>
#include <http_core.h>
#include <string.h>

APLOG_USE_MODULE(tlsgate);

/* The plan that runs. 0: what runs is not known, since none was written yet, or it cannot be read,
 * which the start reports. */
static int read_running_plan(apr_pool_t *pool, const char *state, tg_plan_t *plan)
{
    tg_file_t file;
    tg_fault_t fault;

    switch (tg_file_read(pool, tg_link_beside(pool, state, TG_PLAN_SUFFIX), TG_PLAN_MAX, &file,
                         &fault)) {
    case TG_FILE_READ:
        return tg_plan_parse(pool, file.text, file.length, plan, &fault);
    case TG_FILE_ABSENT:
    case TG_FILE_DENIED:
    case TG_FILE_FAILED:
        break;
    }
    return 0;
}

/* What was changed by hand, as the next start reads it. */
static const tg_override_set_t *read_changed_by_hand(apr_pool_t *pool, const char *path)
{
    tg_file_t file;
    tg_state_t state;
    tg_fault_t fault;

    return tg_file_read(pool, path, TG_STATE_MAX, &file, &fault) == TG_FILE_READ &&
                   tg_state_parse(pool, file.text, file.length, &state, &fault)
               ? tg_state_set(pool, &state)
               : NULL;
}

tg_reload_known_t tg_reload_known(apr_pool_t *pool, server_rec *main_server,
                                  const tg_ledger_t *ledger)
{
    const char *state = tg_conf_of_server(main_server)->main_conf->state;
    int is_test = ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST;

    return (tg_reload_known_t){ ledger,
                                is_test && state ? read_changed_by_hand(pool, state) : NULL };
}

/* Where a schedule is configured. */
static const ap_directive_t *directive_of(const tg_main_conf_t *main_conf, const char *schedule)
{
    int i;

    for (i = 0; i < main_conf->entries->nelts; i++) {
        const tg_server_schedule_t *entry =
            APR_ARRAY_IDX(main_conf->entries, i, const tg_server_schedule_t *);

        if (strcmp(entry->schedule->name, schedule) == 0) {
            return entry->directive;
        }
    }
    return NULL;
}

static void warn_of_change(apr_pool_t *pool, server_rec *s, const tg_plan_change_row_t *row)
{
    const ap_directive_t *directive = directive_of(tg_conf_of_server(s)->main_conf, row->schedule);

    if (row->change == TG_PLAN_CHANGE_REJECTS && directive) {
        TG_LOG(0053, APLOG_STARTUP | APLOG_WARNING, 0, s,
               "%s:%d: <TlsGateSchedule \"%s\">: a reload now changes it%s%s, %s; if that is not "
               "meant, look at %s",
               directive->filename, directive->line_num, row->schedule,
               row->is_everywhere ? "" : " at ",
               row->is_everywhere ? "" : tg_plan_places_text(pool, row->places), row->text,
               row->by_guard   ? "TlsGateGuard, which had stopped its trial"
               : row->by_lines ? "its TlsGate lines"
                               : "its dates, the year first");
    }
}

/* The overrides with what the running httpd has stopped, as far as @p guard leaves it; NULL: all of
 * it. */
static const tg_override_set_t *with_stops(apr_pool_t *pool, const tg_override_set_t *set,
                                           const tg_ledger_t *ledger, const tg_plan_t *plan,
                                           const tg_guard_t *guard)
{
    int i;

    for (i = 0; ledger && i < plan->schedules->nelts; i++) {
        const char *name = APR_ARRAY_IDX(plan->schedules, i, const tg_schedule_t *)->name;
        tg_guard_trip_t trip = tg_ledger_tripped_of(ledger, name);

        if (trip.at && !(guard && tg_guard_withdraws(guard, &trip))) {
            set = tg_override_set_stopped(pool, set, name, trip.at, trip.until);
        }
    }
    return set;
}

void tg_reload_warning(apr_pool_t *pool, server_rec *main_server, const tg_reload_known_t *known)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(main_server)->main_conf;
    tg_plan_moment_t moment = { .now = apr_time_sec(apr_time_now()) };
    const apr_array_header_t *rows;
    tg_plan_t running, next;
    int i;

    if (!main_conf->state || !read_running_plan(pool, main_conf->state, &running)) {
        return;
    }
    next = tg_dump_plan(pool, main_server);
    moment.overrides = with_stops(pool, known->by_hand, known->ledger, &running, NULL);
    moment.kept = with_stops(pool, known->by_hand, known->ledger, &running, &main_conf->guard);
    rows = tg_plan_changes(pool, &running, &next, &moment);
    for (i = 0; i < rows->nelts; i++) {
        warn_of_change(pool, main_server, &APR_ARRAY_IDX(rows, i, tg_plan_change_row_t));
    }
}
