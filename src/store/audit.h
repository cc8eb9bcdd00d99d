/* The audit log beside the state file: for each entry that changes, two lines of JSON.
 *
 * The first says `begun`, and is flushed to the disk before anything changes: no change is made
 * unless it can be audited. The second says how it ended, `written` or `failed: ...`; if it is
 * missing, tlsgatectl was killed, and the state file tells how far it got. Where the change was
 * waited for, a line without an entry says `in force` or `pending`, and which httpd acts on it. A
 * line that a full disk has cut short stays, and the next one starts on a new line.
 */
#ifndef TG_STORE_AUDIT_H
#define TG_STORE_AUDIT_H

#include "kept.h"
#include "state_edit.h"

/** Appended to the name of the state file. */
#define TG_AUDIT_SUFFIX ".audit"

/** The outcomes that are not `failed: ...`. */
#define TG_AUDIT_BEGUN "begun"
#define TG_AUDIT_WRITTEN "written"
#define TG_AUDIT_IN_FORCE "in force" /**< every httpd acts on it, or every machine has it */
#define TG_AUDIT_PENDING "pending"   /**< it is written, and not in force, or not everywhere */

/** Who changes what, and why. */
typedef struct {
    const char *id; /**< by which people name the change: tg_audit_id() */
    const char *command, *by, *reason;
    const char *undoes;              /**< the id of the change that it undoes; or NULL */
    const apr_array_header_t *edits; /**< of tg_state_edit_t */
    const tg_kept_t *kept;           /**< what it changed, if `edits` does not have that; or NULL */
} tg_audit_t;

/**
 * A new id: letters and digits that nobody mistakes for another. In @p pool; NULL if the system has
 * no random numbers.
 */
const char *tg_audit_id(apr_pool_t *pool);

/** An id as somebody typed it, spelled as tg_audit_id() does. In @p pool. */
const char *tg_audit_id_typed(apr_pool_t *pool, const char *text);

/** 1 if the end of the audit log has a change that was made: there was a document. */
int tg_audit_tells(apr_pool_t *pool, const char *path);

/** The lines of all edits. In @p pool. */
const char *tg_audit_lines(apr_pool_t *pool, const tg_audit_t *audit, const char *outcome);

/**
 * The line of what is known after the wait.
 * @param acts    of const char *: who acts on it
 * @param pending of const char *: who does not, and why
 */
const char *tg_audit_outcome_line(apr_pool_t *pool, const tg_audit_t *audit, const char *outcome,
                                  const apr_array_header_t *acts,
                                  const apr_array_header_t *pending);

/** Appends lines in one write; otherwise as tg_audit_write(). */
int tg_audit_append(apr_pool_t *pool, const char *path, const char *lines, int flush,
                    tg_fault_t *fault);

/**
 * Appends the lines of all edits in one write.
 * @param flush 1 to wait until the disk has them
 * @return 1, or 0 with @p fault filled: its reason names the file
 */
int tg_audit_write(apr_pool_t *pool, const char *path, const tg_audit_t *audit, const char *outcome,
                   int flush, tg_fault_t *fault);

#endif
