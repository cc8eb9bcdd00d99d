/* A schedule as a document: see plan.h. */
#include "plan.h"

#include "base/json.h"
#include "base/rows.h"

#include <apr_strings.h>

json_t *tg_plan_traits_json(const tg_schedule_t *s)
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
    json_t *names = tg_plan_traits_json(s);
    const char *text = "";
    const json_t *name;
    size_t i;

    json_array_foreach (names, i, name) {
        text = apr_pstrcat(pool, text, i ? " " : "", json_string_value(name), NULL);
    }
    json_decref(names);
    return text;
}

static json_t *instant_json(const tg_schedule_t *s, const tg_override_t *o, tg_date_t date)
{
    return tg_json_instant(tg_phase_date(s, o, date));
}

static json_t *trials_json(const tg_schedule_t *s, const tg_override_t *o, tg_date_t date)
{
    json_t *trials = json_array();
    int i;

    (void)o;
    (void)date;
    for (i = 0; i < s->trials->nelts; i++) {
        const tg_trial_t *t = &APR_ARRAY_IDX(s->trials, i, tg_trial_t);

        json_t *trial = tg_json_interval(&t->first);

        json_object_set_new(trial, "share_percent", json_integer(t->share));
        json_object_set_new(trial, "every_seconds",
                            t->every ? json_integer(t->every) : json_null());
        json_object_set_new(trial, "until", tg_json_instant(t->until));
        json_array_append_new(trials, trial);
    }
    return trials;
}

static json_t *graces_json(const tg_schedule_t *s, const tg_override_t *o, tg_date_t date)
{
    json_t *array = json_array();
    int i, n;
    const tg_interval_t *graces = tg_phase_graces(s, o, &n);

    (void)date;
    for (i = 0; i < n; i++) {
        json_array_append_new(array, tg_json_interval(&graces[i]));
    }
    return array;
}

static json_t *(*const date_writers[])(const tg_schedule_t *s, const tg_override_t *o,
                                       tg_date_t date) = {
    instant_json,
    trials_json,
    graces_json,
};
TG_ROWS_ARE(date_writers, TG_DATE_KINDS);

json_t *tg_plan_json(const tg_schedule_t *s, const tg_override_t *o, tg_instant_t now)
{
    tg_phase_t next;
    tg_instant_t change = tg_phase_next_change(s, o, now, TG_BUCKET_EVERYONE, &next);
    const char *phase = tg_phase_name(tg_phase_at(s, o, now, TG_BUCKET_EVERYONE));
    json_t *root = json_object();
    int date;

    json_object_set_new(root, "name", json_string(s->name));
    json_object_set_new(root, "deprecates", tg_plan_traits_json(s));
    json_object_set_new(root, "phase", json_string(phase));
    json_object_set_new(root, "next_change", tg_json_instant(change));
    json_object_set_new(root, "next_phase",
                        tg_json_text(change == TG_NEVER ? NULL : tg_phase_name(next)));
    for (date = 0; date < TG_DATES; date++) {
        const tg_date_row_t *row = &tg_schedule_dates[date];

        json_object_set_new(root, row->member, date_writers[row->kind](s, o, (tg_date_t)date));
    }
    json_object_set_new(root, "rejected_for_good",
                        tg_json_instant(tg_phase_rejected_for_good(s, o)));
    json_object_set_new(root, "info", tg_json_text(s->info));
    return root;
}
