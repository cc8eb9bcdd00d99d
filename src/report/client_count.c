/* How many clients are left: see client_count.h. */
#include "client_count.h"

#include "html.h"
#include "wording.h"

#include "base/json.h"

#include <apr_escape.h>
#include <apr_hash.h>
#include <apr_strings.h>

/* A client that may be exempt, and where it is. */
typedef struct {
    uint64_t hash;
    uint32_t place;
    int number; /* of the schedule */
} suspect_t;

typedef struct {
    const tg_report_t *report;
    tg_client_count_t *counts;
    apr_hash_t *numbers;          /* const int, by the name of the schedule */
    apr_array_header_t *suspects; /* of suspect_t */
    tg_instant_t recent;
} client_counting_t;

/* Under the lock of the table, so who is exempt is asked later, and only where someone is. */
static void see_client(void *context, uint32_t place, const tg_straggler_t *entry)
{
    client_counting_t *all = context;
    const int *number = apr_hash_get(all->numbers, entry->schedule, APR_HASH_KEY_STRING);
    tg_client_count_t *count = number ? &all->counts[*number] : NULL;

    if (!count) {
        return; /* of a schedule that is not configured any more */
    }
    if (entry->moved_at) {
        count->moved++;
    }
    else if (entry->requests == 0) {
        count->failed++; /* of a customer or of a scanner: nobody can tell */
    }
    else if (entry->last_seen < all->recent) {
        count->earlier++;
    }
    else if (tg_override_has_exempt(all->report->schedules[*number].override, all->report->now)) {
        APR_ARRAY_PUSH(all->suspects, suspect_t) = (suspect_t){ entry->hash, place, *number };
    }
    else {
        count->left++;
    }
}

static int judge_suspects(const client_counting_t *all, const tg_straggler_source_t *source,
                          const tg_straggler_judge_t *judge)
{
    tg_straggler_here_t here = TG_STRAGGLER_HERE;
    tg_straggler_t copy;
    int i;

    for (i = 0; i < all->suspects->nelts && here != TG_STRAGGLER_BUSY; i++) {
        const suspect_t *s = &APR_ARRAY_IDX(all->suspects, i, const suspect_t);
        tg_client_count_t *count = &all->counts[s->number];

        here = source->at(s->place, s->hash, &copy);
        if (here == TG_STRAGGLER_HERE) {
            *(judge->exempt_until(judge->context, &copy) == TG_ALWAYS ? &count->left
                                                                      : &count->exempt) += 1;
        }
    }
    return here != TG_STRAGGLER_BUSY;
}

static apr_hash_t *numbers_of_schedules(apr_pool_t *pool, const tg_report_t *report)
{
    apr_hash_t *numbers = apr_hash_make(pool);
    int *list = apr_palloc(pool, ((apr_size_t)report->schedule_count + 1) * sizeof(*list)), i;

    for (i = 0; i < report->schedule_count; i++) {
        list[i] = i;
        apr_hash_set(numbers, report->schedules[i].schedule->name, APR_HASH_KEY_STRING, &list[i]);
    }
    return numbers;
}

const tg_client_count_t *tg_client_counts(apr_pool_t *pool, const tg_report_t *report,
                                          const tg_straggler_source_t *source,
                                          const tg_straggler_judge_t *judge)
{
    client_counting_t all = {
        report,
        apr_pcalloc(pool, ((apr_size_t)report->schedule_count + 1) * sizeof(tg_client_count_t)),
        numbers_of_schedules(pool, report),
        apr_array_make(pool, 64, sizeof(suspect_t)),
        tg_report_recent_start(report->now),
    };
    int is_complete = source->each(&all, see_client), i;

    is_complete = judge_suspects(&all, source, judge) && is_complete;
    for (i = 0; i < report->schedule_count; i++) {
        all.counts[i].is_complete = is_complete;
    }
    return all.counts;
}

/* --- as a page --- */

static const tg_client_count_t *clients_of(const tg_report_t *report,
                                           const tg_report_schedule_t *item)
{
    return report->clients ? &report->clients[item - report->schedules] : NULL;
}

const char *tg_client_count_sentence(apr_pool_t *pool, const tg_report_t *report,
                                     const tg_report_schedule_t *item)
{
    const tg_client_count_t *n = clients_of(report, item);

    if (!n) {
        return "";
    }
    if (n->left == 0) {
        return n->exempt || n->earlier || n->moved || n->failed
                   ? " No client is left that was seen in " TG_REPORT_RECENTLY "."
                   : " No client of it was seen yet.";
    }
    return apr_pstrcat(pool, n->is_complete ? " " : " At least ",
                       tg_wording_number(pool, n->left, "client"),
                       n->left == 1 ? " is left." : " are left.", NULL);
}

/* Those that are not left; empty if there are none. */
static const char *others_text(apr_pool_t *pool, const tg_client_count_t *n)
{
    const char *others =
        n->exempt || n->earlier || n->moved
            ? apr_pstrcat(pool, " Besides, ", tg_wording_count(pool, n->exempt), " exempt, ",
                          tg_wording_count(pool, n->earlier), " not seen in these days, and ",
                          tg_wording_count(pool, n->moved), " moved.", NULL)
            : "";

    return n->failed ? apr_pstrcat(pool, others, " Of ", tg_wording_count(pool, n->failed),
                                   " more only failed handshakes were seen.", NULL)
                     : others;
}

static void add_link_to_list(tg_frame_t *frame, const char *schedule)
{
    tg_html_t html;

    tg_html_begin(&html, frame->pool, frame->now);
    tg_html_raw(&html, "<p><a href=\"");
    tg_html_text(&html, apr_pstrcat(frame->pool,
                                    "?schedule=", apr_pescape_urlencoded(frame->pool, schedule),
                                    "&only=", tg_straggler_which(TG_STRAGGLERS_LEFT), NULL));
    tg_html_raw(&html, "\">Which clients are left</a></p>\n");
    tg_frame_add(frame, TG_ITEM_MARKUP, NULL, tg_html_end(&html));
}

void tg_client_count_row(tg_frame_t *frame, const tg_report_t *report,
                         const tg_report_schedule_t *item)
{
    tg_item_t row = { TG_FRAME_DATE, .label = "Clients left" };
    const tg_client_count_t *n = clients_of(report, item);
    apr_pool_t *pool = frame->pool;

    if (!n) {
        return;
    }
    row.value = apr_pstrcat(
        pool, n->is_complete ? "" : "at least ", tg_wording_count(pool, n->left),
        ", seen in " TG_REPORT_RECENTLY " and neither moved nor exempt.", others_text(pool, n),
        n->is_complete ? "" : " The table was busy, so some were not counted.", NULL);
    tg_frame_add_date(frame, &row);
    if (n->left > 0) {
        add_link_to_list(frame, item->schedule->name);
    }
}

/* --- as JSON --- */

json_t *tg_client_count_json(const tg_report_t *report, const tg_report_schedule_t *item)
{
    const tg_client_count_t *n = clients_of(report, item);

    return n ? json_pack("{s:I, s:I, s:I, s:I, s:I, s:b}", "left", (json_int_t)n->left, "exempt",
                         (json_int_t)n->exempt, "earlier", (json_int_t)n->earlier, "moved",
                         (json_int_t)n->moved, "failed", (json_int_t)n->failed, "complete",
                         n->is_complete)
             : json_null();
}
