/* Making a change: see change.h. */
#include "change.h"

#include "change_base.h"
#include "change_outcome.h"
#include "change_preview.h"

#include "base/json.h"
#include "ctl/base/document.h"
#include "ctl/base/kept_stops.h"
#include "ctl/base/output.h"
#include "ctl/base/prompt.h"
#include "ctl/base/store_choice.h"
#include "follow/follow_file.h"
#include "term/term.h"

#include <apr_strings.h>
#include <apr_time.h>
#include <string.h>

/** How often the state may change in between before it gives up. */
#define ATTEMPTS_MAX 500

/* One call of tg_ctl_change_make(). Its functions return 1 to go on, or 0 with `end` set. */
typedef struct {
    tg_ctl_t once;       /* the call, with a pool of the last attempt: a document may be large */
    const tg_ctl_t *ctl; /* that */
    apr_pool_t *agreed;  /* of the attempt that was confirmed; NULL: none was yet */
    tg_ctl_change_t *change;
    tg_store_t store;
    tg_exit_t end;

    /* The state before the change and after it, of the last attempt. */
    tg_store_snapshot_t before;
    tg_state_t after;
    const char *text;
    json_t *document; /* of that attempt, owned by the pool; NULL: not made yet */

    const apr_array_header_t *confirmed; /* the edits that were confirmed; NULL: none yet */
    tg_store_result_t result;
    tg_fault_t fault;
    tg_ctl_change_outcome_t outcome;
    /* What was to know about the state when it was confirmed; see base_of(). */
    int confirmed_base;
} attempt_t;

static void begin_attempt(attempt_t *a, const tg_ctl_t *ctl)
{
    if (a->ctl && a->once.pool != a->agreed) {
        apr_pool_destroy(a->once.pool);
    }
    a->once = *ctl;
    apr_pool_create(&a->once.pool, ctl->pool);
    a->ctl = &a->once;
}

static int end_with(attempt_t *a, tg_exit_t status)
{
    a->end = status;
    return 0;
}

/* --- working it out --- */

static int fail_to_read_file(attempt_t *a)
{
    tg_term_error("nothing was changed: %s: %s; %s", a->store.name, a->fault.reason, a->fault.fix);
    return end_with(a, TG_EXIT_ERROR);
}

static int fail_to_read(attempt_t *a)
{
    tg_term_error(
        "nothing was changed: %s: %s; %s. To change this machine alone name its file with "
        "--state",
        a->store.name, a->fault.reason, a->fault.fix);
    return end_with(a, TG_EXIT_ERROR);
}

static int fail_as_lost(attempt_t *a)
{
    tg_term_error("nothing was changed: %s is gone, and every httpd keeps using what it read last: "
                  "a change would end all of that. Restore it, for example from the file of a "
                  "machine, or end all of it: " TG_PROGRAM_NAME " resume --all",
                  a->store.name);
    return end_with(a, TG_EXIT_ERROR);
}

/* A file that is missing or damaged is what httpd still acts on; of a fleet, nobody knows. */
static int read_before(attempt_t *a)
{
    int is_read = a->store.read(&a->store, a->ctl->pool, &a->before, &a->fault);

    a->change->is_lost = a->before.is_lost;
    a->change->has_base = 0;
    if (!tg_ctl_store_choice_url(a->ctl)) {
        return (is_read || a->before.is_broken || fail_to_read_file(a)) &&
               (tg_ctl_change_base(a->ctl, a->change, a->store.name, &a->before,
                                   is_read ? NULL : &a->fault) ||
                end_with(a, TG_EXIT_ERROR));
    }
    if (!is_read) {
        return fail_to_read(a);
    }
    if (!a->before.is_lost) {
        return 1;
    }
    if (!a->change->may_begin_anew) {
        return fail_as_lost(a);
    }
    tg_ctl_change_note(a->change, TG_CTL_CHANGE_ANEW);
    return 1;
}

/* Notes what may keep the change from taking effect. */
static void note_surroundings(attempt_t *a)
{
    const char *problem = a->store.problem(&a->store, a->ctl->pool);
    tg_follow_file_t followed;
    int is_followed;

    if (problem) {
        tg_ctl_change_note(a->change, problem);
    }
    if (!tg_ctl_store_choice_url(a->ctl) &&
        tg_follow_file_read(a->ctl->pool, a->store.name, &followed, &is_followed)) {
        tg_ctl_change_note(a->change,
                           apr_pstrcat(a->ctl->pool, a->store.name,
                                       is_followed ? " follows " : " has followed ", followed.store,
                                       ": this changes this machine only, until the next change "
                                       "there; --store changes them all",
                                       NULL));
    }
}

static int is_too_large(attempt_t *a)
{
    apr_size_t length = strlen(a->text);

    if (length <= a->store.most || a->store.most >= TG_STATE_MAX) {
        return 0; /* what no state may have is said when it is read back */
    }
    tg_term_error(
        "nothing was changed: the document would have %lu bytes, and %s accepts at most "
        "%lu. Exempt networks in place of single addresses, remove what has expired, or keep "
        "the exemptions of this schedule in the state file of each machine: " TG_PROGRAM_NAME
        " exempt import",
        (unsigned long)length, a->store.name, (unsigned long)a->store.most);
    a->end = TG_EXIT_ERROR;
    return 1;
}

/* The document as it will be written is read back: nothing is stored that httpd refuses. */
static int print_after(attempt_t *a)
{
    tg_state_t again;

    a->text = tg_state_print(a->ctl->pool, &a->after);
    if (!a->text) {
        tg_term_error("nothing was changed: out of memory");
        return end_with(a, TG_EXIT_ERROR);
    }
    if (is_too_large(a)) {
        return 0;
    }
    if (!tg_state_parse(a->ctl->pool, a->text, strlen(a->text), &again, &a->fault)) {
        tg_term_error("nothing was changed: httpd would refuse the result: %s; %s", a->fault.reason,
                      a->fault.fix);
        return end_with(a, TG_EXIT_ERROR);
    }
    return 1;
}

static int work_out(attempt_t *a)
{
    tg_ctl_change_t *change = a->change;

    a->document = NULL;
    change->edits = tg_state_edit_list(a->ctl->pool);
    change->samples = NULL;
    change->kept = NULL;
    change->is_wrong = 0;
    change->notes = apr_array_make(a->ctl->pool, 2, sizeof(const char *));
    if (!read_before(a)) {
        return 0;
    }
    a->before.state.trips = tg_ctl_kept_stops_find(a->ctl->pool, &a->change->plan);
    a->after = tg_state_edit_copy(a->ctl->pool, &a->before.state);
    if (!change->apply(change, a->ctl->pool, &a->after)) {
        return end_with(a, change->is_wrong ? TG_EXIT_ERROR : TG_EXIT_FINDING);
    }
    note_surroundings(a);
    return print_after(a);
}

/* --- showing it, and asking --- */

/* It looks into logs, so once is enough. */
static json_t *change_document(attempt_t *a)
{
    if (!a->document) {
        a->document =
            tg_json_keep(a->ctl->pool, tg_ctl_change_document(a->ctl, a->change, &a->before.state,
                                                              &a->after, json_false()));
    }
    return a->document;
}

/* In another format than text there is one document, which is printed at the end. */
static void print_document(attempt_t *a, json_t *made)
{
    json_t *document;

    if (tg_ctl_output_is_text()) {
        json_decref(made);
        return;
    }
    document = json_incref(change_document(a));
    json_object_set_new(document, "made", made);
    json_object_update_new(document, tg_ctl_change_outcome_json(a->ctl->pool, &a->outcome));
    tg_ctl_output(a->ctl, document, tg_ctl_change_text);
}

static void show_change(attempt_t *a)
{
    FILE *out = tg_ctl_output_is_text() ? stdout : stderr;
    json_t *document = change_document(a);
    int i;

    tg_ctl_change_text(a->ctl->pool, document, a->ctl->now, out);
    fflush(out);
    tg_ctl_change_warn(document);
    for (i = 0; i < a->change->notes->nelts; i++) {
        tg_term_warning("%s", APR_ARRAY_IDX(a->change->notes, i, const char *));
    }
}

static int ask_to_go_on(attempt_t *a)
{
    switch (tg_ctl_prompt(a->change->word)) {
    case TG_PROMPT_YES:
        return 1;
    case TG_PROMPT_NO:
        tg_term_note("nothing was changed");
        return end_with(a, TG_EXIT_FINDING);
    case TG_PROMPT_NO_TERMINAL:
        break;
    }
    tg_term_error("this is not a terminal: add --%s to make the change, or --dry-run to see it",
                  a->change->confirmation ? a->change->confirmation : "yes");
    return end_with(a, TG_EXIT_ERROR);
}

/* What the change starts from: the document, or what is left where that is missing or damaged. */
static int base_of(const attempt_t *a)
{
    return 4 * a->before.is_lost + 2 * a->before.is_broken + a->change->has_base;
}

/* While somebody thought about it, what it makes may have ended. */
static int is_still_to_come(attempt_t *a)
{
    const tg_instant_t now = apr_time_sec(apr_time_now());
    int i;

    for (i = 0; i < a->change->edits->nelts; i++) {
        const tg_state_edit_t *edit = &APR_ARRAY_IDX(a->change->edits, i, tg_state_edit_t);
        tg_instant_t end = tg_ctl_document_instant(edit->to, "until", TG_NEVER);

        if (end > a->ctl->now && end <= now) {
            tg_term_error("nothing was changed: it is %s by now, and %s would have ended at %s; "
                          "write a later end",
                          tg_instant_text(a->ctl->pool, now), edit->schedule,
                          tg_instant_text(a->ctl->pool, end));
            return end_with(a, TG_EXIT_ERROR);
        }
    }
    return 1;
}

static int confirm_change(attempt_t *a)
{
    /* A change that is no longer the one that was confirmed needs another answer, and so does one
     * of a document that is gone or damaged by now. */
    if (a->confirmed && a->confirmed_base == base_of(a) &&
        tg_state_edit_is_same(a->confirmed, a->change->edits)) {
        return 1;
    }
    if (a->confirmed) {
        tg_term_note("%s has changed in the meantime; this is the change as it is now:",
                     a->store.name);
    }
    show_change(a);
    if (a->change->is_dry_run) {
        print_document(a, json_false());
        return end_with(a, TG_EXIT_OK);
    }
    if (a->agreed) {
        apr_pool_destroy(a->agreed);
    }
    a->agreed = a->ctl->pool;
    a->confirmed = a->change->edits;
    a->confirmed_base = base_of(a);
    return a->change->is_confirmed || (ask_to_go_on(a) && is_still_to_come(a));
}

/* --- making it --- */

static tg_audit_t audit_of(const attempt_t *a)
{
    const tg_ctl_change_t *change = a->change;
    const tg_audit_t audit = { change->id,     change->command, change->by,  change->reason,
                               change->undoes, change->edits,   change->kept };

    return audit;
}

static void write_change(attempt_t *a)
{
    const tg_audit_t audit = audit_of(a);

    a->result = a->store.write(&a->store, a->ctl->pool, &a->before, a->text, &audit, &a->fault);
}

/* It is written: sees what becomes of it, and says so. */
static tg_exit_t end_written(attempt_t *a)
{
    const tg_audit_t audit = audit_of(a);
    const tg_ctl_change_written_t written = { a->ctl, &a->store, a->text, &audit };

    a->outcome = tg_ctl_change_outcome(&written, a->change->wait);
    print_document(a, json_true());
    if (a->result == TG_STORE_DOUBTFUL) {
        tg_term_warning("written, but: %s; %s", a->fault.reason, a->fault.fix);
    }
    tg_ctl_change_outcome_say(&written, &a->outcome);
    /* What clients get from now on, in the words of the preview: once every httpd acts on it. */
    if (a->outcome.acts->nelts > 0 && a->outcome.idles->nelts == 0) {
        tg_ctl_change_say_done(a->ctl, change_document(a), &a->after);
    }
    return a->outcome.force == TG_CTL_CHANGE_PENDING ? TG_EXIT_PENDING
           : a->result == TG_STORE_DOUBTFUL          ? TG_EXIT_FINDING
                                                     : TG_EXIT_OK;
}

static tg_exit_t end_unwritten(attempt_t *a)
{
    print_document(a, a->result == TG_STORE_UNKNOWN ? json_null() : json_false());
    switch (a->result) {
    case TG_STORE_UNKNOWN:
        tg_term_error("outcome unknown: %s; check with " TG_PROGRAM_NAME
                      " status, and repeat the change if needed",
                      a->fault.reason);
        return TG_EXIT_FINDING;
    case TG_STORE_CHANGED:
        tg_term_error("nothing was changed: gave up after %d attempts, because %s keeps changing",
                      ATTEMPTS_MAX, a->store.name);
        return TG_EXIT_ERROR;
    default:
        tg_term_error("nothing was changed: %s; %s", a->fault.reason, a->fault.fix);
        return TG_EXIT_ERROR;
    }
}

tg_exit_t tg_ctl_change_make(const tg_ctl_t *ctl, tg_ctl_change_t *change)
{
    attempt_t a = { .change = change, .result = TG_STORE_CHANGED };
    int attempts;

    if (!tg_ctl_store_choice_open(ctl, change->plan.state, &a.store)) {
        return TG_EXIT_ERROR;
    }
    change->where = a.store.name;
    change->id = tg_audit_id(ctl->pool);
    if (!change->id) {
        tg_term_error("nothing was changed: the system has no random numbers for its id; check "
                      "/dev/urandom");
        return TG_EXIT_ERROR;
    }
    a.outcome = tg_ctl_change_outcome_none(ctl->pool);
    for (attempts = 0; attempts < ATTEMPTS_MAX && a.result == TG_STORE_CHANGED; attempts++) {
        begin_attempt(&a, ctl);
        if (!work_out(&a) || !confirm_change(&a)) {
            return a.end;
        }
        write_change(&a);
    }
    return a.result == TG_STORE_DONE || a.result == TG_STORE_DOUBTFUL ? end_written(&a)
                                                                      : end_unwritten(&a);
}
