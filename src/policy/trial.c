/* Trials: see trial.h. */
#include "trial.h"

#include <apr_strings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIX                                                                                        \
    "write INTERVAL [every=DURATION until=INSTANT] [share=N%]: START/PT10M every=PT1H until=END "  \
    "share=25% is ten minutes of each hour for a quarter of the clients"

static int parse_every(const char *value, tg_trial_t *trial, tg_fault_t *fault)
{
    return tg_duration_parse(value, &trial->every, fault);
}

static int parse_until(const char *value, tg_trial_t *trial, tg_fault_t *fault)
{
    return tg_instant_parse(value, &trial->until, fault);
}

static int parse_share(const char *value, tg_trial_t *trial, tg_fault_t *fault)
{
    size_t digits = strspn(value, "0123456789");
    int share = digits > 0 && digits <= 3 ? (int)strtol(value, NULL, 10) : 0;

    if (strcmp(value + digits, "%") != 0 || share < 1 || share > 100) {
        return tg_fault_set(fault, "write share=1% to share=100%",
                            "share=%.20s is not a whole number from 1 to 100 with a per cent sign",
                            value);
    }
    trial->share = share;
    return 1;
}

static const struct {
    const char *name;
    int (*parse)(const char *value, tg_trial_t *trial, tg_fault_t *fault);
} options[] = {
    { "every=", parse_every },
    { "until=", parse_until },
    { "share=", parse_share },
};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

static int parse_option(const char *arg, unsigned *seen, tg_trial_t *trial, tg_fault_t *fault)
{
    size_t i;

    for (i = 0; i < OPTIONS; i++) {
        size_t len = strlen(options[i].name);

        if (strncmp(arg, options[i].name, len) == 0) {
            if (*seen & 1U << i) {
                return tg_fault_set(fault, FIX, "%s is given twice", options[i].name);
            }
            *seen |= 1U << i;
            return options[i].parse(arg + len, trial, fault);
        }
    }
    return tg_fault_set(fault, FIX, "\"%.60s\" is not an option of a trial", arg);
}

static int check_repetition(const tg_trial_t *trial, tg_fault_t *fault)
{
    if (trial->every == 0 && trial->until == TG_NEVER) {
        return 1;
    }
    if (trial->every == 0 || trial->until == TG_NEVER) {
        return tg_fault_set(fault, FIX, "every= and until= need each other");
    }
    if (trial->first.end - trial->first.start > trial->every) {
        return tg_fault_set(fault, "use a shorter window or a longer every=",
                            "the repeating window is longer than its period");
    }
    if (trial->until <= trial->first.start) {
        return tg_fault_set(fault, "use an until= after the start of the first window",
                            "until= is not after the first window starts");
    }
    return 1;
}

int tg_trial_parse(int argc, const char *const *argv, tg_trial_t *out, tg_fault_t *fault)
{
    tg_trial_t trial = { { 0, 0 }, 0, TG_NEVER, 100 };
    unsigned seen = 0;
    int i;

    if (argc < 1) {
        return tg_fault_set(fault, FIX, "it has no interval");
    }
    if (!tg_interval_parse(argv[0], &trial.first, fault)) {
        return 0;
    }
    for (i = 1; i < argc; i++) {
        if (!parse_option(argv[i], &seen, &trial, fault)) {
            return 0;
        }
    }
    if (!check_repetition(&trial, fault)) {
        return 0;
    }
    *out = trial;
    return 1;
}

int tg_trial_expand(const tg_trial_t *trial, apr_array_header_t *windows, tg_fault_t *fault)
{
    int64_t length = trial->first.end - trial->first.start;
    tg_instant_t start = trial->first.start;

    do {
        tg_window_t *window;

        if (windows->nelts == TG_WINDOWS_MAX) {
            return tg_fault_set(fault, "use a longer every= or an earlier until=",
                                "the schedule would have more than %d windows", TG_WINDOWS_MAX);
        }
        window = apr_array_push(windows);
        window->interval.start = start;
        window->interval.end = start + length < trial->until ? start + length : trial->until;
        window->share = trial->share;
        start += trial->every;
    } while (trial->every > 0 && start < trial->until);
    return 1;
}

int tg_trial_meets(const tg_trial_t *trial, const tg_interval_t *interval)
{
    int64_t length = trial->first.end - trial->first.start;
    tg_instant_t start = trial->first.start;

    /* The first occurrence that ends after the interval begins. */
    if (trial->every > 0 && start + length <= interval->start) {
        start += ((interval->start - start - length) / trial->every + 1) * trial->every;
    }
    return start < interval->end && start + length > interval->start && start < trial->until &&
           interval->start < trial->until;
}

const char *tg_trial_format(const tg_trial_t *trial, char *buf)
{
    char first[TG_INTERVAL_STRLEN], until[TG_INSTANT_STRLEN], every[TG_DURATION_STRLEN];
    int n = snprintf(buf, TG_TRIAL_STRLEN, "%s", tg_interval_format(&trial->first, first));

    if (trial->every > 0) {
        n += snprintf(buf + n, TG_TRIAL_STRLEN - (size_t)n, " every=%s until=%s",
                      tg_duration_format(trial->every, every),
                      tg_instant_format(trial->until, until));
    }
    if (trial->share < 100) {
        snprintf(buf + n, TG_TRIAL_STRLEN - (size_t)n, " share=%d%%", trial->share);
    }
    return buf;
}

const char *tg_trial_text(apr_pool_t *pool, const tg_trial_t *trial)
{
    char until[TG_INSTANT_STRLEN], every[TG_DURATION_STRLEN];
    const char *text = tg_interval_text(pool, &trial->first);

    if (trial->every > 0) {
        text = apr_pstrcat(pool, text, ", every ", tg_duration_format(trial->every, every),
                           " until ", tg_instant_format(trial->until, until), NULL);
    }
    return trial->share < 100
               ? apr_psprintf(pool, "%s, for %d%% of the clients", text, trial->share)
               : text;
}
