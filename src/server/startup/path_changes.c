/* Whether something may give a request another path: see path_changes.h. What answers before the
 * path is translated, as mod_cache does, is only safe where nothing may. */
#include "path_changes.h"

#include <apr_strings.h>
#include <http_config.h>
#include <http_request.h>

/* A module that translates, and the directive by which its translation changes the path; NULL: it
 * never does, since it only finds a file name. */
static const struct {
    const char *source;
    const char *directive;
    const char *argument; /* that the directive does it with; NULL: in any case */
} translators[] = {
    { "core.c", NULL, NULL },
    { "mod_alias.c", NULL, NULL },
    { "mod_userdir.c", NULL, NULL },
    { "mod_vhost_alias.c", NULL, NULL },
    { "mod_rewrite.c", "RewriteRule", NULL },
    { "mod_proxy.c", "ProxyPass", "mapping=" }, /* and ProxyPassMatch */
};
#define TRANSLATORS (sizeof(translators) / sizeof(translators[0]))

static int is_known_translator(const char *source)
{
    size_t i;

    for (i = 0; source && i < TRANSLATORS; i++) {
        if (strcmp(translators[i].source, source) == 0) {
            return 1;
        }
    }
    return 0;
}

static int directive_changes_path(const ap_directive_t *d)
{
    size_t i;

    for (i = 0; i < TRANSLATORS; i++) {
        const char *name = translators[i].directive;

        if (name && ap_cstr_casecmpn(d->directive, name, strlen(name)) == 0 &&
            (!translators[i].argument ||
             (d->args && ap_strcasestr(d->args, translators[i].argument)))) {
            return 1;
        }
    }
    return 0;
}

static int lines_change_paths(const ap_directive_t *d)
{
    for (; d; d = d->next) {
        if (directive_changes_path(d) || (d->first_child && lines_change_paths(d->first_child))) {
            return 1;
        }
    }
    return 0;
}

static int are_known_early(const apr_array_header_t *hooks)
{
    int i;

    for (i = 0; hooks && i < hooks->nelts; i++) {
        if (!is_known_translator(APR_ARRAY_IDX(hooks, i, ap_LINK_pre_translate_name_t).szName)) {
            return 0;
        }
    }
    return 1;
}

static int are_known(const apr_array_header_t *hooks)
{
    int i;

    for (i = 0; hooks && i < hooks->nelts; i++) {
        if (!is_known_translator(APR_ARRAY_IDX(hooks, i, ap_LINK_translate_name_t).szName)) {
            return 0;
        }
    }
    return 1;
}

void tg_path_changes_find(const server_rec *main_server)
{
    tg_conf_of_server(main_server)->main_conf->paths_stay =
        are_known_early(ap_hook_get_pre_translate_name()) &&
        are_known(ap_hook_get_translate_name()) && !lines_change_paths(ap_conftree);
}
