/* What is asked of tlsgate-status, read from the query of its URL. */
#ifndef TG_SERVER_PAGES_STATUS_QUERY_H
#define TG_SERVER_PAGES_STATUS_QUERY_H

#include "report/straggler_list.h"
#include "server/request/negotiate.h"

/** What `format=` names. */
typedef enum {
    TG_STATUS_HTML,
    TG_STATUS_TEXT,
    TG_STATUS_JSON,
    TG_STATUS_PROMETHEUS,
    TG_STATUS_CSV,
    TG_STATUS_FORMATS
} tg_status_format_t;

/** The query. Texts live as long as the request. */
typedef struct {
    tg_status_format_t format;
    tg_type_t type; /**< of an answer in words: as the format, or as `Accept` */
    tg_straggler_query_t stragglers;
} tg_status_query_t;

/**
 * Reads it. A parameter without a value asks for nothing, and an unknown one is ignored.
 * @return NULL; or what is wrong and what to write, in words that repeat nothing of what was sent:
 *         then only `type` is set
 */
const char *tg_status_query_read(request_rec *r, tg_status_query_t *query);

#endif
