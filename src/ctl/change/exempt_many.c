/* Changes of many exemptions: see exempt_many.h. */
#include "exempt_many.h"

#include "exempt_file.h"

#include "base/json.h"
#include "base/rows.h"
#include "base/text.h"
#include "ctl/base/document.h"
#include "ctl/base/place.h"
#include "ctl/base/store_choice.h"

#include <apr_strings.h>
#include <string.h>

/** How many clients are named. */
#define EXAMPLES_MAX 3

/** The audit has the entries of a change up to this many bytes, because it has them twice and is
 * read as a whole. */
#define LISTED_MAX 65536

static const char *const entries_names[] = { NULL, "audit", "kept" };
TG_ROWS_ARE(entries_names, TG_CTL_MANY_KEPT + 1);

/* Some clients, and how many there are. */
typedef struct {
    int count;
    const char *examples[EXAMPLES_MAX];
} named_t;

/* Of one schedule. */
typedef struct {
    int added, changed, removed, unchanged;
    named_t left_alone, no_longer;
} many_count_t;

struct tg_ctl_many_t {
    tg_ctl_change_t *change;
    apr_pool_t *pool;
    tg_instant_t now;
    tg_ctl_many_source_t source;
    int can_keep;
    many_count_t *counts;       /* for each schedule of the change */
    apr_array_header_t *listed; /* of tg_state_edit_t: all entries; NULL: too long by now */
    apr_size_t bytes;           /* of those */
    apr_hash_t *sorts;          /* the sorts of clients that a sample has */
    tg_kept_t *kept;
};

tg_ctl_many_t *tg_ctl_many_open(const tg_ctl_t *ctl, tg_ctl_change_t *change, apr_pool_t *pool,
                                const tg_ctl_many_source_t *source)
{
    tg_ctl_many_t *many = apr_pcalloc(pool, sizeof(*many));

    many->change = change;
    many->pool = pool;
    many->now = ctl->now;
    many->source = *source;
    many->can_keep = tg_ctl_store_choice_url(ctl) == NULL;
    many->counts = apr_pcalloc(pool, ((apr_size_t)change->count + 1) * sizeof(*many->counts));
    many->listed = tg_state_edit_list(pool);
    many->sorts = apr_hash_make(pool);
    many->kept = apr_pcalloc(pool, sizeof(*many->kept));
    many->kept->before = tg_state_empty(pool);
    many->kept->after = tg_state_empty(pool);
    change->samples = tg_state_edit_list(pool);
    return many;
}

int tg_ctl_many_is_same(const tg_state_exemption_t *a, const tg_state_exemption_t *b)
{
    return a->exemption.until == b->exemption.until && a->since == b->since &&
           strcmp(a->exemption.owner, b->exemption.owner) == 0 &&
           strcmp(a->exemption.reason, b->exemption.reason) == 0 && strcmp(a->by, b->by) == 0;
}

apr_hash_t *tg_ctl_many_index(apr_pool_t *pool, const tg_state_t *state)
{
    apr_hash_t *places = apr_hash_make(pool);
    int i;

    for (i = 0; i < state->exemptions->nelts; i++) {
        const tg_state_exemption_t *e = &APR_ARRAY_IDX(state->exemptions, i, tg_state_exemption_t);
        int place = i + 1;

        apr_hash_set(places, tg_ctl_exempt_file_key(pool, e), APR_HASH_KEY_STRING,
                     apr_pmemdup(pool, &place, sizeof(place)));
    }
    return places;
}

/* --- noting --- */

static const char *client_of(const tg_state_exemption_t *e)
{
    return e->network ? e->network : e->exemption.client;
}

static many_count_t *count_of(const tg_ctl_many_t *many, const char *schedule)
{
    int i;

    for (i = 0; i < many->change->count - 1 && strcmp(many->change->names[i], schedule) != 0; i++) {
    }
    return &many->counts[i];
}

static void add_named(named_t *named, const char *client)
{
    if (named->count < EXAMPLES_MAX) {
        named->examples[named->count] = client;
    }
    named->count++;
}

static apr_size_t entry_bytes(const tg_state_exemption_t *e)
{
    return e ? 200 + strlen(client_of(e)) + strlen(e->exemption.owner) +
                   strlen(e->exemption.reason) + strlen(e->by)
             : 0;
}

static json_t *entry_json(const tg_state_exemption_t *e)
{
    return e ? tg_state_exemption_json(e) : NULL;
}

static void list_entry(tg_ctl_many_t *many, const char *schedule, const tg_state_exemption_t *from,
                       const tg_state_exemption_t *to)
{
    many->bytes += entry_bytes(from) + entry_bytes(to);
    if (many->bytes > LISTED_MAX) {
        many->listed = NULL;
    }
    if (many->listed) {
        tg_state_edit_note(many->listed, schedule, entry_json(from), entry_json(to));
    }
    if (from) {
        APR_ARRAY_PUSH(many->kept->before.exemptions, tg_state_exemption_t) = *from;
    }
    if (to) {
        APR_ARRAY_PUSH(many->kept->after.exemptions, tg_state_exemption_t) = *to;
    }
}

/* The effect of one client of each sort is shown. */
static void sample_entry(tg_ctl_many_t *many, const char *schedule,
                         const tg_state_exemption_t *from, const tg_state_exemption_t *to)
{
    const tg_state_exemption_t *one = to ? to : from;
    const char *client = client_of(one), *value = strchr(client, ':');
    int is_network = one->network != NULL;
    const char *kind =
        is_network ? (strchr(client, '/') ? "/" : "ip")
                   : apr_pstrmemdup(many->pool, client, value ? (apr_size_t)(value - client) : 0);
    const char *sort =
        apr_pstrcat(many->pool, schedule, to ? " + " : " - ", kind,
                    !is_network && value && tg_ctl_place_is_hash(value + 1) ? " #" : "", NULL);

    if (!apr_hash_get(many->sorts, sort, APR_HASH_KEY_STRING)) {
        apr_hash_set(many->sorts, sort, APR_HASH_KEY_STRING, sort);
        tg_state_edit_note(many->change->samples, schedule, entry_json(from), entry_json(to));
    }
}

void tg_ctl_many_note(tg_ctl_many_t *many, const tg_state_exemption_t *from,
                      const tg_state_exemption_t *to)
{
    const tg_state_exemption_t *one = to ? to : from;
    int was = from && from->exemption.until > many->now, is = to && to->exemption.until > many->now;
    const char *schedule;
    many_count_t *count;

    if (!one) {
        return;
    }
    schedule = one->exemption.schedule;
    count = count_of(many, schedule);
    if (from && to && tg_ctl_many_is_same(from, to)) {
        count->unchanged++;
        return;
    }
    count->added += !from;
    count->removed += !to;
    count->changed += from && to;
    if (was != is) {
        add_named(is ? &count->left_alone : &count->no_longer, client_of(one));
    }
    list_entry(many, schedule, from, to);
    sample_entry(many, schedule, from, to);
}

/* --- the edits --- */

static json_t *named_json(const named_t *named)
{
    json_t *examples = json_array();
    int i;

    for (i = 0; i < named->count && i < EXAMPLES_MAX; i++) {
        json_array_append_new(examples, json_string(named->examples[i]));
    }
    return json_pack("{s:i, s:o}", "count", named->count, "examples", examples);
}

static json_t *summary_json(const tg_ctl_many_t *many, const many_count_t *count,
                            tg_ctl_many_entries_t entries)
{
    return json_pack("{s:{s:s, s:s, s:b, s:i, s:i, s:i, s:i, s:o, s:o, s:o}}", "import", "file",
                     many->source.file, "sha256", many->source.digest, "takes_back",
                     many->source.takes_back, "new", count->added, "changed", count->changed,
                     "removed", count->removed, "unchanged", count->unchanged, "left_alone",
                     named_json(&count->left_alone), "no_longer", named_json(&count->no_longer),
                     "entries", tg_json_text(entries_names[entries]));
}

int tg_ctl_many_close(tg_ctl_many_t *many)
{
    tg_ctl_change_t *change = many->change;
    tg_ctl_many_entries_t entries = many->listed     ? TG_CTL_MANY_AUDIT
                                    : many->can_keep ? TG_CTL_MANY_KEPT
                                                     : TG_CTL_MANY_NOWHERE;
    int i, changes = 0;

    for (i = 0; i < change->count; i++) {
        const many_count_t *count = &many->counts[i];

        changes += count->added + count->changed + count->removed;
        tg_state_edit_note(change->edits, change->names[i], NULL,
                           summary_json(many, count, entries));
    }
    if (many->listed) {
        apr_array_cat(change->edits, many->listed);
    }
    else if (many->can_keep) {
        change->kept = many->kept;
        tg_ctl_change_note(change, "undo can revert this until the next change of that size; "
                                   "earlier ones of that size can no longer be undone");
    }
    else {
        tg_ctl_change_note(change, "undo cannot revert this, since the audit of a store has no "
                                   "room for so many entries: import the list in parts of at most "
                                   "100 lines, and each can be undone");
    }
    return changes;
}

/* --- in words --- */

static int count_in(const json_t *import, const char *member)
{
    return (int)json_integer_value(json_object_get(import, member));
}

const char *tg_ctl_many_words(apr_pool_t *pool, const json_t *to)
{
    const json_t *import = json_object_get(to, "import");
    const char *file = tg_ctl_document_text(import, "file", "");
    int added = count_in(import, "new"), changed = count_in(import, "changed");
    int removed = count_in(import, "removed"), unchanged = count_in(import, "unchanged");

    if (!import) {
        return NULL;
    }
    if (json_is_true(json_object_get(import, "takes_back"))) {
        return apr_psprintf(pool, "%s, undone: %d removed, %d changed back", file, removed,
                            changed);
    }
    return apr_psprintf(pool, "%s: %d added, %d changed, %d unchanged", file, added, changed,
                        unchanged);
}

static const char *named_words(apr_pool_t *pool, const json_t *to, const char *member,
                               const char *what)
{
    const json_t *named = json_object_get(json_object_get(to, "import"), member), *example;
    int count = count_in(named, "count");
    const char *words = NULL;
    size_t i;

    json_array_foreach (json_object_get(named, "examples"), i, example) {
        words = apr_pstrcat(pool, words ? words : "", words ? ", " : "", json_string_value(example),
                            NULL);
    }
    return count && words ? apr_psprintf(pool, "%d %s%s%s %s", count, what, count == 1 ? "" : "s",
                                         count > EXAMPLES_MAX ? ", such as" : ":", words)
                          : NULL;
}

const char *tg_ctl_many_left_alone(apr_pool_t *pool, const json_t *to)
{
    return named_words(pool, to, "left_alone", "more client");
}

const char *tg_ctl_many_no_longer(apr_pool_t *pool, const json_t *to)
{
    return named_words(pool, to, "no_longer", "client");
}

tg_ctl_many_entries_t tg_ctl_many_entries(const json_t *to)
{
    const char *text = tg_ctl_document_text(json_object_get(to, "import"), "entries", NULL);
    tg_ctl_many_entries_t entries = TG_CTL_MANY_KEPT;

    while (entries > TG_CTL_MANY_NOWHERE && (!text || strcmp(text, entries_names[entries]) != 0)) {
        entries--;
    }
    return entries;
}

tg_ctl_many_source_t tg_ctl_many_source(const json_t *to)
{
    const json_t *import = json_object_get(to, "import");
    const tg_ctl_many_source_t source = { tg_ctl_document_text(import, "file", NULL),
                                          tg_ctl_document_text(import, "sha256", ""),
                                          json_is_true(json_object_get(import, "takes_back")) };

    return source;
}
