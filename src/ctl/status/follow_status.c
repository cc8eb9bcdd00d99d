/* Whether this machine follows a store: see follow_status.h. */
#include "follow_status.h"

#include "base/text.h"
#include "follow/follow_file.h"
#include "os/file.h"
#include "store/store.h"
#include "term/term.h"

#include <apr_strings.h>
#include <errno.h>
#include <string.h>

typedef struct {
    apr_pool_t *pool;
    const char *file;
    const tg_ctl_stored_t *stored;
    tg_follow_file_t f;
    int is_followed;
    apr_array_header_t *problems;
} follow_check_t;

static void add_problem(const follow_check_t *m, const char *line)
{
    APR_ARRAY_PUSH(m->problems, const char *) = line;
}

static const char *connection_text(const follow_check_t *m)
{
    return m->is_followed
               ? apr_pstrcat(m->pool,
                             m->f.is_connected ? "connected since " : "not connected since ",
                             tg_instant_text(m->pool, m->f.since), NULL)
               : "not any more";
}

static void check_connection(const follow_check_t *m)
{
    if (!m->is_followed) {
        add_problem(m, apr_pstrcat(m->pool, "nothing follows ", m->f.store, " any more; start ",
                                   TG_PROGRAM_NAME, " follow, or remove ", m->file,
                                   TG_FOLLOW_FILE_SUFFIX, NULL));
    }
    else if (!m->f.is_connected) {
        add_problem(m, apr_pstrcat(m->pool, m->f.store, " has not been reachable since ",
                                   tg_instant_text(m->pool, m->f.since),
                                   "; see the log of follow: ", m->file, " stays unchanged", NULL));
    }
    if (m->stored->name && strcmp(m->f.store, m->stored->name) != 0) {
        add_problem(m, apr_pstrcat(m->pool, m->file, " follows ", m->f.store, ", not ",
                                   m->stored->name, NULL));
    }
}

/* 1 if the file is what was installed last. */
static int is_installed(const follow_check_t *m)
{
    tg_file_t file;
    tg_fault_t ignored;

    return tg_file_read(m->pool, m->file, TG_STATE_MAX, &file, &ignored) == TG_FILE_READ &&
           strcmp(tg_text_hash(m->pool, file.text), m->f.digest) == 0;
}

/* What to do about a file that was changed here. Removing it is good advice only if it will be
 * written again. */
static const char *remedy_text(const follow_check_t *m)
{
    if (!m->stored->name) {
        return "it stays so until the next change there";
    }
    return m->stored->is_good && m->is_followed
               ? "it stays so until the next change there; remove it to have it written again now"
               : "do not remove it: nothing would write it again";
}

static void check_file(const follow_check_t *m)
{
    const tg_ctl_stored_t *s = m->stored;

    if (m->f.digest[0] && !is_installed(m)) {
        add_problem(m, apr_psprintf(m->pool,
                                    "%s is no longer revision %" APR_INT64_T_FMT
                                    " of %s: it was changed on this machine; %s",
                                    m->file, m->f.revision, m->f.store, remedy_text(m)));
    }
    else if (s->name && s->is_good && strcmp(m->f.store, s->name) == 0 &&
             m->f.revision < s->revision) {
        add_problem(m, apr_psprintf(m->pool,
                                    "%s has revision %" APR_INT64_T_FMT ": %s does not have it yet",
                                    s->name, s->revision, m->file));
    }
}

const char *tg_ctl_follow_status_check(const tg_ctl_t *ctl, const char *state, int runs,
                                       const tg_ctl_stored_t *stored, apr_array_header_t *problems)
{
    follow_check_t m = {
        ctl->pool, tg_store_file(ctl->pool, state).name, stored, { 0 }, 0, problems
    };

    if (tg_follow_file_read(m.pool, m.file, &m.f, &m.is_followed)) {
        check_connection(&m);
        check_file(&m);
        return apr_psprintf(m.pool, "%s, revision %" APR_INT64_T_FMT ", %s", m.f.store,
                            m.f.revision, connection_text(&m));
    }
    if (errno == EACCES) {
        tg_term_note("%s" TG_FOLLOW_FILE_SUFFIX " exists; only root or its group may read it",
                     m.file);
    }
    else if (stored->name && runs) {
        add_problem(&m, apr_pstrcat(m.pool, "this machine follows no store: what ", stored->name,
                                    " has does not reach ", m.file, "; start ", TG_PROGRAM_NAME,
                                    " follow", NULL));
    }
    return NULL;
}
