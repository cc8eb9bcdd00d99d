/* A schedule as a document: see plan.h. */
#include "plan.h"

#include <apr_strings.h>

json_t *tg_plan_instant(tg_instant_t t)
{
    char buf[TG_INSTANT_STRLEN];

    return t == TG_ALWAYS || t == TG_NEVER ? json_null() : json_string(tg_instant_format(t, buf));
}

static json_t *traits_json(const tg_schedule_t *s)
{
    json_t *names = json_array();
    int bit;

    if (s->traits == TG_TRAIT_ANY) {
        json_array_append_new(names, json_string("any"));
    }
    for (bit = 0; bit < 32 && s->traits != TG_TRAIT_ANY; bit++) {
        if (s->traits & (tg_traits_t)1 << bit) {
            json_array_append_new(names, json_string(tg_trait_name(bit)));
        }
    }
    if (s->has_expr) {
        json_array_append_new(names, json_string("expr"));
    }
    return names;
}

const char *tg_plan_traits(apr_pool_t *pool, const tg_schedule_t *s)
{
    json_t *names = traits_json(s);
    const char *text = "";
    const json_t *name;
    size_t i;

    json_array_foreach(names, i, name) {
        text = apr_pstrcat(pool, text, i ? " " : "", json_string_value(name), NULL);
    }
    json_decref(names);
    return text;
}

static json_t *trials_json(const tg_schedule_t *s)
{
    json_t *trials = json_array();
    int i;

    for (i = 0; i < s->trials->nelts; i++) {
        const tg_trial_t *t = &APR_ARRAY_IDX(s->trials, i, tg_trial_t);

        json_array_append_new(
            trials, json_pack("{s:o, s:o, s:i, s:o, s:o}", "start", tg_plan_instant(t->first.start),
                              "end", tg_plan_instant(t->first.end), "share_percent", t->share,
                              "every_seconds", t->every ? json_integer(t->every) : json_null(),
                              "until", tg_plan_instant(t->until)));
    }
    return trials;
}

/* Grace windows that a postponement voids are left out: this is what will happen. */
static json_t *graces_json(const tg_schedule_t *s, tg_instant_t cutoff)
{
    json_t *graces = json_array();
    int i;

    for (i = 0; i < s->graces->nelts; i++) {
        const tg_interval_t *g = &APR_ARRAY_IDX(s->graces, i, tg_interval_t);

        if (g->start >= cutoff) {
            json_array_append_new(graces, json_pack("{s:o, s:o}", "start", tg_plan_instant(g->start),
                                                    "end", tg_plan_instant(g->end)));
        }
    }
    return graces;
}

json_t *tg_plan_json(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t now)
{
    tg_phase_t next;
    tg_instant_t change = tg_phase_next_change(s, o, now, TG_BUCKET_EVERYONE, &next);
    tg_instant_t cutoff = tg_phase_cutoff(s, o);

    return json_pack(
        "{s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s?}", "name", s->name,
        "deprecates", traits_json(s), "phase",
        tg_phase_name(tg_phase_at(s, o, now, TG_BUCKET_EVERYONE)), "next_change",
        tg_plan_instant(change), "next_phase",
        change == TG_NEVER ? json_null() : json_string(tg_phase_name(next)), "announce",
        tg_plan_instant(s->announce), "trials", trials_json(s), "cutoff",
        tg_plan_instant(cutoff), "grace", graces_json(s, cutoff), "refuse",
        tg_plan_instant(tg_phase_refuse(s, o)), "rejected_for_good",
        tg_plan_instant(tg_phase_rejected_for_good(s, o)), "info", s->info);
}
