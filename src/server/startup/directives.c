/* The directives that stand outside a schedule: which schedules apply where, who
 * a client is, what is logged, and what is advised.
 */
#include "directives.h"

#include "directive_args.h"

#include "server/base/identity.h"
#include "server/base/page_names.h"
#include "server/record/sightlog.h"

#include <apr_strings.h>

/* Is one of our pages set by the section that this directive stands in? */
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

static tg_scope_t *open_scope(cmd_parms *cmd, tg_dir_conf_t *dir)
{
    if (!dir->scope) {
        tg_scope_t *scope = apr_pcalloc(cmd->pool, sizeof(*scope));

        scope->server = cmd->server;
        scope->location = cmd->path;
        scope->gates = apr_array_make(cmd->pool, 2, sizeof(tg_gate_ref_t *));
        scope->gates_page = cmd->path && beside_page(cmd);
        scope->gates_acme =
            cmd->path && strncmp(cmd->path, TG_CONF_ACME_PATH, strlen(TG_CONF_ACME_PATH)) == 0;
        APR_ARRAY_PUSH(tg_args_main_conf(cmd)->scopes, tg_scope_t *) = scope;
        dir->scope = scope;
    }
    return dir->scope;
}

static const char *parse_as(cmd_parms *cmd, const char *word, tg_binding_t *options)
{
    if (options->has_as) {
        return tg_args_error(cmd, word, "as= is given twice", "keep one of the two");
    }
    options->as = tg_phase_parse(word + strlen("as="));
    if (options->as == TG_PHASES) {
        return tg_args_error(cmd, word, "there is no such phase",
                             "use as= with observe, announced, grace, trial, cutoff or refuse");
    }
    options->has_as = 1;
    return NULL;
}

/* Options belong to all names of their line, wherever they stand in it. */
static const char *gate_options(cmd_parms *cmd, const tg_args_t *words, tg_binding_t *options)
{
    const char *error = NULL;
    int i;

    for (i = 0; i < words->argc && !error; i++) {
        if (ap_cstr_casecmpn(words->argv[i], "as=", 3) == 0) {
            error = parse_as(cmd, words->argv[i], options);
        }
        else if (ap_cstr_casecmp(words->argv[i], "report-only") == 0) {
            options->report_only = 1;
        }
        else if (ap_strchr_c(words->argv[i], '=')) {
            error = tg_args_error(cmd, words->argv[i], "there is no such option",
                                  "write TlsGate NAME... [as=PHASE] [report-only]");
        }
    }
    return error;
}

static int has_word(const tg_args_t *words, const char *word)
{
    int i;

    for (i = 0; i < words->argc; i++) {
        if (ap_cstr_casecmp(words->argv[i], word) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_named(const tg_scope_t *scope, const char *name)
{
    int i;

    for (i = 0; i < scope->gates->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(scope->gates, i, const tg_gate_ref_t *)->name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static const char *add_gates(cmd_parms *cmd, tg_scope_t *scope, const tg_args_t *words,
                             const tg_binding_t *options)
{
    int i;

    for (i = 0; i < words->argc; i++) {
        const char *name = words->argv[i];
        tg_gate_ref_t *gate;

        if (ap_strchr_c(name, '=') || ap_cstr_casecmp(name, "report-only") == 0) {
            continue;
        }
        if (is_named(scope, name)) {
            return tg_args_error(cmd, name, "the schedule is named twice in this scope",
                                 "keep one of the two");
        }
        gate = apr_pcalloc(cmd->pool, sizeof(*gate));
        gate->binding = *options;
        gate->name = name;
        gate->directive = cmd->directive;
        APR_ARRAY_PUSH(scope->gates, tg_gate_ref_t *) = gate;
    }
    return NULL;
}

const char *tg_directive_gate(cmd_parms *cmd, void *dir, const char *args)
{
    tg_args_t words = tg_args_split(cmd, args);
    tg_binding_t options = { NULL, 0, TG_PHASE_OBSERVE, 0 };
    const char *error = tg_args_check_place(
        cmd, TG_ARGS_NOT_IN_FILES, args, "put it into the server, a <VirtualHost> or a <Location>");
    tg_scope_t *scope;
    int off, before;

    error = error ? error : gate_options(cmd, &words, &options);
    if (error) {
        return error;
    }
    scope = open_scope(cmd, dir);
    off = has_word(&words, "off");
    if (scope->off || (off && (words.argc > 1 || scope->gates->nelts > 0))) {
        return tg_args_error(cmd, args, "off stands beside other names in this scope",
                             "keep either TlsGate off or the names");
    }
    scope->off = off;
    before = scope->gates->nelts;
    error = off ? NULL : add_gates(cmd, scope, &words, &options);
    if (!error && !off && scope->gates->nelts == before) {
        error = tg_args_error(cmd, args, "there is no name",
                              "write TlsGate NAME... [as=PHASE] [report-only], or TlsGate off");
    }
    return error;
}

static const char *check_server(cmd_parms *cmd, const char *args)
{
    return tg_args_check_place(cmd, (TG_ARGS_NOT_IN_FILES | NOT_IN_LOCATION), args,
                               "put it into the server or a <VirtualHost>");
}

const char *tg_directive_identity(cmd_parms *cmd, void *dir, const char *args)
{
    tg_server_conf_t *conf = tg_conf_of_server(cmd->server);
    tg_args_t words = tg_args_split(cmd, args);
    const char *error = check_server(cmd, args);
    tg_fault_t fault;
    int i;

    (void)dir;
    if (!error && conf->identity) {
        error = tg_args_given_twice(cmd, args);
    }
    if (!error && words.argc == 0) {
        error = tg_args_error(cmd, args, "there is no source",
                              "write TlsGateIdentity header:X-Account");
    }
    if (error) {
        return error;
    }
    conf->identity = apr_array_make(cmd->pool, words.argc, sizeof(tg_identity_source_t *));
    for (i = 0; i < words.argc; i++) {
        tg_identity_source_t *source;

        if (!tg_identity_parse(cmd, words.argv[i], &source, &fault)) {
            return tg_args_fault(cmd, words.argv[i], &fault);
        }
        APR_ARRAY_PUSH(conf->identity, tg_identity_source_t *) = source;
    }
    return NULL;
}

const char *tg_directive_privacy(cmd_parms *cmd, void *dir, const char *args)
{
    static const struct {
        const char *word;
        tg_privacy_t privacy;
    } choices[] = {
        { "ip=full", TG_PRIVACY_FULL },
        { "ip=truncate", TG_PRIVACY_TRUNCATE },
        { "ip=hash", TG_PRIVACY_HASH },
    };
    tg_server_conf_t *conf = tg_conf_of_server(cmd->server);
    tg_args_t words = tg_args_split(cmd, args);
    const char *error = check_server(cmd, args);
    size_t i;

    (void)dir;
    if (error) {
        return error;
    }
    if (conf->privacy != TG_PRIVACY_UNSET) {
        return tg_args_given_twice(cmd, args);
    }
    for (i = 0; words.argc == 1 && i < sizeof(choices) / sizeof(choices[0]); i++) {
        if (ap_cstr_casecmp(words.argv[0], choices[i].word) == 0) {
            conf->privacy = choices[i].privacy;
            return NULL;
        }
    }
    return tg_args_error(cmd, args, "there is no such choice",
                         "write ip=full, ip=truncate or ip=hash");
}

const char *tg_directive_log(cmd_parms *cmd, void *dir, const char *args)
{
    tg_server_conf_t *conf = tg_conf_of_server(cmd->server);
    tg_args_t words = tg_args_split(cmd, args);
    const char *error = check_server(cmd, args);

    (void)dir;
    if (error) {
        return error;
    }
    if (conf->log) {
        return tg_args_given_twice(cmd, args);
    }
    if (words.argc != 1 || words.argv[0][strspn(words.argv[0], "|")] == '\0') {
        return tg_args_error(
            cmd, args, "it takes one file or one \"|program\"",
            "write TlsGateLog logs/tlsgate.ndjson, with quotes around a program and "
            "its arguments");
    }
    conf->log = tg_sightlog_target(cmd->pool, conf->main_conf->logs, words.argv[0]);
    if (!conf->log) {
        return tg_args_error(cmd, args, "it is no path", "write the path of a file");
    }
    return NULL;
}

const char *tg_directive_state(cmd_parms *cmd, void *dir, const char *args)
{
    tg_main_conf_t *main_conf = tg_args_main_conf(cmd);
    tg_args_t words = tg_args_split(cmd, args);

    (void)dir;
    if (ap_check_cmd_context(cmd, GLOBAL_ONLY)) {
        return tg_args_error(cmd, args, "it cannot stand here",
                             "put it into the server's configuration: there is one state for all");
    }
    if (main_conf->state) {
        return tg_args_given_twice(cmd, args);
    }
    if (words.argc != 1 || words.argv[0][0] == '\0') {
        return tg_args_error(cmd, args, "it takes one file",
                             "write TlsGateState /var/lib/tlsgate/state.json");
    }
    main_conf->state = ap_server_root_relative(cmd->pool, words.argv[0]);
    return main_conf->state ? NULL : tg_args_error(cmd, args, "it is no path", "write a path");
}

const char *tg_directive_advice(cmd_parms *cmd, void *dir, const char *args)
{
    tg_server_conf_t *conf = tg_conf_of_server(cmd->server);
    tg_args_t words = tg_args_split(cmd, args);
    const char *error = check_server(cmd, args);
    tg_advice_t *advice = apr_palloc(cmd->pool, sizeof(*advice));
    tg_fault_t fault;

    (void)dir;
    if (error) {
        return error;
    }
    if (!tg_advice_parse(cmd->pool, words.argc, words.argv, advice, &fault)) {
        return tg_args_fault(cmd, args, &fault);
    }
    if (!conf->advice) {
        conf->advice = apr_array_make(cmd->pool, 4, sizeof(tg_advice_t *));
    }
    APR_ARRAY_PUSH(conf->advice, tg_advice_t *) = advice;
    return NULL;
}
