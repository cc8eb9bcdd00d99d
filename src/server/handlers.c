/* Who answers for which of our pages: see handlers.h. */
#include "handlers.h"

#include "pages.h"
#include "planpage.h"
#include "verify.h"

static int (*const answers[TG_PAGES])(request_rec *r) = {
    [TG_PAGES_VERIFY] = tg_verify_answer,
    [TG_PAGES_SCHEDULE] = tg_planpage_answer,
};

int tg_handlers_answer(request_rec *r)
{
    tg_pages_t page;

    /* Nearly every request has a media type here, such as text/html, or nothing. */
    if (!r->handler || r->handler[0] != 't' || r->handler[1] != 'l') {
        return DECLINED;
    }
    page = tg_pages_parse(r->handler);
    return page < TG_PAGES ? answers[page](r) : DECLINED;
}
