/* The audit log beside the state file: one line of JSON for each entry that changes, twice.
 *
 * First `begun`, flushed to the disk before anything changes: an audit that cannot be
 * written forbids the change. Then how it ended, `done` or `failed: ...`. Where the second
 * line is missing tlsgatectl was killed, and the state file says how far it came. A line
 * that was torn by a full disk stays, and the next one begins on a line of its own.
 */
#ifndef TG_STORE_AUDIT_H
#define TG_STORE_AUDIT_H

#include "state_edit.h"

/** What is put behind the name of the state file. */
#define TG_AUDIT_SUFFIX ".audit"

/** Who changes what, and why. */
typedef struct {
    const char *command, *by, *reason;
    const apr_array_header_t *edits; /**< of tg_state_edit_t */
} tg_audit_t;

/** 1 if the end of the audit log tells of a change that was made: there was a document. */
int tg_audit_tells(apr_pool_t *pool, const char *path);

/** The lines of all edits. In @p pool. */
const char *tg_audit_lines(apr_pool_t *pool, const tg_audit_t *audit, const char *outcome);

/** Appends lines in one write; the rest is as with tg_audit_write(). */
int tg_audit_append(apr_pool_t *pool, const char *path, const char *lines, int flush,
                    tg_fault_t *fault);

/**
 * Appends the lines of all edits in one write.
 * @param flush 1 to return only when the disk has them
 * @return 1, or 0 with @p fault filled: its reason names the file
 */
int tg_audit_write(apr_pool_t *pool, const char *path, const tg_audit_t *audit, const char *outcome,
                   int flush, tg_fault_t *fault);

#endif
