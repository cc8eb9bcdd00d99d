/* Which store a call is about: see store_open.h. */
#include "store_open.h"

#include "say.h"

#include <stdlib.h>

const char *tg_ctl_store_named(const tg_ctl_t *ctl)
{
    const char *url =
        ctl->given[TG_CTL_STORE] ? ctl->given[TG_CTL_STORE] : getenv(TG_CTL_STORE_VARIABLE);

    return url && *url ? url : NULL;
}

const char *tg_ctl_store_url(const tg_ctl_t *ctl)
{
    return ctl->given[TG_CTL_STORE] || !ctl->given[TG_CTL_STATE] ? tg_ctl_store_named(ctl) : NULL;
}

/* The URL itself is not repeated: somebody may have written a password into it. */
int tg_ctl_store_parse(const tg_ctl_t *ctl, const char *text, tg_ctl_store_url_t *url)
{
    tg_fault_t fault;

    if (!tg_ctl_store_url_parse(ctl->pool, text, url, &fault)) {
        tg_ctl_say_error("%s: %s; %s",
                         ctl->given[TG_CTL_STORE] ? "--store" : "$" TG_CTL_STORE_VARIABLE,
                         fault.reason, fault.form);
        return 0;
    }
    return 1;
}

int tg_ctl_store_check(const tg_ctl_t *ctl)
{
    tg_ctl_store_url_t url;

    return !ctl->given[TG_CTL_STORE] || tg_ctl_store_parse(ctl, ctl->given[TG_CTL_STORE], &url);
}

int tg_ctl_store_open(const tg_ctl_t *ctl, const char *state, tg_ctl_store_t *out)
{
    const char *text = tg_ctl_store_url(ctl);
    tg_ctl_store_url_t *url = apr_palloc(ctl->pool, sizeof(*url));
    tg_fault_t fault;

    if (!text) {
        *out = tg_ctl_store_file(ctl->pool, state);
        return 1;
    }
    if (!tg_ctl_store_parse(ctl, text, url)) {
        return 0;
    }
    if (!tg_ctl_store_etcd(ctl->pool, url, out, &fault)) {
        tg_ctl_say_error("%s: %s; %s", url->name, fault.reason, fault.form);
        return 0;
    }
    return 1;
}
