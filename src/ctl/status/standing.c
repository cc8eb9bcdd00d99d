/* Where a schedule stands: see standing.h. */
#include "standing.h"

#include "base/json.h"
#include "base/rows.h"
#include "ctl/base/running_plan.h"
#include "format/trip.h"
#include "tls/trait_words.h"

#include <apr_strings.h>
#include <string.h>

/* TlsGate lines with the same options, and what they do. */
typedef struct {
    tg_binding_t binding;
    tg_outcome_t outcome;
    json_t *places;
} group_t;

/* --- the groups --- */

static int is_same_binding(const tg_binding_t *a, const tg_binding_t *b)
{
    return a->has_as == b->has_as && (!a->has_as || a->as == b->as) &&
           a->report_only == b->report_only;
}

static group_t *group_of(apr_array_header_t *groups, const tg_binding_t *binding)
{
    group_t *group;
    int i;

    for (i = 0; i < groups->nelts; i++) {
        group = &APR_ARRAY_IDX(groups, i, group_t);
        if (is_same_binding(&group->binding, binding)) {
            return group;
        }
    }
    group = apr_array_push(groups);
    group->binding = *binding;
    group->places = json_array();
    return group;
}

/* Without options; otherwise one that follows the dates; otherwise any. */
static void put_main_first(apr_array_header_t *groups)
{
    group_t *first = &APR_ARRAY_IDX(groups, 0, group_t), swapped = *first;
    int best = -1, found = 0, i;

    for (i = 0; i < groups->nelts; i++) {
        const tg_binding_t *b = &APR_ARRAY_IDX(groups, i, group_t).binding;
        int rank = 2 * !b->has_as + !b->report_only;

        if (rank > best) {
            best = rank;
            found = i;
        }
    }
    *first = APR_ARRAY_IDX(groups, found, group_t);
    APR_ARRAY_IDX(groups, found, group_t) = swapped;
}

/* At least one: a schedule that nothing uses is taken as if something did. */
static apr_array_header_t *groups_of(apr_pool_t *pool, const tg_schedule_t *s,
                                     const tg_plan_t *plan, const tg_subject_t *subject)
{
    apr_array_header_t *groups = apr_array_make(pool, 2, sizeof(group_t));
    const tg_binding_t plain = { s, 0, TG_PHASE_OBSERVE, 0 };
    int i;

    for (i = 0; i < plan->uses->nelts; i++) {
        const tg_plan_use_t *use = &APR_ARRAY_IDX(plan->uses, i, tg_plan_use_t);

        if (strcmp(use->binding.schedule->name, s->name) == 0) {
            json_array_append_new(group_of(groups, &use->binding)->places,
                                  json_string(tg_ctl_running_plan_use(pool, use)));
        }
    }
    if (groups->nelts == 0) {
        group_of(groups, &plain);
    }
    put_main_first(groups);
    for (i = 0; i < groups->nelts; i++) {
        group_t *group = &APR_ARRAY_IDX(groups, i, group_t);

        group->outcome = tg_outcome_of(&group->binding, subject);
    }
    return groups;
}

/* --- the sentence --- */

static int status_over(const tg_schedule_t *s, tg_status_kind_t kind, tg_protocol_t protocol,
                       tg_traits_t trait)
{
    return tg_schedule_status(s, kind, protocol, trait | TG_TRAIT_PROTOCOL(protocol));
}

/* What a connection with one trait is answered; 0 if it depends on the version. */
static int status_of_trait(const tg_schedule_t *s, tg_status_kind_t kind, int bit)
{
    tg_traits_t trait = (tg_traits_t)1 << bit;
    int status;

    if (bit < TG_PROTOCOLS) {
        return status_over(s, kind, (tg_protocol_t)bit, trait);
    }
    status = status_over(s, kind, TG_PROTOCOL_TLS1_2, trait);
    return trait == TG_TRAIT_KX_CLASSICAL &&
                   status_over(s, kind, TG_PROTOCOL_TLS1_3, trait) != status
               ? 0
               : status;
}

/* The traits that have the same status as that one, which are taken from *left. */
static tg_traits_t take_same(const tg_schedule_t *s, tg_status_kind_t kind, int status,
                             tg_traits_t *left)
{
    tg_traits_t taken = 0;
    int bit;

    for (bit = 0; bit < 32; bit++) {
        if ((*left & (tg_traits_t)1 << bit) && status_of_trait(s, kind, bit) == status) {
            taken |= (tg_traits_t)1 << bit;
        }
    }
    *left &= ~taken;
    return taken;
}

static int lowest_bit(tg_traits_t set)
{
    int bit = 0;

    while (!(set & (tg_traits_t)1 << bit)) {
        bit++;
    }
    return bit;
}

/* The sentence, as it grows, and the status if it is the same for all. */
typedef struct {
    apr_pool_t *pool;
    const char *verb; /* `rejected`, `served` */
    const char *text;
    int status; /* 0: none, or several */
    int clauses;
} saying_t;

static void say_clause(saying_t *saying, tg_traits_t set, tg_words_of_t of, int status)
{
    int is_plural;
    const char *words = tg_trait_words(saying->pool, set, of, &is_plural);

    saying->text = apr_pstrcat(saying->pool, saying->text, saying->clauses ? ", " : "", words,
                               is_plural ? " are " : " is ", saying->verb,
                               status ? apr_psprintf(saying->pool, " with %d", status) : "", NULL);
    saying->status = saying->clauses && status != saying->status ? 0 : status;
    saying->clauses++;
}

/* Each trait with its status. */
static void say_rejected(saying_t *saying, const tg_schedule_t *s, tg_status_kind_t kind)
{
    const tg_traits_t any = TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_2);
    const tg_traits_t newest = TG_TRAIT_PROTOCOL(TG_PROTOCOL_NEWEST);
    tg_traits_t left = s->traits;

    if (left == TG_TRAIT_ANY) {
        say_clause(saying, left, TG_WORDS_TRAITS,
                   tg_schedule_status(s, kind, TG_PROTOCOL_TLS1_2, any));
        return;
    }
    while (left) {
        int status = status_of_trait(s, kind, lowest_bit(left));

        say_clause(saying, take_same(s, kind, status, &left), TG_WORDS_TRAITS, status);
    }
    if (s->has_expr) {
        say_clause(saying, 0, TG_WORDS_TRAITS_AND_EXPR,
                   tg_schedule_status(s, kind, TG_PROTOCOL_NEWEST, newest));
    }
}

/* `TLS 1.0 and 1.1 are rejected with 400`, and the status. */
static const char *say_outcome(apr_pool_t *pool, const tg_outcome_t *o, int *status)
{
    static const char *const enforced[] = { "served, without notice", "served", "rejected",
                                            "refused in the handshake" };
    static const char *const reported[] = { "served, without notice", "served",
                                            "logged as rejected, and served",
                                            "logged as refused, and served" };
    TG_ROWS_ARE(enforced, TG_ACTIONS);
    TG_ROWS_ARE(reported, TG_ACTIONS);
    const tg_schedule_t *s = o->binding->schedule;
    saying_t saying = { pool, o->enforced ? enforced[o->action] : reported[o->action], "", 0, 0 };

    if (o->enforced && o->action == TG_ACTION_REJECT) {
        say_rejected(&saying, s, o->phase == TG_PHASE_TRIAL ? TG_STATUS_TRIAL : TG_STATUS_CUTOFF);
    }
    else {
        say_clause(&saying, s->traits, s->has_expr ? TG_WORDS_TRAITS_AND_EXPR : TG_WORDS_TRAITS, 0);
    }
    *status = saying.status;
    return saying.text;
}

/* --- the document --- */

static json_t *next_document(const tg_outcome_t *o, const tg_subject_t *subject)
{
    tg_phase_t next;
    tg_instant_t change = tg_outcome_next_change(o, subject, &next);

    return change == TG_NEVER ? json_null()
                              : json_pack("{s:s, s:o}", "phase", tg_phase_name(next), "at",
                                          tg_json_instant(change));
}

const char *tg_ctl_by_hand(const tg_outcome_t *o)
{
    if (!o->override) {
        return NULL;
    }
    return o->by_hand == TG_OVERRIDE_NONE ? tg_state_kind_name(TG_STATE_POSTPONE)
                                          : tg_override_kind_name(o->by_hand);
}

/* For how many of the clients a trial by date is. */
static json_t *share_of_trial(const tg_outcome_t *o, tg_instant_t now)
{
    return o->phase == TG_PHASE_TRIAL && o->by_hand == TG_OVERRIDE_NONE && !o->binding->has_as
               ? json_integer(tg_phase_share(o->binding->schedule, o->override, now))
               : json_null();
}

static json_t *group_document(apr_pool_t *pool, const group_t *group)
{
    const tg_outcome_t *o = &group->outcome;
    int status;
    const char *says = say_outcome(pool, o, &status);

    return json_pack("{s:o, s:o, s:b, s:s, s:s, s:o}", "places", group->places, "as",
                     o->binding->has_as ? json_string(tg_phase_name(o->binding->as)) : json_null(),
                     "report_only", o->binding->report_only, "phase", tg_phase_name(o->phase),
                     "says", says, "status", status ? json_integer(status) : json_null());
}

static json_t *other_groups(apr_pool_t *pool, const apr_array_header_t *groups)
{
    json_t *list = json_array();
    int i;

    for (i = 1; i < groups->nelts; i++) {
        json_array_append_new(list, group_document(pool, &APR_ARRAY_IDX(groups, i, group_t)));
    }
    return list;
}

int tg_ctl_standing_exemptions(const tg_ctl_timed_t *timed)
{
    const apr_array_header_t *all = timed->state->exemptions;
    int i, n = 0;

    for (i = 0; i < all->nelts; i++) {
        const tg_exemption_t *e = &APR_ARRAY_IDX(all, i, tg_state_exemption_t).exemption;

        n += e->until > timed->now && strcmp(e->schedule, timed->schedule->name) == 0;
    }
    return n;
}

json_t *tg_ctl_standing(apr_pool_t *pool, const tg_ctl_timed_t *timed, const tg_plan_t *plan,
                        const tg_override_set_t *set)
{
    const tg_schedule_t *s = timed->schedule;
    const tg_subject_t subject = { .now = timed->now, .overrides = set, .handshake = 1 };
    apr_array_header_t *groups = groups_of(pool, s, plan, &subject);
    const group_t *group = &APR_ARRAY_IDX(groups, 0, group_t);
    const tg_outcome_t *o = &group->outcome;
    const tg_override_t *override = tg_override_find(set, s->name);
    json_t *root = group_document(pool, group), *traits = tg_plan_traits_json(s);
    const char *by_hand = tg_ctl_by_hand(o);
    int waits = tg_phase_refuse_waits(s, override, timed->now);

    json_object_set_new(root, "name", json_string(s->name));
    json_object_set_new(root, "since",
                        o->binding->has_as ? json_null()
                                           : tg_json_instant(tg_ctl_timeline_since(pool, timed)));
    json_object_set_new(root, "next", next_document(o, &subject));
    json_object_set(root, "deprecates", traits);
    json_object_set_new(root, "rejects",
                        tg_outcome_rejects(o) ? json_incref(traits) : json_array());
    json_object_set_new(root, "share_percent", share_of_trial(o, timed->now));
    json_object_set_new(root, "by_hand", tg_json_text(by_hand));
    json_object_set_new(root, "postponed_to",
                        by_hand && tg_phase_is_postponed(s, override)
                            ? tg_json_instant(override->postponed_to)
                            : json_null());
    json_object_set_new(root, "stopped",
                        tg_trip_json(tg_state_trip(timed->state, set, s->name, timed->now)));
    json_object_set_new(root, "refuse_waits_until",
                        waits ? tg_json_instant(override->refuse_waits_until) : json_null());
    json_object_set_new(root, "exemptions", json_integer(tg_ctl_standing_exemptions(timed)));
    json_object_set_new(root, "elsewhere", other_groups(pool, groups));
    json_decref(traits);
    return root;
}
