/* Schedules as lines of text, for tests: the directives as in
 * httpd.conf, one a line, followed by the overrides:
 *
 *     suspend INSTANT [SINCE]  until then
 *     trial INSTANT [SINCE]    until then
 *     postpone INSTANT INSTANT from the recorded cutoff to the new one
 */
#ifndef LINES_H
#define LINES_H

#include "policy/override.h"
#include "policy/schedule.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

/** A schedule while it is read, and what overrides it. */
typedef struct {
    tg_schedule_t *schedule;
    tg_override_t override;
    int has_override;
    tg_fault_t fault; /**< of the line that could not be read */
} lines_t;

typedef struct {
    const char *word;
    int argc; /**< the least number of arguments */
    int (*read)(lines_t *l, int argc, const char *const *argv);
} lines_word_t;

static inline int lines_deprecate(lines_t *l, int argc, const char *const *argv)
{
    int i;

    for (i = 0; i < argc; i++) {
        tg_traits_t traits = tg_trait_parse(argv[i]);

        if (strncmp(argv[i], "expr=", 5) == 0) {
            l->schedule->has_expr = 1;
        }
        else if (traits == 0) {
            return tg_fault_set(&l->fault, tg_trait_names(l->schedule->trials->pool),
                                "there is no trait \"%s\"", argv[i]);
        }
        l->schedule->traits |= traits;
    }
    return 1;
}

static inline int lines_announce(lines_t *l, int argc, const char *const *argv)
{
    return argc == 1 && tg_instant_parse(argv[0], &l->schedule->announce, &l->fault);
}

static inline int lines_cutoff(lines_t *l, int argc, const char *const *argv)
{
    return argc == 1 && tg_instant_parse(argv[0], &l->schedule->cutoff, &l->fault);
}

static inline int lines_refuse(lines_t *l, int argc, const char *const *argv)
{
    return argc == 1 && tg_instant_parse(argv[0], &l->schedule->refuse, &l->fault);
}

static inline int lines_window(lines_t *l, int argc, const char *const *argv)
{
    tg_trial_t *trial = apr_array_push(l->schedule->trials);

    return tg_trial_parse(argc, argv, trial, &l->fault);
}

static inline int lines_grace(lines_t *l, int argc, const char *const *argv)
{
    tg_interval_t *grace = apr_array_push(l->schedule->graces);

    return argc == 1 && tg_interval_parse(argv[0], grace, &l->fault);
}

static inline int lines_status(lines_t *l, int argc, const char *const *argv)
{
    int code = atoi(argv[argc - 1]);

    if (argc == 1 || strcmp(argv[0], "trial") == 0) {
        l->schedule->status[TG_STATUS_TRIAL] = code;
    }
    if (argc == 1 || strcmp(argv[0], "cutoff") == 0) {
        l->schedule->status[TG_STATUS_CUTOFF] = code;
    }
    return 1;
}

static inline int lines_info(lines_t *l, int argc, const char *const *argv)
{
    l->schedule->info = argv[0];
    return argc == 1;
}

static inline int lines_timed(lines_t *l, int argc, const char *const *argv)
{
    l->has_override = 1;
    return argc <= 2 && tg_instant_parse(argv[0], &l->override.until, &l->fault) &&
           (argc == 1 || tg_instant_parse(argv[1], &l->override.since, &l->fault));
}

static inline int lines_suspend(lines_t *l, int argc, const char *const *argv)
{
    l->override.kind = TG_OVERRIDE_SUSPEND;
    return lines_timed(l, argc, argv);
}

static inline int lines_trial(lines_t *l, int argc, const char *const *argv)
{
    l->override.kind = TG_OVERRIDE_TRIAL;
    return lines_timed(l, argc, argv);
}

static inline int lines_postpone(lines_t *l, int argc, const char *const *argv)
{
    l->has_override = 1;
    return argc == 2 && tg_instant_parse(argv[0], &l->override.postponed_from, &l->fault) &&
           tg_instant_parse(argv[1], &l->override.postponed_to, &l->fault);
}

static const lines_word_t lines_words[] = {
    { "TlsGateDeprecate", 1, lines_deprecate },
    { "TlsGateAnnounce", 1, lines_announce },
    { "TlsGateTrial", 1, lines_window },
    { "TlsGateCutoff", 1, lines_cutoff },
    { "TlsGateGrace", 1, lines_grace },
    { "TlsGateRefuse", 1, lines_refuse },
    { "TlsGateStatus", 1, lines_status },
    { "TlsGateInfo", 1, lines_info },
    { "suspend", 1, lines_suspend },
    { "trial", 1, lines_trial },
    { "postpone", 2, lines_postpone },
};

/** An empty schedule in @p pool, which must outlive it, as must @p name. */
static inline lines_t lines_begin(apr_pool_t *pool, const char *name)
{
    lines_t l;

    memset(&l, 0, sizeof(l));
    l.schedule = tg_schedule_create(pool, name);
    l.override.schedule = name;
    l.override.since = TG_ALWAYS;
    l.override.refuse_waits_until = TG_ALWAYS;
    l.override.stopped_until = TG_ALWAYS;
    l.override.until = TG_NEVER;
    l.override.postponed_from = TG_NEVER;
    l.override.postponed_to = TG_NEVER;
    return l;
}

/** Reads one line. @return 1, or 0 with the fault filled */
static inline int lines_read(apr_pool_t *pool, lines_t *l, const char *line)
{
    char **argv;
    int argc = 0;
    size_t i;

    apr_tokenize_to_argv(line, &argv, pool);
    while (argv[argc]) {
        argc++;
    }
    for (i = 0; argc > 0 && i < sizeof(lines_words) / sizeof(lines_words[0]); i++) {
        if (strcmp(argv[0], lines_words[i].word) == 0 && argc > lines_words[i].argc) {
            return lines_words[i].read(l, argc - 1, (const char *const *)argv + 1);
        }
    }
    return tg_fault_set(&l->fault, "write a directive of a schedule", "\"%s\" is none", line);
}

/** Reads several lines, separated by newlines. @return 1, or 0 with the fault filled */
static inline int lines_read_all(apr_pool_t *pool, lines_t *l, const char *lines)
{
    char *rest = apr_pstrdup(pool, lines);
    char *line;

    while ((line = apr_strtok(rest, "\n", &rest)) != NULL) {
        if (!lines_read(pool, l, line)) {
            return 0;
        }
    }
    return 1;
}

/** The override that was read, or NULL. */
static inline const tg_override_t *lines_override(const lines_t *l)
{
    return l->has_override ? &l->override : NULL;
}

#endif
