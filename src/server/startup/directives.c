/* The directives outside a schedule: which schedules apply where, how a client is identified,
 * what is logged, and what is advised. */
#include "directives.h"

#include "server/base/identity.h"
#include "server/base/page_names.h"
#include "server/record/sightlog.h"

#include <apr_fnmatch.h>
#include <apr_strings.h>

/* 1 if the section of this directive also sets one of our pages. */
static int beside_page(const cmd_parms *cmd)
{
    const ap_directive_t *d = cmd->directive->parent ? cmd->directive->parent->first_child : NULL;

    for (; d; d = d->next) {
        const char *args = d->args;

        if (ap_cstr_casecmp(d->directive, "SetHandler") == 0 &&
            ap_cstr_casecmpn(ap_getword_conf(cmd->temp_pool, &args), TG_PAGE_PREFIX,
                             strlen(TG_PAGE_PREFIX)) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_pattern(const cmd_parms *cmd)
{
    const ap_directive_t *section = cmd->directive->parent;

    return section && (ap_cstr_casecmp(section->directive, "<LocationMatch") == 0 ||
                       section->args[strspn(section->args, " \t")] == '~');
}

/* 1 if a pattern, or a path with wildcards, is about something else than challenges as well. */
static int covers_neighbours(const cmd_parms *cmd)
{
    static const char *const neighbours[] = { "/", "/x", "/.well-known/", "/.well-known/x" };
    ap_regex_t *regex =
        is_pattern(cmd) ? ap_pregcomp(cmd->temp_pool, cmd->path, AP_REG_EXTENDED) : NULL;
    int covered = 0;
    size_t i;

    for (i = 0; i < sizeof(neighbours) / sizeof(neighbours[0]) && !covered; i++) {
        covered = regex ? ap_regexec(regex, neighbours[i], 0, NULL, 0) == 0
                        : apr_fnmatch(cmd->path, neighbours[i], APR_FNM_PATHNAME) == APR_SUCCESS;
    }
    return covered;
}

/* 1 if a <Location> is there for challenges, so that its TlsGate line is for them. That it covers
 * them need not be asked: where it does not, its scope is never that of a challenge. */
static int is_for_challenges(const cmd_parms *cmd)
{
    if (!cmd->path) {
        return 0;
    }
    if (is_pattern(cmd) || apr_fnmatch_test(cmd->path)) {
        return ap_strstr_c(cmd->path, "acme-challenge") || !covers_neighbours(cmd);
    }
    return strncmp(cmd->path, TG_CONF_ACME_PATH, strlen(TG_CONF_ACME_PATH)) == 0;
}

static tg_scope_t *open_scope(const tg_args_t *args)
{
    tg_dir_conf_t *dir = args->dir;
    cmd_parms *cmd = args->cmd;

    if (!dir->scope) {
        tg_scope_t *scope = apr_pcalloc(cmd->pool, sizeof(*scope));

        scope->server = cmd->server;
        scope->location = cmd->path;
        scope->is_regex = cmd->path && is_pattern(cmd);
        scope->gates = apr_array_make(cmd->pool, 2, sizeof(tg_gate_ref_t *));
        scope->named = apr_hash_make(cmd->pool);
        scope->gates_page = cmd->path && beside_page(cmd);
        scope->gates_acme = is_for_challenges(cmd);
        APR_ARRAY_PUSH(tg_args_main_conf(args)->scopes, tg_scope_t *) = scope;
        dir->scope = scope;
    }
    return dir->scope;
}

static const char *parse_as(const tg_args_t *args, const char *word, tg_binding_t *options)
{
    if (options->has_as) {
        return tg_args_error(args, word, "as= is given twice", "keep one of the two");
    }
    options->as = tg_phase_parse(word + strlen("as="));
    if (options->as == TG_PHASES) {
        return tg_args_error(
            args, word, "there is no such phase",
            apr_pstrcat(args->cmd->pool, "use as= with ", tg_phase_names(args->cmd->pool), NULL));
    }
    options->has_as = 1;
    return NULL;
}

/* Options apply to all names of their line, wherever they are in it. */
static const char *gate_options(const tg_args_t *args, tg_binding_t *options)
{
    const char *error = NULL;
    int i;

    for (i = 0; i < args->argc && !error; i++) {
        if (ap_cstr_casecmpn(args->argv[i], "as=", 3) == 0) {
            error = parse_as(args, args->argv[i], options);
        }
        else if (ap_cstr_casecmp(args->argv[i], "report-only") == 0) {
            options->report_only = 1;
        }
        else if (ap_strchr_c(args->argv[i], '=')) {
            error = tg_args_error(args, args->argv[i], "there is no such option",
                                  "write TlsGate NAME... [as=PHASE] [report-only]");
        }
    }
    return error;
}

static int has_word(const tg_args_t *args, const char *word)
{
    int i;

    for (i = 0; i < args->argc; i++) {
        if (ap_cstr_casecmp(args->argv[i], word) == 0) {
            return 1;
        }
    }
    return 0;
}

static const char *add_gates(const tg_args_t *args, tg_scope_t *scope, const tg_binding_t *options)
{
    int i;

    for (i = 0; i < args->argc; i++) {
        const char *name = args->argv[i];
        tg_gate_ref_t *gate;

        if (ap_strchr_c(name, '=') || ap_cstr_casecmp(name, "report-only") == 0) {
            continue;
        }
        if (apr_hash_get(scope->named, name, APR_HASH_KEY_STRING)) {
            return tg_args_error(args, name, "the schedule is named twice in this scope",
                                 "keep one of the two");
        }
        gate = apr_pcalloc(args->cmd->pool, sizeof(*gate));
        gate->binding = *options;
        gate->name = name;
        gate->directive = args->cmd->directive;
        APR_ARRAY_PUSH(scope->gates, tg_gate_ref_t *) = gate;
        apr_hash_set(scope->named, name, APR_HASH_KEY_STRING, gate);
    }
    return NULL;
}

const char *tg_directive_gate(const tg_args_t *args)
{
    tg_binding_t options = { NULL, 0, TG_PHASE_OBSERVE, 0 };
    const char *error = gate_options(args, &options);
    tg_scope_t *scope;
    int off, before;

    if (error) {
        return error;
    }
    scope = open_scope(args);
    off = has_word(args, "off");
    if (scope->off || (off && (args->argc > 1 || scope->gates->nelts > 0))) {
        return tg_args_error(args, args->text, "off is combined with other names in this scope",
                             "keep either TlsGate off or the names");
    }
    scope->off = off;
    before = scope->gates->nelts;
    error = off ? NULL : add_gates(args, scope, &options);
    if (!error && !off && scope->gates->nelts == before) {
        error = tg_args_error(args, args->text, "no schedule is named",
                              "write TlsGate NAME... [as=PHASE] [report-only], or TlsGate off");
    }
    return error;
}

static tg_server_conf_t *server_conf(const tg_args_t *args)
{
    return tg_conf_of_server(args->cmd->server);
}

const char *tg_directive_identity(const tg_args_t *args)
{
    apr_array_header_t *sources =
        apr_array_make(args->cmd->pool, args->argc, sizeof(tg_identity_source_t *));
    tg_fault_t fault;
    int i;

    if (args->argc == 0) {
        return tg_args_error(args, args->text, "no source is given",
                             "write TlsGateIdentity header:X-Account");
    }
    for (i = 0; i < args->argc; i++) {
        tg_identity_source_t *source;

        if (!tg_identity_parse(args->cmd, args->argv[i], &source, &fault)) {
            return tg_args_fault(args, args->argv[i], &fault);
        }
        APR_ARRAY_PUSH(sources, tg_identity_source_t *) = source;
    }
    server_conf(args)->identity = sources;
    return NULL;
}

const char *tg_directive_privacy(const tg_args_t *args)
{
    static const struct {
        const char *word;
        tg_privacy_t privacy;
    } choices[] = {
        { "ip=full", TG_PRIVACY_FULL },
        { "ip=truncate", TG_PRIVACY_TRUNCATE },
        { "ip=hash", TG_PRIVACY_HASH },
    };
    size_t i;

    for (i = 0; args->argc == 1 && i < sizeof(choices) / sizeof(choices[0]); i++) {
        if (ap_cstr_casecmp(args->argv[0], choices[i].word) == 0) {
            server_conf(args)->privacy = choices[i].privacy;
            return NULL;
        }
    }
    return tg_args_error(args, args->text, "there is no such choice",
                         "write ip=full, ip=truncate or ip=hash");
}

const char *tg_directive_log(const tg_args_t *args)
{
    tg_log_t *log;

    if (args->argc != 1 || args->argv[0][strspn(args->argv[0], "|")] == '\0') {
        return tg_args_error(
            args, args->text, "it expects one file or one \"|program\"",
            "write TlsGateLog logs/tlsgate.ndjson, with quotes around a program and "
            "its arguments");
    }
    log = tg_sightlog_target(args->cmd->pool, tg_args_main_conf(args), args->argv[0]);
    if (!log) {
        return tg_args_error(args, args->text, "it is not a path", "write the path of a file");
    }
    server_conf(args)->log = log;
    return NULL;
}

const char *tg_directive_state(const tg_args_t *args)
{
    const char *path;

    if (args->argc != 1 || args->argv[0][0] == '\0') {
        return tg_args_error(args, args->text, "it expects one file",
                             "write TlsGateState /var/lib/tlsgate/state.json");
    }
    path = ap_server_root_relative(args->cmd->pool, args->argv[0]);
    tg_args_main_conf(args)->state = path;
    return path ? NULL : tg_args_error(args, args->text, "it is not a path", "write a path");
}

const char *tg_directive_advice(const tg_args_t *args)
{
    tg_server_conf_t *conf = server_conf(args);
    tg_advice_t *advice = apr_palloc(args->cmd->pool, sizeof(*advice));
    tg_fault_t fault;

    if (!tg_advice_parse(args->cmd->pool, args->argc, args->argv, advice, &fault)) {
        return tg_args_fault(args, args->text, &fault);
    }
    if (!conf->advice) {
        conf->advice = apr_array_make(args->cmd->pool, 4, sizeof(tg_advice_t *));
    }
    APR_ARRAY_PUSH(conf->advice, tg_advice_t *) = advice;
    return NULL;
}
