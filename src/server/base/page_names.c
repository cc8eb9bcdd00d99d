/* Which of our pages exist, and where SetHandler names them: see page_names.h. */
#include "page_names.h"

#include "log.h"

#include "base/rows.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>

APLOG_USE_MODULE(tlsgate);

static const char *const names[] = {
    "tlsgate-verify",
    "tlsgate-schedule",
    "tlsgate-status",
};
TG_ROWS_ARE(names, TG_PAGES);

tg_page_t tg_page_parse(const char *name)
{
    int page = 0;

    while (page < TG_PAGES && ap_cstr_casecmp(names[page], name) != 0) {
        page++;
    }
    return (tg_page_t)page;
}

static const char *names_of_all(apr_pool_t *pool)
{
    const char *all = "";
    int page;

    for (page = 0; page < TG_PAGES; page++) {
        all = apr_pstrcat(pool, all, page ? ", " : "", names[page], NULL);
    }
    return all;
}

static int in_location(const ap_directive_t *d)
{
    for (d = d->parent; d; d = d->parent) {
        if (ap_cstr_casecmpn(d->directive, "<Location", strlen("<Location")) == 0) {
            return 1;
        }
    }
    return 0;
}

static int find_page(apr_pool_t *pool, tg_main_conf_t *main_conf, const ap_directive_t *d)
{
    const char *args = d->args;
    const char *name = ap_getword_conf(pool, &args);

    if (ap_cstr_casecmpn(name, TG_PAGE_PREFIX, strlen(TG_PAGE_PREFIX)) != 0) {
        return 1;
    }
    if (tg_page_parse(name) == TG_PAGES) {
        TG_LOG(0004, APLOG_STARTUP | APLOG_CRIT, 0, NULL,
               "%s:%d: SetHandler \"%s\": there is no such page; use one of: %s", d->filename,
               d->line_num, name, names_of_all(pool));
        return 0;
    }
    if (!in_location(d)) {
        TG_LOG(0005, APLOG_STARTUP | APLOG_CRIT, 0, NULL,
               "%s:%d: SetHandler \"%s\": it is not allowed here; put it into a <Location>",
               d->filename, d->line_num, name);
        return 0;
    }
    main_conf->has_pages = 1;
    main_conf->has_verify |= tg_page_parse(name) == TG_PAGE_VERIFY;
    return 1;
}

/* Also by AddHandler, or by a flag of RewriteRule. */
static int names_page(const ap_directive_t *d)
{
    int page = 0;

    while (page < TG_PAGES && !(d->args && ap_strcasestr(d->args, names[page]))) {
        page++;
    }
    return page < TG_PAGES;
}

static int find_pages(apr_pool_t *pool, tg_main_conf_t *main_conf, const ap_directive_t *d)
{
    for (; d; d = d->next) {
        if (d->first_child && !find_pages(pool, main_conf, d->first_child)) {
            return 0;
        }
        main_conf->has_pages |= names_page(d);
        if (ap_cstr_casecmp(d->directive, "SetHandler") == 0 && !find_page(pool, main_conf, d)) {
            return 0;
        }
    }
    return 1;
}

/* Only SetHandler itself, as httpd merges it, says which page a path has; the line that it comes
 * from is not compared, because a macro does not keep it. What an .htaccess names does not override
 * the rules of its directory. */
const char *tg_page_set_handler(cmd_parms *cmd, void *dir, const char *handler)
{
    tg_dir_conf_t *conf = dir;

    conf->has_handler = 1;
    conf->page = in_location(cmd->directive) ? tg_page_parse(handler) : TG_PAGES;
    return NULL;
}

/* A later <Location> of the same path goes before an earlier one, as in httpd; the last page of a
 * server is the one that it shows. */
static void note_path(tg_server_conf_t *conf, ap_conf_vector_t *section)
{
    const tg_dir_conf_t *dir = ap_get_module_config(section, &tlsgate_module);
    const core_dir_config *core = ap_get_core_module_config(section);
    int page;

    if (!dir || !dir->has_handler || core->r || core->d_is_fnmatch || !core->d) {
        return;
    }
    for (page = 0; page < TG_PAGES; page++) {
        if (conf->pages[page] && strcmp(conf->pages[page], core->d) == 0) {
            conf->pages[page] = NULL;
        }
    }
    if (dir->page < TG_PAGES && core->d[0] == '/') {
        conf->pages[dir->page] = core->d;
    }
}

static void note_paths(apr_pool_t *pool, const server_rec *s)
{
    const core_server_config *core = ap_get_core_module_config(s->module_config);
    tg_server_conf_t *conf = tg_conf_of_server(s);
    int i;

    conf->pages = apr_pcalloc(pool, TG_PAGES * sizeof(*conf->pages));
    for (i = 0; i < core->sec_url->nelts; i++) {
        note_path(conf, APR_ARRAY_IDX(core->sec_url, i, ap_conf_vector_t *));
    }
}

static int is_plain_host(const char *host)
{
    while (apr_isalnum(*host) || (*host && strchr("-._:[]", *host))) {
        host++;
    }
    return *host == '\0';
}

const char *tg_page_host(const request_rec *r)
{
    return r->hostname && is_plain_host(r->hostname) ? r->hostname : r->server->server_hostname;
}

const char *tg_page_url(request_rec *r, tg_page_t page)
{
    const char *const *pages = tg_conf_of_server(r->server)->pages;
    const char *path = pages ? pages[page] : NULL;

    return path && (!r->hostname || is_plain_host(r->hostname))
               ? ap_construct_url(r->pool, ap_os_escape_path(r->pool, path, 1), r)
               : NULL;
}

int tg_page_find_all(apr_pool_t *pool, server_rec *main_server)
{
    tg_main_conf_t *main_conf = tg_conf_of_server(main_server)->main_conf;
    const server_rec *s;

    main_conf->has_pages = 0;
    main_conf->has_verify = 0;
    if (!find_pages(pool, main_conf, ap_conftree)) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    for (s = main_conf->has_pages ? main_server : NULL; s; s = s->next) {
        note_paths(pool, s);
    }
    return OK;
}
