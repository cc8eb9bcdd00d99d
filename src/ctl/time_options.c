/* Options with an instant or a duration: see time_options.h. */
#include "time_options.h"

#include "base/interval.h"
#include "term/term.h"

/* Written once, while the command line is read. */
static const char *until_given, *for_given;

const tg_option_t tg_ctl_time_end_options[] = {
    { "until", "INSTANT", "when it ends by itself: 2018-08-21T09:00Z", &until_given,
      TG_COMPLETE_NOTHING },
    { "for", "DURATION", "how long from now: PT2H, P1DT12H, P2W", &for_given, TG_COMPLETE_NOTHING },
    { 0 },
};

int tg_ctl_time_read(const char *name, const char *text, tg_instant_t *out)
{
    tg_fault_t fault;

    if (!text) {
        tg_term_error("say when: --%s INSTANT", name);
        return 0;
    }
    if (!tg_instant_parse(text, out, &fault)) {
        tg_term_error("--%s \"%s\": %s; %s", name, text, fault.reason, fault.fix);
        return 0;
    }
    return 1;
}

static int read_for(const tg_ctl_t *ctl, tg_instant_t *out)
{
    tg_fault_t fault;
    int64_t seconds;

    if (!tg_duration_parse(for_given, &seconds, &fault)) {
        tg_term_error("--for \"%s\": %s; %s", for_given, fault.reason, fault.fix);
        return 0;
    }
    if (seconds > TG_INSTANT_MAX - ctl->now) {
        tg_term_error("--for \"%s\": it ends after the year 9999", for_given);
        return 0;
    }
    *out = ctl->now + seconds;
    return 1;
}

int tg_ctl_time_end_is_given(void)
{
    return until_given || for_given;
}

int tg_ctl_time_end(const tg_ctl_t *ctl, tg_instant_t *out)
{
    if (!until_given == !for_given) {
        tg_term_error("say when it ends by itself: --until INSTANT, or --for DURATION");
        return 0;
    }
    if (for_given) {
        return read_for(ctl, out);
    }
    if (!tg_ctl_time_read("until", until_given, out)) {
        return 0;
    }
    if (*out <= ctl->now) {
        tg_term_error("--until %s: it is in the past: it is %s", until_given,
                      tg_instant_text(ctl->pool, ctl->now));
        return 0;
    }
    return 1;
}
