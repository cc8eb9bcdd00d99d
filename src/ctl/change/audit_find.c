/* The audit, for commands: see audit_find.h. */
#include "audit_find.h"

#include "exempt_many.h"

#include "base/json.h"
#include "base/rows.h"
#include "ctl/base/document.h"
#include "ctl/base/entry_words.h"
#include "ctl/base/running_plan.h"
#include "ctl/base/store_choice.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/** How many damaged lines are named, and how many entries of a change. */
#define NAMED_MAX 20
#define WORDS_MAX 5

int tg_ctl_audit_read(const tg_ctl_t *ctl, tg_audit_log_t *log, const char **name)
{
    int is_file = tg_ctl_store_choice_url(ctl) == NULL;
    const char *state = is_file ? tg_ctl_running_plan_state(ctl) : NULL;
    tg_store_t store;
    tg_fault_t fault;
    int i;

    if ((is_file && !state) || !tg_ctl_store_choice_open(ctl, state, &store)) {
        return 0;
    }
    *log = tg_audit_log(ctl->pool);
    *name = store.name;
    if (!store.read_audit(&store, ctl->pool, log, &fault)) {
        tg_term_error("%s; %s", fault.reason, fault.fix);
        return 0;
    }
    for (i = 0; i < log->damaged->nelts && i < NAMED_MAX; i++) {
        tg_term_warning("the audit of %s: %s is damaged, and left out", store.name,
                        APR_ARRAY_IDX(log->damaged, i, const char *));
    }
    if (log->damaged->nelts > NAMED_MAX) {
        tg_term_warning("... and %d more", log->damaged->nelts - NAMED_MAX);
    }
    return 1;
}

int tg_ctl_audit_may_have_changed(const tg_audit_change_t *change)
{
    static const char *const outcomes[] = { TG_AUDIT_BEGUN, TG_AUDIT_WRITTEN, TG_AUDIT_IN_FORCE,
                                            TG_AUDIT_PENDING };
    size_t i;

    for (i = 0; i < TG_ROWS(outcomes) && strcmp(change->outcome, outcomes[i]) != 0; i++) {
    }
    return i < TG_ROWS(outcomes);
}

/* --- words --- */

/* One change while it is worded. */
typedef struct {
    apr_pool_t *pool;
    const tg_audit_change_t *change;
    tg_instant_t now;
} worded_t;

static tg_state_kind_t kind_of(const json_t *entry)
{
    return tg_state_kind_parse(tg_ctl_document_text(entry, "kind", ""));
}

/* ` until 2018-08-21T09:00:00Z`, or ` to` another cutoff; of one that was over when the change was
 * made
 * `, over since ...`. */
static const char *end_words(const worded_t *w, const json_t *entry)
{
    const char *until = tg_ctl_document_text(entry, "until", NULL);
    const char *cutoff = tg_ctl_document_text(entry, "cutoff", NULL);

    return until    ? apr_pstrcat(w->pool,
                               tg_ctl_entry_is_over(entry, w->change->time) ? ", over since "
                                                                               : " until ",
                                  until, NULL)
           : cutoff ? apr_pstrcat(w->pool, " to ", cutoff, NULL)
                    : "";
}

/* `its suspension until 2018-08-21T09:00:00Z` */
static const char *thing_of(const worded_t *w, const json_t *entry)
{
    static const char *const things[] = { "its suspension", "its trial by hand", "its postponement",
                                          "the resume" };
    TG_ROWS_ARE(things, TG_STATE_KINDS);
    tg_state_kind_t kind = kind_of(entry);

    return apr_pstrcat(w->pool, kind == TG_STATE_KINDS ? "the exemption" : things[kind],
                       end_words(w, entry), NULL);
}

/* What would come back, unless it has ended meanwhile, or is back. */
static const char *way_back(const worded_t *w, const json_t *from)
{
    return tg_ctl_entry_is_over(from, w->now) ? "" : ", which undo brings back";
}

static int is_command(const worded_t *w, const char *name)
{
    return strcmp(w->change->command, name) == 0;
}

static const char *undo_words(const worded_t *w, const tg_state_edit_t *edit)
{
    if (kind_of(edit->from) == TG_STATE_RESUME) {
        return ": the resume of what TlsGateGuard stopped is gone";
    }
    if (kind_of(edit->to) == TG_STATE_RESUME) {
        return ": the resume of what TlsGateGuard stopped is back";
    }
    if (!edit->to) {
        return apr_pstrcat(w->pool, ": ", thing_of(w, edit->from), " is gone", NULL);
    }
    return apr_pstrcat(w->pool, ": ", thing_of(w, edit->to), " is back",
                       edit->from ? ", in place of " : "",
                       edit->from ? thing_of(w, edit->from) : "", NULL);
}

/* `, owner sales` of an exemption. */
static const char *owner_words(const worded_t *w, const json_t *entry)
{
    const char *owner = tg_ctl_document_text(entry, "owner", NULL);

    return owner ? apr_pstrcat(w->pool, ", owner ", owner, NULL) : "";
}

static const char *put_words(const worded_t *w, const tg_state_edit_t *edit)
{
    const char *instead = edit->from
                              ? apr_pstrcat(w->pool, ", in place of ", thing_of(w, edit->from),
                                            way_back(w, edit->from), NULL)
                              : "";

    if (is_command(w, "extend")) {
        return apr_pstrcat(w->pool, ": ", thing_of(w, edit->to), instead, NULL);
    }
    return apr_pstrcat(w->pool, end_words(w, edit->to), owner_words(w, edit->to), instead, NULL);
}

/* What an edit does to its schedule, after the name of that. */
static const char *done_words(const worded_t *w, const tg_state_edit_t *edit)
{
    if (!edit->to && !edit->from) {
        return "";
    }
    if (is_command(w, "undo")) {
        return undo_words(w, edit);
    }
    if (kind_of(edit->to) == TG_STATE_RESUME) {
        return ": the stop by TlsGateGuard is lifted; undo stops the trial again";
    }
    return edit->to ? put_words(w, edit)
                    : apr_pstrcat(w->pool, ": ended ", thing_of(w, edit->from),
                                  way_back(w, edit->from), NULL);
}

static const char *edit_words(const worded_t *w, const tg_state_edit_t *edit)
{
    const json_t *entry = edit->to ? edit->to : edit->from;
    const char *client =
        tg_ctl_document_text(entry, "client", tg_ctl_document_text(entry, "network", NULL));
    const char *import = tg_ctl_many_words(w->pool, edit->to);

    if (import) {
        return apr_pstrcat(w->pool, " ", edit->schedule, " ", import, NULL);
    }
    return apr_pstrcat(w->pool, " ", edit->schedule ? edit->schedule : "", client ? " " : "",
                       client ? client : "", done_words(w, edit), NULL);
}

/* The edits that describe a change; for a change of many, those that count its entries. */
static apr_array_header_t *telling_edits(apr_pool_t *pool, const tg_audit_change_t *change)
{
    apr_array_header_t *telling = tg_state_edit_list(pool);
    int i;

    for (i = 0; i < change->edits->nelts; i++) {
        const tg_state_edit_t *edit = &APR_ARRAY_IDX(change->edits, i, tg_state_edit_t);

        if (tg_ctl_many_source(edit->to).file) {
            APR_ARRAY_PUSH(telling, tg_state_edit_t) = *edit;
        }
    }
    return telling->nelts ? telling : change->edits;
}

const char *tg_ctl_audit_words(apr_pool_t *pool, const tg_audit_change_t *change, tg_instant_t now)
{
    const worded_t worded = { pool, change, now };
    const apr_array_header_t *edits = telling_edits(pool, change);
    const char *words = change->command;
    int i, count = edits->nelts;

    for (i = 0; i < count && i < WORDS_MAX; i++) {
        words = apr_pstrcat(pool, words, i ? ";" : "",
                            edit_words(&worded, &APR_ARRAY_IDX(edits, i, tg_state_edit_t)), NULL);
    }
    return count > WORDS_MAX ? apr_psprintf(pool, "%s; and %d more", words, count - WORDS_MAX)
                             : words;
}

/* --- the document --- */

json_t *tg_ctl_audit_document(const tg_audit_change_t *change)
{
    json_t *edits = json_array();
    int i;

    for (i = 0; i < change->edits->nelts; i++) {
        const tg_state_edit_t *edit = &APR_ARRAY_IDX(change->edits, i, tg_state_edit_t);

        json_array_append_new(edits, json_pack("{s:s?, s:O?, s:O?}", "schedule", edit->schedule,
                                               "from", edit->from, "to", edit->to));
    }
    return json_pack("{s:s?, s:o, s:s, s:s, s:s, s:s, s:s?, s:s?, s:O?, s:O?, s:o}", "id",
                     change->id, "time", tg_json_instant(change->time), "by", change->by, "command",
                     change->command, "reason", change->reason, "outcome", change->outcome,
                     "undoes", change->undoes, "store", change->store, "acts", change->acts,
                     "pending", change->pending, "edits", edits);
}
