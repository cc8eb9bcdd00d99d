/* The state document: see state.h. */
#include "state.h"

#include "base/json.h"
#include "base/json_read.h"
#include "base/rows.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#define FIX "write it with tlsgatectl, or as docs/state.schema.json says"

static const char *const kinds[] = { "suspend", "trial", "postpone" };
TG_ROWS_ARE(kinds, TG_STATE_KINDS);

const char *tg_state_kind_name(tg_state_kind_t kind)
{
    return kinds[kind];
}

unsigned tg_state_rivals(tg_state_kind_t kind)
{
    return kind == TG_STATE_POSTPONE ? TG_STATE_POSTPONED : TG_STATE_TIMED;
}

static int read_bounded_text(const tg_json_reader_t *r, const char *member, const char **out)
{
    return tg_json_read_text(r, member, out) &&
           ((**out != '\0' && strlen(*out) <= TG_STATE_TEXT_MAX) ||
            tg_json_wrong(r, member, "it is empty or too long"));
}

/* --- overrides --- */

static int read_kind(const tg_json_reader_t *r, tg_state_kind_t *out)
{
    const char *text;
    int kind = 0;

    if (!read_bounded_text(r, "kind", &text)) {
        return 0;
    }
    while (kind < TG_STATE_KINDS && strcmp(kinds[kind], text) != 0) {
        kind++;
    }
    *out = (tg_state_kind_t)kind;
    return kind < TG_STATE_KINDS || tg_json_wrong(r, "kind", "use suspend, trial or postpone");
}

static int read_end(const tg_json_reader_t *r, tg_state_override_t *o)
{
    static const char *const timed[] = {
        "schedule", "kind", "until", "reason", "by", "since", NULL
    };
    static const char *const postponed[] = { "schedule", "kind", "from",  "cutoff",
                                             "reason",   "by",   "since", NULL };

    if (o->kind != TG_STATE_POSTPONE) {
        return tg_json_has_only(r, timed) && tg_json_read_instant(r, "until", &o->until);
    }
    if (!tg_json_has_only(r, postponed) || !tg_json_read_instant(r, "from", &o->from) ||
        !tg_json_read_instant(r, "cutoff", &o->cutoff)) {
        return 0;
    }
    return o->cutoff > o->from ||
           tg_json_wrong(r, "cutoff", "it is not after the cutoff it replaces");
}

static int read_override(const tg_json_reader_t *r, void *into)
{
    tg_state_t *state = into;
    tg_state_override_t o = { NULL, TG_STATE_KINDS, TG_NEVER, TG_NEVER, TG_NEVER, NULL, NULL, 0 };

    if (!read_bounded_text(r, "schedule", &o.schedule) || !read_kind(r, &o.kind) ||
        !read_end(r, &o) || !read_bounded_text(r, "reason", &o.reason) ||
        !read_bounded_text(r, "by", &o.by) || !tg_json_read_instant(r, "since", &o.since)) {
        return 0;
    }
    if (tg_state_find(state, o.schedule, tg_state_rivals(o.kind))) {
        return tg_json_wrong(r, "kind",
                             "the schedule has one of suspend and trial, or a postpone, already");
    }
    APR_ARRAY_PUSH(state->overrides, tg_state_override_t) = o;
    return 1;
}

/* --- exemptions --- */

/* ADDRESS, or ADDRESS/BITS. */
static int read_network(const tg_json_reader_t *r, tg_state_exemption_t *e)
{
    tg_network_t network;

    if (!read_bounded_text(r, "network", &e->network)) {
        return 0;
    }
    switch (tg_network_parse(e->network, &network)) {
    case TG_NETWORK_NONE:
        return tg_json_wrong(r, "network", "write an address, or a network such as 192.0.2.0/24");
    case TG_NETWORK_MAPPED:
        return tg_json_wrong(r, "network", "it cannot be used");
    case TG_NETWORK_USABLE:
        break;
    }
    e->exemption.network = apr_pmemdup(r->pool, &network, sizeof(network));
    return 1;
}

static int read_exemption(const tg_json_reader_t *r, void *into)
{
    tg_state_t *state = into;
    static const char *const members[] = { "schedule", "client", "network", "until", "owner",
                                           "reason",   "by",     "since",   NULL };
    int is_network = json_object_get(r->object, "network") != NULL;
    tg_state_exemption_t e = { { 0 }, NULL, NULL, 0 };

    if (!tg_json_has_only(r, members) || !read_bounded_text(r, "schedule", &e.exemption.schedule)) {
        return 0;
    }
    if (is_network && json_object_get(r->object, "client")) {
        return tg_json_wrong(r, "client", "there is a network as well");
    }
    if (!(is_network ? read_network(r, &e) : read_bounded_text(r, "client", &e.exemption.client)) ||
        !tg_json_read_instant(r, "until", &e.exemption.until) ||
        !read_bounded_text(r, "owner", &e.exemption.owner) ||
        !read_bounded_text(r, "reason", &e.exemption.reason) ||
        !read_bounded_text(r, "by", &e.by) || !tg_json_read_instant(r, "since", &e.since)) {
        return 0;
    }
    APR_ARRAY_PUSH(state->exemptions, tg_state_exemption_t) = e;
    return 1;
}

/* --- the document --- */

static int read_entries(const tg_json_reader_t *r, const char *list, tg_json_read_t *read_entry,
                        tg_state_t *state)
{
    if (json_array_size(json_object_get(r->object, list)) > TG_STATE_ENTRIES_MAX) {
        return tg_fault_set(r->fault, "remove the entries that have ended",
                            "%s: it has more than %d entries", list, TG_STATE_ENTRIES_MAX);
    }
    return tg_json_read_list(r, list, read_entry, state);
}

static int read_state_document(const tg_json_reader_t *r, void *into)
{
    static const char *const members[] = { "version", "overrides", "exemptions", NULL };
    tg_state_t *state = into;

    return tg_json_has_version(r, TG_STATE_VERSION) && tg_json_has_exactly(r, members) &&
           read_entries(r, "overrides", read_override, state) &&
           read_entries(r, "exemptions", read_exemption, state);
}

tg_state_t tg_state_empty(apr_pool_t *pool)
{
    tg_state_t state = { apr_array_make(pool, 2, sizeof(tg_state_override_t)),
                         apr_array_make(pool, 2, sizeof(tg_state_exemption_t)) };

    return state;
}

int tg_state_parse(apr_pool_t *pool, const char *text, apr_size_t length, tg_state_t *out,
                   tg_fault_t *fault)
{
    *out = tg_state_empty(pool);
    return tg_json_read(pool, text, length, TG_STATE_MAX, FIX, read_state_document, out, fault);
}

json_t *tg_state_override_json(const tg_state_override_t *o)
{
    json_t *object = json_pack("{s:s, s:s}", "schedule", o->schedule, "kind", kinds[o->kind]);

    if (o->kind == TG_STATE_POSTPONE) {
        json_object_set_new(object, "from", tg_json_instant(o->from));
        json_object_set_new(object, "cutoff", tg_json_instant(o->cutoff));
    }
    else {
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

const char *tg_state_print(apr_pool_t *pool, const tg_state_t *state)
{
    json_t *overrides = json_array(), *exemptions = json_array(), *root;
    const char *copy;
    char *text;
    int i;

    for (i = 0; i < state->overrides->nelts; i++) {
        json_array_append_new(overrides, tg_state_override_json(&APR_ARRAY_IDX(
                                             state->overrides, i, tg_state_override_t)));
    }
    for (i = 0; i < state->exemptions->nelts; i++) {
        json_array_append_new(exemptions, tg_state_exemption_json(&APR_ARRAY_IDX(
                                              state->exemptions, i, tg_state_exemption_t)));
    }
    root = json_pack("{s:i, s:o, s:o}", "version", TG_STATE_VERSION, "overrides", overrides,
                     "exemptions", exemptions);
    text = json_dumps(root, JSON_INDENT(2));
    copy =
        text ? apr_pstrcat(pool, text, "\n", NULL) : NULL; /* never an empty state in its place */
    free(text);
    json_decref(root);
    return copy;
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
    o->kind = from->kind == TG_STATE_SUSPEND ? TG_OVERRIDE_SUSPEND : TG_OVERRIDE_TRIAL;
    o->since = from->since;
    o->until = from->until;
}

tg_override_set_t *tg_state_set(apr_pool_t *pool, const tg_state_t *state)
{
    tg_override_set_t *set = tg_override_set_create(pool);
    int i;

    for (i = 0; i < state->overrides->nelts; i++) {
        add_override(set, &APR_ARRAY_IDX(state->overrides, i, tg_state_override_t));
    }
    for (i = 0; i < state->exemptions->nelts; i++) {
        tg_override_exempt(set,
                           &APR_ARRAY_IDX(state->exemptions, i, tg_state_exemption_t).exemption);
    }
    return set;
}
