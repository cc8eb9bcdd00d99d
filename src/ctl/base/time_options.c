/* Options with an instant or a duration: see time_options.h. */
#include "time_options.h"

#include "base/typed.h"
#include "term/term.h"

/* Written once, while the command line is read. */
static const char *until_given, *for_given;

const tg_option_t tg_ctl_time_end_options[] = {
    { "until", "INSTANT", "when it ends by itself: 17:45Z, 'tomorrow 09:00Z', RFC 3339",
      &until_given, TG_COMPLETE_NOTHING },
    { "for", "DURATION", "how long from now: 2h, 90m, 3d, 2w, or ISO 8601: PT2H", &for_given,
      TG_COMPLETE_NOTHING },
    { 0 },
};

const tg_option_t tg_ctl_time_later_options[] = {
    { "until", "INSTANT", "when it ends by itself: 17:45Z, 'tomorrow 09:00Z', RFC 3339",
      &until_given, TG_COMPLETE_NOTHING },
    { "for", "DURATION", "how long after its present end: 2h, 90m, 3d, 2w, or ISO 8601: PT2H",
      &for_given, TG_COMPLETE_NOTHING },
    { 0 },
};

int tg_ctl_time_read(const tg_ctl_t *ctl, const char *name, const char *text, tg_instant_t *out)
{
    tg_fault_t fault;

    if (!text) {
        tg_term_error("say when: --%s INSTANT", name);
        return 0;
    }
    if (!tg_typed_instant(text, ctl->now, TG_TYPED_NEXT, out, &fault)) {
        tg_term_error("--%s \"%s\": %s; %s", name, text, fault.reason, fault.fix);
        return 0;
    }
    return 1;
}

int tg_ctl_time_past(const tg_ctl_t *ctl, const char *name, const char *text, tg_instant_t *out)
{
    tg_fault_t fault;
    int64_t seconds;

    if (!text) {
        return 1;
    }
    if (tg_typed_duration(text, &seconds, &fault)) {
        if (seconds > ctl->now - TG_INSTANT_MIN) {
            tg_term_error("--%s \"%s\": it begins before the year 0", name, text);
            return 0;
        }
        *out = ctl->now - seconds;
        return 1;
    }
    if (tg_typed_instant(text, ctl->now, TG_TYPED_LAST, out, &fault)) {
        return 1;
    }
    tg_term_error("--%s \"%s\": %s; %s", name, text, fault.reason, fault.fix);
    return 0;
}

static int read_for(const tg_ctl_t *ctl, int64_t *seconds)
{
    tg_fault_t fault;

    if (!tg_typed_duration(for_given, seconds, &fault)) {
        tg_term_error("--for \"%s\": %s; %s", for_given, fault.reason, fault.fix);
        return 0;
    }
    if (*seconds > TG_INSTANT_MAX - ctl->now) {
        tg_term_error("--for \"%s\": it ends after the year 9999", for_given);
        return 0;
    }
    return 1;
}

int tg_ctl_time_end_is_given(void)
{
    return until_given || for_given;
}

int tg_ctl_time_later(const tg_ctl_t *ctl, tg_instant_t *until, int64_t *seconds)
{
    *until = TG_NEVER;
    *seconds = 0;
    if (until_given && for_given) {
        tg_term_error("--until and --for: write one of them");
        return 0;
    }
    if (!until_given && !for_given) {
        tg_term_error("say when it ends by itself: --until INSTANT, or --for DURATION");
        return 0;
    }
    if (for_given) {
        return read_for(ctl, seconds);
    }
    if (!tg_ctl_time_read(ctl, "until", until_given, until)) {
        return 0;
    }
    if (*until <= ctl->now) {
        tg_term_error("--until %s: it is in the past: it is %s", until_given,
                      tg_instant_text(ctl->pool, ctl->now));
        return 0;
    }
    return 1;
}

int tg_ctl_time_end(const tg_ctl_t *ctl, tg_instant_t *out)
{
    int64_t seconds;

    if (!tg_ctl_time_later(ctl, out, &seconds)) {
        return 0;
    }
    *out = *out == TG_NEVER ? ctl->now + seconds : *out;
    return 1;
}
