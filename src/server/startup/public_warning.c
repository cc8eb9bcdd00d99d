/* A page for operators that everyone may read: see public_warning.h. */
#include "public_warning.h"

#include "server/base/kept_warning.h"
#include "server/base/page_names.h"

APLOG_USE_MODULE(tlsgate);

/* Require, and the containers that it may be in: RequireAny, RequireAll, RequireNone. */
static int has_require(const ap_directive_t *d)
{
    for (; d; d = d->next) {
        const char *name = d->directive + strspn(d->directive, "<");

        if (ap_cstr_casecmpn(name, "Require", strlen("Require")) == 0 ||
            has_require(d->first_child)) {
            return 1;
        }
    }
    return 0;
}

static int is_status_page(const ap_directive_t *d, apr_pool_t *pool)
{
    const char *args = d->args;

    return ap_cstr_casecmp(d->directive, "SetHandler") == 0 &&
           tg_page_parse(ap_getword_conf(pool, &args)) == TG_PAGE_STATUS;
}

static void warn_of_pages(server_rec *s, apr_pool_t *pool, const ap_directive_t *d)
{
    for (; d; d = d->next) {
        if (d->parent && is_status_page(d, pool) && !has_require(d->parent->first_child)) {
            TG_LOG_KEPT(
                0092, APLOG_WARNING, 0, s,
                "%s:%d: SetHandler \"tlsgate-status\": everyone may read the page; write Require "
                "in its <Location>, such as Require ip 192.0.2.0/24, or Require all granted if "
                "that is meant",
                d->filename, d->line_num);
        }
        warn_of_pages(s, pool, d->first_child);
    }
}

void tg_public_warning(server_rec *main_server)
{
    apr_pool_t *scratch;

    apr_pool_create(&scratch, main_server->process->pconf);
    warn_of_pages(main_server, scratch, ap_conftree);
    apr_pool_destroy(scratch);
}
