/* Importing exemptions: see exempt_import.h. */
#include "exempt_import.h"

#include "document.h"
#include "exempt_file.h"

#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* What a list changes, of one schedule. */
typedef struct {
    int added, changed, unchanged;
    int over;          /* which end before they begin */
    tg_instant_t last; /* when the last one ends that is no network; TG_ALWAYS: there is none */
} import_count_t;

static int is_same_exemption(const tg_ctl_exempt_file_t *file, const tg_state_exemption_t *a,
                             const tg_state_exemption_t *b)
{
    return a->exemption.until == b->exemption.until &&
           strcmp(a->exemption.owner, b->exemption.owner) == 0 &&
           strcmp(a->exemption.reason, b->exemption.reason) == 0 &&
           (!file->keeps_authors || (strcmp(a->by, b->by) == 0 && a->since == b->since));
}

/* Where the exemptions of the state are: of int, counted from 1. */
static apr_hash_t *index_of_state(apr_pool_t *pool, const tg_state_t *state)
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

static void merge_entry(const tg_ctl_exempt_file_t *file, tg_state_t *state, const int *place,
                        const tg_state_exemption_t *e, import_count_t *count)
{
    tg_state_exemption_t *there =
        place ? &APR_ARRAY_IDX(state->exemptions, *place - 1, tg_state_exemption_t) : NULL;

    if (!there) {
        APR_ARRAY_PUSH(state->exemptions, tg_state_exemption_t) = *e;
        count->added++;
    }
    else if (is_same_exemption(file, there, e)) {
        count->unchanged++;
    }
    else {
        *there = *e;
        count->changed++;
    }
    if (!e->network && e->exemption.until > count->last) {
        count->last = e->exemption.until;
    }
}

static int index_of_name(const tg_ctl_change_t *change, const char *schedule)
{
    int i;

    for (i = 0; i < change->count - 1 && strcmp(change->names[i], schedule) != 0; i++) {
    }
    return i;
}

/* Clients that only their requests identify make a cutoff of Refuse. */
static void note_import(tg_ctl_change_t *change, apr_pool_t *pool, const tg_override_set_t *set,
                        const char *name, const import_count_t *count)
{
    const tg_schedule_t *s = tg_plan_schedule(change->plan.plan, name);

    if (count->over) {
        tg_ctl_change_note(change, apr_psprintf(pool, "%s: %d of the list %s over already", name,
                                                count->over, count->over == 1 ? "is" : "are"));
    }
    if (s && count->last > tg_phase_refuse(s, tg_override_find(set, name))) {
        tg_ctl_change_note(change,
                           apr_pstrcat(pool, name, ": until ", tg_instant_text(pool, count->last),
                                       " the schedule rejects requests instead of refusing "
                                       "handshakes, because clients of the list are identified by "
                                       "their requests",
                                       NULL));
    }
}

static void note_count(tg_ctl_change_t *change, const tg_ctl_exempt_file_t *file, const char *name,
                       const import_count_t *count)
{
    tg_state_edit_note_many(change->edits, name,
                            json_pack("{s:{s:s, s:s, s:i, s:i, s:i}}", "import", "file", file->name,
                                      "sha256", file->digest, "new", count->added, "changed",
                                      count->changed, "unchanged", count->unchanged));
}

/* What the command knows when it works the change out. */
typedef struct {
    tg_ctl_exempt_file_t file;
    tg_instant_t now;
} import_t;

static int import_apply(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    const import_t *import = change->entry;
    const tg_override_set_t *set = tg_state_set(pool, state);
    apr_hash_t *places = index_of_state(pool, state);
    import_count_t *counts = apr_pcalloc(pool, (apr_size_t)change->count * sizeof(*counts));
    int i, changes = 0;

    for (i = 0; i < change->count; i++) {
        counts[i].last = TG_ALWAYS;
    }
    for (i = 0; i < import->file.entries->nelts; i++) {
        const tg_state_exemption_t *e =
            &APR_ARRAY_IDX(import->file.entries, i, tg_state_exemption_t);
        import_count_t *count = &counts[index_of_name(change, e->exemption.schedule)];

        count->over += e->exemption.until <= import->now;
        merge_entry(&import->file, state,
                    apr_hash_get(places, tg_ctl_exempt_file_key(pool, e), APR_HASH_KEY_STRING), e,
                    count);
    }
    for (i = 0; i < change->count; i++) {
        changes += counts[i].added + counts[i].changed;
        note_count(change, &import->file, change->names[i], &counts[i]);
        note_import(change, pool, set, change->names[i], &counts[i]);
    }
    if (!changes) {
        tg_term_warning("%s: all %d are there already: nothing to import", import->file.name,
                        import->file.entries->nelts);
    }
    return changes > 0;
}

static int count_in(const json_t *import, const char *member)
{
    return (int)json_integer_value(json_object_get(import, member));
}

const char *tg_ctl_exempt_import_words(apr_pool_t *pool, const json_t *to)
{
    const json_t *import = json_object_get(to, "import");
    int added = count_in(import, "new"), changed = count_in(import, "changed");
    int unchanged = count_in(import, "unchanged");

    return import ? apr_psprintf(pool, "%s: %d %s new, %d change%s, %d %s there already",
                                 tg_ctl_document_text(import, "file", ""), added,
                                 added == 1 ? "is" : "are", changed, changed == 1 ? "s" : "",
                                 unchanged, unchanged == 1 ? "is" : "are")
                  : NULL;
}

tg_exit_t tg_ctl_exempt_import(const tg_ctl_t *ctl, tg_ctl_change_t *change, const char *path,
                               const char *schedule, tg_instant_t until, const char *owner)
{
    static const char *const none[] = { NULL };
    tg_ctl_exempt_defaults_t defaults = { schedule, until, NULL, NULL, NULL, NULL };
    import_t import = { .now = ctl->now };

    if (!tg_ctl_change_begin(ctl, change, TG_CTL_RUNNING_PLAN_NEEDED, none, 0)) {
        return TG_EXIT_ERROR;
    }
    defaults.owner = owner ? owner : change->by;
    defaults.reason = change->reason;
    defaults.by = change->by;
    defaults.plan = change->plan.plan;
    if (!tg_ctl_exempt_file_read(ctl, path, &defaults, &import.file)) {
        return TG_EXIT_ERROR;
    }
    change->names = import.file.schedules;
    change->count = import.file.count;
    change->apply = import_apply;
    change->entry = apr_pmemdup(ctl->pool, &import, sizeof(import));
    return tg_ctl_change_make(ctl, change);
}
