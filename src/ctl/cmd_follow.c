/* tlsgatectl follow: the state file of this machine becomes what the store has, whenever
 * that changes.
 */
#include "cmd.h"

#include "follow.h"
#include "plan.h"
#include "say.h"

#include <stdlib.h>

/* The option, else the variable; NULL: neither. */
static const char *given(const tg_ctl_t *ctl, tg_ctl_option_t option, const char *variable)
{
    const char *text = ctl->given[option] ? ctl->given[option] : getenv(variable);

    return text && *text ? text : NULL;
}

int tg_ctl_cmd_follow(tg_ctl_t *ctl)
{
    const char *store = given(ctl, TG_CTL_STORE, TG_CTL_STORE_VARIABLE);
    const char *state = given(ctl, TG_CTL_STATE, TG_CTL_PLAN_VARIABLE);
    tg_ctl_store_url_t url;
    tg_fault_t fault;

    if (!store) {
        tg_ctl_say_error("which store? name it with --store URL or in $" TG_CTL_STORE_VARIABLE);
        return TG_CTL_ERROR;
    }
    if (!tg_ctl_store_url_parse(ctl->pool, store, &url, &fault)) {
        tg_ctl_say_error("the store: %s; %s", fault.reason, fault.form);
        return TG_CTL_ERROR;
    }
    return tg_ctl_follow(ctl->pool, &url, state ? state : TG_CTL_PLAN_STATE);
}
