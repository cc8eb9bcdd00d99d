/* What a new configuration changes at once: see plan_change.h. */
#include "plan_change.h"

#include "tls/trait_words.h"

#include <apr_strings.h>
#include <string.h>

static const char *phase_words(const tg_schedule_t *schedule, tg_instant_t now)
{
    return schedule ? tg_phase_name(tg_phase_at(schedule, NULL, now, TG_BUCKET_EVERYONE)) : "none";
}

static int rejects_at(const tg_schedule_t *schedule, tg_instant_t now)
{
    return schedule && tg_phase_rejects(tg_phase_at(schedule, NULL, now, TG_BUCKET_EVERYONE));
}

/** The requests that a schedule rejects at an instant. */
typedef struct {
    tg_traits_t traits;
    int has_expr;
} rejected_t;

static rejected_t rejected_at(const tg_schedule_t *schedule, tg_instant_t now)
{
    int rejects = rejects_at(schedule, now);

    return (rejected_t){ rejects ? schedule->traits : 0, rejects && schedule->has_expr };
}

/* `TLS 1.0 and 1.1 are`: those of @p a that are not among @p b; NULL: none. */
static const char *words_beyond(apr_pool_t *pool, rejected_t a, rejected_t b)
{
    tg_traits_t traits =
        a.traits == TG_TRAIT_ANY && b.traits != TG_TRAIT_ANY ? TG_TRAIT_ANY : a.traits & ~b.traits;
    int has_expr = a.has_expr && !b.has_expr, is_plural;
    const char *words;

    if (!traits && !has_expr) {
        return NULL;
    }
    words = tg_trait_words(pool, traits, has_expr ? TG_WORDS_TRAITS_AND_EXPR : TG_WORDS_TRAITS,
                           &is_plural);
    return apr_pstrcat(pool, words, is_plural ? " are" : " is", NULL);
}

tg_plan_change_t tg_plan_change(apr_pool_t *pool, const tg_schedule_t *before,
                                const tg_schedule_t *after, tg_instant_t now, const char **text)
{
    rejected_t was = rejected_at(before, now), will = rejected_at(after, now);
    const char *more = words_beyond(pool, will, was), *fewer = words_beyond(pool, was, will);
    const char *from = phase_words(before, now), *to = phase_words(after, now);
    const char *phases = apr_pstrcat(pool, from, strcmp(from, to) ? " -> " : "",
                                     strcmp(from, to) ? to : "", ": ", NULL);

    if (more) {
        *text = apr_pstrcat(pool, phases, more, " rejected at once", NULL);
        return TG_PLAN_CHANGE_REJECTS;
    }
    if (fewer) {
        *text = apr_pstrcat(pool, phases, fewer, " served again", NULL);
        return TG_PLAN_CHANGE_SERVES;
    }
    *text = apr_pstrcat(pool, phases, "nobody is rejected or served for the first time", NULL);
    return TG_PLAN_CHANGE_NONE;
}
