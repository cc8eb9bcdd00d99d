/* tlsgatectl follow: the state file of this machine becomes what the store has, whenever
 * that changes.
 */
#include "cmd.h"

#include "follow.h"
#include "plan.h"
#include "say.h"
#include "store_open.h"

int tg_ctl_cmd_follow(tg_ctl_t *ctl)
{
    const char *store = tg_ctl_store_named(ctl);
    const char *state = tg_ctl_plan_named_state(ctl);
    tg_ctl_store_url_t url;

    if (!store) {
        tg_ctl_say_error("which store? name it with --store URL or in $" TG_CTL_STORE_VARIABLE);
        return TG_CTL_ERROR;
    }
    if (!tg_ctl_store_parse(ctl, store, &url)) {
        return TG_CTL_ERROR;
    }
    return tg_ctl_follow(ctl->pool, &url, state ? state : TG_CTL_PLAN_STATE);
}
