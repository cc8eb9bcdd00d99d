/* Whole files: replaced in one step, by a draft beside them that is renamed. */
#ifndef TG_OS_FILE_REPLACE_H
#define TG_OS_FILE_REPLACE_H

#include "file.h"

/** A new content of a file, written beside it. */
typedef struct {
    const char *name; /**< in its directory, until it is renamed */
    struct stat info; /**< as written, before anybody else could see it under its name */
} tg_file_draft_t;

/** Who else may write beside the same file at the same time. */
typedef enum {
    TG_FILE_ALONE,    /**< nobody: the caller holds a lock. The draft is FILE.new */
    TG_FILE_CONTENDED /**< others: the draft gets a name that nobody else has */
} tg_file_company_t;

/**
 * Writes a draft with mode 0644, whatever the umask, and flushes it to the disk. A FILE.new that
 * a killed program has left is removed first.
 * @return 1, or 0 with errno set, @p fault filled and nothing left behind
 */
int tg_file_draft(apr_pool_t *pool, const tg_file_place_t *place, const char *text,
                  tg_file_company_t company, tg_file_draft_t *out, tg_fault_t *fault);

/** A content that is no text, with the mode of its file. */
typedef struct {
    const char *at;
    size_t length;
    mode_t mode;
    gid_t group;       /**< of the file; TG_FILE_OWN_GROUP: as the system gives it */
    mode_t other_mode; /**< in its place, where the writer may not give it to that group */
} tg_file_bytes_t;

#define TG_FILE_OWN_GROUP ((gid_t)-1)

/** The same for such a content. */
int tg_file_draft_bytes(apr_pool_t *pool, const tg_file_place_t *place,
                        const tg_file_bytes_t *bytes, tg_file_company_t company,
                        tg_file_draft_t *out, tg_fault_t *fault);

/** Removes the draft. Leaves errno as it is. */
void tg_file_discard(const tg_file_place_t *place, const tg_file_draft_t *draft);

/** Renames the draft over the file. 1, or 0 with errno set, @p fault filled, the draft removed. */
int tg_file_publish(const tg_file_place_t *place, const tg_file_draft_t *draft, tg_fault_t *fault);

/**
 * Flushes the directory, and with it a rename.
 * @return 1, also where the file system cannot; or 0 with errno set and @p fault filled: what was
 *         renamed is there, and may be lost with the power
 */
int tg_file_flush(const tg_file_place_t *place, tg_fault_t *fault);

#endif
