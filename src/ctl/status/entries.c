/* The entries of documents: see entries.h. */
#include "entries.h"

#include "base/json.h"
#include "base/rows.h"
#include "ctl/base/document.h"
#include "ctl/base/problems.h"
#include "term/when.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#define OVERRIDE(state, i) (&APR_ARRAY_IDX((state)->overrides, i, tg_state_override_t))
#define EXEMPTION(state, i) (&APR_ARRAY_IDX((state)->exemptions, i, tg_state_exemption_t))

/* While they are sorted. Exemptions are collected first: which of them are listed is known at the
 * end. */
typedef struct {
    apr_pool_t *pool;
    const tg_ctl_unsorted_t *from;
    apr_array_header_t *problems;
    const tg_override_set_t *set; /* of what is held */
    tg_ctl_sorted_t to;
    apr_array_header_t *in_force, *not_in_force, *over, *idle; /* of tg_state_exemption_t * */
    apr_hash_t *unknown; /* how many exemptions, by the schedule that does not exist */
} sorting_t;

/* --- as objects --- */

static json_t *override_object(const tg_state_override_t *o, const char *why)
{
    json_t *object = tg_state_override_json(o);

    if (o->kind == TG_STATE_POSTPONE || o->kind == TG_STATE_RESUME) {
        json_object_set_new(object, "until", tg_json_instant(tg_state_override_end(o)));
    }
    if (why) {
        json_object_set_new(object, "why", json_string(why));
    }
    return object;
}

static json_t *exemption_object(const tg_state_exemption_t *e, const char *why)
{
    json_t *object = tg_state_exemption_json(e);

    json_object_set_new(object, "kind", json_string("exempt"));
    if (why) {
        json_object_set_new(object, "why", json_string(why));
    }
    return object;
}

/* --- why one does nothing --- */

#define NO_SCHEDULE "the schedule no longer exists"

static const char *idle_reason(const tg_plan_t *plan, const tg_state_override_t *o)
{
    const tg_schedule_t *s = plan ? tg_plan_schedule(plan, o->schedule) : NULL;

    if (!plan || o->kind == TG_STATE_RESUME) { /* which was done when it was made */
        return NULL;
    }
    if (!s) {
        return NO_SCHEDULE;
    }
    return tg_state_override_is_void(o, s) ? "the configured cutoff has changed" : NULL;
}

/* A trial by hand that TlsGateGuard stopped continues if the stop is lifted, so it is no
 * mistake. */
static const char *stopped_reason(const sorting_t *s, const tg_state_override_t *o)
{
    tg_instant_t at = tg_state_override_stopped(o, s->set, s->from->now);

    return at == TG_ALWAYS ? NULL
                           : apr_pstrcat(s->pool, "TlsGateGuard stopped it at ",
                                         tg_term_when(s->pool, at, s->from->now), NULL);
}

static void add_idle(sorting_t *s, const char *text, const char *reason)
{
    tg_ctl_problem_add(s->problems, TG_CTL_PROBLEM_IDLE,
                       apr_pstrcat(s->pool, text, ": it has no effect: ", reason, NULL), NULL);
}

static void sort_override(sorting_t *s, const tg_state_override_t *o)
{
    const char *reason = idle_reason(s->from->plan, o);
    const char *stopped = reason ? NULL : stopped_reason(s, o);
    json_t *object = override_object(o, reason ? reason : stopped);

    if (stopped) {
        json_array_append_new(s->to.not_in_force.list, object);
    }
    else if (reason) {
        json_array_append_new(s->to.not_in_force.list, object);
        add_idle(s,
                 apr_pstrcat(s->pool, o->schedule, ": ",
                             tg_ctl_entry_text(s->pool, object, s->from->now), NULL),
                 reason);
    }
    else {
        json_array_append_new(tg_state_override_end(o) > s->from->now ? s->to.in_force.list
                                                                      : s->to.over.list,
                              object);
    }
}

static void sort_exemption(sorting_t *s, const tg_state_exemption_t *e)
{
    const char *schedule = e->exemption.schedule;
    apr_array_header_t *list = e->exemption.until > s->from->now ? s->in_force : s->over;

    if (s->from->plan && !tg_plan_schedule(s->from->plan, schedule)) {
        int *count = apr_hash_get(s->unknown, schedule, APR_HASH_KEY_STRING);

        if (!count) {
            count = apr_pcalloc(s->pool, sizeof(*count));
            apr_hash_set(s->unknown, schedule, APR_HASH_KEY_STRING, count);
        }
        ++*count;
        list = s->idle;
    }
    APR_ARRAY_PUSH(list, const tg_state_exemption_t *) = e;
}

/* --- what is written and not held --- */

/* An entry as text, to compare entries of two documents. */
static const char *entry_key(apr_pool_t *pool, json_t *object)
{
    return tg_json_print(pool, object, JSON_COMPACT | JSON_SORT_KEYS);
}

static apr_hash_t *held_keys(apr_pool_t *pool, const tg_state_t *held)
{
    apr_hash_t *keys = apr_hash_make(pool);
    int i;

    for (i = 0; i < held->overrides->nelts; i++) {
        apr_hash_set(keys, entry_key(pool, override_object(OVERRIDE(held, i), NULL)),
                     APR_HASH_KEY_STRING, keys);
    }
    for (i = 0; i < held->exemptions->nelts; i++) {
        apr_hash_set(keys, entry_key(pool, exemption_object(EXEMPTION(held, i), NULL)),
                     APR_HASH_KEY_STRING, keys);
    }
    return keys;
}

/* Those that have ended are of no interest. */
static void sort_written(sorting_t *s, const tg_state_t *written)
{
    apr_hash_t *held = held_keys(s->pool, s->from->held);
    int i;

    for (i = 0; i < written->overrides->nelts; i++) {
        const tg_state_override_t *o = OVERRIDE(written, i);
        const char *key = entry_key(s->pool, override_object(o, NULL));

        if (tg_state_override_end(o) > s->from->now &&
            !apr_hash_get(held, key, APR_HASH_KEY_STRING)) {
            json_array_append_new(s->to.not_in_force.list, override_object(o, s->from->why));
        }
    }
    for (i = 0; i < written->exemptions->nelts; i++) {
        const tg_state_exemption_t *e = EXEMPTION(written, i);
        const char *key = entry_key(s->pool, exemption_object(e, NULL));

        if (e->exemption.until > s->from->now && !apr_hash_get(held, key, APR_HASH_KEY_STRING)) {
            APR_ARRAY_PUSH(s->not_in_force, const tg_state_exemption_t *) = e;
        }
    }
}

/* --- the lists --- */

static int compare_ends(const void *a, const void *b)
{
    const tg_state_exemption_t *x = *(const tg_state_exemption_t *const *)a;
    const tg_state_exemption_t *y = *(const tg_state_exemption_t *const *)b;

    return (x->exemption.until > y->exemption.until) - (x->exemption.until < y->exemption.until);
}

static void list_soonest(apr_array_header_t *from, tg_ctl_entries_t *to, const char *why)
{
    int i;

    qsort(from->elts, (size_t)from->nelts, sizeof(const tg_state_exemption_t *), compare_ends);
    for (i = 0; i < from->nelts && i < TG_CTL_ENTRIES_EXEMPTIONS; i++) {
        json_array_append_new(
            to->list, exemption_object(APR_ARRAY_IDX(from, i, const tg_state_exemption_t *), why));
    }
    to->left_out += from->nelts - i;
}

static void add_unknown(sorting_t *s)
{
    apr_hash_index_t *i;

    for (i = apr_hash_first(s->pool, s->unknown); i; i = apr_hash_next(i)) {
        int count = *(const int *)apr_hash_this_val(i);
        const char *name = apr_hash_this_key(i);

        add_idle(s, apr_psprintf(s->pool, "%s: %d exemption%s", name, count, count == 1 ? "" : "s"),
                 NO_SCHEDULE);
    }
}

static void sort_held(sorting_t *s, const tg_state_t *held)
{
    int i;

    for (i = 0; i < held->overrides->nelts; i++) {
        sort_override(s, OVERRIDE(held, i));
    }
    for (i = 0; i < held->exemptions->nelts; i++) {
        sort_exemption(s, EXEMPTION(held, i));
    }
    add_unknown(s);
}

/* What would be in force is not: the reason is the same for all of it. */
static void move_to_come(tg_ctl_sorted_t *sorted, const char *why)
{
    json_t *entry;
    size_t i;

    json_array_foreach (sorted->in_force.list, i, entry) {
        json_object_set_new(entry, "why", tg_json_text(why));
    }
    json_array_extend(sorted->in_force.list, sorted->not_in_force.list);
    json_array_clear(sorted->not_in_force.list);
    json_array_extend(sorted->not_in_force.list, sorted->in_force.list);
    json_array_clear(sorted->in_force.list);
    sorted->not_in_force.left_out += sorted->in_force.left_out;
    sorted->in_force.left_out = 0;
}

tg_ctl_sorted_t tg_ctl_entries_sort(apr_pool_t *pool, const tg_ctl_unsorted_t *unsorted,
                                    apr_array_header_t *problems)
{
    const size_t size = sizeof(const tg_state_exemption_t *);
    sorting_t s = { .pool = pool, .from = unsorted, .problems = problems };

    s.set = tg_state_set(pool, unsorted->held);
    s.to = (tg_ctl_sorted_t){ { json_array(), 0 }, { json_array(), 0 }, { json_array(), 0 } };
    s.in_force = apr_array_make(pool, 4, (int)size);
    s.not_in_force = apr_array_make(pool, 4, (int)size);
    s.over = apr_array_make(pool, 4, (int)size);
    s.idle = apr_array_make(pool, 4, (int)size);
    s.unknown = apr_hash_make(pool);
    sort_held(&s, unsorted->held);
    if (unsorted->why) {
        sort_written(&s, unsorted->written);
    }
    list_soonest(s.in_force, &s.to.in_force, NULL);
    list_soonest(s.idle, &s.to.not_in_force, NO_SCHEDULE);
    list_soonest(s.not_in_force, &s.to.not_in_force, unsorted->why);
    list_soonest(s.over, &s.to.over, NULL);
    if (unsorted->is_next) {
        move_to_come(&s.to, unsorted->why);
    }
    return s.to;
}

/* --- as text --- */

/* Before the instant, of one that is to end and of one that has ended. */
static const char *override_words(const char *kind, int is_over)
{
    static const char *const words[][2] = {
        { "suspended until ", "suspension ended at " },
        { "trial by hand until ", "trial by hand ended at " },
        { "cutoff postponed to ", "the postponed cutoff came at " },
        { "the stop by TlsGateGuard was lifted at ", "" }, /* which is done at once */
    };
    TG_ROWS_ARE(words, TG_STATE_KINDS);
    tg_state_kind_t of = tg_state_kind_parse(kind);

    return of == TG_STATE_KINDS ? "" : words[of][is_over];
}

static const char *exemption_words(apr_pool_t *pool, const char *client, int is_over)
{
    return is_over ? apr_pstrcat(pool, "exemption of ", client, " ended at ", NULL)
                   : apr_pstrcat(pool, client, " is exempt until ", NULL);
}

const char *tg_ctl_entry_text(apr_pool_t *pool, const json_t *entry, tg_instant_t now)
{
    const char *kind = tg_ctl_document_text(entry, "kind", "");
    const tg_instant_t until = tg_ctl_document_instant(entry, "until", TG_NEVER);
    const char *client =
        tg_ctl_document_text(entry, "client", tg_ctl_document_text(entry, "network", NULL));
    const char *owner = tg_ctl_document_text(entry, "owner", NULL);
    int is_over = until <= now && tg_state_kind_parse(kind) != TG_STATE_RESUME;

    return apr_pstrcat(
        pool, client ? exemption_words(pool, client, is_over) : override_words(kind, is_over),
        tg_term_when_far(pool, until, now),
        owner     ? ", owner "
        : is_over ? ", made by "
                  : ", by ",
        owner ? owner : tg_ctl_document_text(entry, "by", ""), ": ",
        tg_ctl_document_text(entry, "reason", ""), NULL);
}
