/* tlsgatectl undo: takes a change back, exactly, unless something builds on it. */
#include "commands.h"

#include "base/rows.h"
#include "ctl/base/document.h"
#include "ctl/base/output.h"
#include "ctl/base/store_choice.h"
#include "ctl/change/audit_find.h"
#include "ctl/change/change.h"
#include "ctl/change/many_undo.h"
#include "ctl/status/stopped.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* Written once, while the command line is read. */
static const char *id_given;

static const tg_option_t undo_options[] = {
    { "change", "ID", "the change, by its id in the audit; default: the last one", &id_given,
      TG_COMPLETE_NOTHING },
    { 0 },
};

/* What is undone. Lives as long as the call. */
typedef struct {
    tg_audit_log_t log;
    const char *name; /* of the store */
    int index;        /* of the change in the log */
    const tg_audit_change_t *change;
    apr_array_header_t *edits;   /* of it, that have entries */
    tg_ctl_many_source_t source; /* `file` is NULL if it was no change of many */
    int has_kept;                /* its entries are those: */
    tg_kept_t kept;
} undone_t;

#define LOGGED(log, i) APR_ARRAY_IDX((log)->changes, i, const tg_audit_change_t *)

/* --- which change --- */

static int find_named(const tg_ctl_t *ctl, undone_t *undone)
{
    const char *id = tg_audit_id_typed(ctl->pool, id_given);
    int i, found = 0;

    for (i = 0; i < undone->log.changes->nelts; i++) {
        const tg_audit_change_t *change = LOGGED(&undone->log, i);

        if (change->id && strcmp(change->id, id) == 0) {
            undone->index = i;
            undone->change = change;
            found++;
        }
    }
    if (found == 0) {
        tg_term_error("--change \"%s\": the audit of %s has no such change; see " TG_PROGRAM_NAME
                      " audit",
                      id_given, undone->name);
    }
    if (found > 1) {
        tg_term_error("--change \"%s\": %d changes have that id; make the change that you want "
                      "instead",
                      id_given, found);
    }
    return found == 1;
}

static int find_last(undone_t *undone)
{
    int i = undone->log.changes->nelts - 1;

    while (i >= 0 && !tg_ctl_audit_may_have_changed(LOGGED(&undone->log, i))) {
        i--;
    }
    undone->index = i;
    undone->change = i >= 0 ? LOGGED(&undone->log, i) : NULL;
    if (i < 0) {
        tg_term_error("the audit of %s has no change: there is nothing to undo", undone->name);
    }
    return i >= 0;
}

/* --- whether it can be undone --- */

/* Finds them; the audit does not have those of a document that was lost. */
static int has_entries(const tg_ctl_t *ctl, undone_t *undone)
{
    const tg_audit_change_t *change = undone->change;
    int i;

    undone->edits = tg_state_edit_list(ctl->pool);
    for (i = 0; i < change->edits->nelts; i++) {
        const tg_state_edit_t *edit = &APR_ARRAY_IDX(change->edits, i, tg_state_edit_t);

        if (!edit->schedule || (!edit->from && !edit->to)) {
            return 0;
        }
        if (!tg_ctl_many_source(edit->to).file) {
            APR_ARRAY_PUSH(undone->edits, tg_state_edit_t) = *edit;
            continue;
        }
        if (tg_ctl_many_entries(edit->to) == TG_CTL_MANY_NOWHERE) {
            return 0;
        }
        undone->source = tg_ctl_many_source(edit->to);
        undone->has_kept = tg_ctl_many_entries(edit->to) == TG_CTL_MANY_KEPT;
    }
    return undone->has_kept || undone->edits->nelts > 0;
}

static int read_kept(const tg_ctl_t *ctl, undone_t *undone)
{
    tg_store_t store;
    tg_fault_t fault;

    if (!undone->has_kept) {
        return 1;
    }
    if (!tg_ctl_store_choice_open(ctl, undone->name, &store)) {
        return 0;
    }
    if (!store.read_kept ||
        !store.read_kept(&store, ctl->pool, undone->change->id, &undone->kept, &fault)) {
        tg_term_error("nothing was changed: %s; %s",
                      store.read_kept ? fault.reason : "its entries were kept on another machine",
                      store.read_kept ? fault.fix : "undo it there");
        return 0;
    }
    return 1;
}

static int check_undone(const tg_ctl_t *ctl, undone_t *undone)
{
    const tg_audit_change_t *change = undone->change;

    if (!tg_ctl_audit_may_have_changed(change)) {
        tg_term_error("it changed nothing: %s", change->outcome);
        return 0;
    }
    if (change->store && !tg_ctl_store_choice_url(ctl)) {
        tg_term_error("it was made in %s, and this machine follows that: undo it there, with "
                      "--store",
                      change->store);
        return 0;
    }
    if (!has_entries(ctl, undone)) {
        tg_term_error("%s by %s: the audit does not have the entries that it changed; put the "
                      "previous document back in place of %s, or make the change that you want",
                      change->command, change->by, undone->name);
        return 0;
    }
    return read_kept(ctl, undone);
}

/* --- undoing it --- */

static const json_t *entry_of(const tg_state_edit_t *edit)
{
    return edit->to ? edit->to : edit->from;
}

/* The first later change that touched the same; NULL: none. */
static const tg_audit_change_t *builds_on(const undone_t *undone, const json_t *entry)
{
    int i, j;

    for (i = undone->log.changes->nelts - 1; i > undone->index; i--) {
        const tg_audit_change_t *change = LOGGED(&undone->log, i);

        for (j = 0; tg_ctl_audit_may_have_changed(change) && j < change->edits->nelts; j++) {
            const json_t *other = entry_of(&APR_ARRAY_IDX(change->edits, j, tg_state_edit_t));

            if (other && tg_state_edit_is_same_place(entry, other)) {
                return change;
            }
        }
    }
    return NULL;
}

static int complain_of_later(const tg_ctl_t *ctl, const undone_t *undone,
                             const tg_state_edit_t *edit)
{
    const json_t *entry = entry_of(edit);
    const char *whom =
        tg_ctl_document_text(entry, "client", tg_ctl_document_text(entry, "network", NULL));
    const tg_audit_change_t *later = builds_on(undone, entry);
    const char *what =
        apr_pstrcat(ctl->pool, edit->schedule, whom ? " " : "", whom ? whom : "", NULL);

    if (later && later->id) {
        tg_term_error("nothing was changed: %s has changed since: %s, by %s at %s. Undo that "
                      "first: " TG_PROGRAM_NAME " undo --change %s; or make the change that you "
                      "want",
                      what, tg_ctl_audit_words(ctl->pool, later, TG_NEVER), later->by,
                      tg_instant_text(ctl->pool, later->time), later->id);
    }
    else {
        tg_term_error("nothing was changed: %s is not as the change left it; see " TG_PROGRAM_NAME
                      " status, and make the change that you want",
                      what);
    }
    return 0;
}

/* 1 if another edit of the change has left that entry. */
static int is_left_by(const apr_array_header_t *edits, const json_t *entry)
{
    int i;

    for (i = 0; i < edits->nelts; i++) {
        const json_t *to = APR_ARRAY_IDX(edits, i, tg_state_edit_t).to;

        if (to && json_equal((json_t *)to, (json_t *)entry)) {
            return 1;
        }
    }
    return 0;
}

/* What the change left must still be there, and nothing where it left nothing. */
static int is_as_left(const tg_ctl_change_t *change, const tg_state_t *state,
                      const apr_array_header_t *edits, const tg_state_edit_t *edit)
{
    json_t *current = tg_state_edit_current(change->edits, state, entry_of(edit));

    return edit->to ? current && json_equal(current, edit->to)
                    : !current || is_left_by(edits, current);
}

/* The entry that is restored, or the one that is removed, may have expired meanwhile. */
static void note_ended(const tg_ctl_t *ctl, tg_ctl_change_t *change, const tg_state_edit_t *edit)
{
    tg_instant_t end = tg_ctl_document_instant(edit->from, "until", TG_NEVER);
    tg_instant_t end_of_made = tg_ctl_document_instant(edit->to, "until", TG_NEVER);

    if (end_of_made <= ctl->now) {
        tg_ctl_change_note(change, apr_pstrcat(ctl->pool, edit->schedule,
                                               ": the entry that undo removes expired at ",
                                               tg_instant_text(ctl->pool, end_of_made),
                                               " by itself", NULL));
    }

    if (end <= ctl->now) {
        tg_ctl_change_note(
            change, apr_pstrcat(ctl->pool, edit->schedule, ": the restored entry expired at ",
                                tg_instant_text(ctl->pool, end), " and has no effect", NULL));
    }
}

/* What apply() needs. */
typedef struct {
    const tg_ctl_t *ctl;
    const undone_t *undone;
} undo_entry_t;

/* Says which stops are in force without the resumes. @param state without them */
static void note_stopped_again(const undo_entry_t *entry, tg_ctl_change_t *change,
                               const tg_state_t *state, const tg_override_set_t *before)
{
    const tg_ctl_t *ctl = entry->ctl;
    const tg_ctl_stopped_undo_t undo = { before, !tg_ctl_store_choice_url(ctl), ctl->now };
    int i;

    for (i = 0; i < entry->undone->edits->nelts; i++) {
        const tg_state_edit_t *edit =
            &APR_ARRAY_IDX(entry->undone->edits, i, const tg_state_edit_t);

        if (tg_state_kind_parse(tg_ctl_document_text(edit->to, "kind", "")) == TG_STATE_RESUME) {
            tg_ctl_change_note(change,
                               tg_ctl_stopped_again(ctl->pool, state, edit->schedule, &undo));
        }
    }
}

static int undo_apply(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state)
{
    const undo_entry_t *entry = change->entry;
    const tg_ctl_many_undo_t many = { entry->ctl, &entry->undone->kept, entry->undone->source };
    const apr_array_header_t *edits = entry->undone->edits;
    const tg_override_set_t *before = tg_state_set(pool, state);
    tg_fault_t fault;
    int i;

    if (entry->undone->has_kept) {
        return tg_ctl_many_undo(&many, change, pool, state);
    }
    for (i = 0; i < edits->nelts; i++) {
        const tg_state_edit_t *edit = &APR_ARRAY_IDX(edits, i, tg_state_edit_t);

        if (!is_as_left(change, state, edits, edit)) {
            return complain_of_later(entry->ctl, entry->undone, edit);
        }
    }
    for (i = edits->nelts - 1; i >= 0; i--) {
        const tg_state_edit_t *edit = &APR_ARRAY_IDX(edits, i, tg_state_edit_t);

        note_ended(entry->ctl, change, edit);
        if (!tg_state_edit_revert(change->edits, state, edit, &fault)) {
            tg_term_error("nothing was changed: the audit of that change is damaged: %s",
                          fault.reason);
            return 0;
        }
    }
    note_stopped_again(entry, change, state, before);
    return 1;
}

/* Of the schedules, each once. */
static const char **undone_names(const tg_ctl_t *ctl, const tg_audit_change_t *change, int *count)
{
    const char **names = apr_palloc(ctl->pool, (apr_size_t)change->edits->nelts * sizeof(*names));
    int i, j;

    *count = 0;
    for (i = 0; i < change->edits->nelts; i++) {
        const char *name = APR_ARRAY_IDX(change->edits, i, tg_state_edit_t).schedule;

        for (j = 0; j < *count && strcmp(names[j], name) != 0; j++) {
        }
        if (j == *count) {
            names[(*count)++] = name;
        }
    }
    return names;
}

static tg_exit_t undo_change(const tg_ctl_t *ctl, const undone_t *undone)
{
    const tg_audit_change_t *it = undone->change;
    const undo_entry_t entry = { ctl, undone };
    int count;
    const char **names = undone_names(ctl, it, &count);
    tg_ctl_change_t change = {
        .command = "undo", .is_end = 1, .apply = undo_apply, .entry = &entry, .undoes = it->id
    };

    change.reason = apr_pstrcat(ctl->pool, "undoes ", it->id ? it->id : it->command, NULL);
    tg_term_note("this undoes %s: %s, by %s at %s: %s", it->id ? it->id : "the last change",
                 tg_ctl_audit_words(ctl->pool, it, ctl->now), it->by,
                 tg_instant_text(ctl->pool, it->time), it->reason);
    return tg_ctl_change_begin(ctl, &change, TG_CTL_RUNNING_PLAN_WANTED, names, count)
               ? tg_ctl_change_make(ctl, &change)
               : TG_EXIT_ERROR;
}

static tg_exit_t undo_run(const tg_ctl_t *ctl)
{
    undone_t undone = { .index = -1 };

    return tg_ctl_audit_read(ctl, &undone.log, &undone.name) &&
                   (id_given ? find_named(ctl, &undone) : find_last(&undone)) &&
                   check_undone(ctl, &undone)
               ? undo_change(ctl, &undone)
               : TG_EXIT_ERROR;
}

const tg_command_t tg_command_undo = {
    .name = "undo",
    .usage = (const char *const[]){ "[--change ID] [--reason TEXT]", NULL },
    .summary = "Undo the last change, or another one",
    .more =
        "What the change replaced comes back as it was. If something later builds on it, nothing\n"
        "changes. An undo is a change, and can be undone.\n",
    .examples =
        (const tg_example_t[]){
            { "What would come back, and what would go", TG_PROGRAM_NAME " undo --dry-run" },
            { "That was the wrong one", TG_PROGRAM_NAME " undo --reason \"the wrong schedule\"" },
            { 0 },
        },
    .options = (const tg_option_t *const[]){ undo_options, tg_ctl_change_options,
                                             tg_ctl_output_options, NULL },
    .run = undo_run,
};
