/* Clients as comma-separated values: see client_csv.h. */
#include "client_csv.h"

#include "base/csv.h"
#include "base/rows.h"
#include "base/text.h"

#include <apr_strings.h>

const char tg_client_csv_header[] =
    "client,count,first_seen,last_seen,protocols,causes,user_agents,"
    "addresses,hosts,advice,breaks_at,moved_at,moved_probably,probable";

static const char *instant_cell(apr_pool_t *pool, tg_instant_t t)
{
    return t == TG_NEVER ? "" : tg_instant_text(pool, t);
}

static const char *text_cell(apr_pool_t *pool, const char *text)
{
    return text ? tg_csv_field(pool, tg_text_printable(pool, text)) : "";
}

const char *tg_client_csv_line(apr_pool_t *pool, const tg_client_csv_t *row)
{
    const char *cells[] = {
        text_cell(pool, row->client),
        apr_psprintf(pool, "%" APR_UINT64_T_FMT, (apr_uint64_t)row->count),
        instant_cell(pool, row->first_seen),
        instant_cell(pool, row->last_seen),
        text_cell(pool, row->protocols),
        text_cell(pool, row->causes),
        text_cell(pool, row->user_agents),
        text_cell(pool, row->addresses),
        text_cell(pool, row->hosts),
        text_cell(pool, row->advice),
        instant_cell(pool, row->breaks_at),
        instant_cell(pool, row->moved_at),
        row->moved_at == TG_NEVER ? ""
        : row->moved_probably     ? "true"
                                  : "false",
        text_cell(pool, row->probable),
    };

    return tg_text_join(pool, cells, TG_ROWS(cells), ",", ",");
}
