/* Which store a call is about: see store_choice.h. */
#include "store_choice.h"

#include "term/term.h"

#include <stdlib.h>

const char *tg_ctl_store_choice_named(const tg_ctl_t *ctl)
{
    const char *url = ctl->store ? ctl->store : getenv(TG_STORE_VARIABLE);

    return url && *url ? url : NULL;
}

const char *tg_ctl_store_choice_url(const tg_ctl_t *ctl)
{
    return ctl->store || !ctl->state ? tg_ctl_store_choice_named(ctl) : NULL;
}

/* The message does not repeat the URL: it may have a password in it. */
int tg_ctl_store_choice_parse(const tg_ctl_t *ctl, const char *text, tg_store_url_t *url)
{
    tg_fault_t fault;

    if (!tg_store_url_parse(ctl->pool, text, url, &fault)) {
        tg_term_error("%s: %s; %s", ctl->store ? "--store" : "$" TG_STORE_VARIABLE, fault.reason,
                      fault.fix);
        return 0;
    }
    return 1;
}

int tg_ctl_store_choice_check(const tg_ctl_t *ctl)
{
    tg_store_url_t url;

    return !ctl->store || tg_ctl_store_choice_parse(ctl, ctl->store, &url);
}

int tg_ctl_store_choice_open(const tg_ctl_t *ctl, const char *state, tg_store_t *out)
{
    const char *text = tg_ctl_store_choice_url(ctl);
    tg_store_url_t *url = apr_palloc(ctl->pool, sizeof(*url));
    tg_fault_t fault;

    if (!text) {
        *out = tg_store_file(ctl->pool, state);
        return 1;
    }
    if (!tg_ctl_store_choice_parse(ctl, text, url)) {
        return 0;
    }
    if (!tg_store_open(ctl->pool, url, out, &fault)) {
        tg_term_error("%s: %s; %s", url->name, fault.reason, fault.fix);
        return 0;
    }
    return 1;
}
