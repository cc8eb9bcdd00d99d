/* The state document: see state.h. */
#include "state.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#define FIX "write it with tlsgatectl, or as docs/state.schema.json says"

static const char *const kinds[TG_STATE_KINDS] = { "suspend", "trial", "postpone" };

const char *tg_state_kind_name(tg_state_kind_t kind)
{
    return kinds[kind];
}

unsigned tg_state_rivals(tg_state_kind_t kind)
{
    return kind == TG_STATE_POSTPONE ? TG_STATE_POSTPONED : TG_STATE_TIMED;
}

/* --- one object of a list, and what may stand in it --- */

/* An object that is being read, and where in the document it stands. */
typedef struct {
    apr_pool_t *pool;
    const char *list;
    int index;
    const json_t *object;
    tg_fault_t *fault;
} reader_t;

static int wrong(const reader_t *r, const char *member, const char *reason)
{
    return tg_fault_set(r->fault, FIX, "%s[%d].%s: %s", r->list, r->index, member, reason);
}

static int read_text(const reader_t *r, const char *member, const char **out)
{
    const json_t *value = json_object_get(r->object, member);

    if (!json_is_string(value)) {
        return wrong(r, member, value ? "it is no text" : "it is missing");
    }
    if (json_string_length(value) == 0 || json_string_length(value) > TG_STATE_TEXT_MAX ||
        strlen(json_string_value(value)) != json_string_length(value)) {
        return wrong(r, member, "it is empty, too long, or holds a NUL");
    }
    *out = apr_pstrdup(r->pool, json_string_value(value));
    return 1;
}

static int read_instant(const reader_t *r, const char *member, tg_instant_t *out)
{
    tg_fault_t fault;
    const char *text;

    if (!read_text(r, member, &text)) {
        return 0;
    }
    return tg_instant_parse(text, out, &fault) || wrong(r, member, fault.reason);
}

/* Every member must be one of those; a member of another version is no surprise that one
 * may pass over. */
static int has_only(const reader_t *r, const char *const *members)
{
    const char *member;
    json_t *value;
    size_t i;

    json_object_foreach((json_t *)r->object, member, value)
    {
        for (i = 0; members[i] && strcmp(members[i], member) != 0; i++) {
        }
        if (!members[i]) {
            return wrong(r, member, "there is no such member");
        }
    }
    return 1;
}

/* --- overrides --- */

static int read_kind(const reader_t *r, tg_state_kind_t *out)
{
    const char *text;
    int kind = 0;

    if (!read_text(r, "kind", &text)) {
        return 0;
    }
    while (kind < TG_STATE_KINDS && strcmp(kinds[kind], text) != 0) {
        kind++;
    }
    *out = (tg_state_kind_t)kind;
    return kind < TG_STATE_KINDS || wrong(r, "kind", "use suspend, trial or postpone");
}

static int read_end(const reader_t *r, tg_state_override_t *o)
{
    static const char *const timed[] = {
        "schedule", "kind", "until", "reason", "by", "since", NULL
    };
    static const char *const postponed[] = { "schedule", "kind", "from",  "cutoff",
                                             "reason",   "by",   "since", NULL };

    if (o->kind != TG_STATE_POSTPONE) {
        return has_only(r, timed) && read_instant(r, "until", &o->until);
    }
    if (!has_only(r, postponed) || !read_instant(r, "from", &o->from) ||
        !read_instant(r, "cutoff", &o->cutoff)) {
        return 0;
    }
    return o->cutoff > o->from || wrong(r, "cutoff", "it is not after the cutoff it replaces");
}

static int read_override(const reader_t *r, tg_state_t *state)
{
    tg_state_override_t o = { NULL, TG_STATE_KINDS, TG_NEVER, TG_NEVER, TG_NEVER, NULL, NULL, 0 };

    if (!read_text(r, "schedule", &o.schedule) || !read_kind(r, &o.kind) || !read_end(r, &o) ||
        !read_text(r, "reason", &o.reason) || !read_text(r, "by", &o.by) ||
        !read_instant(r, "since", &o.since)) {
        return 0;
    }
    if (tg_state_find(state, o.schedule, tg_state_rivals(o.kind))) {
        return wrong(r, "kind",
                     "the schedule has one of suspend and trial, or a postpone, already");
    }
    APR_ARRAY_PUSH(state->overrides, tg_state_override_t) = o;
    return 1;
}

/* --- exemptions --- */

/* ADDRESS, or ADDRESS/BITS. */
static int read_network(const reader_t *r, tg_state_exemption_t *e)
{
    char *address, *bits;

    if (!read_text(r, "network", &e->network)) {
        return 0;
    }
    if (!tg_exemption_is_network(r->pool, e->network)) {
        return wrong(r, "network", "write an address, or a network such as 192.0.2.0/24");
    }
    address = apr_pstrdup(r->pool, e->network);
    bits = strchr(address, '/');
    if (bits) {
        *bits++ = '\0';
    }
    return apr_ipsubnet_create(&e->exemption.network, address, bits, r->pool) == APR_SUCCESS ||
           wrong(r, "network", "it cannot be used");
}

static int read_exemption(const reader_t *r, tg_state_t *state)
{
    static const char *const members[] = { "schedule", "client", "network", "until", "owner",
                                           "reason",   "by",     "since",   NULL };
    int is_network = json_object_get(r->object, "network") != NULL;
    tg_state_exemption_t e = { { 0 }, NULL, NULL, 0 };

    if (!has_only(r, members) || !read_text(r, "schedule", &e.exemption.schedule)) {
        return 0;
    }
    if (is_network && json_object_get(r->object, "client")) {
        return wrong(r, "client", "there is a network as well");
    }
    if (!(is_network ? read_network(r, &e) : read_text(r, "client", &e.exemption.client)) ||
        !read_instant(r, "until", &e.exemption.until) ||
        !read_text(r, "owner", &e.exemption.owner) ||
        !read_text(r, "reason", &e.exemption.reason) || !read_text(r, "by", &e.by) ||
        !read_instant(r, "since", &e.since)) {
        return 0;
    }
    APR_ARRAY_PUSH(state->exemptions, tg_state_exemption_t) = e;
    return 1;
}

/* --- the document --- */

static int read_list(apr_pool_t *pool, const json_t *root, const char *name,
                     int (*read_one)(const reader_t *r, tg_state_t *state), tg_state_t *state,
                     tg_fault_t *fault)
{
    const json_t *list = json_object_get(root, name);
    size_t i;

    if (!json_is_array(list)) {
        return tg_fault_set(fault, FIX, "%s: it is missing, or no list", name);
    }
    if (json_array_size(list) > TG_STATE_ENTRIES_MAX) {
        return tg_fault_set(fault, "remove what is over", "%s: it has more than %d entries", name,
                            TG_STATE_ENTRIES_MAX);
    }
    for (i = 0; i < json_array_size(list); i++) {
        const reader_t r = { pool, name, (int)i, json_array_get(list, i), fault };

        if (!json_is_object(r.object)) {
            return tg_fault_set(fault, FIX, "%s[%d]: it is no object", name, (int)i);
        }
        if (!read_one(&r, state)) {
            return 0;
        }
    }
    return 1;
}

static int check_root(const json_t *root, tg_fault_t *fault)
{
    const json_t *version = json_object_get(root, "version");

    if (!json_is_integer(version)) {
        return tg_fault_set(fault, FIX, "version: it is missing, or no number");
    }
    if (json_integer_value(version) != TG_STATE_VERSION) {
        return tg_fault_set(fault, "use the tlsgatectl that belongs to this module",
                            "version: it is %lld, and only %d can be read",
                            (long long)json_integer_value(version), TG_STATE_VERSION);
    }
    return json_object_size(root) == 3 ||
           tg_fault_set(fault, FIX, "it has other members than version, overrides, exemptions");
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
    json_error_t error;
    json_t *root;
    int ok;

    if (length > TG_STATE_MAX) {
        return tg_fault_set(fault, "remove what is over", "it has more than %d bytes",
                            (int)TG_STATE_MAX);
    }
    root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        return tg_fault_set(fault, FIX, "line %d, column %d: %s", error.line, error.column,
                            error.text);
    }
    *out = tg_state_empty(pool);
    ok = json_is_object(root) ? check_root(root, fault) &&
                                    read_list(pool, root, "overrides", read_override, out, fault) &&
                                    read_list(pool, root, "exemptions", read_exemption, out, fault)
                              : tg_fault_set(fault, FIX, "it is no object");
    json_decref(root);
    return ok;
}

static json_t *instant(tg_instant_t t)
{
    char buf[TG_INSTANT_STRLEN];

    return json_string(tg_instant_format(t, buf));
}

json_t *tg_state_override_json(const tg_state_override_t *o)
{
    json_t *object = json_pack("{s:s, s:s}", "schedule", o->schedule, "kind", kinds[o->kind]);

    if (o->kind == TG_STATE_POSTPONE) {
        json_object_set_new(object, "from", instant(o->from));
        json_object_set_new(object, "cutoff", instant(o->cutoff));
    }
    else {
        json_object_set_new(object, "until", instant(o->until));
    }
    json_object_set_new(object, "reason", json_string(o->reason));
    json_object_set_new(object, "by", json_string(o->by));
    json_object_set_new(object, "since", instant(o->since));
    return object;
}

json_t *tg_state_exemption_json(const tg_state_exemption_t *e)
{
    json_t *object = json_pack("{s:s}", "schedule", e->exemption.schedule);

    json_object_set_new(object, e->network ? "network" : "client",
                        json_string(e->network ? e->network : e->exemption.client));
    json_object_set_new(object, "until", instant(e->exemption.until));
    json_object_set_new(object, "owner", json_string(e->exemption.owner));
    json_object_set_new(object, "reason", json_string(e->exemption.reason));
    json_object_set_new(object, "by", json_string(e->by));
    json_object_set_new(object, "since", instant(e->since));
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
    copy = text ? apr_pstrcat(pool, text, "\n", NULL) : NULL;
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

static tg_override_t *override_for(tg_override_set_t *set, const char *schedule)
{
    tg_override_t *o;
    int i;

    for (i = 0; i < set->overrides->nelts; i++) {
        o = &APR_ARRAY_IDX(set->overrides, i, tg_override_t);
        if (strcmp(o->schedule, schedule) == 0) {
            return o;
        }
    }
    o = apr_array_push(set->overrides);
    o->schedule = schedule;
    o->kind = TG_OVERRIDE_NONE;
    o->until = o->postponed_from = o->postponed_to = TG_NEVER;
    return o;
}

static void add_override(tg_override_set_t *set, const tg_state_override_t *from)
{
    tg_override_t *o = override_for(set, from->schedule);

    if (from->kind == TG_STATE_POSTPONE) {
        o->postponed_from = from->from;
        o->postponed_to = from->cutoff;
        return;
    }
    o->kind = from->kind == TG_STATE_SUSPEND ? TG_OVERRIDE_SUSPEND : TG_OVERRIDE_TRIAL;
    o->until = from->until;
}

tg_override_set_t *tg_state_set(apr_pool_t *pool, const tg_state_t *state)
{
    tg_override_set_t *set = apr_palloc(pool, sizeof(*set));
    int i;

    set->overrides = apr_array_make(pool, state->overrides->nelts, sizeof(tg_override_t));
    set->exemptions = apr_array_make(pool, state->exemptions->nelts, sizeof(tg_exemption_t));
    for (i = 0; i < state->overrides->nelts; i++) {
        add_override(set, &APR_ARRAY_IDX(state->overrides, i, tg_state_override_t));
    }
    for (i = 0; i < state->exemptions->nelts; i++) {
        APR_ARRAY_PUSH(set->exemptions, tg_exemption_t) =
            APR_ARRAY_IDX(state->exemptions, i, tg_state_exemption_t).exemption;
    }
    return set;
}
