/* An acknowledgement in words: see ack_text.h. */
#include "ack_text.h"

#include "base/rows.h"

#include <apr_strings.h>

static const char *goes_on_with(apr_pool_t *pool, const tg_ack_t *ack)
{
    return ack->document.generation ? apr_pstrcat(pool, "it still uses what it read at ",
                                                  tg_instant_text(pool, ack->document.since), NULL)
                                    : "there are no overrides";
}

static const char *none_text(apr_pool_t *pool, const tg_ack_t *ack)
{
    return apr_pstrcat(pool, "has found no state file since ", tg_instant_text(pool, ack->started),
                       NULL);
}

static const char *acts_text(apr_pool_t *pool, const tg_ack_t *ack)
{
    return apr_pstrcat(pool, "has acted on it since ", tg_instant_text(pool, ack->document.since),
                       NULL);
}

static const char *gone_text(apr_pool_t *pool, const tg_ack_t *ack)
{
    return apr_pstrcat(pool, "has not found the file since ", tg_instant_text(pool, ack->since),
                       "; ", goes_on_with(pool, ack), NULL);
}

static const char *refuses_text(apr_pool_t *pool, const tg_ack_t *ack)
{
    return apr_pstrcat(pool, "has refused it since ", tg_instant_text(pool, ack->since), ": ",
                       ack->fault.reason, "; ", ack->fault.fix, "; ", goes_on_with(pool, ack),
                       NULL);
}

static const char *other_text(apr_pool_t *pool, const tg_ack_t *ack)
{
    (void)ack;
    return apr_pstrdup(pool, "runs another version of the module, so it is not known what it acts "
                             "on; reload httpd");
}

const char *tg_ack_text(apr_pool_t *pool, const tg_ack_t *ack)
{
    static const char *(*const texts[])(apr_pool_t *, const tg_ack_t *) = { none_text, acts_text,
                                                                            gone_text, refuses_text,
                                                                            other_text };
    TG_ROWS_ARE(texts, TG_ACK_CONDITIONS);

    return apr_psprintf(pool, "httpd (pid %" APR_INT64_T_FMT ") %s", ack->pid,
                        texts[ack->condition](pool, ack));
}
