/* Which function answers for which of our pages: see handlers.h. */
#include "handlers.h"

#include "schedule_page.h"
#include "status_page.h"
#include "verify_page.h"

#include "base/rows.h"
#include "server/base/log.h"
#include "server/base/page_names.h"
#include "server/request/decision.h"
#include "server/request/gate.h"

APLOG_USE_MODULE(tlsgate);

static int (*const answers[])(request_rec *r) = {
    tg_verify_page_answer,
    tg_schedule_page_answer,
    tg_status_page_answer,
};
TG_ROWS_ARE(answers, TG_PAGES);

static void note_page_answer(request_rec *r)
{
    tg_decision_t *d = r->main ? NULL : tg_decision_of(r);

    if (d) {
        d->answered = 1;
    }
}

/* It has the names of the customers of all hosts: an .htaccess must not show it in spite of what
 * the operator's <Location> requires. */
static int forbid_status(request_rec *r)
{
    TG_LOG_REQUEST(0057, APLOG_ERR, 0, r,
                   "\"%s\" is set outside a <Location>, for example in an .htaccess, and is not "
                   "served there; put SetHandler \"%s\" into a <Location>",
                   r->handler, r->handler);
    return HTTP_FORBIDDEN;
}

int tg_handlers_answer(request_rec *r)
{
    tg_page_t page = tg_page_of(r);
    int status;

    /* The rules of directories were skipped for such a request, so no other handler may answer
     * it. */
    if (page < TG_PAGES) {
        note_page_answer(r);
        return answers[page](r);
    }
    status = tg_gate_before_handler(r);
    if (status != DECLINED) {
        return status;
    }
    /* Named in another way, as by AddHandler: an answer like any other's. Nearly every request has
     * a media type here, such as text/html, or nothing. */
    if (!r->handler || r->handler[0] != 't' || r->handler[1] != 'l') {
        return DECLINED;
    }
    page = tg_page_parse(r->handler);
    if (page == TG_PAGE_STATUS) {
        return forbid_status(r);
    }
    return page < TG_PAGES ? answers[page](r) : DECLINED;
}
