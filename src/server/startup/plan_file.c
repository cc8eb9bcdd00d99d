/* The plan that runs: see plan_file.h. */
#include "plan_file.h"

#include "dump.h"

#include "base/json.h"
#include "format/plan.h"
#include "server/base/conf.h"

#include <apr_file_io.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

APLOG_USE_MODULE(tlsgate);

/* Beside it and renamed, so that nobody reads half of it. */
static apr_status_t write_plan(apr_pool_t *pool, const char *path, const char *text)
{
    char *temporary = apr_pstrcat(pool, path, ".XXXXXX", NULL);
    apr_file_t *file;
    apr_status_t rv = apr_file_mktemp(&file, temporary,
                                      APR_FOPEN_CREATE | APR_FOPEN_WRITE | APR_FOPEN_EXCL, pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = apr_file_write_full(file, text, strlen(text), NULL);
    if (rv == APR_SUCCESS) {
        rv = apr_file_perms_set(temporary, APR_FPROT_UREAD | APR_FPROT_UWRITE | APR_FPROT_GREAD |
                                               APR_FPROT_WREAD);
    }
    apr_file_close(file);
    if (rv == APR_SUCCESS) {
        rv = apr_file_rename(temporary, path, pool);
    }
    if (rv != APR_SUCCESS) {
        apr_file_remove(temporary, pool);
    }
    return rv;
}

int tg_plan_file_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const char *state = tg_conf_of_server(s)->main_conf->state;
    tg_instant_t now = apr_time_sec(apr_time_now());
    const char *path;
    apr_status_t rv;

    (void)pconf;
    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG || !state) {
        return OK;
    }
    path = apr_pstrcat(ptemp, state, TG_PLAN_SUFFIX, NULL);
    rv = write_plan(ptemp, path, tg_json_print(ptemp, tg_dump_json(ptemp, s, now), JSON_INDENT(2)));
    if (rv != APR_SUCCESS) {
        ap_log_error(
            APLOG_MARK, APLOG_WARNING, rv, s,
            "TlsGateState \"%s\": the plan cannot be written to %s, so that tlsgatectl has "
            "to ask httpd for it; make the directory, and let root alone write in it",
            state, path);
    }
    return OK;
}
