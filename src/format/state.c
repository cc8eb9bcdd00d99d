/* The state document: see state.h. */
#include "state.h"

#include "base/json.h"
#include "base/rows.h"
#include "policy/phase.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = { "suspend", "trial", "postpone", "resume" };
TG_ROWS_ARE(kinds, TG_STATE_KINDS);

const char *tg_state_kind_name(tg_state_kind_t kind)
{
    return kinds[kind];
}

tg_state_kind_t tg_state_kind_parse(const char *name)
{
    int kind = 0;

    while (kind < TG_STATE_KINDS && strcmp(kinds[kind], name) != 0) {
        kind++;
    }
    return (tg_state_kind_t)kind;
}

unsigned tg_state_rivals(tg_state_kind_t kind)
{
    static const unsigned rivals[] = { TG_STATE_TIMED, TG_STATE_TIMED, TG_STATE_POSTPONED,
                                       TG_STATE_BIT(TG_STATE_RESUME) };
    TG_ROWS_ARE(rivals, TG_STATE_KINDS);

    return rivals[kind];
}

tg_state_t tg_state_empty(apr_pool_t *pool)
{
    tg_state_t state = { NULL, apr_array_make(pool, 2, sizeof(tg_state_override_t)),
                         apr_array_make(pool, 2, sizeof(tg_state_exemption_t)), NULL, NULL };

    return state;
}

json_t *tg_state_override_json(const tg_state_override_t *o)
{
    json_t *object = json_pack("{s:s, s:s}", "schedule", o->schedule, "kind", kinds[o->kind]);

    if (o->kind == TG_STATE_POSTPONE) {
        json_object_set_new(object, "from", tg_json_instant(o->from));
        json_object_set_new(object, "cutoff", tg_json_instant(o->cutoff));
    }
    else if (o->kind != TG_STATE_RESUME) {
        json_object_set_new(object, "until", tg_json_instant(o->until));
    }
    json_object_set_new(object, "reason", json_string(o->reason));
    json_object_set_new(object, "by", json_string(o->by));
    json_object_set_new(object, "since", tg_json_instant(o->since));
    return object;
}

json_t *tg_state_exemption_json(const tg_state_exemption_t *e)
{
    json_t *object = json_pack("{s:s}", "schedule", e->exemption.schedule);

    json_object_set_new(object, e->network ? "network" : "client",
                        json_string(e->network ? e->network : e->exemption.client));
    json_object_set_new(object, "until", tg_json_instant(e->exemption.until));
    json_object_set_new(object, "owner", json_string(e->exemption.owner));
    json_object_set_new(object, "reason", json_string(e->exemption.reason));
    json_object_set_new(object, "by", json_string(e->by));
    json_object_set_new(object, "since", tg_json_instant(e->since));
    return object;
}

/* A document while it is written. */
typedef struct {
    apr_array_header_t *parts; /* of const char * */
    int is_whole;
} print_t;

static void print_part(print_t *p, const char *part)
{
    APR_ARRAY_PUSH(p->parts, const char *) = part;
}

/* On a line of its own, so that a difference between two documents shows which entries differ. */
static void print_entry(print_t *p, json_t *entry, int is_first)
{
    char *text = json_dumps(entry, 0);

    p->is_whole = p->is_whole && text;
    print_part(p, is_first ? "\n    " : ",\n    ");
    print_part(p, text ? apr_pstrdup(p->parts->pool, text) : "");
    free(text);
    json_decref(entry);
}

static void print_schema(print_t *p, const char *schema)
{
    json_t *json = schema ? json_string(schema) : NULL;
    char *text = json_dumps(json, JSON_ENCODE_ANY);

    p->is_whole = p->is_whole && (!schema || text);
    print_part(p, text ? apr_pstrcat(p->parts->pool, "\n  \"$schema\": ", text, ",", NULL) : "");
    free(text);
    json_decref(json);
}

const char *tg_state_print(apr_pool_t *pool, const tg_state_t *state)
{
    int overrides = state->overrides->nelts, exemptions = state->exemptions->nelts, i;
    print_t p = { apr_array_make(pool, 2 * (overrides + exemptions) + 8, sizeof(const char *)), 1 };

    print_part(&p, "{");
    print_schema(&p, state->schema);
    print_part(&p,
               apr_psprintf(pool, "\n  \"version\": %d,\n  \"overrides\": [", TG_STATE_VERSION));
    for (i = 0; i < overrides; i++) {
        print_entry(
            &p, tg_state_override_json(&APR_ARRAY_IDX(state->overrides, i, tg_state_override_t)),
            i == 0);
    }
    print_part(&p, overrides ? "\n  ],\n  \"exemptions\": [" : "],\n  \"exemptions\": [");
    for (i = 0; i < exemptions; i++) {
        print_entry(
            &p, tg_state_exemption_json(&APR_ARRAY_IDX(state->exemptions, i, tg_state_exemption_t)),
            i == 0);
    }
    print_part(&p, exemptions ? "\n  ]\n}\n" : "]\n}\n");
    /* Never an empty state in its place. */
    return p.is_whole ? apr_array_pstrcat(pool, p.parts, 0) : NULL;
}

tg_instant_t tg_state_override_end(const tg_state_override_t *o)
{
    return o->kind == TG_STATE_POSTPONE ? o->cutoff : o->until;
}

int tg_state_override_is_void(const tg_state_override_t *o, const tg_schedule_t *schedule)
{
    return o->kind == TG_STATE_POSTPONE && !tg_phase_postpones(schedule, o->from);
}

tg_instant_t tg_state_override_stopped(const tg_state_override_t *o, const tg_override_set_t *set,
                                       tg_instant_t now)
{
    const tg_override_t *in_force = tg_override_find(set, o->schedule);

    return o->kind == TG_STATE_TRIAL && now < o->until &&
                   tg_override_active(in_force, now) == TG_OVERRIDE_GUARD
               ? in_force->stopped_at
               : TG_ALWAYS;
}

int tg_state_override_is_in_force(const tg_state_override_t *o, const tg_schedule_t *schedule,
                                  const tg_override_set_t *set, tg_instant_t now)
{
    return tg_state_override_end(o) > now &&
           !(schedule && tg_state_override_is_void(o, schedule)) &&
           tg_state_override_stopped(o, set, now) == TG_ALWAYS;
}

tg_state_override_t *tg_state_find(const tg_state_t *state, const char *schedule, unsigned which)
{
    int i;

    for (i = 0; i < state->overrides->nelts; i++) {
        tg_state_override_t *o = &APR_ARRAY_IDX(state->overrides, i, tg_state_override_t);

        if ((which & TG_STATE_BIT(o->kind)) && strcmp(o->schedule, schedule) == 0) {
            return o;
        }
    }
    return NULL;
}

/* --- for verdicts --- */

static void add_override(tg_override_set_t *set, const tg_state_override_t *from)
{
    tg_override_t *o = tg_override_of(set, from->schedule);

    if (from->kind == TG_STATE_POSTPONE) {
        o->postponed_from = from->from;
        o->postponed_to = from->cutoff;
        return;
    }
    if (from->kind == TG_STATE_RESUME) {
        o->resumed = from->since;
        return;
    }
    o->kind = from->kind == TG_STATE_SUSPEND ? TG_OVERRIDE_SUSPEND : TG_OVERRIDE_TRIAL;
    o->since = from->since;
    o->until = from->until;
}

static tg_override_set_t *set_of_overrides(apr_pool_t *pool, const tg_state_t *state)
{
    tg_override_set_t *set = tg_override_set_create(pool);
    int i;

    for (i = 0; i < state->overrides->nelts; i++) {
        add_override(set, &APR_ARRAY_IDX(state->overrides, i, tg_state_override_t));
    }
    return set;
}

static void add_trips(tg_override_set_t *set, const tg_state_t *state)
{
    int i;

    for (i = 0; state->trips && i < state->trips->nelts; i++) {
        const tg_state_trip_t *t = &APR_ARRAY_IDX(state->trips, i, const tg_state_trip_t);

        tg_override_stop(tg_override_of(set, t->schedule), t->trip.at, t->trip.until);
    }
}

const tg_guard_trip_t *tg_state_trip(const tg_state_t *state, const tg_override_set_t *set,
                                     const char *schedule, tg_instant_t t)
{
    const tg_override_t *o = tg_override_find(set, schedule);
    int i;

    for (i = 0; o && state->trips && i < state->trips->nelts; i++) {
        const tg_state_trip_t *trip = &APR_ARRAY_IDX(state->trips, i, const tg_state_trip_t);

        if (strcmp(trip->schedule, schedule) == 0 && trip->trip.at == o->stopped_at &&
            t < o->stopped_until) {
            return &trip->trip;
        }
    }
    return NULL;
}

tg_override_set_t *tg_state_set(apr_pool_t *pool, const tg_state_t *state)
{
    tg_override_set_t *set = set_of_overrides(pool, state);
    int i;

    add_trips(set, state);
    for (i = 0; i < state->exemptions->nelts; i++) {
        tg_override_exempt(set,
                           &APR_ARRAY_IDX(state->exemptions, i, tg_state_exemption_t).exemption);
    }
    return set;
}

int tg_state_image(apr_pool_t *scratch, const tg_state_t *state, void *memory, apr_size_t size)
{
    tg_override_set_t *set = set_of_overrides(scratch, state);
    apr_array_header_t *list =
        apr_array_make(scratch, state->exemptions->nelts, sizeof(const tg_exemption_t *));
    int i;

    for (i = 0; i < state->exemptions->nelts; i++) {
        const tg_state_exemption_t *e =
            &APR_ARRAY_IDX(state->exemptions, i, const tg_state_exemption_t);

        tg_override_heed(set, &e->exemption);
        APR_ARRAY_PUSH(list, const tg_exemption_t *) = &e->exemption;
    }
    return tg_override_image_write(scratch, set, list, memory, size);
}
