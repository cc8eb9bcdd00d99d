/* <TlsGateSchedule>: the section and the directives in it. */
#include "directive_dispatch.h"

#include "directives.h"

#include "server/base/negotiated.h"
#include "tls/trait_guess.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <stdlib.h>

APLOG_USE_MODULE(tlsgate);

/* A directive that exists elsewhere was put into the section; any other is a misspelled name. */
static const char *child_error(apr_pool_t *pool, const ap_directive_t *child, const char *name)
{
    const char *allowed = tg_directive_names(pool, TG_PLACE_SCHEDULE);
    const char *question = tg_directive_question(pool, child->directive, TG_PLACE_SCHEDULE);

    if (tg_directive_is_known(pool, child->directive)) {
        return apr_psprintf(pool,
                            "%s: it is not allowed in the schedule %s; move line %d "
                            "after </TlsGateSchedule>, or write one of: %s",
                            tg_args_words(pool, child->directive, child->args), name,
                            child->line_num, allowed);
    }
    return apr_psprintf(
        pool, "%s: there is no such directive, in line %d of the schedule %s%s: %s",
        tg_args_words(pool, child->directive, child->args), child->line_num, name,
        *question ? apr_pstrcat(pool, question, " Write one of", NULL) : "; write one of", allowed);
}

/* ap_walk_config would carry out any other directive as if it were outside. */
static const char *check_children(const tg_args_t *args, const char *name)
{
    const ap_directive_t *child;

    for (child = args->cmd->directive->first_child; child; child = child->next) {
        const tg_directive_t *directive = tg_directive_find(child->directive);

        if (!directive || directive->place != TG_PLACE_SCHEDULE) {
            return child_error(args->cmd->pool, child, name);
        }
    }
    return NULL;
}

static const char *section_name(const tg_args_t *args, const char **name)
{
    const char *end = ap_strrchr_c(args->text, '>');
    tg_args_t words;

    *name = end ? apr_pstrmemdup(args->cmd->pool, args->text, (apr_size_t)(end - args->text))
                : args->text;
    words = tg_args_split(args->cmd, args->dir, *name);
    *name = words.argc == 1 ? words.argv[0] : *name;
    if (!end || !tg_schedule_is_name(*name)) {
        return tg_args_error(args, *name, "it is not a valid name",
                             "write <TlsGateSchedule NAME>, with up to 64 letters, digits, dots, "
                             "dashes and underscores, other than off and report-only");
    }
    if (tg_conf_entry(tg_args_main_conf(args), *name)) {
        return tg_args_error(args, *name, "there are two schedules of that name",
                             "rename one of them, or join them");
    }
    return NULL;
}

static const char *close_schedule(cmd_parms *cmd, const tg_server_schedule_t *entry)
{
    tg_violation_t violation;

    if (tg_schedule_finish(entry->schedule, &violation)) {
        return NULL;
    }
    return apr_psprintf(cmd->pool, "%s: %s; %s (schedule %s)",
                        tg_args_words(cmd->pool, violation.directive, violation.value),
                        violation.fault.reason, violation.fault.fix, entry->schedule->name);
}

const char *tg_directive_schedule(const tg_args_t *args)
{
    tg_main_conf_t *main_conf = tg_args_main_conf(args);
    cmd_parms *cmd = args->cmd;
    const char *name;
    const char *error = section_name(args, &name);
    tg_server_schedule_t *entry;

    error = error ? error : check_children(args, name);
    if (error) {
        return error;
    }
    entry = apr_pcalloc(cmd->pool, sizeof(*entry));
    entry->lines.report_only = 1;
    entry->schedule = tg_schedule_create(cmd->pool, name);
    entry->exprs = apr_array_make(cmd->pool, 1, sizeof(ap_expr_info_t *));
    entry->directive = cmd->directive;
    tg_conf_add_entry(main_conf, entry);

    main_conf->open = entry;
    error = ap_walk_config(cmd->directive->first_child, cmd, cmd->context);
    main_conf->open = NULL;
    return error ? error : close_schedule(cmd, entry);
}

/* The operator -F anywhere: ap_expr makes a subrequest of the file of the request, which has none
 * yet, and httpd crashes. Within a string it is not an operator, but it is hardly ever there. */
static int asks_for_file(const char *expr)
{
    const char *s;

    for (s = expr; (s = ap_strstr_c(s, "-F")) != NULL; s += 2) {
        if ((s == expr || !(apr_isalnum(s[-1]) || s[-1] == '_' || s[-1] == '-')) &&
            !(apr_isalnum(s[2]) || s[2] == '_')) {
            return 1;
        }
    }
    return 0;
}

static const char *add_expr(const tg_args_t *args, const char *word)
{
    tg_server_schedule_t *entry = tg_args_schedule(args);
    const char *err = NULL;
    ap_expr_info_t *expr =
        ap_expr_parse_cmd(args->cmd, word + strlen("expr="), AP_EXPR_FLAG_DONT_VARY, &err, NULL);

    if (err) {
        return tg_args_error(
            args, word, apr_pstrcat(args->cmd->pool, "the expression cannot be read: ", err, NULL),
            "write an expression of httpd such as \"expr=%{HTTP_USER_AGENT} =~ m#^Java/1#\"");
    }
    if (asks_for_file(word)) {
        return tg_args_error(
            args, word, "the operator -F is about a file of the request, which is not known yet",
            "write -f with a full path, or -U with a URL");
    }
    APR_ARRAY_PUSH(entry->exprs, ap_expr_info_t *) = expr;
    entry->schedule->has_expr = 1;
    return NULL;
}

/* @param meant what was probably meant, or NULL */
static const char *traits_error(const tg_args_t *args, const char *value, const char *reason,
                                const char *meant)
{
    apr_pool_t *pool = args->cmd->pool;

    return tg_args_error(args, value, reason,
                         apr_pstrcat(pool, meant ? "did you mean " : "", meant ? meant : "",
                                     meant ? "? Write one or more of: " : "write one or more of: ",
                                     tg_trait_names(pool), NULL));
}

static const char *unknown_trait(const tg_args_t *args, int i)
{
    const char *next = i + 1 < args->argc ? args->argv[i + 1] : NULL;

    return traits_error(args, args->argv[i], "there is no such trait",
                        tg_trait_guess(args->cmd->pool, args->argv[i], next));
}

/* A trait that no connection would ever show must not look as if no client had it. */
static const char *check_decidable(const tg_args_t *args, const char *word, tg_traits_t traits)
{
    if (traits != TG_TRAIT_KX_CLASSICAL || tg_negotiated_is_told()) {
        return NULL;
    }
    return tg_args_error(args, word,
                         "the OpenSSL that this module was built with does not tell the group of a "
                         "connection",
                         "build the module with " TG_NEGOTIATED_GROUP_SINCE
                         " or newer, or leave this trait out");
}

const char *tg_directive_deprecate(const tg_args_t *args)
{
    const char *error = NULL;
    int i;

    if (args->argc == 0) {
        return traits_error(args, args->text, "no trait is given", NULL);
    }
    for (i = 0; i < args->argc && !error; i++) {
        const char *word = args->argv[i];
        tg_traits_t traits = tg_trait_parse(word);

        if (ap_cstr_casecmpn(word, "expr=", 5) == 0) {
            error = add_expr(args, word);
        }
        else if (traits == 0) {
            error = unknown_trait(args, i);
        }
        else {
            error = check_decidable(args, word, traits);
        }
        tg_args_schedule(args)->schedule->traits |= traits;
    }
    return error;
}

/* Any directive that sets one instant. */
const char *tg_directive_date(const tg_args_t *args)
{
    tg_date_t date = tg_schedule_date_parse(args->cmd->cmd->name);
    tg_fault_t fault;
    tg_instant_t t;

    if (args->argc != 1) {
        tg_instant_fix(args->text, fault.fix);
        return tg_args_error(args, args->text, "it expects one instant", fault.fix);
    }
    if (!tg_instant_parse(args->argv[0], &t, &fault)) {
        return tg_args_fault(args, args->text, &fault);
    }
    tg_schedule_date_set(tg_args_schedule(args)->schedule, date, t);
    return NULL;
}

const char *tg_directive_trial(const tg_args_t *args)
{
    tg_fault_t fault;
    tg_trial_t trial;

    if (!tg_trial_parse(args->argc, args->argv, &trial, &fault)) {
        return tg_args_fault(args, args->text, &fault);
    }
    APR_ARRAY_PUSH(tg_args_schedule(args)->schedule->trials, tg_trial_t) = trial;
    return NULL;
}

const char *tg_directive_grace(const tg_args_t *args)
{
    tg_fault_t fault;
    tg_interval_t grace;

    if (args->argc != 1) {
        return tg_args_error(args, args->text, "it expects one interval",
                             "write start/end or start/duration, without spaces");
    }
    if (!tg_interval_parse(args->argv[0], &grace, &fault)) {
        return tg_args_fault(args, args->text, &fault);
    }
    APR_ARRAY_PUSH(tg_args_schedule(args)->schedule->graces, tg_interval_t) = grace;
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

/* httpd sends 500 instead of a status that it has no reason phrase for. */
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

const char *tg_directive_status(const tg_args_t *args)
{
    int *statuses = tg_args_schedule(args)->schedule->status;
    int first = 0, last = TG_STATUSES - 1, kind, code;

    for (kind = 0; kind < TG_STATUSES && args->argc == 2; kind++) {
        if (ap_cstr_casecmp(args->argv[0], tg_status_kind_name((tg_status_kind_t)kind)) == 0) {
            first = last = kind;
        }
    }
    if (args->argc < 1 || args->argc > 2 || (args->argc == 2 && first != last)) {
        return tg_args_error(args, args->text,
                             "it expects a status, or trial or cutoff and a status",
                             "write TlsGateStatus 403 or TlsGateStatus trial 503");
    }
    code = parse_status(args->argv[args->argc - 1]);
    if (!code) {
        return tg_args_error(
            args, args->text, "that status cannot be used",
            "use a 4xx or 5xx status that httpd knows, other than 401 407 408 416 421 425");
    }
    for (kind = first; kind <= last; kind++) {
        if (statuses[kind]) {
            return tg_args_given_twice(args);
        }
        statuses[kind] = code;
    }
    return NULL;
}

/* The link is written to a header and to HTML: no spaces, quotes, angle brackets or controls. */
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

const char *tg_directive_info(const tg_args_t *args)
{
    if (args->argc != 1 || !is_link(args->argv[0])) {
        return tg_args_error(args, args->text, "it is not a link",
                             "write an absolute URL such as https://developer.example.com/tls");
    }
    tg_args_schedule(args)->schedule->info = args->argv[0];
    return NULL;
}
