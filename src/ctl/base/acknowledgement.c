/* Why no running httpd acknowledges the state file: see acknowledgement.h. */
#include "acknowledgement.h"

#include "httpd_process.h"
#include "httpd_query.h"

#include "base/shell.h"
#include "os/file.h"
#include "os/link.h"

#include <apr_strings.h>
#include <string.h>

/* --- none --- */

static tg_ctl_absence_t absence_of(tg_ctl_absence_kind_t kind, const char *reason, const char *fix)
{
    return (tg_ctl_absence_t){ kind, reason, fix };
}

static const char *reload_fix(const tg_ctl_t *ctl, const char *state)
{
    tg_plan_t plan;
    tg_fault_t ignored;

    memset(&plan, 0, sizeof(plan));
    return tg_ctl_httpd_plan(ctl, &plan, &ignored) && plan.state &&
                   tg_ctl_running_plan_is_same(plan.state, state)
               ? apr_pstrcat(ctl->pool, "httpd.conf names it: reload httpd, with ",
                             tg_ctl_httpd_reload(ctl), NULL)
               : apr_pstrcat(ctl->pool, "add TlsGateState ", state,
                             " to httpd.conf, and reload httpd", NULL);
}

/* It runs. */
static tg_ctl_absence_t absent_from(const tg_ctl_t *ctl, const char *state,
                                    const tg_ctl_httpd_process_t *p)
{
    apr_pool_t *pool = ctl->pool;
    const char *who = apr_psprintf(pool, "httpd (pid %" APR_INT64_T_FMT ")", p->pid);
    char directory[PATH_MAX];

    tg_file_directory(tg_link_end(pool, state), directory);
    if (p->is_elsewhere) {
        return absence_of(TG_CTL_ABSENT_ELSEWHERE,
                          apr_pstrcat(pool, who, " sees a different ", directory,
                                      ", because of PrivateTmp or another mount namespace", NULL),
                          "choose a directory that both see, such as /var/lib/tlsgate");
    }
    if (p->is_denied) {
        return absence_of(TG_CTL_ABSENT_DENIED,
                          apr_psprintf(pool,
                                       "httpd cannot acknowledge: %s runs as user %lu, who may not "
                                       "write in %s",
                                       who, (unsigned long)p->uid, directory),
                          apr_psprintf(pool, "give the directory to that user: chown %lu %s",
                                       (unsigned long)p->uid, tg_shell_word(pool, directory)));
    }
    return absence_of(TG_CTL_ABSENT_RELOAD,
                      apr_pstrcat(pool, who, " runs without TlsGateState ", state, NULL),
                      reload_fix(ctl, state));
}

tg_ctl_absence_t tg_ctl_acknowledgement_absence(const tg_ctl_t *ctl, const char *state)
{
    tg_ctl_httpd_process_t process;
    tg_fault_t fault;

    if (!tg_ctl_httpd_process_find(ctl, state, &process, &fault)) {
        return absence_of(
            TG_CTL_ABSENT_UNKNOWN,
            apr_pstrcat(ctl->pool, "whether httpd runs is not known: ", fault.reason, NULL),
            apr_pstrdup(ctl->pool, fault.fix));
    }
    if (process.pid == 0) {
        return absence_of(TG_CTL_ABSENT_STOPPED,
                          apr_pstrcat(ctl->pool, "httpd does not run: ", process.why, NULL),
                          "start it");
    }
    return absent_from(ctl, state, &process);
}
