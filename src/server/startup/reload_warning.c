/* What a reload rejects at once: see reload_warning.h. */
#include "reload_warning.h"

#include "format/plan.h"
#include "format/plan_change.h"
#include "os/file.h"
#include "server/base/conf.h"
#include "server/base/log.h"

#include <apr_strings.h>

APLOG_USE_MODULE(tlsgate);

/* The plan that runs. 0: what runs is not known, since none was written yet, or it cannot be read,
 * which the start reports. */
static int read_running_plan(apr_pool_t *pool, const char *state, tg_plan_t *plan)
{
    tg_file_t file;
    tg_fault_t fault;

    switch (tg_file_read(pool, apr_pstrcat(pool, state, TG_PLAN_SUFFIX, NULL), TG_PLAN_MAX, &file,
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

static void warn_of_reload(apr_pool_t *pool, server_rec *s, const tg_plan_t *running,
                           const tg_server_schedule_t *entry, tg_instant_t now)
{
    const tg_schedule_t *schedule = entry->schedule;
    const char *change;

    if (entry->use == TG_USE_ENFORCED &&
        tg_plan_change(pool, tg_plan_schedule(running, schedule->name), schedule, now, &change) ==
            TG_PLAN_CHANGE_REJECTS) {
        TG_LOG(0053, APLOG_STARTUP | APLOG_WARNING, 0, s,
               "%s:%d: <TlsGateSchedule \"%s\">: a reload now changes it, %s; if that is not "
               "meant, look at its dates, the year first",
               entry->directive->filename, entry->directive->line_num, schedule->name, change);
    }
}

void tg_reload_warning(apr_pool_t *pool, server_rec *main_server)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(main_server)->main_conf;
    tg_instant_t now = apr_time_sec(apr_time_now());
    tg_plan_t running;
    int i;

    if (!main_conf->state || !read_running_plan(pool, main_conf->state, &running)) {
        return;
    }
    for (i = 0; i < main_conf->entries->nelts; i++) {
        warn_of_reload(pool, main_server, &running,
                       APR_ARRAY_IDX(main_conf->entries, i, const tg_server_schedule_t *), now);
    }
}
