/* Entries of the state in words: see entry_words.h. */
#include "entry_words.h"

#include "document.h"

#include "base/rows.h"
#include "format/state.h"

#include <apr_strings.h>

int tg_ctl_entry_is_over(const json_t *entry, tg_instant_t now)
{
    return tg_ctl_document_instant(entry, "until", TG_NEVER) <= now;
}

/* `suspend`, `exempt account:A-20` */
static const char *thing_words(apr_pool_t *pool, const json_t *entry)
{
    static const char *const after[] = { "", "", "", " of what TlsGateGuard stopped" };
    TG_ROWS_ARE(after, TG_STATE_KINDS);
    const char *kind = tg_ctl_document_text(entry, "kind", NULL);
    const char *client =
        tg_ctl_document_text(entry, "client", tg_ctl_document_text(entry, "network", ""));
    tg_state_kind_t of = kind ? tg_state_kind_parse(kind) : TG_STATE_KINDS;

    return kind ? apr_pstrcat(pool, kind, of == TG_STATE_KINDS ? "" : after[of], NULL)
                : apr_pstrcat(pool, "exempt ", client, NULL);
}

/* ` until 2018-08-21T09:00:00Z`; a resume has no end. */
static const char *when_words(apr_pool_t *pool, const json_t *entry, tg_instant_t now)
{
    const char *until = tg_ctl_document_text(entry, "until", NULL);
    const char *cutoff = tg_ctl_document_text(entry, "cutoff", NULL);

    if (until) {
        return apr_pstrcat(pool, tg_ctl_entry_is_over(entry, now) ? ", over since " : " until ",
                           until, NULL);
    }
    return cutoff ? apr_pstrcat(pool, " to ", cutoff, " from ",
                                tg_ctl_document_text(entry, "from", ""), NULL)
                  : "";
}

const char *tg_ctl_entry_words(apr_pool_t *pool, const json_t *entry, tg_instant_t now)
{
    const char *owner = tg_ctl_document_text(entry, "owner", NULL);

    return apr_pstrcat(pool, thing_words(pool, entry), when_words(pool, entry, now),
                       owner ? ", owner " : "", owner ? owner : "", ", by ",
                       tg_ctl_document_text(entry, "by", ""), ": ",
                       tg_ctl_document_text(entry, "reason", ""), NULL);
}
