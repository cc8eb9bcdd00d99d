/* The audit log of a machine that follows: how far it has that of the store, and what is missing:
 * see follow_install.h.
 */
#include "follow_install.h"

#include "follow_audit.h"

#include "store/store.h"

#include <apr_strings.h>

int tg_follow_install_wants_audit(const tg_follow_install_t *in, int64_t *since, int64_t *last)
{
    *since = in->had.audited;
    *last = in->had.revision;
    return tg_follow_known_lacks_audit(in);
}

/* Appends the lines of one change in one write, so that a failure does not leave some of them
 * without the others. Not flushed: what is lost with the power is still in the store. */
static int append_audit(tg_follow_install_t *in, apr_pool_t *pool, const char *lines,
                        int64_t revision)
{
    const char *path = apr_pstrcat(pool, in->file.name, TG_AUDIT_SUFFIX, NULL);
    tg_fault_t fault, why;

    if (!tg_audit_append(pool, path, lines, 0, &why)) {
        tg_fault_set(&fault, "make it writable", "%s", why.reason);
        tg_follow_known_fails(in, TG_FOLLOW_FAILS_AUDIT, &fault);
        return 0;
    }
    tg_follow_known_works(in, TG_FOLLOW_FAILS_AUDIT);
    in->had.audited = revision;
    tg_follow_known_write(in, pool);
    return 1;
}

int tg_follow_install_keep_audit(tg_follow_install_t *in, apr_pool_t *pool,
                                 const apr_array_header_t *audit, int limit)
{
    int i;

    for (i = 0; i < audit->nelts; i++) {
        const tg_store_change_t *change = &APR_ARRAY_IDX(audit, i, tg_store_change_t);

        if (change->revision > in->had.audited &&
            !append_audit(in, pool, tg_follow_audit(pool, in->had.store, change),
                          change->revision)) {
            return 0;
        }
    }
    /* After a full page there may be more. */
    return audit->nelts >= limit || !tg_follow_known_lacks_audit(in) ||
           append_audit(in, pool, tg_follow_audit_none(pool, in->had.store, in->had.revision),
                        in->had.revision);
}
