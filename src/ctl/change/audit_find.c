/* The audit, for commands: see audit_find.h. */
#include "audit_find.h"

#include "exempt_many.h"

#include "base/json.h"
#include "ctl/base/document.h"
#include "ctl/base/running_plan.h"
#include "ctl/base/store_choice.h"
#include "term/term.h"

#include <apr_strings.h>

/** So many damaged lines are named, and so many entries of a change. */
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

/* --- words --- */

/* `until 2018-08-21T09:00:00Z`, or `to` another cutoff; a resume has neither. */
static const char *end_words(apr_pool_t *pool, const json_t *entry)
{
    const char *until = tg_ctl_document_text(entry, "until", NULL);
    const char *cutoff = tg_ctl_document_text(entry, "cutoff", NULL);

    return until    ? apr_pstrcat(pool, "until ", until, NULL)
           : cutoff ? apr_pstrcat(pool, "to ", cutoff, NULL)
                    : "what TlsGateGuard stopped";
}

static const char *entry_end(apr_pool_t *pool, const tg_state_edit_t *edit)
{
    const char *kind = tg_ctl_document_text(edit->from, "kind", "exempt");

    if (edit->to && edit->from) {
        return apr_pstrcat(pool, " ", end_words(pool, edit->to), ", instead of ", kind, " ",
                           end_words(pool, edit->from), NULL);
    }
    if (edit->to) {
        return apr_pstrcat(pool, " ", end_words(pool, edit->to), NULL);
    }
    return edit->from
               ? apr_pstrcat(pool, ", which was ", kind, " ", end_words(pool, edit->from), NULL)
               : "";
}

static const char *edit_words(apr_pool_t *pool, const tg_state_edit_t *edit)
{
    const json_t *entry = edit->to ? edit->to : edit->from;
    const char *client = tg_ctl_document_text(entry, "client", NULL);
    const char *import = tg_ctl_many_words(pool, edit->to);

    if (import) {
        return apr_pstrcat(pool, " ", edit->schedule, " ", import, NULL);
    }
    client = client ? client : tg_ctl_document_text(entry, "network", NULL);
    return apr_pstrcat(pool, " ", edit->schedule ? edit->schedule : "", client ? " " : "",
                       client ? client : "", entry_end(pool, edit), NULL);
}

/* The edits that tell of a change: of one of many those that count its entries. */
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

const char *tg_ctl_audit_words(apr_pool_t *pool, const tg_audit_change_t *change)
{
    const apr_array_header_t *edits = telling_edits(pool, change);
    const char *words = change->command;
    int i, count = edits->nelts;

    for (i = 0; i < count && i < WORDS_MAX; i++) {
        words = apr_pstrcat(pool, words, i ? ";" : "",
                            edit_words(pool, &APR_ARRAY_IDX(edits, i, tg_state_edit_t)), NULL);
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
