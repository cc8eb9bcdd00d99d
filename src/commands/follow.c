/* tlsgatectl follow: keeps the state file of this machine the same as the document of a store. */
#include "commands.h"

#include "ctl/running_plan.h"
#include "ctl/store_choice.h"
#include "follow/follow.h"
#include "term/term.h"

static tg_exit_t follow_run(const tg_ctl_t *ctl)
{
    const char *store = tg_ctl_store_choice_named(ctl);
    const char *state = tg_ctl_running_plan_named_state(ctl);
    tg_store_url_t url;
    tg_store_feed_t feed;
    tg_fault_t fault;

    if (!store) {
        tg_term_error("which store? name it with --store URL or in $" TG_STORE_VARIABLE);
        return TG_EXIT_ERROR;
    }
    if (!tg_ctl_store_choice_parse(ctl, store, &url)) {
        return TG_EXIT_ERROR;
    }
    if (tg_store_feed_open(ctl->pool, &url, &feed, &fault) &&
        tg_follow(ctl->pool, &feed, state ? state : TG_CTL_RUNNING_PLAN_STATE, &fault)) {
        return TG_EXIT_OK;
    }
    tg_term_error("%s; %s", fault.reason, fault.fix);
    return TG_EXIT_ERROR;
}

const tg_command_t tg_command_follow = {
    .name = "follow",
    .usage = (const char *const[]){ "--store URL [--state FILE]", NULL },
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
    .run = follow_run,
};
