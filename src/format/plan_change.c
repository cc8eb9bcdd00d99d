/* What a new configuration changes at once: see plan_change.h. */
#include "plan_change.h"

#include "plan_scope.h"

#include "base/rows.h"
#include "tls/trait_words.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <string.h>

#define BINDING(bindings, i) APR_ARRAY_IDX(bindings, i, const tg_binding_t *)

#define LINE(plan, i) (&APR_ARRAY_IDX((plan)->lines, i, const tg_plan_scope_t))

/* One of the two plans. */
typedef struct {
    apr_pool_t *pool;
    const tg_plan_t *plan;
    apr_hash_t *lines; /* of tg_plan_scope_t, by the text of the place */
} side_t;

/* A server or <Location> of either plan. */
typedef struct {
    const char *text;
    const apr_array_header_t *before, *after; /* of const tg_binding_t * */
} compared_t;

typedef struct {
    apr_pool_t *pool;
    tg_plan_moment_t before, after; /* each with its own overrides */
    const char *schedule;           /* that is compared */
    apr_array_header_t *places;     /* of compared_t */
    apr_array_header_t *rows;
} comparison_t;

/** The requests that are rejected at an instant. */
typedef struct {
    tg_traits_t traits;
    int has_expr;
} rejected_t;

/* --- one line --- */

static const tg_binding_t *binding_of(const apr_array_header_t *bindings, const char *schedule)
{
    int i;

    for (i = 0; i < bindings->nelts; i++) {
        if (strcmp(BINDING(bindings, i)->schedule->name, schedule) == 0) {
            return BINDING(bindings, i);
        }
    }
    return NULL;
}

static const tg_override_t *override_of(const tg_binding_t *binding, const tg_plan_moment_t *moment)
{
    return tg_override_find(moment->overrides, binding->schedule->name);
}

static tg_phase_t bound_phase(const tg_binding_t *binding, const tg_plan_moment_t *moment)
{
    return binding->has_as ? binding->as
                           : tg_phase_at(binding->schedule, override_of(binding, moment),
                                         moment->now, TG_BUCKET_EVERYONE);
}

/* How many per cent of its clients it rejects. */
static int rejected_share(const tg_binding_t *binding, const tg_plan_moment_t *moment)
{
    if (!binding || binding->report_only || !tg_phase_rejects(bound_phase(binding, moment))) {
        return 0;
    }
    return binding->has_as
               ? 100
               : tg_phase_share(binding->schedule, override_of(binding, moment), moment->now);
}

/* `none`, `trial for 25% of the clients`, `as=cutoff`, `cutoff, report-only` */
static const char *phase_words(apr_pool_t *pool, const tg_binding_t *binding,
                               const tg_plan_moment_t *moment)
{
    int share = rejected_share(binding, moment);
    const char *words;

    if (!binding) {
        return "none";
    }
    words =
        apr_pstrcat(pool, binding->has_as ? "as=" : "", tg_phase_name(bound_phase(binding, moment)),
                    binding->report_only ? ", report-only" : "", NULL);
    return share > 0 && share < 100 ? apr_psprintf(pool, "%s for %d%% of the clients", words, share)
                                    : words;
}

/* --- all lines of a place --- */

/* What is rejected there for each of the clients in the share that @p own rejects. Other schedules
 * have other clients in their shares. */
static rejected_t rejected_anyway(const apr_array_header_t *bindings, const tg_binding_t *own,
                                  int wanted, const tg_plan_moment_t *moment)
{
    rejected_t all = { 0, 0 };
    int i;

    for (i = 0; i < bindings->nelts; i++) {
        const tg_binding_t *binding = BINDING(bindings, i);
        int is_same = strcmp(binding->schedule->name, own->schedule->name) == 0;
        int share = rejected_share(binding, moment);

        if (share == 100 || (is_same && share > 0 && share >= wanted)) {
            all.traits |= binding->schedule->traits;
            all.has_expr |= is_same && binding->schedule->has_expr;
        }
    }
    return all;
}

/* `TLS 1.0 and 1.1 are`: what @p own rejects at its moment and @p others do not at theirs; NULL:
 * nothing. */
static const char *words_beyond(apr_pool_t *pool, const tg_binding_t *own,
                                const tg_plan_moment_t *moment, const apr_array_header_t *others,
                                const tg_plan_moment_t *theirs)
{
    int share = rejected_share(own, moment);
    rejected_t anyway;
    tg_traits_t traits;
    int has_expr, is_plural;
    const char *words;

    if (share == 0) {
        return NULL;
    }
    anyway = rejected_anyway(others, own, share, theirs);
    if (anyway.traits == TG_TRAIT_ANY) {
        return NULL;
    }
    traits = own->schedule->traits == TG_TRAIT_ANY ? TG_TRAIT_ANY
                                                   : own->schedule->traits & ~anyway.traits;
    has_expr = own->schedule->has_expr && !anyway.has_expr;
    if (!traits && !has_expr) {
        return NULL;
    }
    words = tg_trait_words(pool, traits, has_expr ? TG_WORDS_TRAITS_AND_EXPR : TG_WORDS_TRAITS,
                           &is_plural);
    return apr_pstrcat(pool, words, is_plural ? " are" : " is", NULL);
}

/* --- one schedule at one place --- */

static int is_same_line(const tg_binding_t *a, const tg_binding_t *b)
{
    return a && b && a->has_as == b->has_as && a->as == b->as && a->report_only == b->report_only;
}

/* 1 with the row filled, but for its places. */
static int compare_at(const comparison_t *c, const compared_t *place, tg_plan_change_row_t *row)
{
    static const char *const change_ends[] = { " rejected at once", " served again" };
    TG_ROWS_ARE(change_ends, TG_PLAN_CHANGES);
    const tg_binding_t *before = binding_of(place->before, c->schedule);
    const tg_binding_t *after = binding_of(place->after, c->schedule);
    const char *more = words_beyond(c->pool, after, &c->after, place->before, &c->before);
    const char *fewer = words_beyond(c->pool, before, &c->before, place->after, &c->after);
    const char *from, *to;

    if (!more && !fewer) {
        return 0;
    }
    from = phase_words(c->pool, before, &c->before);
    to = phase_words(c->pool, after, &c->after);
    row->schedule = c->schedule;
    row->change = more ? TG_PLAN_CHANGE_REJECTS : TG_PLAN_CHANGE_SERVES;
    row->by_guard = more && !words_beyond(c->pool, after, &c->before, place->before, &c->before);
    row->by_lines = !is_same_line(before, after);
    row->text =
        apr_pstrcat(c->pool, strcmp(from, to) != 0 ? apr_pstrcat(c->pool, from, " -> ", NULL) : "",
                    to, ": ", more ? more : fewer, change_ends[row->change], NULL);
    return 1;
}

/* --- all of them --- */

static void add_changed(comparison_t *c, const tg_plan_change_row_t *row, const char *place)
{
    int i;

    for (i = 0; i < c->rows->nelts; i++) {
        tg_plan_change_row_t *other = &APR_ARRAY_IDX(c->rows, i, tg_plan_change_row_t);

        if (other->schedule == row->schedule && strcmp(other->text, row->text) == 0) {
            APR_ARRAY_PUSH(other->places, const char *) = place;
            other->by_lines |= row->by_lines;
            return;
        }
    }
    APR_ARRAY_PUSH(c->rows, tg_plan_change_row_t) = *row;
    APR_ARRAY_IDX(c->rows, i, tg_plan_change_row_t).places =
        apr_array_make(c->pool, 2, sizeof(const char *));
    APR_ARRAY_PUSH(APR_ARRAY_IDX(c->rows, i, tg_plan_change_row_t).places, const char *) = place;
}

static void compare_everywhere(comparison_t *c, const char *schedule)
{
    int i, named = 0, first = c->rows->nelts;

    c->schedule = schedule;
    for (i = 0; i < c->places->nelts; i++) {
        const compared_t *place = &APR_ARRAY_IDX(c->places, i, compared_t);
        tg_plan_change_row_t row = { 0 };

        named += binding_of(place->before, schedule) || binding_of(place->after, schedule);
        if (compare_at(c, place, &row)) {
            add_changed(c, &row, place->text);
        }
    }
    for (i = first; i < c->rows->nelts; i++) {
        tg_plan_change_row_t *row = &APR_ARRAY_IDX(c->rows, i, tg_plan_change_row_t);

        row->is_everywhere = !row->by_lines && row->places->nelts == named;
    }
}

/* The lines of a plan by the text of their place; the last one counts. */
static apr_hash_t *index_lines(apr_pool_t *pool, const tg_plan_t *plan)
{
    apr_hash_t *index = apr_hash_make(pool);
    int i;

    for (i = 0; i < plan->lines->nelts; i++) {
        const tg_plan_scope_t *line = LINE(plan, i);

        apr_hash_set(index, tg_plan_scope_text(pool, line), APR_HASH_KEY_STRING, line);
    }
    return index;
}

/* A place without a line in a plan is within another place. */
static const apr_array_header_t *bindings_at(const side_t *side, const tg_plan_scope_t *place,
                                             const char *text)
{
    const tg_plan_scope_t *scope = apr_hash_get(side->lines, text, APR_HASH_KEY_STRING);

    if (!scope) {
        scope =
            tg_plan_scope_at(side->plan, place->server, place->is_regex ? NULL : place->location);
    }
    return scope ? scope->bindings : apr_array_make(side->pool, 1, sizeof(const tg_binding_t *));
}

/* Adds the places of @p side, without those of @p done. */
static void add_places(comparison_t *c, const side_t *side, const side_t *done,
                       const side_t *running, const side_t *next)
{
    int i;

    for (i = 0; i < side->plan->lines->nelts; i++) {
        const tg_plan_scope_t *line = LINE(side->plan, i);
        const char *text = tg_plan_scope_text(c->pool, line);

        if (apr_hash_get(side->lines, text, APR_HASH_KEY_STRING) == line &&
            !(done && apr_hash_get(done->lines, text, APR_HASH_KEY_STRING))) {
            APR_ARRAY_PUSH(c->places, compared_t) =
                (compared_t){ text, bindings_at(running, line, text),
                              bindings_at(next, line, text) };
        }
    }
}

apr_array_header_t *tg_plan_changes(apr_pool_t *pool, const tg_plan_t *running,
                                    const tg_plan_t *next, const tg_plan_moment_t *moment)
{
    const side_t before = { pool, running, index_lines(pool, running) };
    const side_t after = { pool, next, index_lines(pool, next) };
    comparison_t c = { .pool = pool,
                       .before = { moment->now, moment->overrides, NULL },
                       .after = { moment->now, moment->kept, NULL },
                       .places = apr_array_make(pool, 8, sizeof(compared_t)),
                       .rows = apr_array_make(pool, 2, sizeof(tg_plan_change_row_t)) };
    int i;

    add_places(&c, &after, NULL, &before, &after);
    add_places(&c, &before, &after, &before, &after);
    for (i = 0; i < next->schedules->nelts; i++) {
        compare_everywhere(&c, APR_ARRAY_IDX(next->schedules, i, const tg_schedule_t *)->name);
    }
    for (i = 0; i < running->schedules->nelts; i++) {
        const tg_schedule_t *s = APR_ARRAY_IDX(running->schedules, i, const tg_schedule_t *);

        if (!tg_plan_schedule(next, s->name)) {
            compare_everywhere(&c, s->name);
        }
    }
    return c.rows;
}
