/* The plan that runs: see plan_file.h. */
#include "plan_file.h"

#include "dump.h"

#include "base/json.h"
#include "format/plan.h"
#include "os/file.h"
#include "server/base/conf.h"
#include "server/base/log.h"

#include <apr_strings.h>
#include <errno.h>
#include <http_core.h>

APLOG_USE_MODULE(tlsgate);

int tg_plan_file_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const char *state = tg_conf_of_server(s)->main_conf->state;
    tg_instant_t now = apr_time_sec(apr_time_now());
    tg_file_draft_t draft;
    tg_fault_t fault;
    const char *path;

    (void)pconf;
    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG || !state) {
        return OK;
    }
    path = apr_pstrcat(ptemp, state, TG_PLAN_SUFFIX, NULL);
    if (!tg_file_replace(ptemp, path,
                         tg_json_print(ptemp, tg_dump_json(ptemp, s, now), JSON_INDENT(2)),
                         TG_FILE_CONTENDED, &draft, &fault)) {
        TG_LOG(0016, APLOG_WARNING, errno, s,
               "TlsGateState \"%s\": cannot write the plan to %s, so tlsgatectl has to ask httpd "
               "for it; create the directory, writable by root only",
               state, path);
    }
    return OK;
}
