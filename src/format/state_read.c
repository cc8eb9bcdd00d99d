/* Reading the state document: see state.h.
 *
 * jansson takes half a second and 250 MB for 100,000 exemptions. So the list of exemptions is read
 * where it lies, as far as it is plain; an entry that is not goes through jansson alone. If
 * anything at all is wrong, the document is read once more, as a whole, for the words.
 */
#include "state.h"

#include "base/json_plain.h"
#include "base/json_read.h"
#include "base/rows.h"

#include <apr_strings.h>
#include <string.h>

/** Of a usual exemption, so that the list need not grow. */
#define EXEMPTION_BYTES 200

#define FIX "write it with tlsgatectl, or as docs/state.schema.json says"

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

    if (!read_bounded_text(r, "kind", &text)) {
        return 0;
    }
    *out = tg_state_kind_parse(text);
    return *out < TG_STATE_KINDS ||
           tg_json_wrong(r, "kind", "use suspend, trial, postpone or resume");
}

static int read_end(const tg_json_reader_t *r, tg_state_override_t *o)
{
    static const char *const timed[] = {
        "schedule", "kind", "until", "reason", "by", "since", NULL
    };
    static const char *const postponed[] = { "schedule", "kind", "from",  "cutoff",
                                             "reason",   "by",   "since", NULL };
    static const char *const resumed[] = { "schedule", "kind", "reason", "by", "since", NULL };

    if (o->kind == TG_STATE_RESUME) {
        return tg_json_has_only(r, resumed);
    }
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
        return tg_json_wrong(
            r, "kind", "the schedule already has a suspend or trial, a postpone, or a resume");
    }
    o.until = o.kind == TG_STATE_RESUME ? o.since : o.until;
    APR_ARRAY_PUSH(state->overrides, tg_state_override_t) = o;
    return 1;
}

/* --- exemptions --- */

/* In the order in which they are written, so that they are found at once. */
typedef enum {
    SCHEDULE,
    CLIENT,
    NETWORK,
    UNTIL,
    OWNER,
    REASON,
    BY,
    SINCE,
    NO_MEMBER,
    MEMBERS
} member_t;
static const char *const exemption_members[] = { "schedule", "client", "network", "until", "owner",
                                                 "reason",   "by",     "since",   NULL };
TG_ROWS_ARE(exemption_members, MEMBERS);

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
        return tg_json_wrong(r, "network",
                             "write the IPv4 address itself, not its IPv6-mapped form");
    case TG_NETWORK_USABLE:
        break;
    }
    e->exemption.network = apr_pmemdup(r->pool, &network, sizeof(network));
    return 1;
}

static int read_exemption(const tg_json_reader_t *r, void *into)
{
    tg_state_t *state = into;
    int is_network = json_object_get(r->object, "network") != NULL;
    tg_state_exemption_t e = { { 0 }, NULL, NULL, 0 };

    if (!tg_json_has_only(r, exemption_members) ||
        !read_bounded_text(r, "schedule", &e.exemption.schedule)) {
        return 0;
    }
    if (is_network && json_object_get(r->object, "client")) {
        return tg_json_wrong(r, "client", "give either a client or a network, not both");
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

/* --- plain exemptions --- */

/* One list while it is read. Entries beside each other have much in common, which is kept once. */
typedef struct {
    apr_pool_t *pool;
    tg_state_t *state;
    const char *kept[NO_MEMBER];
    apr_size_t lengths[NO_MEMBER];
    tg_instant_t instants[NO_MEMBER];
} plain_list_t;

static int is_kept_text(const plain_list_t *list, member_t member, const tg_json_slice_t *text)
{
    return list->kept[member] && list->lengths[member] == text->length &&
           memcmp(list->kept[member], text->at, text->length) == 0;
}

static const char *keep_text(plain_list_t *list, member_t member, const tg_json_slice_t *text)
{
    if (!is_kept_text(list, member, text)) {
        list->kept[member] = apr_pstrmemdup(list->pool, text->at, text->length);
        list->lengths[member] = text->length;
    }
    return list->kept[member];
}

static int keep_instant(plain_list_t *list, member_t member, const tg_json_slice_t *text,
                        tg_instant_t *out)
{
    tg_fault_t ignored;

    if (!is_kept_text(list, member, text) &&
        !tg_instant_parse_written(keep_text(list, member, text), &list->instants[member],
                                  &ignored)) {
        list->kept[member] = NULL;
        return 0;
    }
    *out = list->instants[member];
    return 1;
}

/* In the order in which tg_state_print() writes them, from the start on. */
static member_t member_after(member_t member)
{
    return member == NO_MEMBER || member == SINCE ? SCHEDULE
           : member == CLIENT                     ? UNTIL
                                                  : (member_t)(member + 1);
}

/* The next name of a member; NO_MEMBER if it is not a known one. */
static member_t take_name(tg_json_plain_t *p, member_t expected)
{
    tg_json_slice_t name;
    int member;

    if (tg_json_plain_take_name(p, exemption_members[expected])) {
        return expected;
    }
    if (!tg_json_plain_text(p, &name)) {
        return NO_MEMBER;
    }
    for (member = 0; member < NO_MEMBER; member++) {
        if (strlen(exemption_members[member]) == name.length &&
            memcmp(exemption_members[member], name.at, name.length) == 0) {
            break;
        }
    }
    return (member_t)member;
}

/* An object of texts, each member once. */
static int take_members(tg_json_plain_t *p, tg_json_slice_t texts[NO_MEMBER])
{
    member_t member = NO_MEMBER;

    memset(texts, 0, NO_MEMBER * sizeof(*texts));
    if (!tg_json_plain_take(p, '{')) {
        return 0;
    }
    do {
        member = take_name(p, member_after(member));
        if (member == NO_MEMBER || texts[member].at || !tg_json_plain_take(p, ':') ||
            !tg_json_plain_text(p, &texts[member])) {
            return 0;
        }
    } while (tg_json_plain_take(p, ','));
    return tg_json_plain_take(p, '}');
}

/* All that one needs, and a client or a network. */
static int are_whole(const tg_json_slice_t texts[NO_MEMBER])
{
    int i;

    for (i = 0; i < NO_MEMBER; i++) {
        if (texts[i].at ? texts[i].length == 0 || texts[i].length > TG_STATE_TEXT_MAX
                        : i != CLIENT && i != NETWORK) {
            return 0;
        }
    }
    return !texts[CLIENT].at != !texts[NETWORK].at;
}

static int plain_network(plain_list_t *list, const tg_json_slice_t *text, tg_state_exemption_t *e)
{
    tg_network_t network;

    if (text->at) {
        e->network = keep_text(list, NETWORK, text);
        e->exemption.network = tg_network_parse(e->network, &network) == TG_NETWORK_USABLE
                                   ? apr_pmemdup(list->pool, &network, sizeof(network))
                                   : NULL;
    }
    return !text->at || e->exemption.network;
}

static int plain_exemption(tg_json_plain_t *p, plain_list_t *list)
{
    tg_json_slice_t texts[NO_MEMBER];
    tg_state_exemption_t e = { { 0 }, NULL, NULL, 0 };

    if (!take_members(p, texts) || !are_whole(texts) || !plain_network(list, &texts[NETWORK], &e) ||
        !keep_instant(list, UNTIL, &texts[UNTIL], &e.exemption.until) ||
        !keep_instant(list, SINCE, &texts[SINCE], &e.since)) {
        return 0;
    }
    e.exemption.schedule = keep_text(list, SCHEDULE, &texts[SCHEDULE]);
    e.exemption.client = e.network ? NULL : keep_text(list, CLIENT, &texts[CLIENT]);
    e.exemption.owner = keep_text(list, OWNER, &texts[OWNER]);
    e.exemption.reason = keep_text(list, REASON, &texts[REASON]);
    e.by = keep_text(list, BY, &texts[BY]);
    APR_ARRAY_PUSH(list->state->exemptions, tg_state_exemption_t) = e;
    return 1;
}

/* The entry that begins there, by jansson. */
static int other_exemption(tg_json_plain_t *p, plain_list_t *list)
{
    tg_fault_t ignored;
    tg_json_reader_t r = { list->pool, "", tg_json_plain_value(p), FIX, &ignored };
    int ok = json_is_object(r.object) && read_exemption(&r, list->state);

    json_decref((json_t *)r.object);
    return ok;
}

static int plain_exemptions(tg_json_plain_t *p, apr_pool_t *pool, tg_state_t *state)
{
    plain_list_t list = { .pool = pool, .state = state };

    if (!tg_json_plain_take(p, '[')) {
        return 0;
    }
    if (tg_json_plain_take(p, ']')) {
        return 1;
    }
    do {
        tg_json_plain_t start = *p;

        if (!plain_exemption(p, &list)) {
            *p = start;
            if (!other_exemption(p, &list)) {
                return 0;
            }
        }
    } while (state->exemptions->nelts <= TG_STATE_EXEMPTIONS_MAX && tg_json_plain_take(p, ','));
    return state->exemptions->nelts <= TG_STATE_EXEMPTIONS_MAX && tg_json_plain_take(p, ']');
}

/* --- the document --- */

static int read_entries(const tg_json_reader_t *r, const char *list, size_t most,
                        tg_json_read_t *read_entry, tg_state_t *state)
{
    if (json_array_size(json_object_get(r->object, list)) > most) {
        return tg_fault_set(r->fault, "remove the entries that have ended",
                            "%s: it has more than %lu entries", list, (unsigned long)most);
    }
    return tg_json_read_list(r, list, read_entry, state);
}

/* For editors: it has no meaning here, and is kept. */
static int read_schema(const tg_json_reader_t *r, tg_state_t *state)
{
    return !json_object_get(r->object, "$schema") ||
           read_bounded_text(r, "$schema", &state->schema);
}

static int read_state_document(const tg_json_reader_t *r, void *into)
{
    static const char *const needed[] = { "version", "overrides", "exemptions", NULL };
    static const char *const members[] = { "$schema", "version", "overrides", "exemptions", NULL };
    tg_state_t *state = into;

    return tg_json_has_version(r, TG_STATE_VERSION) && tg_json_has_all(r, needed) &&
           tg_json_has_only(r, members) && read_schema(r, state) &&
           read_entries(r, "overrides", TG_STATE_OVERRIDES_MAX, read_override, state) &&
           read_entries(r, "exemptions", TG_STATE_EXEMPTIONS_MAX, read_exemption, state);
}

/* One member: the exemptions are read, and any other is left in @p rest. */
static int take_member(tg_json_plain_t *p, apr_pool_t *pool, json_t *rest, tg_state_t *state)
{
    tg_json_slice_t text;
    const char *name;

    if (!tg_json_plain_text(p, &text) || !tg_json_plain_take(p, ':')) {
        return 0;
    }
    name = apr_pstrmemdup(pool, text.at, text.length);
    if (json_object_get(rest, name)) {
        return 0;
    }
    return json_object_set_new(rest, name,
                               strcmp(name, "exemptions") != 0    ? tg_json_plain_value(p)
                               : plain_exemptions(p, pool, state) ? json_array()
                                                                  : NULL) == 0;
}

/* 1 if the whole document is right, and all that is large in it is plain. */
static int read_plainly(apr_pool_t *pool, const char *text, apr_size_t length, tg_state_t *out)
{
    tg_json_plain_t p = { text, text + length };
    tg_fault_t ignored;
    json_t *rest = json_object();
    tg_json_reader_t r = { pool, "", rest, FIX, &ignored };
    int ok = tg_json_plain_take(&p, '{');

    do {
        ok = ok && take_member(&p, pool, rest, out);
    } while (ok && tg_json_plain_take(&p, ','));
    ok = ok && tg_json_plain_take(&p, '}') && tg_json_plain_is_end(&p) &&
         read_state_document(&r, out);
    json_decref(rest);
    return ok;
}

int tg_state_parse(apr_pool_t *pool, const char *text, apr_size_t length, tg_state_t *out,
                   tg_fault_t *fault)
{
    *out = tg_state_empty(pool);
    if (length <= TG_STATE_MAX) {
        out->exemptions =
            apr_array_make(pool, (int)(length / EXEMPTION_BYTES) + 2, sizeof(tg_state_exemption_t));
    }
    if (length <= TG_STATE_MAX && read_plainly(pool, text, length, out)) {
        return 1;
    }
    *out = tg_state_empty(pool);
    return tg_json_read(pool, text, length, TG_STATE_MAX, FIX, read_state_document, out, fault);
}
