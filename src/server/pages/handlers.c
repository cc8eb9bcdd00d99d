/* Which function answers for which of our pages: see handlers.h. */
#include "handlers.h"

#include "schedule_page.h"
#include "status_page.h"
#include "verify_page.h"

#include "base/rows.h"
#include "server/base/page_names.h"
#include "server/request/decision.h"
#include "server/request/gate.h"

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

int tg_handlers_answer(request_rec *r)
{
    tg_page_t page = tg_page_of(r);
    int status;

    /* For such a request the rules of directories were passed over: nobody else answers it. */
    if (page < TG_PAGES) {
        note_page_answer(r);
        return answers[page](r);
    }
    status = tg_gate_before_handler(r);
    if (status != DECLINED) {
        return status;
    }
    /* Named in another way, as by AddHandler: an answer like any other's. Nearly every request has a media type here, such as text/html, or nothing. */
    if (!r->handler || r->handler[0] != 't' || r->handler[1] != 'l') {
        return DECLINED;
    }
    page = tg_page_parse(r->handler);
    return page < TG_PAGES ? answers[page](r) : DECLINED;
}
