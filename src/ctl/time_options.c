/* Instants on the command line: see time_options.h. */
#include "time_options.h"

#include "options.h"

#include "base/interval.h"
#include "term/term.h"

#include <apr_strings.h>

int tg_ctl_time_read(const tg_ctl_t *ctl, tg_ctl_option_t option, tg_instant_t *out)
{
    const char *text = ctl->given[option], *name = tg_ctl_option_name(option);
    tg_fault_t fault;

    if (!text) {
        tg_term_error("say when: --%s %s", name, tg_ctl_option_value(option));
        return 0;
    }
    if (!tg_instant_parse(text, out, &fault)) {
        tg_term_error("--%s \"%s\": %s; %s", name, text, fault.reason, fault.fix);
        return 0;
    }
    return 1;
}

int tg_ctl_time_or_now(const tg_ctl_t *ctl, tg_ctl_option_t option, tg_instant_t *out)
{
    *out = ctl->now;
    return !ctl->given[option] || tg_ctl_time_read(ctl, option, out);
}

static int read_for(const tg_ctl_t *ctl, tg_instant_t *out)
{
    const char *text = ctl->given[TG_CTL_FOR];
    tg_fault_t fault;
    int64_t seconds;

    if (!tg_duration_parse(text, &seconds, &fault)) {
        tg_term_error("--for \"%s\": %s; %s", text, fault.reason, fault.fix);
        return 0;
    }
    if (seconds > TG_INSTANT_MAX - ctl->now) {
        tg_term_error("--for \"%s\": it ends after the year 9999", text);
        return 0;
    }
    *out = ctl->now + seconds;
    return 1;
}

int tg_ctl_time_end(const tg_ctl_t *ctl, tg_instant_t *out)
{
    if (!ctl->given[TG_CTL_UNTIL] == !ctl->given[TG_CTL_FOR]) {
        tg_term_error("say when it ends by itself: --until INSTANT, or --for DURATION");
        return 0;
    }
    if (ctl->given[TG_CTL_FOR]) {
        return read_for(ctl, out);
    }
    if (!tg_ctl_time_read(ctl, TG_CTL_UNTIL, out)) {
        return 0;
    }
    if (*out <= ctl->now) {
        tg_term_error("--until %s: it is over already: it is %s", ctl->given[TG_CTL_UNTIL],
                      tg_instant_text(ctl->pool, ctl->now));
        return 0;
    }
    return 1;
}
