/* The stragglers as comma-separated values: see status_csv.h. */
#include "status_csv.h"

#include "status_stragglers.h"

#include "report/client_csv.h"
#include "server/ledger/straggler_memory.h"
#include "server/request/respond.h"

#include <apr_strings.h>
#include <http_protocol.h>

#define CSV_TYPE "text/csv; charset=utf-8; header=present"

/* Lines that are sent at once. */
#define LINES_AT_ONCE 200

static const char *text_or_null(const char *text)
{
    return *text ? text : NULL;
}

/* The schedule, the rejections and the exemption come after the columns that a report of the log
 * has. */
static const char *straggler_line(apr_pool_t *pool, const tg_straggler_row_t *row, tg_instant_t now)
{
    const tg_straggler_t *seen = &row->seen;
    const tg_client_csv_t cells = {
        .client = seen->client,
        .count = seen->requests,
        .first_seen = seen->first_seen,
        .last_seen = seen->last_seen,
        .protocols = tg_protocol_name(seen->protocol),
        .causes = tg_cause_name(seen->cause),
        .user_agents = text_or_null(seen->user_agent),
        .hosts = text_or_null(seen->host),
        .advice = row->advice,
        .breaks_at = row->breaks == TG_ALWAYS ? now : row->breaks,
        .moved_at = seen->moved_at ? seen->moved_at : TG_NEVER,
        .moved_probably = seen->is_probable != 0,
    };

    return apr_psprintf(pool, "%s,%s,%" APR_UINT64_T_FMT ",%s,%u\n",
                        tg_client_csv_line(pool, &cells), seen->schedule, seen->rejected,
                        row->exempt_until == TG_ALWAYS ? ""
                                                       : tg_instant_text(pool, row->exempt_until),
                        seen->failed);
}

/* Whoever has left the table meanwhile is left out. */
static void send_lines(request_rec *r, const tg_straggler_found_t *found,
                       const tg_straggler_judge_t *judge, tg_instant_t now)
{
    tg_straggler_here_t here = TG_STRAGGLER_HERE;
    tg_straggler_row_t row;
    apr_pool_t *scratch;
    int i;

    apr_pool_create(&scratch, r->pool);
    for (i = 0; i < found->keys->nelts && here != TG_STRAGGLER_BUSY; i++) {
        here = tg_straggler_fetch(found, i, &tg_straggler_memory_source, judge, &row);
        if (here == TG_STRAGGLER_HERE && ap_rputs(straggler_line(scratch, &row, now), r) < 0) {
            break;
        }
        if (i % LINES_AT_ONCE == LINES_AT_ONCE - 1) {
            apr_pool_clear(scratch);
        }
    }
    if (here == TG_STRAGGLER_BUSY) {
        r->connection->keepalive = AP_CONN_CLOSE;
        r->connection->aborted = 1; /* so that no one takes it for all of them */
    }
    apr_pool_destroy(scratch);
}

int tg_status_csv_send(request_rec *r, const tg_report_t *report, const tg_straggler_query_t *query)
{
    tg_straggler_judge_t judge = tg_status_judge(r, report);
    tg_straggler_found_t found = { apr_array_make(r->pool, 1, 1), 1 };

    if (tg_straggler_memory_has_table()) {
        found = tg_straggler_search(r->pool, &tg_straggler_memory_source, query, &judge);
    }
    if (!found.is_complete) {
        apr_table_setn(r->err_headers_out, "Retry-After", "10");
        return HTTP_SERVICE_UNAVAILABLE;
    }
    tg_respond_guard(r->pool, r->headers_out, TG_TYPES);
    tg_respond_uncached(r);
    tg_respond_unaltered(r);
    ap_set_content_type(r, CSV_TYPE);
    apr_table_setn(r->headers_out, "Content-Disposition", "attachment; filename=\"tlsgate.csv\"");
    if (!r->header_only) {
        ap_rputs(apr_pstrcat(r->pool, tg_client_csv_header,
                             ",schedule,rejected,exempt_until,failed_handshakes\n", NULL),
                 r);
        send_lines(r, &found, &judge, report->now);
    }
    return OK;
}
