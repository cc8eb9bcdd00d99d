/* Importing exemptions: see exempt_import.h. */
#include "exempt_import.h"

#include "exempt_file.h"
#include "exempt_many.h"

#include "base/text.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/** How many of the expired ones are named. */
#define OVER_MAX 3

/* What a list says, of one schedule. */
typedef struct {
    int over;                    /* which end before they begin */
    const char *named[OVER_MAX]; /* the first of them */
    tg_instant_t last; /* when the last one ends that is no network; TG_ALWAYS: there is none */
} import_count_t;

/* What the command knows when it works the change out. */
typedef struct {
    const tg_ctl_t *ctl;
    tg_ctl_exempt_file_t file;
} import_t;

static int is_same_exemption(const tg_ctl_exempt_file_t *file, const tg_state_exemption_t *a,
                             const tg_state_exemption_t *b)
{
    tg_state_exemption_t as_made = *b;

    if (!file->keeps_authors) {
        as_made.by = a->by;
        as_made.since = a->since;
    }
    return tg_ctl_many_is_same(a, &as_made);
}

static void merge_entry(const import_t *import, tg_ctl_many_t *many, tg_state_t *state,
                        const int *place, const tg_state_exemption_t *e)
{
    tg_state_exemption_t *there =
        place ? &APR_ARRAY_IDX(state->exemptions, *place - 1, tg_state_exemption_t) : NULL;
    const tg_state_exemption_t was = there ? *there : *e;

    if (!there) {
        APR_ARRAY_PUSH(state->exemptions, tg_state_exemption_t) = *e;
    }
    else if (!is_same_exemption(&import->file, there, e)) {
        *there = *e;
    }
    tg_ctl_many_note(many, there ? &was : NULL, there ? there : e);
}

static void count_entry(const import_t *import, const tg_state_exemption_t *e,
                        import_count_t *count)
{
    if (e->exemption.until <= import->ctl->now) {
        if (count->over < OVER_MAX) {
            count->named[count->over] = e->network ? e->network : e->exemption.client;
        }
        count->over++;
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
        int named = count->over < OVER_MAX ? count->over : OVER_MAX;

        tg_ctl_change_note(
            change,
            apr_psprintf(pool, "%s: %d entr%s of the list ha%s already expired%s %s", name,
                         count->over, count->over == 1 ? "y" : "ies", count->over == 1 ? "s" : "ve",
                         count->over > OVER_MAX ? ", such as" : ":",
                         tg_text_join(pool, count->named, (size_t)named, ", ", ", ")));
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

static int import_apply(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    const import_t *import = change->entry;
    const tg_ctl_many_source_t source = { import->file.name, import->file.digest, 0 };
    const tg_override_set_t *set = tg_state_set(pool, state);
    apr_hash_t *places = tg_ctl_many_index(pool, state);
    tg_ctl_many_t *many = tg_ctl_many_open(import->ctl, change, pool, &source);
    import_count_t *counts = apr_pcalloc(pool, (apr_size_t)change->count * sizeof(*counts));
    int i, changes;

    for (i = 0; i < change->count; i++) {
        counts[i].last = TG_ALWAYS;
    }
    for (i = 0; i < import->file.entries->nelts; i++) {
        const tg_state_exemption_t *e =
            &APR_ARRAY_IDX(import->file.entries, i, tg_state_exemption_t);

        count_entry(import, e, &counts[index_of_name(change, e->exemption.schedule)]);
        merge_entry(import, many, state,
                    apr_hash_get(places, tg_ctl_exempt_file_key(pool, e), APR_HASH_KEY_STRING), e);
    }
    changes = tg_ctl_many_close(many);
    for (i = 0; i < change->count; i++) {
        note_import(change, pool, set, change->names[i], &counts[i]);
    }
    if (!changes) {
        tg_term_warning("%s: all %d exemptions exist already: nothing to import", import->file.name,
                        import->file.entries->nelts);
    }
    return changes > 0;
}

tg_exit_t tg_ctl_exempt_import(const tg_ctl_t *ctl, tg_ctl_change_t *change, const char *path,
                               const char *schedule, tg_instant_t until, const char *owner)
{
    static const char *const none[] = { NULL };
    tg_ctl_exempt_defaults_t defaults = { schedule, until, NULL, NULL, NULL, NULL };
    import_t import = { .ctl = ctl };

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
