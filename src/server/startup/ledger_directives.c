/* The directives of the ledger: what is counted, and what is left out. */
#include "directives.h"

#include "ledger/straggler_table.h"
#include "policy/network.h"

#include <apr_strings.h>
#include <ctype.h>
#include <http_config.h>

/* `on` or `off`. */
static const char *read_switch(const tg_args_t *args, int *is_on)
{
    const char *name = args->cmd->cmd->name;

    *is_on = args->argc == 1 && ap_cstr_casecmp(args->argv[0], "on") == 0;
    if (*is_on || (args->argc == 1 && ap_cstr_casecmp(args->argv[0], "off") == 0)) {
        return NULL;
    }
    return tg_args_error(
        args, args->text, "there is no such choice",
        apr_pstrcat(args->cmd->pool, "write ", name, " on or ", name, " off", NULL));
}

const char *tg_directive_census(const tg_args_t *args)
{
    int is_on;
    const char *error = read_switch(args, &is_on);

    tg_args_main_conf(args)->census = is_on ? TG_CENSUS_ON : TG_CENSUS_OFF;
    return error;
}

const char *tg_directive_track_upgrades(const tg_args_t *args)
{
    return read_switch(args, &tg_args_main_conf(args)->tracks_upgrades);
}

const char *tg_directive_verify_history(const tg_args_t *args)
{
    return read_switch(args, &tg_args_main_conf(args)->shows_history);
}

const char *tg_directive_ledger(const tg_args_t *args)
{
    tg_main_conf_t *main_conf = tg_args_main_conf(args);
    char *end = NULL;
    apr_int64_t n = args->argc > 0 && isdigit((unsigned char)args->argv[0][0])
                        ? apr_strtoi64(args->argv[0], &end, 10)
                        : -1;

    if (n < 0 || n > TG_STRAGGLERS_MAX || *end || args->argc > 2) {
        return tg_args_error(
            args, args->text,
            "it expects a number from 0 to " APR_STRINGIFY(TG_STRAGGLERS_MAX) ", and then at "
                                                                              "most one file",
            "write TlsGateLedger 16384 /var/lib/tlsgate/ledger");
    }
    main_conf->stragglers = (uint32_t)n;
    if (args->argc == 2) {
        main_conf->ledger_file = ap_server_root_relative(args->cmd->pool, args->argv[1]);
        if (!main_conf->ledger_file || !args->argv[1][0]) {
            return tg_args_error(args, args->argv[1], "it is not a path", "write a path");
        }
    }
    return NULL;
}

const char *tg_directive_ignore(const tg_args_t *args)
{
    tg_main_conf_t *main_conf = tg_args_main_conf(args);
    int i;

    if (args->argc == 0) {
        return tg_args_error(args, args->text, "no network is given",
                             "write TlsGateIgnore 192.0.2.0/24");
    }
    if (!main_conf->ignored) {
        main_conf->ignored = apr_array_make(args->cmd->pool, args->argc, sizeof(tg_network_t));
    }
    for (i = 0; i < args->argc; i++) {
        tg_network_t network;

        if (tg_network_parse(args->argv[i], &network) != TG_NETWORK_USABLE) {
            return tg_args_error(args, args->argv[i], "it is not a network",
                                 "write an address such as 192.0.2.7, or a network such as "
                                 "192.0.2.0/24 or 2001:db8::/32");
        }
        APR_ARRAY_PUSH(main_conf->ignored, tg_network_t) = network;
    }
    return NULL;
}

const char *tg_directive_guard(const tg_args_t *args)
{
    tg_main_conf_t *main_conf = tg_args_main_conf(args);
    tg_fault_t fault;

    main_conf->guard_text = args->text;
    return tg_guard_parse(args->argc, args->argv, &main_conf->guard, &fault)
               ? NULL
               : tg_args_fault(args, args->text, &fault);
}
