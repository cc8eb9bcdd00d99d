/* A directive's place, and how often it is given: see directive_dispatch.h. */
#include "directive_dispatch.h"

#include "base/nearest.h"
#include "base/rows.h"

#include <apr_hash.h>
#include <apr_strings.h>

#define NOT_IN_ANY_FILE                                                                            \
    (NOT_IN_DIRECTORY | NOT_IN_FILES | NOT_IN_HTACCESS | NOT_IN_PROXY | NOT_IN_LIMIT)

static const struct {
    unsigned forbidden; /* NOT_IN_… of http_config.h */
    int in_schedule;
    const char *fix;
} places[] = {
    { GLOBAL_ONLY | NOT_IN_HTACCESS, 0, "move the section out of every other section" },
    { 0, 1, "move it into a <TlsGateSchedule NAME> section" },
    { GLOBAL_ONLY | NOT_IN_HTACCESS, 0,
      "put it into the server's configuration: there is one state for all" },
    { NOT_IN_ANY_FILE | NOT_IN_LOCATION, 0, "put it into the server or a <VirtualHost>" },
    { NOT_IN_ANY_FILE, 0, "put it into the server, a <VirtualHost> or a <Location>" },
};
TG_ROWS_ARE(places, TG_PLACES);

static const char *check_place(const tg_args_t *args, tg_place_t place)
{
    if ((tg_args_schedule(args) != NULL) != places[place].in_schedule ||
        ap_check_cmd_context(args->cmd, places[place].forbidden)) {
        return tg_args_error(args, args->text, "it is not allowed here", places[place].fix);
    }
    return NULL;
}

/* What a line is about: a schedule, the whole of httpd, or one server. */
static const void *subject_of(const tg_args_t *args, tg_place_t place)
{
    return place == TG_PLACE_SCHEDULE ? (const void *)tg_args_schedule(args)
           : place == TG_PLACE_MAIN   ? (const void *)tg_args_main_conf(args)
                                      : (const void *)args->cmd->server;
}

static const char *check_times(const tg_args_t *args, tg_place_t place)
{
    /* The row itself: cmd_data of rows with the same content may be one object (C11 6.5.2.5). */
    const void *const line[] = { args->cmd->cmd, subject_of(args, place) };
    apr_hash_t *given = tg_args_main_conf(args)->given;

    if (apr_hash_get(given, line, sizeof(line))) {
        return tg_args_given_twice(args);
    }
    apr_hash_set(given, apr_pmemdup(args->cmd->pool, line, sizeof(line)), sizeof(line), "");
    return NULL;
}

const char *tg_directive_dispatch(cmd_parms *cmd, void *dir, const char *text)
{
    const tg_directive_t *directive = cmd->info;
    tg_args_t args = tg_args_split(cmd, dir, text);
    const char *error = check_place(&args, directive->place);

    if (!error && directive->times == TG_TIMES_ONCE) {
        error = check_times(&args, directive->place);
    }
    return error ? error : directive->read(&args);
}

const tg_directive_t *tg_directive_find(const char *name)
{
    const command_rec *row = tlsgate_module.cmds;

    while (row->name && ap_cstr_casecmp(row->name, name) != 0) {
        row++;
    }
    return row->cmd_data;
}

int tg_directive_is_known(apr_pool_t *pool, const char *name)
{
    char *lower = apr_pstrdup(pool, name);
    module *mod = ap_top_module;

    ap_str_tolower(lower);
    return ap_find_command_in_modules(lower, &mod) != NULL;
}

const char *tg_directive_question(apr_pool_t *pool, const char *name, tg_place_t place)
{
    tg_nearest_t nearest = tg_nearest_to(name);
    const command_rec *row;

    for (row = tlsgate_module.cmds; row->name; row++) {
        const tg_directive_t *directive = row->cmd_data;

        if (directive && directive->place == place) {
            tg_nearest_try(&nearest, row->name);
        }
    }
    return tg_nearest_question(pool, &nearest);
}

const char *tg_directive_names(apr_pool_t *pool, tg_place_t place)
{
    const char *names = NULL;
    const command_rec *row;

    for (row = tlsgate_module.cmds; row->name; row++) {
        const tg_directive_t *directive = row->cmd_data; /* NULL: a directive of httpd's */

        if (directive && directive->place == place) {
            names = names ? apr_pstrcat(pool, names, " ", row->name, NULL) : row->name;
        }
    }
    return names;
}
