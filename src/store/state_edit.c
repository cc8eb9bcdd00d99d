/* Edits: see state_edit.h. */
#include "state_edit.h"

#include "base/json.h"
#include "base/rows.h"

#include <string.h>

#define OVERRIDE(state, i) (&APR_ARRAY_IDX((state)->overrides, i, tg_state_override_t))
#define EXEMPTION(state, i) (&APR_ARRAY_IDX((state)->exemptions, i, tg_state_exemption_t))

apr_array_header_t *tg_state_edit_list(apr_pool_t *pool)
{
    return apr_array_make(pool, 2, sizeof(tg_state_edit_t));
}

void tg_state_edit_note(apr_array_header_t *edits, const char *schedule, json_t *from, json_t *to)
{
    tg_state_edit_t *edit = apr_array_push(edits);

    edit->schedule = schedule;
    edit->from = tg_json_keep(edits->pool, from);
    edit->to = tg_json_keep(edits->pool, to);
}

static void remove_at(apr_array_header_t *list, int index)
{
    char *at = list->elts + (size_t)index * (size_t)list->elt_size;

    list->nelts--;
    memmove(at, at + list->elt_size, (size_t)(list->nelts - index) * (size_t)list->elt_size);
}

/* Removes an override and returns it as it was, or NULL. */
static json_t *take_override(tg_state_t *state, const char *schedule, unsigned which)
{
    tg_state_override_t *found = tg_state_find(state, schedule, which);
    json_t *was = found ? tg_state_override_json(found) : NULL;

    if (found) {
        remove_at(state->overrides, (int)(found - OVERRIDE(state, 0)));
    }
    return was;
}

void tg_state_edit_put_override(apr_array_header_t *edits, tg_state_t *state,
                                const tg_state_override_t *entry)
{
    json_t *was = take_override(state, entry->schedule, tg_state_rivals(entry->kind));

    APR_ARRAY_PUSH(state->overrides, tg_state_override_t) = *entry;
    tg_state_edit_note(edits, entry->schedule, was, tg_state_override_json(entry));
}

int tg_state_edit_drop_override(apr_array_header_t *edits, tg_state_t *state, const char *schedule,
                                unsigned which)
{
    json_t *was = take_override(state, schedule, which);

    if (was) {
        tg_state_edit_note(edits, schedule, was, NULL);
    }
    return was != NULL;
}

void tg_state_edit_forget(apr_array_header_t *edits, const char *schedule)
{
    tg_state_edit_note(edits, schedule, NULL, NULL);
}

static int is_same_or_null(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* The index of the first such exemption, or -1. */
static int find_exemption(const tg_state_t *state, const char *schedule, const char *client,
                          const char *network)
{
    int i;

    for (i = 0; i < state->exemptions->nelts; i++) {
        const tg_state_exemption_t *e = EXEMPTION(state, i);

        if (strcmp(e->exemption.schedule, schedule) == 0 &&
            is_same_or_null(e->exemption.client, client) && is_same_or_null(e->network, network)) {
            return i;
        }
    }
    return -1;
}

/* Removes the first such exemption and returns it as it was, or NULL. */
static json_t *take_exemption(tg_state_t *state, const char *schedule, const char *client,
                              const char *network)
{
    int i = find_exemption(state, schedule, client, network);
    json_t *was;

    if (i < 0) {
        return NULL;
    }
    was = tg_state_exemption_json(EXEMPTION(state, i));
    remove_at(state->exemptions, i);
    return was;
}

void tg_state_edit_put_exemption(apr_array_header_t *edits, tg_state_t *state,
                                 const tg_state_exemption_t *entry)
{
    const char *client = entry->network ? NULL : entry->exemption.client;
    const char *schedule = entry->exemption.schedule;
    json_t *was = take_exemption(state, schedule, client, entry->network);

    tg_state_edit_drop_exemption(edits, state, schedule, client, entry->network);
    APR_ARRAY_PUSH(state->exemptions, tg_state_exemption_t) = *entry;
    tg_state_edit_note(edits, schedule, was, tg_state_exemption_json(entry));
}

int tg_state_edit_drop_exemption(apr_array_header_t *edits, tg_state_t *state, const char *schedule,
                                 const char *client, const char *network)
{
    json_t *was;
    int found = 0;

    while ((was = take_exemption(state, schedule, client, network)) != NULL) {
        tg_state_edit_note(edits, schedule, was, NULL);
        found = 1;
    }
    return found;
}

/* --- what an audit log has --- */

static const char *member_text(const json_t *entry, const char *member)
{
    return json_string_value(json_object_get(entry, member));
}

/* A schedule has one of suspend and trial, and one of each other kind. */
static int is_same_slot(const char *kind, const char *other)
{
    tg_state_kind_t a = tg_state_kind_parse(kind), b = tg_state_kind_parse(other);

    return a < TG_STATE_KINDS && b < TG_STATE_KINDS && tg_state_rivals(a) == tg_state_rivals(b);
}

int tg_state_edit_is_same_place(const json_t *a, const json_t *b)
{
    static const char *const members[] = { "schedule", "client", "network" };
    const char *kind = member_text(a, "kind"), *other = member_text(b, "kind");
    size_t i;

    if (!kind != !other || (kind && !is_same_slot(kind, other))) {
        return 0;
    }
    for (i = 0; i < TG_ROWS(members); i++) {
        if (!is_same_or_null(member_text(a, members[i]), member_text(b, members[i]))) {
            return 0;
        }
    }
    return 1;
}

/* The one entry, as a document that has nothing else. */
static int read_entry_json(apr_pool_t *pool, const json_t *entry, tg_state_t *out,
                           tg_fault_t *fault)
{
    int is_override = json_object_get(entry, "kind") != NULL;
    const char *text = tg_json_print(pool,
                                     json_pack("{s:i, s:[O*], s:[O*]}", "version", TG_STATE_VERSION,
                                               "overrides", is_override ? entry : NULL,
                                               "exemptions", is_override ? NULL : entry),
                                     JSON_COMPACT);

    return tg_state_parse(pool, text, strlen(text), out, fault);
}

/* The place of an entry for the same purpose, in that state; NULL: none. */
static tg_state_override_t *same_override(const tg_state_t *state, const tg_state_t *one)
{
    const tg_state_override_t *entry = one->overrides->nelts ? OVERRIDE(one, 0) : NULL;

    return entry ? tg_state_find(state, entry->schedule, tg_state_rivals(entry->kind)) : NULL;
}

static const tg_state_exemption_t *same_exemption(const tg_state_t *state, const tg_state_t *one)
{
    const tg_state_exemption_t *e = one->exemptions->nelts ? EXEMPTION(one, 0) : NULL;
    int i = e ? find_exemption(state, e->exemption.schedule, e->exemption.client, e->network) : -1;

    return i < 0 ? NULL : EXEMPTION(state, i);
}

json_t *tg_state_edit_current(const apr_array_header_t *edits, const tg_state_t *state,
                              const json_t *entry)
{
    const tg_state_exemption_t *exemption;
    const tg_state_override_t *override;
    tg_fault_t ignored;
    tg_state_t one;

    if (!read_entry_json(edits->pool, entry, &one, &ignored)) {
        return NULL;
    }
    override = same_override(state, &one);
    exemption = same_exemption(state, &one);
    return tg_json_keep(edits->pool, override    ? tg_state_override_json(override)
                                     : exemption ? tg_state_exemption_json(exemption)
                                                 : NULL);
}

static void take_entry(tg_state_t *state, const tg_state_t *one)
{
    const tg_state_override_t *override = same_override(state, one);
    const tg_state_exemption_t *exemption = same_exemption(state, one);

    if (override) {
        remove_at(state->overrides, (int)(override - OVERRIDE(state, 0)));
    }
    if (exemption) {
        remove_at(state->exemptions, (int)(exemption - EXEMPTION(state, 0)));
    }
}

int tg_state_edit_revert(apr_array_header_t *edits, tg_state_t *state, const tg_state_edit_t *edit,
                         tg_fault_t *fault)
{
    tg_state_t was = tg_state_empty(edits->pool), is = was;

    if ((edit->from && !read_entry_json(edits->pool, edit->from, &was, fault)) ||
        (edit->to && !read_entry_json(edits->pool, edit->to, &is, fault))) {
        return 0;
    }
    if (edit->to) {
        take_entry(state, &is);
    }
    if (edit->from) {
        apr_array_cat(state->overrides, was.overrides);
        apr_array_cat(state->exemptions, was.exemptions);
    }
    tg_state_edit_note(edits, edit->schedule, json_incref(edit->to), json_incref(edit->from));
    return 1;
}

int tg_state_edit_is_same(const apr_array_header_t *a, const apr_array_header_t *b)
{
    int i;

    for (i = 0; i < a->nelts && i < b->nelts; i++) {
        const tg_state_edit_t *x = &APR_ARRAY_IDX(a, i, tg_state_edit_t);
        const tg_state_edit_t *y = &APR_ARRAY_IDX(b, i, tg_state_edit_t);

        if (strcmp(x->schedule, y->schedule) != 0 || !x->from != !y->from || !x->to != !y->to ||
            (x->from && !json_equal(x->from, y->from)) || (x->to && !json_equal(x->to, y->to))) {
            return 0;
        }
    }
    return a->nelts == b->nelts;
}

tg_state_t tg_state_edit_copy(apr_pool_t *pool, const tg_state_t *state)
{
    tg_state_t copy = { state->schema, apr_array_copy(pool, state->overrides),
                        apr_array_copy(pool, state->exemptions), state->trips, state->stops };

    return copy;
}
