/* <TlsGateSchedule>: the section and the directives that stand in it. */
#include "directive_args.h"
#include "directives.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <stdlib.h>

APLOG_USE_MODULE(tlsgate);

static const char *check_in_schedule(cmd_parms *cmd, const char *args)
{
    if (!tg_args_main_conf(cmd)->open) {
        return tg_args_error(cmd, args, "it cannot stand here",
                             "move it into a <TlsGateSchedule NAME> section");
    }
    return NULL;
}

/* Only the directives of a schedule may stand in one; ap_walk_config would
 * carry out any other as if it stood outside. */
static const char *const allowed[] = {
    "TlsGateDeprecate", "TlsGateAnnounce", "TlsGateTrial",  "TlsGateCutoff",
    "TlsGateGrace",     "TlsGateRefuse",   "TlsGateStatus", "TlsGateInfo",
};
#define ALLOWED (sizeof(allowed) / sizeof(allowed[0]))

static const char *names_allowed(cmd_parms *cmd)
{
    const char *names = allowed[0];
    size_t i;

    for (i = 1; i < ALLOWED; i++) {
        names = apr_pstrcat(cmd->pool, names, " ", allowed[i], NULL);
    }
    return names;
}

static const char *check_children(cmd_parms *cmd, const char *name)
{
    const ap_directive_t *child;
    size_t i;

    for (child = cmd->directive->first_child; child; child = child->next) {
        for (i = 0; i < ALLOWED; i++) {
            if (ap_cstr_casecmp(child->directive, allowed[i]) == 0) {
                break;
            }
        }
        if (i == ALLOWED) {
            return apr_psprintf(cmd->pool,
                                "%s \"%s\": it cannot stand in the schedule %s; move line %d "
                                "behind </TlsGateSchedule>, or write one of: %s",
                                child->directive, child->args, name, child->line_num,
                                names_allowed(cmd));
        }
    }
    return NULL;
}

static const char *section_name(cmd_parms *cmd, const char *args, const char **name)
{
    const char *end = ap_strrchr_c(args, '>');
    tg_args_t words;

    *name = end ? apr_pstrndup(cmd->pool, args, (apr_size_t)(end - args)) : args;
    words = tg_args_split(cmd, *name);
    *name = words.argc == 1 ? words.argv[0] : *name;
    if (!end || !tg_schedule_is_name(*name)) {
        return tg_args_error(cmd, *name, "it is no name",
                             "write <TlsGateSchedule NAME>, with up to 64 letters, digits, dots, "
                             "dashes and underscores, other than off and report-only");
    }
    if (tg_conf_entry(tg_args_main_conf(cmd), *name)) {
        return tg_args_error(cmd, *name, "there are two schedules of that name",
                             "rename one of them, or join them");
    }
    return NULL;
}

static const char *finish(cmd_parms *cmd, tg_server_schedule_t *entry)
{
    tg_violation_t violation;

    if (tg_schedule_finish(entry->schedule, &violation)) {
        return NULL;
    }
    return apr_psprintf(cmd->pool, "%s \"%s\": %s; %s (schedule %s)", violation.directive,
                        violation.value, violation.fault.reason, violation.fault.fix,
                        entry->schedule->name);
}

const char *tg_directive_schedule(cmd_parms *cmd, void *dir, const char *args)
{
    tg_main_conf_t *main_conf = tg_args_main_conf(cmd);
    const char *name;
    const char *error = tg_args_check_place(cmd, GLOBAL_ONLY | NOT_IN_HTACCESS, args,
                                            "move the section out of every other section");
    tg_server_schedule_t *entry;

    (void)dir;
    error = error ? error : section_name(cmd, args, &name);
    error = error ? error : check_children(cmd, name);
    if (error) {
        return error;
    }
    entry = apr_pcalloc(cmd->pool, sizeof(*entry));
    entry->schedule = tg_schedule_create(cmd->pool, name);
    entry->exprs = apr_array_make(cmd->pool, 1, sizeof(ap_expr_info_t *));
    entry->directive = cmd->directive;
    APR_ARRAY_PUSH(main_conf->entries, tg_server_schedule_t *) = entry;

    main_conf->open = entry;
    error = ap_walk_config(cmd->directive->first_child, cmd, cmd->context);
    main_conf->open = NULL;
    return error ? error : finish(cmd, entry);
}

static const char *add_expr(cmd_parms *cmd, tg_server_schedule_t *entry, const char *word)
{
    const char *err = NULL;
    ap_expr_info_t *expr =
        ap_expr_parse_cmd(cmd, word + strlen("expr="), AP_EXPR_FLAG_DONT_VARY, &err, NULL);

    if (err) {
        return tg_args_error(
            cmd, word, apr_pstrcat(cmd->pool, "the expression cannot be read: ", err, NULL),
            "write an expression of httpd such as \"expr=%{HTTP_USER_AGENT} =~ m#^Java/1#\"");
    }
    APR_ARRAY_PUSH(entry->exprs, ap_expr_info_t *) = expr;
    entry->schedule->has_expr = 1;
    return NULL;
}

const char *tg_directive_deprecate(cmd_parms *cmd, void *dir, const char *args)
{
    tg_args_t words = tg_args_split(cmd, args);
    const char *error = check_in_schedule(cmd, args);
    tg_server_schedule_t *entry = tg_args_main_conf(cmd)->open;
    int i;

    (void)dir;
    if (!error && words.argc == 0) {
        error =
            tg_args_error(cmd, args, "there is no trait", "write one or more of: " TG_TRAIT_NAMES);
    }
    for (i = 0; i < words.argc && !error; i++) {
        tg_traits_t traits = tg_trait_parse(words.argv[i]);

        if (ap_cstr_casecmpn(words.argv[i], "expr=", 5) == 0) {
            error = add_expr(cmd, entry, words.argv[i]);
        }
        else if (traits == 0) {
            error = tg_args_error(cmd, words.argv[i], "there is no such trait",
                                  "use one or more of: " TG_TRAIT_NAMES);
        }
        entry->schedule->traits |= traits;
    }
    return error;
}

const char *tg_directive_date(cmd_parms *cmd, void *dir, const char *args)
{
    tg_date_t date = tg_schedule_date_parse(cmd->cmd->name);
    tg_args_t words = tg_args_split(cmd, args);
    const char *error = check_in_schedule(cmd, args);
    tg_schedule_t *schedule;
    tg_fault_t fault;
    tg_instant_t t;

    (void)dir;
    if (error) {
        return error;
    }
    schedule = tg_args_main_conf(cmd)->open->schedule;
    if (words.argc != 1) {
        return tg_args_error(cmd, args, "it takes one instant", "write 2018-07-10T09:00Z");
    }
    if (tg_schedule_date(schedule, date) != tg_schedule_dates[date].unset) {
        return tg_args_given_twice(cmd, args);
    }
    if (!tg_instant_parse(words.argv[0], &t, &fault)) {
        return tg_args_fault(cmd, args, &fault);
    }
    tg_schedule_date_set(schedule, date, t);
    return NULL;
}

const char *tg_directive_trial(cmd_parms *cmd, void *dir, const char *args)
{
    tg_args_t words = tg_args_split(cmd, args);
    const char *error = check_in_schedule(cmd, args);
    tg_fault_t fault;
    tg_trial_t trial;

    (void)dir;
    if (error) {
        return error;
    }
    if (!tg_trial_parse(words.argc, words.argv, &trial, &fault)) {
        return tg_args_fault(cmd, args, &fault);
    }
    APR_ARRAY_PUSH(tg_args_main_conf(cmd)->open->schedule->trials, tg_trial_t) = trial;
    return NULL;
}

const char *tg_directive_grace(cmd_parms *cmd, void *dir, const char *args)
{
    tg_args_t words = tg_args_split(cmd, args);
    const char *error = check_in_schedule(cmd, args);
    tg_fault_t fault;
    tg_interval_t grace;

    (void)dir;
    if (error) {
        return error;
    }
    if (words.argc != 1) {
        return tg_args_error(cmd, args, "it takes one interval",
                             "write 2018-08-07T15:25Z/2018-08-21T09:00Z");
    }
    if (!tg_interval_parse(words.argv[0], &grace, &fault)) {
        return tg_args_fault(cmd, args, &fault);
    }
    APR_ARRAY_PUSH(tg_args_main_conf(cmd)->open->schedule->graces, tg_interval_t) = grace;
    return NULL;
}

/* Statuses that mean something else to clients, proxies or httpd itself. */
static int is_reserved_status(int code)
{
    static const int reserved[] = { 401, 407, 408, 416, 421, 425 };
    size_t i;

    for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (reserved[i] == code) {
            return 1;
        }
    }
    return 0;
}

/* httpd answers 500 in the place of a status that it has no line for. */
static int is_known_status(int code)
{
    return code == HTTP_INTERNAL_SERVER_ERROR ||
           ap_index_of_response(code) != ap_index_of_response(HTTP_INTERNAL_SERVER_ERROR);
}

static int parse_status(const char *word)
{
    int code =
        strlen(word) == 3 && strspn(word, "0123456789") == 3 ? (int)strtol(word, NULL, 10) : 0;

    return code >= 400 && code <= 599 && is_known_status(code) && !is_reserved_status(code) ? code
                                                                                            : 0;
}

const char *tg_directive_status(cmd_parms *cmd, void *dir, const char *args)
{
    static const char *const kinds[TG_STATUSES] = { "trial", "cutoff" };
    tg_args_t words = tg_args_split(cmd, args);
    const char *error = check_in_schedule(cmd, args);
    int first = 0, last = TG_STATUSES - 1, kind, code;

    (void)dir;
    if (error) {
        return error;
    }
    for (kind = 0; kind < TG_STATUSES && words.argc == 2; kind++) {
        if (ap_cstr_casecmp(words.argv[0], kinds[kind]) == 0) {
            first = last = kind;
        }
    }
    if (words.argc < 1 || words.argc > 2 || (words.argc == 2 && first != last)) {
        return tg_args_error(cmd, args, "it takes a status, or trial or cutoff and a status",
                             "write TlsGateStatus 403 or TlsGateStatus trial 503");
    }
    code = parse_status(words.argv[words.argc - 1]);
    if (!code) {
        return tg_args_error(
            cmd, args, "that status cannot be used",
            "use a 4xx or 5xx status that httpd knows, other than 401 407 408 416 421 425");
    }
    for (kind = first; kind <= last; kind++) {
        int *status = &tg_args_main_conf(cmd)->open->schedule->status[kind];

        if (*status) {
            return tg_args_given_twice(cmd, args);
        }
        *status = code;
    }
    return NULL;
}

/* The link stands in a header and in HTML: no spaces, quotes, angle brackets or controls. */
static int is_link(const char *url)
{
    const char *s;
    size_t scheme = ap_cstr_casecmpn(url, "https://", 8) == 0  ? 8
                    : ap_cstr_casecmpn(url, "http://", 7) == 0 ? 7
                                                               : 0;

    if (scheme == 0 || strchr("/?#", url[scheme])) { /* also where nothing follows */
        return 0;
    }
    for (s = url; *s; s++) {
        if (*s <= ' ' || *s >= 0x7F || strchr("<>\"'\\^`{|}", *s)) {
            return 0;
        }
    }
    return 1;
}

const char *tg_directive_info(cmd_parms *cmd, void *dir, const char *args)
{
    tg_args_t words = tg_args_split(cmd, args);
    const char *error = check_in_schedule(cmd, args);
    tg_server_schedule_t *entry = tg_args_main_conf(cmd)->open;

    (void)dir;
    if (error) {
        return error;
    }
    if (words.argc != 1 || !is_link(words.argv[0])) {
        return tg_args_error(cmd, args, "it is no link",
                             "write an absolute URL such as https://developer.example.com/tls");
    }
    if (entry->schedule->info) {
        return tg_args_given_twice(cmd, args);
    }
    entry->schedule->info = words.argv[0];
    return NULL;
}
