/* The plan that runs: see plan_file.h. */
#include "plan_file.h"

#include "dump.h"

#include "base/json.h"
#include "format/plan.h"
#include "os/file_replace.h"
#include "server/base/conf.h"
#include "server/base/kept_warning.h"
#include "server/state/state_file.h"

#include <apr_strings.h>
#include <errno.h>
#include <http_core.h>
#include <unistd.h>

APLOG_USE_MODULE(tlsgate);

/* As root, so only where no one else could have prepared what is done, not even by a link on the
 * way. 1 also where it is not written for that reason: state_cache.c reports that of the state
 * file, which is not used there either. */
static int write_plan(apr_pool_t *pool, const char *state, const char *text, const char **path,
                      tg_fault_t *fault)
{
    tg_file_place_t place;
    tg_file_draft_t draft;
    char at[PATH_MAX];
    int ok;

    if (!tg_state_file_place(state, geteuid(), at, fault)) {
        return 1;
    }
    *path = apr_pstrcat(pool, at, TG_PLAN_SUFFIX, NULL);
    if (!tg_file_place_open_trusted(*path, geteuid(), &place, fault)) {
        return 0;
    }
    ok = tg_file_draft(pool, &place, text, TG_FILE_CONTENDED, &draft, fault) &&
         tg_file_publish(&place, &draft, fault) && tg_file_flush(&place, fault);
    tg_file_place_close(&place);
    return ok;
}

int tg_plan_file_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const char *state = tg_conf_of_server(s)->main_conf->state;
    tg_instant_t now = apr_time_sec(apr_time_now());
    tg_fault_t fault;
    const char *path, *text;

    (void)pconf;
    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG || !state) {
        return OK;
    }
    text = tg_json_print(ptemp, tg_dump_json(ptemp, s, now), JSON_INDENT(2));
    if (!write_plan(ptemp, state, text, &path, &fault)) {
        int error = errno;

        TG_LOG_KEPT(
            0016, APLOG_WARNING, error, s,
            "TlsGateState \"%s\": cannot write the plan to %s, so tlsgatectl has to ask httpd "
            "for it: %s; %s",
            state, path, fault.reason, fault.fix);
    }
    return OK;
}
