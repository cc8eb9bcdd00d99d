/* tlsgatectl follow: keeps the state file of this machine the same as the document of a store. */
#include "commands.h"

#include "ctl/base/running_plan.h"
#include "ctl/base/store_choice.h"
#include "follow/follow.h"
#include "format/machine.h"
#include "term/term.h"

#include <apr_strings.h>
#include <unistd.h>

/* Written once, while the command line is read. */
static const char *name_given;

static const tg_option_t follow_options[] = {
    { "name", "NAME", "what this machine is called in the store; default: its host name",
      &name_given, TG_COMPLETE_NOTHING },
    { 0 },
};

/* NULL after an error was printed. */
static const char *machine_name(const tg_ctl_t *ctl)
{
    char host[TG_MACHINE_NAME_MAX + 1] = "";
    const char *name = name_given;

    if (!name) {
        gethostname(host, sizeof(host) - 1);
        name = apr_pstrdup(ctl->pool, host);
    }
    if (!tg_machine_is_name(name)) {
        tg_term_error("--name \"%s\": write letters, digits, dots, - and _", name);
        return NULL;
    }
    return name;
}

static tg_exit_t follow_run(const tg_ctl_t *ctl)
{
    const char *store = tg_ctl_store_choice_named(ctl);
    const char *state = tg_ctl_running_plan_named_state(ctl);
    const char *name = machine_name(ctl);
    tg_store_url_t url;
    tg_store_feed_t feed;
    tg_fault_t fault;

    if (!name) {
        return TG_EXIT_ERROR;
    }
    if (!store) {
        tg_term_error("which store? name it with --store URL or in $" TG_STORE_VARIABLE);
        return TG_EXIT_ERROR;
    }
    if (!tg_ctl_store_choice_parse(ctl, store, &url)) {
        return TG_EXIT_ERROR;
    }
    if (tg_store_feed_open(ctl->pool, &url, &feed, &fault) &&
        tg_follow(ctl->pool, &feed, state ? state : TG_CTL_RUNNING_PLAN_STATE, name, &fault)) {
        return TG_EXIT_OK;
    }
    tg_term_error("%s; %s", fault.reason, fault.fix);
    return TG_EXIT_ERROR;
}

const tg_command_t tg_command_follow = {
    .name = "follow",
    .usage = (const char *const[]){ "--store URL [--state FILE] [--name NAME]", NULL },
    .summary = "Install what a store has into the state file, until it is stopped",
    .more =
        "It stays in the foreground. While the store cannot be reached the file stays as it is.\n",
    .examples =
        (const tg_example_t[]){
            { "Follow the store of a fleet",
              TG_PROGRAM_NAME " follow --store etcds://a.example.com,b.example.com/tlsgate/state" },
            { "An etcd on this machine",
              TG_PROGRAM_NAME " follow --store etcd://127.0.0.1/tlsgate/state" },
            { 0 },
        },
    .options = (const tg_option_t *const[]){ follow_options, NULL },
    .run = follow_run,
};
